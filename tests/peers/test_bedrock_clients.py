"""Amazon's own clients against the Bedrock of `nova-ft local serve`: a cycle from data set to answer, and each refusal."""

from __future__ import annotations

import base64
import csv
import io
import json
import tempfile
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amazon import AwsCli, Boto3, Client, Refusal, pages, wait_for_batch, wait_for_deployment, wait_for_job
from program import StandIn
from project import ACCOUNT, BASE_MODEL, BUCKET, PREFIX, ROLE_ARN, Project, give_readings, job_options, s3_uri

OTHER_BUCKET = "elsewhere-of-peers"
INFERENCE_MODEL = "us.amazon.nova-lite-v1:0"
# Roles of the stand-in's account that are not as the default: one for another service, and one that is not there.
OTHER_SERVICE = f"arn:aws:iam::{ACCOUNT}:role/for-sagemaker"
ROLES = {
    "for-sagemaker": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    },
    "gone": None,
}
STEPS = "training_artifacts/step_wise_training_metrics.csv"
NAME_OF_VALIDATION = "validation_metrics.csv"


def setUpModule() -> None:
    global PROJECT, BOTO3, AWS_CLI, PHOTO
    folder = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    PROJECT = Project(folder)
    PROJECT.write_sample()
    give_readings(PROJECT)
    (PROJECT.state_dir / "roles.json").write_text(json.dumps(ROLES), encoding="utf-8")
    stand_in = unittest.enterModuleContext(StandIn(folder, PROJECT.env))
    PROJECT.prepare()
    PROJECT.run("upload")
    BOTO3, AWS_CLI = Boto3(stand_in.login), AwsCli(stand_in.login, folder)
    BOTO3.call("s3", "CreateBucket", Bucket=OTHER_BUCKET)
    PHOTO = min((folder / "photos").iterdir()).read_bytes()


def job(name: str, **changes: Any) -> dict[str, Any]:
    """A request for a job on the project's data set."""
    request = {
        "jobName": name,
        "customModelName": name,
        "roleArn": ROLE_ARN,
        "baseModelIdentifier": BASE_MODEL,
        "trainingDataConfig": {"s3Uri": s3_uri("train.jsonl")},
        "validationDataConfig": {"validators": [{"s3Uri": s3_uri("validation.jsonl")}]},
        "outputDataConfig": {"s3Uri": s3_uri("output")},
        "hyperParameters": {"epochCount": "5", "learningRate": "0.0001", "learningRateWarmupSteps": "0"},
    }
    return {name: value for name, value in (request | changes).items() if value is not None}


def put(key: str, body: str | bytes, bucket: str = BUCKET) -> str:
    """An object beside the data set; its URI."""
    body = body.encode() if isinstance(body, str) else body
    BOTO3.call("s3", "PutObject", Bucket=bucket, Key=f"{PREFIX}/{key}", Body=body)
    return f"s3://{bucket}/{PREFIX}/{key}"


def batch(name: str, **changes: Any) -> dict[str, Any]:
    """A request for a batch job on the questions below `name/in`."""
    request = {
        "jobName": name,
        "roleArn": ROLE_ARN,
        "modelId": INFERENCE_MODEL,
        "modelInvocationType": "Converse",
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": s3_uri(f"{name}/in/")}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": s3_uri(f"{name}/out/")}},
    }
    return request | changes


def put_questions(name: str, count: int) -> list[dict[str, Any]]:
    """Questions about two photos that lie beside them; the last one is about a photo that is not there."""
    body = lambda photo: {"messages": [{"role": "user", "content": [
        {"text": "销售方名称是什么?"},
        {"image": {"format": "jpeg", "source": {"s3Location": {"uri": s3_uri(f"{name}/in/photos/{photo}")}}}},
    ]}]}
    for photo in ("0.jpg", "1.jpg"):
        put(f"{name}/in/photos/{photo}", PHOTO)
    photos = [f"{n % 2}.jpg" for n in range(count - 1)] + ["never.jpg"]
    records = [{"recordId": f"record{n:04}", "modelInput": body(photo)} for n, photo in enumerate(photos)]
    put(f"{name}/in/records.jsonl", jsonl(records))
    return records


