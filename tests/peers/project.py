"""A project of nova-ft: photos of the sample, their labels, the program in that folder. The readings are kept between runs."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from program import REPO, environment, program

BUCKET, PREFIX, ACCOUNT = "peers-of-bedrock", "invoices/first", "000000000000"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/nova-ft"
BASE_MODEL = "amazon.nova-lite-v1:0:300k"
# Enough for eight records to train with, the least that Nova takes, and some to validate with.
PHOTOS = 12
RUN_DEADLINE_S = 240


@dataclass(frozen=True)
class Done:
    """What a run of the program said."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def said(self) -> str:
        return self.stdout + self.stderr


class Project:
    """A folder with photos and labels, in which the program runs."""

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None, backend: str = "local") -> None:
        self.folder = folder
        self.backend = backend
        self.env = environment(folder, NOVA_FT_MODELS_DIR=str(models_dir()), **(env or {}))

    @property
    def state_dir(self) -> Path:
        return self.folder / ".nova-ft"

    def write_sample(self, count: int = PHOTOS) -> None:
        """The first photos of the sample with their labels."""
        photos = self.folder / "photos"
        photos.mkdir()
        with open(REPO / "data" / "invoice_sellers.csv", encoding="utf-8-sig", newline="") as table:
            rows = list(csv.DictReader(table))[:count]
        with open(self.folder / "labels.csv", "w", encoding="utf-8", newline="") as table:
            writer = csv.DictWriter(table, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        for row in rows:
            shutil.copy(REPO / "data" / "images" / row["image"], photos)

    def copy(self, folder: Path) -> Project:
        """The same project as it is now, in another folder."""
        shutil.copytree(self.folder, folder)
        return Project(folder)

    def command(self, *arguments: str) -> list[str | Path]:
        return [program(), "--backend", self.backend, "--json", *arguments]

    def run(self, *arguments: str, exit_code: int | Sequence[int] = 0) -> Done:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=RUN_DEADLINE_S, check=False,
        )
        expected = [exit_code] if isinstance(exit_code, int) else exit_code
        if done.returncode not in expected:
            raise AssertionError(f"`{' '.join(arguments)}` ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The program in a process that the caller may kill; what it says is thrown away."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def kill(self, delay_s: float, *arguments: str) -> bool:
        """Starts a command and kills it after a while. Whether it was still there to be killed."""
        process = self.start(*arguments)
        time.sleep(delay_s)
        killed = process.poll() is None
        process.kill()
        process.wait()
        return killed

    def prepare(self) -> None:
        place = ["--s3-bucket", BUCKET, "--s3-prefix", PREFIX, "--account-id", ACCOUNT]
        self.run("prepare", "--labels", "labels.csv", "--input-dir", "photos", *place)

    def records(self, side: str) -> list[dict]:
        path = self.folder / "output" / "dataset" / f"{side}.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


    def forget_a_reading(self) -> None:
        """A photo that must be read takes seconds, so that a job is under way, and can be cut off, for as long."""
        pages = sorted((self.state_dir / "pages").rglob("*.json"))
        one = pages[0].read_bytes()
        for page in pages:
            if page.read_bytes() == one:  # By the pixels, and by the bytes of the photo.
                page.unlink()


def photos_project(folder: Path) -> Project:
    """Photos, their labels and their readings, in a new folder."""
    folder.mkdir()
    project = Project(folder)
    project.write_sample()
    give_readings(project)
    return project


def uploaded_project(folder: Path) -> Project:
    """The same, with the data set in the stand-in's bucket."""
    project = photos_project(folder)
    project.prepare()
    project.run("upload")
    return project


def s3_uri(key: str) -> str:
    return f"s3://{BUCKET}/{PREFIX}/{key}"


def models_dir() -> Path:
    """Where `make models` puts the reader's models, or what NOVA_FT_MODELS_DIR names."""
    if named := os.environ.get("NOVA_FT_MODELS_DIR"):
        return Path(named).absolute()
    found = sorted((REPO / ".venv" / "lib").glob("python3.*/site-packages/rapidocr/models"))
    if not found:
        raise FileNotFoundError("the reader's models are not there: run `make models`")
    return found[0]


def give_readings(project: Project) -> None:
    """Puts the readings of the project's photos into its state, so that no test waits for the same photo twice.

    They are kept beside the clients' packages. The reader knows its own readings by photo and version, so an old one does
    no harm.
    """
    kept = REPO / ".venv" / "readings"
    photos = sorted((project.folder / "photos").iterdir())
    names = [str(path.relative_to(project.folder)) for path in photos]
    project.run("--state-dir", str(kept), "read", "--scope", "fields", *names)
    shutil.copytree(kept / "pages", project.state_dir / "pages", dirs_exist_ok=True)


def job_options(**changes: str) -> list[str]:
    """The options of `job create` for the project's data set; an option set to nothing is left out."""
    options = {
        "base-model-id": BASE_MODEL,
        "job-name": "peers",
        "custom-model-name": "peers",
        "training-data-s3-uri": s3_uri("train.jsonl"),
        "validation-data-s3-uri": s3_uri("validation.jsonl"),
        "output-s3-uri": s3_uri("output"),
        "role-arn": ROLE_ARN,
        "region": "us-east-1",
        "epoch-count": "2",
        "learning-rate": "0.00005",
        "warmup-steps": "1",
    }
    options |= {name.replace("_", "-"): value for name, value in changes.items()}
    return [word for name, value in options.items() if value for word in (f"--{name}", value)]


def run_options(**changes: str) -> list[str]:
    """The options of `run` on the project's photos: a training that is long enough to be judged."""
    options = {
        "labels": "labels.csv",
        "input-dir": "photos",
        "s3-bucket": BUCKET,
        "s3-prefix": PREFIX,
        "account-id": ACCOUNT,
        "epoch-count": "5",
        "learning-rate": "0.0001",
    }
    options |= {name.replace("_", "-"): value for name, value in changes.items()}
    return [word for name, value in options.items() for word in (f"--{name}", value)]
