"""An HTTP exchange, as it went over the wire, against botocore's service model. Two protocols: rest-json and query."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import query
from shapes import Fault, Service, Shape, check, check_length, check_names, check_scalar, service, timestamp_format

SERVICES = ("bedrock", "bedrock-runtime", "sts", "iam")
JSON = "application/json"
LABEL = re.compile(r"\{(\w+)\}")
# What any operation may answer: the API reference's common errors, and those of the front that reads requests.
COMMON_ERRORS = {
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "IncompleteSignatureException": 403,
    "InternalServerException": 500,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "RequestEntityTooLargeException": 413,
    "SerializationException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "UnknownOperationException": 404,
    "UnrecognizedClientException": 403,
    "ValidationException": 400,
}


@dataclass(frozen=True)
class Exchange:
    """A request and its response, raw. Names of headers are in lower case."""

    method: str
    target: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    response_headers: Mapping[str, str]
    response_body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class Operation:
    """An operation that a request is for, with what stands in the path (decoded)."""

    api: Service
    name: str
    labels: Mapping[str, str]

    @property
    def model(self) -> Mapping[str, Any]:
        return self.api.operations[self.name]

    def shape(self, side: str) -> Shape:
        """The shape of `input` or `output`; an operation may have none."""
        reference = self.model.get(side)
        return self.api.shape(reference) if reference else {"type": "structure", "members": {}}


@dataclass(frozen=True)
class Checked:
    """What was found in one exchange."""

    operation: Operation | None
    error_code: str | None
    request_faults: Sequence[Fault]
    response_faults: Sequence[Fault]

    @property
    def faults(self) -> list[Fault]:
        return [*self.request_faults, *self.response_faults]


def check_exchange(exchange: Exchange) -> Checked:
    operation = find_operation(exchange)
    if operation is None:
        fault = Fault("operation", "request", f"no operation is {exchange.method} {exchange.target}")
        return Checked(None, None, [fault], [])
    if operation.api.protocol == "query":
        request = query.check_request(operation.api, operation.name, exchange.request_headers, exchange.request_body)
    else:
        request = check_request(operation, exchange)
    request_faults = [*check_signature(operation, exchange.request_headers), *request]
    code, response = check_response(operation, exchange)
    return Checked(operation, code, request_faults, list(response))


def find_operation(exchange: Exchange) -> Operation | None:
    """The operation with this method and path; the one with most words of its own, where several fit."""
    found: list[tuple[int, Operation]] = []
    for name in SERVICES:
        api = service(name)
        if api.protocol == "query":
            action = query.action(exchange.request_body)
            version = query.version(exchange.request_body)
            fits = exchange.method == "POST" and exchange.path == "/" and version == api.metadata["apiVersion"]
            if fits and action in api.operations:
                return Operation(api, action, {})
            continue
        for operation, model in api.operations.items():
            http = model["http"]
            labels = match_path(http["requestUri"].partition("?")[0], exchange.path)
            if http["method"] == exchange.method and labels is not None:
                found.append((len(labels), Operation(api, operation, labels)))
    return min(found, key=lambda pair: pair[0], default=(0, None))[1]


def match_path(template: str, path: str) -> dict[str, str] | None:
    """What the path has in the template's places, decoded. A `/` inside a value must have been encoded."""
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    labels = {}
    for word, value in zip(wanted, given):
        if label := LABEL.fullmatch(word):
            labels[label[1]] = unquote(value, errors="strict")
        elif word != value:
            return None
    return labels


