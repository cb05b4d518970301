#!/usr/bin/env bash
# Times the photo loader beside torch's DataLoader with two workers on the same files. Fails above 0.7 of the quicker twin's time, or where
# pixels are not those of Pillow.
#
#   Benchmarks/loader/run.sh FOLDER [--rounds N] [--side N] [--batch N] [--workers N]     PYTHON has torch and torchvision
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { echo "usage: Benchmarks/loader/run.sh FOLDER-OF-PHOTOS [OPTIONS]" >&2; exit 64; }
swift build --disable-build-manifest-caching --configuration release --product fss-bench >&2
exec "${PYTHON:-.venv/bin/python}" loader/compare.py "$(swift build --configuration release --show-bin-path)/fss-bench" "$@"
