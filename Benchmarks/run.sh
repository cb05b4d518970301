#!/usr/bin/env bash
# Measures the library beside PyTorch and writes latest.json and latest.md. Makes its own Python environment in .venv.
#
#   Benchmarks/run.sh                    everything
#   Benchmarks/run.sh --quick            does it work: 3 short rounds, no torch.compile, nothing written
#   Benchmarks/run.sh --only resnet50    some rows (convolution, matmul, resnet50, clip-vit-b16, clip-rn50, swin-b, dinov2-b,
#                                        clip-text, sam-b-encoder, uqdd-step, pspnet-step, label-refinement, query,
#                                        query-cached, elementwise, loading, coco-index); these only where they are named:
#                                        sd15-control-step, sd35-medium-step, vae-decode
#   Benchmarks/run.sh --help             the rest
set -euo pipefail
cd "$(dirname "$0")"

say() { printf 'bench: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

python=.venv/bin/python
stamp=.venv/ready-with-diffusers-0.42.1
if [ ! -e "$stamp" ]; then
    command -v python3 >/dev/null || die "the PyTorch side needs python3 (3.10 or newer)"
    say "making the Python environment Benchmarks/.venv (PyTorch, about 1 GB)"
    python3 -m venv .venv || die "python3 has no venv module; on Debian: apt-get install python3-venv"
    if ! "$python" -m pip install --quiet 'torch==2.13.0+cpu' numpy scipy safetensors 2>/dev/null; then
        say "no torch 2.13.0+cpu on this package index, taking torch"
        "$python" -m pip install --quiet torch numpy scipy safetensors || die "PyTorch could not be installed"
    fi
    "$python" -m pip install --quiet 'pycocotools==2.0.11'
    # Without their dependencies the last two leave torch as it is.
    "$python" -m pip install --quiet 'transformers==5.24.0' pillow ftfy regex packaging &&
        "$python" -m pip install --quiet --no-deps 'torchvision==0.28.0' 'openai-clip==1.0.1' ||
        say "no transformers, torchvision or openai-clip: the rows of published networks cannot be measured"
    "$python" -m pip install --quiet 'diffusers==0.42.1' || say "no diffusers: the rows of generators cannot be measured"
    "$python" -m pip install --quiet openvino || say "no OpenVINO for this machine: its column stays empty"
    : >"$stamp"
fi
command -v "${CXX:-g++}" >/dev/null || say "no C++ compiler ${CXX:-g++}: the columns of torch.compile stay empty"

say "building fss-bench"
# Without its cached manifest SwiftPM does not see that files of the library came or went.
swift build --disable-build-manifest-caching --configuration release --product fss-bench >&2
exec "$python" compare.py --swift "$(swift build --configuration release --show-bin-path)/fss-bench" "$@"
