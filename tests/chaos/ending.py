"""What a command came to: the project's files and the stand-in's state, without ids and times; and what must not be there."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
PARTIAL = ".nova-ft-partial-"
# Memories of what was seen and sent: each folder's own. They must be whole.
MEMORIES = {".digests.json", ".sent.json"}
# Journals of photos: their lines come in the order in which photos were read and answers arrived.
UNORDERED = ("answers.jsonl", ".journal.jsonl")
TABLE_LINE = b'{"kind":"table",'


@dataclass(frozen=True)
class Ending:
    """Each thing that is there with what it is, by name; and what is wrong by itself."""

    things: dict[str, str]
    strays: tuple[str, ...]

    def differences(self, other: Ending) -> list[str]:
        """What this one has otherwise than it should."""
        here, there = self.things, other.things
        found = [f"{name} is missing" for name in sorted(there.keys() - here.keys())]
        found += [f"{name} should not be there" for name in sorted(here.keys() - there.keys())]
        same = here.keys() & there.keys()
        found += [f"{name} is {here[name]}, not {there[name]}" for name in sorted(same) if here[name] != there[name]]
        return found + [stray for stray in self.strays if stray not in other.strays]


def ending_of(folder: Path) -> Ending:
    names = Names(folder / ".nova-ft")
    things: dict[str, str] = {}
    strays: list[str] = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if PARTIAL in path.name:
            strays.append(f"{name} was left")
        if not path.is_file() or name.startswith((".nova-ft/", "output/logs/")):
            continue
        data = path.read_bytes()
        if path.name in MEMORIES:
            if (fault := json_fault(data)) is not None:
                strays.append(f"{name} is no JSON: {fault}")
            continue
        things[names.mask(name)] = digest(names.mask_bytes(data), path.name)
    things |= state_of(folder / ".nova-ft", names, strays)
    return Ending(things, tuple(strays))


class Names:
    """The ids that the stand-in drew, by what they stand for."""

    def __init__(self, state: Path) -> None:
        self.words: dict[str, str] = {}
        for path in sorted((state / "bedrock" / "jobs").glob("*.json")):
            if (job := read_json(path)) is not None:
                self.words |= {job["id"]: f"JOB{job['sequence']}", job["model_id"]: f"MODEL{job['sequence']}"}
        for path in sorted((state / "bedrock" / "batches").glob("*.json")):
            if (batch := read_json(path)) is not None:
                self.words[batch["id"]] = f"BATCH{batch['sequence']}"
        for at, path in enumerate(sorted((state / "bedrock" / "deployments").glob("*.json"))):
            self.words[path.stem] = f"DEPLOYMENT{at}"

    def mask(self, text: str) -> str:
        for word, name in self.words.items():
            text = text.replace(word, name)
        return TIME.sub("TIME", text)

    def mask_bytes(self, data: bytes) -> bytes:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return data
        return self.mask(text).encode()


def state_of(state: Path, names: Names, strays: list[str]) -> dict[str, str]:
    """The stand-in's objects, jobs, batches, models and deployments."""
    things: dict[str, str] = {}
    blobs = set()
    for bucket in sorted((state / "s3" / "buckets").glob("*")):
        for path in sorted(bucket.glob("*.json")):
            record = read_json(path)
            if record is None:
                strays.append(f"{path.name} of the bucket {bucket.name} is no JSON")
            elif path.name != "bucket.json":
                blob = state / "s3" / "blobs" / "objects" / record["blob"]
                blobs.add(record["blob"])
                what = digest(names.mask_bytes(blob.read_bytes()), "") if blob.is_file() else "without its bytes"
                things[f"s3://{bucket.name}/{names.mask(record['key'])}"] = what
    found = {path.name for path in (state / "s3" / "blobs" / "objects").glob("*")}
    strays += [f"the blob {name} is of no object" for name in sorted(found - blobs)]
    strays += [f"the multipart upload {path.name} was left" for path in sorted((state / "s3" / "uploads").glob("*"))]
    # The last are answers of a batch that has not ended, by its id.
    for kind in ("jobs", "models", "deployments", "weights", "batches", "batch-answers"):
        for path in sorted((state / "bedrock" / kind).glob("*")):
            if kind == "batch-answers":
                strays.append(f"bedrock/{kind}/{names.mask(path.name)} was left")
                continue
            record = read_json(path)
            if record is None:
                strays.append(f"bedrock/{kind}/{path.name} is no JSON")
                continue
            if kind == "deployments":
                del record["token"]  # It is drawn from the model's id.
            things[f"bedrock/{kind}/{names.mask(path.stem)}"] = digest(names.mask(json.dumps(record)).encode(), "")
    # A memory too: what could not be kept is read again. What is kept must be whole.
    strays += [f"the page {path.name} is no JSON" for path in sorted((state / "pages").rglob("*.json")) if read_json(path) is None]
    return things


def digest(data: bytes, name: str) -> str:
    if name.endswith(UNORDERED):
        data = b"\n".join(lines_that_count(data))
    return hashlib.sha256(data).hexdigest()[:16]


def lines_that_count(journal: bytes) -> list[bytes]:
    """A journal of photos remembers every table that was written from it, by its digest: the last is the one that is there."""
    lines = journal.splitlines()
    tables = [line for line in lines if line.startswith(TABLE_LINE)]
    return sorted(line for line in lines if line not in tables) + tables[-1:]


def json_fault(data: bytes) -> str | None:
    try:
        json.loads(data)
    except ValueError as error:
        return str(error)
    return None


def read_json(path: Path) -> dict | None:
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None
