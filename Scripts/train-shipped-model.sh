#!/usr/bin/env bash
# Makes the model that the library ships: a small backbone and a decoder, both trained on the base classes of Shapes-5i's
# fold 0 and on nothing else. Takes about half an hour on two cores; the results go to Sources/Diffusion/Resources/shapes5i.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-runs/shipped}
swift build -c release --product fss
fss=.build/release/fss
"$fss" train backbone --dataset shapes5i --images-per-class 200 --fold 0 --out "$out/backbone"
"$fss" train --dataset shapes5i --images-per-class 40 --fold 0 --backbone "$out/backbone/backbone.safetensors" \
    --set model.imageSize=192 --set model.sampling.steps=5 --set training.steps=800 --set training.multiShotProbability=0.15 \
    --set 'training.annotations=["mask","box","scribble"]' --out "$out/decoder"
resources=Sources/Diffusion/Resources/shapes5i
cp "$out/backbone/backbone.safetensors" "$resources/backbone.safetensors"
"$fss" weights convert "$out/decoder/model.safetensors" "$resources/decoder.safetensors" --precision bfloat16 --force
