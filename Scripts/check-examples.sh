#!/usr/bin/env bash
# Builds every package under Examples as an outside package that depends on this one, and runs Replace, which takes seconds, and WholePath,
# which takes a minute.
#
#   Scripts/check-examples.sh                build with SwiftPM: the libraries are compiled once more, without what tests need
#   Scripts/check-examples.sh --skip-build   resolve with SwiftPM, but compile against the modules of the last release build, whichever
#                                            flags it had: continuous integration has just run the tests
#   Scripts/check-examples.sh ... --run      run all of them
set -euo pipefail
cd "$(dirname "$0")/.."

skips_build=no runs_all=no
for argument in "$@"; do
    case "$argument" in
        --skip-build) skips_build=yes ;;
        --run) runs_all=yes ;;
        *) printf "check-examples: unknown argument '%s'; expected --skip-build or --run\n" "$argument" >&2; exit 64 ;;
    esac
done

# With SwiftPM. The packages share one scratch folder, so that the libraries are compiled once.
build_package() {
    swift build --configuration release --package-path "$1" --scratch-path .build/examples
    program=.build/examples/release/$2
}

# The manifest is resolved (its products have to exist), the sources see what a package outside sees: -package-name is another one.
build_against_modules() {
    local folder=$1 name=$2 build=.build/release out=.build/examples-linked
    [ -f "$build/Modules/PseudoLabel.swiftmodule" ] || { printf 'check-examples: %s has no modules; run without --skip-build\n' "$build" >&2; exit 1; }
    swift package --package-path "$folder" --scratch-path .build/examples show-dependencies > /dev/null
    mkdir -p "$out"
    local includes=(-I "$build/Modules") objects=() libraries=()
    for map in "$build"/*.build/module.modulemap Sources/*/include/module.modulemap; do
        if [ -f "$map" ]; then includes+=(-I "$(dirname "$map")"); fi
    done
    for target in TensorCore Datasets SegModels Diffusion PseudoLabel; do
        objects+=("$build/$target.build"/*.o)
    done
    for target in Sources/C*; do
        while IFS= read -r object; do objects+=("$object"); done < <(find "$build/$(basename "$target").build" -name '*.o')
    done
    while IFS= read -r library; do libraries+=("-l$library"); done \
        < <(grep -o 'linkedLibrary("[a-z]*"' Package.swift | cut -d '"' -f 2 | sort -u)
    program=$out/$name
    swiftc -O -swift-version 6 -package-name "$name" -module-name "$name" "${includes[@]}" "$folder/Sources/$name"/*.swift \
        "${objects[@]}" "${libraries[@]}" -lstdc++ -o "$program"
}

for manifest in Examples/*/Package.swift; do
    folder=$(dirname "$manifest")
    name=$(basename "$folder")
    printf 'check-examples: building %s\n' "$name"
    if [ "$skips_build" = yes ]; then build_against_modules "$folder" "$name"; else build_package "$folder" "$name"; fi
    case "$runs_all $name" in
        *' WholePath') "$program" .build/examples/whole-path ;;
        *' Replace' | 'yes '*) "$program" ;;
    esac
done
