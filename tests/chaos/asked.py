"""Which photos a model was asked about, by what went over the line, and whether it was asked about one that had its answer."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from exchanges import Exchange


def answered(folder: Path) -> Counter[str]:
    """Answers that the journals of a project hold, by the photo's digest; a line that is cut off is none."""
    found: Counter[str] = Counter()
    for path in folder.rglob("*answers.jsonl"):
        if ".nova-ft" in path.parts:
            continue
        for line in path.read_bytes().split(b"\n"):
            try:
                found[json.loads(line)["photo"]] += 1
            except (ValueError, TypeError, KeyError):
                continue
    return found


def shown(exchanges: Iterable[Exchange]) -> Counter[str]:
    """Photos in the questions of Converse."""
    found: Counter[str] = Counter()
    for exchange in exchanges:
        if exchange.path.endswith("/converse"):
            blocks = [block for message in json.loads(exchange.request_body)["messages"] for block in message["content"]]
            found.update(digest(block["image"]["source"]["bytes"]) for block in blocks if "image" in block)
    return found


def digest(base64_text: str) -> str:
    return hashlib.sha256(base64.b64decode(base64_text)).hexdigest()


def asked_again(before: Counter[str], exchanges: Iterable[Exchange], after: Counter[str]) -> list[str]:
    """What a run without faults asked although it had the answer: more questions about a photo than answers that came to it."""
    asked = shown(exchanges)
    more = {photo: count - (after[photo] - before[photo]) for photo, count in sorted(asked.items())}
    lost = [f"the answer about photo {photo[:8]} was lost" for photo in sorted(before) if after[photo] < before[photo]]
    return lost + [f"photo {photo[:8]} was asked about {count} times too many" for photo, count in more.items() if count > 0]
