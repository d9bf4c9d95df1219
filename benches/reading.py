"""`read` beside RapidOCR with the same networks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from process import ROOT, Run, environment, median
from report import Headline, Section

PYTHON_READ = """
import sys
from rapidocr import RapidOCR
engine = RapidOCR(params={"Global.log_level": "error"})
for photo in sys.argv[1:]:
    print(len(engine(photo).txts or ()))
"""


def measure_reader(program: Path, folder: Path, photos: int, rounds: int) -> Section:
    """`read` beside RapidOCR with the same networks: each a process that reads the same photos, loading included."""
    project = folder / "reader"
    project.mkdir()
    (project / "read.py").write_text(PYTHON_READ, encoding="utf-8")
    real = Path(os.environ.get("NOVA_FT_REAL_PHOTOS", ROOT / "../shared/real")) / "vat_train"
    source = real if real.is_dir() else ROOT / "data/images"
    every = sorted(source.glob("*.jpg"))
    chosen = [str(photo.resolve()) for photo in every[:: max(1, len(every) // photos)][:photos]]
    models = next(Path(sys.prefix).glob("lib/python3*/site-packages/rapidocr/models"))
    runs: dict[str, list[Run]] = {"seller": [], "fields": [], "page": [], "rapidocr": []}
    for number in range(rounds):
        for scope in ("seller", "fields", "page"):
            state = str(project / f"{scope}-{number}")
            command = [str(program), "read", "--scope", scope, "--models-dir", str(models), "--state-dir", state]
            runs[scope].append(Run(command + chosen, project, environment()))
        runs["rapidocr"].append(Run([sys.executable, "read.py", *chosen], project, environment()))
    whole = median(runs["rapidocr"], "cpu_s")
    names = {
        "seller": "nova-ft, the seller",
        "fields": "nova-ft, all fields",
        "page": "nova-ft, whole page",
        "rapidocr": "RapidOCR 3.10 (ONNX Runtime), whole page",
    }
    rows = []
    for name, title in names.items():
        cpu, wall = median(runs[name], "cpu_s"), median(runs[name], "wall_s")
        rows.append(
            f"| {title} | {cpu / len(chosen):.2f} s | {wall / len(chosen):.2f} s | {median(runs[name], 'peak_mb'):.0f} MB "
            f"| {cpu / whole:.2f} |"
        )
        print(rows[-1], flush=True)
    kind = "real photos" if source == real else "photos of the sample"
    lines = [
        f"{len(chosen)} {kind}, read by one process one after the other on all cores, loading of the networks included. RapidOCR has no",
        "way to read the seller alone: it reads the page. The program that `make run` builds takes about a tenth more than this one.",
        "",
        "| a photo | CPU | wall | peak memory | CPU / RapidOCR |",
        "|---|---:|---:|---:|---:|",
        *rows,
        "",
    ]
    headlines = [
        Headline(
            f"{what}, CPU a photo",
            f"{median(runs[name], 'cpu_s') / len(chosen):.2f} s",
            "RapidOCR, whole page",
            f"{whole / len(chosen):.2f} s",
            median(runs[name], "cpu_s") / whole,
        )
        for name, what in (("seller", "reading the seller"), ("page", "reading a whole page"))
    ]
    return Section("Reading", lines, headlines)
