"""EACCES: nova-ft as a user who may not write a folder, or not read one, a photo or a table."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attempt import Played, Users, conclude, end, judge, start
from faults import Skip
from program import program
from project import Project, models_dir
from world import World

# Nobody, by number: the name of the group differs between systems.
USER = 65534
AS_NOBODY = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups")
# What may not be done → the mode that forbids it.
UNWRITABLE, UNREADABLE = 0o555, 0o000
PLACES = {"project": ".", "output": "output", "stand-in": ".nova-ft"}
PHOTO = "invoice_0003.jpg"


def forbidden(world: World, played: Played, project: Project, _: random.Random) -> None:
    """The variant says what: `write output`, `read output`, `read photo`, `read labels`."""
    check_user(project)
    verb, what = played.variant.split()
    step, users = world.quiet[played.step].step, Users(world, project)
    place = project.folder / PLACES.get(what, "labels.csv")
    if what in PLACES:
        place.mkdir(exist_ok=True)
    with owned_by_nobody(project):
        if what == "photo":
            ran = end(start(project, step.arguments, with_hidden_photo(world, project)), played)
        else:
            with closed(place, UNWRITABLE if verb == "write" else UNREADABLE):
                ran = end(start(project, step.arguments, AS_NOBODY), played)
    judge(ran, played)
    users.check(played)
    conclude(world, project, step, played, ran)


def check_user(project: Project) -> None:
    if os.geteuid() != 0:
        raise Skip("another user needs root")
    if shutil.which("setpriv") is None or shutil.which("unshare") is None:
        raise Skip("setpriv and unshare are not installed")
    for path in (program(), models_dir(), project.folder):
        if subprocess.run([*AS_NOBODY, "test", "-r", str(path)], capture_output=True, check=False).returncode != 0:
            raise Skip("another user may not read the program, the models or the folder of temporary files")


@contextmanager
def owned_by_nobody(project: Project) -> Iterator[None]:
    """Everything of the project is that user's, and then root's again."""
    give(project.folder, USER)
    try:
        yield
    finally:
        give(project.folder, 0)


def give(folder: Path, user: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)


@contextmanager
def closed(place: Path, mode: int) -> Iterator[None]:
    """A file, or a folder and all folders in it, with another mode."""
    places = [place, *(path for path in place.rglob("*") if path.is_dir())] if mode == UNWRITABLE else [place]
    kept = {one: one.stat().st_mode for one in places if one.exists()}
    for one in reversed(list(kept)):
        one.chmod(mode)
    try:
        yield
    finally:
        for one, before in kept.items():
            one.chmod(before)


def with_hidden_photo(world: World, project: Project) -> tuple[str, ...]:
    """A photo that may not be read, for this process alone: other scenarios have the same photos at the same time."""
    hidden = project.folder.with_name(project.folder.name + ".hidden")
    shutil.copy2(world.photos / PHOTO, hidden)
    hidden.chmod(UNREADABLE)
    script = 'mount --bind "$0" "$1"; shift; exec "$@"'
    return ("unshare", "--mount", "sh", "-e", "-c", script, str(hidden), str(world.photos / PHOTO), *AS_NOBODY)
