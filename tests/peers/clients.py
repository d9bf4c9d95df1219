"""Three S3 clients by three teams, each behind the same few calls. What a server refuses they raise as `Refused`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import boto3
import botocore.config
import botocore.exceptions

from program import Login, environment

# Above this a file goes in parts; S3 wants parts of 5 MiB at least.
PART_MIB = 5
PART_BYTES = PART_MIB * 1024 * 1024


class Refused(Exception):
    """A request that the server answered with an error; the text has what the client says of it."""


class Boto3:
    """boto3, by Amazon: CRC checksums in trailers."""

    def __init__(self, login: Login, _folder: Path) -> None:
        self.s3 = boto3.client(
            "s3",
            endpoint_url=login.endpoint,
            aws_access_key_id=login.access_key_id,
            aws_secret_access_key=login.secret_access_key,
            region_name=login.region,
            config=botocore.config.Config(retries={"max_attempts": 0}, max_pool_connections=16, proxies={}),
        )
        self.parts = boto3.s3.transfer.TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES)

    def make_bucket(self, bucket: str) -> None:
        self.call("create_bucket", Bucket=bucket)

    def put(self, path: Path, bucket: str, key: str) -> None:
        try:
            self.s3.upload_file(str(path), bucket, key, Config=self.parts)
        except boto3.exceptions.S3UploadFailedError as error:
            raise Refused(str(error)) from error

    def get(self, bucket: str, key: str, path: Path) -> None:
        path.write_bytes(self.call("get_object", Bucket=bucket, Key=key, ChecksumMode="ENABLED")["Body"].read())

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        try:
            return [item["Key"] for page in pages for item in page.get("Contents", [])]
        except botocore.exceptions.ClientError as error:
            raise refused(error) from error

    def size_bytes(self, bucket: str, key: str) -> int:
        return self.call("head_object", Bucket=bucket, Key=key)["ContentLength"]

    def copy(self, bucket: str, source: str, target: str) -> None:
        self.call("copy_object", Bucket=bucket, Key=target, CopySource={"Bucket": bucket, "Key": source})

    def delete(self, bucket: str, key: str) -> None:
        self.call("delete_object", Bucket=bucket, Key=key)

    def call(self, operation: str, **arguments: object) -> dict:
        try:
            return getattr(self.s3, operation)(**arguments)
        except botocore.exceptions.ClientError as error:
            raise refused(error) from error


def refused(error: botocore.exceptions.ClientError) -> Refused:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return Refused(f"{status} {error.response['Error']['Code']}: {error}")


class Program:
    """A client that is a program; it is found beside this Python."""

    name: str
    options: list[str]

    def __init__(self, login: Login, folder: Path) -> None:
        self.folder = folder
        self.env = environment(folder, **login.variables(), **self.variables(login))

    def variables(self, login: Login) -> dict[str, str]:
        return {}

    def run(self, *arguments: str | Path) -> str:
        program = Path(sys.executable).parent / self.name
        command = [program, *self.options, *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode != 0:
            raise Refused(f"{done.stdout}{done.stderr}".strip())
        return done.stdout


class AwsCli(Program):
    """The AWS CLI, by Amazon: parts and listings by s3transfer, single calls by `s3api`."""

    name = "aws"
    options = ["--output", "json"]

    def __init__(self, login: Login, folder: Path) -> None:
        super().__init__(login, folder)
        config = folder / "aws-config"
        config.write_text(f"[default]\ns3 =\n  multipart_threshold = {PART_MIB}MB\n  multipart_chunksize = {PART_MIB}MB\n")
        self.env |= {"AWS_CONFIG_FILE": str(config), "AWS_MAX_ATTEMPTS": "1"}

    def make_bucket(self, bucket: str) -> None:
        self.run("s3api", "create-bucket", "--bucket", bucket)

    def put(self, path: Path, bucket: str, key: str) -> None:
        self.run("s3", "cp", "--only-show-errors", path, f"s3://{bucket}/{key}")

    def get(self, bucket: str, key: str, path: Path) -> None:
        self.run("s3", "cp", "--only-show-errors", f"s3://{bucket}/{key}", path)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        answer = self.run("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", prefix)
        return [item["Key"] for item in json.loads(answer or "{}").get("Contents", [])]

    def size_bytes(self, bucket: str, key: str) -> int:
        return json.loads(self.run("s3api", "head-object", "--bucket", bucket, "--key", key))["ContentLength"]

    def copy(self, bucket: str, source: str, target: str) -> None:
        self.run("s3", "cp", "--only-show-errors", f"s3://{bucket}/{source}", f"s3://{bucket}/{target}")

    def delete(self, bucket: str, key: str) -> None:
        self.run("s3", "rm", "--only-show-errors", f"s3://{bucket}/{key}")


class S5cmd(Program):
    """s5cmd, by Peak Games, on the AWS SDK for Go: MD5 sums, and downloads in ranges."""

    name = "s5cmd"
    options = ["--retry-count", "0", "--json"]

    def variables(self, login: Login) -> dict[str, str]:
        return {"S3_ENDPOINT_URL": login.endpoint}

    def make_bucket(self, bucket: str) -> None:
        self.run("mb", f"s3://{bucket}")

    def put(self, path: Path, bucket: str, key: str) -> None:
        self.run("cp", "--part-size", str(PART_MIB), path, f"s3://{bucket}/{key}")

    def get(self, bucket: str, key: str, path: Path) -> None:
        self.run("cp", "--raw", "--part-size", str(PART_MIB), f"s3://{bucket}/{key}", path)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        answer = self.run("ls", f"s3://{bucket}/{prefix}*")
        start = len(f"s3://{bucket}/")
        return [json.loads(line)["key"][start:] for line in answer.splitlines()]

    def size_bytes(self, bucket: str, key: str) -> int:
        return json.loads(self.run("head", f"s3://{bucket}/{key}"))["size"]

    def copy(self, bucket: str, source: str, target: str) -> None:
        self.run("cp", "--raw", f"s3://{bucket}/{source}", f"s3://{bucket}/{target}")

    def delete(self, bucket: str, key: str) -> None:
        self.run("rm", "--raw", f"s3://{bucket}/{key}")
