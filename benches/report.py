"""The page of the figures, and the table of them in README."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

BEGIN, END = "<!-- written by make bench: begin -->", "<!-- written by make bench: end -->"


@dataclass(frozen=True)
class Headline:
    """One row of README's table: what was done, by us and by a peer in the same minutes, in words with units."""

    what: str
    ours: str
    peer: str
    theirs: str
    ratio: float

    def row(self) -> str:
        return f"| {self.what} | {self.ours} | {self.peer}: {self.theirs} | {self.ratio:.2f} |"


@dataclass
class Section:
    """What was measured of one part."""

    title: str
    lines: list[str]
    headlines: list[Headline] = field(default_factory=list)


def growth(sizes: list[int], costs: list[float], what: str) -> str:
    """How a cost grows from the smallest to the largest size, as an exponent: 1 is in proportion, 2 is with the square."""
    if len(sizes) < 2 or min(costs) <= 0:
        return ""
    exponent = math.log(costs[-1] / costs[0]) / math.log(sizes[-1] / sizes[0])
    return f"From {sizes[0]:,} to {sizes[-1]:,} {what} grows with the power {exponent:.2f} of their number (1 is in proportion)."


def write_report(path: Path, order: list[str], sections: list[Section]) -> None:
    """The page with these sections; those that were not measured stay as they are."""
    earlier = path.read_text(encoding="utf-8") if path.exists() else ""
    measured = {section.title: section for section in sections}
    lines = ["# Benchmarks", "", "Written by `make bench`. Ratios are of runs in the same minutes.", ""]
    for title in order:
        heading = f"## {title}"
        if title in measured:
            lines += [heading, "", *measured[title].lines]
        elif heading + "\n" in earlier:
            kept = earlier.split(heading + "\n")[1].split("\n## ")[0]
            lines += [heading, *kept.rstrip().split("\n"), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def write_table(path: Path, headlines: list[Headline], machine: str) -> None:
    """README's table, between its two marks. Rows that were not measured stay as they are."""
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    within, after = rest.split(END)
    rows = {line.split("|")[1].strip(): line for line in within.split("\n") if line.startswith("| ") and "---" not in line}
    rows.pop("what", None)
    rows |= {headline.what: headline.row() for headline in headlines}
    table = ["", "| what | nova-ft | a peer | nova-ft / peer |", "|---|---:|---:|---:|", *rows.values(), "", machine, ""]
    path.write_text(before + BEGIN + "\n".join(table) + END + after, encoding="utf-8")
