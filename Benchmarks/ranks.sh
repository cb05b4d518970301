#!/usr/bin/env bash
# Ranks against threads: two ranks of one thread beside one process of two threads, training and evaluation, and beside PyTorch's DDP over
# gloo; what that predicts for more ranks on slower networks, and how far it is off where it can be checked: three and four ranks here, two
# over lines of Benchmarks/ranks/link.c (root and /dev/net/tun). Prints the tables of Docs/Cluster.md.
#
#   Benchmarks/ranks.sh                           with the release build of `swift build -c release --traits default,MPI`
#   FSS=path/to/fss Benchmarks/ranks.sh           with another one
#   Benchmarks/ranks.sh --quick                   a look whether it runs
#   Benchmarks/ranks.sh --python venv/bin/python  a Python with torch; that of Benchmarks/run.sh where it was made
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
fss=${FSS:-$root/.build/release/fss}
if [ ! -x "$fss" ]; then
    echo "no $fss: build with swift build --configuration release --traits default,MPI --product fss, or name one with FSS=" >&2
    exit 1
fi
command -v mpirun > /dev/null || { echo "no mpirun: Scripts/bootstrap.sh --with mpi" >&2; exit 1; }
exec python3 "$root/Benchmarks/ranks.py" --fss "$fss" --backbone "$root/Sources/Diffusion/Resources/shapes5i/backbone.safetensors" "$@"
