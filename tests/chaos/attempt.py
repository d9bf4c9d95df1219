"""One run of a command under a fault, what must hold of it whatever the fault, and what must hold after the next run without."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ending import ending_of
from program import StandIn
from project import Project
from world import Step, World

DEADLINE_S, LOOK_S = 180, 3
# A stand-in that has no room does the job when it has: whoever watches it is told so.
WAITS = b"the stand-in puts the job off"
# A report without the training's chart says so; it is written anew by the next run.
NO_CHART = "no chart of the training"
# A shard is done although it could not read a photo: its part says so, and the merge ends with 1.
NOT_READ = '"code":"LBL028"'
# A job that is there although nothing could be written down of it is better than one that is called a failure.
NO_RECEIPT = "the next commands must name the job"
# What `job create` puts and takes away again, to see whether it may. Where the first of two attempts arrives last, after all that,
# it stays: S3 knows no order, so nobody can prevent that but who does not look. Bedrock leaves the like.
PROBE = re.compile(r"s3://\S*/\.write_access_check_file\.[^/]*\.tmp should not be there")
CODES = (0, 1, 2, 130)
# What no fault excuses.
NEVER_SAID = ("panicked at", "RUST_BACKTRACE", "internal error:", "called `Option", "called `Result")


@dataclass(frozen=True)
class Ran:
    """A command that ended, or was ended (a negative code, the signal's)."""

    code: int
    stdout: str
    stderr: str

    @property
    def word(self) -> str:
        return {0: "went through", 1: "said no", 2: "refused", 130: "interrupted"}.get(self.code, "killed")

    @property
    def last_words(self) -> str:
        return " | ".join(line for line in self.stderr.splitlines()[-6:] if line.strip())


@dataclass
class Played:
    """A scenario that was played: what came of it, and what should not have."""

    family: str
    step: str
    variant: str
    seed: str
    said: list[Ran] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    skipped: str = ""
    tries: int = 0  # runs without faults until it ended with 0

    @property
    def name(self) -> str:
        return f"{self.family}/{self.step}/{self.variant}"

    def blame(self, complaint: str) -> None:
        self.complaints.append(complaint)


def start(project: Project, arguments: Sequence[str], prefix: Sequence[str] = (), env: Mapping[str, str] | None = None):
    return subprocess.Popen(
        [*prefix, *map(str, project.command(*arguments))],
        cwd=project.folder,
        env=project.env | (env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def end(process: subprocess.Popen[str], played: Played) -> Ran:
    """Waits for a process and keeps what it said. What waits and says for what is left by Ctrl-C, as its user would."""
    began = time.monotonic()
    hung = is_left = False
    while True:
        try:
            stdout, stderr = process.communicate(timeout=LOOK_S)
            break
        except subprocess.TimeoutExpired as late:
            if not is_left and WAITS in (late.stderr or b""):
                is_left = True
                process.send_signal(signal.SIGINT)
            elif not hung and time.monotonic() - began > DEADLINE_S:
                hung = True
                process.kill()
    ran = Ran(process.returncode, stdout, stderr)
    if hung:
        played.blame(f"it hung for {DEADLINE_S} s: {ran.last_words}")
    played.said.append(ran)
    return ran


def judge(ran: Ran, played: Played, killed: bool = False) -> None:
    """What must hold of every run."""
    for words in NEVER_SAID:
        if words in ran.stdout + ran.stderr:
            played.blame(f"it said `{words}`: {ran.last_words}")
    if killed:
        return
    if ran.code not in CODES:
        played.blame(f"it ended with {ran.code}: {ran.last_words}")
    if ran.code == 2 and not ("error:" in ran.stderr and "hint:" in ran.stderr):
        played.blame(f"it ended with 2 and no error with a hint: {ran.last_words}")
    if ran.code == 1 and not ran.stderr.strip():
        played.blame("it ended with 1 and said nothing of why")
    for line in ran.stdout.splitlines():
        try:
            json.loads(line)
        except ValueError:
            played.blame(f"a line of its output is no JSON: {line[:200]}")
            break


class Users:
    """The user's own files, which nothing may change."""

    def __init__(self, world: World, project: Project) -> None:
        self.files = [*sorted(world.photos.iterdir()), project.folder / "labels.csv"]
        self.before = self.digests()

    def digests(self) -> dict[Path, str]:
        return {path: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "gone" for path in self.files}

    def check(self, played: Played) -> None:
        for path, digest in self.digests().items():
            if digest != self.before[path]:
                played.blame(f"{path.name}, the user's own, was changed")


def conclude(world: World, project: Project, step: Step, played: Played, ran: Ran) -> None:
    """What said that all is done is held to that; then, and where it did not, comes the run without faults."""
    if ran.code == 0 and NO_RECEIPT not in ran.stderr:
        may_differ = [*(["output/report.html"] if NO_CHART in ran.stderr else []), *(["parts/"] if NOT_READ in ran.stdout else [])]
        compare(world, project, step, played, "although it ended with 0", may_differ)
    finish(world, project, step, played)


def finish(world: World, project: Project, step: Step, played: Played, stand_in: StandIn | None = None) -> None:
    """Runs the command without faults: it must end with 0 at once, and in what an undisturbed run comes to.

    `stand_in` still runs for `--backend aws`; it is ended here, so that its folder can be read.
    """
    while played.tries < 2:
        played.tries += 1
        ran = end(start(project, step.arguments), played)
        judge(ran, played)
        if ran.code == 0:
            break
        played.blame(f"the run without faults ended with {ran.code}: {ran.last_words}")
    if stand_in is not None:
        stand_in.__exit__()
    compare(world, project, step, played, "after the run without faults")


def is_late(difference: str, played: Played) -> bool:
    """Whether an object is there that a request has put which arrived after its client had given it up."""
    was_put_late = any("PUT object" in note and note.endswith(": stall") for note in played.notes)
    return was_put_late and PROBE.fullmatch(difference) is not None


def compare(
    world: World, project: Project, step: Step, played: Played, when: str, may_differ: Sequence[str] = ()
) -> None:
    try:
        world.settle(project.folder, step)
    except AssertionError as error:
        played.blame(f"{when}, what it began did not end: {error}")
    differences = ending_of(project.folder).differences(world.quiet[step.name].ending)
    for difference in [one for one in differences if not (one.startswith(tuple(may_differ)) or is_late(one, played))][:5]:
        played.blame(f"{when}: {difference}")
