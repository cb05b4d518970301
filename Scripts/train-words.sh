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
"$fss" evaluate --dataset shapes5i --fold 0 --backbone "$shipped/backbone.safetensors" --checkpoint "$shipped/decoder.safetensors" \
    --annotation word --words "$out/training/words.safetensors" --episodes 500 --out "$out/evaluation"
