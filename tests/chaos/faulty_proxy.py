"""A proxy between nova-ft and a stand-in that does to requests what a plan says."""

from __future__ import annotations

import re
import socket
import time
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from plan import Plan
from proxy import RecordingProxy, send_head

DELAY_S = 1
# Longer than the client waits (`world.TIMEOUT`).
STALL_S = 4
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"


class FaultyProxy(RecordingProxy):
    """`service` is s3 or bedrock: what an error of it looks like."""

    def __init__(self, upstream: str, service: str, plan: Plan) -> None:
        super().__init__(upstream)
        self.service, self.plan = service, plan
        # A client that gave up breaks the connection: that is what this is for.
        self.server.handle_error = lambda *_: None

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        kind = self.plan.fault(f"{self.service} {operation(self.service, request.command, request.path)}")
        if kind in ("delay", "stall"):
            time.sleep(DELAY_S if kind == "delay" else STALL_S)
            kind = None
        if kind is None:
            super().pass_on(request)
        elif kind == "cut-before":
            self.cut(request)
        elif kind in ("throttle", "fail", "gateway"):
            read_body(request)
            self.refuse(request, kind)
        elif kind == "cut-request":
            self.send_half(request, read_body(request))
            self.cut(request)
        else:
            self.spoil(request, read_body(request), kind)

    def spoil(self, request: BaseHTTPRequestHandler, body: bytes, kind: str) -> None:
        """Asks, and loses or damages one of the two bodies."""
        sent = damaged(body) if kind == "damage-request" else body
        try:
            status, headers, answer = self.ask(request.command, request.path, list(request.headers.items()), sent)
        except OSError:
            return self.cut(request)
        if kind == "cut-after":
            return self.cut(request)
        send_head(request, status, headers, answer)
        if request.command != "HEAD":
            request.wfile.write(answer[: len(answer) // 2] if kind == "cut-answer" else damaged_answer(answer, kind))
        if kind == "cut-answer":
            self.cut(request)

    def refuse(self, request: BaseHTTPRequestHandler, kind: str) -> None:
        if kind == "gateway":
            return answer(request, 502, {"Content-Type": "text/html"}, PAGE)
        if self.service == "s3":
            status, code = (503, "SlowDown") if kind == "throttle" else (500, "InternalError")
            body = f"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>{code}</Code><Message>Please try again.</Message></Error>"
            return answer(request, status, {"Content-Type": "application/xml"}, body.encode())
        status, code = (429, "ThrottlingException") if kind == "throttle" else (500, "InternalServerException")
        headers = {"Content-Type": "application/json", "x-amzn-errortype": code}
        answer(request, status, headers, b'{"message":"Please try again."}')

    def send_half(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        """Head and half of the body reach the service."""
        host, _, port = self.upstream.partition(":")
        head = f"{request.command} {request.path} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in request.headers.items() if name.lower() != "expect"
        )
        try:
            with socket.create_connection((host, int(port)), timeout=5) as upstream:
                upstream.sendall(head.encode() + b"\r\n" + body[: len(body) // 2] if body else head.encode())
        except OSError:
            pass

    def cut(self, request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        try:
            request.wfile.flush()
            request.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def read_body(request: BaseHTTPRequestHandler) -> bytes:
    return request.rfile.read(int(request.headers.get("content-length", 0)))


def answer(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
    request.send_response_only(status)
    for name, value in (headers | {"Content-Length": str(len(body))}).items():
        request.send_header(name, value)
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)


def damaged(body: bytes) -> bytes:
    """No UTF-8 and no JSON has this byte; a photo may have it, so it is another one there in any case."""
    at = len(body) // 2
    return body[:at] + bytes([0xFF if body[at] != 0xFF else 0]) + body[at + 1 :] if body else body


def damaged_answer(body: bytes, kind: str) -> bytes:
    return damaged(body) if kind == "damage-answer" else body


def operation(service: str, method: str, target: str) -> str:
    """The kind of a request: what it does, without the names of objects and things."""
    url = urlsplit(target)
    if service == "s3":
        query = parse_qs(url.query, keep_blank_values=True)
        what = next((word for word in ("list-type", "uploads", "partNumber", "uploadId", "delete", "location") if word in query), "")
        level = "object" if url.path.strip("/").count("/") else "bucket"
        return f"{method} {what or level}"
    path = re.sub(r"/[^/]*[0-9%:][^/]*", "/ID", url.path)
    return f"{method} {path}"
