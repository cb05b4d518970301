#!/bin/sh
# Torments the library and the command: damaged files of every format, kill -9, full disks, two processes that want one folder,
# small files that cost much. One line a part; exit 1 when anything failed, with the command that shows it again.
#
#   Scripts/torture.sh [--skip-build] [--seconds N] [--seed S] [--part NAME] [--format NAME] [--count N] [--case N]
#
# N seconds (300) are shared among the parts; --count 10000 --format png is the whole measure of one format, --part kills
# --count 30 that of kills. Docs/Reliability.md says what was found.
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = --skip-build ]; then
    shift
else
    swift build -c release >&2
fi
exec .build/release/torture "$@"
