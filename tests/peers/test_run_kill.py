"""kill -9 at ten moments of `nova-ft run`: the next run ends like a quiet one, with one job, no second object, no deployment."""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from amazon import Boto3
from program import StandIn
from project import BUCKET, Project, photos_project, run_options

SEED = 20251126
STAGES = 8
RUN = ["run", *run_options()]


class KilledRuns(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        # Photos, labels and their readings. Each test goes on from a copy of it.
        cls.photos = photos_project(cls.folder / "photos")

        quiet = cls.photos.copy(cls.folder / "quiet")
        process = quiet.start(*RUN)
        cls.lengths_s = [cls.wait_past(quiet, stage, process) for stage in range(STAGES + 1)]
        cls.result = cls.result_of(quiet, quiet.run(*RUN).events[-1])

    @classmethod
    def result_of(cls, project: Project, summary: dict) -> dict:
        """What a run comes to: figures, the bytes of every object, what there is besides; names without the job's id."""
        with StandIn(project.folder, project.env) as stand_in:
            client = Boto3(stand_in.login)
            jobs = client.call("bedrock", "ListModelCustomizationJobs")["modelCustomizationJobSummaries"]
            assert [job["status"] for job in jobs] == ["Completed"], jobs
            models = client.call("bedrock", "ListCustomModels")["modelSummaries"]
            assert [model["modelArn"] for model in models] == [jobs[0]["customModelArn"]], models
            deployments = client.call("bedrock", "ListCustomModelDeployments")["modelDeploymentSummaries"]
            assert deployments == [], deployments
            job_id = jobs[0]["jobArn"].rpartition("/")[2]
            objects = {
                item["Key"].replace(job_id, "ID"): client.call("s3", "GetObject", Bucket=BUCKET, Key=item["Key"])["Body"].read()
                for item in client.call("s3", "ListObjectsV2", Bucket=BUCKET)["Contents"]
            }
        assert not (project.folder / "output" / "deployment.json").exists()
        page = (project.folder / summary["report"]).read_text(encoding="utf-8")
        assert page.rstrip().endswith("</html>"), page[-100:]
        figures = {key: summary[key] for key in ("base", "tuned", "verdict", "exit_code")}
        answers = [json.loads(line) for line in (project.folder / "output" / "answers.jsonl").read_text().splitlines()]
        return {"figures": figures, "objects": objects, "answers": len(answers)}

    @classmethod
    def wait_past(cls, project: Project, stage: int, process: subprocess.Popen) -> float:
        """Waits while a run is in a stage, 0 before the first; how long that was, in seconds."""
        log = project.folder / "output" / "logs" / "run.log"
        start = time.monotonic()
        while process.poll() is None:
            begun = log.read_text(encoding="utf-8").count(f"/{STAGES}] ") if log.exists() else 0
            if begun > stage:
                break
            time.sleep(0.005)
        return time.monotonic() - start

    def moments(self) -> list[tuple[int, float]]:
        """A moment in each stage, one before the first and one more anywhere, drawn from the seed: the stage, and the time in it."""
        drawn = random.Random(SEED)
        stages = [*range(STAGES + 1), drawn.randrange(STAGES + 1)]
        return [(stage, 0.8 * self.lengths_s[stage] * drawn.random()) for stage in stages]

    def test_a_run_that_was_killed_ends_like_a_quiet_one(self) -> None:
        killed = []
        for n, (stage, delay_s) in enumerate(self.moments()):
            with self.subTest(f"killed {delay_s:.3f} of {self.lengths_s[stage]:.3f} s into stage {stage}"):
                project = self.photos.copy(self.folder / f"run-{n}")
                process = project.start(*RUN)
                if stage > 0:
                    self.wait_past(project, stage - 1, process)
                time.sleep(delay_s)
                if process.poll() is None:
                    killed.append(stage)
                process.kill()
                process.wait()
                done = project.run(*RUN)
                result = self.result_of(project, done.events[-1])
                self.assertEqual(result["figures"], self.result["figures"])
                self.assertEqual(sorted(result["objects"]), sorted(self.result["objects"]))
                self.assertEqual(result["objects"], self.result["objects"])
                self.assertEqual(result["answers"], self.result["answers"], "something was asked twice, or not at all")
        print(f"\nkilled {len(killed)} of {STAGES + 2} runs, in the stages {killed}")
        self.assertGreaterEqual(len(killed), 8, "the runs were over before they were killed")
        self.assertGreaterEqual(len(set(killed)), 6, "the runs were killed in a few stages only")


if __name__ == "__main__":
    unittest.main()
