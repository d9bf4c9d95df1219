"""`upload` beside s5cmd and the AWS CLI, against the same running stand-in."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from material import make_project
from process import BIN, Run, environment, median, stand_in
from report import Headline, Section


def measure_upload(program: Path, folder: Path, photos: int, rounds: int) -> Section:
    """First upload and unchanged re-run, all tools against the same running stand-in, in an order that turns."""
    project = folder / "upload"
    make_project(project, photos, 500_000)
    Run([str(program), "prepare", "--quiet"], project, environment())
    tools = {
        "nova-ft upload": [str(program), "upload", "--quiet"],
        "s5cmd sync": [str(BIN / "s5cmd"), "--log", "error", "sync", "images/", "s3://bench/s5cmd/"],
        "aws s3 sync": [str(BIN / "aws"), "s3", "sync", "--quiet", "images", "s3://bench/aws/"],
    }
    first: dict[str, list[Run]] = {name: [] for name in tools}
    again: dict[str, list[Run]] = {name: [] for name in tools}
    for number in range(rounds):
        (project / "output/dataset/receipt.json").unlink(missing_ok=True)
        with stand_in(program, project) as variables:
            env = environment(variables)
            Run([str(BIN / "aws"), "s3", "mb", "s3://bench"], project, env)
            order = list(tools)
            order = order[number % len(order):] + order[: number % len(order)]
            for name in order:
                # nova-ft finds the stand-in by its state folder; the variables are for the others.
                own = environment() if name.startswith("nova-ft") else env
                first[name].append(Run(tools[name], project, own))
                again[name].append(Run(tools[name], project, own))
            check_objects(project, env, photos)
    shutil.rmtree(project)
    rows = []
    base = "nova-ft upload"
    for name in tools:
        one, two = median(first[name], "wall_s"), median(again[name], "wall_s")
        rows.append(
            f"| {name} | {one:.2f} s | {one / median(first[base], 'wall_s'):.2f} | {median(first[name], 'cpu_s'):.2f} s "
            f"| {median(first[name], 'peak_mb'):.0f} MB | {two:.3f} s | {two / median(again[base], 'wall_s'):.2f} |"
        )
        print(rows[-1], flush=True)
    lines = [
        f"{photos:,} photos of 500 kB into a running `nova-ft local serve`, then the same again with nothing changed. nova-ft",
        "checks the data set by all its rules before each run, by sha256 in the first; in the second it knows the files by inode",
        "and time of change. Its records go too. The others compare size and time of files.",
        "",
        "| tool | first | / nova-ft | CPU of the client | peak memory | again | / nova-ft |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
    ]
    ours, theirs = median(first[base], "wall_s"), median(first["s5cmd sync"], "wall_s")
    headline = Headline(f"{photos:,} photos of 500 kB into S3", f"{ours:.2f} s", "s5cmd", f"{theirs:.2f} s", ours / theirs)
    return Section("Uploading", lines, [headline])


def check_objects(project: Path, env: dict[str, str], photos: int) -> None:
    """All tools brought the same number of objects: a tool that did nothing would be the fastest."""
    for prefix in ("nova-ft/images/", "s5cmd/", "aws/"):
        listed = Run([str(BIN / "s5cmd"), "ls", f"s3://bench/{prefix}*"], project, env).said.splitlines()
        if len(listed) != photos:
            sys.exit(f"{len(listed)} objects below {prefix}, not {photos}")
