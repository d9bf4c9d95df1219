"""The commands that are disturbed: the chain from photos to a report, and those that begin beside it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from project import ACCOUNT, BASE_MODEL, BUCKET, PHOTOS, PREFIX, ROLE_ARN, Project, job_options, run_options

PHOTOS_DIR = "../photos"
# `--backend aws` does not take records that name the stand-in's account.
ACCOUNT_ON_AWS = "123456789012"
RECORDS = ("output/dataset/train.jsonl", "--validation", "output/dataset/validation.jsonl")
MEMORY = Path("output/dataset/.digests.json")
# What a request may take before it is sent again, so that a silent server does not stop the suite.
TIMEOUT = ("--timeout", "3")
PARTS = f"s3://{BUCKET}/labels/"
# Eight records to train with this in each are more than the 16 MiB from which on an object goes in parts.
LONG_PROMPT_BYTES = 2_150_000

# Makes a project ready for a command; the folders that commands of the chain left are given by the commands' names.
Ready = Callable[[Project, dict[str, Path]], None]


@dataclass(frozen=True)
class Step:
    """A command. What it began and left to others, `settle` ends."""

    name: str
    arguments: Sequence[str]
    settle: Sequence[Sequence[str]] = ()
    # Beside the chain: the command whose end it begins with (nothing: the photos), and what else it needs.
    after: str | None = None
    ready: Ready = lambda project, left: None


def place(backend: str) -> tuple[str, ...]:
    return ("--s3-bucket", BUCKET, "--s3-prefix", PREFIX, "--account-id", ACCOUNT_ON_AWS if backend == "aws" else ACCOUNT)


def chain(backend: str) -> list[Step]:
    """Each begins with what the ones before it left."""
    job = job_options(epoch_count="5", learning_rate="0.0001")
    watch = ("job", "watch", "--interval", "1")
    steps = [
        Step("label", ("label", "--input-dir", PHOTOS_DIR, "--output-file", "read.csv")),
        Step("audit", ("audit", "--labels", "labels.csv", "--input-dir", PHOTOS_DIR, "--report-file", "audit.html", "--fix", "mended.csv")),
        Step("prepare", ("prepare", "--labels", "labels.csv", "--input-dir", PHOTOS_DIR, *place(backend))),
        Step("validate", ("validate", *RECORDS, "--model", "lite")),
        Step("upload", ("upload", "--yes")),
        Step("job create", ("job", "create", *job, "--yes"), settle=[watch]),
        Step("job watch", watch),
        Step("metrics", ("metrics",)),
        Step("deploy create", ("deploy", "create", "--yes")),
        Step("evaluate", ("evaluate", "--base", BASE_MODEL.removesuffix(":300k"), "--report-file", "output/report.html", "--yes")),
        Step("clean", ("clean", "--yes")),
    ]
    return patient(steps, backend)


def beside(backend: str) -> list[Step]:
    """Each begins with one moment of the chain, and nothing comes after it."""
    aws = backend == "aws"
    whole = run_options(input_dir=PHOTOS_DIR, account_id=ACCOUNT_ON_AWS if aws else ACCOUNT)
    label = ("label", "--input-dir", PHOTOS_DIR)
    batch = ("--labeler", "batch", *place(backend)[:4], "--role-arn", ROLE_ARN, "--min-records", str(PHOTOS), "--interval", "1s")
    tables = ("--labels", "reader=read.csv", "--labels", "person=labels.csv", "--labels", "other=other.csv")
    consensus = ("consensus", *tables, "--output-file", "consensus.csv", "--report-file", "consensus.html")
    shard = (*label, "--shard", "1/2", "--parts")
    steps = [
        Step("run", ("run", "--yes", *whole, *(("--role-arn", ROLE_ARN) if aws else ())), after="", ready=photos_are_known),
        Step("upload in parts", ("upload", "--unvalidated", "--yes"), after="prepare", ready=long_records(backend)),
        Step("label converse", (*label, "--labeler", "converse", "--output-file", "asked.csv", "--yes"), after=""),
        Step("label batch", (*label, *batch, "--output-file", "batch.csv", "--yes"), after="", ready=small_batches),
        Step("label shard", (*shard, PARTS, "--yes"), after=""),
        Step("label shard here", (*shard, "parts"), after=""),
        Step("label merge", ("label", "--merge", "--parts", PARTS, "--output-file", "merged.csv"), after="", ready=shards),
        Step("consensus", consensus, after="label", ready=another_labeler),
        Step("review", ("review", "--labels", "open.csv", "--input-dir", PHOTOS_DIR), after="", ready=open_table),
    ]
    return patient(steps, backend)


def patient(steps: list[Step], backend: str) -> list[Step]:
    return [replace(step, arguments=(*TIMEOUT, *step.arguments)) for step in steps] if backend == "aws" else steps


def photos_are_known(project: Project, left: dict[str, Path]) -> None:
    """What was seen of the photos, so that no run takes seconds to look at them again."""
    (project.folder / MEMORY).parent.mkdir(parents=True)
    shutil.copy(left["validate"] / MEMORY, project.folder / MEMORY)


def long_records(backend: str) -> Ready:
    def ready(project: Project, _: dict[str, Path]) -> None:
        letters = random.Random(1).choices("abcdefghijklmnopqrstuvwxyz     ", k=LONG_PROMPT_BYTES)
        settings = project.folder / "nova-ft.toml"
        settings.write_text(f'[prompt]\nsystem = "{"".join(letters)}"\n', encoding="utf-8")
        project.run("prepare", "--labels", "labels.csv", "--input-dir", PHOTOS_DIR, *place(backend))
        settings.unlink()

    return ready


def small_batches(project: Project, _: dict[str, Path]) -> None:
    """An account whose quota lets as few photos as these be a batch."""
    (project.state_dir / "quotas.json").write_text(json.dumps({"batch_min_records": PHOTOS}), encoding="utf-8")


def shards(project: Project, _: dict[str, Path]) -> None:
    for shard in ("1/2", "2/2"):
        project.run("label", "--input-dir", PHOTOS_DIR, "--shard", shard, "--parts", PARTS, "--yes")


def another_labeler(project: Project, _: dict[str, Path]) -> None:
    """The labels once more with a name changed, which the others outvote."""
    text = (project.folder / "labels.csv").read_text(encoding="utf-8")
    (project.folder / "other.csv").write_text(text.replace("股份", "", 1), encoding="utf-8")


def open_table(project: Project, _: dict[str, Path]) -> None:
    """The photos with no seller, and who says what of them."""
    rows = (project.folder / "labels.csv").read_text(encoding="utf-8").splitlines()
    named = [row.split(",")[:2] for row in rows[1:]]
    lines = [f'{image},,"kept, as it is",{seller},{seller}集团' for image, seller in named]
    (project.folder / "open.csv").write_text("\n".join(["image,seller,note,by:reader,by:nova", *lines, ""]), encoding="utf-8")
