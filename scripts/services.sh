#!/usr/bin/env bash
# Starts real PostgreSQL, SeaweedFS (S3), Redis, RabbitMQ and, where Java and Maven are, OpenSearch on free loopback ports, as an
# ordinary user where the caller is root. Where a Java from 21 on is, a second OpenSearch of the release that docker-compose.yml runs.
#   services.sh start|stop      addresses stand in .services/env afterwards; a second start changes nothing
# DMS_SERVICES=FOLDER: another set of their own, beside the first one, whose state is kept there.
set -euo pipefail
cd "$(dirname "$0")/.."
state=${DMS_SERVICES:-.services}
source scripts/s3-identities.sh

# What matters about the servers; docker-compose.yml says the same, and a test compares the two.
postgres_flags=(-c max_connections=200)
redis_flags=(--save '' --appendonly no)
weed_flags=(-s3 -master.telemetry=false -volume.max=0)  # 0: as many as the disk holds; 8 are full with two buckets
opensearch_flags=(discovery.type=single-node action.auto_create_index=false indices.query.bool.max_clause_count=8192)
opensearch3_version=3.6.0

alive() {  # NAME: its process lives, and is still ours: numbers are given out again after a restart of the machine
  local pid; pid=$(cat "$state/$1.pid" 2>/dev/null) || return 1
  [[ "$(readlink "/proc/$pid/cwd") $(tr '\0' ' ' <"/proc/$pid/cmdline")" == *"$(cat "$state/folder")"* ]] 2>/dev/null
}
free_port() { .venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
random() { head -c 24 /dev/urandom | base64 | tr -dc a-zA-Z0-9; }
as_user() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
wait_for() {  # NAME COMMAND...
  local name=$1; shift
  for _ in $(seq 1 600); do "$@" >/dev/null 2>&1 && return 0; sleep 0.2; done
  echo "Dienste: $name antwortet nicht, siehe $data/$name.log" >&2; exit 3
}
answers() { .venv/bin/python -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()' "$1"; }

stop() {
  for name in postgres weed redis rabbitmq opensearch opensearch3; do
    if alive "$name"; then
      if [ "$name" = rabbitmq ]; then kill "$(cat "$state/$name.pid")"; else kill -INT "$(cat "$state/$name.pid")"; fi
      for _ in $(seq 1 50); do alive "$name" || break; sleep 0.2; done
      if alive "$name"; then kill -KILL "$(cat "$state/$name.pid")"; fi
    fi
    rm -f "$state/$name.pid"
  done
  if [ -f "$state/folder" ]; then rm -rf "$(cat "$state/folder")"; fi
  rm -rf "$state"
}

install_missing() {
  local missing=()
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
  command -v redis-server >/dev/null || missing+=(redis-server)
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
  if [ "$(id -u)" = 0 ]; then  # an ordinary user may do without
    command -v java >/dev/null || missing+=(default-jdk-headless)
    command -v mvn >/dev/null || missing+=(maven)
  fi
  [ ${#missing[@]} = 0 ] && return
  if [ "$(id -u)" != 0 ]; then echo "Dienste: bitte einmal eingeben: sudo apt-get install ${missing[*]}" >&2; exit 3; fi
  bash scripts/apt.sh "${missing[@]}" >&2
}

start_postgres() {
  local bin port; bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | tail -n 1)"); port=$(free_port)
  as_user "$bin/initdb" -D "$data/postgres" -U dms -A trust -E UTF8 --locale=C.UTF-8 >"$data/initdb.log" 2>&1
  as_user "$bin/postgres" -D "$data/postgres" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories="$data" "${postgres_flags[@]}" >"$data/postgres.log" 2>&1 &
  wait_for postgres "$bin/psql" -h 127.0.0.1 -p "$port" -U dms -d postgres -c 'select 1'
  head -n 1 "$data/postgres/postmaster.pid" >"$state/postgres.pid"
  echo "export DMS_TEST_POSTGRES_URL=postgresql+psycopg://dms@127.0.0.1:$port/postgres" >>"$state/env.new"
}

start_redis() {
  local port password; port=$(free_port); password=$(random)
  as_user redis-server - --bind 127.0.0.1 --port "$port" "${redis_flags[@]}" --dir "$data" >"$data/redis.log" 2>&1 \
    <<<"requirepass $password" &
  wait_for redis answers "$port"
  pid_of "redis-server 127.0.0.1:$port" >"$state/redis.pid"
  echo "export DMS_TEST_REDIS_URL=redis://:$password@127.0.0.1:$port/0" >>"$state/env.new"
}

start_rabbitmq() {
  local port folder=$data/rabbitmq; port=$(free_port)
  mkdir "$folder"; random >"$folder/password"; [ "$(id -u)" != 0 ] || chown -R postgres "$folder"
  cp scripts/rabbitmq.sh "$data"
  as_user bash "$data/rabbitmq.sh" "$folder" "$port" "$(free_port)" "$(free_port)" >"$data/rabbitmq.log" 2>&1 &
  wait_for rabbitmq answers "$port"
  pid_of "^bash $data/rabbitmq.sh" >"$state/rabbitmq.pid"
  echo "export DMS_TEST_RABBITMQ_URL=amqp://dms:$(cat "$folder/password")@127.0.0.1:$port" >>"$state/env.new"
}

start_weed() {
  local s3 master volume filer secret app
  s3=$(free_port); master=$(free_port); volume=$(free_port); filer=$(free_port); secret=$(random); app=$(random)
  s3_identities dms-locked "$secret" "$app" >"$data/s3.json"
  mkdir -p "$data/weed"; [ "$(id -u)" != 0 ] || chown -R postgres "$data/weed" "$data/s3.json"
  cp "$(readlink -f .venv/bin/weed)" "$data/weed.bin" && chmod 755 "$data/weed.bin"
  # The keys close the filer and the volumes: an open filer port deletes objects that are locked in S3.
  export WEED_JWT_FILER_SIGNING_KEY WEED_JWT_SIGNING_KEY
  WEED_JWT_FILER_SIGNING_KEY=$(random); WEED_JWT_SIGNING_KEY=$(random)
  as_user "$data/weed.bin" server -dir="$data/weed" -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.port="$master" \
    -master.port.grpc="$(free_port)" -volume.port="$volume" -volume.port.grpc="$(free_port)" -filer.port="$filer" \
    -filer.port.grpc="$(free_port)" -s3.port="$s3" -s3.port.grpc="$(free_port)" -s3.port.iceberg="$(free_port)" -s3.port.lance="$(free_port)" -s3.config="$data/s3.json" \
    -master.volumeSizeLimitMB=64 "${weed_flags[@]}" >"$data/weed.log" 2>&1 &
  wait_for weed answers "$s3"
  pid_of "$data/weed.bin server" >"$state/weed.pid"
  wait_for weed make_bucket "127.0.0.1:$s3" "$secret" dms-test
  wait_for weed make_bucket "127.0.0.1:$s3" "$secret" --locked dms-locked
  echo "export DMS_TEST_S3_URL='s3://admin:$secret@127.0.0.1:$s3/dms-test?secure=0'" >>"$state/env.new"
  echo "export DMS_TEST_S3_APP_URL='s3://dms:$app@127.0.0.1:$s3/dms-locked?secure=0'" >>"$state/env.new"
}

make_bucket() { .venv/bin/python scripts/make_bucket.py "$1" "${@:3}" <<<"$2"; }

start_opensearch() {  # without Java, Maven or its repository the tests that need it say so
  local jars port; jars=$(opensearch_jars) || { echo "Dienste: ohne OpenSearch (Java, Maven und ihr Verzeichnis fehlen)" >&2; return 0; }
  mkdir -p "$data/opensearch/node_1/config"; cp -r "$jars" "$data/opensearch/lib"  # a home may be closed to the other user
  opensearch_settings >"$data/opensearch/node_1/config/opensearch.yml"
  [ "$(id -u)" != 0 ] || chown -R postgres "$data/opensearch"
  as_user java -Xmx768m -cp "$data/opensearch/lib/*" org.codelibs.opensearch.runner.OpenSearchRunner \
    -basePath "$data/opensearch" -numOfNode 1 -baseHttpPort 9200 -clusterName "$(basename "$data")" \
    >"$data/opensearch.log" 2>&1 </dev/null &
  wait_for opensearch grep -q 'o.o.n.Node .* started$' "$data/opensearch.log"
  pid_of "java .*$data/opensearch " >"$state/opensearch.pid"
  port=$(sed -n 's/.*HttpServerTransport.*publish_address {127.0.0.1:\([0-9]*\)}.*/\1/p' "$data/opensearch.log")
  echo "export DMS_TEST_OPENSEARCH_URL=opensearch://127.0.0.1:$port" >>"$state/env.new"
}

opensearch_jars() {  # the folder of the jars, fetched once into the user's cache
  local jars="${XDG_CACHE_HOME:-$HOME/.cache}/aktenlauf/opensearch-2.19.1.0"
  if [ ! -d "$jars" ]; then
    command -v java >/dev/null && command -v mvn >/dev/null || return 1
    rm -rf "$jars.new"
    mvn -q -B -f scripts/opensearch/pom.xml dependency:copy-dependencies -DoutputDirectory="$jars.new" >&2 || return 1
    mv "$jars.new" "$jars"
  fi
  command -v java >/dev/null && echo "$jars"
}

opensearch_settings() { printf '%s\n' "${opensearch_flags[@]/=/: }" "cluster.routing.allocation.disk.threshold_enabled: false"; }

start_opensearch3() {  # without such a Java, Maven or its repository the tests that need it say so
  local java home=$data/opensearch3 fetched port
  java=$(java_from_21) || { echo "Dienste: ohne OpenSearch 3 (unter /usr/lib/jvm ist kein vollständiges Java ab 21)" >&2; return 0; }
  fetched=$(opensearch3_home) || { echo "Dienste: ohne OpenSearch 3 (Maven oder sein Verzeichnis fehlt)" >&2; return 0; }
  port=$(free_port)
  cp -r "$fetched" "$home"  # it writes there, and a user's home may be closed to the other user
  { opensearch_settings; printf '%s\n' "cluster.name: aktenlauf3" "network.host: 127.0.0.1" "http.port: $port" \
    "transport.port: $(free_port)"; } >"$home/config/opensearch.yml"
  [ "$(id -u)" != 0 ] || chown -R postgres "$home"
  OPENSEARCH_JAVA_HOME=$java OPENSEARCH_JAVA_OPTS="-Xms512m -Xmx512m" as_user "$home/bin/opensearch" \
    >"$data/opensearch3.log" 2>&1 </dev/null &
  wait_for opensearch3 grep -q 'o.o.n.Node .* started$' "$data/opensearch3.log"
  pid_of "$java/bin/java .*$home " >"$state/opensearch3.pid"
  echo "export DMS_TEST_OPENSEARCH3_URL=opensearch://127.0.0.1:$port" >>"$state/env.new"
}

java_from_21() {  # the folder of one that knows all languages: the start fails where only English is there
  local release
  for release in /usr/lib/jvm/*/release; do
    if grep -qE '^JAVA_VERSION="(2[1-9]|[3-9][0-9])' "$release" && grep -qE '^MODULES=.*\bjdk\.localedata\b' "$release"; then
      dirname "$release"; return
    fi
  done
  return 1
}

opensearch3_home() {  # the folder of the unpacked archive, fetched once into the user's cache
  local name=opensearch-$opensearch3_version home
  home="${XDG_CACHE_HOME:-$HOME/.cache}/aktenlauf/$name"
  if [ ! -d "$home" ]; then
    command -v mvn >/dev/null || return 1
    rm -rf "$home.new"; mkdir -p "$home.new"
    (cd "$home.new" && mvn -q -B dependency:unpack -DoutputDirectory="$home.new" \
      -Dartifact="org.opensearch.distribution.integ-test-zip:opensearch:$opensearch3_version:zip") >&2 || return 1
    mv "$home.new/$name" "$home" && rm -rf "$home.new"
  fi
  echo "$home"
}

pid_of() { pgrep -f -n -- "$1"; }

case ${1:-start} in
  stop) data=; stop ;;
  start)
    if [ -f "$state/env" ] && alive postgres && alive weed && alive redis && alive rabbitmq &&
      { ! grep -q OPENSEARCH_ "$state/env" || alive opensearch; } &&
      { ! grep -q OPENSEARCH3_ "$state/env" || alive opensearch3; }; then exit 0; fi
    stop 2>/dev/null || true
    install_missing
    mkdir -p "$state"
    data=$(mktemp -d "${TMPDIR:-/tmp}/aktenlauf-services.XXXXXX"); echo "$data" >"$state/folder"
    chmod 755 "$data"; if [ "$(id -u)" = 0 ]; then chown postgres "$data"; fi
    start_postgres; start_redis; start_weed; start_rabbitmq; start_opensearch; start_opensearch3
    mv "$state/env.new" "$state/env" ;;
  *) echo "services.sh start|stop" >&2; exit 2 ;;
esac
