"""A session over a recording proxy: all that nova-ft sends and all that its stand-in answers, against botocore's shapes."""

from __future__ import annotations

import http.client
import json
import tempfile
import unittest
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from amazon import Boto3, Refusal, wait_for, wait_for_batch, wait_for_deployment, wait_for_job
from exchanges import Checked, Exchange, check_exchange
from program import StandIn
from project import ACCOUNT, BASE_MODEL, BUCKET, PREFIX, ROLE_ARN, Project, give_readings, job_options, s3_uri
from proxy import RecordingProxy

INFERENCE_MODEL = "us.amazon.nova-lite-v1:0"
FOUNDATION_MODEL = f"arn:aws:bedrock:us-east-1::foundation-model/{BASE_MODEL}"
# What nova-ft's own `job` commands ask for, and what only other clients ask for as yet.
BY_NOVA_FT = {
    "CreateModelCustomizationJob",
    "GetCallerIdentity",
    "GetModelCustomizationJob",
    "GetRole",
    "ListFoundationModels",
    "ListModelCustomizationJobs",
    "StopModelCustomizationJob",
}
EVERY_OPERATION = BY_NOVA_FT | {
    "Converse",
    "CreateCustomModelDeployment",
    "CreateModelInvocationJob",
    "DeleteCustomModel",
    "DeleteCustomModelDeployment",
    "GetCustomModel",
    "GetCustomModelDeployment",
    "GetFoundationModel",
    "GetModelInvocationJob",
    "InvokeModel",
    "ListCustomModelDeployments",
    "ListCustomModels",
    "ListModelInvocationJobs",
    "ListTagsForResource",
    "StopModelInvocationJob",
    "TagResource",
    "UntagResource",
    "UpdateCustomModelDeployment",
}
ROLES = {"gone": None, "stranger": {"Version": "2012-10-17", "Statement": []}}
NOBODY = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:custom-model/{BASE_MODEL}/000000000000"
NO_JOB = NOBODY.replace("custom-model", "model-customization-job")
NO_BATCH = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:model-invocation-job/000000000000"
NO_DEPLOYMENT = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:custom-model-deployment/000000000000"


def setUpModule() -> None:
    global PHOTO, PROJECT, PROXY, BOTO3, UNSEEN, LOGIN
    folder = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    local = Project(folder)
    local.write_sample()
    give_readings(local)
    (local.state_dir / "roles.json").write_text(json.dumps(ROLES), encoding="utf-8")
    stand_in = unittest.enterModuleContext(StandIn(folder, local.env))
    PROXY = unittest.enterModuleContext(RecordingProxy(stand_in.login.bedrock_endpoint))
    LOGIN = replace(stand_in.login, bedrock_endpoint=PROXY.endpoint)
    local.prepare()
    local.run("upload")
    PHOTO = min((folder / "photos").iterdir())
    # To nova-ft the stand-in behind the proxy is somebody else's server. It has no data set here: `aws` does not take
    # one whose records name the stand-in's account.
    (folder / "elsewhere").mkdir()
    PROJECT = Project(folder / "elsewhere", LOGIN.variables(), backend="aws")
    BOTO3 = Boto3(LOGIN)
    # Not through the proxy: what it asks for is not taken for a request of nova-ft.
    UNSEEN = Boto3(stand_in.login)


def job(name: str, **changes: Any) -> dict[str, Any]:
    request = {
        "jobName": name,
        "customModelName": name,
        "roleArn": ROLE_ARN,
        "baseModelIdentifier": FOUNDATION_MODEL,
        "trainingDataConfig": {"s3Uri": s3_uri("train.jsonl")},
        "outputDataConfig": {"s3Uri": s3_uri("output/")},
        "hyperParameters": {"epochCount": "1", "learningRate": "1e-5"},
        "customizationType": "FINE_TUNING",
    }
    return request | changes


