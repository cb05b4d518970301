#!/bin/sh
# Runs the concurrency suite under the thread sanitizer. Further arguments go to `swift test`.
set -eu
cd "$(dirname "$0")/.."
exec swift test --sanitize=thread --filter Concurrency "$@"
