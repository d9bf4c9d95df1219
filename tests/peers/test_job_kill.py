"""kill -9 while a job is created and while it is watched: in the end one job, completed, with the metrics of a quiet run."""

from __future__ import annotations

import json
import random
import tempfile
import time
import unittest
from pathlib import Path

from amazon import Boto3
from program import StandIn
from project import BUCKET, PREFIX, Project, job_options, uploaded_project

SEED = 20251125
MOMENTS = 5  # of each command
READING_S = 3  # a photo takes longer on most machines
CREATE = ["job", "create", *job_options()]
WATCH = ["job", "watch", "--interval", "1"]


class KilledJobs(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        # A project whose data set is in the stand-in's bucket. Each test goes on from a copy of it.
        cls.uploaded = uploaded_project(cls.folder / "uploaded")

        quiet = cls.uploaded.copy(cls.folder / "quiet")
        start = time.monotonic()
        quiet.run(*CREATE)
        created = time.monotonic()
        quiet.run(*WATCH)
        cls.create_s = created - start
        cls.metrics = cls.finished(quiet)

    @classmethod
    def finished(cls, project: Project) -> dict[str, bytes]:
        """The metrics files of the one job that must be there, completed; names without the job's id."""
        with StandIn(project.folder, project.env) as stand_in:
            client = Boto3(stand_in.login)
            jobs = client.call("bedrock", "ListModelCustomizationJobs")["modelCustomizationJobSummaries"]
            assert [job["status"] for job in jobs] == ["Completed"], jobs
            models = client.call("bedrock", "ListCustomModels")["modelSummaries"]
            assert [model["modelArn"] for model in models] == [jobs[0]["customModelArn"]], models
            found = client.call("s3", "ListObjectsV2", Bucket=BUCKET, Prefix=f"{PREFIX}/output/")["Contents"]
            job_id = jobs[0]["jobArn"].rpartition("/")[2]
            files = {
                item["Key"].replace(job_id, "ID"): client.call("s3", "GetObject", Bucket=BUCKET, Key=item["Key"])["Body"].read()
                for item in found
                if item["Key"].endswith(".csv")
            }
        assert len(files) == 2, sorted(files)
        return files

    def is_under_way(self, project: Project) -> bool:
        """Whether the one job, as a killed process left it, has begun and is not over."""
        [file] = (project.folder / ".nova-ft" / "bedrock" / "jobs").glob("*.json")
        return json.loads(file.read_text())["status"] == "InProgress"

    def moments(self, command: str, length_s: float) -> list[float]:
        """Moments spread over a quiet run's length and a little more, drawn from the seed: one in each part of it."""
        drawn = random.Random(f"{SEED} {command}")
        return [1.2 * length_s * (n + drawn.random()) / MOMENTS for n in range(MOMENTS)]

    def test_a_job_create_that_was_killed_is_created_once(self) -> None:
        killed = 0
        for n, delay_s in enumerate(self.moments("create", self.create_s)):
            with self.subTest(f"killed after {delay_s:.3f} s"):
                project = self.uploaded.copy(self.folder / f"create-{n}")
                killed += project.kill(delay_s, *CREATE)
                project.run(*CREATE)
                project.run(*WATCH)
                self.assertEqual(self.finished(project), self.metrics)
        self.assertGreaterEqual(killed, MOMENTS // 2, "the commands were over before they were killed")

    def test_a_job_watch_that_was_killed_goes_on_where_it_was(self) -> None:
        under_way = 0
        for n, delay_s in enumerate(self.moments("watch", READING_S)):
            with self.subTest(f"killed after {delay_s:.3f} s"):
                project = self.uploaded.copy(self.folder / f"watch-{n}")
                project.forget_a_reading()
                project.run(*CREATE)
                killed = project.kill(delay_s, *WATCH)
                under_way += killed and self.is_under_way(project)
                project.run(*WATCH)
                self.assertEqual(self.finished(project), self.metrics)
        self.assertGreaterEqual(under_way, MOMENTS // 2, "the jobs were over before they were killed")


if __name__ == "__main__":
    unittest.main()