def batch(name: str, **changes: Any) -> dict[str, Any]:
    request = {
        "jobName": name,
        "roleArn": ROLE_ARN,
        "modelId": INFERENCE_MODEL,
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": s3_uri("batch/in/")}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": s3_uri("batch/out/")}},
    }
    return request | changes


@dataclass(frozen=True)
class Refused:
    """A call that must be refused, and with what. `fits` is false where the request itself is not as the model says."""

    service: str
    operation: str
    parameters: dict[str, Any]
    code: str
    status: int
    fits: bool = True


def bedrock(operation: str, code: str, status: int = 400, fits: bool = True, **parameters: Any) -> Refused:
    return Refused("bedrock", operation, parameters, code, status, fits)


def runtime(operation: str, code: str, status: int = 400, fits: bool = True, **parameters: Any) -> Refused:
    return Refused("bedrock-runtime", operation, parameters, code, status, fits)


def turns(*blocks: dict[str, Any], role: str = "user") -> list[dict[str, Any]]:
    return [{"role": role, "content": list(blocks)}]


def refused_calls(model: str) -> Iterator[Refused]:
    """For each operation what is not there, what is malformed, and what is not allowed. `model` has a deployment."""
    invalid, missing, conflict = "ValidationException", "ResourceNotFoundException", "ConflictException"
    create = "CreateModelCustomizationJob"
    yield bedrock(create, invalid, fits=False, **job("under_score"))
    yield bedrock(create, invalid, fits=False, **job("x", customModelName="two--dashes"))
    yield bedrock(create, invalid, fits=False, **job("x", customizationType="FULL"))
    yield bedrock(create, invalid, fits=False, **job("x", jobTags=[{"key": "k", "value": "发票"}]))
    yield bedrock(create, invalid, fits=False, **{name: value for name, value in job("x").items() if name != "roleArn"})
    yield bedrock(create, invalid, **job("x", baseModelIdentifier=INFERENCE_MODEL))
    yield bedrock(create, invalid, **job("x", hyperParameters={"epochCount": "6"}))
    yield bedrock(create, invalid, **job("x", hyperParameters={"epochs": "2"}))
    yield bedrock(create, invalid, **job("x", hyperParameters={"learningRate": "fast"}))
    yield bedrock(create, invalid, **job("x", hyperParameters={"learningRateWarmupSteps": "101"}))
    yield bedrock(create, invalid, **job("x", roleArn=f"arn:aws:iam::{ACCOUNT}:role/stranger"))
    yield bedrock(create, invalid, **job("x", trainingDataConfig={"s3Uri": s3_uri("images")}))
    yield bedrock(create, invalid, **job("x", trainingDataConfig={"s3Uri": s3_uri("none.jsonl")}))
    yield bedrock(create, invalid, **job("x", outputDataConfig={"s3Uri": "s3://nobodys-bucket-of-peers/out"}))
    yield bedrock(create, "AccessDeniedException", 403, **job("x", roleArn="arn:aws:iam::999999999999:role/nova-ft"))
    yield bedrock(create, conflict, **job("session"))
    yield bedrock(create, "TooManyTagsException", **job("x", jobTags=[{"key": f"k{n}", "value": ""} for n in range(51)]))
    for operation in ("GetModelCustomizationJob", "StopModelCustomizationJob"):
        yield bedrock(operation, missing, 404, jobIdentifier="never")
        yield bedrock(operation, missing, 404, jobIdentifier=NO_JOB)
        yield bedrock(operation, invalid, fits=False, jobIdentifier="a b")
    yield bedrock("StopModelCustomizationJob", conflict, jobIdentifier="session")
    yield bedrock("ListModelCustomizationJobs", invalid, fits=False, statusEquals="Done")
    yield bedrock("ListModelCustomizationJobs", invalid, fits=False, maxResults=0)
    yield bedrock("ListModelCustomizationJobs", invalid, nextToken="made-up")
    yield bedrock("ListFoundationModels", invalid, fits=False, byCustomizationType="FULL")
    yield bedrock("GetFoundationModel", missing, 404, modelIdentifier="amazon.nova-none-v1:0")
    yield bedrock("GetFoundationModel", invalid, fits=False, modelIdentifier="a b")
    many = "CreateModelInvocationJob"
    yield bedrock(many, invalid, fits=False, **batch("under_score"))
    yield bedrock(many, invalid, fits=False, **batch("x", timeoutDurationInHours=23))
    yield bedrock(many, invalid, fits=False, **batch("x", modelInvocationType="Chat"))
    yield bedrock(many, invalid, fits=False, **batch("x", inputDataConfig={"s3InputDataConfig": {"s3Uri": "in.jsonl"}}))
    yield bedrock(many, invalid, fits=False, **batch("x", outputDataConfig={}))
    yield bedrock(many, invalid, fits=False, **batch("x", clientRequestToken="-"))
    yield bedrock(many, invalid, **batch("x", modelId="amazon.nova-none-v1:0"))
    yield bedrock(many, invalid, **batch("x", modelId=model))
    yield bedrock(many, missing, 404, **batch("x", modelId=BASE_MODEL))
    yield bedrock(many, invalid, **batch("x", roleArn=f"arn:aws:iam::{ACCOUNT}:role/stranger"))
    yield bedrock(many, "AccessDeniedException", 403, **batch("x", roleArn="arn:aws:iam::999999999999:role/nova-ft"))
    yield bedrock(many, conflict, **batch("batch"))
    for operation in ("GetModelInvocationJob", "StopModelInvocationJob"):
        yield bedrock(operation, missing, 404, jobIdentifier=NO_BATCH)
        yield bedrock(operation, missing, 404, jobIdentifier="000000000000")
        yield bedrock(operation, invalid, fits=False, jobIdentifier="batch")
    yield bedrock("ListModelInvocationJobs", invalid, fits=False, statusEquals="Done")
    yield bedrock("ListModelInvocationJobs", invalid, fits=False, nameContains="a_b")
    yield bedrock("ListModelInvocationJobs", invalid, nextToken="made-up")
    for operation in ("GetCustomModel", "DeleteCustomModel"):
        yield bedrock(operation, missing, 404, modelIdentifier=NOBODY)
        yield bedrock(operation, missing, 404, modelIdentifier="never")
        yield bedrock(operation, invalid, fits=False, modelIdentifier="a b")
    yield bedrock("DeleteCustomModel", conflict, modelIdentifier=model)
    yield bedrock("ListCustomModels", invalid, fits=False, sortBy="Name")
    deploy = "CreateCustomModelDeployment"
    yield bedrock(deploy, missing, 404, modelDeploymentName="x", modelArn=NOBODY)
    yield bedrock(deploy, invalid, fits=False, modelDeploymentName="a b", modelArn=model)
    yield bedrock(deploy, invalid, modelDeploymentName="session", modelArn=model)
    yield bedrock(deploy, invalid, fits=False, modelDeploymentName="x")
    for operation in ("GetCustomModelDeployment", "DeleteCustomModelDeployment"):
        yield bedrock(operation, missing, 404, customModelDeploymentIdentifier=NO_DEPLOYMENT)
        yield bedrock(operation, invalid, fits=False, customModelDeploymentIdentifier="a b")
    yield bedrock("UpdateCustomModelDeployment", missing, 404, customModelDeploymentIdentifier="never", modelArn=model)
    yield bedrock("UpdateCustomModelDeployment", missing, 404, customModelDeploymentIdentifier="session", modelArn=NOBODY)
    yield bedrock("UpdateCustomModelDeployment", invalid, fits=False, customModelDeploymentIdentifier="session", modelArn="x y")
    yield bedrock("ListCustomModelDeployments", invalid, fits=False, statusEquals="Done")
    yield bedrock("ListTagsForResource", missing, 404, resourceARN=NO_JOB)
    yield bedrock("TagResource", missing, 404, resourceARN=NO_DEPLOYMENT, tags=[{"key": "k", "value": "v"}])
    yield bedrock("TagResource", invalid, fits=False, resourceARN=model, tags=[{"key": "钥匙", "value": "v"}])
    yield bedrock("TagResource", "TooManyTagsException", resourceARN=model, tags=[{"key": f"k{n}", "value": ""} for n in range(51)])
    yield bedrock("UntagResource", missing, 404, resourceARN=NOBODY, tagKeys=["k"])
    yield bedrock("UntagResource", invalid, fits=False, resourceARN=model)

    text, png = {"text": "谁?"}, b"\x89PNG\r\n\x1a\n"
    for model_id, code, status in [
        (BASE_MODEL, missing, 404),
        (NO_DEPLOYMENT, missing, 404),
        ("amazon.nova-2-lite-v1:0", invalid, 400),
        ("amazon.nova-2-lite-v1:0:256k", invalid, 400),
        ("amazon.nova-none-v1:0", invalid, 400),
    ]:
        yield runtime("Converse", code, status, modelId=model_id, messages=turns(text))
    native = json.dumps({"schemaVersion": "messages-v1", "messages": turns(text)})
    yield runtime("InvokeModel", missing, 404, modelId=NO_DEPLOYMENT, body=native)
    for body in ("{", "[]", "{}", native.replace("user", "bot")):
        yield runtime("InvokeModel", invalid, modelId=INFERENCE_MODEL, body=body)
    gone = {"format": "jpeg", "source": {"s3Location": {"uri": s3_uri("images/never.jpg")}}}
    for fits, messages in [
        (True, turns({"text": ""})),
        (True, turns(text, role="assistant")),
        (True, []),
        (False, turns({"image": {"format": "jpg", "source": {"bytes": png}}})),
        (True, turns({"image": {"format": "jpeg", "source": {"bytes": png}}})),
        (False, turns({"image": {"format": "png", "source": {}}})),
        (True, turns({"image": gone})),
    ]:
        yield runtime("Converse", invalid, fits=fits, modelId=INFERENCE_MODEL, messages=messages)
    for config in ({"maxTokens": 0}, {"temperature": 1.1}):
        yield runtime("Converse", invalid, fits=False, modelId=INFERENCE_MODEL, messages=turns(text), inferenceConfig=config)
    yield Refused("iam", "GetRole", {"RoleName": "gone"}, "NoSuchEntity", 404)
    yield Refused("iam", "GetRole", {"RoleName": "a/b"}, "ValidationError", 400, fits=False)


