"""The query protocol against botocore's service model: a form as request, XML as response. STS and IAM speak it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from shapes import Fault, Service, Shape, check_length, check_names, check_scalar, timestamp_format

FORM = "application/x-www-form-urlencoded"
# What any action may answer, by code.
COMMON_ERRORS = {
    "AccessDenied": 403,
    "IncompleteSignature": 400,
    "InternalFailure": 500,
    "InvalidAction": 400,
    "InvalidClientTokenId": 403,
    "MissingAuthenticationToken": 403,
    "SignatureDoesNotMatch": 403,
    "Throttling": 400,
    "ValidationError": 400,
}


def fields(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def action(body: bytes) -> str | None:
    return dict(fields(body)).get("Action")


def version(body: bytes) -> str | None:
    return dict(fields(body)).get("Version")


def check_request(api: Service, name: str, headers: Mapping[str, str], body: bytes) -> Iterator[Fault]:
    place = f"{name} request"
    if not headers.get("content-type", "").startswith(FORM):
        yield Fault("header", f"{place} content-type", f"{headers.get('content-type')}, not {FORM}")
    reference = api.operations[name].get("input")
    shape = api.shape(reference) if reference else {"type": "structure", "members": {}}
    given = [pair for pair in fields(body) if pair[0] not in ("Action", "Version")]
    present = set()
    for key, text in given:
        if key in present:
            yield Fault("length", f"{place}.{key}", "stands more than once")
        present.add(key)
        if member := shape["members"].get(key):
            inner = api.shape(member)
            if inner["type"] in ("structure", "list", "map"):
                raise NotImplementedError(f"a form with a {inner['type']}, at {place}.{key}")
            yield from check_scalar(inner, read_scalar(inner, text), f"{place}.{key}", timestamp_format(inner, member, "iso8601"))
    yield from check_names(shape, present, place)


def check_response(
    api: Service, name: str, status: int, headers: Mapping[str, str], body: bytes
) -> tuple[str | None, Iterator[Fault]]:
    """The error's code, where it is one, and the faults."""
    place = f"{name} response"
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        return None, iter([Fault("body", place, f"no XML: {error}: {body[:200]!r}")])
    if status >= 300:
        code = next((node.text or "" for node in root.iter() if local(node) == "Code"), None)
        return code, check_error(api, name, code, status, root)
    return None, check_result(api, name, status, headers, root)


def check_result(
    api: Service, name: str, status: int, headers: Mapping[str, str], root: ElementTree.Element
) -> Iterator[Fault]:
    place = f"{name} response"
    if status != 200:
        yield Fault("status", place, f"{status}, not 200")
    if not headers.get("content-type", "").startswith(("text/xml", "application/xml")):
        yield Fault("header", f"{place} content-type", f"XML is announced as {headers.get('content-type')}")
    wanted = f"{{{api.metadata['xmlNamespace']}}}{name}Response"
    if root.tag != wanted:
        yield Fault("body", place, f"the document is {root.tag}, not {wanted}")
        return
    output = api.operations[name]["output"]
    wrapper = output["resultWrapper"]
    parts = {local(child): child for child in root}
    for unknown in sorted(parts.keys() - {wrapper, "ResponseMetadata"}):
        yield Fault("unknown", f"{place}.{unknown}", "the protocol has no such element")
    metadata = parts.get("ResponseMetadata")
    if metadata is None or not any(local(node) == "RequestId" and node.text for node in metadata):
        yield Fault("required", f"{place}.ResponseMetadata.RequestId", "is missing")
    if wrapper not in parts:
        yield Fault("required", f"{place}.{wrapper}", "is missing")
        return
    yield from check_node(api, output, parts[wrapper], place)


def check_node(api: Service, reference: Shape, node: ElementTree.Element, place: str) -> Iterator[Fault]:
    """An element against its shape."""
    shape = api.shape(reference)
    if shape["type"] == "structure":
        children = {local(child): child for child in node}
        yield from check_names(shape, set(children), place)
        for name in children.keys() & shape["members"].keys():
            yield from check_node(api, shape["members"][name], children[name], f"{place}.{name}")
    elif shape["type"] == "list":
        yield from check_length(shape, len(node), place, "entries")
        for n, child in enumerate(node):
            if local(child) != "member":
                yield Fault("unknown", f"{place}[{n}]", f"an entry is called {local(child)}, not member")
            yield from check_node(api, shape["member"], child, f"{place}[{n}]")
    elif shape["type"] == "map":
        raise NotImplementedError(f"XML with a map, at {place}")
    else:
        value = read_scalar(shape, node.text or "")
        yield from check_scalar(shape, value, place, timestamp_format(shape, reference, "iso8601"))
        if len(node):
            yield Fault("unknown", place, "a value has elements inside")


def check_error(
    api: Service, name: str, code: str | None, status: int, root: ElementTree.Element
) -> Iterator[Fault]:
    place = f"{name} error {code}"
    found = [local(node) for node in root.iter()]
    if found[:2] != ["ErrorResponse", "Error"]:
        yield Fault("body", place, f"the document is {' > '.join(found[:2])}, not ErrorResponse > Error")
    if root.tag != f"{{{api.metadata['xmlNamespace']}}}ErrorResponse":
        yield Fault("body", place, f"the document is {root.tag}")
    for needed in ("Code", "Message", "RequestId"):
        if not any(local(node) == needed and node.text for node in root.iter()):
            yield Fault("required", f"{place}.{needed}", "is missing")
    modelled = {shape["error"]["code"]: shape["error"] for shape in errors(api, name)}
    if code not in modelled and code not in COMMON_ERRORS:
        yield Fault("code", place, f"is not one of {', '.join([*modelled, *COMMON_ERRORS])}")
        return
    wanted = modelled[code]["httpStatusCode"] if code in modelled else COMMON_ERRORS[code or ""]
    if status != wanted:
        yield Fault("status", place, f"{status}, not {wanted}")
    kind = next((node.text for node in root.iter() if local(node) == "Type"), None)
    if kind != ("Sender" if wanted < 500 else "Receiver"):
        yield Fault("enum", f"{place}.Type", f"{kind} for a status of {wanted}")


def errors(api: Service, name: str) -> list[Shape]:
    return [api.shape(reference) for reference in api.operations[name].get("errors", [])]


def local(node: ElementTree.Element) -> str:
    """An element's name without its namespace."""
    return node.tag.rpartition("}")[2]


def read_scalar(shape: Shape, text: str) -> object:
    """A value that stands as text, as JSON would have it; text that is no such value stays text, and so is found."""
    match shape["type"]:
        case "integer" | "long" | "short" | "byte" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "float" | "double" if re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text):
            return float(text)
        case "boolean" if text in ("true", "false"):
            return text == "true"
        case "timestamp" if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text)
    return text
