"""`run` beside a script that does its calls with botocore and none of its checks, against a stand-in each."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from process import ROOT, Run, environment, median, stand_in
from report import Headline, Section

PROJECT = 'labels = "labels.csv"\ninput_dir = "images"\ns3_bucket = "bench"\ns3_prefix = "nova-ft"\n'


def measure_run(program: Path, folder: Path, rounds: int) -> Section:
    """The whole of it on the sample, whose pages were read before: the reading is measured by itself."""
    project = folder / "run"
    shutil.copytree(ROOT / "data" / "images", project / "images")
    shutil.copy(ROOT / "data" / "invoice_sellers.csv", project / "labels.csv")
    (project / "nova-ft.toml").write_text(PROJECT, encoding="utf-8")
    models = str(next(Path(sys.prefix).glob("lib/python3*/site-packages/rapidocr/models")))
    env = environment({"NOVA_FT_MODELS_DIR": models})
    script = str(ROOT / "benches" / "plain_run.py")
    command = [str(program), "--quiet", "run", "--yes"]
    # Reads the pages, which each stand-in of a round is then given.
    first = Run(command, project, env)
    pages = folder / "pages"
    shutil.copytree(project / ".nova-ft" / "pages", pages)
    ours: list[Run] = []
    python: list[Run] = []
    for _ in range(rounds):
        forget(project, pages)
        ours.append(Run(command, project, env))
        forget(project, pages)
        with stand_in(program, project, env, keep=True) as variables:
            python.append(Run([sys.executable, script, "labels.csv", "images"], project, {**env, **variables}))
    wall, other = median(ours, "wall_s"), median(python, "wall_s")
    rows = [
        f"| nova-ft run | {wall:.1f} s | {median(ours, 'cpu_s'):.1f} s | {median(ours, 'peak_mb'):.0f} MB |",
        f"| botocore, no checks | {other:.1f} s | – | {median(python, 'peak_mb'):.0f} MB |",
    ]
    print(*rows, sep="\n", flush=True)
    lines = [
        "`nova-ft run` on the sample, 48 photos whose pages were read before, from labels to the report and the deployment's",
        "end; the stand-in trains in its process. Beside it `benches/plain_run.py`: records, uploads, job, deployment, questions",
        "and clean-up by botocore with no check and no report, against a `nova-ft local serve` whose CPU is not the client's.",
        f"The first run with its reading took {first.wall_s:.0f} s and {first.cpu_s:.0f} s of CPU.",
        "",
        "| | wall | CPU | peak memory |",
        "|---|---:|---:|---:|",
        *rows,
        "",
    ]
    headline = Headline("the whole run on the sample, pages known", f"{wall:.1f} s", "botocore without checks", f"{other:.1f} s", wall / other)
    return Section("The whole run", lines, [headline])


def forget(project: Path, pages: Path) -> None:
    """A project of which only the photos' pages are known."""
    for name in (".nova-ft", "output"):
        shutil.rmtree(project / name, ignore_errors=True)
    shutil.copytree(pages, project / ".nova-ft" / "pages")
