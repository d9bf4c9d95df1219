"""A reverse proxy on 127.0.0.1 that passes requests on as they are, and keeps each exchange.

Nothing is changed on the way: SigV4 signs method, path, `Host` and more, so the server behind must see what was signed.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

from exchanges import Exchange

TIMEOUT_S = 300
# What holds for one connection only; a body of known length follows.
OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class RecordingProxy:
    """A proxy before `upstream`, an origin such as http://127.0.0.1:1234, until the block ends."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.exchanges: list[Exchange] = []
        self.lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_any(self) -> None:
                proxy.pass_on(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_any

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        try:
            status, headers, answer = self.ask(request.command, request.path, list(request.headers.items()), body)
        except OSError:
            # The server behind is gone: the client's connection breaks too, as it would have done without a proxy.
            request.close_connection = True
            return
        exchange = Exchange(
            request.command, request.path, lower(dict(request.headers.items())), body, status, lower(dict(headers)), answer
        )
        with self.lock:
            self.exchanges.append(exchange)
        send_head(request, status, headers, answer)
        if request.command != "HEAD":
            request.wfile.write(answer)

    def ask(
        self, method: str, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        upstream = http.client.HTTPConnection(self.upstream, timeout=TIMEOUT_S)
        try:
            upstream.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() != "expect":  # answered here already
                    upstream.putheader(name, value)
            upstream.endheaders(body)
            response = upstream.getresponse()
            return response.status, response.getheaders(), response.read()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            upstream.close()

    def take(self) -> list[Exchange]:
        """What was recorded since the last call."""
        with self.lock:
            taken, self.exchanges = self.exchanges, []
        return taken


def send_head(request: BaseHTTPRequestHandler, status: int, headers: list[tuple[str, str]], answer: bytes) -> None:
    """The answer's head. HEAD is told the length of what it would have got, which is the service's to say."""
    request.send_response_only(status)
    for name, value in headers:
        if name.lower() not in OF_THE_CONNECTION:
            request.send_header(name, value)
    told = lower(dict(headers)).get("content-length") if request.command == "HEAD" else None
    request.send_header("Content-Length", told or str(len(answer)))
    request.end_headers()


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
