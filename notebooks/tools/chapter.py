"""What of a notebook is run: its code cells, the answers of its exercises, and what its tags ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

EXPECT_ERROR = "expect-error"
EXERCISE = "exercise"
VOLATILE = "volatile"
AWS = "aws"
# `broken` and `backend` say something to readers and to the test of the form; they are run like any other cell.
TAGS = {EXPECT_ERROR, EXERCISE, VOLATILE, AWS, "broken", "backend"}


@dataclass
class Step:
    """Something to run."""

    number: int
    """Of the code cell, counted from 1."""
    source: str
    cell: NotebookNode | None
    """Where its outputs go; `None` where it has none."""
    tags: frozenset[str]


def steps(notebook: NotebookNode, path: Path) -> list[Step]:
    """The code cells with the source to run: an exercise gets its answer, cells for AWS are compiled and not run."""
    cells = [(n, c, frozenset(c.metadata.get("tags", []))) for n, c in enumerate(code_cells(notebook), start=1)]
    for number, _, tags in cells:
        if unknown := tags - TAGS:
            raise ValueError(f"cell {number} has the tag {', '.join(sorted(unknown))}, which nobody knows")
    answers = read_answers(path)
    exercises = sum(EXERCISE in tags for _, _, tags in cells)
    if exercises != len(answers):
        raise ValueError(f"{exercises} cells are tagged exercise and {solutions_path(path)} has {len(answers)} answers")
    left = iter(answers)
    found = []
    for number, cell, tags in cells:
        if EXERCISE in tags:
            found.append(Step(number, answered(cell.source, next(left)), None, tags))
        elif AWS not in tags:
            found.append(Step(number, cell.source, cell, tags))
    for_aws = [(number, cell.source) for number, cell, tags in cells if AWS in tags]
    if for_aws:
        found.append(Step(for_aws[0][0], uncalled([source for _, source in for_aws]), None, frozenset({AWS})))
    return found


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def uncalled(sources: list[str]) -> str:
    """The cells inside a function that nobody calls: they have to compile, and have no effect."""
    body = "\n;\n".join(sources)
    result = "Result<(), Box<dyn std::error::Error>>"
    return f"let _ = || -> {result} {{\n#[allow(unused)]\n{{\n{body}\n;\n}}\nOk(())\n}};"


# exercises


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
