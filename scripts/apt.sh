#!/usr/bin/env bash
# Installs system packages as root, after whatever apt-get was interrupted in: apt.sh PACKAGE...
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
dpkg --configure -a
apt-get update -qq -o DPkg::Lock::Timeout=300
apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
