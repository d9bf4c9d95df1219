"""`prepare` beside the least that Python can do."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from material import make_project
from process import Run, environment, median
from report import Headline, Section, growth

PYTHON_BUILD = """
import csv, hashlib, io, json, sys
from PIL import Image
lines = []
with open("labels.csv", encoding="utf-8") as table:
    for row in csv.DictReader(table):
        data = open("images/" + row["image"], "rb").read()
        with Image.open(io.BytesIO(data)) as image:
            size = image.size
        lines.append((hashlib.sha256(data).hexdigest(), size, json.dumps({
            "schemaVersion": "bedrock-conversation-2024",
            "messages": [
                {"role": "user", "content": [{"text": "?"}, {"image": {"format": "jpeg", "source": {"s3Location": {
                    "uri": "s3://bench/images/" + row["image"], "bucketOwner": "000000000000"}}}}]},
                {"role": "assistant", "content": [{"text": row["seller"]}]}]}, ensure_ascii=False)))
with open("python.jsonl", "w", encoding="utf-8") as out:
    for _, _, line in lines:
        out.write(line + "\\n")
"""


def measure_build(program: Path, folder: Path, sizes: list[int], rounds: int) -> Section:
    """`prepare` beside the plain Python that does the least of it: hash, read the header, write the records."""
    rows, walls, others = [], [], []
    for photos in sizes:
        project = folder / f"build-{photos}"
        make_project(project, photos, 10_000)
        (project / "build.py").write_text(PYTHON_BUILD, encoding="utf-8")
        ours, python = [], []
        for _ in range(rounds):
            shutil.rmtree(project / "output", ignore_errors=True)
            ours.append(Run([str(program), "prepare", "--quiet"], project, environment()))
            python.append(Run([sys.executable, "build.py"], project, environment()))
        written = sum(1 for name in ("train", "validation") for _ in open(project / f"output/dataset/{name}.jsonl"))
        if written != photos:
            sys.exit(f"{written} records of {photos} photos")
        wall, other = median(ours, "wall_s"), median(python, "wall_s")
        walls.append(wall)
        others.append(other)
        rows.append(
            f"| {photos:,} | {wall:.2f} s | {median(ours, 'peak_mb'):.0f} MB | {other:.2f} s "
            f"| {median(python, 'peak_mb'):.0f} MB | {wall / other:.2f} |"
        )
        print(rows[-1], flush=True)
        shutil.rmtree(project)
    lines = [
        "`nova-ft prepare` on photos of 10 kB (each is read, hashed, its header parsed), beside the least that Python can do:",
        "`hashlib`, Pillow's header, `json.dumps`. No conversion is needed; every round starts without a data set.",
        "",
        "| photos | nova-ft | peak memory | Python | peak memory | nova-ft / Python |",
        "|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
        growth(sizes, walls, "photos the time"),
        "",
    ]
    headline = Headline(
        f"a data set of {sizes[-1]:,} photos", f"{walls[-1]:.2f} s", "Python that only hashes", f"{others[-1]:.2f} s", walls[-1] / others[-1]
    )
    return Section("Building a data set", lines, [headline])
