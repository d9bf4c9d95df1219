"""The proxy checked: it passes on what it gets, byte for byte, and keeps it."""

from __future__ import annotations

import http.client
import socket
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from proxy import RecordingProxy

ANSWER = bytes(range(256)) * 300


class Upstream:
    """A server that keeps what arrives, and answers with bytes that no text is."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, list[tuple[str, str]], bytes]] = []
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PATCH(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                upstream.seen.append((self.command, self.path, self.headers.items(), body))
                self.send_response_only(418)
                self.send_header("X-Amzn-ErrorType", "ConflictException")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for part in (ANSWER[:1000], ANSWER[1000:], b""):
                    self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Proxy(unittest.TestCase):
    def test_a_request_arrives_as_it_was_sent_and_the_answer_comes_back_as_it_was_given(self) -> None:
        upstream = Upstream()
        self.addCleanup(upstream.close)
        proxy = self.enterContext(RecordingProxy(upstream.origin))
        host = urlsplit(proxy.endpoint).netloc
        target = "/custom-models/arn%3Aaws%3ax%2Fy+z?a=1&a=%E5%8F%91&b"
        body = bytes(reversed(range(256)))
        headers = {"Host": host, "Authorization": "AWS4-HMAC-SHA256 x", "X-Amz-Date": "now", "Content-Type": "application/json"}
        client = http.client.HTTPConnection(host)
        for _ in range(2):  # on one connection
            client.request("PATCH", target, body, headers)
            response = client.getresponse()
            self.assertEqual((response.status, response.getheader("x-amzn-errortype")), (418, "ConflictException"))
            self.assertEqual(response.read(), ANSWER)
        client.close()
        for method, path, arrived, content in upstream.seen:
            self.assertEqual((method, path, content), ("PATCH", target, body))
            self.assertLessEqual(set(headers.items()), set(arrived))
        exchanges = proxy.take()
        self.assertEqual(len(exchanges), 2)
        for exchange in exchanges:
            self.assertEqual((exchange.method, exchange.target, exchange.path), ("PATCH", target, target.partition("?")[0]))
            self.assertEqual((exchange.request_body, exchange.response_body), (body, ANSWER))
            self.assertEqual((exchange.status, exchange.response_headers["x-amzn-errortype"]), (418, "ConflictException"))
            self.assertEqual(exchange.request_headers["host"], host)
        self.assertEqual(proxy.take(), [])

    def test_a_server_that_is_gone_is_a_broken_connection(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            origin = f"http://127.0.0.1:{free.getsockname()[1]}"
        proxy = self.enterContext(RecordingProxy(origin))
        client = http.client.HTTPConnection(urlsplit(proxy.endpoint).netloc)
        self.addCleanup(client.close)
        client.request("GET", "/")
        with self.assertRaises(http.client.RemoteDisconnected):
            client.getresponse()
        self.assertEqual(proxy.take(), [])


if __name__ == "__main__":
    unittest.main()
