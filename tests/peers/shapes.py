"""Values against botocore's service model: what is missing, unknown, of the wrong type, or not as its shape says.

Only the model's data are botocore's. Its parser takes anything, so nothing here goes through it.
"""

from __future__ import annotations

import base64
import binascii
import functools
import itertools
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import botocore.loaders

Shape = Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """One thing that is not as the model says."""

    kind: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind} at {self.place}: {self.what}"


class Service:
    """A service's model: operations and shapes."""

    def __init__(self, name: str) -> None:
        model = botocore.loaders.Loader().load_service_model(name, "service-2")
        self.name = name
        self.metadata: Mapping[str, Any] = model["metadata"]
        self.operations: Mapping[str, Any] = model["operations"]
        self.shapes: Mapping[str, Shape] = model["shapes"]

    @property
    def protocol(self) -> str:
        return self.metadata["protocol"]

    @property
    def signing_name(self) -> str:
        return self.metadata.get("signingName", self.metadata["endpointPrefix"])

    def shape(self, reference: Shape | str) -> Shape:
        """The shape that a member refers to."""
        return self.shapes[reference if isinstance(reference, str) else reference["shape"]]


@functools.cache
def service(name: str) -> Service:
    return Service(name)


def check(api: Service, reference: Shape | str, value: object, place: str) -> Iterator[Fault]:
    """Faults of a value as it stands in JSON: of it and of everything in it."""
    shape = api.shape(reference)
    kind = shape["type"]
    if shape.get("document"):
        return
    if kind == "structure":
        yield from check_structure(api, shape, value, place)
    elif kind == "list":
        yield from check_list(api, shape, value, place)
    elif kind == "map":
        yield from check_map(api, shape, value, place)
    else:
        yield from check_scalar(shape, value, place, timestamp_format(shape, reference, "unixTimestamp"))


def check_structure(api: Service, shape: Shape, value: object, place: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield wrong_type("an object", value, place)
        return
    members = {wire_name(name, member): (name, member) for name, member in shape["members"].items()}
    yield from check_names(shape, {members[key][0] if key in members else key for key in value}, place)
    for key in value.keys() & members.keys():
        yield from check(api, members[key][1], value[key], f"{place}.{key}")


def check_names(shape: Shape, present: set[str], place: str) -> Iterator[Fault]:
    """Members that must be there, members that the model does not know, and the one member of a union."""
    for name in shape.get("required", []):
        if name not in present:
            yield Fault("required", f"{place}.{name}", "is missing")
    for name in sorted(present - shape["members"].keys()):
        yield Fault("unknown", f"{place}.{name}", "the model has no such member")
    if shape.get("union") and len(present) != 1:
        yield Fault("union", place, f"one member must be set, not {len(present)}")


def check_list(api: Service, shape: Shape, value: object, place: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield wrong_type("a list", value, place)
        return
    yield from check_length(shape, len(value), place, "entries")
    for n, entry in enumerate(value):
        yield from check(api, shape["member"], entry, f"{place}[{n}]")


def check_map(api: Service, shape: Shape, value: object, place: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield wrong_type("an object", value, place)
        return
    yield from check_length(shape, len(value), place, "entries")
    for key, entry in value.items():
        yield from check(api, shape["key"], key, f"{place} key {key!r}")
        yield from check(api, shape["value"], entry, f"{place}.{key}")


def check_scalar(shape: Shape, value: object, place: str, timestamps: str) -> Iterator[Fault]:
    match shape["type"]:
        case "string" | "character":
            if isinstance(value, str):
                yield from check_text(shape, value, place)
            else:
                yield wrong_type("a string", value, place)
        case "integer" | "long" | "short" | "byte" as kind:
            if isinstance(value, int) and not isinstance(value, bool):
                bits = {"byte": 8, "short": 16, "integer": 32, "long": 64}[kind]
                yield from check_range(shape, value, place)
                if not -(1 << bits - 1) <= value < 1 << bits - 1:
                    yield Fault("range", place, f"{value} does not go into {bits} bits")
            else:
                yield wrong_type("an integer", value, place)
        case "float" | "double":
            if value in ("NaN", "Infinity", "-Infinity"):
                return
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                yield from check_range(shape, value, place)
            else:
                yield wrong_type("a number", value, place)
        case "boolean":
            if not isinstance(value, bool):
                yield wrong_type("true or false", value, place)
        case "timestamp":
            if not is_timestamp(value, timestamps):
                yield wrong_type(f"a timestamp ({timestamps})", value, place)
        case "blob":
            try:
                size = len(base64.b64decode(value, validate=True)) if isinstance(value, str) else None
            except binascii.Error:
                size = None
            if size is None:
                yield wrong_type("base64", value, place)
            else:
                yield from check_length(shape, size, place, "bytes")
        case other:
            raise NotImplementedError(f"a shape of type {other}, at {place}")


def check_text(shape: Shape, value: str, place: str) -> Iterator[Fault]:
    yield from check_length(shape, len(value), place, "characters")
    if (enum := shape.get("enum")) and value not in enum:
        yield Fault("enum", place, f"{value!r} is not one of {', '.join(enum)}")
    if (pattern := shape.get("pattern")) and not expression(pattern).fullmatch(value):
        yield Fault("pattern", place, f"{value[:200]!r} is not of the form {pattern}")


def check_length(shape: Shape, length: int, place: str, unit: str) -> Iterator[Fault]:
    if not shape.get("min", 0) <= length <= shape.get("max", sys.maxsize):
        yield Fault("length", place, f"{length} {unit}, not {shape.get('min', 0)} to {shape.get('max', 'any number')}")


def check_range(shape: Shape, value: float, place: str) -> Iterator[Fault]:
    if not shape.get("min", value) <= value <= shape.get("max", value):
        yield Fault("range", place, f"{value} is not from {shape.get('min', 'any')} to {shape.get('max', 'any')}")


def wrong_type(wanted: str, value: object, place: str) -> Fault:
    return Fault("type", place, f"{wanted} is wanted, not {value!r:.200}")


def wire_name(name: str, member: Shape) -> str:
    return member.get("locationName", name)


def timestamp_format(shape: Shape, reference: Shape | str, default: str) -> str:
    of_member = reference.get("timestampFormat") if isinstance(reference, Mapping) else None
    return of_member or shape.get("timestampFormat") or default


def is_timestamp(value: object, form: str) -> bool:
    if form == "unixTimestamp":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    try:
        if form == "rfc822":
            parsedate_to_datetime(value)
            return True
        datetime.fromisoformat(value)
        return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value) is not None
    except ValueError:
        return False


@functools.cache
def expression(pattern: str) -> re.Pattern[str]:
    r"""A pattern of the model. They are Java's: whole values, `\w` is ASCII, `\p{L}` is a category of Unicode."""
    return re.compile(re.sub(r"\\p\{(\w+)\}", lambda found: category(found[1]), pattern), re.ASCII)


@functools.cache
def category(name: str) -> str:
    """The characters of a category of Unicode, to stand inside brackets."""
    ranges = []
    members = (code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)).startswith(name))
    # A run of neighbours has one difference between code and place.
    for _, run in itertools.groupby(enumerate(members), lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        ranges.append(f"\\U{codes[0]:08x}-\\U{codes[-1]:08x}")
    return "".join(ranges)
