#!/usr/bin/env bash
# Makes the miniature of Stable Diffusion with a ControlNet for Shapes-5i: three trainings, one after the other, on base classes of a fold.
#
#   Scripts/train-miniature.sh FOLD OUT [OPTION...]
#
# Options go to all three, such as --precision bfloat16. A training that ended early is continued when the same line is run again. The last
# line of the output names the model.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 2 ] || { sed -n '4,7p' "$0" >&2; exit 64; }
fold=$1 out=$2
shift 2
swift build -c release --product fss
fss=.build/release/fss
base=()
for stage in autoencoder denoiser control; do
    if [ -e "$out/$stage/manifest.json" ]; then
        "$fss" train miniature --resume "$out/$stage"
    else
        "$fss" train miniature --stage "$stage" "${base[@]}" --fold "$fold" --out "$out/$stage" "$@"
    fi
    base=(--base "$out/$stage/model")
done
printf 'Model: %s/control/model\n' "$out"
