#!/bin/sh
# The command of an installation on a server (docs/operations.md), called by root: runs as its user, with its DATA and settings.
set -eu
settings=/etc/aktenlauf/env
export DMS_DATA=/var/lib/aktenlauf/data
if [ -f "$settings" ]; then
  while IFS= read -r line || [ -n "$line" ]; do  # read as systemd does, never run as shell
    value=${line#*=}
    case $value in
      \"*\") value=${value#\"} value=${value%\"} ;;
      \'*\') value=${value#\'} value=${value%\'} ;;
    esac
    case $line in DMS_[A-Z_]*=*) export "${line%%=*}=$value" ;; esac
  done <"$settings"
fi
cd /var/lib/aktenlauf
exec runuser -u aktenlauf -- /opt/aktenlauf/.venv/bin/dms "$@"
