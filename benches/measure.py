"""Times nova-ft against its peers and writes docs/benchmarks.md.

    make bench                                     # everything, about a quarter of an hour
    python benches/measure.py --only upload        # one of: reader, validate, build, upload; the others' sections stay
    python benches/measure.py --rounds 1 --photos 200 --sizes 1000

Every figure is the median of the rounds; within a round each tool does the same work once, in turn, so that a ratio
compares runs of the same minute. Wall time and peak memory are those of the whole process, from start to exit.
"""

import argparse
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "docs" / "benchmarks.md"
BIN = Path(sys.executable).parent


def photo_of(size: int, number: int) -> bytes:
    """A JPEG of `size` bytes or a little more that no other number has: a small picture after segments of noise."""
    from io import BytesIO

    from PIL import Image, ImageDraw

    noise = random.Random(number)
    picture = BytesIO()
    page = Image.new("RGB", (640, 480), (255 - number % 32, 255 - number // 32 % 32, 230))
    # Something to read: a page on which nothing stands is refused.
    draw = ImageDraw.Draw(page)
    for line in range(20, 460, 22):
        for word in range(20, 600, 40):
            draw.rectangle((word, line, word + noise.randrange(10, 34), line + 10), fill=(30, 30, 60))
    page.save(picture, "JPEG", quality=60)
    start, rest = picture.getvalue()[:2], picture.getvalue()[2:]
    segments = [number.to_bytes(8, "big")]
    missing = size - len(picture.getvalue()) - 12
    while missing > 0:
        segments.append(noise.randbytes(min(missing, 60_000)))
        missing -= 60_004
    comment = b"".join(b"\xff\xfe" + (len(segment) + 2).to_bytes(2, "big") + segment for segment in segments)
    return start + comment + rest


def make_project(folder: Path, photos: int, size: int) -> None:
    """A project of nova-ft: photos, ten of each seller, and their labels."""
    images = folder / "images"
    images.mkdir(parents=True)
    rows = ["image,seller"]
    for number in range(photos):
        name = f"{number:06}.jpg"
        (images / name).write_bytes(photo_of(size, number))
        rows.append(f"{name},第{number // 10}（北京）科技有限公司")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    settings = 'labels = "labels.csv"\ninput_dir = "images"\ns3_bucket = "bench"\ns3_prefix = "nova-ft"\n'
    (folder / "nova-ft.toml").write_text(settings, encoding="utf-8")


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


def measure_build(program: Path, folder: Path, sizes: list[int], rounds: int) -> list[str]:
    """`prepare` beside the plain Python that does the least of it: hash, read the header, write the records."""
    rows = []
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
        rows.append(
            f"| {photos:,} | {wall:.2f} s | {median(ours, 'peak_mb'):.0f} MB | {other:.2f} s "
            f"| {median(python, 'peak_mb'):.0f} MB | {wall / other:.2f} |"
        )
        print(rows[-1], flush=True)
        shutil.rmtree(project)
    return [
        "## Building a data set",
        "",
        "`nova-ft prepare` on photos of 10 kB (each is read, hashed, its header parsed), beside the least that Python can do:",
        "`hashlib`, Pillow's header, `json.dumps`. No conversion is needed; every round starts without a data set.",
        "",
        "| photos | nova-ft | peak memory | Python | peak memory | nova-ft / Python |",
        "|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
    ]


PYTHON_LOADS = """
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    json.loads(line)
"""


PYTHON_READ = """
import sys
from rapidocr import RapidOCR
engine = RapidOCR(params={"Global.log_level": "error"})
for photo in sys.argv[1:]:
    print(len(engine(photo).txts or ()))
"""


def measure_reader(program: Path, folder: Path, photos: int, rounds: int) -> list[str]:
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
    return [
        "## Reading",
        "",
        f"{len(chosen)} {kind}, read by one process one after the other on all cores, loading of the networks included. RapidOCR has no",
        "way to read the seller alone: it reads the page.",
        "",
        "| a photo | CPU | wall | peak memory | CPU / RapidOCR |",
        "|---|---:|---:|---:|---:|",
        *rows,
        "",
    ]


def write_records(path: Path, count: int) -> int:
    """So many records as `prepare` writes them, each with a photo of its own; the size of the file."""
    names = [f"{place}{word}（{town}）科技有限公司" for place in ("北京", "上海") for word in ("宇音", "禾维") for town in ("杭州", "厦门")]
    system = (
        "You read the seller's name off photos of Chinese VAT invoices. Answer with the name alone, exactly as it is "
        "printed, without quotes and without any other word. The seller is named in the block at the bottom of the form."
    )
    with open(path, "w", encoding="utf-8") as out:
        for number in range(count):
            image = {"format": "jpeg", "source": {"s3Location": {
                "uri": f"s3://bench/nova-ft/images/{number:07}.jpg", "bucketOwner": "123456789012"}}}
            record = {"schemaVersion": "bedrock-conversation-2024", "system": [{"text": system}], "messages": [
                {"role": "user", "content": [{"text": "这是一张增值税发票的照片。请读出销售方名称。"}, {"image": image}]},
                {"role": "assistant", "content": [{"text": names[number % len(names)]}]}]}
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path.stat().st_size


def measure_validate(program: Path, folder: Path, sizes: list[int], rounds: int) -> list[str]:
    """`validate` with all rules, beside Python that only parses each line."""
    project = folder / "validate"
    project.mkdir()
    (project / "loads.py").write_text(PYTHON_LOADS, encoding="utf-8")
    rows = []
    for records in sizes:
        size_mb = write_records(project / "train.jsonl", records) / 1e6
        ours, python = [], []
        # A run of a million takes seconds, and seconds vary less than milliseconds.
        runs = rounds if records <= 100_000 else -(-rounds // 3)
        for _ in range(runs):
            # More records than Bedrock takes are one finding.
            command = [str(program), "validate", "train.jsonl", "--allow", "SPL001"]
            ours.append(Run(command, project, environment()))
            python.append(Run([sys.executable, "loads.py", "train.jsonl"], project, environment()))
        wall, other = median(ours, "wall_s"), median(python, "wall_s")
        rows.append(
            f"| {records:,} | {size_mb:.1f} MB | {wall:.3f} s | {median(ours, 'peak_mb'):.0f} MB | {other:.3f} s "
            f"| {median(python, 'peak_mb'):.0f} MB | {wall / other:.3f} | {runs} |"
        )
        print(rows[-1], flush=True)
    return [
        "## Validating",
        "",
        "`nova-ft validate` with every rule that needs no photo, beside Python that does nothing but `json.loads` on every line of the",
        "same file. Both are timed as whole processes, from start to exit, the start of the interpreter included;",
        "`runs` says of how many runs each figure is the median.",
        "",
        "| records | file | nova-ft | peak memory | Python | peak memory | nova-ft / Python | runs |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
    ]


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    return {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": tempfile.gettempdir(), **(more or {})}


@contextmanager
def stand_in(program: Path, project: Path):
    """`nova-ft local serve` on an empty state folder; yields the variables that lead to it."""
    shutil.rmtree(project / ".nova-ft", ignore_errors=True)
    command = [str(program), "local", "serve", "--json"]
    with subprocess.Popen(command, cwd=project, env=environment(), stdout=subprocess.PIPE, text=True) as server:
        try:
            event = next(e for e in map(json.loads, server.stdout) if e["event"] == "server")
            yield {
                "AWS_ENDPOINT_URL": event["s3_endpoint"],
                "S3_ENDPOINT_URL": event["s3_endpoint"],
                "AWS_ACCESS_KEY_ID": event["access_key_id"],
                "AWS_SECRET_ACCESS_KEY": event["secret_access_key"],
                "AWS_REGION": event["region"],
                "AWS_DEFAULT_REGION": event["region"],
            }
        finally:
            server.terminate()


def measure_upload(program: Path, folder: Path, photos: int, rounds: int) -> list[str]:
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
    return [
        "## Uploading",
        "",
        f"{photos:,} photos of 500 kB into a running `nova-ft local serve`, then the same again with nothing changed. nova-ft",
        "checks the data set by all its rules before each run, by sha256 in the first; in the second it knows the files by inode",
        "and time of change. Its records go too. The others compare size and time of files.",
        "",
        "| tool | first | / nova-ft | CPU of the client | peak memory | again | / nova-ft |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
    ]


def check_objects(project: Path, env: dict[str, str], photos: int) -> None:
    """All tools brought the same number of objects: a tool that did nothing would be the fastest."""
    for prefix in ("nova-ft/images/", "s5cmd/", "aws/"):
        listed = Run([str(BIN / "s5cmd"), "ls", f"s3://bench/{prefix}*"], project, env).said.splitlines()
        if len(listed) != photos:
            sys.exit(f"{len(listed)} objects below {prefix}, not {photos}")


def machine() -> str:
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    memory = int(next(l.split()[1] for l in open("/proc/meminfo") if l.startswith("MemTotal"))) / 1024**2
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {platform.release()}"


TITLES = {"reader": "## Reading", "validate": "## Validating", "build": "## Building a data set", "upload": "## Uploading"}


def priority() -> str:
    """How the processes were scheduled, where that is not the usual way."""
    policies = {os.SCHED_RR: "SCHED_RR", os.SCHED_FIFO: "SCHED_FIFO"}
    policy = policies.get(os.sched_getscheduler(0))
    return f"; all processes under {policy}, as others ran on the machine" if policy else ""


def write_report(path: Path, sections: dict[str, list[str]]) -> None:
    """The report with these sections; those that were not measured stay as they are."""
    earlier = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = ["# Benchmarks", "", "Written by `make bench`. Ratios are of runs in the same minutes.", ""]
    for name, title in TITLES.items():
        if name in sections:
            lines += sections[name]
        elif title in earlier:
            lines += (title + earlier.split(title)[1].split("\n## ")[0].rstrip() + "\n").split("\n")
    path.write_text("\n".join(lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/nova-ft")
    parser.add_argument("--only", choices=["reader", "validate", "build", "upload"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--photos", type=int, default=1_000, help="photos of the upload")
    parser.add_argument("--read", type=int, default=10, help="photos to read")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="photos of the builds")
    parser.add_argument("--records", type=int, nargs="+", default=[20_000, 1_000_000], help="records to validate")
    parser.add_argument("--report", type=Path, default=REPORT)
    options = parser.parse_args()
    program = options.program.resolve()
    version = Run([str(program), "--version"], ROOT, environment()).said.strip()
    build = "release build" if program.parent.name == "release" else "built as `make run` does"
    measured = [f"{version}, {build}, on {machine()}; medians of {options.rounds}{priority()}.", ""]
    sections: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="nova-ft-bench-") as folder:
        if options.only in (None, "reader"):
            sections["reader"] = measure_reader(program, Path(folder), options.read, options.rounds)
        if options.only in (None, "validate"):
            sections["validate"] = measure_validate(program, Path(folder), options.records, options.rounds)
        if options.only in (None, "build"):
            sections["build"] = measure_build(program, Path(folder), options.sizes, options.rounds)
        if options.only in (None, "upload"):
            sections["upload"] = measure_upload(program, Path(folder), options.photos, options.rounds)
    write_report(options.report, {name: lines + measured for name, lines in sections.items()})
    print(f"written: {options.report}")


if __name__ == "__main__":
    main()
