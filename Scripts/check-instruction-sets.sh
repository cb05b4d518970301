#!/usr/bin/env bash
# Runs the operations' tests on the kernels of narrower instruction sets than this machine's. `make test` builds them before.
set -euo pipefail
cd "$(dirname "$0")/.."
for set in baseline avx2 avx512; do
    printf 'Kernels: at most %s\n' "$set"
    FSS_MAX_ISA=$set swift test --configuration release --skip-build --filter 'LargeOperation|OperationGoldens'
done
