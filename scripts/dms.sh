#!/bin/sh
# The command of an installation on a server (docs/operations.md), called by root: runs as its user, with its DATA and settings.
set -eu
settings=/etc/aktenlauf/env
set -a
DMS_DATA=/var/lib/aktenlauf/data
if [ -f "$settings" ]; then . "$settings"; fi
set +a
cd /var/lib/aktenlauf
exec runuser -u aktenlauf -- /opt/aktenlauf/.venv/bin/dms "$@"
