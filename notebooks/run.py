#!/usr/bin/env python3
"""Runs notebooks without a browser, and fails when a cell fails.

    .venv/bin/python notebooks/run.py [--write] [NOTEBOOK…]        default: all that stand beside this file

evcxr tells Jupyter only of compile errors. A failed `?` and a panic, so every failed `assert!`, are printed to stderr and
the next cell runs; a notebook runner that trusts the kernel's answer calls that a pass. Here anything on stderr fails the
cell. Two tags of a code cell change that:

    expect-error   the cell is meant to fail, and is a failure when it does not
    exercise       the reader's part is replaced by the answer from solutions/NAME.md before the cell runs

The kernel gets canary keys in place of the user's AWS keys. A cell in whose outputs one of them stands, or the secret key
of the stand-in, has failed whatever its tags (canaries.py).

What NAME.ipynb writes belongs into output/NAME beside it; what an earlier run left there is removed first, so that the
outputs are the same each time. Outputs that differ from the stored ones are named; --write stores the new ones.

Exit 0: every cell did what it should. 1: one did not. 2: could not run.
"""

from __future__ import annotations

import argparse
import os
import queue
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from jupyter_client.manager import KernelManager

import canaries
import kernel

HERE = Path(__file__).resolve().parent
# Chapter 08 needs a live AWS account.
NOT_HERE = ("08_",)
# How long stderr may lag behind the kernel's "idle": it takes another way through the kernel.
SETTLE_S = 0.25
START_DEADLINE_S = 120.0
CELL_DEADLINE_S = 180.0


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
    changed: list[int] = field(default_factory=list)
    """Cells whose outputs are not those that the notebook holds."""

    @property
    def passed(self) -> bool:
        return not self.failures


def run_notebook(path: Path, deadline_s: float = CELL_DEADLINE_S, write: bool = False) -> Outcome:
    """Runs a notebook in a kernel of its own; `write` stores the outputs when it passes."""
    shutil.rmtree(path.parent / "output" / path.stem, ignore_errors=True)
    session = Session(path.parent)
    try:
        return run_in(session, path, deadline_s, write)
    finally:
        session.close()


def run_in(session: Session, path: Path, deadline_s: float = CELL_DEADLINE_S, write: bool = False) -> Outcome:
    """Runs the cells in order in this kernel and stops at the first that fails."""
    outcome = Outcome(path)
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        sources = sources_to_run(notebook, path)
    except (ValueError, nbformat.ValidationError) as error:
        outcome.failures.append(CellFailure(0, "", str(error)))
        return outcome

    said: list[nbformat.NotebookNode] = []
    try:
        outcome.start_s = session.wait_until_ready(START_DEADLINE_S)
        for number, (cell, source) in enumerate(sources, start=1):
            begun = time.monotonic()
            outputs, answer = session.execute(source, deadline_s)
            outcome.cells_s.append(time.monotonic() - begun)
            error = answer or failure_in(outputs)
            if is_tagged(cell, "expect-error") and not answer:
                error = None if error else "the cell is tagged expect-error and did not fail"
            said += outputs
            # In place of any other failure, whose text may hold the secret.
            error = leak_in(said, path) or error
            if error:
                outcome.failures.append(CellFailure(number, source, error))
                break
            if not is_tagged(cell, "exercise"):
                fresh = stable_outputs(outputs, number)
                if fresh != cell.outputs:
                    outcome.changed.append(number)
                cell.outputs, cell.execution_count = fresh, number
        else:
            # What a thread printed after its cell was done.
            late_outputs = session.settle(1.0)
            if late := leak_in(said + late_outputs, path) or failure_in(late_outputs):
                outcome.failures.append(CellFailure(len(sources), sources[-1][1] if sources else "", late))
    except Stopped as stopped:
        outcome.failures.append(CellFailure(len(outcome.cells_s), "", str(stopped)))
    if write and outcome.passed:
        notebook.metadata.pop("widgets", None)
        nbformat.write(notebook, path)
    return outcome


