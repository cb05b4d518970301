#!/usr/bin/env bash
# Makes the decoder for photos that the library ships: trained on the classes of a PASCAL-like folder behind several backbones in turn,
# which stay as they are and are not shipped. Takes about half an hour on two cores and 6 GB of disk for features.
#
#   Scripts/train-photo-decoder.sh DATASET LISTS FOLD OUT NAME=WEIGHTS...
#
# FOLD is all for the decoder that is shipped, and a number for a training whose scores on that fold are honest. The last line of the output
# says how to put the decoder in its place.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 5 ] || { sed -n '5,8p' "$0" >&2; exit 64; }
dataset=$1 lists=$2 fold=$3 out=$4
shift 4
swift build -c release --product fss
fss=.build/release/fss
first=$1
shift
"$fss" train --dataset "$dataset" --lists "$lists" --fold "$fold" --backbone "$first" ${1:+--further-backbones "$@"} \
    --precision bfloat16 --set training.steps=1500 --set training.batchSize=16 --set training.multiShotProbability=0.15 \
    --set 'training.annotations=["mask","box","scribble"]' --out "$out"
"$fss" weights convert "$out/model.safetensors" "$out/decoder.safetensors" --precision bfloat16 --force
printf 'To ship it: cp %s Sources/Diffusion/Resources/photos/decoder.safetensors\n' "$out/decoder.safetensors"
