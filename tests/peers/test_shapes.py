"""The checker checked: what is right passes, and of each kind of fault one is found where it was put."""

from __future__ import annotations

import contextlib
import json
import unittest
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import boto3
import botocore.awsrequest
import botocore.config
import botocore.loaders
import botocore.model
import botocore.validate

from exchanges import Exchange, check_exchange
from shapes import expression

NOWHERE = "http://127.0.0.1:9"
ACCOUNT = "123456789012"
BASE = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"
JOB_ARN = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghij12"
MODEL_ARN = JOB_ARN.replace("model-customization-job", "custom-model")
DEPLOYMENT_ARN = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:custom-model-deployment/abcdefghij12"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/nova-ft"
WHEN = "2026-11-25T10:00:00.123Z"
JOB = {
    "jobName": "peers-1",
    "customModelName": "peers_1",
    "roleArn": ROLE_ARN,
    "baseModelIdentifier": BASE,
    "trainingDataConfig": {"s3Uri": "s3://bucket/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://bucket/out"},
    "hyperParameters": {"epochCount": "2"},
}
JOB_STATE = {
    "jobArn": JOB_ARN,
    "jobName": "peers-1",
    "outputModelName": "peers_1",
    "roleArn": ROLE_ARN,
    "creationTime": WHEN,
    "baseModelArn": BASE,
    "trainingDataConfig": {"s3Uri": "s3://bucket/train.jsonl"},
    "validationDataConfig": {"validators": []},
    "outputDataConfig": {"s3Uri": "s3://bucket/out"},
    "status": "Completed",
    "trainingMetrics": {"trainingLoss": 0.25},
    "validationMetrics": [{"validationLoss": 0.5}],
    "statusDetails": {"validationDetails": {"status": "Completed", "creationTime": WHEN, "lastModifiedTime": WHEN}},
}
TALK = {"messages": [{"role": "user", "content": [{"text": "who?"}, {"image": {"format": "png", "source": {"bytes": "iVBORw=="}}}]}]}
ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "某某有限公司"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 10, "outputTokens": 2, "totalTokens": 12},
    "metrics": {"latencyMs": 3},
}
IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{ACCOUNT}:user/local</Arn><UserId>AIDAEXAMPLE</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""
ROLE = f"""<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role><Path>/</Path>
<RoleName>nova-ft</RoleName><RoleId>AROAEXAMPLE123456789</RoleId><Arn>{ROLE_ARN}</Arn><CreateDate>2026-11-25T10:00:00Z</CreateDate>
<AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument><MaxSessionDuration>3600</MaxSessionDuration>
<Tags><member><Key>用途</Key><Value>x</Value></member></Tags></Role></GetRoleResult>
<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetRoleResponse>"""
NO_ROLE = """<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>
<Message>The role with name nova-ft cannot be found.</Message></Error><RequestId>1</RequestId></ErrorResponse>"""


def signed(service: str = "bedrock", **more: str) -> dict[str, str]:
    scope = f"AKIA/20261125/us-east-1/{service}/aws4_request"
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0", **more}


def json_exchange(method: str, target: str, request: object, status: int, response: object) -> Exchange:
    body = b"" if request is None else json.dumps(request).encode()
    announced = {"content-type": "application/json"}
    headers = signed(**announced) if body else signed()
    return Exchange(method, target, headers, body, status, announced, json.dumps(response).encode())


def form_exchange(service: str, body: str, status: int, response: str) -> Exchange:
    headers = signed(service, **{"content-type": "application/x-www-form-urlencoded"})
    return Exchange("POST", "/", headers, body.encode(), status, {"content-type": "text/xml"}, response.encode())


