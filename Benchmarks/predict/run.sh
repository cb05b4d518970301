#!/usr/bin/env bash
# Photos a second of `fss predict` for one and for ten concepts, float32 and bfloat16, loading of the model left out, results written.
# Fails where a further concept costs more than a tenth of the first.
#
#   Benchmarks/predict/run.sh FOLDER [BACKBONE] [ROUNDS]     the best of ROUNDS (3) over the photos of FOLDER
#
# BACKBONE is NAME=WEIGHTS, or a name that `fss weights download` fetched (resnet50-torchvision); "drawn" takes the model of drawn shapes.
# OMP_NUM_THREADS says how many threads; one a core without it.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { echo "usage: Benchmarks/predict/run.sh FOLDER-OF-PHOTOS [BACKBONE] [ROUNDS]" >&2; exit 64; }
folder=$1
backbone=${2:-resnet50-torchvision}
rounds=${3:-3}

swift build --disable-build-manifest-caching --configuration release --product fss-bench >&2
bench=$(swift build --configuration release --show-bin-path)/fss-bench
times=$(mktemp)
trap 'rm -f "$times"' EXIT
printf 'load %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
for _ in $(seq "$rounds"); do
    for precision in float32 bfloat16; do
        for concepts in 1 10; do
            "$bench" predict "$folder" "$backbone" "$concepts" "$precision"
        done
    done
done | tee "$times"
printf 'load %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"

awk '
    { key = $2 " " $1; if ($3 > best[key]) best[key] = $3; if ($4 > peak[key]) peak[key] = $4 }
    END {
        for (number = 1; number <= 2; number++) {
            precision = number == 1 ? "float32" : "bfloat16"
            one = best[precision " 1"]; ten = best[precision " 10"]
            if (one <= 0 || ten <= 0) { print precision ": no time"; missed = 1; continue }
            further = (1 / ten - 1 / one) / 9 * one
            printf "%s: one concept %.2f photos a second (%d MB), ten %.2f (%d MB); a further one costs %.3f of the first\n",
                precision, one, peak[precision " 1"], ten, peak[precision " 10"], further
            if (further > 0.1) missed = 1
        }
        exit missed
    }' "$times"
