"""Where the figures of `make chaos`, `fuzz-deep` and `security` stand: a table in a page of docs/, and a row each in README."""

from __future__ import annotations

import os
import platform
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
ROWS = ("<!-- rows: written by make chaos, fuzz-deep, security -->", "<!-- end of rows -->")
END = "<!-- end of figures -->"


def machine() -> str:
    names = [line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return f"{os.cpu_count()} cores ({names[0] if names else 'an unknown processor'}), Linux {platform.release()}"


def figures_of(page: Path, command: str) -> str:
    """What stands between a page's marks."""
    return between(page.read_text(encoding="utf-8"), *marks(command))[1]


def write_figures(page: Path, command: str, lines: list[str]) -> None:
    """Puts figures between the marks of a page; the rest of it is written by hand."""
    before, _, after = between(page.read_text(encoding="utf-8"), *marks(command))
    page.write_text(before + "\n" + "\n".join(lines) + "\n" + after, encoding="utf-8")


def write_row(what: str, *cells: str) -> None:
    """README's row of this command; the other rows stay."""
    before, within, after = between(README.read_text(encoding="utf-8"), *ROWS)
    rows = {line.split("|")[1].strip(): line for line in within.splitlines() if line.startswith("| ") and not line.startswith("| held to")}
    rows[what] = "| " + " | ".join((what, *cells)) + " |"
    table = ["", "| held to | how much | found and not mended |", "|---|---|---|", *rows.values(), ""]
    README.write_text(before + "\n".join(table) + after, encoding="utf-8")


def marks(command: str) -> tuple[str, str]:
    return f"<!-- figures: written by `{command}` -->", END


def between(text: str, begin: str, end: str) -> tuple[str, str, str]:
    """What stands up to the first mark, between both, and from the second on."""
    before, is_there, rest = text.partition(begin)
    within, is_ended, after = rest.partition(end)
    if not (is_there and is_ended):
        raise SystemExit(f"a page has lost its marks {begin} {end}")
    return before + begin, within, end + after