def jsonl(records: list[dict]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def image_of(record: dict) -> dict:
    return next(block["image"] for block in record["messages"][0]["content"] if "image" in block)


def label_of(record: dict) -> str:
    return record["messages"][1]["content"][0]["text"]


def objects(prefix: str) -> dict[str, bytes]:
    found = BOTO3.call("s3", "ListObjectsV2", Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {
        item["Key"]: BOTO3.call("s3", "GetObject", Bucket=BUCKET, Key=item["Key"])["Body"].read() for item in found
    }


def rows(csv_file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_file.decode("utf-8"))))


def answer_text(answer: dict[str, Any]) -> str:
    return "".join(block.get("text", "") for block in answer["output"]["message"]["content"])


class Cycle:
    """What each client does and finds. Jobs, models and deployments carry its name."""

    client: Client
    name: str
    # How a photo goes into a request.
    photo_source: Any

    def call(self, operation: str, service: str = "bedrock", **parameters: Any) -> dict[str, Any]:
        return self.client.call(service, operation, **parameters)

    def assert_refused(self, code: str, operation: str, service: str = "bedrock", **parameters: Any) -> Refusal:
        with self.assertRaises(Refusal) as caught:
            self.call(operation, service, **parameters)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def ask(self, model: str, record: dict) -> str:
        """What a model answers to the record's prompt and photo."""
        prompt = next(block for block in record["messages"][0]["content"] if "text" in block)
        image = {"format": image_of(record)["format"], "source": self.photo_source(record)}
        turns = [{"role": "user", "content": [prompt, {"image": image}]}]
        config = {"maxTokens": 100, "temperature": 0.0}
        answer = self.call("Converse", "bedrock-runtime", modelId=model, messages=turns, inferenceConfig=config)
        self.assertEqual((answer["stopReason"], answer["output"]["message"]["role"]), ("end_turn", "assistant"))
        usage = answer["usage"]
        self.assertEqual(usage["totalTokens"], usage["inputTokens"] + usage["outputTokens"])
        self.assertGreater(usage["inputTokens"], 0)
        return answer_text(answer)

    def test_a_cycle_from_the_data_set_to_the_tuned_answer_and_back_to_nothing(self) -> None:
        request = job(self.name, clientRequestToken=f"token-{self.name}", jobTags=[{"key": "who", "value": self.name}])
        arn = self.call("CreateModelCustomizationJob", **request)["jobArn"]
        self.assertRegex(arn, rf"^arn:aws:bedrock:us-east-1:{ACCOUNT}:model-customization-job/{BASE_MODEL}/[a-z0-9]{{12}}$")
        # A request that was sent again is the same one; another one may not have the name, nor the token.
        self.assertEqual(self.call("CreateModelCustomizationJob", **request)["jobArn"], arn)
        self.assert_refused("ConflictException", "CreateModelCustomizationJob", **request | {"clientRequestToken": "other"})
        self.check_tags(arn)

        done = wait_for_job(self.client, self.name)
        self.assertEqual(done["status"], "Completed", done)
        self.assertEqual(wait_for_job(self.client, arn)["jobName"], self.name, "by ARN as by name")
        for phase in ("validationDetails", "dataProcessingDetails", "trainingDetails"):
            self.assertEqual(done["statusDetails"][phase]["status"], "Completed")
        self.assertEqual(self.call("CreateModelCustomizationJob", **request)["jobArn"], arn, "and after its end")
        named = [
            summary["jobArn"]
            for page in pages(self.client, "ListModelCustomizationJobs", nameContains=self.name, statusEquals="Completed")
            for summary in page["modelCustomizationJobSummaries"]
        ]
        self.assertEqual(named, [arn])

        self.check_metrics(done, arn.rpartition("/")[2])
        model = done["outputModelArn"]
        self.check_model(model, arn)
        self.check_answers(model)
        self.assert_refused("ResourceNotFoundException", "GetCustomModel", modelIdentifier=model)
        self.assertEqual(self.call("GetModelCustomizationJob", jobIdentifier=arn)["status"], "Completed", "the job stays")

    def test_a_batch_from_its_questions_to_their_answers(self) -> None:
        name = f"batch-{self.name}"
        records = put_questions(name, 100)
        request = batch(name, clientRequestToken=f"token-{name}", tags=[{"key": "who", "value": self.name}])
        arn = self.call("CreateModelInvocationJob", **request)["jobArn"]
        self.assertRegex(arn, rf"^arn:aws:bedrock:us-east-1:{ACCOUNT}:model-invocation-job/[a-z0-9]{{12}}$")
        self.assertEqual(self.call("CreateModelInvocationJob", **request)["jobArn"], arn, "sent again")
        self.assert_refused("ConflictException", "CreateModelInvocationJob", **request | {"clientRequestToken": "other"})
        done = wait_for_batch(self.client, arn)
        self.assertEqual((done["status"], done["jobName"]), ("Completed", name), done)
        counts = [done[f"{what}RecordCount"] for what in ("total", "processed", "success", "error")]
        self.assertEqual(counts, [100, 100, 99, 1])
        listed = self.call("ListModelInvocationJobs", nameContains=name, statusEquals="Completed")["invocationJobSummaries"]
        self.assertEqual([summary["jobArn"] for summary in listed], [arn])
        self.assertEqual(self.call("ListTagsForResource", resourceARN=arn)["tags"], request["tags"])

        folder = f"{PREFIX}/{name}/out/{arn.rpartition('/')[2]}/"
        files = objects(folder)
        answers = [json.loads(line) for line in files[folder + "records.jsonl.out"].decode().splitlines()]
        self.assertNotEqual([answer["recordId"] for answer in answers], [record["recordId"] for record in records])
        by_id = {answer["recordId"]: answer for answer in answers}
        self.assertEqual(len(answers), 100)
        for record in records[:-1]:
            answer = by_id[record["recordId"]]
            self.assertEqual(answer["modelInput"], record["modelInput"])
            self.assertEqual(answer["modelOutput"]["output"], by_id["record0000"]["modelOutput"]["output"], "one photo")
        self.assertEqual(by_id["record0099"]["error"]["errorCode"], 400)
        self.assertIn("never.jpg", by_id["record0099"]["error"]["errorMessage"])
        manifest = json.loads(files[folder + "manifest.json.out"])
        self.assertEqual((manifest["totalRecordCount"], manifest["errorRecordCount"]), (100, 1))
        self.assertEqual(manifest["inputTokenCount"], sum(
            answer["modelOutput"]["usage"]["inputTokens"] for answer in answers if "modelOutput" in answer
        ))

        self.assert_refused("ConflictException", "StopModelInvocationJob", jobIdentifier=arn)
        # Its name is no identifier.
        self.assert_refused("ValidationException", "GetModelInvocationJob", jobIdentifier=name)

    def test_a_batch_of_fewer_records_than_the_service_takes_fails_and_says_how_many(self) -> None:
        name = f"few-{self.name}"
        put_questions(name, 99)
        arn = self.call("CreateModelInvocationJob", **batch(name))["jobArn"]
        failed = wait_for_batch(self.client, arn)
        self.assertEqual(failed["status"], "Failed")
        self.assertIn("contains less records (99) than the required minimum of: 100", failed["message"])

    def check_tags(self, arn: str) -> None:
        self.call("TagResource", resourceARN=arn, tags=[{"key": "set", "value": "a.b/c"}, {"key": "who", "value": "me"}])
        self.call("UntagResource", resourceARN=arn, tagKeys=["set", "never"])
        self.call("TagResource", resourceARN=arn, tags=[{"key": "empty", "value": ""}])
        tags = self.call("ListTagsForResource", resourceARN=arn)["tags"]
        self.assertEqual({tag["key"]: tag["value"] for tag in tags}, {"who": "me", "empty": ""})

    def check_metrics(self, done: dict[str, Any], job_id: str) -> None:
        """The files in S3, and that what the job says is what they say."""
        folder = f"{PREFIX}/output/model-customization-job-{job_id}/"
        files = objects(folder)
        steps = rows(files[folder + STEPS])
        losses = [float(row["training_loss"]) for row in steps]
        self.assertEqual(len({row["epoch_number"] for row in steps}), 5)
        self.assertLess(losses[-1], losses[0], "it learns")
        [validation] = [rows(body) for key, body in files.items() if key.rpartition("/")[2] == NAME_OF_VALIDATION]
        self.assertIn(f"{folder}validation_artifacts/", next(key for key in files if key.endswith(NAME_OF_VALIDATION)))
        # boto3 and the files may print a number with different care.
        self.assertAlmostEqual(done["trainingMetrics"]["trainingLoss"], losses[-1], places=3)
        [metric] = done["validationMetrics"]
        self.assertAlmostEqual(metric["validationLoss"], float(validation[-1]["validation_loss"]), places=3)

    def check_model(self, model: str, arn: str) -> None:
        found = self.call("GetCustomModel", modelIdentifier=model)
        self.assertEqual((found["modelName"], found["jobArn"], found["modelStatus"]), (self.name, arn, "Active"))
        self.assertTrue(found["baseModelArn"].endswith(BASE_MODEL))
        listed = self.call("ListCustomModels", nameContains=self.name)["modelSummaries"]
        self.assertEqual([summary["modelArn"] for summary in listed], [model])

    def check_answers(self, model: str) -> None:
        """A deployment answers better than the base model; model and deployment go in this order alone."""
        name = f"{self.name}-on-demand"
        request = {"modelDeploymentName": name, "modelArn": model, "clientRequestToken": f"token-{name}"}
        deployment = self.call("CreateCustomModelDeployment", **request)["customModelDeploymentArn"]
        self.assertEqual(self.call("CreateCustomModelDeployment", **request)["customModelDeploymentArn"], deployment)
        active = wait_for_deployment(self.client, name)
        self.assertEqual((active["status"], active["customModelDeploymentArn"], active["modelArn"]), ("Active", deployment, model))
        listed = self.call("ListCustomModelDeployments", nameContains=name)["modelDeploymentSummaries"]
        self.assertEqual([summary["status"] for summary in listed], ["Active"])

        records = PROJECT.records("train")[: self.asked]
        exact = {
            who: sum(self.ask(which, record) == label_of(record) for record in records)
            for who, which in {"base": INFERENCE_MODEL, "tuned": deployment}.items()
        }
        self.assertGreater(exact["tuned"], exact["base"])

        self.assert_refused("ConflictException", "DeleteCustomModel", modelIdentifier=model)
        self.call("DeleteCustomModelDeployment", customModelDeploymentIdentifier=deployment)
        self.assert_refused(
            "ResourceNotFoundException", "GetCustomModelDeployment", customModelDeploymentIdentifier=deployment
        )
        self.assert_refused(
            "ResourceNotFoundException", "Converse", "bedrock-runtime", modelId=deployment, messages=[
                {"role": "user", "content": [{"text": "谁?"}]}
            ]
        )
        self.call("DeleteCustomModel", modelIdentifier=model)


