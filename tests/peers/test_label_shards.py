"""Photos labelled in shards, several processes at once, by way of the stand-in's S3; the parts as Python reads them; kill -9."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from amazon import Boto3
from program import StandIn
from project import BUCKET, PHOTOS, Project, give_readings

SHARDS = 5
PARTS = f"s3://{BUCKET}/labels/first/"
DEADLINE_S = 240


class LabelShards(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.project = Project(cls.folder)
        cls.project.write_sample()
        give_readings(cls.project)
        # A photo that is none: it has no row, and its part says why.
        (cls.folder / "photos" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not really")
        cls.project.run("label", "--input-dir", "photos", "--output-file", "whole.csv", exit_code=1)

    def shard(self, index: int, parts: str = PARTS) -> list[str]:
        return ["label", "--shard", f"{index}/{SHARDS}", "--input-dir", "photos", "--parts", parts]

    def test_shards_side_by_side_come_to_the_table_of_one_run(self) -> None:
        shards = [self.project.start(*self.shard(index)) for index in range(1, SHARDS)]
        self.assertEqual([process.wait(DEADLINE_S) for process in shards], [0] * (SHARDS - 1))
        merge = ["label", "--merge", "--parts", PARTS, "--output-file", "merged.csv"]
        refused = self.project.run(*merge, exit_code=2)
        self.assertIn(f"1 part of {SHARDS} missing: {SHARDS}/{SHARDS}", refused.said)
        self.assertFalse((self.folder / "merged.csv").exists())

        auto = Project(self.folder, {"AWS_BATCH_JOB_ARRAY_INDEX": str(SHARDS - 1), "AWS_BATCH_JOB_ARRAY_SIZE": str(SHARDS)})
        summary = auto.run("label", "--shard", "auto", "--input-dir", "photos", "--parts", PARTS).events[-1]
        self.assertEqual(summary["shard"], f"{SHARDS}/{SHARDS}")
        summary = self.project.run(*merge, exit_code=1).events[-1]
        self.assertEqual((summary["photos"], summary["rows"]), (PHOTOS + 1, PHOTOS))
        self.assertEqual((self.folder / "merged.csv").read_bytes(), (self.folder / "whole.csv").read_bytes())

        before = self.objects()
        self.assertEqual(len(before), SHARDS)
        self.project.run(*self.shard(2))
        self.assertEqual(self.objects(), before, "a shard that is run again writes the same object")
        self.check_parts(before)

    def objects(self) -> dict[str, bytes]:
        with StandIn(self.folder, self.project.env) as stand_in:
            client = Boto3(stand_in.login)
            listed = client.call("s3", "ListObjectsV2", Bucket=BUCKET, Prefix="labels/")["Contents"]
            return {one["Key"]: client.call("s3", "GetObject", Bucket=BUCKET, Key=one["Key"])["Body"].read() for one in listed}

    def check_parts(self, objects: dict[str, bytes]) -> None:
        """The parts as the documentation describes them, read by another program."""
        rows = []
        for index, (key, body) in enumerate(sorted(objects.items()), 1):
            self.assertTrue(key.endswith(f"/part-{index:05}-of-{SHARDS:05}.jsonl"), key)
            header, *lines, footer = [json.loads(line) for line in body.splitlines()]
            above = body[: body.rindex(b"\n", 0, -1) + 1]
            self.assertEqual(footer, {"file_sha256": hashlib.sha256(above).hexdigest()})
            known = {name: header[name] for name in ("label_part_format", "shard", "folder_images", "rows")}
            self.assertEqual(known, {"label_part_format": 3, "shard": f"{index}/{SHARDS}", "folder_images": PHOTOS + 1, "rows": len(lines)})
            rows += lines
        rows.sort(key=lambda row: row["image"])
        self.assertEqual(len(rows), PHOTOS + 1)
        self.assertEqual([(row["image"], row["reading"]) for row in rows if row["failed"] is not None], [("broken.jpg", None)])
        read = [row for row in rows if row["failed"] is None]
        for row in read:
            photo = (self.folder / "photos" / row["image"]).read_bytes()
            self.assertEqual((row["size_bytes"], row["sha256"]), (len(photo), hashlib.sha256(photo).hexdigest()))
        with (self.folder / "whole.csv").open(encoding="utf-8", newline="") as file:
            labels = sorted(csv.DictReader(file), key=lambda row: row["image"])
        self.assertEqual([row["image"] for row in read], [row["image"] for row in labels])
        invoices = [row["reading"]["invoice"] for row in read]
        self.assertEqual([invoice["seller_id"]["value"] for invoice in invoices], [row["seller_id"] for row in labels])

    def test_a_shard_that_was_killed_goes_on_and_reads_nothing_twice(self) -> None:
        # No page is known here: each photo takes its time.
        state, parts = self.folder / "unread", self.folder / "parts"
        options = ["--state-dir", str(state), *self.shard(1, "parts"), "--concurrency", "1"]
        name = f"part-00001-of-{SHARDS:05}.jsonl"
        journal = parts / f"part-00001-of-{SHARDS:05}.journal.jsonl"

        def readings() -> list[str]:
            text = journal.read_text(encoding="utf-8") if journal.exists() else ""
            return [json.loads(line)["sha256"] for line in text.splitlines(keepends=True) if line.endswith("\n")]

        process = self.project.start(*options)
        self.assertTrue(self.wait_for(lambda: len(readings()) >= 1, process), "nothing was read")
        process.kill()
        process.wait()
        read = readings()
        self.assertFalse((parts / name).exists(), "there is no half part")
        summary = self.project.run(*options).events[-1]
        self.assertEqual(summary["recalled"], len(read))
        self.assertEqual(len(readings()), len(set(readings())), "nothing was read twice")
        whole = (parts / name).read_bytes()
        quiet = self.project.run(*self.shard(1, "quiet"))
        self.assertEqual(quiet.events[-1]["recalled"], 0)
        self.assertEqual((self.folder / "quiet" / name).read_bytes(), whole)

    def wait_for(self, condition, process: subprocess.Popen) -> bool:
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end and process.poll() is None:
            if condition():
                return True
            time.sleep(0.005)
        return condition()
