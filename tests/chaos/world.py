"""The commands in their order, each with the project as it is before it, and what an undisturbed run of it comes to."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from amazon import Boto3
from ending import Ending, ending_of
from program import StandIn
from project import ACCOUNT, BASE_MODEL, BUCKET, PREFIX, ROLE_ARN, Project, job_options, photos_project, run_options

PHOTOS = "../photos"
# `--backend aws` does not take records that name the stand-in's account.
ACCOUNT_ON_AWS = "123456789012"
RECORDS = ("output/dataset/train.jsonl", "--validation", "output/dataset/validation.jsonl")
MEMORY = Path("output/dataset/.digests.json")
# What a request may take before it is sent again, so that a silent server does not stop the suite.
TIMEOUT = ("--timeout", "3")


@dataclass(frozen=True)
class Step:
    """A command of the chain. What it began and left to others, `settle` ends."""

    name: str
    arguments: Sequence[str]
    settle: Sequence[Sequence[str]] = ()
    talks: bool = True  # to S3 or Bedrock
    writes: bool = True  # files of the project, beside the log


def steps(backend: str) -> list[Step]:
    """The chain, then `run` as a whole; each begins with what the ones before it left, and `run` with the photos."""
    aws = backend == "aws"
    account = ACCOUNT_ON_AWS if aws else ACCOUNT
    place = ("--s3-bucket", BUCKET, "--s3-prefix", PREFIX, "--account-id", account)
    job = job_options(epoch_count="5", learning_rate="0.0001")
    watch = ("job", "watch", "--interval", "1")
    chain = [
        Step("label", ("label", "--input-dir", PHOTOS, "--output-file", "read.csv"), talks=False),
        Step(
            "audit",
            ("audit", "--labels", "labels.csv", "--input-dir", PHOTOS, "--report-file", "audit.html", "--fix", "mended.csv"),
            talks=False,
        ),
        Step("prepare", ("prepare", "--labels", "labels.csv", "--input-dir", PHOTOS, *place), talks=False),
        Step("validate", ("validate", *RECORDS, "--model", "lite"), talks=False, writes=False),
        Step("upload", ("upload", "--yes")),
        Step("job create", ("job", "create", *job, "--yes"), settle=[watch]),
        Step("job watch", watch, writes=False),
        Step("metrics", ("metrics",)),
        Step("deploy create", ("deploy", "create", "--yes")),
        Step("evaluate", ("evaluate", "--base", BASE_MODEL.removesuffix(":300k"), "--report-file", "output/report.html", "--yes")),
        Step("clean", ("clean", "--yes")),
    ]
    whole = ["--yes", *run_options(input_dir=PHOTOS, account_id=account), *(("--role-arn", ROLE_ARN) if aws else ())]
    chain.append(Step("run", ("run", *whole)))
    return [Step(s.name, (*TIMEOUT, *s.arguments), s.settle, s.talks, s.writes) for s in chain] if aws else chain


@dataclass
class Quiet:
    """A command without faults."""

    step: Step
    before: Path
    ending: Ending
    length_s: float
    growth_kib: int


@dataclass
class World:
    """A backend's chain, played once; every scenario goes on from a copy of one of its moments."""

    folder: Path
    backend: str
    quiet: dict[str, Quiet] = field(default_factory=dict)
    count: int = 0

    @property
    def photos(self) -> Path:
        return self.folder / "photos"

    def project(self, folder: Path, env: dict[str, str] | None = None) -> Project:
        return Project(folder, env, backend=self.backend)

    def copy(self, step: str, name: str) -> Project:
        """The project before a command. The photos are outside of it, so that what was seen of them stays known."""
        folder = self.folder / name
        shutil.copytree(self.quiet[step].before, folder)
        return self.project(folder)

    def served(self, folder: Path):
        """A stand-in for `--backend aws`; `local` starts its own."""
        return StandIn(folder, self.project(folder).env) if self.backend == "aws" else nullcontext()

    def play(self, names: set[str]) -> None:
        """Plays the chain up to the last of these commands, and `run` beside it, where it is among them."""
        self.folder.mkdir()
        base = photos_project(self.folder / "base")
        (base.folder / "photos").rename(self.photos)
        if self.backend == "aws":
            with StandIn(base.folder, base.env) as stand_in:
                Boto3(stand_in.login).call("s3", "CreateBucket", Bucket=BUCKET)
        now = base.folder
        chain = steps(self.backend)
        last = max(at for at, step in enumerate(chain) if step.name in names | {"validate"} and step.name != "run")
        for at, step in enumerate(chain):
            if step.name not in names if step.name == "run" else at > last:
                continue
            before = now
            if step.name == "run":
                # What was seen of the photos, so that no run takes seconds to look at them again.
                before = base.folder
                (before / MEMORY).parent.mkdir(parents=True)
                shutil.copy(now / MEMORY, before / MEMORY)
            now = self.folder / f"after-{step.name.replace(' ', '-')}"
            shutil.copytree(before, now)
            with self.served(now) as stand_in:
                project = self.project(now, stand_in and stand_in.login.variables())
                start = time.monotonic()
                project.run(*step.arguments)
                length_s = time.monotonic() - start
            settled = self.settled(now, step)
            growth = max(1, size_kib(now) - size_kib(before))
            self.quiet[step.name] = Quiet(step, before, ending_of(settled), length_s, growth)

    def settled(self, folder: Path, step: Step) -> Path:
        """Where what the command began has ended: beside it, so that the chain goes on from the command itself."""
        if not step.settle:
            return folder
        settled = folder.with_name(folder.name + "-settled")
        shutil.copytree(folder, settled)
        self.settle(settled, step)
        return settled

    def settle(self, folder: Path, step: Step) -> None:
        with self.served(folder) as stand_in:
            project = self.project(folder, stand_in and stand_in.login.variables())
            for arguments in step.settle:
                project.run(*arguments)


def size_kib(folder: Path) -> int:
    """What the files take in blocks of a page, without the logs."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(-(-path.stat().st_size // 4096) * 4 for path in files)
