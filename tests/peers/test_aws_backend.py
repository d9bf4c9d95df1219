"""`nova-ft --backend aws` against an S3 server by other people: moto. Its keys are canaries that must never be said."""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import boto3
import botocore.config
from moto.server import ThreadedMotoServer

from program import REPO, environment, program

BUCKET, PREFIX = "peers-of-nova-ft", "invoices/first"
CANARIES = {
    "AWS_ACCESS_KEY_ID": "AKIACANARYPEERS00001",
    "AWS_SECRET_ACCESS_KEY": "canary-secret-of-the-peers-0002",
    "AWS_SESSION_TOKEN": "canary-token-of-the-peers-0003",
}


class UploadToMoto(unittest.TestCase):
    def setUp(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        self.addCleanup(server.stop)
        host, port = server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        self.s3 = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id="any",
            aws_secret_access_key="any",
            region_name="us-east-1",
            config=botocore.config.Config(proxies={}),
        )
        self.said: list[str] = []
        # The sample under a project of its own, so that a photo can be changed.
        shutil.copytree(REPO / "data" / "images", self.folder / "photos")
        shutil.copy(REPO / "data" / "invoice_sellers.csv", self.folder / "labels.csv")

    def run_program(self, *arguments: str, exit_code: int = 0) -> list[dict]:
        """Runs the program with the canaries; returns its events."""
        env = environment(self.folder, AWS_ENDPOINT_URL=self.endpoint, AWS_REGION="us-east-1", **CANARIES)
        command = [program(), "--backend", "aws", "--json", "--verbose", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, encoding="utf-8", check=False)
        self.said += [done.stdout, done.stderr]
        self.assertEqual(done.returncode, exit_code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def prepare(self) -> None:
        place = ["--s3-bucket", BUCKET, "--s3-prefix", PREFIX, "--account-id", "123456789012"]
        self.run_program("prepare", "--labels", "labels.csv", "--input-dir", "photos", *place)

    def upload(self) -> tuple[int, int]:
        """Objects sent and objects skipped."""
        summary = self.run_program("upload", "--yes")[-1]
        return summary["put"], summary["skip"]

    def stored(self) -> dict[str, str]:
        """What moto holds: the sha256 of each object by its key."""
        found = {}
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            for item in page.get("Contents", []):
                body = self.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
                found[item["Key"]] = hashlib.sha256(body).hexdigest()
        return found

    def expected(self) -> dict[str, str]:
        """What must be there: each photo that a label names, and the records."""
        with open(self.folder / "labels.csv", encoding="utf-8-sig", newline="") as table:
            names = {row["image"] for row in csv.DictReader(table)}
        files = {f"images/{name}": self.folder / "photos" / name for name in names}
        files |= {name: self.folder / "output" / "dataset" / name for name in ("train.jsonl", "validation.jsonl")}
        return {f"{PREFIX}/{key}": hashlib.sha256(path.read_bytes()).hexdigest() for key, path in files.items()}

    def test_a_data_set_arrives_byte_for_byte_and_only_what_differs_is_sent_again(self) -> None:
        self.s3.create_bucket(Bucket=BUCKET)
        self.prepare()
        everything = self.expected()
        self.run_program("upload", exit_code=2)
        self.assertEqual(self.stored(), {}, "nobody said yes")

        self.assertEqual(self.upload(), (len(everything), 0))
        self.assertEqual(self.stored(), everything)

        self.assertEqual(self.upload(), (0, len(everything)))

        # A comment after the first marker: the same picture, another file.
        photo = min((self.folder / "photos").iterdir())
        jpeg = photo.read_bytes()
        photo.write_bytes(jpeg[:2] + b"\xff\xfe\x00\x09changed" + jpeg[2:])
        self.prepare()
        self.assertEqual(self.upload(), (1, len(everything) - 1))
        self.assertEqual(self.stored(), self.expected())
        self.assertNotEqual(self.stored(), everything)

        # A photo that somebody else replaced, and one that somebody deleted.
        names = sorted(key for key in everything if "/images/" in key)
        self.s3.put_object(Bucket=BUCKET, Key=names[0], Body=b"not the photo")
        self.s3.delete_object(Bucket=BUCKET, Key=names[1])
        self.assertEqual(self.upload(), (2, len(everything) - 2))
        self.assertEqual(self.stored(), self.expected())
        self.assert_no_canary()

    def test_a_bucket_that_is_not_there_ends_the_upload_and_is_not_created(self) -> None:
        self.prepare()
        self.run_program("upload", "--yes", exit_code=2)
        self.assertIn(BUCKET, self.said[-1])
        self.assertEqual(self.s3.list_buckets()["Buckets"], [])
        self.assert_no_canary()

    def assert_no_canary(self) -> None:
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        self.assertTrue(any(path.suffix == ".log" for path in files))
        everywhere = "\n".join([*self.said, *(path.read_bytes().decode("utf-8", "replace") for path in files)])
        for name, canary in CANARIES.items():
            self.assertNotIn(canary, everywhere, f"{name} was said")


if __name__ == "__main__":
    unittest.main()
