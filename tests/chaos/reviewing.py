"""`review` under faults: what its page was told is kept must be in the table afterwards, and nothing else."""

from __future__ import annotations

import csv
import http.client
import io
import json
import random
import signal
import threading
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from attempt import Played, Ran, end, judge, start
from ending import ending_of
from faults import disk, make_full, remount, ulimited
from project import Project
from world import World

TABLE, JOURNAL = "open.csv", "open.csv.review.jsonl"
# Longer than one decision takes, journal and table.
DECISION_S = 0.02


class Sitting:
    """One run of `review`, and somebody who decides by HTTP as its page does."""

    def __init__(self, world: World, played: Played, project: Project, prefix=()) -> None:
        self.played = played
        self.process = start(project, world.quiet["review"].step.arguments, prefix)
        events = (json.loads(line) for line in self.process.stdout)
        event = next((event for event in events if event["event"] == "review"), None)
        self.url = event and urlsplit(event["url"])

    @property
    def serves(self) -> bool:
        return self.url is not None

    def ask(self, path: str, body: dict | None = None) -> tuple[int, dict] | None:
        """Status and answer; nothing where the server is gone."""
        with closing(http.client.HTTPConnection(self.url.netloc, timeout=30)) as client:
            try:
                text = None if body is None else json.dumps(body)
                client.request("GET" if body is None else "POST", self.url.path + path, text, {"Content-Type": "application/json"})
                response = client.getresponse()
                return response.status, json.loads(response.read())
            except (OSError, http.client.HTTPException, ValueError):
                return None

    def decide(self, photo: int, image: str, seller: str) -> bool:
        """Whether it was told that this is kept."""
        shown = self.ask(f"api/photo/{photo}")
        if shown is None or shown[0] != 200:
            return False
        answer = self.ask("api/decide", {"photo": photo, "image": image, "seen": shown[1]["sellers"], "name": seller})
        return answer is not None and answer[0] == 200

    def stop(self, sign: int = signal.SIGINT) -> Ran:
        if self.process.poll() is None:
            self.process.send_signal(sign)
        ran = end(self.process, self.played)
        judge(ran, self.played, killed=ran.code == -signal.SIGKILL)
        return ran


def review(world: World, played: Played, project: Project, drawn: random.Random) -> None:
    """The variant says which fault; then everything is decided without, and the table must say it."""
    truth = sellers(project.folder / "labels.csv")
    todo = list(enumerate(truth))
    drawn.shuffle(todo)
    told = FAULTS[played.variant](world, played, project, drawn, todo, truth)
    played.notes.append(f"{len(told)} of {len(truth)} acknowledged")
    resume(world, played, project, todo, truth, told)
    played.tries = 1
    check_end(played, project, world.quiet["review"].before / TABLE, truth)


def decide_all(sitting: Sitting, todo: list[tuple[int, str]], truth: dict[str, str]) -> set[str]:
    return {image for photo, image in todo if sitting.decide(photo, image, truth[image])}


def killed(world: World, played: Played, project: Project, drawn: random.Random, todo, truth) -> set[str]:
    """kill -9 while a decision is on its way."""
    sitting, told = Sitting(world, played, project), set()
    last = drawn.randrange(len(todo))
    for at, (photo, image) in enumerate(todo):
        if at == last:
            threading.Timer(DECISION_S * drawn.random(), sitting.process.kill).start()
        if sitting.decide(photo, image, truth[image]):
            told.add(image)
    sitting.stop(signal.SIGKILL)
    return told


def without_room(world: World, played: Played, project: Project, drawn: random.Random, todo, truth) -> set[str]:
    with disk(project, ".") as place:
        make_full(place, drawn.choice((0, 4, 8, 12, 16)), played)
        sitting = Sitting(world, played, project)
        told = decide_all(sitting, todo, truth) if sitting.serves else set()
        sitting.stop()
    return told


