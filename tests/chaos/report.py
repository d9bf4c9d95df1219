"""The table of what was played, and its place in docs/chaos.md."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from attempt import Played

BEGIN, END = "<!-- figures: written by `make chaos` -->", "<!-- end of figures -->"
COLUMNS = ("fault", "played", "went through", "said no (1)", "refused (2)", "Ctrl-C", "killed", "right after the next run", "findings")


def table(played: list[Played]) -> str:
    """A row for each kind of fault: what the disturbed runs came to, and whether the next run without made it right."""
    rows = []
    for family in dict.fromkeys(sorted(one.family for one in played)):
        all_of_it = [one for one in played if one.family == family]
        done = [one for one in all_of_it if not one.skipped]
        # The runs without faults come last.
        disturbed = [ran for one in done for ran in (one.said[: -one.tries] if one.tries else one.said)]
        counts = [sum(ran.word == word for ran in disturbed) for word in ("went through", "said no", "refused", "interrupted", "killed")]
        right = sum(one.tries == 1 and not one.complaints for one in done)
        bad = sum(bool(one.complaints) for one in done)
        name = family if len(done) == len(all_of_it) else f"{family} ({skipped(all_of_it)})"
        rows.append([name, len(done), *counts, f"{right} of {len(done)}", bad])
    return markdown(rows)


def skipped(played: Iterable[Played]) -> str:
    reasons = sorted({one.skipped for one in played if one.skipped})
    return f"{sum(bool(one.skipped) for one in played)} skipped: {', '.join(reasons)}"


def markdown(rows: list[list]) -> str:
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---|" + "---:|" * (len(COLUMNS) - 1)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines)


def write_page(path: Path, text: str, seed: str, took_s: float, count: str) -> None:
    """Puts the figures between their marks; the rest of the page is written by hand."""
    page = path.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    said = f"`make chaos SEED={seed}`, {took_s / 60:.0f} minutes on {machine()}: {count}."
    path.write_text(f"{before}{BEGIN}\n{said}\n\n{text}\n{END}{after}", encoding="utf-8")


def machine() -> str:
    names = [line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return f"{os.cpu_count()} cores of {names[0] if names else 'an unknown processor'}"
