#!/usr/bin/env bash
# Builds every package under Examples, each as an outside package that depends on this one; --run also runs them.
#
# They share one scratch folder, so that the libraries are compiled once.
set -euo pipefail
cd "$(dirname "$0")/.."

for manifest in Examples/*/Package.swift; do
    folder=$(dirname "$manifest")
    name=$(basename "$folder")
    printf 'check-examples: building %s\n' "$name"
    swift build --configuration release --package-path "$folder" --scratch-path .build/examples
    if [ "${1:-}" = --run ]; then ".build/examples/release/$name"; fi
done
