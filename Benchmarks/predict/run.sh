#!/usr/bin/env bash
# Photos a second of `fss predict` for one and for ten concepts, float32 and bfloat16, loading of the model left out, results written; ten
# also with a first look. Fails where a further concept costs more than a tenth of the first, with the look.
#
#   Benchmarks/predict/run.sh FOLDER [BACKBONE] [ROUNDS]     the best of ROUNDS (3) over the photos of FOLDER
#
# BACKBONE is NAME=WEIGHTS, or a name that `fss weights download` fetched (resnet50-torchvision); "drawn" takes the model of drawn shapes.
# With PYTHON (torch, safetensors, pillow) the same loop in PyTorch (loop.py) runs in turns with it; BACKBONE is resnet50-torchvision=WEIGHTS
# or resnet50-v1-caffe=WEIGHTS then, safetensors. LOOK is the first look (leading), as --first-look takes it.
# OMP_NUM_THREADS says how many threads; one a core without it.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { echo "usage: Benchmarks/predict/run.sh FOLDER-OF-PHOTOS [BACKBONE] [ROUNDS]" >&2; exit 64; }
folder=$1
backbone=${2:-resnet50-torchvision}
rounds=${3:-3}
look=${LOOK:-leading}
threads=${OMP_NUM_THREADS:-$(nproc)}

swift build --disable-build-manifest-caching --configuration release --product fss-bench >&2
bench=$(swift build --configuration release --show-bin-path)/fss-bench
times=$(mktemp)
trap 'rm -f "$times"' EXIT
printf 'load %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
for _ in $(seq "$rounds"); do
    for precision in float32 bfloat16; do
        for concepts in 1 10; do
            printf 'fss %s\n' "$("$bench" predict "$folder" "$backbone" "$concepts" "$precision")"
            if [ -n "${PYTHON:-}" ]; then
                printf 'pytorch %s\n' \
                    "$("$PYTHON" predict/loop.py "$folder" "$backbone" "$concepts" "$precision" --threads "$threads" --all-files)"
            fi
        done
        printf 'look %s\n' "$("$bench" predict "$folder" "$backbone" 10 "$precision" "$look")"
    done
done | tee "$times"
printf 'load %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"

awk -v look="$look" '
    { key = $1 " " $3 " " $2; if ($4 > best[key]) best[key] = $4; if ($5 > peak[key]) peak[key] = $5 }
    # The share of the first concept that each of the nine others costs.
    function further(one, ten) { return (1 / ten - 1 / one) / 9 * one }
    function told(name, engine, precision, tenth,    one, ten) {
        one = best[engine " " precision " 1"]; ten = best[tenth " " precision " 10"]
        if (one <= 0 || ten <= 0) { if (engine == "fss") { print precision ", " name ": no time"; missed = 1 }; return 1 }
        printf "%s, %s: one concept %.2f photos a second (%d MB), ten %.2f (%d MB); a further one costs %.3f of the first\n",
            precision, name, one, peak[engine " " precision " 1"], ten, peak[tenth " " precision " 10"], further(one, ten)
        return further(one, ten)
    }
    END {
        for (number = 1; number <= 2; number++) {
            precision = number == 1 ? "float32" : "bfloat16"
            told("all drawn", "fss", precision, "fss")
            if (told("first look " look, "fss", precision, "look") > 0.1) missed = 1
            told("PyTorch", "pytorch", precision, "pytorch")
        }
        exit missed
    }' "$times"
