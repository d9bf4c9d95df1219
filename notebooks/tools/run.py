"""Runs notebooks without a browser, and fails when a cell fails or says something else than is committed.

    .venv/bin/python notebooks/tools/run.py [--accept] [--jobs N] [NOTEBOOK…]        default: all in notebooks/

evcxr tells Jupyter only of compile errors. A failed `?` and a panic, so every failed `assert!`, are printed to stderr and
the next cell runs; a notebook runner that trusts the kernel's answer calls that a pass. Here anything on stderr fails the
cell. The tags that change what is done with a cell are in notebooks/README.md.

Each notebook runs in a copy (workplace.py), several at once. As executed it is output/notebooks/NAME.ipynb and NAME.html,
also when it failed. `--accept` stores what the cells say now in the notebooks themselves.

The kernel gets canary keys in place of the user's AWS keys. A cell in whose outputs one of them stands, or the secret key
of the stand-in, has failed whatever its tags (canaries.py).

Parameters, by environment: NOVA_FT_INPUT_DIR (photos), NOVA_FT_LABELS, NOVA_FT_BACKEND. With other photos, labels or another
backend than the committed outputs were made with, nothing is compared.

Exit 0: every cell did what it should. 1: one did not. 2: could not run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

import canaries
import chapter
import kernel
import outputs
import page
from session import Interrupted, Session, Stopped
from workplace import OUTPUT, Workplace

NOTEBOOKS = Path(__file__).resolve().parents[1]
START_DEADLINE_S = 120.0
CELL_DEADLINE_S = 180.0
NOTEBOOK_DEADLINE_S = 600.0
# A kernel, the process of its cells, the compiler, and a photo or two.
MEMORY_OF_ONE_GB = 2.0


@dataclass(frozen=True)
class Options:
    """How notebooks are run."""

    cell_deadline_s: float = CELL_DEADLINE_S
    deadline_s: float = NOTEBOOK_DEADLINE_S
    compare: bool = True
    accept: bool = False
    output: Path = OUTPUT


@dataclass
class CellFailure:
    """A code cell, counted from 1, that did not do what it should."""

    number: int
    source: str
    error: str


@dataclass
class Outcome:
    """What became of a notebook."""

    path: Path
    failures: list[CellFailure] = field(default_factory=list)
    start_s: float = 0.0
    cells_s: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """The cells of `cells_s`."""
    total_s: float = 0.0
    changed: dict[int, str] = field(default_factory=dict)
    """Cells that say something else than is committed, and what."""
    executed: nbformat.NotebookNode | None = None

    @property
    def passed(self) -> bool:
        return not self.failures


def run_notebook(path: Path, options: Options, stop: threading.Event | None = None) -> Outcome:
    """Runs a notebook in a copy and a kernel of its own, and leaves what it became below `options.output`."""
    place = Workplace(path, options.output)
    place.prepare()
    session = Session(place.folder, place.log, stop)
    try:
        outcome = run_in(session, path, options, place.folder)
    finally:
        session.close()
    if outcome.executed is not None:
        place.write(path.name, nbformat.writes(outcome.executed))
        place.write(f"{path.stem}.html", page.render(outcome.executed, path.stem))
    return outcome


def run_in(session: Session, path: Path, options: Options, folder: Path) -> Outcome:
    """Runs the cells in order in this kernel, whose folder is `folder`, and stops at the first that fails."""
    outcome = Outcome(path)
    begun = time.monotonic()
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        steps = chapter.steps(notebook, path)
    except (ValueError, OSError, nbformat.ValidationError) as error:
        outcome.failures.append(CellFailure(0, "", str(error)))
        return outcome

    outcome.executed = notebook
    committed = {step.number: step.cell.outputs for step in steps if step.cell}
    for cell in chapter.code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    said: list[nbformat.NotebookNode] = []
    at = 0
    try:
        outcome.start_s = session.wait_until_ready(START_DEADLINE_S)
        for step in steps:
            at = step.number
            left = begun + options.deadline_s - time.monotonic()
            if left <= 0:
                raise Stopped(f"the notebook ran past its deadline of {options.deadline_s:.0f} s")
            fresh, answer, took = session.execute(step.source, min(options.cell_deadline_s, left))
            outcome.cells_s.append(took)
            outcome.numbers.append(step.number)
            error = answer or failure_in(fresh)
            if chapter.EXPECT_ERROR in step.tags and not answer:
                error = None if error else "the cell is tagged expect-error and did not fail"
            said += fresh
            # In place of any other failure, whose text may hold the secret.
            error = leak_in(said, folder) or error
            if step.cell is not None:
                step.cell.outputs = outputs.stable(fresh, step.number, (folder.parent, folder))
                step.cell.execution_count = step.number
            if error:
                outcome.failures.append(CellFailure(step.number, step.source, error))
                break
        else:
            # What a thread printed after its cell was done.
            late_outputs = session.settle(1.0)
            if late := leak_in(said + late_outputs, folder) or failure_in(late_outputs):
                outcome.failures.append(CellFailure(at, steps[-1].source if steps else "", late))
    except Stopped as stopped:
        outcome.failures.append(CellFailure(at, "", str(stopped)))
    if leak_in(said, folder):
        for cell in chapter.code_cells(notebook):
            cell.outputs = []  # A secret is stored nowhere.
    if options.compare and outcome.passed:
        compare(outcome, steps, committed)
    if options.accept and outcome.passed:
        accept(outcome, steps, committed)
    outcome.total_s = time.monotonic() - begun
    return outcome


def leak_in(said: list[nbformat.NotebookNode], folder: Path) -> str | None:
    """What must not be said and was, if anything."""
    found = canaries.leaks(said, folder)
    return "a secret was said: " + "; ".join(found) if found else None


def failure_in(said: list[nbformat.NotebookNode]) -> str | None:
    """The text of what went wrong, if anything did."""
    errors = [outputs.plain("\n".join(o.traceback) or o.evalue) for o in said if o.output_type == "error"]
    stderr = "".join(o.text for o in said if o.output_type == "stream" and o.name == "stderr")
    text = "\n".join(errors) or outputs.plain(stderr)
    if not errors and not stderr:
        return None
    return text.strip() or "empty lines on stderr"


# what is committed


def compare(outcome: Outcome, steps: list[chapter.Step], committed: dict[int, list]) -> None:
    """Finds the cells that say something else than is committed."""
    for step in steps:
        if step.cell is None or chapter.VOLATILE in step.tags:
            continue
        if difference := outputs.difference(committed[step.number], step.cell.outputs):
            outcome.changed[step.number] = difference


def accept(outcome: Outcome, steps: list[chapter.Step], committed: dict[int, list]) -> None:
    """Stores what the cells say in the notebook. Outputs that say the same stay as they are, byte for byte."""
    assert outcome.executed is not None
    for step in steps:
        if step.cell is not None and same_bytes_or_words(committed[step.number], step.cell.outputs):
            step.cell.outputs = committed[step.number]
    size = outputs.size_bytes(outcome.executed)
    if size > outputs.MOST_BYTES:
        error = f"its outputs take {size:,} bytes, and {outputs.MOST_BYTES:,} are the most: show fewer or smaller pictures"
        outcome.failures.append(CellFailure(0, "", error))
        return
    outcome.executed.metadata.pop("widgets", None)
    nbformat.write(outcome.executed, outcome.path)


def same_bytes_or_words(before: list, after: list) -> bool:
    """Whether there is nothing to store: the words say the same, and the pictures are the same."""

    def pictures(found: list) -> list:
        shown = [output.data for output in found if "data" in output]
        return [content for data in shown for mime, content in sorted(data.items()) if mime.startswith("image/")]

    return bool(before) and pictures(before) == pictures(after) and outputs.difference(before, after) is None


# many at once


def run_all(
    paths: list[Path], options: Options, jobs: int, report: Callable[[Outcome], None], stop: threading.Event | None = None
) -> list[Outcome]:
    """Runs notebooks, `jobs` at a time, and reports each when it is done."""
    stop = stop or threading.Event()
    found = []
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(run_notebook, path, options, stop): path for path in paths}
        try:
            for done in as_completed(running):
                try:
                    outcome = done.result()
                except Exception as error:
                    failure = CellFailure(0, "", f"{type(error).__name__}: {error}")
                    outcome = Outcome(running[done], [failure])
                found.append(outcome)
                report(outcome)
        except BaseException:
            stop.set()  # Ctrl-C: the cells that run are left, their kernels end.
            pool.shutdown(cancel_futures=True)
            raise
    return found


def places(count: int) -> int:
    """How many notebooks at once: as many as cores and memory allow."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(count, cores, int(available_gb() / MEMORY_OF_ONE_GB)))


