"""The suite checked: the plan repeats itself, the proxy does what it says, and each thing that must not be is seen."""

from __future__ import annotations

import http.client
import json
import shutil
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import faulty_proxy
from attempt import Played, Ran, judge
from ending import ending_of
from families import FAMILIES, SHORT
from faulty_proxy import FaultyProxy, operation
from plan import KINDS, Plan
from program import StandIn
from steps import Step
from world import Quiet, World

ANSWER, BODY = b"an answer of the service", b"a body of the client"


class Plans(unittest.TestCase):
    def test_a_seed_does_the_same_in_whatever_order_requests_come(self) -> None:
        one, other = Plan("7"), Plan("7")
        asked = ["s3 PUT object", "s3 GET list-type", "bedrock POST /model-customization-jobs"] * 20
        forward = [one.fault(what) for what in asked]
        by_kind = {what: [other.fault(what) for _ in range(20)] for what in sorted(set(asked))}
        for at, what in enumerate(asked):
            self.assertEqual(forward[at], by_kind[what][at // 3])
        self.assertEqual(sorted(one.met), sorted(other.met))
        self.assertTrue(one.met)

    def test_seeds_differ_and_meet_every_kind(self) -> None:
        met = set()
        for seed in range(200):
            plan = Plan(str(seed))
            met |= {plan.fault("s3 PUT object") for _ in range(20)}
        self.assertEqual(met, {None, *KINDS})

    def test_a_plan_that_is_over_does_nothing(self) -> None:
        plan = Plan("7")
        plan.end()
        self.assertEqual({plan.fault("s3 PUT object") for _ in range(100)}, {None})

    def test_what_is_played_is_known(self) -> None:
        for family, step, variant in SHORT:
            self.assertIn((step, variant), FAMILIES[family][2])


class Only(Plan):
    """One kind of fault, every time."""

    def __init__(self, kind: str | None) -> None:
        super().__init__("")
        self.kind = kind

    def fault(self, _: str) -> str | None:
        return self.kind


class Copies(unittest.TestCase):
    def test_copies_of_one_moment_have_services_of_their_own(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            before = Path(name) / "before"
            before.mkdir()
            with StandIn(before):
                pass
            world = World(Path(name), "aws")
            world.quiet["upload"] = Quiet(Step("upload", ()), before, ending_of(before), 0, 0, 0)
            services = [StandIn(world.copy("upload", number).folder) for number in ("0001", "0002")]
            for service in services:
                service.__exit__()
            logins = [json.loads((before / ".nova-ft" / "server.json").read_text(encoding="utf-8"))]
            logins += [{"s3_endpoint": one.login.endpoint, "access_key_id": one.login.access_key_id} for one in services]
            for what in ("s3_endpoint", "access_key_id"):
                self.assertEqual(len({login[what] for login in logins}), 3, what)


class Proxies(unittest.TestCase):
    def setUp(self) -> None:
        arrived = self.arrived = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self.send_response_only(200)
                self.send_header("Content-Length", str(len(ANSWER)))
                self.end_headers()

            def do_PUT(self) -> None:
                arrived.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response_only(200)
                self.send_header("Content-Length", str(len(ANSWER)))
                self.end_headers()
                self.wfile.write(ANSWER)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def test_head_is_told_the_length_of_what_is_there(self) -> None:
        for kind in (None, "damage-answer"):
            with FaultyProxy(f"http://127.0.0.1:{self.server.server_port}", "s3", Only(kind)) as proxy:
                client = http.client.HTTPConnection(urlsplit(proxy.endpoint).netloc, timeout=10)
                client.request("HEAD", "/bucket/key")
                self.assertEqual(client.getresponse().headers["Content-Length"], str(len(ANSWER)))
                client.close()

    def put(self, kind: str | None, service: str = "s3") -> tuple[int, bytes] | None:
        """Status and body; nothing where the connection broke."""
        with FaultyProxy(f"http://127.0.0.1:{self.server.server_port}", service, Only(kind)) as proxy:
            client = http.client.HTTPConnection(urlsplit(proxy.endpoint).netloc, timeout=10)
            try:
                client.request("PUT", "/bucket/key", BODY)
                response = client.getresponse()
                return response.status, response.read()
            except (OSError, http.client.HTTPException):
                return None
            finally:
                client.close()

    def test_each_kind_does_what_it_says(self) -> None:
        faulty_proxy.DELAY_S = faulty_proxy.STALL_S = 0.01
        for kind in (None, "delay", "stall"):
            self.assertEqual(self.put(kind), (200, ANSWER), kind)
        self.assertEqual(self.arrived, [BODY] * 3)
        self.arrived.clear()
        for kind in ("cut-before", "cut-request"):
            self.assertIsNone(self.put(kind), kind)
        self.assertNotIn(BODY, self.arrived)
        self.arrived.clear()
        for kind in ("cut-after", "cut-answer"):
            self.assertIsNone(self.put(kind), kind)
        self.assertEqual(self.arrived, [BODY] * 2)
        self.arrived.clear()
        self.assertEqual(self.put("damage-request"), (200, ANSWER))
        self.assertEqual(differing(self.arrived[0], BODY), 1)
        status, body = self.put("damage-answer")
        self.assertEqual((status, differing(body, ANSWER)), (200, 1))
        self.arrived.clear()
        for service, statuses in (("s3", [503, 500, 502]), ("bedrock", [429, 500, 502])):
            self.assertEqual([self.put(kind, service)[0] for kind in ("throttle", "fail", "gateway")], statuses)
        self.assertEqual(self.arrived, [])

    def test_a_kind_of_request_has_no_names_in_it(self) -> None:
        self.assertEqual(operation("s3", "PUT", "/bucket/a/b.jpg?x-id=PutObject"), "PUT object")
        self.assertEqual(operation("s3", "GET", "/bucket?list-type=2&prefix=a"), "GET list-type")
        self.assertEqual(operation("s3", "HEAD", "/bucket/"), "HEAD bucket")
        self.assertEqual(operation("bedrock", "POST", "/model/amazon.nova-lite-v1%3A0/converse"), "POST /model/ID/converse")


def differing(one: bytes, other: bytes) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


class Endings(unittest.TestCase):
    """A small project with a state as the stand-in keeps it, and what can be wrong with it."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory())) / "project"
        self.write("output/dataset/train.jsonl", '{"a":1}\n{"a":2}\n')
        self.write("output/answers.jsonl", "1\n2\n")
        self.write(".nova-ft/s3/buckets/b/bucket.json", "{}")
        self.write(".nova-ft/s3/buckets/b/00.json", json.dumps({"key": "p/JOB/x.csv", "blob": "abc"}))
        self.write(".nova-ft/s3/blobs/objects/abc", "bytes")
        self.job("0123456789ab", 1)
        self.write(".nova-ft/pages/v/1.json", "{}")
        self.write("asked.csv.journal.jsonl", '{"photo":1}\n{"photo":2}\n{"kind":"table","sha256":"2"}\n')
        self.batch("00ff", 1)
        self.right = ending_of(self.folder)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def job(self, id: str, sequence: int) -> None:
        job = {"id": id, "model_id": id[::-1], "sequence": sequence, "created": "2026-11-26T05:08:50.214Z"}
        self.write(f".nova-ft/bedrock/jobs/{id}.json", json.dumps(job))

    def batch(self, id: str, sequence: int) -> None:
        self.write(f".nova-ft/bedrock/batches/{id}.json", json.dumps({"id": id, "sequence": sequence}))

    def test_ids_times_and_the_order_of_answers_make_no_difference(self) -> None:
        self.assertEqual(self.right.strays, ())
        (self.folder / ".nova-ft/bedrock/jobs/0123456789ab.json").unlink()
        self.job("ffff56789fff", 1)
        (self.folder / ".nova-ft/bedrock/batches/00ff.json").unlink()
        self.batch("11ee", 1)
        self.write("output/answers.jsonl", "2\n1\n")
        # A table was written before the last photo was read.
        tables = '{"kind":"table","sha256":"1"}\n{"photo":1}\n{"kind":"table","sha256":"2"}\n'
        self.write("asked.csv.journal.jsonl", '{"photo":2}\n' + tables)
        self.write("output/logs/run.log", "what was said")
        self.assertEqual(ending_of(self.folder).differences(self.right), [])

    def test_each_thing_that_must_not_be_is_seen(self) -> None:
        kept = self.folder.with_name("kept")
        read, table = '{"photo":1}\n{"photo":2}\n', '{"kind":"table","sha256":"2"}\n'
        self.folder.rename(kept)
        for what, name, text in [
            ("another record", "output/dataset/train.jsonl", '{"a":1}\n{"a":3}\n'),
            ("a record that is cut off", "output/dataset/train.jsonl", '{"a":1}\n{"a"'),
            ("an answer twice", "output/answers.jsonl", "1\n2\n2\n"),
            ("a file more", "output/new.csv", ""),
            ("a temporary file", "output/.nova-ft-partial-abc", ""),
            ("a temporary file of the stand-in", ".nova-ft/bedrock/jobs/.nova-ft-partial-abc", "{}"),
            ("a memory that is cut off", "output/dataset/.sent.json", '{"backend":'),
            ("another object", ".nova-ft/s3/blobs/objects/abc", "other"),
            ("an object more", ".nova-ft/s3/buckets/b/01.json", '{"key": "p/y", "blob": "abc"}'),
            ("a record that is cut off", ".nova-ft/s3/buckets/b/01.json", '{"key": "p/y"'),
            ("a blob of no object", ".nova-ft/s3/blobs/objects/def", ""),
            ("an upload in parts", ".nova-ft/s3/uploads/1", ""),
            ("a second job", ".nova-ft/bedrock/jobs/ab.json", '{"id": "ab", "model_id": "cd", "sequence": 2}'),
            ("a second batch", ".nova-ft/bedrock/batches/ab.json", '{"id": "ab", "sequence": 2}'),
            ("a batch that is cut off", ".nova-ft/bedrock/batches/00ff.json", '{"id"'),
            ("answers of a batch that did not end", ".nova-ft/bedrock/batch-answers/00ff.jsonl", "{}"),
            ("a photo read twice", "asked.csv.journal.jsonl", read + '{"photo":2}\n' + table),
            ("another table", "asked.csv.journal.jsonl", read + table.replace("2", "3")),
            ("an earlier table", "asked.csv.journal.jsonl", read + table + table.replace("2", "1")),
            ("no table", "asked.csv.journal.jsonl", read),
            ("a deployment", ".nova-ft/bedrock/deployments/ab.json", '{"token": 1}'),
            ("a page that is cut off", ".nova-ft/pages/v/1.json", "{"),
        ]:
            with self.subTest(what):
                shutil.copytree(kept, self.folder)
                self.write(name, text)
                self.assertNotEqual(ending_of(self.folder).differences(self.right), [])
                shutil.rmtree(self.folder)
        for name in ("output/dataset/train.jsonl", ".nova-ft/s3/blobs/objects/abc", ".nova-ft/s3/buckets/b/00.json"):
            with self.subTest(f"{name} is gone"):
                shutil.copytree(kept, self.folder)
                (self.folder / name).unlink()
                self.assertNotEqual(ending_of(self.folder).differences(self.right), [])
                shutil.rmtree(self.folder)


class Judgements(unittest.TestCase):
    def complaints(self, ran: Ran, killed: bool = False) -> list[str]:
        played = Played("", "", "", "")
        judge(ran, played, killed)
        return played.complaints

    def test_what_is_right_passes_and_what_is_not_is_said(self) -> None:
        hint = "error: cannot write a\n  hint: free some space.\n"
        for ran in (Ran(0, "{}\n", ""), Ran(1, "", "error: no"), Ran(2, "", hint), Ran(130, "", "interrupted")):
            self.assertEqual(self.complaints(ran), [])
        self.assertEqual(self.complaints(Ran(-9, "{", ""), killed=True), [])
        for ran in (
            Ran(0, "", "thread 'main' panicked at src"),
            Ran(101, "", hint),
            Ran(-11, "", ""),
            Ran(1, "", ""),
            Ran(2, "", "error: cannot write a"),
            Ran(0, '{"event":', ""),
        ):
            self.assertEqual(len(self.complaints(ran)), 1, ran)
        self.assertEqual(len(self.complaints(Ran(-9, "", "panicked at src"), killed=True)), 1)


if __name__ == "__main__":
    unittest.main()
