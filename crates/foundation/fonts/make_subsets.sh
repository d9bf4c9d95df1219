#!/bin/sh
# Makes the two font subsets of this folder anew out of the PyPI package pylopdf-fonts-zh-cn (OFL 1.1).
# Needs python3 with venv. Works in a temporary folder; writes only the two .otf files and OFL.txt beside this script.
#
#   NotoSansSC-Regular.otf   the whole of GB 2312 (6,763 characters): charts, notebooks, any company's name
#   NotoSerifSC-Regular.otf  GB 2312 level 1 (3,755 characters) and what crates/invoice-synth/src/ prints beyond it: the form
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install fonttools==4.68.0
"$work/venv/bin/pip" -q download --no-deps -d "$work" pylopdf-fonts-zh-cn==0.1.1
(cd "$work" && python3 -m zipfile -e pylopdf_fonts_zh_cn-0.1.1-py3-none-any.whl wheel)
python3 - "$work" "$here/../../invoice-synth/src" <<'PYTHON'
import pathlib, sys

work, sources = map(pathlib.Path, sys.argv[1:])


def rows(first, last):
    cells = (bytes((row, cell)) for row in range(first, last + 1) for cell in range(0xA1, 0xFF))
    return {char for code in cells for char in code.decode("gb2312", "ignore")}


# Latin, digits, currency and the marks of forms and charts; rows 1-9 of GB 2312 hold its own punctuation.
base = {chr(code) for code in [*range(0x20, 0x7F), *range(0xA0, 0x100)]}
base |= set("–—‘’“”•…‰℃№→←↑↓−×÷≈≤≥≠⊗©®¥￥（）：；，。、！？％〔〕") | rows(0xA1, 0xA3)
code = [path.read_text("utf-8").split("#[cfg(test)]")[0] for path in sources.glob("*.rs") if path.name != "tests.rs"]
printed = {char for text in code for char in text if ord(char) > 0x7F}
(work / "sans.txt").write_text("".join(sorted(base | rows(0xA1, 0xF7) | printed)), "utf-8")
(work / "serif.txt").write_text("".join(sorted(base | rows(0xB0, 0xD7) | printed)), "utf-8")
PYTHON
subset() {
    "$work/venv/bin/pyftsubset" "$work/wheel/pylopdf_fonts_zh_cn/$1" --text-file="$work/$2" --output-file="$here/$1" \
        --layout-features= --no-hinting --desubroutinize --name-IDs='*' --no-recalc-timestamp
}
subset NotoSansSC-Regular.otf sans.txt
subset NotoSerifSC-Regular.otf serif.txt
cp "$work/wheel/pylopdf_fonts_zh_cn-0.1.1.dist-info/licenses/LICENSE" "$here/OFL.txt"
ls -l "$here"
