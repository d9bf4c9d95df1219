"""The faults between nova-ft and the services: a network by a plan, a service that dies, clocks that are apart."""

from __future__ import annotations

import random
import time
from dataclasses import replace

from attempt import Played, Users, end, finish, judge, start
from faults import FAKETIME, Skip
from faulty_proxy import FaultyProxy
from plan import KINDS, Plan
from program import StandIn
from project import Project
from world import World


def network(world: World, played: Played, project: Project, _: random.Random) -> None:
    """Both services behind a proxy that follows a plan: any fault, or the one that the variant names."""
    quiet, users = world.quiet[played.step], Users(world, project)
    plan = Plan(played.seed, tuple(KINDS) if played.variant == "any" else (played.variant,))
    played.notes.append(str(plan))
    stand_in = StandIn(project.folder, project.env)
    login = stand_in.login
    with FaultyProxy(login.endpoint, "s3", plan) as s3, FaultyProxy(login.bedrock_endpoint, "bedrock", plan) as bedrock:
        project.env |= replace(login, endpoint=s3.endpoint, bedrock_endpoint=bedrock.endpoint).variables()
        judge(end(start(project, quiet.step.arguments), played), played)
        plan.end()
    played.notes += plan.met
    users.check(played)
    project.env |= login.variables()
    finish(world, project, quiet.step, played, stand_in)


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
    judge(end(process, played), played)
    users.check(played)
    again = StandIn(project.folder, project.env)
    project.env |= again.login.variables()
    finish(world, project, quiet.step, played, again)


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
    finish(world, project, quiet.step, played, stand_in)
