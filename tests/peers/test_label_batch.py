"""`nova-ft label --labeler batch` against the stand-in: 1,000 files of 50 photos, killed twice in the middle.

Nothing is lost and no photo is asked about twice: the stand-in's own count of records says so. And fewer photos than a job
takes are refused before anything is sent: 100 is AWS's least, and the account of the first test has a quota of 50.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from amazon import Boto3, pages
from program import StandIn
from project import BUCKET, PREFIX, ROLE_ARN, Project, give_readings

FILES, DISTINCT = 1_000, 50
MODEL = "us.amazon.nova-lite-v1:0"
DEADLINE_S = 240


def variant(jpeg: bytes, number: int) -> bytes:
    """The same picture in other bytes: a comment says which."""
    comment = f"variant {number}".encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def lines(path: Path) -> list[dict]:
    """The whole lines of a journal."""
    text = path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1] if line]


class LabelByBatch(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.project = Project(self.folder)
        self.project.write_sample()
        # The pages are found by the pixels, so every variant has been read.
        give_readings(self.project)

    def write_photos(self, distinct: int) -> set[str]:
        """So many files in turn of so many photos; the digests of these."""
        jpegs = [path.read_bytes() for path in sorted((self.folder / "photos").glob("*.jpg"))]
        folder = self.folder / "many"
        folder.mkdir()
        digests = set()
        for n in range(FILES):
            path = folder / f"{n:04}.jpg"
            if n < distinct:
                path.write_bytes(variant(jpegs[n % len(jpegs)], n))
                digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
            else:
                os.link(folder / f"{n % distinct:04}.jpg", path)
        self.assertEqual(len(digests), distinct)
        return digests

    def options(self, *more: str) -> list[str]:
        place = {"--s3-bucket": BUCKET, "--s3-prefix": PREFIX, "--role-arn": ROLE_ARN, "--model": MODEL}
        own = [word for option, value in place.items() if option not in more for word in (option, value)]
        return ["label", "--labeler", "batch", "--input-dir", "many", "--output-file", "labels-many.csv", *own, *more]

    def batches(self) -> list[dict]:
        return lines(self.folder / "labels-many.csv.batch.jsonl")

    def answered_by_the_stand_in(self) -> int:
        files = (self.project.state_dir / "bedrock" / "batch-answers").glob("*.jsonl")
        return sum(path.read_bytes().count(b"\n") for path in files)

    def kill_when(self, is_time: Callable[[], bool], quota: list[str]) -> None:
        """Starts to label, and kills the process, and the stand-in in it, as soon as it is time."""
        process = self.project.start(*self.options("--yes", *quota))
        deadline = time.monotonic() + DEADLINE_S
        while not is_time() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        self.assertIsNone(process.poll(), "it was over before it could be killed")
        process.kill()
        process.wait()

    def test_killed_twice_in_the_middle_nothing_is_lost_and_nothing_is_asked_twice(self) -> None:
        digests = self.write_photos(DISTINCT)
        self.project.state_dir.mkdir(exist_ok=True)
        (self.project.state_dir / "quotas.json").write_text(json.dumps({"batch_min_records": DISTINCT}), encoding="utf-8")
        quota = ["--min-records", str(DISTINCT)]
        kinds = lambda: [line["kind"] for line in self.batches()]
        self.kill_when(lambda: "planned" in kinds(), quota)
        self.assertEqual(kinds(), ["planned"], "killed before there was a job")
        self.kill_when(lambda: self.answered_by_the_stand_in() >= 16, quota)
        self.assertEqual(kinds(), ["planned", "created"], "killed while the job was worked on")
        answered = self.answered_by_the_stand_in()
        self.assertLess(answered, DISTINCT)
        self.assertFalse((self.folder / "labels-many.csv").exists())

        start = time.monotonic()
        done = self.project.run(*self.options("--yes", *quota))
        summary = done.events[-1]
        self.assertEqual((summary["photos"], summary["rows"], summary["distinct"], summary["asked"]), (FILES, FILES, DISTINCT, DISTINCT))
        self.assertEqual(kinds(), ["planned", "created", "ended"])
        answers = lines(self.folder / "labels-many.csv.answers.jsonl")
        self.assertEqual(sorted(answer["photo"] for answer in answers), sorted(digests))
        with open(self.folder / "labels-many.csv", encoding="utf-8-sig", newline="") as table:
            rows = list(csv.DictReader(table))
        self.assertEqual([row["image"] for row in rows], [f"{n:04}.jpg" for n in range(FILES)])
        for n, row in enumerate(rows):
            self.assertEqual(row["answer"], rows[n % DISTINCT % 12]["answer"], "photos of one picture have one answer")
            self.assertEqual((row["labeler"], row["model"], row["prompt"]), ("batch", MODEL, "p1"))

        again = self.project.run(*self.options(*quota)).events[-1]
        self.assertEqual((again["recalled"], again["asked"]), (FILES, 0))
        with StandIn(self.folder, self.project.env) as stand_in:
            jobs = [job for page in pages(Boto3(stand_in.login), "ListModelInvocationJobs") for job in page["invocationJobSummaries"]]
        records = [job["totalRecordCount"] for job in jobs]
        self.assertEqual(records, [DISTINCT], "one job, each photo in it once")
        print(
            f"labelled {FILES} files of {DISTINCT} photos by batch, killed twice ({answered} answered by then): "
            f"{len(jobs)} job, {sum(records)} records; the last run took {time.monotonic() - start:.0f} s"
        )

    def test_fewer_photos_than_a_job_takes_are_refused_before_anything_is_sent(self) -> None:
        self.write_photos(DISTINCT)
        done = self.project.run(*self.options("--yes"), exit_code=2)
        self.assertIn(f"there are {DISTINCT} distinct photos to ask about, and a batch job takes 100 records or more", done.stderr)
        self.assertIn("--labeler converse", done.stderr)
        self.assertEqual(self.batches(), [])
        with StandIn(self.folder, self.project.env) as stand_in:
            boto3 = Boto3(stand_in.login)
            self.assertEqual(boto3.call("bedrock", "ListModelInvocationJobs")["invocationJobSummaries"], [])
            self.assertNotIn(BUCKET, [bucket["Name"] for bucket in boto3.call("s3", "ListBuckets")["Buckets"]])

    def test_a_tuned_model_is_refused_before_anything_is_sent(self) -> None:
        self.write_photos(2 * DISTINCT)
        for kind in ("custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl", "custom-model-deployment/abcdefghijkl"):
            arn = f"arn:aws:bedrock:us-east-1:123456789012:{kind}"
            done = self.project.run(*self.options("--yes", "--model", arn), exit_code=2)
            self.assertIn("a tuned model is not asked in batches", done.stderr)
            self.assertIn("--labeler converse", done.stderr)
        self.assertEqual(self.batches(), [])

    def test_answers_are_fetched_from_where_the_job_wrote_them(self) -> None:
        self.write_photos(2 * DISTINCT)
        created = lambda: any(line["kind"] == "created" for line in self.batches())
        self.kill_when(created, [])
        place = ["--yes", "--s3-prefix", "elsewhere"]
        summary = self.project.run(*self.options(*place)).events[-1]
        self.assertEqual((summary["rows"], summary["asked"]), (FILES, 2 * DISTINCT))
        self.assertEqual([line["kind"] for line in self.batches()], ["planned", "created", "ended"])

    def test_photos_do_not_leave_the_machine_before_somebody_agrees(self) -> None:
        self.write_photos(2 * DISTINCT)
        with StandIn(self.folder, self.project.env) as stand_in:
            elsewhere = self.folder / "elsewhere"
            elsewhere.mkdir()
            (elsewhere / "many").symlink_to(self.folder / "many")
            other = Project(elsewhere, stand_in.login.variables(), backend="aws")
            done = other.run(*self.options(), exit_code=2)
            for part in ("leave this machine", f"s3://{BUCKET}/{PREFIX}", "half of on demand", "give --yes"):
                self.assertIn(part, done.stderr)
            dear = other.run(*self.options("--yes", "--max-cost", "0.0001"), exit_code=2)
            self.assertIn("--max-cost", dear.stderr)
            self.assertEqual(lines(elsewhere / "labels-many.csv.batch.jsonl"), [])
            self.assertEqual(Boto3(stand_in.login).call("bedrock", "ListModelInvocationJobs")["invocationJobSummaries"], [])


if __name__ == "__main__":
    unittest.main()
