"""A running kernel, asked one cell at a time."""

from __future__ import annotations

import os
import queue
import threading
import time
from pathlib import Path

from jupyter_client.manager import KernelManager
from nbformat import NotebookNode, v4

import canaries
import kernel

# How long stderr may lag behind the kernel's "idle": it takes another way through the kernel.
SETTLE_S = 0.25
# What of the environment a notebook gets of ours: its parameters. What else begins with NOVA_FT_ is for other commands.
PARAMETERS = ("NOVA_FT_INPUT_DIR", "NOVA_FT_LABELS", "NOVA_FT_BACKEND", "NOVA_FT_MODELS_DIR")


class Stopped(Exception):
    """The kernel ended or did not start."""


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


def environment(secrets: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a kernel: the parameters, and canaries in place of the user's keys."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("NOVA_FT_") or name in PARAMETERS}
    for name in ("NOVA_FT_INPUT_DIR", "NOVA_FT_LABELS", "NOVA_FT_MODELS_DIR"):
        if name in env:  # A notebook runs in another folder than this program.
            env[name] = str(Path(env[name]).absolute())
    return {**env, **(canaries.in_environment() if secrets is None else secrets)}


class Session:
    """A kernel whose current folder is `folder`. What it says of itself goes to `log`."""

    def __init__(self, folder: Path, log: Path | None = None, stop: threading.Event | None = None) -> None:
        self.begun = time.monotonic()
        self.stop = stop or threading.Event()
        self.log = log
        self.manager = KernelManager(kernel_name=kernel.KERNEL)
        with open(log or os.devnull, "wb") as said:
            self.manager.start_kernel(cwd=str(folder), stdout=said, stderr=said, env=environment())
        self.client = self.manager.client()
        self.client.start_channels()

    def wait_until_ready(self, deadline_s: float) -> float:
        """Waits for the kernel; returns the seconds from its start to here."""
        try:
            self.client.wait_for_ready(timeout=deadline_s)
        except RuntimeError as error:
            raise Stopped(f"the kernel did not start: {error}{self.last_words()}") from None
        return time.monotonic() - self.begun

    def execute(self, source: str, deadline_s: float) -> tuple[list[NotebookNode], str | None, float]:
        """Runs one cell; returns its outputs, why it could not come to its end, and how long it took."""
        begun = time.monotonic()
        request = self.client.execute(source, store_history=True, allow_stdin=False)
        outputs: list[NotebookNode] = []
        while True:
            left = begun + deadline_s - time.monotonic()
            if self.stop.is_set():
                raise Interrupted
            if left <= 0:
                return outputs, f"the cell ran past its deadline of {deadline_s:.0f} s", time.monotonic() - begun
            message = self.next_message(min(1.0, left))
            if message is None:
                if not self.manager.is_alive():
                    why = f"the kernel ended while the cell ran{self.last_words()}"
                    return outputs, why, time.monotonic() - begun
                continue
            if message["msg_type"] == "status":
                done = message["content"]["execution_state"] == "idle"
                if done and message["parent_header"].get("msg_id") == request:
                    break
                continue
            add_output(outputs, message)
        took = time.monotonic() - begun
        outputs += self.settle(SETTLE_S)
        return outputs, None, took

    def settle(self, quiet_s: float) -> list[NotebookNode]:
        """What still arrives, until nothing has for `quiet_s`."""
        outputs: list[NotebookNode] = []
        while message := self.next_message(quiet_s):
            add_output(outputs, message)
        return outputs

    def next_message(self, timeout_s: float) -> dict | None:
        try:
            return self.client.get_iopub_msg(timeout=max(timeout_s, 0.01))
        except queue.Empty:
            return None

    def last_words(self) -> str:
        """What the kernel said of itself before it ended."""
        text = self.log.read_text("utf-8", "replace") if self.log and self.log.exists() else ""
        last = [line for line in text.splitlines() if line.strip()][-5:]
        return "".join(f"\n{line}" for line in last)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)  # asks first: killed at once, evcxr would leave its temporary folder


def add_output(outputs: list[NotebookNode], message: dict) -> None:
    if message["msg_type"] in ("stream", "display_data", "execute_result", "error"):
        outputs.append(v4.output_from_msg(message))
