#!/usr/bin/env bash
# Installs the system packages that the build links, where they are missing; prints nothing when all is there.
#
#   Scripts/bootstrap.sh            install what is missing (Debian, Ubuntu and their relatives)
#   Scripts/bootstrap.sh --check    only report; exit 1 when something is missing
#   Scripts/bootstrap.sh --with mpi also what the trait MPI needs, for runs of several processes
#   Scripts/bootstrap.sh --browser  install Chromium, which only Scripts/check-reports.sh needs
set -euo pipefail

say() { printf 'swift-fss: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

mode=install
with_mpi=no
while [ $# -gt 0 ]; do
    case "$1" in
        --check) mode=check ;;
        --browser) mode=browser ;;
        --with)
            [ "${2:-}" = mpi ] || die "--with takes mpi, found '${2:-}'"
            with_mpi=yes
            shift
            ;;
        *) die "unknown argument '$1'; expected --check, --with mpi or --browser" ;;
    esac
    shift
done

if [ "$mode" = browser ] && command -v chromium chromium-browser google-chrome >/dev/null; then exit 0; fi

command -v swift >/dev/null || die "no Swift toolchain on the PATH. Install Swift 6.1 or newer from https://swift.org/install"
works=$(swift --version 2>&1) || die "swift does not run: $(head -n 1 <<<"$works"); https://swift.org/install lists what it needs"

# The C++ compiler of the toolchain: on the PATH, or beside swift.
compiler=$(command -v clang++ || true)
if [ -z "$compiler" ]; then
    beside="$(dirname "$(readlink -f "$(command -v swift)")")/clang++"
    if [ -x "$beside" ]; then compiler=$beside; fi
fi

compiles() {
    [ -n "$compiler" ] && "$compiler" -x c++ -fsyntax-only - <<<"$1" >/dev/null 2>&1
}

# clang takes the newest GCC installation that it finds, so the C++ library must be of that version.
gcc_version() {
    if [ -n "$compiler" ]; then "$compiler" -v 2>&1 | sed -n 's|^Selected GCC installation: .*/\([0-9][0-9]*\)[.0-9]*$|\1|p'; fi
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    if [ "$mode" = browser ]; then die "no Chromium on the PATH and no apt-get; install it with your package manager"; fi
    absent=()
    for header in vector dnnl.h jpeglib.h png.h simdjson.h matio.h microhttpd.h zlib.h; do
        # jpeglib.h needs FILE and says so nowhere.
        compiles "#include <stdio.h>"$'\n'"#include <$header>" || absent+=("<$header>")
    done
    if [ $with_mpi = yes ] && ! command -v mpirun >/dev/null; then
        say "install OpenMPI or MPICH with your package manager, such as openmpi-devel (Fedora) or openmpi (Arch)"
        absent+=("mpirun")
    fi
    if [ ${#absent[@]} -eq 0 ]; then exit 0; fi
    say "this system has no apt-get, and these headers were not found: ${absent[*]}"
    say "install oneDNN (2.6 or newer), libjpeg-turbo, libpng, simdjson, matio, libmicrohttpd and a C++ library with your package manager, such as"
    say "  Fedora: dnf install onednn-devel libjpeg-turbo-devel libpng-devel simdjson-devel matio-devel libmicrohttpd-devel zlib-devel gcc-c++"
    say "  Arch:   pacman -S onednn libjpeg-turbo libpng simdjson libmatio libmicrohttpd zlib gcc"
    die "without oneDNN, simdjson, matio and libmicrohttpd the slow reference backend still builds, without COCO, SBD and \`fss serve\`: swift build --disable-default-traits"
fi

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]; }

# Alternatives are separated by '|': the first that the distribution has is installed.
needs=(
    'libdnnl-dev'
    'libjpeg62-turbo-dev|libjpeg-turbo8-dev|libjpeg-dev'
    'libpng-dev'
    'libsimdjson-dev'
    'libmatio-dev'
    'libmicrohttpd-dev'
    'zlib1g-dev'
    'libgomp1'
    'git'
)
if [ $with_mpi = yes ]; then needs+=('libopenmpi-dev' 'openmpi-bin'); fi
if [ "$mode" = browser ]; then needs=('chromium|chromium-browser' 'fonts-dejavu-core'); fi
missing=()
for need in "${needs[@]}"; do
    IFS='|' read -r -a candidates <<<"$need"
    found=no
    for candidate in "${candidates[@]}"; do
        if is_installed "$candidate"; then found=yes; fi
    done
    if [ "$found" = no ]; then missing+=("$need"); fi
done
if [ "$mode" != browser ] && [ -n "$compiler" ] && ! compiles '#include <vector>'; then
    version=$(gcc_version)
    missing+=("libstdc++-${version:-14}-dev|libstdc++-13-dev|libstdc++-12-dev|libstdc++-11-dev")
fi

if [ ${#missing[@]} -eq 0 ]; then exit 0; fi
say "missing system packages: ${missing[*]//|/ or }"
if [ "$mode" = check ]; then exit 1; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "not root and no sudo; as root run: apt-get update && apt-get install ${missing[*]%%|*}"
    as_root=(sudo)
fi

say "running: ${as_root[*]:+sudo }apt-get update"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || die "apt-get update failed; is the network reachable?"

packages=()
for need in "${missing[@]}"; do
    IFS='|' read -r -a candidates <<<"$need"
    chosen=
    for candidate in "${candidates[@]}"; do
        if apt-cache show "$candidate" >/dev/null 2>&1; then chosen=$candidate; break; fi
    done
    [ -n "$chosen" ] || die "no package ${need//|/ or } in this distribution's archive (on Ubuntu, enable 'universe')"
    packages+=("$chosen")
done

say "running: ${as_root[*]:+sudo }apt-get install --yes --no-install-recommends ${packages[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${packages[@]}" >&2 ||
    die "apt-get install failed; the message above says why"
