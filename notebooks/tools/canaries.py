"""Secrets that no output of a notebook may hold: keys planted in the kernel's environment, and those of the stand-in."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import re
from pathlib import Path

from nbformat import NotebookNode

# What the kernel gets in place of the user's keys. Letters, digits and hyphens alone: no escaping changes them.
PLANTED = {
    "AWS_ACCESS_KEY_ID": "AKIACANARYNOTEBOOK01",
    "AWS_SECRET_ACCESS_KEY": "canary-secret-of-a-notebook-0002",
    "AWS_SESSION_TOKEN": "canary-token-of-a-notebook-0003",
}
STAND_IN = "the stand-in's secret key"


def in_environment() -> dict[str, str]:
    """The keys that a kernel has: the planted ones, or the user's where the notebooks are to run on AWS."""
    if os.environ.get("NOVA_FT_BACKEND") != "aws":
        return PLANTED
    return {name: os.environ[name] for name in PLANTED if os.environ.get(name)}


def secrets(folder: Path) -> dict[str, str]:
    """The keys of the environment, and the secret of each stand-in whose state is where a notebook that runs in `folder`
    may put it; by what they are."""
    found = in_environment()
    for state in (folder / "output", folder / ".nova-ft"):
        for file in sorted(state.rglob("server.json")):
            # A damaged file has no key: the stand-in makes itself another one.
            with contextlib.suppress(ValueError, KeyError):
                secret = json.loads(file.read_text("utf-8"))["secret_access_key"]
                found = {**found, f"{STAND_IN} in {file.relative_to(folder)}": secret}
    return found


def leaks(outputs: list[NotebookNode], folder: Path) -> list[str]:
    """Which secrets stand in the outputs, and where; never the secrets themselves."""
    places = texts(outputs)
    found = secrets(folder).items()
    return [f"{name} stands in {where}" for name, secret in found for where, text in places.items() if secret in text]


def texts(outputs: list[NotebookNode]) -> dict[str, str]:
    """Everything that outputs say, by where they say it. A stream is one text: it may arrive in any pieces."""
    said: dict[str, str] = {}

    def add(where: str, text: str) -> None:
        said[where] = said.get(where, "") + re.sub(r"\x1b\[[0-9;]*m", "", text)

    for output in outputs:
        if output.output_type == "stream":
            add(output.name, output.text)
        elif output.output_type == "error":
            add("the traceback", "\n".join([output.ename, output.evalue, *output.traceback]))
        else:
            for mime, content in output.data.items():
                add(mime, content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))
                add(f"{mime}, decoded", decoded(content))
            add("the metadata of an output", json.dumps(output.metadata, ensure_ascii=False))
    return said


def decoded(content: object) -> str:
    """The bytes of a picture as text, where the content is base64; else nothing."""
    try:
        return base64.b64decode(content, validate=True).decode("latin-1") if isinstance(content, str) else ""
    except (binascii.Error, ValueError):
        return ""
