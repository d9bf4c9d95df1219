"""Plays faults on nova-ft and holds every run to what must hold; see docs/chaos.md.

    make chaos                                # for MINUTES=15, seed 1; writes the figures into docs/chaos.md
    make chaos SEED=7 ROUNDS=2                # two rounds, however long they take
    make chaos SEED=7 ONLY=network/upload     # what begins so; nothing is written into docs/chaos.md
    make chaos SHORT=1                        # one or two of each kind, as `make test` does
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import faults
from attempt import Played
from families import FAMILIES, SHORT
from report import table, write_page
from world import World


def main() -> int:
    options = read_options()
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="nova-ft-chaos-"))
    folder.chmod(0o755)  # Some runs are another user's.
    try:
        wanted = SHORT if options.short else [(f, *pair) for f, (_, _, pairs) in FAMILIES.items() for pair in pairs]
        wanted = [one for one in wanted if "/".join(one).startswith(options.only)]
        if not wanted:
            print(f"no scenario begins with {options.only}")
            return 2
        worlds = make_worlds(folder, wanted)
        print(f"undisturbed runs: {time.monotonic() - started:.0f} s; seed {options.seed}", flush=True)
        played = play_all(worlds, wanted, options, started)
    finally:
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    took_s = time.monotonic() - started
    text = table(played)
    print(f"\n{text}\n{took_s:.0f} s")
    bad = [one for one in played if one.complaints]
    if options.page and not options.only and not options.short:
        write_page(Path(options.page), played, options.seed, took_s, len(wanted))
    print(f"\n{len(played)} scenarios, {len(bad)} with findings", *(one.name for one in bad), sep="\n  ")
    return 1 if bad else 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", default="1", help="7, or the seed of a round, 7.3")
    parser.add_argument("--minutes", type=float, default=15, help="begin nothing new after this")
    parser.add_argument("--rounds", type=int, default=0, help="as many, however long they take")
    parser.add_argument("--only", default="", help="scenarios whose name begins so, network/upload/any")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--page", default="", help="the page whose figures are written")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", action="store_true", help="leave the folders of scenarios with findings")
    return parser.parse_args()


def make_worlds(folder: Path, wanted: list[tuple[str, str, str]]) -> dict[str, World]:
    """A world for each backend that is wanted, with the commands up to the last that is."""
    worlds = {}
    for backend in sorted({FAMILIES[family][1] for family, _, _ in wanted}):
        worlds[backend] = World(folder / backend, backend)
        steps = {step for family, step, _ in wanted if FAMILIES[family][1] == backend}
        worlds[backend].play(steps)
    return worlds


def play_all(worlds: dict[str, World], wanted: list, options: argparse.Namespace, started: float) -> list[Played]:
    rounds = options.rounds or (1 if options.short or options.only else 1000)
    is_timed = not (options.rounds or options.short or options.only)
    played: list[Played] = []
    with ThreadPoolExecutor(options.workers) as pool:
        for at in range(rounds):
            order = list(wanted)
            random.Random(f"{options.seed} round {at}").shuffle(order)
            over = lambda: is_timed and time.monotonic() - started > 60 * options.minutes
            seed = options.seed if "." in options.seed else f"{options.seed}.{at}"
            tasks = [pool.submit(play_one, worlds, one, seed, options, over) for one in order]
            played += [done for task in tasks if (done := task.result()) is not None]
            if over():
                break
    return played


COUNT = iter(range(1, 1_000_000))
LOCK = threading.Lock()


def play_one(worlds: dict[str, World], one: tuple[str, str, str], seed: str, options, over: Callable[[], bool]) -> Played | None:
    if over():
        return None
    family, step, variant = one
    play, backend, _ = FAMILIES[family]
    world = worlds[backend]
    played = Played(family, step, variant, f"{seed} {'/'.join(one)}")
    with LOCK:
        name = f"{next(COUNT):04}"
    began = time.monotonic()
    try:
        project = world.copy(step, name)
        play(world, played, project, random.Random(played.seed))
    except faults.Skip as reason:
        played.skipped = str(reason)
    except Exception:
        played.blame(f"the suite itself failed: {traceback.format_exc(limit=-3)}")
    if not (options.keep and played.complaints):
        for left in world.folder.glob(f"{name}*"):
            shutil.rmtree(left, ignore_errors=True)
    said = ", ".join(ran.word for ran in played.said) or f"skipped: {played.skipped}"
    line = f"{played.name} [{name}] {'; '.join(played.notes[:3])}: {said} ({time.monotonic() - began:.1f} s)"
    if played.complaints:
        line = "\n  ".join([f"FINDING {line}", f"seed {played.seed}", *played.notes[3:], *played.complaints])
    print(line, flush=True)
    return played


if __name__ == "__main__":
    sys.exit(main())
