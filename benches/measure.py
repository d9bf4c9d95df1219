"""Times nova-ft against its peers and writes docs/benchmarks.md and README's table.

    make bench                                     # everything, about half an hour on a quiet machine
    python benches/measure.py --only upload        # one of: reader, validate, build, upload, run, notebooks; the rest stays
    python benches/measure.py --rounds 1 --photos 200 --sizes 1000

Every figure is the median of the rounds; within a round each tool does the same work once, in turn, so that a ratio
compares runs of the same minute. Wall time and peak memory are those of the whole process, from start to exit.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from building import measure_build
from kernels import measure_notebooks
from process import ROOT, Run, environment, machine, priority
from reading import measure_reader
from report import write_report, write_table
from running import measure_run
from uploading import measure_upload
from validating import measure_validate

# The order of the page.
TITLES = {
    "reader": "Reading",
    "validate": "Validating",
    "build": "Building a data set",
    "upload": "Uploading",
    "run": "The whole run",
    "notebooks": "Notebooks",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/nova-ft")
    parser.add_argument("--only", nargs="+", choices=list(TITLES), default=list(TITLES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--photos", type=int, default=1_000, help="photos of the upload")
    parser.add_argument("--read", type=int, default=10, help="photos to read")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="photos of the builds")
    parser.add_argument("--records", type=int, nargs="+", default=[20_000, 1_000_000], help="records to validate")
    parser.add_argument("--report", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    options = parser.parse_args()
    program = options.program.resolve()
    version = Run([str(program), "--version"], ROOT, environment()).said.strip()
    build = "release build" if program.parent.name == "release" else "built as `make run` does"
    place = f"{version} on {machine()}; builds, rounds and what exactly was done: docs/benchmarks.md."
    measured = f"{version}, {build}, on {machine()}; medians of {options.rounds}{priority()}."
    with tempfile.TemporaryDirectory(prefix="nova-ft-bench-") as name:
        folder = Path(name)
        measures = {
            "reader": lambda: measure_reader(program, folder, options.read, options.rounds),
            "validate": lambda: measure_validate(program, folder, options.records, options.rounds),
            "build": lambda: measure_build(program, folder, options.sizes, options.rounds),
            "upload": lambda: measure_upload(program, folder, options.photos, options.rounds),
            "run": lambda: measure_run(program, folder, options.rounds),
            "notebooks": lambda: measure_notebooks(options.rounds),
        }
        for part in TITLES:
            section = measures[part]() if part in options.only else None
            if section:
                section.lines += [measured, ""]
                # Each as soon as it is measured: half an hour is long.
                write_report(options.report, list(TITLES.values()), [section])
                write_table(options.readme, section.headlines, place)
    print(f"written: {options.report}, {options.readme}")


if __name__ == "__main__":
    main()
