"""Runs the checks of docs/security.md and writes the table of them there: what is held, and by how many tests.

    make security
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter

from figures import ROOT, machine, write_figures, write_row

PAGE = ROOT / "docs" / "security.md"
# What is held, and the tests that hold it: of the library by module, of the program by file in tests/it.
CHECKS = {
    "names and keys lead nowhere else": (
        ("--lib", "dataset::key dataset::manifest dataset::placement images::scan"),
        ("--test it", "manifest_ elsewhere"),
    ),
    "no file of the user's is written over or removed": (
        ("--lib", "atomic:: replace:: picture_file:: dataset::own_files reset:: state:: s3::tests review::tests::late"),
        ("--test it", "not_written_over:: own_files::"),
    ),
    "what is shown is escaped": (("--lib", "markup script markdown escape"),),
    "only signed requests of this machine are answered": (("--lib", "server::tests bedrock::sigv4"),),
    "the page of review answers whom it knows": (("--test it", "review::"),),
    "no secret is said or written": (("--lib", "secret password"), ("--test it", "secrets::")),
    "anybody's bytes do not break what parses them": (("--lib", "fuzzing:: damaged never_panic"), ("--test it", "bad_input:: fuzz_jsonl::")),
}


def passed(where: str, names: str) -> int:
    """How many tests pass whose names hold one of these; ends where one fails or a name finds none."""
    listed = cargo_test(where, names.split(), "--list").stdout
    for name in names.split():
        if not any(name in line for line in listed.splitlines() if line.endswith(": test")):
            sys.exit(f"no test of {where} has {name} in its name")
    done = cargo_test(where, names.split())
    found = re.findall(r"test result: ok\. (\d+) passed", done.stdout)
    if done.returncode or not found:
        sys.exit(f"cargo test {where} {names}:\n{done.stdout[-3000:]}{done.stderr[-2000:]}")
    return sum(map(int, found))


def cargo_test(where: str, names: list[str], *options: str) -> subprocess.CompletedProcess[str]:
    command = ["cargo", "test", "--locked", "--quiet", *where.split(), "--", *names, *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def denied() -> str:
    """What cargo-deny says of the dependencies."""
    if not shutil.which("cargo-deny"):
        sys.exit("cargo-deny is missing: cargo install cargo-deny --locked")
    done = subprocess.run(["cargo", "deny", "check", "licenses", "bans", "sources"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    listed = subprocess.run(["cargo", "deny", "list", "-f", "json"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    by_licence = {name: crates for name, crates in json.loads(listed)["licenses"]}
    crates = Counter(crate for crates in by_licence.values() for crate in crates)
    return f"{len(crates)} crates, {len(by_licence)} licences: {done.stdout.strip() or done.stderr.strip()}"


def main() -> None:
    os.environ.pop("NOVA_FT_REAL_PHOTOS", None)
    rows, tests = [], 0
    for what, parts in CHECKS.items():
        count = sum(passed(where, names) for where, names in parts)
        tests += count
        rows.append(f"| {what} | {count} tests pass |")
        print(rows[-1], flush=True)
    rows.append(f"| licences, bans and sources of the dependencies (cargo-deny) | {denied()} |")
    print(rows[-1], flush=True)
    write_figures(PAGE, "make security", [f"On {machine()}:", "", "| what | held by |", "|---|---|", *rows])
    write_row("paths, markup, strangers, secrets, licences (`make security`)", f"{tests} tests, cargo-deny", "0")


if __name__ == "__main__":
    main()
