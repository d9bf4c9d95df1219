"""nova-ft's `job` commands with `--backend aws` against Bedrock, IAM, STS and S3 by other people: moto, as far as it goes.

moto takes any job and leaves it `InProgress`; the test plays the training. It knows no ListFoundationModels, which is
denied here. Where its answers are none that AWS could give (the checker of shapes finds that), it is mended.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import tempfile
import threading
import time
import unittest
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import unquote

import boto3
import botocore.config
import moto.bedrock.models
from moto.bedrock.responses import BedrockResponse
from moto.core.exceptions import JsonRESTError
from moto.server import ThreadedMotoServer

from exchanges import check_exchange
from project import BUCKET, PREFIX, Project, job_options
from proxy import RecordingProxy

ACCOUNT = "123456789012"  # moto's own
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/nova-ft"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAPEERSOFMOTO00001", "AWS_SECRET_ACCESS_KEY": "a-secret-for-moto"}


class Rfc3339(datetime):
    """moto writes times as `2026-11-25 10:00:00`, which is no timestamp of the model, so no SDK but its own reads them."""

    def strftime(self, _: str) -> str:
        return self.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def mended() -> contextlib.ExitStack:
    """moto with jobs whose ARN is one and can be asked for, whose model has the name that was asked for, and such times."""
    job, backend = moto.bedrock.models.ModelCustomizationJob, moto.bedrock.models.BedrockBackend
    make, get, stop = job.__init__, backend.get_model_customization_job, backend.stop_model_customization_job

    def make_mended(self: Any, *arguments: Any) -> None:
        make(self, *arguments)
        job_id = hashlib.sha256(self.job_name.encode()).hexdigest()[:12]
        self.job_arn = f"{self.job_arn.rpartition('/')[0]}/{self.base_model_identifier}/{job_id}"
        self.output_model_name = self.custom_model_name

    def name_of(self: Any, identifier: str) -> str:
        arns = {job.job_arn: name for name, job in self.model_customization_jobs.items()}
        return arns.get(unquote(identifier), identifier)

    def list_foundation_models(_: Any) -> str:
        denied = JsonRESTError("AccessDeniedException", "User is not authorized to perform bedrock:ListFoundationModels")
        denied.code = 403
        raise denied

    stack = contextlib.ExitStack()
    stack.enter_context(mock.patch.object(BedrockResponse, "list_foundation_models", list_foundation_models, create=True))
    for owner, name, new in [
        (moto.bedrock.models, "datetime", Rfc3339),
        (job, "__init__", make_mended),
        (backend, "get_model_customization_job", lambda self, job_identifier: get(self, name_of(self, job_identifier))),
        (backend, "stop_model_customization_job", lambda self, job_identifier: stop(self, name_of(self, job_identifier))),
    ]:
        stack.enter_context(mock.patch.object(owner, name, new))
    return stack


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class JobsOnMoto(unittest.TestCase):
    def setUp(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # a line for each request, a page for what moto lacks
        self.enterContext(mended())
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        self.addCleanup(server.stop)
        host, port = server.get_host_and_port()
        self.moto = f"http://{host}:{port}"
        # What moto holds belongs to this process, not to the server.
        urllib.request.urlopen(urllib.request.Request(f"{self.moto}/moto-api/reset", method="POST")).close()
        self.proxy = self.enterContext(RecordingProxy(self.moto))
        self.client("s3").create_bucket(Bucket=BUCKET)
        for name, service in {"nova-ft": "bedrock.amazonaws.com", "for-sagemaker": "sagemaker.amazonaws.com"}.items():
            self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))

        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        services = {f"AWS_ENDPOINT_URL_{name}": self.proxy.endpoint for name in ("BEDROCK", "STS", "IAM")}
        env = {"AWS_ENDPOINT_URL_S3": self.moto, "AWS_REGION": "us-east-1", **services, **KEYS}
        self.project = Project(folder, env, backend="aws")
        self.project.write_sample()
        place = ["--s3-bucket", BUCKET, "--s3-prefix", PREFIX, "--account-id", ACCOUNT]
        self.project.run("prepare", "--labels", "labels.csv", "--input-dir", "photos", *place)
        self.project.run("upload", "--yes")

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.moto,
            aws_access_key_id="any",
            aws_secret_access_key="any",
            region_name="us-east-1",
            config=botocore.config.Config(proxies={}),
        )

    def create(self, *more: str, exit_code: int = 0, **changes: str) -> list[dict]:
        options = job_options(**{"role_arn": ROLE_ARN} | changes)
        return self.project.run("job", "create", *options, "--yes", *more, exit_code=exit_code).events

    def jobs(self) -> dict[str, Any]:
        """moto's own record of the jobs."""
        return moto.bedrock.models.bedrock_backends[ACCOUNT]["us-east-1"].model_customization_jobs

    def assert_requests_fit(self) -> set[str]:
        """What was asked, each request as the model says; of moto's answers those of STS and IAM are so too."""
        checked = [check_exchange(exchange) for exchange in self.proxy.take()]
        self.assertEqual([str(fault) for found in checked for fault in found.request_faults], [])
        by_query = [found for found in checked if found.operation and found.operation.api.protocol == "query"]
        self.assertEqual([str(fault) for found in by_query for fault in found.response_faults], [])
        return {found.operation.name for found in checked if found.operation}

    def findings(self, events: list[dict], severity: str) -> str:
        found = [event for event in events if event["event"] == "finding" and event["severity"] == severity]
        return json.dumps(found, ensure_ascii=False)

    def test_a_job_is_created_once_seen_listed_and_stopped(self) -> None:
        created, found = self.create(), self.create()
        self.assertIn("ListFoundationModels", self.findings(created, "warning"), "denied, so not known")
        self.assertEqual([event["action"] for event in (*created, *found) if event["event"] == "job"], ["created", "found"])
        [job] = self.jobs().values()
        self.assertEqual((job.role_arn, job.hyper_parameters["epochCount"]), (ROLE_ARN, "2"))
        self.assertTrue(job.training_data_config["s3Uri"].endswith("/train.jsonl"))
        status = self.project.run("job", "status")
        self.assertIn(job.job_name, status.stdout)
        self.assertIn("InProgress", status.stdout)
        self.assertIn(job.job_name, self.project.run("job", "list").stdout)
        self.assertNotIn(job.job_name, self.project.run("job", "list", "--status", "Completed").stdout)
        self.project.run("job", "stop")
        self.assertEqual(job.status, "Stopped")
        asked = self.assert_requests_fit()
        self.assertLessEqual({"CreateModelCustomizationJob", "GetCallerIdentity", "GetRole", "StopModelCustomizationJob"}, asked)

    def test_a_watch_ends_with_the_job_and_says_how_it_ended(self) -> None:
        for ending, exit_code in {"Completed": 0, "Failed": 1, "Stopped": 1}.items():
            with self.subTest(ending):
                name = f"ends-{ending.lower()}"
                self.create(job_name=name, custom_model_name=name)
                [job] = [job for job in self.jobs().values() if job.custom_model_name == name]
                start = time.monotonic()
                training = threading.Timer(2, setattr, (job, "status", ending))
                training.start()
                watched = self.project.run("job", "watch", "--interval", "1", exit_code=exit_code)
                training.join()
                self.assertGreaterEqual(time.monotonic() - start, 2, "it waited")
                self.assertIn(ending, watched.stdout)
        self.assert_requests_fit()

    def test_the_preflight_asks_moto_and_stops_what_aws_would_refuse(self) -> None:
        for what, changes in {
            "trust": {"role_arn": ROLE_ARN.replace("nova-ft", "for-sagemaker")},
            "no such role": {"role_arn": ROLE_ARN.replace("nova-ft", "gone")},
            "account": {"role_arn": "arn:aws:iam::999999999999:role/nova-ft"},
            "no such file": {"training_data_s3_uri": f"s3://{BUCKET}/{PREFIX}/never.jsonl"},
            "no such bucket": {"output_s3_uri": "s3://nobodys-bucket-of-peers/out"},
        }.items():
            with self.subTest(what):
                events = self.create(exit_code=1, **changes)
                self.assertIn("JOB", self.findings(events, "error"))
        photo = self.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"{PREFIX}/images/")["Contents"][0]["Key"]
        self.client("s3").delete_object(Bucket=BUCKET, Key=photo)
        self.assertIn(photo, self.findings(self.create(exit_code=1), "error"))
        self.assertEqual(self.jobs(), {})
        self.assert_requests_fit()

    def test_without_preflight_moto_takes_any_role(self) -> None:
        self.create("--skip-preflight", role_arn=ROLE_ARN.replace("nova-ft", "gone"))
        self.assertEqual(len(self.jobs()), 1)
        self.assertNotIn("GetRole", self.assert_requests_fit())


if __name__ == "__main__":
    unittest.main()
