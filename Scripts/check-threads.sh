#!/bin/sh
# Runs the concurrency suite under the thread sanitizer. Further arguments go to `swift test`.
set -eu
cd "$(dirname "$0")/.."
# The first report ends the run, so that it cannot pass unseen.
TSAN_OPTIONS="halt_on_error=1 ${TSAN_OPTIONS:-}"
export TSAN_OPTIONS
exec swift test --sanitize=thread --filter Concurrency "$@"