class Session(unittest.TestCase):
    maxDiff = None

    def take(self, fits: bool = True) -> list[Checked]:
        """What went over the wire since the last time, each exchange without a fault (of a request where it fits)."""
        taken = [(exchange, check_exchange(exchange)) for exchange in PROXY.take()]
        faults = [
            f"{exchange.method} {exchange.target} [{exchange.request_headers['user-agent'].split()[0]}] {fault}"
            for exchange, checked in taken
            for fault in (checked.faults if fits else checked.response_faults)
        ]
        self.assertEqual(faults, [])
        return [checked for _, checked in taken]

    def operations(self, taken: list[Checked]) -> set[str]:
        return {checked.operation.name for checked in taken if checked.operation}

    def call(self, operation: str, service: str = "bedrock", **parameters: Any) -> dict[str, Any]:
        return BOTO3.call(service, operation, **parameters)

    def test_every_request_and_every_response_is_as_the_model_says(self) -> None:
        PROXY.take()
        self.run_nova_ft()
        seen = self.take()
        self.assertLessEqual(BY_NOVA_FT, self.operations(seen), "nova-ft's own requests")
        model = self.run_boto3()
        seen += self.take()
        refused = self.refuse(model)
        self.clean_up(model)
        seen += self.take()
        succeeded = {checked.operation.name for checked in seen if checked.operation and checked.error_code is None}
        self.assertEqual(succeeded, EVERY_OPERATION)
        without_errors = EVERY_OPERATION - self.operations(refused)
        # Its errors are those of a signature, which the next test provokes.
        self.assertEqual(without_errors, {"GetCallerIdentity"})

    def run_nova_ft(self) -> None:
        """The `job` commands, as one uses them: looked at, submitted, again, watched, listed, and one stopped."""
        options = job_options(job_name="first", custom_model_name="first")
        PROJECT.run("job", "create", *options, "--dry-run")
        dry = self.operations(self.take())
        self.assertNotIn("CreateModelCustomizationJob", dry, "a dry run submits nothing")
        for _ in range(2):
            PROJECT.run("job", "create", *options, "--yes")
        jobs = UNSEEN.call("bedrock", "ListModelCustomizationJobs", nameContains="first")
        self.assertEqual(len(jobs["modelCustomizationJobSummaries"]), 1)
        PROJECT.run("job", "watch", "--interval", "1")
        PROJECT.run("job", "status")
        PROJECT.run("job", "list", "--status", "Completed", "--name-contains", "first", "--limit", "1")
        # Behind another one in the queue, so that it is not done before it is stopped.
        UNSEEN.call("bedrock", "CreateModelCustomizationJob", **job("before"))
        PROJECT.run("job", "create", *job_options(job_name="second", custom_model_name="second"), "--yes")
        PROJECT.run("job", "stop")
        PROJECT.run("job", "watch", "--interval", "1", exit_code=1)
        PROJECT.run("job", "status", "never", exit_code=2)

    def run_boto3(self) -> str:
        """What nova-ft does not ask for yet, and every parameter that the stand-in takes. Returns a model's ARN."""
        tags = [{"key": "stage", "value": "peers / 1"}]
        validators = {"validators": [{"s3Uri": s3_uri("validation.jsonl")}]}
        arn = self.call(
            "CreateModelCustomizationJob",
            **job("session", clientRequestToken="session", jobTags=tags, customModelTags=tags, validationDataConfig=validators),
        )["jobArn"]
        self.call("GetModelCustomizationJob", jobIdentifier=arn)
        done = wait_for_job(BOTO3, "session")
        self.assertEqual(done["status"], "Completed", done)
        page = {"maxResults": 1, "sortBy": "CreationTime", "sortOrder": "Descending"}
        when = {"creationTimeAfter": "2020-01-01T00:00:00Z", "creationTimeBefore": "2120-01-01T00:00:00Z"}
        first = self.call("ListModelCustomizationJobs", **page, **when, statusEquals="Completed")
        self.call("ListModelCustomizationJobs", **page, **when, statusEquals="Completed", nextToken=first["nextToken"])
        self.call("ListFoundationModels", byProvider="amazon", byCustomizationType="FINE_TUNING", byOutputModality="TEXT")
        self.call("ListFoundationModels", byInferenceType="ON_DEMAND")
        for name in (BASE_MODEL, FOUNDATION_MODEL, "amazon.nova-lite-v1:0"):
            self.call("GetFoundationModel", modelIdentifier=name)
        model = done["outputModelArn"]
        for name in (model, "session"):
            self.call("GetCustomModel", modelIdentifier=name)
        self.call("ListCustomModels", **page, **when, baseModelArnEquals=FOUNDATION_MODEL, isOwned=True)
        self.run_batch(tags)
        self.run_deployment(model, done)
        self.run_tags(arn)
        self.call("GetCallerIdentity", "sts")
        self.call("GetRole", "iam", RoleName="nova-ft")
        return model

    def run_batch(self, tags: list[dict[str, str]]) -> None:
        """A batch of questions with every parameter, and one that is stopped before its turn."""
        UNSEEN.call("s3", "PutObject", Bucket=BUCKET, Key=f"{PREFIX}/batch/in/photo.jpg", Body=PHOTO.read_bytes())
        image = {"format": "jpeg", "source": {"s3Location": {"uri": s3_uri("batch/in/photo.jpg")}}}
        record = {"modelInput": {"messages": turns({"text": "谁?"}, {"image": image})}}
        body = (json.dumps(record, ensure_ascii=False) + "\n") * 100
        UNSEEN.call("s3", "PutObject", Bucket=BUCKET, Key=f"{PREFIX}/batch/in/a.jsonl", Body=body.encode())
        places = {
            "inputDataConfig": {"s3InputDataConfig": {"s3Uri": s3_uri("batch/in"), "s3InputFormat": "JSONL", "s3BucketOwner": ACCOUNT}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": s3_uri("batch/out"), "s3BucketOwner": ACCOUNT}},
        }
        more = {"modelInvocationType": "Converse", "timeoutDurationInHours": 24, "clientRequestToken": "batch", "tags": tags}
        vpc = {"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}
        arn = self.call("CreateModelInvocationJob", **batch("batch", **places, **more, **vpc))["jobArn"]
        behind = self.call("CreateModelInvocationJob", **batch("behind"))["jobArn"]
        self.call("StopModelInvocationJob", jobIdentifier=behind)
        self.assertEqual(wait_for_batch(BOTO3, arn)["successRecordCount"], 100)
        self.assertEqual(wait_for_batch(BOTO3, behind.rpartition("/")[2])["status"], "Stopped")
        page = {"maxResults": 1, "sortBy": "CreationTime", "sortOrder": "Ascending", "nameContains": "b"}
        when = {"submitTimeAfter": "2020-01-01T00:00:00Z", "submitTimeBefore": "2120-01-01T00:00:00Z"}
        first = self.call("ListModelInvocationJobs", **page, **when)
        self.assertEqual([job["jobName"] for job in first["invocationJobSummaries"]], ["batch"])
        self.call("ListModelInvocationJobs", **page, statusEquals="Stopped", nextToken=first["nextToken"])

    def run_deployment(self, model: str, done: dict[str, Any]) -> None:
        name = {"customModelDeploymentIdentifier": "session"}
        request = {"modelDeploymentName": "session", "modelArn": model, "description": "对比", "clientRequestToken": "deployment"}
        deployment = self.call("CreateCustomModelDeployment", **request, tags=[{"key": "k", "value": ""}])
        arn = deployment["customModelDeploymentArn"]
        self.call("GetCustomModelDeployment", **name)
        self.assertEqual(wait_for_deployment(BOTO3, arn)["status"], "Active")
        first = self.call("GetCustomModel", modelIdentifier="first")["modelArn"]
        self.update(first)
        self.call("ListCustomModelDeployments", maxResults=5, nameContains="ses", statusEquals="Active", sortOrder="Ascending")

        stored = {"uri": s3_uri(f"images/{PHOTO.name}"), "bucketOwner": ACCOUNT}
        for source in ({"bytes": PHOTO.read_bytes()}, {"s3Location": stored}):
            image = {"image": {"format": "jpeg", "source": source}}
            self.call(
                "Converse",
                "bedrock-runtime",
                modelId=arn,
                messages=turns({"text": "销售方?"}, image),
                system=[{"text": "You are a reader"}],
                inferenceConfig={"maxTokens": 50, "temperature": 0.0, "topP": 0.9, "stopSequences": ["。"]},
            )
        native = {"schemaVersion": "messages-v1", "messages": turns({"text": "谁?"}, {"image": {"format": "jpeg", "source": {"s3Location": stored}}})}
        self.call("InvokeModel", "bedrock-runtime", modelId=arn, body=json.dumps(native), contentType="application/json", accept="application/json")
        self.update(model)

    def update(self, model: str) -> None:
        """Another model under the same ARN, from the first look until it is there."""
        name = {"customModelDeploymentIdentifier": "session"}
        self.call("UpdateCustomModelDeployment", **name, modelArn=model)
        ask = lambda: {"status": self.call("GetCustomModelDeployment", **name)["updateDetails"]["updateStatus"]}
        self.assertEqual(wait_for("the update", ask, ("Updating",))["status"], "UpdateCompleted")
        self.assertEqual(self.call("GetCustomModelDeployment", **name)["modelArn"], model)

    def run_tags(self, arn: str) -> None:
        self.call("TagResource", resourceARN=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": ""}])
        self.call("UntagResource", resourceARN=arn, tagKeys=["a"])
        self.call("ListTagsForResource", resourceARN=arn)

    def refuse(self, model: str) -> list[Checked]:
        """Each refusal by code, status and header; a request that fits the model must still be found to fit."""
        found = []
        for wanted in refused_calls(model):
            with self.subTest(wanted.operation, parameters=str(wanted.parameters)[:200]):
                with self.assertRaises(Refusal) as caught:
                    self.call(wanted.operation, wanted.service, **wanted.parameters)
                [checked] = self.take(wanted.fits)
                self.assertEqual(bool(checked.request_faults), not wanted.fits, "the table says what fits")
                refusal = caught.exception
                self.assertEqual((refusal.code, refusal.status), (wanted.code, wanted.status), refusal)
                if wanted.service.startswith("bedrock"):
                    self.assertEqual(refusal.headers.get("x-amzn-errortype"), wanted.code)
                self.assertTrue(refusal.headers.get("x-amzn-requestid"))
                found.append(checked)
        PROXY.take()
        return found

    def clean_up(self, model: str) -> None:
        self.call("DeleteCustomModelDeployment", customModelDeploymentIdentifier="session")
        self.call("DeleteCustomModel", modelIdentifier=model)

    def test_a_request_that_is_not_signed_with_the_keys_is_refused_by_each_protocol(self) -> None:
        PROXY.take()
        stranger, forger = LOGIN.with_keys(access_key_id="NOVAFTLOCAL0000000000"), LOGIN.with_keys(secret_access_key="0" * 40)
        for login, service, operation, parameters, code in [
            (stranger, "bedrock", "ListModelCustomizationJobs", {}, "UnrecognizedClientException"),
            (stranger, "bedrock-runtime", "Converse", {"modelId": INFERENCE_MODEL, "messages": []}, "UnrecognizedClientException"),
            (stranger, "sts", "GetCallerIdentity", {}, "InvalidClientTokenId"),
            (stranger, "iam", "GetRole", {"RoleName": "nova-ft"}, "InvalidClientTokenId"),
            (forger, "bedrock", "ListModelCustomizationJobs", {}, "InvalidSignatureException"),
            (forger, "bedrock", "GetCustomModel", {"modelIdentifier": NOBODY}, "InvalidSignatureException"),
            (forger, "sts", "GetCallerIdentity", {}, "SignatureDoesNotMatch"),
        ]:
            with self.subTest(operation, code=code):
                with self.assertRaises(Refusal) as caught:
                    Boto3(login).call(service, operation, **parameters)
                self.assertEqual((caught.exception.code, caught.exception.status), (code, 403))
                self.take()

    def test_what_is_no_request_of_bedrock_is_refused(self) -> None:
        PROXY.take()
        unsigned = self.send("GET", "/model-customization-jobs")
        self.assertEqual((unsigned.status, unsigned.response_headers["x-amzn-errortype"]), (403, "MissingAuthenticationTokenException"))
        self.assertEqual(check_exchange(unsigned).response_faults, [])
        with self.assertRaises(Refusal) as caught:
            BOTO3.call("bedrock", "ListGuardrails")
        self.assertEqual((caught.exception.code, caught.exception.status), ("UnknownOperationException", 404))
        PROXY.take()
        # Somebody's page in a browser that was led here by a name of its own.
        elsewhere = self.send("GET", "/model-customization-jobs", host="evil.example:80")
        self.assertGreaterEqual(elsewhere.status, 400)
        self.assertNotIn(b"modelCustomizationJobSummaries", elsewhere.response_body)

    def send(self, method: str, target: str, host: str | None = None) -> Exchange:
        """A request without a signature."""
        connection = http.client.HTTPConnection(urlsplit(PROXY.endpoint).netloc)
        connection.request(method, target, headers={"Host": host} if host else {})
        connection.getresponse().read()
        connection.close()
        [exchange] = PROXY.take()
        return exchange


if __name__ == "__main__":
    unittest.main()
