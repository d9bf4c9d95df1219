"""Every command with the project as it is before it, and what an undisturbed run of it comes to."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from amazon import Boto3
from ending import Ending, ending_of
from program import StandIn
from project import BUCKET, Project, photos_project
from proxy import RecordingProxy
from steps import Step, beside, chain


@dataclass
class Quiet:
    """A command without faults."""

    step: Step
    before: Path
    ending: Ending
    length_s: float
    growth_kib: int
    requests: int  # to the services, where they are not in the same process


@dataclass
class World:
    """A backend's commands, played once each; every scenario goes on from a copy of one of these moments."""

    folder: Path
    backend: str
    quiet: dict[str, Quiet] = field(default_factory=dict)

    @property
    def photos(self) -> Path:
        return self.folder / "photos"

    def project(self, folder: Path, env: dict[str, str] | None = None) -> Project:
        return Project(folder, env, backend=self.backend)

    def copy(self, step: str, name: str) -> Project:
        """The project before a command. The photos are outside of it, so that what was seen of them stays known.

        Its stand-in gets keys and ports of its own. With those of the moment, scenarios played at the same time would share them:
        where a service is killed, the next to start would take its port, and answer to its client that there is no such job.
        """
        folder = self.folder / name
        shutil.copytree(self.quiet[step].before, folder)
        (folder / ".nova-ft" / "server.json").unlink(missing_ok=True)
        return self.project(folder)

    def served(self, folder: Path):
        """A stand-in for `--backend aws`; `local` starts its own."""
        return StandIn(folder, self.project(folder).env) if self.backend == "aws" else nullcontext()

    def play(self, names: set[str]) -> None:
        """Plays the chain up to the last of these commands, and those of the others that are among them."""
        self.folder.mkdir()
        base = photos_project(self.folder / "base")
        (base.folder / "photos").rename(self.photos)
        if self.backend == "aws":
            with StandIn(base.folder, base.env) as stand_in:
                Boto3(stand_in.login).call("s3", "CreateBucket", Bucket=BUCKET)
        left = {"": base.folder}
        others = [step for step in beside(self.backend) if step.name in names]
        steps = chain(self.backend)
        needed = names | {step.after for step in others} | {"validate"}
        now = base.folder
        for step in steps[: 1 + max(at for at, step in enumerate(steps) if step.name in needed)]:
            now = left[step.name] = self.play_step(step, now)
        for step in others:
            before = self.folder / f"before-{step.name.replace(' ', '-')}"
            shutil.copytree(left[step.after or ""], before)
            with self.served(before) as stand_in:
                step.ready(self.project(before, stand_in and stand_in.login.variables()), left)
            if step.name != "review":  # It ends with the person who reviews.
                self.play_step(step, before)
            else:
                self.quiet[step.name] = Quiet(step, before, ending_of(before), 0, 64, 0)

    def play_step(self, step: Step, before: Path) -> Path:
        """Plays a command, and remembers what it came to. Where its project is then."""
        now = self.folder / f"after-{step.name.replace(' ', '-')}"
        shutil.copytree(before, now)
        with ExitStack() as stack:
            stand_in = stack.enter_context(self.served(now))
            proxies: list[RecordingProxy] = []
            project = self.project(now)
            if stand_in is not None:
                login = stand_in.login
                proxies = [stack.enter_context(RecordingProxy(at)) for at in (login.endpoint, login.bedrock_endpoint)]
                watched = replace(login, endpoint=proxies[0].endpoint, bedrock_endpoint=proxies[1].endpoint)
                project = self.project(now, watched.variables())
            start = time.monotonic()
            project.run(*step.arguments)
            length_s = time.monotonic() - start
            requests = sum(len(proxy.exchanges) for proxy in proxies)
        settled = self.settled(now, step)
        growth = max(1, size_kib(now) - size_kib(before))
        self.quiet[step.name] = Quiet(step, before, ending_of(settled), length_s, growth, requests)
        return now

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
