#!/usr/bin/env bash
# Checks that every Swift file is formatted as .swift-format says; `--fix` formats them.
set -euo pipefail
cd "$(dirname "$0")/.."

paths=(Package.swift)
for folder in Sources Tests Examples Benchmarks; do
    if [ -d "$folder" ]; then paths+=("$folder"); fi
done
# Build folders of the packages under Examples and Benchmarks hold other people's sources.
list=$(mktemp)
trap 'rm -f "$list"' EXIT
find "${paths[@]}" -name .build -prune -o -name '*.swift' -print0 >"$list"

if [ "${1:-}" = --fix ]; then
    xargs -0 swift format --in-place --parallel <"$list"
else
    xargs -0 swift format lint --strict --parallel <"$list"
fi
