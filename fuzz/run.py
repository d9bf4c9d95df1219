"""Runs each target under cargo-fuzz, keeps what reached something new, and writes the table of docs/fuzzing.md.

    make fuzz-deep MINUTES=10 SEED=1      # each target for so long
    make fuzz-deep ONLY=label_csv         # one target; the other rows of the table stay

Inputs grow in fuzz/target/grown, which is not committed. Of those that reach what the corpus does not, the smallest go into it.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from figures import ROOT, figures_of, machine, write_figures, write_row

FUZZ = ROOT / "fuzz"
GROWN = FUZZ / "target" / "grown"
PAGE = ROOT / "docs" / "fuzzing.md"
HEAD = ["| target | executions | edges reached by the corpus | after the run | inputs kept | found |", "|---|---:|---:|---:|---:|---|"]
# Without a sanitizer: the crate forbids `unsafe`, and what is looked for are panics, hangs and memory.
BUILD = ("cargo", "+nightly", "fuzz", "build", "--sanitizer", "none")
LIMITS = ("-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=1")
# Of a target's new inputs, so that the whole stays small enough to be replayed by every `cargo test`.
MOST_NEW, MOST_NEW_BYTES = 30, 60_000
STATUS = re.compile(r"^#(\d+)\s+(INITED|DONE)\s+cov: (\d+) ft: (\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Fuzzed:
    """What came of one target."""

    executions: int
    edges_before: int
    edges_after: int
    kept: int
    found: list[str]

    def row(self, target: str) -> str:
        found = "nothing" if not self.found else ", ".join(f"`{name}`" for name in self.found)
        cells = (f"`{target}`", f"{self.executions:,}", f"{self.edges_before:,}", f"{self.edges_after:,}", str(self.kept), found)
        return "| " + " | ".join(cells) + " |"


def fuzz(target: str, minutes: float, seed: int) -> Fuzzed:
    corpus, grown, artifacts = (folder / target for folder in (FUZZ / "corpus", GROWN, FUZZ / "artifacts"))
    grown.mkdir(parents=True, exist_ok=True)
    failures = lambda: {path.name for path in artifacts.glob("*")} if artifacts.is_dir() else set()
    before = failures()
    said = run(target, [grown, corpus], f"-max_total_time={60 * minutes:.0f}", f"-seed={seed}", *LIMITS)
    states = {word: (int(count), int(edges)) for count, word, edges, _ in STATUS.findall(said)}
    executed = re.search(r"stat::number_of_executed_units:\s+(\d+)", said)
    found = sorted(failures() - before)
    if "INITED" not in states or not (executed or found):
        sys.exit(f"{target}: cargo-fuzz did not run:\n{said[-3000:]}")
    edges = states["INITED"][1]
    count = int(executed[1]) if executed else states["INITED"][0]
    return Fuzzed(count, edges, max(edges, last_edges(said)), keep(target, corpus, grown), found)


def last_edges(said: str) -> int:
    return max((int(edges) for edges in re.findall(r"^#\d+\s+\w+\s+cov: (\d+)", said, re.MULTILINE)), default=0)


def keep(target: str, corpus: Path, grown: Path) -> int:
    """Puts the smallest of the new inputs into the corpus; how many."""
    merged = GROWN / f"{target}.merged"
    shutil.rmtree(merged, ignore_errors=True)
    shutil.copytree(corpus, merged)
    here = {path.name for path in merged.iterdir()}
    run(target, [merged, grown], "-merge=1", *LIMITS)
    new = sorted((path for path in merged.iterdir() if path.name not in here), key=lambda path: (path.stat().st_size, path.name))
    kept, room = 0, MOST_NEW_BYTES
    for path in new[:MOST_NEW]:
        room -= path.stat().st_size
        if room < 0:
            break
        shutil.copy(path, corpus / path.name)
        kept += 1
    return kept


def run(target: str, folders: list[Path], *options: str) -> str:
    """What libFuzzer says; a failure is in the artifacts, and told of in the table."""
    artifacts = FUZZ / "artifacts" / target
    artifacts.mkdir(parents=True, exist_ok=True)
    command = [str(next(FUZZ.glob(f"target/*/release/{target}"))), f"-artifact_prefix={artifacts}/", *map(str, folders), *options]
    return subprocess.run(command, cwd=FUZZ, stderr=subprocess.PIPE, text=True, errors="replace", check=False).stderr


def write_page(new: dict[str, str], minutes: float, seed: int) -> None:
    """The table, and README's row; rows of targets that did not run stay."""
    command = "make fuzz-deep"
    rows = {line.split("`")[1]: line for line in figures_of(PAGE, command).splitlines() if line.startswith("| `")} | new
    said = f"`{command} MINUTES={minutes:g} SEED={seed}`, {date.today():%B %Y}, {machine()}:"
    write_figures(PAGE, command, [said, "", *HEAD, *rows.values()])
    cells = [[cell.strip() for cell in line.strip("| ").split("|")] for line in rows.values()]
    executions = sum(int(row[1].replace(",", "")) for row in cells)
    found = sum(row[-1] != "nothing" for row in cells)
    write_row(f"bytes of anybody do not break what parses them (`{command}`)", f"{executions:,} executions of {len(cells)} targets", str(found))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--built", action="store_true", help="run the targets as they were built last")
    options = parser.parse_args()
    if not options.built:
        subprocess.run(BUILD, cwd=FUZZ, check=True)
    targets = [path.stem for path in sorted((FUZZ / "fuzz_targets").glob("*.rs")) if options.only in ("", path.stem)]
    bad = False
    for target in targets:
        done = fuzz(target, options.minutes, options.seed)
        print(done.row(target), flush=True)
        bad |= bool(done.found)
        # Each as soon as it is known: the whole may take an hour.
        write_page({target: done.row(target)}, options.minutes, options.seed)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
