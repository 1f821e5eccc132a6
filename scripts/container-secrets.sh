#!/usr/bin/env bash
# Makes the random secrets of docker-compose.yml in ./secrets; a second call leaves those that are there, and adds what is new.
# The files named *-server are read by other users inside the servers' containers; the folder is closed to everybody here.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets
source scripts/s3-identities.sh

random() { head -c 24 /dev/urandom | base64 | tr -dc a-zA-Z0-9; }
write() {  # NAME CONTENT, complete or not at all
  [ -s "secrets/$1" ] || { printf '%s\n' "$2" >"secrets/$1.new"; mv "secrets/$1.new" "secrets/$1"; }
}

for name in postgres s3 s3-admin redis filer-server; do write "$name" "$(random)"; done
write postgres-server "$(cat secrets/postgres)"
write redis-server "$(cat secrets/redis)"
rm -f secrets/s3-server  # made anew: an earlier release had no administrator in it
write s3-server "$(s3_identities aktenlauf "$(cat secrets/s3-admin)" "$(cat secrets/s3)")"
chmod 644 secrets/*-server
for name in tls-cert tls-key; do
  [ -s "secrets/$name" ] || echo "Es fehlt noch secrets/$name: Zertifikat und Schlüssel für die Adresse in DMS_PUBLIC_URL (PEM)." >&2
done
