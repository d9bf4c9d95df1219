"""What cells put out: as it is committed, and compared with what was.

Committed outputs name no machine and no moment that can be left out. What is left (times, ports, job ids, digests) is
masked when two runs are compared, and numbers with a decimal point may differ by two in a hundred: another processor
adds up in another order. Pictures are compared by being there.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from nbformat import NotebookNode

import kernel

MOST_BYTES = 400_000
"""Of the outputs of one notebook."""
TOLERANCE = 0.02
SHOWN_LINES = 12

MASKS: list[tuple[str, str]] = [
    (r"\x1b\[[0-9;]*m", ""),
    (r"data:image/[^\"'\s)]+", "<picture>"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?UTC|Z|[+-]\d\d:\d\d)?", "<time>"),
    (r"\b\d+(\.\d+)? ?(ns|µs|us|ms|s|min|h)\b", "<duration>"),
    (r"(?<=127\.0\.0\.1:)\d+|(?<=localhost:)\d+", "<port>"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
    # A digest, whole or cut off; digits alone are the number of an invoice.
    (r"\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{16,}\b", "<digest>"),
    # The last part of the ARN of a job, a model, a deployment.
    (r"\b(?=\d*[a-z])(?=[a-z]*\d)[0-9a-z]{12}\b", "<id>"),
    # The end of a job's name.
    (r"(?<=[a-z]-)[0-9a-f]{8}\b", "<hash>"),
    (r"(?<![\w.])/tmp/[^\s\"'<)]+", "<path>"),
    (r"\b(process|pid) \d+", r"\1 <number>"),
]
NUMBER = re.compile(r"\d+\.\d+")


def stable(outputs: list[NotebookNode], number: int, folders: Iterable[Path] = ()) -> list[NotebookNode]:
    """The outputs as they are committed: streams in one piece, no path below `folders`, no thread id."""
    told = [*folders, kernel.REPO, Path.home()]
    kept: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            output.text = stable_text(output.text, told)
            if kept and kept[-1].output_type == "stream" and kept[-1].name == output.name:
                kept[-1].text += output.text
                continue
        elif output.output_type == "error":
            output.evalue = stable_text(output.evalue, told)
            output.traceback = [stable_text(line, told) for line in output.traceback]
        else:
            for mime, content in output.data.items():
                if isinstance(content, str):
                    output.data[mime] = stable_text(content, told)
            if output.output_type == "execute_result":
                output.execution_count = number
        kept.append(output)
    return kept


def stable_text(text: str, folders: Iterable[Path]) -> str:
    for folder in folders:
        text = text.replace(f"{folder}/", "")
    text = re.sub(r"^thread '(.*?)' \(\d+\) panicked", r"thread '\1' panicked", text, flags=re.MULTILINE)
    return re.sub(r"\bcommand_\d+\b", "cell", text)


def plain(text: str) -> str:
    """Text without terminal colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def difference(before: list[NotebookNode], after: list[NotebookNode]) -> str | None:
    """What differs in what two runs of a cell say, as a few lines of a diff; `None` where nothing does."""
    old, new = [[masked(line) for line in lines(outputs)] for outputs in (before, after)]
    if len(old) == len(new):
        new = [a if alike(a, b) else b for a, b in zip(old, new)]
    if old == new:
        return None
    diff = list(difflib.unified_diff(old, new, "committed", "now", lineterm="", n=1))[2:]
    more = [f"… {len(diff) - SHOWN_LINES} lines more"] if len(diff) > SHOWN_LINES else []
    return "\n".join([*(shortened(line) for line in diff[:SHOWN_LINES]), *more])


def lines(outputs: list[NotebookNode]) -> list[str]:
    """What outputs say, line by line; of a picture its kind."""
    said: list[str] = []
    for output in outputs:
        if output.output_type == "stream":
            said += [f"{output.name}: {line}" for line in output.text.splitlines()]
        elif output.output_type == "error":
            said += ["error:", *"\n".join(output.traceback or [output.evalue]).splitlines()]
        else:
            for mime, content in sorted(output.data.items()):
                said.append(f"[{mime}]")
                if mime in ("text/plain", "text/html"):
                    said += str(content).splitlines()
    return said


def masked(line: str) -> str:
    for pattern, mask in MASKS:
        line = re.sub(pattern, mask, line)
    return line.rstrip()


def alike(old: str, new: str) -> bool:
    """Whether two masked lines say the same: the words equal, the numbers nearly."""
    if NUMBER.split(old) != NUMBER.split(new):
        return False
    return all(near(a, b) for a, b in zip(NUMBER.findall(old), NUMBER.findall(new)))


def near(old: str, new: str) -> bool:
    """Equal to two in a hundred, or to one in the last place that is shown."""
    a, b = float(old), float(new)
    last_place = 10.0 ** -min(len(old.split(".")[1]), len(new.split(".")[1]))
    return abs(a - b) <= max(TOLERANCE * max(a, b), last_place * 1.001)


def shortened(line: str, most: int = 160) -> str:
    return line if len(line) <= most else f"{line[:most]}…"


def size_bytes(notebook: NotebookNode) -> int:
    """How much the outputs of a notebook take."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum(len(str(output)) for output in outputs)
