"""The faults on this machine: killed, disk full, files too large, read-only, another time, twice at once."""

from __future__ import annotations

import glob
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attempt import Played, Ran, Users, compare, conclude, end, finish, judge, start
from project import Project
from world import World

FAKETIME = next(iter(sorted(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1"))), "")


class Skip(Exception):
    """This machine cannot play it."""


def kill(world: World, played: Played, project: Project, drawn: random.Random) -> None:
    """kill -9 at a moment drawn over the length of a quiet run."""
    quiet = world.quiet[played.step]
    if played.variant == "reading":
        project.forget_a_reading()
        time_s = 3.0
    else:
        time_s = quiet.length_s
    delay_s = 1.1 * time_s * drawn.random()
    played.notes.append(f"after {delay_s:.2f} of {time_s:.2f} s")
    process = start(project, quiet.step.arguments)
    time.sleep(delay_s)
    is_over = process.poll() is not None
    process.kill()
    ran = end(process, played)
    judge(ran, played, killed=not is_over)
    finish(world, project, quiet.step, played)


def kill_stage(world: World, played: Played, project: Project, drawn: random.Random) -> None:
    """kill -9 in the stage of `run` that the variant names, where the log says that it has begun."""
    quiet = world.quiet[played.step]
    log = project.folder / "output" / "logs" / "run.log"
    process = start(project, quiet.step.arguments)
    wanted = f"[{played.variant}/8]"
    while process.poll() is None and not (log.exists() and wanted in log.read_text(encoding="utf-8")):
        time.sleep(0.005)
    time.sleep(0.3 * drawn.random())
    is_over = process.poll() is not None
    process.kill()
    judge(end(process, played), played, killed=not is_over)
    finish(world, project, quiet.step, played)


@contextmanager
def disk(project: Project, inside: str) -> Iterator[Path]:
    """A file system of its own at a folder of the project, with what the folder held."""
    if os.geteuid() != 0:
        raise Skip("mounting needs root")
    place = project.folder / inside
    place.mkdir(parents=True, exist_ok=True)
    kept = place.with_name(place.name + ".kept")
    place.rename(kept)
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(place)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        place.rmdir()
        kept.rename(place)
        raise Skip(f"mount is not permitted: {done.stderr.strip()}")
    try:
        shutil.copytree(kept, place, dirs_exist_ok=True)
        yield place
        remount(place, "rw,size=256m")
        shutil.rmtree(kept)
        shutil.copytree(place, kept)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
        place.rmdir()
        if kept.exists():
            kept.rename(place)


def remount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True)


def full(world: World, played: Played, project: Project, drawn: random.Random) -> None:
    """ENOSPC in the folder that the variant names: less room than the command needs there."""
    quiet = world.quiet[played.step]
    inside = {"project": ".", "output": "output", "stand-in": ".nova-ft"}[played.variant]
    with disk(project, inside) as place:
        room = int(quiet.growth_kib * drawn.random()) if drawn.random() < 0.8 else 0
        make_full(place, room, played)
        ran = disturbed(world, played, project)
    conclude(world, project, quiet.step, played, ran)


def make_full(place: Path, room_kib: int, played: Played) -> None:
    stat = os.statvfs(place)
    used = (stat.f_blocks - stat.f_bfree) * stat.f_frsize // 1024
    remount(place, f"size={used + room_kib + 3 & ~3}k")
    played.notes.append(f"room for {room_kib} KiB")


def ulimited(kib: int, played: Played) -> tuple[str, ...]:
    played.notes.append(f"at most {kib} KiB a file")
    return ("bash", "-c", f"trap '' XFSZ; ulimit -f {kib}; exec \"$@\"", "limited")


def limited(world: World, played: Played, project: Project, drawn: random.Random) -> None:
    """EFBIG: no file may grow beyond some KiB."""
    quiet = world.quiet[played.step]
    prefix = ulimited(drawn.choice((0, 1, 2, 4, 8, 16, 64, 128, 256)), played)
    conclude(world, project, quiet.step, played, disturbed(world, played, project, prefix=prefix))


def read_only(world: World, played: Played, project: Project, _: random.Random) -> None:
    """EROFS in the folder that the variant names; root does not feel permission bits."""
    inside = {"project": ".", "output": "output", "stand-in": ".nova-ft"}[played.variant]
    with disk(project, inside) as place:
        remount(place, "ro")
        ran = disturbed(world, played, project)
    conclude(world, project, world.quiet[played.step].step, played, ran)


def disturbed(world: World, played: Played, project: Project, prefix=(), env=None) -> Ran:
    """A run under a fault; where it says that all is done, all must be."""
    step = world.quiet[played.step].step
    users = Users(world, project)
    ran = end(start(project, step.arguments, prefix, env), played)
    judge(ran, played)
    users.check(played)
    return ran


def clock(world: World, played: Played, project: Project, drawn: random.Random) -> None:
    """Another time by the program's own clock, for the whole of a process, or from a moment on."""
    quiet = world.quiet[played.step]
    how, by = played.variant.rsplit(" ", 1)
    if how == "own clock":
        moment = datetime.now(UTC) + timedelta(days=int(by.removesuffix("d")))
        ran = disturbed(world, played, project, env={"NOVA_FT_CLOCK": moment.strftime("%Y-%m-%dT%H:%M:%SZ")})
        return conclude(world, project, quiet.step, played, ran)
    if not FAKETIME:
        raise Skip("libfaketime is not installed")
    env = {"LD_PRELOAD": FAKETIME, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}
    if how == "all of it":
        ran = disturbed(world, played, project, env=env | {"FAKETIME": by})
    else:
        control = project.folder.with_name(project.folder.name + ".time")
        control.write_text("+0\n")
        process = start(project, quiet.step.arguments, env=env | {"FAKETIME_TIMESTAMP_FILE": str(control)})
        delay_s = quiet.length_s * drawn.random()
        played.notes.append(f"after {delay_s:.2f} of {quiet.length_s:.2f} s")
        time.sleep(delay_s)
        control.write_text(by + "\n")
        ran = end(process, played)
        judge(ran, played)
        control.unlink()
    conclude(world, project, quiet.step, played, ran)


def pair(world: World, played: Played, project: Project, drawn: random.Random) -> None:
    """The same command twice, the second somewhat later."""
    quiet = world.quiet[played.step]
    users = Users(world, project)
    delay_s = quiet.length_s * drawn.choice((0, 0, 0.5 * drawn.random()))
    played.notes.append(f"the second after {delay_s:.2f} s")
    first = start(project, quiet.step.arguments)
    time.sleep(delay_s)
    second = start(project, quiet.step.arguments)
    rans = [end(first, played), end(second, played)]
    for ran in rans:
        judge(ran, played)
    if not any(ran.code == 0 for ran in rans):
        played.blame(f"both were refused: {rans[0].last_words} / {rans[1].last_words}")
    users.check(played)
    if any(ran.code == 0 for ran in rans):
        compare(world, project, quiet.step, played, "although one ended with 0")
    finish(world, project, quiet.step, played)
