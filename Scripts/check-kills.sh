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
decoder=(train --dataset shapes5i --images-per-class 2 --fold 0 --backbone net/backbone.safetensors --features features --quiet
    --set model.imageSize=64 --set model.decoder.resolution=16 --set 'model.decoder.channels=[8,8,16]'
    --set model.decoder.embedding=16 --set model.decoder.sinusoid=16 --set model.sampling.steps=2 --set training.batchSize=2
    --set training.checkpointInterval=3 --set training.heldOutClasses=2
    --set training.evaluationInterval=40 --evaluation-episodes 2)

finished() { grep -qs '"status" : "finished"' "$1/manifest.json"; }

# Seconds between 0 and so many milliseconds. The caller draws, because a subshell would not advance RANDOM.
seconds() { awk -v r="$1" -v most="$2" 'BEGIN { printf "%.3f", r / 32768 * most / 1000 }'; }

# Starts or continues the run NAME-killed in the background and kills it: mostly within the first 600 ms of its steps and
# checkpoints, every fifth time while it loads. Sets `early` when the kill came before the folder was there.
kill_once() {
    local name=$1 turn=$2 chance=$RANDOM process waited=0
    touch marker
    "$fss" "${command[@]}" > /dev/null &
    process=$!
    if [ $((turn % 5)) -eq 4 ]; then
        sleep "$(seconds "$chance" 1000)"
    else
        while [ ! "$name-killed/metrics.csv" -nt marker ] && kill -0 "$process" 2> /dev/null && [ "$waited" -lt 6000 ]; do
            sleep 0.02
            waited=$((waited + 1))
        done
        sleep "$(seconds "$chance" 600)"
    fi
    kill -9 "$process" 2> /dev/null || true
    wait "$process" 2> /dev/null || true
}

# check NAME MODEL RESUME... -- NEW...: what continues a run, and what begins it.
check() {
    local name=$1 model=$2 turn early=0 new=() resume=() command=()
    shift 2
    while [ "$1" != -- ]; do resume+=("$1"); shift; done
    shift
    new=("$@")
    "$fss" "${new[@]}" --out "$name-whole" > /dev/null
    for ((turn = 0; turn < kills; turn++)); do
        command=("${resume[@]}" --quiet --resume "$name-killed")
        if [ ! -e "$name-killed/manifest.json" ]; then
            command=("${new[@]}" --out "$name-killed")
        elif finished "$name-killed"; then
            printf '%s: finished after %d kills of %d; use more steps\n' "$name" "$turn" "$kills" >&2
            return 1
        fi
        kill_once "$name" "$turn"
        [ -e "$name-killed/manifest.json" ] || early=$((early + 1))
    done
    local reached=0
    [ -e "$name-killed/metrics.csv" ] && reached=$(($(wc -l < "$name-killed/metrics.csv") - 1))
    command=("${resume[@]}" --quiet --resume "$name-killed")
    [ -e "$name-killed/manifest.json" ] || command=("${new[@]}" --out "$name-killed")
    "$fss" "${command[@]}" > /dev/null
    finished "$name-killed"
    local steps=$(($(wc -l < "$name-killed/metrics.csv") - 1))
    if ! cmp "$name-whole/$model" "$name-killed/$model" || ! cmp "$name-whole/state.safetensors" "$name-killed/state.safetensors"; then
        printf '%s: the bytes differ after %d kills\n' "$name" "$kills" >&2
        return 1
    fi
    printf '%s: %d kills (%d before the folder was there), the last near step %d of %d: the same bytes\n' \
        "$name" "$kills" "$early" "$reached" "$steps"
}

"$fss" train backbone --dataset shapes5i --images-per-class 4 --fold 0 --image-size 64 --steps 5 --quiet --out net > /dev/null
check backbone backbone.safetensors train backbone -- "${backbone[@]}" --steps $((kills * 20))
check decoder model.safetensors train --features features -- "${decoder[@]}" --set training.steps=$((kills * 40))
