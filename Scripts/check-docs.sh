#!/usr/bin/env bash
# Builds the DocC documentation of every library target into .build/docs. Any DocC warning, any public symbol without
# documentation and any library without a catalog is an error. Parameters whose names say it all need no text.
#
# The symbol graphs come from the modules of the release build, so that nothing is compiled twice. With --skip-build the
# modules are those of the last release build, whichever flags it had: continuous integration has just run the tests.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=(TensorCore Datasets SegModels Diffusion PseudoLabel)
build=.build/release
out=.build/docs

fail() { printf 'check-docs: error: %s\n' "$*" >&2; exit 1; }

toolchain=$(dirname "$(readlink -f "$(command -v swift)")")
docc=$toolchain/docc
[ -x "$docc" ] || docc=$(command -v docc) || fail "no docc beside $toolchain/swift or on the PATH; it comes with the Swift toolchain"
command -v python3 >/dev/null || fail "python3 is needed to look for undocumented symbols"

if [ "${1:-}" != --skip-build ]; then swift build --configuration release; fi
for target in "${targets[@]}"; do
    [ -f "$build/Modules/$target.swiftmodule" ] || fail "$build has no module $target; run without --skip-build"
done

triple=$(swift -print-target-info | sed -n 's/^ *"unversionedTriple": "\(.*\)",$/\1/p')
includes=(-I "$build/Modules")
for map in "$build"/*.build/module.modulemap Sources/*/include/module.modulemap; do
    if [ -f "$map" ]; then includes+=(-I "$(dirname "$map")"); fi
done

rm -rf "$out"
for target in "${targets[@]}"; do
    catalog=Sources/$target/$target.docc
    [ -d "$catalog" ] || fail "$catalog is missing: every library has a DocC catalog"
    graphs=$out/symbols/$target
    mkdir -p "$graphs"
    swift symbolgraph-extract -module-name "$target" "${includes[@]}" -target "$triple" \
        -minimum-access-level public -skip-synthesized-members -output-dir "$graphs"
    python3 Scripts/undocumented.py "$graphs"/*.json
    "$docc" convert "$catalog" --additional-symbol-graph-dir "$graphs" \
        --fallback-display-name "$target" --fallback-bundle-identifier "swift-fss.$target" \
        --output-path "$out/$target.doccarchive" --warnings-as-errors --disable-parameters-and-returns-validation
    printf 'check-docs: %s is in %s\n' "$target" "$out/$target.doccarchive"
done
