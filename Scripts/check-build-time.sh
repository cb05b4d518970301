#!/usr/bin/env bash
# Measures a clean release build of the fss command (bar: 300 s on two cores) and the build after one model file
# was touched (bar: 40 s). Builds in a scratch folder of its own; exit 1 beyond a bar.
set -euo pipefail
cd "$(dirname "$0")/.."

clean_bar=300
incremental_bar=40
touched=${1:-Sources/SegModels/Backbones/ResNet.swift}
[ -f "$touched" ] || { printf 'check-build-time: error: no file %s; name the model file to touch\n' "$touched" >&2; exit 2; }

scratch=$(mktemp -d)
copy=$(mktemp)
cp -p "$touched" "$copy"
restore() {
    cp -p "$copy" "$touched"
    rm -rf "$scratch" "$copy"
}
trap restore EXIT

build() { swift build --configuration release --product fss --scratch-path "$scratch" >&2; }

# Seconds with one decimal; resolution of dependencies is not part of a build.
measure() {
    local start end
    start=$(date +%s%N)
    build
    end=$(date +%s%N)
    awk -v n="$((end - start))" 'BEGIN { printf "%.1f", n / 1e9 }'
}

swift package resolve --scratch-path "$scratch" >&2
clean=$(measure)
# A comment at the end changes the file's contents, which SwiftPM's build system looks at beside its date.
printf '\n// touched\n' >>"$touched"
incremental=$(measure)

printf 'clean release build          %6s s (bar %s s)\n' "$clean" "$clean_bar"
printf 'after touching one model file %5s s (bar %s s): %s\n' "$incremental" "$incremental_bar" "$touched"
awk -v c="$clean" -v cb="$clean_bar" -v i="$incremental" -v ib="$incremental_bar" 'BEGIN { exit !(c <= cb && i <= ib) }'