def available_gb() -> float:
    try:
        meminfo = Path("/proc/meminfo").read_text("utf-8")
    except OSError:
        return MEMORY_OF_ONE_GB
    line = next((line for line in meminfo.splitlines() if line.startswith("MemAvailable:")), "MemAvailable: 0 kB")
    return int(line.split()[1]) / 1e6


# the report


def describe(outcome: Outcome) -> str:
    name = outcome.path.name
    if outcome.passed:
        slowest_s, slowest = max(zip(outcome.cells_s, outcome.numbers), default=(0.0, 0))
        times = (
            f"{len(outcome.cells_s)} cells in {outcome.total_s:.1f} s (kernel ready after {outcome.start_s:.1f} s, "
            f"slowest cell {slowest}: {slowest_s:.1f} s)"
        )
        if not outcome.changed:
            return f"ok    {name}: {times}"
        lines = [f"DIFF  {name}: {times}"]
        for number, difference in outcome.changed.items():
            lines.append(f"  cell {number} says something else than is committed:")
            lines += [f"    {line}" for line in difference.splitlines()]
        return "\n".join(lines)
    lines = []
    for failure in outcome.failures:
        lines.append(f"FAIL  {name}: cell {failure.number}")
        lines += [f"    | {line}" for line in failure.source.splitlines()]
        lines += [f"    {line}" for line in failure.error.splitlines()]
    return "\n".join(lines)