# the kernel


class Stopped(Exception):
    """The kernel ended or did not start."""


class Session:
    """A running kernel."""

    def __init__(self, folder: Path) -> None:
        self.begun = time.monotonic()
        self.manager = KernelManager(kernel_name=kernel.KERNEL)
        # On stdout evcxr says which configuration it reads; what it says on stderr is worth showing.
        env = {**os.environ, **canaries.PLANTED}
        self.manager.start_kernel(cwd=str(folder), stdout=subprocess.DEVNULL, env=env)
        self.client = self.manager.client()
        self.client.start_channels()

    def wait_until_ready(self, deadline_s: float) -> float:
        """Waits for the kernel; returns the seconds from its start to here."""
        try:
            self.client.wait_for_ready(timeout=deadline_s)
        except RuntimeError as error:
            raise Stopped(f"the kernel did not start: {error}") from None
        return time.monotonic() - self.begun

    def execute(self, source: str, deadline_s: float) -> tuple[list[nbformat.NotebookNode], str | None]:
        """Runs one cell; returns its outputs, and why it could not come to its end."""
        request = self.client.execute(source, store_history=True, allow_stdin=False)
        outputs: list[nbformat.NotebookNode] = []
        end = time.monotonic() + deadline_s
        while True:
            if time.monotonic() > end:
                return outputs, f"the cell ran past its deadline of {deadline_s:.0f} s"
            message = self.next_message(min(1.0, end - time.monotonic()))
            if message is None:
                if not self.manager.is_alive():
                    return outputs, "the kernel ended while the cell ran"
                continue
            if message["msg_type"] == "status":
                done = message["content"]["execution_state"] == "idle"
                if done and message["parent_header"].get("msg_id") == request:
                    break
                continue
            add_output(outputs, message)
        outputs += self.settle(SETTLE_S)
        return outputs, None

    def settle(self, quiet_s: float) -> list[nbformat.NotebookNode]:
        """What still arrives, until nothing has for `quiet_s`."""
        outputs: list[nbformat.NotebookNode] = []
        while message := self.next_message(quiet_s):
            add_output(outputs, message)
        return outputs

    def next_message(self, timeout_s: float) -> dict | None:
        try:
            return self.client.get_iopub_msg(timeout=max(timeout_s, 0.01))
        except queue.Empty:
            return None

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)  # asks first: killed at once, evcxr would leave its temporary folder


def add_output(outputs: list[nbformat.NotebookNode], message: dict) -> None:
    if message["msg_type"] in ("stream", "display_data", "execute_result", "error"):
        outputs.append(nbformat.v4.output_from_msg(message))


def leak_in(outputs: list[nbformat.NotebookNode], path: Path) -> str | None:
    """What must not be said and was, if anything."""
    found = canaries.leaks(outputs, path)
    return "a secret was said: " + "; ".join(found) if found else None


def failure_in(outputs: list[nbformat.NotebookNode]) -> str | None:
    """The text of what went wrong, if anything did."""
    errors = [plain("\n".join(o.traceback) or o.evalue) for o in outputs if o.output_type == "error"]
    stderr = "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stderr")
    text = "\n".join(errors) or plain(stderr)
    if not errors and not stderr:
        return None
    return text.strip() or "empty lines on stderr"


# exercises


def sources_to_run(notebook: nbformat.NotebookNode, path: Path) -> list[tuple[nbformat.NotebookNode, str]]:
    """The code cells with the source to run: an exercise gets its answer."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    answers = read_answers(path)
    exercises = sum(is_tagged(cell, "exercise") for cell in cells)
    if exercises != len(answers):
        raise ValueError(f"{exercises} cells are tagged exercise and {solutions_path(path)} has {len(answers)} answers")
    left = iter(answers)
    return [(cell, answered(cell.source, next(left)) if is_tagged(cell, "exercise") else cell.source) for cell in cells]


def answered(source: str, answer: str) -> str:
    """The exercise with its answer: what stands above its first `assert` is the reader's part."""
    lines = source.splitlines()
    first = next((n for n, line in enumerate(lines) if line.startswith("assert")), None)
    if first is None:
        raise ValueError(f"an exercise needs a line that begins with assert:\n{source}")
    return "\n".join([answer.rstrip(), *lines[first:]])


