"""The notebooks' kernel beside the plain one: what `make bench-notebooks` prints, taken into the page."""

from __future__ import annotations

import subprocess
import sys

from process import ROOT
from report import Headline, Section


def measure_notebooks(rounds: int) -> Section | None:
    """Runs notebooks/tools/bench.py in the notebooks' own environment; nothing where that is not installed."""
    python = ROOT / ".venv" / "bin" / "python"
    if not (python.parent / "jupyter").exists():
        print("skipped: the notebooks' kernel is not installed (make kernel)", file=sys.stderr)
        return None
    command = [str(python), str(ROOT / "notebooks" / "tools" / "bench.py"), "--rounds", str(rounds)]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    table = [line for line in said.splitlines() if line.startswith("|")]
    print(*table, sep="\n", flush=True)
    ours, plain = ([cell.strip() for cell in line.split("|")[1:-1]] for line in table[2:4])
    lines = [
        "The kernel \"Rust (nova-ft)\" beside evcxr with `:dep` whose build is done: the same six cells, started in turn.",
        "",
        *table,
        "",
    ]
    seconds = [float(row[3].removesuffix(" s")) for row in (ours, plain)]
    headline = Headline(
        "a notebook: kernel ready and first cell done", ours[3], "evcxr with `:dep`", plain[3], seconds[0] / seconds[1]
    )
    return Section("Notebooks", lines, [headline])