class WithBoto3(Cycle, unittest.TestCase):
    name, asked = "by-boto3", 8

    def setUp(self) -> None:
        self.client = BOTO3

    def photo_source(self, record: dict) -> dict[str, Any]:
        key = image_of(record)["source"]["s3Location"]["uri"].removeprefix(f"s3://{BUCKET}/")
        return {"bytes": BOTO3.call("s3", "GetObject", Bucket=BUCKET, Key=key)["Body"].read()}

    def test_jobs_are_listed_in_pages_in_order_and_by_each_filter(self) -> None:
        records = jsonl(PROJECT.records("train"))
        broken = put("pages/train.jsonl", records.replace(f"{PREFIX}/images", f"{PREFIX}/nowhere"))
        names = [f"pages-{n}" for n in range(5)]
        for name in names:
            self.call("CreateModelCustomizationJob", **job(name, trainingDataConfig={"s3Uri": broken}))
        for name in names:
            self.assertEqual(wait_for_job(self.client, name)["status"], "Failed")

        def listed(**filters: Any) -> tuple[list[str], int]:
            answers = list(pages(self.client, "ListModelCustomizationJobs", nameContains="pages-", **filters))
            return [summary["jobName"] for page in answers for summary in page["modelCustomizationJobSummaries"]], len(answers)

        for order, expected in {"Ascending": names, "Descending": names[::-1]}.items():
            self.assertEqual(listed(maxResults=2, sortBy="CreationTime", sortOrder=order), (expected, 3))
        self.assertEqual(sorted(listed()[0]), names)
        self.assertEqual(listed(statusEquals="Completed")[0], [])
        self.assertEqual(len(listed(statusEquals="Failed")[0]), 5)
        times = [self.call("GetModelCustomizationJob", jobIdentifier=name)["creationTime"] for name in names]
        self.assertEqual(sorted(times), times)
        self.assertNotIn("pages-0", listed(creationTimeAfter=times[-1])[0])
        self.assertNotIn("pages-4", listed(creationTimeBefore=times[0])[0])
        self.assert_refused("ValidationException", "ListModelCustomizationJobs", nextToken="made-up")
        self.assert_refused("ValidationException", "ListModelCustomizationJobs", maxResults=0)

    def test_a_job_that_is_stopped_stays_stopped_and_leaves_no_model(self) -> None:
        # Behind others in the queue, so that it is not done before it is stopped.
        for n in range(3):
            self.call("CreateModelCustomizationJob", **job(f"queue-{n}"))
        self.call("StopModelCustomizationJob", jobIdentifier="queue-2")
        self.assertEqual(wait_for_job(self.client, "queue-2")["status"], "Stopped")
        self.assertIn(wait_for_job(self.client, "queue-1")["status"], ["Completed"])
        self.assert_refused("ConflictException", "StopModelCustomizationJob", jobIdentifier="queue-2")
        self.assert_refused("ConflictException", "StopModelCustomizationJob", jobIdentifier="queue-1")
        self.assert_refused("ResourceNotFoundException", "StopModelCustomizationJob", jobIdentifier="never")
        self.assertEqual(self.call("ListCustomModels", nameContains="queue-2")["modelSummaries"], [])

    def test_nova_s_own_messages_get_its_own_answer(self) -> None:
        record = PROJECT.records("train")[0]
        location = image_of(record)["source"]["s3Location"]
        jpeg = base64.b64encode(self.photo_source(record)["bytes"]).decode()
        for source in ({"bytes": jpeg}, {"s3Location": location}):
            body = {
                "schemaVersion": "messages-v1",
                "messages": [{"role": "user", "content": [
                    {"image": {"format": "jpeg", "source": source}}, {"text": "销售方名称是什么?"}
                ]}],
                "inferenceConfig": {"maxTokens": 100},
            }
            answer = self.call("InvokeModel", "bedrock-runtime", modelId=INFERENCE_MODEL, body=json.dumps(body))
            self.assertEqual(answer["contentType"], "application/json")
            self.assertEqual(answer_text(json.loads(answer["body"].read())), self.ask(INFERENCE_MODEL, record))