def read_answers(path: Path) -> list[str]:
    """The answers in order: one block of Rust under each heading `## Exercise N`."""
    file = solutions_path(path)
    if not file.exists():
        return []
    text = file.read_text("utf-8")
    found = re.findall(r"^## Exercise (\d+)\b(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    answers = []
    for place, (number, section) in enumerate(found, start=1):
        blocks = re.findall(r"^```rust\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
        if int(number) != place or len(blocks) != 1:
            raise ValueError(f"{file}: Exercise {number} must be number {place} and have one block of Rust")
        answers.append(blocks[0])
    return answers


def solutions_path(path: Path) -> Path:
    return path.parent / "solutions" / f"{path.stem}.md"


def is_tagged(cell: nbformat.NotebookNode, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


# outputs that are the same on every machine and every day


def stable_outputs(outputs: list[nbformat.NotebookNode], number: int) -> list[nbformat.NotebookNode]:
    """The outputs as they are committed: streams in one piece, no path of this machine, no thread id."""
    kept: list[nbformat.NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            output.text = stable(output.text)
            if kept and kept[-1].output_type == "stream" and kept[-1].name == output.name:
                kept[-1].text += output.text
                continue
        elif output.output_type == "error":
            output.evalue = stable(output.evalue)
            output.traceback = [stable(line) for line in output.traceback]
        else:
            output.data = {mime: stable(text) if isinstance(text, str) else text for mime, text in output.data.items()}
            if output.output_type == "execute_result":
                output.execution_count = number
        kept.append(output)
    return kept


def stable(text: str) -> str:
    for folder in (kernel.REPO, Path.home()):
        text = text.replace(f"{folder}/", "")
    text = re.sub(r"^thread '(.*?)' \(\d+\) panicked", r"thread '\1' panicked", text, flags=re.MULTILINE)
    return re.sub(r"\bcommand_\d+\b", "cell", text)


def plain(text: str) -> str:
    """Text without terminal colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


# the program


def describe(outcome: Outcome) -> str:
    name = outcome.path.name
    if outcome.passed:
        slowest = max(outcome.cells_s, default=0.0)
        total = outcome.start_s + sum(outcome.cells_s)
        changed = f"\n      outputs changed: cells {', '.join(map(str, outcome.changed))}" if outcome.changed else ""
        return (
            f"ok    {name}: {len(outcome.cells_s)} cells in {total:.1f} s "
            f"(kernel ready after {outcome.start_s:.1f} s, slowest cell {slowest:.1f} s){changed}"
        )
    lines = []
    for failure in outcome.failures:
        lines.append(f"FAIL  {name}: cell {failure.number}")
        lines += [f"    | {line}" for line in failure.source.splitlines()]
        lines += [f"    {line}" for line in failure.error.splitlines()]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--write", action="store_true", help="store the outputs in the notebooks that pass")
    parser.add_argument("--deadline", type=float, default=CELL_DEADLINE_S, metavar="S", help="for one cell; %(default)s")
    options = parser.parse_args()
    try:
        kernel.check(Path(sys.prefix))
    except kernel.Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 2
    notebooks = options.notebooks or [path for path in sorted(HERE.glob("*.ipynb")) if not path.name.startswith(NOT_HERE)]
    missing = [path for path in notebooks if not path.is_file()]
    if missing or not notebooks:
        print(f"error: there is no notebook {', '.join(map(str, missing)) or 'here'}", file=sys.stderr)
        return 2
    failed = 0
    for path in notebooks:
        outcome = run_notebook(path.resolve(), options.deadline, options.write)
        failed += not outcome.passed
        print(describe(outcome), flush=True)
    print(f"notebooks: {len(notebooks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
