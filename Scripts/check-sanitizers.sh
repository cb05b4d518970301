#!/bin/sh
# Runs every public tensor operation through every operand, type and length (Tests/OperandWalk) under AddressSanitizer and an
# UndefinedBehaviorSanitizer that traps. Tensors lie in blocks of exactly their size, so that one byte beyond is seen.
# Takes several minutes, most of them to build.
set -eu
cd "$(dirname "$0")/.."
folder=.build/sanitizers
undefined='-fsanitize=undefined -fno-sanitize=vptr,function -fsanitize-trap=undefined'
flags=
for flag in $undefined; do flags="$flags -Xcc $flag -Xcxx $flag"; done
# shellcheck disable=SC2086
swift build -c release --product operand-walk --scratch-path "$folder" --sanitize=address -Xswiftc -DFSS_EXACT_BUFFERS $flags

# One thread a call, and no report of the crash that a trap is.
export OMP_NUM_THREADS=1 SWIFT_BACKTRACE=enable=no
# The runtime keeps memory until the process ends; a request that no machine can serve is answered and not a fault.
export ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:detect_stack_use_after_return=0 ${ASAN_OPTIONS:-}"
status=0
"$folder/release/operand-walk" --part 0/2 &
other=$!
"$folder/release/operand-walk" --part 1/2 || status=1
wait "$other" || status=1
exit "$status"
