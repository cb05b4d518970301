#!/usr/bin/env bash
# Opens reports in headless Chromium, which it installs where it is missing (Debian): exit 1 for an error or warning in the console, a
# picture that does not show, anything loaded from elsewhere, or a page that is wider than a phone of 360 pixels. Screenshots of a phone
# and a desktop, light and dark, and a PDF of the print are left to look at.
#
#   Scripts/check-reports.sh                        makes an evaluation, a training and a GFSS scoring and checks them
#   Scripts/check-reports.sh FOLDER REPORT...       checks these pages; screenshots go to FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."

die() { printf 'check-reports: %s\n' "$*" >&2; exit 1; }

Scripts/bootstrap.sh --browser
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || die 'no Chromium on the PATH'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Chromium says much of its own on standard error; only lines of the page's console are of interest.
chrome() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
        --allow-file-access-from-files --virtual-time-budget=10000 --enable-logging=stderr "$@" 2> "$work/log" ||
        die "Chromium failed: $(tail -n 3 "$work/log")"
}

# The page in a frame, because windows are never narrower than 500 pixels. Arguments: page, width, height, colours.
frame() {
    printf '<!doctype html><meta charset="utf-8"><style>body{margin:0}iframe{border:0;display:block}</style><iframe style="color-scheme:%s" width="%d" height="%d" src="file://%s"></iframe>\n' \
        "$4" "$2" "$3" "$1" > "$work/frame.html"
}

# What the page says of itself, in a copy that may run a script.
probe() {
    cat << 'SCRIPT'
<script>
addEventListener("load", () => {
    const page = document.documentElement, pictures = [...document.images];
    const missing = pictures.filter(picture => !picture.complete || picture.naturalWidth === 0).length;
    const wide = [...document.querySelectorAll("body *")].filter(item => item.getBoundingClientRect().right > innerWidth + 1);
    console.log(`fss-report width=${innerWidth} height=${page.scrollHeight} scroll=${page.scrollWidth} pictures=${pictures.length}` +
        ` missing=${missing} wide=${wide.length} loaded=${performance.getEntriesByType("resource").filter(entry => !entry.name.startsWith("data:")).length}`);
});
</script>
SCRIPT
}

value() { sed -n "s/.*fss-report .*\b$1=\([0-9]*\).*/\1/p" "$work/log" | head -n 1; }

# Shows a page at a width, checks it and takes its picture. Arguments: page, name, width, colours (0 dark, 1 light).
show() {
    local page=$1 name=$2 width=$3 colours=$4 height
    chrome --blink-settings="preferredColorScheme=$colours" --dump-dom "file://$page" > /dev/null
    if grep -q ':CONSOLE' "$work/log"; then die "$name: the console has $(grep -m 1 ':CONSOLE' "$work/log")"; fi
    { sed 's/<meta http-equiv="Content-Security-Policy"[^>]*>//' "$page"; probe; } > "$work/probed.html"
    frame "$work/probed.html" "$width" 900 normal
    chrome --window-size="$((width < 500 ? 500 : width)),900" --dump-dom "file://$work/frame.html" > /dev/null
    [ "$(value width)" = "$width" ] || die "$name: no answer from the page: $(tail -n 3 "$work/log")"
    [ "$(value missing)" = 0 ] || die "$name: $(value missing) of $(value pictures) pictures do not show"
    [ "$(value loaded)" = 0 ] || die "$name: loads $(value loaded) files"
    [ "$(value scroll)" -le "$width" ] && [ "$(value wide)" = 0 ] || die "$name: wider than $width pixels ($(value scroll), $(value wide) parts)"
    height=$(value height)
    printf '%s: %d pixels wide, %d high, %d pictures\n' "$name" "$width" "$height" "$(value pictures)"
    frame "$page" "$width" "$((height < 12000 ? height : 12000))" normal
    chrome --blink-settings="preferredColorScheme=$colours" --window-size="$width,$((height < 12000 ? height : 12000))" \
        --screenshot="$out/$name.png" "file://$work/frame.html" > /dev/null
    [ -s "$out/$name.png" ] || die "$name: no screenshot"
}

check() {
    local page name=$2
    page=$(realpath "$1")
    show "$page" "$name-phone" 360 1
    show "$page" "$name-desktop" 1100 1
    show "$page" "$name-dark" 1100 0
    chrome --no-pdf-header-footer --print-to-pdf="$out/$name.pdf" "file://$page" > /dev/null
    [ -s "$out/$name.pdf" ] || die "$name: cannot be printed"
}

if [ $# -gt 0 ]; then
    out=$(mkdir -p "$1" && realpath "$1")
    shift
    [ $# -gt 0 ] || die 'name a page after the folder'
    for page; do check "$page" "$(basename "$(dirname "$(realpath "$page")")")"; done
    exit 0
fi

swift build --configuration release --product fss >&2
fss=$(swift build --configuration release --show-bin-path)/fss
out=$PWD/.build/reports
models=Sources/Diffusion/Resources/shapes5i
mkdir -p "$out"
"$fss" evaluate --quiet --force --dataset shapes5i --images-per-class 20 --episodes 100 --pictures 9 --absent-share 0.3 \
    --backbone "$models/backbone.safetensors" --checkpoint "$models/decoder.safetensors" --out "$out/evaluation" > /dev/null
"$fss" train backbone --quiet --force --dataset shapes5i --images-per-class 4 --image-size 64 --batch-size 4 --steps 60 \
    --out "$out/training" > /dev/null
# Labels as predictions, one of them missing: the command ends with 1 and writes its page.
"$fss" data build shapes5i --quiet --force --images-per-class 3 --out "$out/shapes" > /dev/null
rm "$out/shapes/SegmentationClass/shapes_f0_val_c01_0000.png"
"$fss" gfss score --quiet --force --dataset shapes5i --images-per-class 3 --convention capl \
    --predictions "$out/shapes/SegmentationClass" --out "$out/gfss" > /dev/null 2>&1 || [ $? = 1 ]
check "$out/gfss/report.html" gfss
check "$out/evaluation/report.html" evaluation
check "$out/training/report.html" training
printf 'Screenshots: %s\n' "$out"