CREATE = json_exchange("POST", "/model-customization-jobs", JOB, 201, {"jobArn": JOB_ARN})
GET = json_exchange("GET", "/model-customization-jobs/peers-1", None, 200, JOB_STATE)
LIST = json_exchange("GET", "/model-customization-jobs?maxResults=2&statusEquals=Failed", None, 200, {"modelCustomizationJobSummaries": []})
TALKED = json_exchange("POST", "/model/us.amazon.nova-lite-v1%3A0/converse", TALK, 200, ANSWER)
REFUSED = replace(
    json_exchange("POST", "/model-customization-jobs", JOB, 400, {"message": "The provided model identifier is invalid"}),
    response_headers={"content-type": "application/json", "x-amzn-errortype": "ValidationException"},
)
ASKED = form_exchange("sts", "Action=GetCallerIdentity&Version=2011-06-15", 200, IDENTITY)
ROLE_GOT = form_exchange("iam", "Action=GetRole&Version=2010-05-08&RoleName=nova-ft", 200, ROLE)
ROLE_MISSED = form_exchange("iam", "Action=GetRole&Version=2010-05-08&RoleName=nova-ft", 404, NO_ROLE)


def changed(value: Any, path: str, new: object) -> Any:
    """A copy with another value at a path such as `a.b.0`; `None` takes it away."""
    copy = json.loads(json.dumps(value))
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner = copy
    for step in parents:
        inner = inner[step]
    if new is None:
        del inner[last]
    else:
        inner[last] = new
    return copy