class WithAwsCli(Cycle, unittest.TestCase):
    """Each call is a process, so it asks of few photos; its first version does not send bytes as bytes: they are in S3."""

    name, asked = "by-aws-cli", 3

    def setUp(self) -> None:
        self.client = AWS_CLI

    def photo_source(self, record: dict) -> dict[str, Any]:
        return {"s3Location": image_of(record)["source"]["s3Location"]}

    def test_it_is_told_who_it_is_and_what_a_role_trusts(self) -> None:
        identity = self.call("GetCallerIdentity", "sts")
        self.assertEqual((identity["Account"], identity["Arn"].split(":")[4]), (ACCOUNT, ACCOUNT))
        role = self.call("GetRole", "iam", RoleName="nova-ft")["Role"]
        self.assertEqual(role["Arn"], ROLE_ARN)
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        self.assertEqual(statement["Principal"], {"Service": "bedrock.amazonaws.com"})
        self.assertEqual(self.call("GetRole", "iam", RoleName="for-sagemaker")["Role"]["AssumeRolePolicyDocument"], ROLES["for-sagemaker"])
        self.assert_refused("NoSuchEntity", "GetRole", "iam", RoleName="gone")


@dataclass(frozen=True)
class Observed:
    """A submission that AWS refused in the original project's log, or one like it."""

    changes: Callable[[], dict[str, Any]]
    code: str
    message: str


