"""What is played: each kind of fault with the commands that it is done to, and the short form."""

from __future__ import annotations

from collections.abc import Callable

import faults
import network
import permission
import reviewing
from plan import KINDS

Play = Callable[..., None]
# Of the chain, those that write files, and those that talk to the services.
WRITERS = ("label", "audit", "prepare", "validate", "upload", "job create", "job watch", "metrics", "deploy create", "evaluate", "run")
TALKERS = ("upload", "job create", "job watch", "metrics", "deploy create", "evaluate", "clean")
# Beside the chain.
SENDERS = ("upload in parts", "label converse", "label batch", "label shard", "label merge")
LOCALS = ("label shard here", "consensus")
EVERY = (*WRITERS, "clean", *SENDERS, *LOCALS)
CLOCKS = ("-1d", "+40d")
# `run` takes long, and each of its requests is one of a command above: those faults alone that it meets otherwise.
KINDS_OF_RUN = ("any", "cut-after", "damage-answer", "throttle", "fail")
FOLDERS = ("project", "output")
# Family → how it is played, its backend, and the commands with the variants of each.
FAMILIES: dict[str, tuple[Play, str, list[tuple[str, str]]]] = {
    "network": (
        network.network,
        "aws",
        [(step, kind) for step in (*TALKERS, *SENDERS) for kind in ("any", *KINDS)] + [("run", kind) for kind in KINDS_OF_RUN],
    ),
    "service killed": (network.server_killed, "aws", [(step, "-9") for step in (*TALKERS, *SENDERS, "run")]),
    "kill at a request": (
        network.client_killed,
        "aws",
        [(step, moment) for step in (*TALKERS, *SENDERS, "run") for moment in network.MOMENTS],
    ),
    "kill": (faults.kill, "local", [*((step, "-9") for step in EVERY), ("job watch", "reading"), ("label converse", "reading")]),
    "kill in a stage": (faults.kill_stage, "local", [("run", str(stage)) for stage in range(1, 9)]),
    "disk full": (
        faults.full,
        "local",
        [(step, folder) for folder in FOLDERS for step in (*WRITERS, *SENDERS, *LOCALS)]
        + [(step, "stand-in") for step in (*TALKERS, *SENDERS, "run")],
    ),
    "file too large": (
        faults.limited,
        "local",
        [(step, draw) for step in (*WRITERS, *SENDERS, *LOCALS) for draw in ("1st", "2nd", "3rd")],
    ),
    "read-only": (
        faults.read_only,
        "local",
        [(step, folder) for folder in FOLDERS for step in EVERY] + [(step, "stand-in") for step in (*TALKERS, *SENDERS, "run")],
    ),
    "not permitted": (
        permission.forbidden,
        "local",
        # Where what was read of photos cannot be recalled, it is read anew: that is right, and takes minutes.
        [(step, f"write {folder}") for folder in (*FOLDERS, "stand-in") for step in EVERY]
        + [(step, "read output") for step in EVERY]
        + [(step, "read stand-in") for step in (*TALKERS, *SENDERS, "run", "consensus")]
        + [(step, "read photo") for step in ("label", "audit", "prepare", "run", "label converse", "label batch", "label shard here")]
        + [(step, "read labels") for step in ("audit", "prepare", "run", "consensus")],
    ),
    "another time": (
        faults.clock,
        "local",
        [(step, f"{how} {by}") for step in EVERY for how in ("own clock", "all of it", "from a moment on") for by in CLOCKS],
    ),
    "clocks apart": (network.apart, "aws", [(step, by) for step in (*TALKERS, *SENDERS, "run") for by in CLOCKS]),
    "twice at once": (faults.pair, "local", [(step, "two") for step in EVERY]),
    "review": (reviewing.review, "local", [("review", fault) for fault in reviewing.FAULTS]),
}
SHORT = [
    ("network", "upload", "any"),
    ("network", "upload", "cut-request"),
    ("network", "job create", "cut-after"),
    ("network", "evaluate", "any"),
    ("service killed", "upload", "-9"),
    ("kill at a request", "label converse", "after"),
    ("kill", "label", "-9"),
    ("kill", "upload", "-9"),
    ("kill", "clean", "-9"),
    ("disk full", "prepare", "project"),
    ("disk full", "upload", "stand-in"),
    ("file too large", "evaluate", "1st"),
    ("file too large", "label", "1st"),
    ("read-only", "prepare", "output"),
    ("read-only", "upload", "stand-in"),
    ("not permitted", "label", "read photo"),
    ("another time", "job create", "own clock +40d"),
    ("another time", "evaluate", "all of it -1d"),
    ("clocks apart", "upload", "-1d"),
    ("twice at once", "upload", "two"),
    ("twice at once", "prepare", "two"),
    ("review", "review", "kill"),
]
