#!/usr/bin/env bash
# Trains words in miniature on captions of Shapes-5i's base classes of fold 0, behind the backbone that comes along, and scores the novel
# names: a word alone, with and without the decoder that comes along, beside what is known without a word. Minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-runs/words-shapes5i}
swift build -c release --product fss
fss=.build/release/fss
shipped=Sources/Diffusion/Resources/shapes5i
"$fss" train words --backbone "$shipped/backbone.safetensors" --out "$out/training"
# What it was made of, by digests: places on this machine stay out.
python3 - "$out/training" << 'PYTHON'
import hashlib, json, os, sys
run = json.load(open(os.path.join(sys.argv[1], "manifest.json")))
weights = open(os.path.join(sys.argv[1], "words.safetensors"), "rb").read()
known = {key: run["settings"][key] for key in ("fold", "precision", "settings")}
known["backbone"] = {key: run["backbones"][0][key] for key in ("name", "sha256")}
known["sha256"] = hashlib.sha256(weights).hexdigest()
json.dump(known, open(os.path.join(sys.argv[1], "words.json"), "w"), indent=2, sort_keys=True)
PYTHON
printf 'To ship them: cp %s/training/words.safetensors %s/training/words.json %s/\n' "$out" "$out" "$shipped"
"$fss" evaluate --dataset shapes5i --fold 0 --backbone "$shipped/backbone.safetensors" --checkpoint "$shipped/decoder.safetensors" \
    --annotation word --words "$out/training/words.safetensors" --episodes 500 --out "$out/evaluation"
