"""The faults between nova-ft and the services: a network by a plan, a client or a service that dies, clocks that are apart."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from asked import answered, asked_again
from attempt import Played, Users, end, finish, judge, start
from faults import FAKETIME, Skip
from faulty_proxy import FaultyProxy
from plan import KINDS, Plan
from program import StandIn
from project import Project
from proxy import RecordingProxy
from world import World

# After this a command without its service has given up, or waits for it.
GIVEN_UP_S = 8
# Where in the life of a request its client dies.
MOMENTS = {"before": "cut-before", "half": "cut-request", "after": "cut-after"}


@contextmanager
def behind(project: Project, stand_in: StandIn, plan: Plan) -> Iterator[None]:
    """The project's services behind proxies that follow a plan."""
    login = stand_in.login
    with FaultyProxy(login.endpoint, "s3", plan) as s3, FaultyProxy(login.bedrock_endpoint, "bedrock", plan) as bedrock:
        project.env |= replace(login, endpoint=s3.endpoint, bedrock_endpoint=bedrock.endpoint).variables()
        yield


def finish_watched(world: World, project: Project, played: Played, stand_in: StandIn) -> None:
    """The run without faults, which must not ask a model about what it was asked about before."""
    login, before = stand_in.login, answered(project.folder)
    with RecordingProxy(login.endpoint) as s3, RecordingProxy(login.bedrock_endpoint) as bedrock:
        project.env |= replace(login, endpoint=s3.endpoint, bedrock_endpoint=bedrock.endpoint).variables()
        finish(world, project, world.quiet[played.step].step, played, stand_in)
        for complaint in asked_again(before, bedrock.take(), answered(project.folder)):
            played.blame(complaint)


def network(world: World, played: Played, project: Project, _: random.Random) -> None:
    """Both services behind a proxy that follows a plan: any fault, or the one that the variant names."""
    quiet, users = world.quiet[played.step], Users(world, project)
    plan = Plan(played.seed, tuple(KINDS) if played.variant == "any" else (played.variant,))
    played.notes.append(str(plan))
    stand_in = StandIn(project.folder, project.env)
    with behind(project, stand_in, plan):
        judge(end(start(project, quiet.step.arguments), played), played)
        plan.end()
    played.notes += plan.met
    users.check(played)
    finish_watched(world, project, played, stand_in)


class Killer(Plan):
    """kill -9 of the client at its nth request."""

    def __init__(self, nth: int, moment: str) -> None:
        super().__init__("")
        self.nth, self.kind = nth, MOMENTS[moment]
        self.process: subprocess.Popen[str] | None = None
        self.is_started = threading.Event()

    def aim(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.is_started.set()

    def fault(self, operation: str) -> str | None:
        self.is_started.wait()
        with self.lock:
            self.nth -= 1
            if self.nth != 0 or self.process is None:
                return None
            self.process.kill()
            self.met.append(f"killed at {operation}")
            return self.kind


def client_killed(world: World, played: Played, project: Project, drawn: random.Random) -> None:
    """kill -9 of nova-ft at a request, while the service lives: before it arrives, with half of it there, when it is carried out."""
    quiet, users = world.quiet[played.step], Users(world, project)
    nth = drawn.randint(1, quiet.requests)
    killer = Killer(nth, played.variant)
    played.notes.append(f"request {nth} of {quiet.requests}")
    stand_in = StandIn(project.folder, project.env)
    with behind(project, stand_in, killer):
        process = start(project, quiet.step.arguments)
        killer.aim(process)
        ran = end(process, played)
    played.notes += killer.met
    judge(ran, played, killed=bool(killer.met))
    users.check(played)
    finish_watched(world, project, played, stand_in)


def server_killed(world: World, played: Played, project: Project, drawn: random.Random) -> None:
    """kill -9 of the service at a moment drawn over the length of a quiet run; then it is there again."""
    quiet, users = world.quiet[played.step], Users(world, project)
    stand_in = StandIn(project.folder, project.env)
    project.env |= stand_in.login.variables()
    process = start(project, quiet.step.arguments)
    delay_s = quiet.length_s * drawn.random()
    played.notes.append(f"after {delay_s:.2f} of {quiet.length_s:.2f} s")
    time.sleep(delay_s)
    stand_in.process.kill()
    stand_in.process.communicate()
    again = None
    try:
        process.wait(GIVEN_UP_S)
    except subprocess.TimeoutExpired:
        # What watches a job looks again for an hour: it finds the service when that is back.
        again = StandIn(project.folder, project.env)
        played.notes.append("it is back while the command waits")
    judge(end(process, played), played)
    users.check(played)
    finish_watched(world, project, played, again or StandIn(project.folder, project.env))


def apart(world: World, played: Played, project: Project, _: random.Random) -> None:
    """nova-ft has another time than the service: what it signs is of yesterday, or of next month."""
    if not FAKETIME:
        raise Skip("libfaketime is not installed")
    quiet, users = world.quiet[played.step], Users(world, project)
    stand_in = StandIn(project.folder, project.env)
    project.env |= stand_in.login.variables()
    env = {"LD_PRELOAD": FAKETIME, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME": played.variant}
    judge(end(start(project, quiet.step.arguments, env=env), played), played)
    users.check(played)
    finish_watched(world, project, played, stand_in)
