"""`nova-ft label --labeler converse` against the stand-in, through a proxy that counts and can make trouble.

1,000 files of 50 photos: killed twice in the middle, nothing is lost and nothing that was answered is asked again. And with
throttling, failures of the service, late and cut answers and broken ones, each at a tenth of the requests, all have labels.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import random
import tempfile
import time
import unittest
from collections import Counter
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from program import StandIn
from project import Project, give_readings
from proxy import RecordingProxy, lower

FILES, DISTINCT, CONCURRENCY, SEED = 1_000, 50, 4, 7
# Longer than the program waits for an answer in these tests.
TIMEOUT_S, LATE_S = 2, 3
TROUBLES = ("throttled", "failed", "late", "cut", "broken")
DEADLINE_S = 240


class Troublemaker(RecordingProxy):
    """Passes Converse on after a pause, or makes trouble instead, by a seeded plan; everything else goes through."""

    def __init__(self, upstream: str, share: float = 0.0, pause_s: float = 0.0) -> None:
        super().__init__(upstream)
        self.share, self.pause_s = share, pause_s
        self.random = random.Random(SEED)
        self.made: Counter[str] = Counter()
        self.asked: list[str] = []

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        if not request.path.endswith("/converse"):
            super().pass_on(request)
            return
        body = request.rfile.read(int(request.headers["content-length"]))
        with self.lock:
            self.asked.append(photo_in(body))
            drawn = self.random.random()
        trouble = TROUBLES[int(drawn / self.share)] if self.share and drawn < self.share * len(TROUBLES) else None
        with self.lock:
            self.made[trouble or "none"] += 1
        time.sleep(self.pause_s)
        if trouble == "throttled":
            self.refuse(request, 429, "ThrottlingException")
        elif trouble == "failed":
            self.refuse(request, 503, "ServiceUnavailableException")
        elif trouble == "cut":
            request.close_connection = True
        else:
            status, headers, answer = self.ask(request.command, request.path, list(request.headers.items()), body)
            if trouble == "late":
                time.sleep(LATE_S)
            if trouble == "broken":
                answer = answer[: len(answer) // 2]
            named = lower(dict(headers))
            self.answer(request, status, named.get("content-type", "application/json"), answer, named.get("x-amzn-errortype"))

    def refuse(self, request: BaseHTTPRequestHandler, status: int, code: str) -> None:
        self.answer(request, status, "application/json", b'{"message":"not now"}', code)

    def answer(
        self, request: BaseHTTPRequestHandler, status: int, content_type: str, body: bytes, code: str | None = None
    ) -> None:
        try:
            request.send_response_only(status)
            request.send_header("Content-Type", content_type)
            if code:
                request.send_header("x-amzn-errortype", code)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except OSError:  # Nobody waits for it any more.
            request.close_connection = True


def photo_in(body: bytes) -> str:
    """The digest of the photo that a request shows."""
    [image] = [block["image"] for block in json.loads(body)["messages"][0]["content"] if "image" in block]
    return hashlib.sha256(base64.b64decode(image["source"]["bytes"])).hexdigest()


def variant(jpeg: bytes, number: int) -> bytes:
    """The same picture in other bytes: a comment says which."""
    comment = f"variant {number}".encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


class LabelByModel(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "sample").mkdir()
        sample = Project(cls.folder / "sample")
        sample.write_sample()
        # The pages are found by the pixels, so every variant has been read.
        give_readings(sample)
        jpegs = [path.read_bytes() for path in sorted((sample.folder / "photos").glob("*.jpg"))]
        cls.distinct = [variant(jpegs[n % len(jpegs)], n) for n in range(DISTINCT)]
        cls.digests = {hashlib.sha256(jpeg).hexdigest() for jpeg in cls.distinct}
        assert len(cls.digests) == DISTINCT
        (cls.folder / "photos").mkdir()
        for n in range(FILES):
            path = cls.folder / "photos" / f"{n:04}.jpg"
            if n < DISTINCT:
                path.write_bytes(cls.distinct[n])
            else:
                os.link(cls.folder / "photos" / f"{n % DISTINCT:04}.jpg", path)
        cls.stand_in = cls.enterClassContext(StandIn(sample.folder, sample.env))

    def project(self, proxy: RecordingProxy) -> Project:
        folder = self.folder / self._testMethodName
        folder.mkdir()
        (folder / "photos").symlink_to(self.folder / "photos")
        login = self.stand_in.login
        env = {**login.variables(), "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": proxy.endpoint}
        return Project(folder, env, backend="aws")

    def options(self, *more: str) -> list[str]:
        return [
            *("--timeout", str(TIMEOUT_S), "label", "--labeler", "converse", "--input-dir", "photos"),
            *("--output-file", "labels.csv", "--concurrency", str(CONCURRENCY), *more),
        ]

    def answers(self, project: Project) -> list[dict]:
        path = project.folder / "labels.csv.answers.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found = []
        for line in lines:
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:  # The one that was being written.
                pass
        return found

    def table(self, project: Project) -> list[dict[str, str]]:
        with open(project.folder / "labels.csv", encoding="utf-8-sig", newline="") as table:
            return list(csv.DictReader(table))

    def kill_when(self, project: Project, count: int) -> None:
        """Starts to label, and kills the process when so many photos have an answer."""
        process = project.start(*self.options("--yes"))
        deadline = time.monotonic() + DEADLINE_S
        while len(self.answers(project)) < count and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        self.assertIsNone(process.poll(), "it was over before it could be killed")
        process.kill()
        process.wait()

    def test_killed_twice_in_the_middle_nothing_is_lost_and_nothing_is_asked_twice(self) -> None:
        with Troublemaker(self.stand_in.login.bedrock_endpoint, pause_s=0.05) as proxy:
            project = self.project(proxy)
            known: set[str] = set()
            for count in (12, 30):
                asked_before = len(proxy.asked)
                self.kill_when(project, count)
                time.sleep(0.3)  # What was on the way arrives.
                self.assertFalse(known & set(proxy.asked[asked_before:]), "an answered photo was asked about again")
                known = {answer["photo"] for answer in self.answers(project)}
                self.assertGreaterEqual(len(known), count)
                self.assertLess(len(known), DISTINCT)
                self.assertFalse((project.folder / "labels.csv").exists())
            asked_before = len(proxy.asked)
            done = project.run(*self.options("--yes"))
            self.assertEqual(set(proxy.asked[asked_before:]), self.digests - known)
            # Only what was on the way at a kill is asked about again.
            self.assertEqual(set(proxy.asked), self.digests)
            self.assertLessEqual(len(proxy.asked), DISTINCT + 2 * CONCURRENCY)
            asked = len(proxy.asked)
            summary = done.events[-1]
            self.assertEqual((summary["photos"], summary["rows"], summary["distinct"]), (FILES, FILES, DISTINCT))
            self.assertEqual(summary["asked"], DISTINCT - len(known))
            rows = self.table(project)
            self.assertEqual([row["image"] for row in rows], [f"{n:04}.jpg" for n in range(FILES)])
            # Undisturbed it would have ended so: files of one photo have one label, and so have photos of one picture.
            for n, row in enumerate(rows):
                self.assertEqual(row["answer"], rows[n % DISTINCT % 12]["answer"])
                self.assertEqual((row["labeler"], row["model"], row["prompt"]), ("converse", "amazon.nova-lite-v1:0", "p1"))
            again = project.run(*self.options("--yes")).events[-1]
            self.assertEqual((len(proxy.asked), again["recalled"], again["asked"]), (asked, FILES, 0))
            print(f"labelled {FILES} files of {DISTINCT} photos, killed twice: {asked} requests")

    def test_with_a_tenth_of_each_trouble_all_are_labelled_in_the_end(self) -> None:
        with Troublemaker(self.stand_in.login.bedrock_endpoint, share=0.1) as proxy:
            project = self.project(proxy)
            start = time.monotonic()
            done = project.run(*self.options("--yes"))
            for trouble in TROUBLES:
                self.assertGreater(proxy.made[trouble], 0, proxy.made)
            self.assertEqual(done.events[-1]["rows"], FILES)
            self.assertEqual([event for event in done.events if event["event"] == "finding"], [])
            self.assertEqual(len(self.answers(project)), DISTINCT)
            print(f"labelled with troubles {dict(proxy.made)} in {time.monotonic() - start:.0f} s")

    def test_what_may_be_spent_is_not_passed_and_a_higher_limit_goes_on(self) -> None:
        with Troublemaker(self.stand_in.login.bedrock_endpoint) as proxy:
            project = self.project(proxy)
            prices = ["--price-input", "1", "--price-output", "1"]
            done = project.run(*self.options("--yes", *prices, "--max-cost", "60"), exit_code=1)
            summary = done.events[-1]
            self.assertEqual(summary["left"] + summary["asked"], DISTINCT)
            self.assertTrue(0 < summary["cost_usd"] <= 60 and summary["left"] > 0, summary)
            self.assertEqual(len(proxy.asked), summary["asked"])
            self.assertIn("--max-cost", done.stderr)
            rows = summary["asked"] * FILES // DISTINCT
            self.assertEqual((summary["rows"], len(self.table(project))), (rows, rows))
            whole = project.run(*self.options("--yes", *prices, "--max-cost", "1000")).events[-1]
            self.assertEqual((whole["rows"], whole["left"], len(proxy.asked)), (FILES, 0, DISTINCT))

    def test_photos_do_not_leave_the_machine_before_somebody_agrees(self) -> None:
        with Troublemaker(self.stand_in.login.bedrock_endpoint) as proxy:
            project = self.project(proxy)
            done = project.run(*self.options(), exit_code=2)
            self.assertIn("leave this machine", done.said)
            self.assertIn("give --yes", done.stderr)
            self.assertIn("amazon.nova-lite-v1:0 in us-east-1", done.stderr)
            self.assertRegex(done.stderr, r"asking costs about \$0\.\d+ to \$0\.\d+")
            blind = project.run(*self.options("--model", "us.amazon.nova-micro-v1:0"), exit_code=2)
            self.assertIn("takes no images", blind.stderr)
            claude = ["--model", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"]
            dear = project.run(*self.options(*claude, "--max-cost", "1"), exit_code=2)
            self.assertIn("--price-input", dear.stderr)
            unknown = project.run(*self.options("--yes", *claude), exit_code=2)
            self.assertRegex(unknown.stderr, "model identifier|not found|ResourceNotFound")
            self.assertLessEqual(len(proxy.asked), CONCURRENCY)
            self.assertEqual(self.answers(project), [])


if __name__ == "__main__":
    unittest.main()