def summary(found: list[Outcome], took_s: float, jobs: int) -> str:
    failed = [outcome for outcome in found if not outcome.passed]
    changed = [outcome for outcome in found if outcome.passed and outcome.changed]
    at_once = "one at a time" if jobs == 1 else f"{jobs} at a time"
    good = len(found) - len(failed) - len(changed)
    lines = [f"notebooks: {good} passed, {len(failed)} failed, {len(changed)} changed, in {took_s:.1f} s, {at_once}"]
    ran = [outcome for outcome in found if outcome.cells_s]
    if ran:
        ready = statistics.median(outcome.start_s for outcome in ran)
        first = statistics.median(outcome.cells_s[0] for outcome in ran)
        cell = statistics.median(cell for outcome in ran for cell in outcome.cells_s)
        lines.append(f"medians: kernel ready after {ready:.1f} s, first cell {first:.1f} s, a cell {cell:.2f} s")
    return "\n".join(lines)


def is_default() -> bool:
    """Whether the notebooks run with what the committed outputs were made with."""
    own = {"NOVA_FT_INPUT_DIR": "data/images", "NOVA_FT_LABELS": "data/invoice_sellers.csv"}
    same = all(Path(os.environ.get(name, kernel.REPO / path)).resolve() == kernel.REPO / path for name, path in own.items())
    return same and os.environ.get("NOVA_FT_BACKEND", "local") == "local"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--accept", action="store_true", help="store the outputs in the notebooks that pass")
    parser.add_argument("--jobs", type=int, metavar="N", help="notebooks at once; as many as cores and memory allow")
    parser.add_argument("--cell-deadline", type=float, default=CELL_DEADLINE_S, metavar="S", help="default: %(default)s")
    parser.add_argument("--deadline", type=float, default=NOTEBOOK_DEADLINE_S, metavar="S", help="for a notebook; %(default)s")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="DIR", help="default: output/notebooks")
    given = parser.parse_args()
    try:
        kernel.check(Path(sys.prefix))
    except kernel.Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 2
    paths = [path.resolve() for path in given.notebooks] or sorted(NOTEBOOKS.glob("*.ipynb"))
    missing = [path for path in paths if not path.is_file()]
    if missing or not paths:
        print(f"error: there is no notebook {', '.join(map(str, missing)) or 'here'}", file=sys.stderr)
        return 2
    if given.accept and not is_default():
        print("error: outputs made with other photos, labels or another backend cannot be accepted", file=sys.stderr)
        return 2
    compared = is_default() and not given.accept
    options = Options(given.cell_deadline, given.deadline, compared, given.accept, given.output.absolute())
    jobs = given.jobs if given.jobs and given.jobs > 0 else places(len(paths))
    begun = time.monotonic()
    try:
        found = run_all(paths, options, jobs, lambda outcome: print(describe(outcome), flush=True))
    except (KeyboardInterrupt, Interrupted):
        print("interrupted", file=sys.stderr)
        return 130
    print(summary(found, time.monotonic() - begun, jobs))
    print(f"as executed: {kernel.shown(options.output)}/*.ipynb and *.html")
    if any(outcome.changed for outcome in found):
        print("to accept what changed: make notebooks ACCEPT=1")
    return 1 if any(not outcome.passed or outcome.changed for outcome in found) else 0


if __name__ == "__main__":
    sys.exit(main())
