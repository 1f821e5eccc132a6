#!/usr/bin/env bash
# Runs a RabbitMQ of its own in the foreground, as whoever calls: rabbitmq.sh FOLDER PORT EPMD_PORT DIST_PORT
# Everything lies in FOLDER; the password of the user "dms" stands in FOLDER/password. It listens on loopback alone.
set -euo pipefail
folder=$1 port=$2
export HOME=$folder ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$3 RABBITMQ_DIST_PORT=$4
export RABBITMQ_NODENAME="dms$port@localhost" RABBITMQ_CONFIG_FILE=$folder/rabbitmq.conf
export RABBITMQ_MNESIA_BASE=$folder/mnesia RABBITMQ_LOG_BASE=$folder/log RABBITMQ_LOGS=-
export RABBITMQ_ENABLED_PLUGINS_FILE=$folder/plugins RABBITMQ_PID_FILE=$folder/pid
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
umask 077
cat >"$folder/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
default_user = dms
default_pass = $(cat "$folder/password")
vm_memory_high_watermark.absolute = 256MiB
disk_free_limit.absolute = 50MB
CONF
echo '[].' >"$folder/plugins"
epmd -address 127.0.0.1 -port "$3" &
/usr/lib/rabbitmq/bin/rabbitmq-server &
echo "$!" >"$folder/pid"
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
trap exit INT TERM
wait -n
