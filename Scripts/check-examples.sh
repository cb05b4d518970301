#!/usr/bin/env bash
# Builds every package under Examples, each as an outside package that depends on this one, and runs Replace, which takes
# seconds, and WholePath, which takes a minute; --run runs them all.
#
# They share one scratch folder, so that the libraries are compiled once.
set -euo pipefail
cd "$(dirname "$0")/.."

for manifest in Examples/*/Package.swift; do
    folder=$(dirname "$manifest")
    name=$(basename "$folder")
    printf 'check-examples: building %s\n' "$name"
    swift build --configuration release --package-path "$folder" --scratch-path .build/examples
    case "${1:-} $name" in
        *' WholePath') ".build/examples/release/$name" .build/examples/whole-path ;;
        *' Replace' | '--run '*) ".build/examples/release/$name" ;;
    esac
done
