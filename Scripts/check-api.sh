#!/usr/bin/env bash
# Asks `fss serve` what openapi.json describes, and much that it does not, for a minute: answers must have the status codes, media types
# and forms that the file gives, and none may be an error of the server.
#
#   Scripts/check-api.sh [SECONDS]      FSS=.build/release/fss names another command, FSS_API_VENV another Python environment
#
# schemathesis is installed into .build/api-venv.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
fss=${FSS:-.build/release/fss}
venv=$(realpath -m "${FSS_API_VENV:-.build/api-venv}")
folder=$(mktemp -d)
server=
end() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap end EXIT

say() { printf 'check-api: %s\n' "$*" >&2; }
[ -x "$fss" ] || { say "no $fss; build it first (make build)"; exit 1; }
if ! [ -x "$venv/bin/schemathesis" ]; then
    say "installing schemathesis into $venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet 'schemathesis==4.32.5'
fi

"$fss" serve >"$folder/out" 2>"$folder/err" &
server=$!
page=
for _ in $(seq 100); do
    page=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$folder/out" "$folder/err" -h | head -1) && break
    kill -0 "$server" 2>/dev/null || { say "fss serve ended:"; cat "$folder/err" >&2; exit 1; }
    sleep 0.2
done
[ -n "$page" ] || { say "fss serve printed no address"; exit 1; }

# Schemathesis keeps a cache where it runs. What a valid form cannot say, such as runs that add up to the photo, is refused with 422: no failure here.
status=0
(cd "$folder" && exec timeout "$((seconds * 4 + 60))" "$venv/bin/schemathesis" run "$page/openapi.json" --url "$page" --max-time "$seconds" \
    --exclude-checks positive_data_acceptance --request-timeout 60 --suppress-health-check all --no-color) || status=$?
kill -0 "$server" 2>/dev/null || { say "fss serve did not survive:"; tail -5 "$folder/err" >&2; exit 1; }
exit "$status"
