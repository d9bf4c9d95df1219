"""Processes that are timed from start to exit, and the machine that they run on."""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


class Run:
    """One process, from start to exit."""

    def __init__(self, command: list[str], cwd: Path, env: dict[str, str]) -> None:
        os.sync()
        with tempfile.TemporaryFile() as output:
            started = time.perf_counter()
            process = subprocess.Popen(command, cwd=cwd, env=env, stdout=output, stderr=output)
            _, status, usage = os.wait4(process.pid, 0)
            self.wall_s = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            self.cpu_s = usage.ru_utime + usage.ru_stime
            self.peak_mb = usage.ru_maxrss / 1024
            output.seek(0)
            said = output.read().decode(errors="replace")
        if process.returncode:
            sys.exit(f"{' '.join(command)} exited with {process.returncode}:\n{said[-2000:]}")
        self.said = said


def median(runs: list[Run], member: str) -> float:
    return statistics.median(getattr(run, member) for run in runs)


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    return {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": tempfile.gettempdir(), **(more or {})}


@contextmanager
def stand_in(program: Path, project: Path, env: dict[str, str] | None = None, keep: bool = False) -> Iterator[dict[str, str]]:
    """`nova-ft local serve`, on an empty state folder unless it is to be kept; yields the variables that lead to it."""
    if not keep:
        shutil.rmtree(project / ".nova-ft", ignore_errors=True)
    command = [str(program), "local", "serve", "--json"]
    with subprocess.Popen(command, cwd=project, env=env or environment(), stdout=subprocess.PIPE, text=True) as server:
        try:
            event = next(e for e in map(json.loads, server.stdout) if e["event"] == "server")
            yield {
                "AWS_ENDPOINT_URL": event["s3_endpoint"],
                "S3_ENDPOINT_URL": event["s3_endpoint"],
                "AWS_ENDPOINT_URL_BEDROCK": event["bedrock_endpoint"],
                "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": event["bedrock_endpoint"],
                "AWS_ACCESS_KEY_ID": event["access_key_id"],
                "AWS_SECRET_ACCESS_KEY": event["secret_access_key"],
                "AWS_REGION": event["region"],
                "AWS_DEFAULT_REGION": event["region"],
            }
        finally:
            server.terminate()


def machine() -> str:
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    memory = int(next(l.split()[1] for l in open("/proc/meminfo") if l.startswith("MemTotal"))) / 1024**2
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {platform.release()}"


def priority() -> str:
    """How the processes were scheduled, where that is not the usual way."""
    policies = {os.SCHED_RR: "SCHED_RR", os.SCHED_FIFO: "SCHED_FIFO"}
    policy = policies.get(os.sched_getscheduler(0))
    return f"; all processes under {policy}, as others ran on the machine" if policy else ""
