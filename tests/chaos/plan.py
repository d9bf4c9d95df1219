"""Which request meets which fault, drawn from a seed: the same seed does the same to the same requests, in whatever order they come."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, field

# What is done to a request, and what it is called in the table.
KINDS = {
    "delay": "held up for a second",
    "stall": "held up until the client gives up",
    "cut-before": "the connection is closed before anything is read",
    "cut-request": "half of the request goes on, then the connection is closed",
    "cut-after": "the request is carried out, and the connection is closed without an answer",
    "cut-answer": "half of the answer comes back",
    "damage-request": "a byte of the body is another one on the way there",
    "damage-answer": "a byte of the answer's body is another one on the way back",
    "throttle": "429 ThrottlingException, 503 SlowDown",
    "fail": "500 with the service's error",
    "gateway": "502 with a page of HTML, as a proxy in between answers",
}
# How often a plan hits: now and then, often, and one kind of request every time.
SPARSE, OFTEN = 0.15, 0.5


@dataclass
class Plan:
    """The faults of one run of a command."""

    seed: str
    kinds: tuple[str, ...] = tuple(KINDS)
    met: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        drawn = random.Random(f"plan {self.seed}")
        self.rate = drawn.choice((SPARSE, SPARSE, OFTEN))
        # Sometimes one kind of fault alone, so that each is seen without the others.
        self.drawn_from = drawn.choice((self.kinds, (drawn.choice(self.kinds),)))
        self.always = drawn.choice((False, False, False, True))
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.is_over = False

    def __str__(self) -> str:
        kinds = self.drawn_from[0] if len(self.drawn_from) == 1 else "any fault"
        rate = "a kind of request every time or never" if self.always else f"{100 * self.rate:.0f} of 100 requests"
        return f"seed {self.seed}: {kinds}, {rate}"

    def fault(self, operation: str) -> str | None:
        """What the next request of this operation meets."""
        with self.lock:
            self.seen[operation] += 1
            if self.is_over:
                return None
            nth = 0 if self.always else self.seen[operation]
            drawn = random.Random(f"{self.seed} {operation} {nth}")
            if drawn.random() >= self.rate:
                return None
            kind = drawn.choice(self.drawn_from)
            self.met.append(f"{operation} #{self.seen[operation]}: {kind}")
            return kind

    def end(self) -> None:
        """From here on nothing happens."""
        with self.lock:
            self.is_over = True