def check_signature(operation: Operation, headers: Mapping[str, str]) -> Iterator[Fault]:
    """The request is signed, and for the service that it goes to."""
    wanted = operation.api.signing_name
    scope = re.search(r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request", headers.get("authorization", ""))
    if scope is None or scope[1] != wanted:
        yield Fault("header", "request.authorization", f"is not a signature for {wanted}")


def check_request(operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    """A rest-json request: path, query string, headers, body."""
    api, shape, place = operation.api, operation.shape("input"), f"{operation.name} request"
    headers, body = exchange.request_headers, exchange.request_body
    asked = parse_qsl(exchange.target.partition("?")[2], keep_blank_values=True, errors="strict")
    in_body, present = {}, set()
    for name, member in shape["members"].items():
        wire, target = member.get("locationName", name), f"{place}.{name}"
        match member.get("location"):
            case "uri":
                present.add(name)
                yield from check_written(api, member, operation.labels[wire], target)
            case "querystring":
                values = [value for key, value in asked if key == wire]
                asked = [pair for pair in asked if pair[0] != wire]
                if values:
                    present.add(name)
                yield from check_asked(api, member, values, target)
            case "header":
                if wire.lower() in headers:
                    present.add(name)
                    yield from check_written(api, member, headers[wire.lower()], target, "rfc822")
            case None:
                in_body[name] = member
            case other:
                raise NotImplementedError(f"a member in {other}, at {target}")
    for key, _ in asked:
        yield Fault("unknown", f"{place}.{key}", "the model has no such parameter in the query string")
    yield from check_body(api, shape, in_body, present, headers, body, place)


def check_asked(api: Service, member: Shape, values: list[str], place: str) -> Iterator[Fault]:
    """A parameter of the query string: a list repeats it, anything else stands once."""
    shape = api.shape(member)
    if shape["type"] == "list":
        if values:
            yield from check_length(shape, len(values), place, "entries")
        for n, value in enumerate(values):
            yield from check_written(api, shape["member"], value, f"{place}[{n}]")
        return
    if len(values) > 1:
        yield Fault("length", place, "stands more than once")
    for value in values:
        yield from check_written(api, member, value, place)


def check_written(api: Service, member: Shape, text: str, place: str, timestamps: str = "iso8601") -> Iterator[Fault]:
    """A value that stands as text: in a path, a query string, a header."""
    shape = api.shape(member)
    yield from check_scalar(shape, query.read_scalar(shape, text), place, timestamp_format(shape, member, timestamps))


def check_body(
    api: Service, shape: Shape, in_body: Shape, present: set[str], headers: Mapping[str, str], body: bytes, place: str
) -> Iterator[Fault]:
    """The body, and with what stands elsewhere whether every member is there that must be."""
    payload = shape.get("payload")
    if payload:
        if api.shape(in_body[payload])["type"] != "blob":
            raise NotImplementedError(f"a payload that is no blob, at {place}")
        yield from check_length(api.shape(in_body[payload]), len(body), f"{place}.{payload}", "bytes")
        yield from check_names(shape, present | ({payload} if body else set()), place)
        return
    if not in_body:
        # An object without members says no more than nothing.
        if body not in (b"", b"{}"):
            yield Fault("unknown", f"{place} body", f"there should be none, not {body[:200]!r}")
        yield from check_names(shape, present, place)
        return
    value: object = {}
    if body:
        if headers.get("content-type") != JSON:
            yield Fault("header", f"{place} content-type", f"a JSON body is announced as {headers.get('content-type')}")
        try:
            value = json.loads(body)
        except ValueError as error:
            yield Fault("body", place, f"no JSON: {error}: {body[:200]!r}")
            return
    if not isinstance(value, dict):
        yield Fault("type", place, f"an object is wanted, not {body[:200]!r}")
        return
    wires = {member.get("locationName", name): name for name, member in in_body.items()}
    yield from check_names(shape, present | {wires.get(key, f"body member {key}") for key in value}, place)
    for key in value.keys() & wires.keys():
        yield from check(api, in_body[wires[key]], value[key], f"{place}.{key}")


def check_response(operation: Operation, exchange: Exchange) -> tuple[str | None, Iterator[Fault]]:
    """The error's code, where it is one, and the faults."""
    api, name = operation.api, operation.name
    status, headers, body = exchange.status, exchange.response_headers, exchange.response_body
    if api.protocol == "query":
        return query.check_response(api, name, status, headers, body)
    if status >= 300:
        code = error_code(headers, body)
        return code, check_error(operation, code, status, headers, body)
    return None, check_output(operation, status, headers, body)


def check_output(operation: Operation, status: int, headers: Mapping[str, str], body: bytes) -> Iterator[Fault]:
    api, shape, place = operation.api, operation.shape("output"), f"{operation.name} response"
    wanted = operation.model["http"].get("responseCode", 200)
    if status != wanted:
        yield Fault("status", place, f"{status}, not {wanted}")
    in_body, present = {}, set()
    for name, member in shape["members"].items():
        if (location := member.get("location")) is None:
            in_body[name] = member
        elif location == "header":
            wire = member["locationName"].lower()
            if wire in headers:
                present.add(name)
                yield from check_written(api, member, headers[wire], f"{place}.{name}", "rfc822")
        else:
            raise NotImplementedError(f"a member in {location}, at {place}.{name}")
    yield from check_body(api, shape, in_body, present, headers, body, place)


def error_code(headers: Mapping[str, str], body: bytes) -> str | None:
    """The code in the header; a front may put a namespace before it and a link behind it."""
    for said in (headers.get("x-amzn-errortype"), json_object(body).get("__type")):
        if isinstance(said, str):
            return said.partition(":")[0].rpartition("#")[2]
    return None


def json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def check_error(
    operation: Operation, code: str | None, status: int, headers: Mapping[str, str], body: bytes
) -> Iterator[Fault]:
    place = f"{operation.name} error {code}"
    if code is None:
        yield Fault("code", place, f"neither x-amzn-errortype nor __type in {body[:200]!r}")
        return
    if "x-amzn-errortype" not in headers:
        yield Fault("header", f"{place} x-amzn-errortype", "is missing")
    said = error_code({}, body)
    if said not in (None, code):
        yield Fault("code", place, f"the body says {said}")
    modelled = {reference["shape"] for reference in operation.model.get("errors", [])}
    shape = operation.api.shapes.get(code, {}) if code in modelled else {}
    if code not in modelled and code not in COMMON_ERRORS:
        yield Fault("code", place, f"is not one of {', '.join(sorted(modelled))}")
        return
    wanted = shape["error"]["httpStatusCode"] if shape else COMMON_ERRORS[code]
    if status != wanted:
        yield Fault("status", place, f"{status}, not {wanted}")
    if headers.get("content-type") != JSON:
        yield Fault("header", f"{place} content-type", f"a JSON body is announced as {headers.get('content-type')}")
    yield from check_error_body(operation.api, shape, body, place)


def check_error_body(api: Service, shape: Shape, body: bytes, place: str) -> Iterator[Fault]:
    try:
        value = json.loads(body)
    except ValueError as error:
        yield Fault("body", place, f"no JSON: {error}: {body[:200]!r}")
        return
    if not isinstance(value, dict):
        yield Fault("type", place, f"an object is wanted, not {body[:200]!r}")
        return
    # A message must be there, whatever the model says: clients show nothing else. The name's case is as old as the service.
    if not any(isinstance(value.get(name), str) and value[name] for name in ("message", "Message")):
        yield Fault("required", f"{place}.message", "is missing")
    members = shape.get("members", {"message": {"shape": "NonBlankString"}})
    for name in value.keys() - members.keys() - {"__type", "Message"}:
        yield Fault("unknown", f"{place}.{name}", "the model has no such member")
    for name in value.keys() & members.keys():
        if members[name]["shape"] in api.shapes:
            yield from check(api, members[name], value[name], f"{place}.{name}")
