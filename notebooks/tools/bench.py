"""Times the kernel "Rust (nova-ft)" beside the plain evcxr kernel with `:dep`, the same cells in one run.

    .venv/bin/python notebooks/tools/bench.py [--rounds N]

The plain kernel runs twice: its first start compiles the library and everything below it (ten minutes or more), what counts is
the second, warm one. Both compile cells without optimisation. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

import kernel
import run
from session import Session
from workplace import Workplace

DEADLINE_S = 3600.0
# What a reader does first; nothing in it is to be found in one of the kernels alone.
CELLS = [
    ("use nova_ft::labels::{Labels, ReadLabels};\nuse nova_ft::notebook::Show;\n"
    'let read: ReadLabels = Labels::read(std::path::Path::new("../data/invoice_sellers.csv"))?;\nread.labels.show();'),
    "let rows: usize = read.labels.row_count();\nassert_eq!(rows, 48);",
    "use nova_ft::images::{Scan, ScanOptions, scan};",
    'let photos: Scan = scan(std::path::Path::new("../data/images"), &ScanOptions::default())?;',
    "photos.show();",
    "nova_ft::labels::analyze(&read.labels)?.show();",
]


@dataclass
class Times:
    """Of one start of a kernel, seconds."""

    ready: float
    cells: list[float] = field(default_factory=list)


class PlainSession(Session):
    """evcxr as it comes, with its build kept in `build`."""

    def __init__(self, folder: Path, evcxr: str, build: Path) -> None:
        config = build / "config"
        kernel.write(config / "evcxr.toml", kernel.EVCXR_TOML)
        self.begun = time.monotonic()
        self.stop, self.log = run.threading.Event(), None
        self.manager = KernelManager()
        argv = [evcxr, "--control_file", "{connection_file}"]
        self.manager._kernel_spec = KernelSpec(argv=argv, language="rust", interrupt_mode="message")
        # Cells are linked to the shared standard library; a kernel outside rustup's own shell has to be told where that is.
        libraries = kernel.run(["rustc", "--print", "target-libdir"], capture=True).strip()
        env = {**os.environ, "EVCXR_TMPDIR": str(build / "tmp"), "EVCXR_CONFIG_DIR": str(config), "LD_LIBRARY_PATH": libraries}
        (build / "tmp").mkdir(parents=True, exist_ok=True)
        self.manager.start_kernel(cwd=str(folder), env=env, stdout=run.kernel.subprocess.DEVNULL)
        self.client = self.manager.client()
        self.client.start_channels()


def measure(session: Session, cells: list[str]) -> Times:
    """Runs the cells; a cell that fails ends the measurement."""
    times = Times(session.wait_until_ready(DEADLINE_S))
    for source in cells:
        said, answer, took = session.execute(source, DEADLINE_S)
        if error := answer or run.failure_in([o for o in said if o.get("name") != "stderr" or "Compiling" not in o.text]):
            raise kernel.Failure(f"a cell failed that should not:\n{source}\n{error}")
        times.cells.append(took)
    return times


def row(name: str, rounds: list[Times]) -> str:
    ready = statistics.median(times.ready for times in rounds)
    first = statistics.median(times.cells[0] for times in rounds)
    rest = statistics.median(cell for times in rounds for cell in times.cells[1:])
    total = statistics.median(times.ready + sum(times.cells) for times in rounds)
    return f"| {name} | {ready:.1f} s | {first:.1f} s | {ready + first:.1f} s | {rest:.2f} s | {total:.1f} s |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="starts of each kernel; default: %(default)s")
    given = parser.parse_args()
    try:
        venv = Path(sys.prefix)
        kernel.check(venv)
        spec = json.loads((kernel.kernelspec_folder(venv) / "kernel.json").read_text("utf-8"))
        evcxr = (Path(spec["argv"][3]) / "evcxr.txt").read_text("utf-8").strip()
        place = Workplace(Path("bench.ipynb"))
        place.prepare()
        # Where a second run finds it. Below the workspace, cargo would take the kernel's crate for a part of it.
        build = kernel.cache_folder().parent / "plain-evcxr"
        dep = f':dep nova-ft = {{ path = "{kernel.REPO}" }}'
        begun = time.monotonic()
        with closing(PlainSession(place.folder, evcxr, build)) as session:
            measure(session, [dep, *CELLS])
        print(f"the plain kernel, its build included: {time.monotonic() - begun:.0f} s", file=sys.stderr)
        ours, plain = [], []
        for _ in range(given.rounds):
            with closing(Session(place.folder)) as session:
                ours.append(measure(session, CELLS))
            with closing(PlainSession(place.folder, evcxr, build)) as session:
                plain.append(measure(session, [dep, *CELLS]))
                # The first cell that does something is the first that counts; the one before it belongs to getting ready.
                plain[-1].ready += plain[-1].cells.pop(0)
    except kernel.Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 2
    print("| kernel | ready | first cell | both | a later cell | all |\n|---|---:|---:|---:|---:|---:|")
    print(row("Rust (nova-ft)", ours))
    print(row("evcxr with `:dep`, warm", plain))
    print(f"\nMedians of {given.rounds} starts, {len(CELLS)} cells each; {os.cpu_count()} cores.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