def with_short_files(world: World, played: Played, project: Project, drawn: random.Random, todo, truth) -> set[str]:
    sitting = Sitting(world, played, project, ulimited(drawn.choice((0, 1, 2, 3, 4, 6)), played))
    told = decide_all(sitting, todo, truth) if sitting.serves else set()
    sitting.stop()
    return told


def read_only(world: World, played: Played, project: Project, drawn: random.Random, todo, truth) -> set[str]:
    with disk(project, ".") as place:
        remount(place, "ro")
        sitting = Sitting(world, played, project)
        told = decide_all(sitting, todo, truth) if sitting.serves else set()
        sitting.stop()
    return told


def two_at_once(world: World, played: Played, project: Project, drawn: random.Random, todo, truth) -> set[str]:
    """One of them serves, and the other is refused; two that decide in turn would write each other's table over."""
    both = [Sitting(world, played, project) for _ in range(2)]
    serving = [sitting for sitting in both if sitting.serves]
    if len(serving) != 1:
        played.blame(f"{len(serving)} of two serve one table")
    half = todo[: len(todo) // 2]
    told = decide_all(serving[0], half, truth) if serving else set()
    for sitting in both:
        sitting.stop()
    return told


FAULTS = {
    "kill": killed,
    "disk full": without_room,
    "file too large": with_short_files,
    "read-only": read_only,
    "twice at once": two_at_once,
}


def resume(world: World, played: Played, project: Project, todo, truth: dict[str, str], told: set[str]) -> None:
    """Without the fault: what was acknowledged is in the table before anything is decided, and the rest can be."""
    sitting = Sitting(world, played, project)
    if not sitting.serves:
        played.blame(f"it does not start without the fault: {sitting.stop().last_words}")
        return
    now = sellers(project.folder / TABLE)
    check_told(played, now, truth, told)
    rest = [(photo, image) for photo, image in todo if not now[image]]
    for image in {image for _, image in rest} - decide_all(sitting, rest, truth):
        played.blame(f"{image} could not be decided without the fault")
    ran = sitting.stop()
    if ran.code != 0:
        played.blame(f"the run without faults ended with {ran.code}: {ran.last_words}")


def check_told(played: Played, now: dict[str, str], truth: dict[str, str], told: set[str]) -> None:
    for image in sorted(told):
        if now.get(image) != truth[image]:
            played.blame(f"{image} was acknowledged as {truth[image]}, and the table says {now.get(image)!r}")
    for image in sorted(now.keys() - told):
        # One that was on its way may be there: it was decided, and nobody heard.
        if now[image] not in ("", truth[image]):
            played.blame(f"{image} says {now[image]!r}, which nobody decided")


def check_end(played: Played, project: Project, before: Path, truth: dict[str, str]) -> None:
    """Every byte of the table but the sellers is as it was, each photo was decided once, nothing is left."""
    rows = before.read_text(encoding="utf-8").splitlines(keepends=True)
    filled = [row.replace(",,", f",{truth[row.partition(',')[0]]},", 1) for row in rows[1:]]
    if (project.folder / TABLE).read_text(encoding="utf-8") != "".join([rows[0], *filled]):
        played.blame("the table is not the one before with the decisions in it")
    decided = [line["image"] for line in whole_lines(project.folder / JOURNAL) if "image" in line]
    for image in truth:
        if (count := decided.count(image)) != 1:
            played.blame(f"{image} was decided {count} times, by the journal")
    for stray in ending_of(project.folder).strays:
        played.blame(f"after the run without faults: {stray}")


def whole_lines(path: Path) -> list[dict]:
    """The lines of a journal without those that were cut off."""
    found = []
    for line in path.read_bytes().split(b"\n"):
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def sellers(table: Path) -> dict[str, str]:
    return {row["image"]: row["seller"] for row in csv.DictReader(io.StringIO(table.read_text(encoding="utf-8")))}
