#!/usr/bin/env bash
# Makes the random secrets of docker-compose.yml in ./secrets; a second call leaves those that are there.
# The files named *-server are read by other users inside the servers' containers; the folder is closed to everybody here.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets

random() { head -c 24 /dev/urandom | base64 | tr -dc a-zA-Z0-9; }
write() {  # NAME CONTENT, complete or not at all
  [ -s "secrets/$1" ] || { printf '%s\n' "$2" >"secrets/$1.new"; mv "secrets/$1.new" "secrets/$1"; }
}

for name in postgres s3 redis filer-server; do write "$name" "$(random)"; done
write postgres-server "$(cat secrets/postgres)"
write redis-server "$(cat secrets/redis)"
write s3-server '{"identities": [{"name": "dms", "credentials": [{"accessKey": "dms", "secretKey": "'"$(cat secrets/s3)"'"}],
 "actions": ["Read:aktenlauf", "Write:aktenlauf", "List:aktenlauf", "GetObjectRetention:aktenlauf",
   "PutObjectRetention:aktenlauf"]}]}'
chmod 644 secrets/*-server
for name in tls-cert tls-key; do
  [ -s "secrets/$name" ] || echo "Es fehlt noch secrets/$name: Zertifikat und Schlüssel für die Adresse in DMS_PUBLIC_URL (PEM)." >&2
done
