#!/usr/bin/env bash
# Makes the checkout ready to run: system packages where allowed, virtual environment, browser assets, rule sheets.
# Each part has a stamp that is written last and named by what it was made from, so half-done is never taken for done.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache
log=.cache/setup.log
exec 9>.cache/setup.lock
flock 9  # a second call waits for the first

say() { echo "Einrichtung: $*" >&2; }
stop() { say "$*"; exit 3; }
fingerprint() { sha256sum | cut -c1-16; }
quietly() {  # WHAT COMMAND...
  local what=$1; shift
  "$@" >"$log" 2>&1 9>&- </dev/null || { tail -n 20 "$log" >&2; stop "$what ist nicht gelungen; alles steht in $log."; }
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

python=
for candidate in python3.11 python3 python3.12 python3.13; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || stop "Python 3.11 oder neuer fehlt. Bitte einmal eingeben: sudo apt-get install python3 python3-venv"

needed=() wanted=()
"$python" -c 'import venv, ensurepip' 2>/dev/null || needed=(python3-venv)
if ! command -v tesseract >/dev/null || ! tesseract --list-langs 2>/dev/null | grep -qx deu; then
  wanted=(tesseract-ocr tesseract-ocr-deu)
fi
if [ ${#needed[@]} -gt 0 ] || [ ${#wanted[@]} -gt 0 ]; then
  if may_install; then
    say "Systempakete werden installiert: ${needed[*]} ${wanted[*]}"
    quietly "Die Installation der Systempakete" bash scripts/apt.sh "${needed[@]}" "${wanted[@]}"
  elif [ ${#needed[@]} -gt 0 ]; then
    stop "Es fehlen Systempakete. Bitte einmal eingeben: sudo apt-get install ${needed[*]} ${wanted[*]}"
  else
    say "Tesseract fehlt: RapidOCR liest die gescannten Seiten allein, das dauert länger, bis jemand eingibt: sudo apt-get install ${wanted[*]}"
  fi
fi

base=.venv/base-$({ pwd; "$python" -c 'import sys; print(sys.version, sys.executable)'; } | fingerprint)
packages=.venv/stamp-$(cat requirements.lock pyproject.toml | fingerprint)
if [ ! -f "$packages" ] || [ ! -f "$base" ]; then
  say "Python-Pakete werden installiert (etwa eine Minute)"
  if [ ! -f "$base" ] || [ -e .venv/unfinished ]; then  # pip takes a package that was half copied for installed
    rm -rf .venv
    quietly "Die Python-Umgebung" "$python" -m venv .venv
    touch "$base"
  fi
  touch .venv/unfinished
  rm -f .venv/stamp-*
  pip=(.venv/bin/python -m pip install --disable-pip-version-check --no-input)
  quietly "Das Laden der Python-Pakete (Netz?)" "${pip[@]}" --require-hashes -r requirements.lock
  quietly "Die Installation von Aktenlauf" "${pip[@]}" --no-deps --no-build-isolation -e .
  mv .venv/unfinished "$packages"
fi

# The user of a service may not write here, and would translate our code anew at every command.
.venv/bin/python -m compileall -q alembic dms invoicing ocr search storage

assets=dms/web/static/vendor/stamp-$(cat package-lock.json scripts/vendor.py | fingerprint)
if [ ! -f "$assets" ] || [ ! -e node_modules/.complete ]; then
  say "Bausteine der Oberfläche werden geholt"
  quietly "Das Holen der Bausteine der Oberfläche (Netz?)" .venv/bin/python scripts/vendor.py
  touch "$assets"
fi

rules=.venv/rules-$(fingerprint <invoicing/rulesets.py)
if [ ! -f "$rules" ]; then
  say "Amtliche Prüfregeln für E-Rechnungen werden geholt"
  if .venv/bin/dms rules install >"$log" 2>&1 9>&- </dev/null; then
    touch "$rules"
  else
    tail -n 5 "$log" >&2
    say "Ohne die Prüfregeln bleiben E-Rechnungen ungeprüft, bis jemand eingibt: .venv/bin/dms rules install"
  fi
fi
