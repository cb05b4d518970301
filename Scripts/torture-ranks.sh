#!/usr/bin/env bash
# Torments runs of two ranks on two hosts: namespaces with names, addresses and mounts of their own on this machine, joined by a line with
# delay and loss (Benchmarks/ranks/link.c). One line a case: what was done, what was seen; exit 1 when anything was not as it should be.
#
#   Scripts/torture-ranks.sh                  with the release build of `swift build -c release --traits default,MPI`
#   FSS=path/to/fss Scripts/torture-ranks.sh  with another one
#   Scripts/torture-ranks.sh --case NAME      one case: same, slow, cut, killed, gone, disk, features, clocks, late, unseen, versions
#
# Needs root, /dev/net/tun, cc and mpirun; says what is lacking and ends without an error then.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
fss=$(realpath "${FSS:-$root/.build/release/fss}")
if [ ! -x "$fss" ]; then
    echo "no $fss: build with swift build --configuration release --traits default,MPI --product fss, or name one with FSS=" >&2
    exit 1
fi
exec python3 "$root/Scripts/torture-ranks.py" --fss "$fss" "$@"