class Checker(unittest.TestCase):
    maxDiff = None

    def kinds(self, exchange: Exchange) -> list[tuple[str, str]]:
        return sorted((fault.kind, fault.place) for fault in check_exchange(exchange).faults)

    def assert_fault(self, exchange: Exchange, kind: str, place: str) -> None:
        self.assertEqual(self.kinds(exchange), [(kind, place)])

    def test_what_is_right_passes(self) -> None:
        for exchange in (CREATE, GET, LIST, TALKED, REFUSED, ASKED, ROLE_GOT, ROLE_MISSED):
            with self.subTest(exchange.target, body=exchange.request_body[:40]):
                self.assertEqual([str(fault) for fault in check_exchange(exchange).faults], [])

    def test_each_kind_of_fault_in_a_json_request_is_found(self) -> None:
        place = "CreateModelCustomizationJob request"
        for path, new, kind, where in [
            ("jobName", None, "required", ".jobName"),
            ("outputDataConfig.s3Uri", None, "required", ".outputDataConfig.s3Uri"),
            ("batchSize", "1", "unknown", ".body member batchSize"),
            ("trainingDataConfig.uri", "x", "unknown", ".trainingDataConfig.uri"),
            ("hyperParameters.epochCount", 2, "type", ".hyperParameters.epochCount"),
            ("hyperParameters", ["epochCount"], "type", ".hyperParameters"),
            ("trainingDataConfig", "s3://bucket/x", "type", ".trainingDataConfig"),
            ("jobTags", {}, "type", ".jobTags"),
            ("customizationType", "FULL", "enum", ".customizationType"),
            ("jobName", "under_score", "pattern", ".jobName"),
            ("jobName", "newline\n", "pattern", ".jobName"),
            ("roleArn", "arn:aws:iam::12345:role/x", "pattern", ".roleArn"),
            ("clientRequestToken", "a" * 257, "length", ".clientRequestToken"),
            ("validationDataConfig", {"validators": [{"s3Uri": "s3://bucket/v"}] * 11}, "length", ".validationDataConfig.validators"),
            ("jobTags", [{"key": "k", "value": "发票"}], "pattern", ".jobTags[0].value"),
            ("customizationConfig", {}, "union", ".customizationConfig"),
        ]:
            with self.subTest(path, new=str(new)[:40]):
                request = json.dumps(changed(JOB, path, new)).encode()
                found = self.kinds(replace(CREATE, request_body=request))
                # A value that is too long may also be of another form.
                self.assertIn((kind, place + where), found)
                self.assertLessEqual({other for other, _ in found}, {kind, "pattern"})
        self.assert_fault(replace(CREATE, request_body=b"jobName=x"), "body", place)
        self.assert_fault(replace(CREATE, request_body=b"[]"), "type", place)
        self.assert_fault(replace(CREATE, request_headers=signed()), "header", f"{place} content-type")
        self.assert_fault(replace(CREATE, request_headers={"content-type": "application/json"}), "header", "request.authorization")
        other = signed("s3", **{"content-type": "application/json"})
        self.assert_fault(replace(CREATE, request_headers=other), "header", "request.authorization")

    def test_numbers_bytes_and_unions_in_a_json_request_are_checked(self) -> None:
        place = "Converse request"
        image = "messages.0.content.1.image"
        for path, new, kind, where in [
            ("inferenceConfig", {"maxTokens": 0}, "range", ".inferenceConfig.maxTokens"),
            ("inferenceConfig", {"maxTokens": 1.5}, "type", ".inferenceConfig.maxTokens"),
            ("inferenceConfig", {"maxTokens": True}, "type", ".inferenceConfig.maxTokens"),
            ("inferenceConfig", {"maxTokens": 1 << 31}, "range", ".inferenceConfig.maxTokens"),
            ("inferenceConfig", {"temperature": 1.5}, "range", ".inferenceConfig.temperature"),
            ("inferenceConfig", {"temperature": "0"}, "type", ".inferenceConfig.temperature"),
            (f"{image}.format", "jpg", "enum", ".messages[0].content[1].image.format"),
            (f"{image}.source.bytes", "not base64!", "type", ".messages[0].content[1].image.source.bytes"),
            (f"{image}.source.bytes", "", "length", ".messages[0].content[1].image.source.bytes"),
            (f"{image}.source.s3Location", {"uri": "s3://bucket/x"}, "union", ".messages[0].content[1].image.source"),
            ("messages.0.role", "bot", "enum", ".messages[0].role"),
        ]:
            with self.subTest(path, new=str(new)[:40]):
                self.assert_fault(replace(TALKED, request_body=json.dumps(changed(TALK, path, new)).encode()), kind, place + where)

    def test_each_kind_of_fault_in_path_and_query_string_is_found(self) -> None:
        listing = "ListModelCustomizationJobs request"
        self.assert_fault(replace(LIST, target="/model-customization-jobs?maxResult=2"), "unknown", f"{listing}.maxResult")
        self.assert_fault(replace(LIST, target="/model-customization-jobs?maxResults=two"), "type", f"{listing}.maxResults")
        self.assert_fault(replace(LIST, target="/model-customization-jobs?maxResults=1001"), "range", f"{listing}.maxResults")
        self.assert_fault(replace(LIST, target="/model-customization-jobs?statusEquals=Done"), "enum", f"{listing}.statusEquals")
        self.assert_fault(replace(LIST, target="/model-customization-jobs?creationTimeAfter=today"), "type", f"{listing}.creationTimeAfter")
        twice = "/model-customization-jobs?maxResults=1&maxResults=2"
        self.assert_fault(replace(LIST, target=twice), "length", f"{listing}.maxResults")
        self.assert_fault(replace(GET, target="/model-customization-jobs/a%20b"), "pattern", "GetModelCustomizationJob request.jobIdentifier")
        self.assert_fault(replace(GET, target="/model-customisation-jobs/a"), "operation", "request")
        self.assert_fault(replace(GET, target=f"/model-customization-jobs/{JOB_ARN}"), "operation", "request")
        self.assert_fault(replace(GET, method="PUT"), "operation", "request")
        self.assert_fault(replace(GET, request_body=b'{"x":1}'), "unknown", "GetModelCustomizationJob request body")

    def test_each_kind_of_fault_in_a_json_response_is_found(self) -> None:
        place = "GetModelCustomizationJob response"
        for path, new, kind, where in [
            ("jobArn", None, "required", ".jobArn"),
            ("jobId", "x", "unknown", ".body member jobId"),
            ("status", "Done", "enum", ".status"),
            ("creationTime", 1764064800, "type", ".creationTime"),
            ("creationTime", "25.11.2026", "type", ".creationTime"),
            ("creationTime", "2026-13-25T10:00:00Z", "type", ".creationTime"),
            ("trainingMetrics.trainingLoss", "0.25", "type", ".trainingMetrics.trainingLoss"),
            ("validationMetrics", {"validationLoss": 1}, "type", ".validationMetrics"),
            ("jobArn", JOB_ARN.upper(), "pattern", ".jobArn"),
            ("statusDetails.validationDetails.status", "Running", "enum", ".statusDetails.validationDetails.status"),
            ("statusDetails.uploadDetails", {}, "unknown", ".statusDetails.uploadDetails"),
            ("failureMessage", "x" * 2049, "length", ".failureMessage"),
        ]:
            with self.subTest(path, new=str(new)[:40]):
                self.assert_fault(replace(GET, response_body=json.dumps(changed(JOB_STATE, path, new)).encode()), kind, place + where)
        self.assert_fault(replace(GET, response_body=b"<x/>"), "body", place)
        self.assert_fault(replace(GET, response_headers={"content-type": "text/plain"}), "header", f"{place} content-type")
        self.assert_fault(replace(CREATE, status=200), "status", "CreateModelCustomizationJob response")

    def test_each_kind_of_fault_in_a_json_error_is_found(self) -> None:
        place = "CreateModelCustomizationJob error"
        headers = REFUSED.response_headers

        def error(code: str | None, status: int = 400, body: object = {"message": "no"}) -> Exchange:
            said = {"content-type": "application/json"} | ({"x-amzn-errortype": code} if code else {})
            return replace(REFUSED, status=status, response_headers=said, response_body=json.dumps(body).encode())

        self.assertEqual(check_exchange(REFUSED).error_code, "ValidationException")
        self.assertEqual(self.kinds(error("ConflictException:http://internal.amazon.com/")), [])
        self.assertEqual(self.kinds(error("com.amazonaws.bedrock#AccessDeniedException", 403)), [])
        self.assertEqual(self.kinds(error("UnrecognizedClientException", 403)), [], "of the common ones")
        self.assert_fault(error(None), "code", f"{place} None")
        self.assert_fault(error(None, body={"message": "no", "__type": "ConflictException"}), "header", f"{place} ConflictException x-amzn-errortype")
        self.assert_fault(error("ConflictException", 409), "status", f"{place} ConflictException")
        self.assert_fault(error("ModelTimeoutException"), "code", f"{place} ModelTimeoutException")
        self.assert_fault(error("ConflictException", body={"message": "no", "__type": "Other"}), "code", f"{place} ConflictException")
        self.assert_fault(error("ConflictException", body={}), "required", f"{place} ConflictException.message")
        self.assert_fault(error("ConflictException", body={"message": "no", "why": "x"}), "unknown", f"{place} ConflictException.why")
        plain = replace(error("ConflictException"), response_headers={**headers, "x-amzn-errortype": "ConflictException", "content-type": "text/plain"})
        self.assert_fault(plain, "header", f"{place} ConflictException content-type")
        self.assert_fault(replace(error("ConflictException"), response_body=b"no"), "body", f"{place} ConflictException")

    def test_each_kind_of_fault_in_a_form_is_found(self) -> None:
        place = "GetRole request"
        form = "Action=GetRole&Version=2010-05-08"
        self.assert_fault(replace(ROLE_GOT, request_body=form.encode()), "required", f"{place}.RoleName")
        self.assert_fault(replace(ROLE_GOT, request_body=f"{form}&RoleName=a/b".encode()), "pattern", f"{place}.RoleName")
        self.assert_fault(replace(ROLE_GOT, request_body=f"{form}&RoleName={'a' * 65}".encode()), "length", f"{place}.RoleName")
        self.assert_fault(replace(ROLE_GOT, request_body=f"{form}&RoleName=a&Role=b".encode()), "unknown", f"{place}.Role")
        self.assert_fault(replace(ROLE_GOT, request_body=f"{form}&RoleName=a&RoleName=b".encode()), "length", f"{place}.RoleName")
        self.assert_fault(replace(ROLE_GOT, request_body=b"Action=GetRole&Version=2011-06-15&RoleName=a"), "operation", "request")
        self.assert_fault(replace(ROLE_GOT, request_headers=signed("iam")), "header", f"{place} content-type")

    def test_each_kind_of_fault_in_xml_is_found(self) -> None:
        place = "GetRole response"
        for old, new, kind, where in [
            ("<Path>/</Path>", "", "required", f"{place}.Role.Path"),
            ("<Path>/</Path>", "<Path>/</Path><Age>1</Age>", "unknown", f"{place}.Role.Age"),
            ("<Path>/</Path>", "<Path>x</Path>", "pattern", f"{place}.Role.Path"),
            ("AROAEXAMPLE123456789", "AROA", "length", f"{place}.Role.RoleId"),
            ("2026-11-25T10:00:00Z", "Wednesday", "type", f"{place}.Role.CreateDate"),
            (">3600<", ">long<", "type", f"{place}.Role.MaxSessionDuration"),
            (">3600<", ">60<", "range", f"{place}.Role.MaxSessionDuration"),
            ("<RequestId>1</RequestId>", "", "required", f"{place}.ResponseMetadata.RequestId"),
            ("doc/2010-05-08", "doc/2011-06-15", "body", place),
            ("用途", "用;途", "pattern", f"{place}.Role.Tags[0].Key"),
            ("</GetRoleResponse>", "", "body", place),
        ]:
            with self.subTest(old, new=new):
                self.assert_fault(replace(ROLE_GOT, response_body=ROLE.replace(old, new).encode()), kind, where)
        item = replace(ROLE_GOT, response_body=ROLE.replace("member>", "item>").encode())
        self.assert_fault(item, "unknown", f"{place}.Role.Tags[0]")
        self.assert_fault(replace(ROLE_GOT, status=201), "status", place)

    def test_each_kind_of_fault_in_an_xml_error_is_found(self) -> None:
        place = "GetRole error"
        self.assertEqual(check_exchange(ROLE_MISSED).error_code, "NoSuchEntity")
        self.assert_fault(replace(ROLE_MISSED, status=400), "status", f"{place} NoSuchEntity")
        for old, new, kind, where in [
            ("NoSuchEntity", "NoSuchEntityException", "code", f"{place} NoSuchEntityException"),
            (">Sender<", ">Receiver<", "enum", f"{place} NoSuchEntity.Type"),
            ("<RequestId>1</RequestId>", "", "required", f"{place} NoSuchEntity.RequestId"),
            ("doc/2010-05-08", "doc", "body", f"{place} NoSuchEntity"),
        ]:
            with self.subTest(old, new=new):
                self.assert_fault(replace(ROLE_MISSED, response_body=NO_ROLE.replace(old, new).encode()), kind, where)

    def test_patterns_are_those_of_java(self) -> None:
        self.assertIsNone(expression(r"[\w]+").fullmatch("发票"))
        self.assertIsNotNone(expression(r"[\p{L}\p{N}]+").fullmatch("发票2"))
        self.assertIsNone(expression(r"[\p{L}\p{N}]+").fullmatch("发票 2"))

    def test_what_botocore_s_own_validator_refuses_is_found_here_too(self) -> None:
        """Requests damaged at random; the validator knows what is missing, unknown, of another type, too short or low."""
        random = Random(7)
        refused = 0
        for _ in range(600):
            exchange, request = random.choice([(CREATE, JOB), (TALKED, TALK)])
            damaged = damage(json.loads(json.dumps(request)), random)
            found = check_exchange(replace(exchange, request_body=json.dumps(damaged).encode()))
            assert found.operation is not None
            model = botocore.model.ServiceModel(BY_BOTOCORE[found.operation.api.name]).operation_model(found.operation.name)
            report = botocore.validate.ParamValidator().validate({**damaged, **found.operation.labels}, model.input_shape)
            if report.has_errors():
                refused += 1
                self.assertTrue(found.request_faults, f"{report.generate_report()}: {damaged}")
        self.assertGreater(refused, 200, "too few were damaged enough")

    def test_what_botocore_sends_passes(self) -> None:
        """Every operation that the stand-in has, as botocore's serializer writes it. Nothing goes out."""
        page: dict[str, Any] = {"maxResults": 5, "nameContains": "peers", "sortBy": "CreationTime", "sortOrder": "Ascending"}
        when = {"creationTimeAfter": "2026-11-25T10:00:00Z"}
        image = {"image": {"format": "jpeg", "source": {"bytes": b"\xff\xd8\xff"}}}
        stored = {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://bucket/x.png", "bucketOwner": ACCOUNT}}}}
        turns = {"messages": [{"role": "user", "content": [{"text": "谁?"}, image, stored]}], "system": [{"text": "x"}]}
        calls: list[tuple[str, str, dict[str, Any]]] = [
            ("bedrock", "create_model_customization_job", JOB),
            ("bedrock", "get_model_customization_job", {"jobIdentifier": JOB_ARN}),
            ("bedrock", "list_model_customization_jobs", page | when | {"statusEquals": "Completed", "nextToken": "a+/b="}),
            ("bedrock", "stop_model_customization_job", {"jobIdentifier": "peers-1"}),
            ("bedrock", "list_foundation_models", {"byCustomizationType": "FINE_TUNING", "byProvider": "amazon"}),
            ("bedrock", "get_foundation_model", {"modelIdentifier": BASE}),
            ("bedrock", "get_custom_model", {"modelIdentifier": MODEL_ARN}),
            ("bedrock", "list_custom_models", page | {"isOwned": True, "baseModelArnEquals": BASE}),
            ("bedrock", "delete_custom_model", {"modelIdentifier": MODEL_ARN}),
            ("bedrock", "create_custom_model_deployment", {"modelDeploymentName": "d_1", "modelArn": MODEL_ARN, "tags": []}),
            ("bedrock", "get_custom_model_deployment", {"customModelDeploymentIdentifier": DEPLOYMENT_ARN}),
            ("bedrock", "list_custom_model_deployments", page | {"statusEquals": "Active", "modelArnEquals": MODEL_ARN}),
            ("bedrock", "update_custom_model_deployment", {"customModelDeploymentIdentifier": "d_1", "modelArn": MODEL_ARN}),
            ("bedrock", "delete_custom_model_deployment", {"customModelDeploymentIdentifier": DEPLOYMENT_ARN}),
            ("bedrock", "tag_resource", {"resourceARN": JOB_ARN, "tags": [{"key": "k", "value": "v"}]}),
            ("bedrock", "untag_resource", {"resourceARN": JOB_ARN, "tagKeys": ["k"]}),
            ("bedrock", "list_tags_for_resource", {"resourceARN": JOB_ARN}),
            ("bedrock-runtime", "converse", {"modelId": DEPLOYMENT_ARN, **turns, "inferenceConfig": {"temperature": 0.0, "maxTokens": 20}}),
            ("bedrock-runtime", "invoke_model", {"modelId": "us.amazon.nova-lite-v1:0", "body": b"{}", "accept": "application/json"}),
            ("sts", "get_caller_identity", {}),
            ("iam", "get_role", {"RoleName": "nova-ft"}),
        ]
        for service, method, arguments in calls:
            with self.subTest(method):
                exchange = serialize(service, lambda client: getattr(client, method)(**arguments))
                checked = check_exchange(exchange)
                self.assertEqual([str(fault) for fault in checked.request_faults], [])
                self.assertEqual(checked.operation and checked.operation.name.lower(), method.replace("_", ""))


BY_BOTOCORE = {name: botocore.loaders.Loader().load_service_model(name, "service-2") for name in ("bedrock", "bedrock-runtime")}


def damage(value: Any, random: Random) -> Any:
    """The value with one thing changed somewhere in it."""
    inner = value
    while True:
        places = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        place = random.choice(places)
        if isinstance(inner[place], (dict, list)) and inner[place] and random.random() < 0.7:
            inner = inner[place]
            continue
        match random.randrange(4):
            case 0:
                del inner[place]
            case 1:
                inner[place] = random.choice(["", 0, -1, 1.5, True, [], {}, "x" * 3000])
            case 2 if isinstance(inner, dict):
                inner["another"] = inner[place]
            case _:
                inner[place] = [inner[place]]
        return value


class Stopped(Exception):
    """Raised in place of sending."""


def serialize(service: str, call: Callable[[Any], object]) -> Exchange:
    """The request that botocore would send."""
    sent: list[botocore.awsrequest.AWSPreparedRequest] = []

    def stop(request: botocore.awsrequest.AWSPreparedRequest, **_: object) -> None:
        sent.append(request)
        raise Stopped

    keys = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    client = boto3.client(service, endpoint_url=NOWHERE, config=botocore.config.Config(proxies={}), **keys)
    client.meta.events.register("before-send", stop)
    with contextlib.suppress(Stopped):
        call(client)
    [request] = sent
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()
    }
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    return Exchange(request.method, request.url.removeprefix(NOWHERE), headers, body, 200, {}, b"")


if __name__ == "__main__":
    unittest.main()
