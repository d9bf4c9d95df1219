"""Amazon's two clients of Bedrock behind one call: the operation's name and its parameters go in, its answer comes out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import boto3
import botocore.config
import botocore.exceptions
from botocore import xform_name

from program import Login, environment

WAIT_DEADLINE_S = 180


class Refusal(Exception):
    """An error that the server answered with."""

    def __init__(self, code: str, message: str, status: int | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.headers = code, message, status, headers or {}


class Client(Protocol):
    """An operation by its name in the API reference."""

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]: ...


class Boto3:
    """boto3, which shows all of an answer."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self.clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service,
                endpoint_url=self.login.endpoint if service == "s3" else self.login.bedrock_endpoint,
                aws_access_key_id=self.login.access_key_id,
                aws_secret_access_key=self.login.secret_access_key,
                region_name=self.login.region,
                config=botocore.config.Config(
                    retries={"max_attempts": 0}, read_timeout=WAIT_DEADLINE_S, proxies={}, parameter_validation=False
                ),
            )
        return self.clients[service]

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            return getattr(self.client(service), xform_name(operation))(**parameters)
        except botocore.exceptions.ClientError as error:
            said, answer = error.response["Error"], error.response["ResponseMetadata"]
            raise Refusal(said["Code"], said["Message"], answer["HTTPStatusCode"], answer["HTTPHeaders"]) from error


class AwsCli:
    """The AWS CLI; what it is given as JSON it sends."""

    REFUSED = re.compile(r"An error occurred \((\w+)\) when calling the (\w+) operation: (.*)", re.DOTALL)

    def __init__(self, login: Login, folder: Path) -> None:
        self.folder = folder
        self.env = environment(folder, **login.variables(), AWS_MAX_ATTEMPTS="1")

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        program = Path(sys.executable).parent / "aws"
        arguments = ["--output", "json", service, xform_name(operation, "-"), "--cli-input-json", json.dumps(parameters)]
        done = subprocess.run(
            [program, *arguments], cwd=self.folder, env=self.env, capture_output=True, text=True, encoding="utf-8", check=False,
        )
        if done.returncode == 0:
            return json.loads(done.stdout or "{}")
        if found := self.REFUSED.search(done.stderr):
            raise Refusal(found[1], found[3].strip())
        raise RuntimeError(f"aws {' '.join(arguments)}: {done.stdout}{done.stderr}")


def wait_for(what: str, ask: Callable[[], dict[str, Any]], waiting: tuple[str, ...], every_s: float = 0.3) -> dict[str, Any]:
    """Asks until the status is none of those that pass by themselves."""
    end = time.monotonic() + WAIT_DEADLINE_S
    while (answer := ask())["status"] in waiting:
        if time.monotonic() > end:
            raise AssertionError(f"{what} is still {answer['status']}: {answer}")
        time.sleep(every_s)
    return answer


def wait_for_job(client: Client, job: str, every_s: float = 0.3) -> dict[str, Any]:
    ask = lambda: client.call("bedrock", "GetModelCustomizationJob", jobIdentifier=job)
    return wait_for(job, ask, ("InProgress", "Stopping"), every_s)


def wait_for_batch(client: Client, job: str, every_s: float = 0.3) -> dict[str, Any]:
    ask = lambda: client.call("bedrock", "GetModelInvocationJob", jobIdentifier=job)
    return wait_for(job, ask, ("Submitted", "Validating", "Scheduled", "InProgress", "Stopping"), every_s)


def wait_for_deployment(client: Client, deployment: str, every_s: float = 0.3) -> dict[str, Any]:
    ask = lambda: client.call("bedrock", "GetCustomModelDeployment", customModelDeploymentIdentifier=deployment)
    return wait_for(deployment, ask, ("Creating",), every_s)


def pages(client: Client, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """Page after page of a listing."""
    answer = client.call("bedrock", operation, **parameters)
    while True:
        yield answer
        if not answer.get("nextToken"):
            return
        answer = client.call("bedrock", operation, **parameters, nextToken=answer["nextToken"])
