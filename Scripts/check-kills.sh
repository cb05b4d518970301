#!/usr/bin/env bash
# Kills trainings (kill -9) at random moments, continues them and compares the bytes of the final model with those of a
# run that nobody touched: for the decoder and for the backbone. Takes a few minutes; exit 1 when a byte differs.
#
#   Scripts/check-kills.sh [kills] [seed]      kills for each training (30), seed of the moments (0)
set -euo pipefail
cd "$(dirname "$0")/.."

kills=${1:-30}
RANDOM=${2:-0}
swift build -c release --product fss >&2
fss=$(swift build -c release --show-bin-path)/fss
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

backbone=(train backbone --dataset shapes5i --images-per-class 4 --fold 0 --image-size 64 --batch-size 4 --checkpoint-interval 3 --quiet)
decoder=(train --dataset shapes5i --images-per-class 2 --fold 0 --backbone net/backbone.safetensors --quiet
    --set model.imageSize=64 --set model.decoder.resolution=16 --set 'model.decoder.channels=[8,8,16]'
    --set model.decoder.embedding=16 --set model.decoder.sinusoid=16 --set model.sampling.steps=2 --set training.batchSize=2
    --set training.supportsPerQuery=1 --set training.checkpointInterval=3 --set training.heldOutClasses=2
    --set training.evaluationInterval=40 --evaluation-episodes 2)

finished() { grep -qs '"status" : "finished"' "$1/manifest.json"; }

# Runs a command in the background for a random time and kills it: check NAME MODEL LONGEST RESUME... -- NEW...
# The moments lie between 0 and LONGEST ms, so that the start, the steps and the writing of files are all met.
check() {
    local name=$1 model=$2 longest=$3 done_=0 early=0 new=() resume=()
    shift 3
    while [ "$1" != -- ]; do resume+=("$1"); shift; done
    shift
    new=("$@")
    "$fss" "${new[@]}" --out "$name-whole" > /dev/null
    while [ "$done_" -lt "$kills" ]; do
        local command=("${resume[@]}" --quiet --resume "$name-killed")
        if [ ! -e "$name-killed/manifest.json" ]; then
            command=("${new[@]}" --out "$name-killed")
            early=$((early + 1))
        elif finished "$name-killed"; then
            printf '%s: finished after %d kills, fewer than %d; use more steps\n' "$name" "$done_" "$kills" >&2
            return 1
        fi
        "$fss" "${command[@]}" > /dev/null &
        local process=$! chance=$RANDOM
        sleep "$(awk -v r="$chance" -v most="$longest" 'BEGIN { printf "%.3f", r / 32768 * most / 1000 }')"
        kill -9 "$process" 2> /dev/null || true
        wait "$process" 2> /dev/null || true
        done_=$((done_ + 1))
    done
    if [ -e "$name-killed/manifest.json" ]; then
        "$fss" "${resume[@]}" --quiet --resume "$name-killed" > /dev/null
    else
        "$fss" "${new[@]}" --out "$name-killed" > /dev/null
    fi
    finished "$name-killed"
    local steps
    steps=$(($(wc -l < "$name-killed/metrics.csv") - 1))
    if ! cmp "$name-whole/$model" "$name-killed/$model" || ! cmp "$name-whole/state.safetensors" "$name-killed/state.safetensors"; then
        printf '%s: the bytes differ after %d kills\n' "$name" "$kills" >&2
        return 1
    fi
    printf '%s: %d kills (%d before the folder was there), %d steps, the same bytes\n' "$name" "$kills" "$early" "$steps"
}

"$fss" train backbone --dataset shapes5i --images-per-class 4 --fold 0 --image-size 64 --steps 5 --quiet --out net > /dev/null
check backbone backbone.safetensors 1500 train backbone -- "${backbone[@]}" --steps $((kills * 12))
check decoder model.safetensors 3000 train -- "${decoder[@]}" --set training.steps=$((kills * 20))
