"""The table of what was played, and its place in docs/chaos.md."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from attempt import Played
from figures import machine, write_figures, write_row

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


def write_page(page: Path, played: list[Played], seed: str, took_s: float, in_a_round: int) -> None:
    """The figures between their marks, and README's row."""
    scenarios = f"{len(played)} scenarios; a round has {in_a_round}"
    said = f"`make chaos SEED={seed}`, {took_s / 60:.0f} minutes on {machine()}: {scenarios}."
    write_figures(page, "make chaos", [said, "", table(played)])
    right = sum(one.tries == 1 and not one.complaints for one in played)
    found = sum(bool(one.complaints) for one in played)
    write_row("every command under faults (`make chaos`)", f"{scenarios}; {right} right after the next run", str(found))
