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
    --precision bfloat16 --set training.steps=1200 --set training.batchSize=16 --set training.multiShotProbability=0.15 \
    --set 'training.annotations=["mask","box","scribble"]' --out "$out"
"$fss" weights convert "$out/model.safetensors" "$out/decoder.safetensors" --precision bfloat16 --force
# What it was made of, by digests: places on this machine stay out.
python3 - "$out" << 'PYTHON'
import json, os, sys
run = json.load(open(os.path.join(sys.argv[1], "manifest.json")))
settings = run["settings"]
known = {key: settings[key] for key in ("fold", "listHash", "contentHash", "settings") if key in settings}
known["dataset"] = os.path.basename(settings["dataset"]["dataset"])
known["backbones"] = [{"name": each["name"], "sha256": each["sha256"]} for each in run["backbones"]]
json.dump(known, open(os.path.join(sys.argv[1], "decoder.json"), "w"), indent=2, sort_keys=True)
PYTHON
printf 'To ship it: cp %s/decoder.safetensors %s/decoder.json Sources/Diffusion/Resources/photos/\n' "$out" "$out"
