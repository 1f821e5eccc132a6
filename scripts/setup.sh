#!/usr/bin/env bash
# Makes the checkout ready to run: virtual environment, system packages where allowed, browser assets.
# Each part has a stamp that is written last and named by what it was made from, so half-done is never taken for done.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "Einrichtung: $*" >&2; }
may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
install_packages() { DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2; }
fingerprint() { cat "$@" 2>/dev/null | sha256sum | cut -c1-16; }

python=$(command -v python3.11 || command -v python3 || true)
[ -n "$python" ] || { say "Python 3.11 fehlt. Bitte installieren: apt-get install python3"; exit 3; }

if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
  may_install || { say "Bitte einmal eingeben: sudo apt-get install python3-venv"; exit 3; }
  say "python3-venv wird installiert"
  install_packages python3-venv
fi
if ! command -v tesseract >/dev/null || ! tesseract --list-langs 2>/dev/null | grep -qx deu; then
  if may_install; then
    say "Tesseract (Texterkennung) wird installiert"
    install_packages tesseract-ocr tesseract-ocr-deu || say "Tesseract fehlt weiterhin: gescannte Seiten bleiben ungelesen"
  else
    say "Tesseract fehlt: gescannte Seiten bleiben ungelesen, bis jemand eingibt: sudo apt-get install tesseract-ocr tesseract-ocr-deu"
  fi
fi

stamp=.venv/stamp-$(fingerprint requirements.lock pyproject.toml)
if [ ! -f "$stamp" ]; then
  say "Python-Pakete werden installiert"
  rm -f .venv/stamp-*
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
  touch "$stamp"
fi

assets=dms/web/static/vendor/stamp-$(fingerprint package-lock.json scripts/vendor.py)
if [ ! -f "$assets" ]; then
  say "Oberflächen-Bausteine werden geholt"
  .venv/bin/python scripts/vendor.py >&2
  touch "$assets"
fi
