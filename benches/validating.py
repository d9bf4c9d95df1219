"""`validate` beside Python that only parses each line."""

from __future__ import annotations

import sys
from pathlib import Path

from material import write_records
from process import Run, environment, median
from report import Headline, Section, growth

PYTHON_LOADS = """
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    json.loads(line)
"""


def measure_validate(program: Path, folder: Path, sizes: list[int], rounds: int) -> Section:
    """`validate` with all rules, beside Python that only parses each line."""
    project = folder / "validate"
    project.mkdir()
    (project / "loads.py").write_text(PYTHON_LOADS, encoding="utf-8")
    rows, walls, others = [], [], []
    for records in sizes:
        size_mb = write_records(project / "train.jsonl", records) / 1e6
        ours, python = [], []
        # A run of a million takes seconds, and seconds vary less than milliseconds.
        runs = rounds if records <= 100_000 else -(-rounds // 3)
        for _ in range(runs):
            # More records than Bedrock takes are one finding.
            command = [str(program), "validate", "train.jsonl", "--allow", "SPL001"]
            ours.append(Run(command, project, environment()))
            python.append(Run([sys.executable, "loads.py", "train.jsonl"], project, environment()))
        wall, other = median(ours, "wall_s"), median(python, "wall_s")
        walls.append(wall)
        others.append(other)
        rows.append(
            f"| {records:,} | {size_mb:.1f} MB | {wall:.3f} s | {median(ours, 'peak_mb'):.0f} MB | {other:.3f} s "
            f"| {median(python, 'peak_mb'):.0f} MB | {wall / other:.3f} | {runs} |"
        )
        print(rows[-1], flush=True)
    lines = [
        "`nova-ft validate` with every rule that needs no photo, beside Python that does nothing but `json.loads` on every line of the",
        "same file. Both are timed as whole processes, from start to exit, the start of the interpreter included;",
        "`runs` says of how many runs each figure is the median.",
        "",
        "| records | file | nova-ft | peak memory | Python | peak memory | nova-ft / Python | runs |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
        growth(sizes, walls, "records the time"),
        "",
    ]
    headline = Headline(
        f"{sizes[-1]:,} records, all rules", f"{walls[-1]:.2f} s", "Python `json.loads` alone", f"{others[-1]:.2f} s", walls[-1] / others[-1]
    )
    return Section("Validating", lines, [headline])
