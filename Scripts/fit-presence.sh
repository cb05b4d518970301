#!/usr/bin/env bash
# Calibrates the presence of the decoders that come along: two small JSON files beside them. Run it again whenever a decoder changes; a test
# compares digests. Takes a few minutes on two cores.
#
#   Scripts/fit-presence.sh shapes
#   Scripts/fit-presence.sh photos DATASET LISTS NAME=WEIGHTS...
#
# The decoder for drawn shapes is judged on fold 0's base classes, as it was trained. The decoder for photos has seen the classes of all folds.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-}
resources=Sources/Diffusion/Resources
fss=${FSS:-.build/release/fss}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
case $what in
    shapes)
        "$fss" evaluate --dataset shapes5i --images-per-class 40 --fold 0 --backbone $resources/shapes5i/backbone.safetensors \
            --checkpoint $resources/shapes5i/decoder.safetensors --classes base --absent-share 0.5 --fit-presence --baselines none \
            --episodes 300 --pictures 0 --out "$out/run" ;;
    photos)
        [ $# -ge 4 ] || { sed -n '5,6p' "$0" >&2; exit 64; }
        dataset=$2 lists=$3
        shift 3
        "$fss" evaluate --dataset "$dataset" --lists "$lists" --fold 0 --backbone "$@" \
            --checkpoint $resources/photos/decoder.safetensors --classes base --absent-share 0.5 --fit-presence --baselines none \
            --episodes 150 --pictures 0 --precision bfloat16 --out "$out/run" ;;
    *) sed -n '5,6p' "$0" >&2; exit 64 ;;
esac