def changed_records(key: str, change: Callable[[str], str]) -> dict[str, Any]:
    """The change of a request to another training file: the project's, changed."""
    text = jsonl(PROJECT.records("train"))
    changed = change(text)
    assert changed != text
    return {"trainingDataConfig": {"s3Uri": put(key, changed)}}


OBSERVED = {
    "a Claude model": Observed(
        lambda: {"baseModelIdentifier": "anthropic.claude-3-haiku-20240307-v1:0"},
        "ValidationException", "The provided model identifier is invalid",
    ),
    "an inference id": Observed(
        lambda: {"baseModelIdentifier": "us.amazon.nova-lite-v1:0"},
        "ValidationException", "The provided model identifier is invalid",
    ),
    "an id of another Region": Observed(
        lambda: {"baseModelIdentifier": BASE_MODEL.replace("300k", "24k")},
        "ValidationException", "The provided model identifier is invalid",
    ),
    "a role for another service": Observed(
        lambda: {"roleArn": OTHER_SERVICE}, "ValidationException", "Could not assume provided IAM role"
    ),
    "a role that is not there": Observed(
        lambda: {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/gone"}, "ValidationException", "Could not assume provided IAM role"
    ),
    "a role of another account": Observed(
        lambda: {"roleArn": "arn:aws:iam::999999999999:role/nova-ft"},
        "AccessDeniedException", "Cross-account pass role is not allowed",
    ),
    "the format jpg": Observed(
        lambda: changed_records("jpg/train.jsonl", lambda text: text.replace('"jpeg"', '"jpg"', 1)),
        "ValidationException", "Unable to parse S3 file due to invalid data schema/format",
    ),
    "a URI without s3://": Observed(
        lambda: changed_records("bare/train.jsonl", lambda text: text.replace('"s3://', '"', 1)),
        "ValidationException", "Unable to parse S3 file due to invalid data schema/format",
    ),
    "a folder of .json files": Observed(
        lambda: put("folder/0001.json", "{}") and {"trainingDataConfig": {"s3Uri": s3_uri("folder/")}},
        "ValidationException", "must be in .jsonl format",
    ),
    "a file that was not uploaded": Observed(
        lambda: {"trainingDataConfig": {"s3Uri": s3_uri("never/train.jsonl")}},
        "ValidationException", "Could not validate GetObject permissions to access Amazon S3 bucket",
    ),
}


def other_image(text: str, uri: str) -> str:
    """The records with another image in the first of them."""
    first, _, rest = text.partition("\n")
    record = json.loads(first)
    image_of(record)["source"]["s3Location"]["uri"] = uri
    return f"{json.dumps(record, ensure_ascii=False)}\n{rest}"


# Data sets that have the right shape, so that AWS takes the job, and fails it when it looks into them.
FAILURES: dict[str, tuple[Callable[[str], str], str]] = {
    "a reserved word in a label": (lambda text: text.replace('公司"}', '公司User:"}', 1), "User:"),
    "seven samples": (lambda text: "".join(text.splitlines(True)[:7]), "minimum of 8"),
    "an image that is not there": (lambda text: other_image(text, s3_uri("images/never.jpg")), "images/never.jpg"),
    "an image of another bucket": (lambda text: other_image(text, put("elsewhere.jpg", PHOTO, OTHER_BUCKET)), OTHER_BUCKET),
    "half an image": (lambda text: other_image(text, put("half.jpg", PHOTO[: len(PHOTO) // 2])), "half.jpg"),
    "no image at all": (lambda text: other_image(text, put("text.jpg", "no image")), "text.jpg"),
}


class Failures(unittest.TestCase):
    def test_a_job_on_a_bad_data_set_fails_in_its_validation_and_says_why(self) -> None:
        for n, (what, (change, reason)) in enumerate(FAILURES.items()):
            with self.subTest(what):
                name = f"fails-{n}"
                changes = changed_records(f"{name}/train.jsonl", change)
                BOTO3.call("bedrock", "CreateModelCustomizationJob", **job(name, **changes))
                failed = wait_for_job(BOTO3, name)
                self.assertEqual(failed["status"], "Failed")
                self.assertIn(reason, failed["failureMessage"])
                phases = {phase: found["status"] for phase, found in failed["statusDetails"].items()}
                self.assertIn("Failed", phases.values())
                self.assertNotEqual(phases.get("trainingDetails"), "Completed")
                self.assertNotIn("outputModelArn", failed)
                self.assertEqual(BOTO3.call("bedrock", "ListCustomModels", nameContains=name)["modelSummaries"], [])

    def test_a_data_set_of_another_shape_is_refused_at_once(self) -> None:
        for n, change in enumerate([
            lambda text: text.replace("\n", "\n\n", 1),
            lambda text: json.dumps({"prompt": "谁?", "completion": "我"}) + "\n" + text,
            lambda text: text.replace('"assistant"', '"user"', 1),
            lambda text: text.replace("{", "{,", 1),
            lambda text: json.dumps(json.loads(text.splitlines()[0]), indent=1) + "\n" + text,
        ]):
            with self.subTest(n), self.assertRaises(Refusal) as caught:
                BOTO3.call("bedrock", "CreateModelCustomizationJob", **job("shape", **changed_records("shape/train.jsonl", change)))
            self.assertEqual(caught.exception.code, "ValidationException")
            self.assertIn("Unable to parse S3 file", caught.exception.message)


class Refusals(unittest.TestCase):
    """Every refusal of the original project's log, by boto3 and by the program's own command."""

    def test_each_refusal_has_aws_s_code_status_and_message(self) -> None:
        for n, (what, observed) in enumerate(OBSERVED.items()):
            with self.subTest(what):
                with self.assertRaises(Refusal) as caught:
                    BOTO3.call("bedrock", "CreateModelCustomizationJob", **job(f"refused-{n}", **observed.changes()))
                refusal = caught.exception
                self.assertEqual(refusal.code, observed.code, refusal)
                self.assertIn(observed.message, refusal.message)
                self.assertEqual(refusal.status, 403 if observed.code == "AccessDeniedException" else 400)
                self.assertEqual(refusal.headers["x-amzn-errortype"], observed.code)
                self.assert_no_job(f"refused-{n}")

    def test_the_program_s_preflight_stops_each_and_without_it_aws_s_message_comes_through(self) -> None:
        for n, (what, observed) in enumerate(OBSERVED.items()):
            with self.subTest(what):
                name = f"cli-{n}"
                options = job_options(job_name=name, custom_model_name=name, **self.as_options(observed.changes()))
                stopped = PROJECT.run("job", "create", *options, exit_code=1)
                findings = [event for event in stopped.events if event["event"] == "finding"]
                self.assertIn("error", [finding["severity"] for finding in findings], stopped.said)
                self.assert_no_job(name)
                refused = PROJECT.run("job", "create", *options, "--skip-preflight", "--skip-s3-check", exit_code=[1, 2])
                self.assertIn(observed.message, refused.said)
                self.assertIn(observed.code, refused.said)
                self.assert_no_job(name)

    def as_options(self, changes: dict[str, Any]) -> dict[str, str]:
        """The change of a request as options of `job create`."""
        names = {"baseModelIdentifier": "base_model_id", "roleArn": "role_arn", "trainingDataConfig": "training_data_s3_uri"}
        return {names[key]: value["s3Uri"] if isinstance(value, dict) else value for key, value in changes.items()}

    def assert_no_job(self, name: str) -> None:
        listed = BOTO3.call("bedrock", "ListModelCustomizationJobs", nameContains=name)["modelCustomizationJobSummaries"]
        self.assertEqual([job["jobName"] for job in listed if job["jobName"].startswith(name)], [])

    def test_the_head_of_a_file_that_was_not_uploaded_is_a_404(self) -> None:
        with self.assertRaises(Refusal) as caught:
            BOTO3.call("s3", "HeadObject", Bucket=BUCKET, Key=f"{PREFIX}/never/train.jsonl")
        self.assertEqual((caught.exception.code, caught.exception.status), ("404", 404))


if __name__ == "__main__":
    unittest.main()
