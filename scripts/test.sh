#!/usr/bin/env bash
# The whole suite in two halves at once, one for each core. The words of the half that is not seen come when both are over.
set -uo pipefail
cd "$(dirname "$0")/.."
run=(.venv/bin/pytest -q -m 'not benchmark and not torture')
mine=(tests/app tests/e2e)  # whole processes; all that is in no other half belongs to the second

log=$(mktemp)
"${run[@]}" tests "${mine[@]/#/--ignore=}" >"$log" 2>&1 &
other=$!
trap 'kill "$other" 2>/dev/null; rm -f "$log"' EXIT
"${run[@]}" "${mine[@]}"; status=$?
wait "$other" || status=$?
cat "$log"
exit "$status"
