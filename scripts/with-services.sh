#!/usr/bin/env bash
# Runs a command with the addresses of the servers that `make services` started, if it did.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -f .services/env ]; then . .services/env; fi
exec "$@"
