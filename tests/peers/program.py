"""The program under test, run without this machine's environment, and its stand-in as a server."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

REPO = Path(__file__).resolve().parent.parent.parent
START_DEADLINE_S = 30


def program() -> Path:
    """`make peers` says in NOVA_FT where it built the program; without it, the usual place."""
    path = Path(os.environ.get("NOVA_FT") or REPO / "target" / "debug" / "nova-ft").absolute()
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}: run `make peers`, or set NOVA_FT to the program")
    return path


def environment(folder: Path, **more: str) -> dict[str, str]:
    """An environment in which no AWS setting, profile or proxy of this machine is found."""
    nothing = str(folder / "no-such-file")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "AWS_CONFIG_FILE": nothing,
        "AWS_SHARED_CREDENTIALS_FILE": nothing,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        **more,
    }


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Login:
    """What a client needs to know."""

    endpoint: str
    access_key_id: str
    secret_access_key: str
    region: str
    bedrock_endpoint: str = ""

    def with_keys(self, access_key_id: str | None = None, secret_access_key: str | None = None) -> Login:
        changed = replace(self, access_key_id=access_key_id or self.access_key_id)
        return replace(changed, secret_access_key=secret_access_key or self.secret_access_key)

    def variables(self) -> dict[str, str]:
        bedrock = ("BEDROCK", "BEDROCK_RUNTIME", "STS", "IAM") if self.bedrock_endpoint else ()
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            **{f"AWS_ENDPOINT_URL_{service}": self.bedrock_endpoint for service in bedrock},
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }


class StandIn:
    """`nova-ft local serve --json`, from its first event until the block ends."""

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [program(), "--json", "--quiet", "local", "serve"],
            cwd=folder,
            env=env or environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        # Ends at the event, or at the end of a process that could not serve.
        event = next((event for line in self.process.stdout if (event := json.loads(line))["event"] == "server"), None)
        if event is None:
            self.process.wait(START_DEADLINE_S)
            raise RuntimeError(f"the stand-in did not start: {self.process.stderr and self.process.stderr.read()}")
        keys = event["access_key_id"], event["secret_access_key"]
        self.login = Login(event["s3_endpoint"], *keys, event["region"], event["bedrock_endpoint"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=START_DEADLINE_S)
