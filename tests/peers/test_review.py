"""`nova-ft review` as a person uses it: in a browser, by the keyboard alone, and killed in the middle."""

from __future__ import annotations

import csv
import http.client
import json
import os
import subprocess
import tempfile
import unittest
from contextlib import closing
from pathlib import Path

from program import START_DEADLINE_S
from project import Project

try:
    from browser import Browser, chromium
except ImportError as error:
    raise unittest.SkipTest(f"websocket-client is not installed: {error}") from error

PHOTOS = 26
# A folder for pictures of the page, to be looked at.
PICTURES = os.environ.get("REVIEW_PICTURES")

CURRENT = "document.getElementById('image').textContent"
SETTLED = "Number(document.querySelector('#counts b').textContent)"


class Review:
    """`nova-ft review --json`, from its first event until it is killed or stopped."""

    def __init__(self, project: Project, *arguments: str) -> None:
        self.process = subprocess.Popen(
            project.command("review", "--labels", "labels.csv", "--input-dir", "photos", *arguments),
            cwd=project.folder,
            env=project.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        event = next((event for line in self.process.stdout if (event := json.loads(line))["event"] == "review"), None)
        if event is None:
            self.process.wait(START_DEADLINE_S)
            raise RuntimeError(f"it did not start: {self.process.stderr and self.process.stderr.read()}")
        self.url: str = event["url"]

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.kill()
        self.process.communicate(timeout=START_DEADLINE_S)

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])


@unittest.skipUnless(chromium(), "there is no chromium on this machine")
class ReviewTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.project = Project(Path(folder.name))
        self.project.write_sample(PHOTOS)
        with open(self.table, encoding="utf-8", newline="") as table:
            self.truth = {row["image"]: row["seller"] for row in csv.DictReader(table)}
        self.write({})

    @property
    def table(self) -> Path:
        return self.project.folder / "labels.csv"

    def write(self, settled: dict[str, str]) -> None:
        """A table of three labelers, none of them settled but these: two are right by turns, and now and then nobody is."""
        with open(self.table, "w", encoding="utf-8", newline="") as table:
            writer = csv.writer(table)
            writer.writerow(["image", "seller", "note", "by:reader", "by:nova", "by:claude"])
            for at, (image, seller) in enumerate(self.truth.items()):
                wrong = "<script>alert(1)</script>" if at == 0 else seller.replace("公司", "公司分公司", 1) + "（集团）"
                said = [wrong, seller, seller] if at % 5 else [wrong, "", "提取失败: timed out"]
                writer.writerow([image, settled.get(image, ""), 'kept, "as it is"', *said])

    def sellers(self) -> dict[str, str]:
        with open(self.table, encoding="utf-8", newline="") as table:
            return {row["image"]: row["seller"] for row in csv.DictReader(table)}

    def start(self, *arguments: str) -> Review:
        review = Review(self.project, *arguments)
        self.addCleanup(review.kill)
        return review

    def browser(self, url: str, **size: int) -> Browser:
        browser = self.enterContext(Browser(**size))
        browser.open(url)
        browser.wait("!document.getElementById('sheet').hidden")
        return browser

    def settle(self, browser: Browser) -> tuple[str, str]:
        """Settles the photo that is shown, by the keyboard: by accepting, picking or typing."""
        image = browser.ask(CURRENT)
        wanted = self.truth[image]
        before = browser.ask(SETTLED)
        names = browser.ask("[...document.querySelectorAll('.candidate .name')].map((name) => name.textContent)")
        if wanted in names:
            at = names.index(wanted)
            browser.press("Enter" if at == 0 else str(at + 1))
        else:
            browser.press("e" if before % 2 else "/")
            browser.wait("document.activeElement.id === 'typed'")
            browser.type(wanted)
            browser.press("Enter")
        browser.wait(SETTLED, lambda settled: settled == before + 1)
        browser.wait(CURRENT, lambda shown: shown != image)
        return image, wanted

    def test_twenty_labels_by_the_keyboard_alone_and_a_kill_in_between_loses_none(self) -> None:
        review = self.start()
        browser = self.browser(review.url)
        done = dict(self.settle(browser) for _ in range(11))
        review.kill()
        self.assertEqual({image: seller for image, seller in self.sellers().items() if seller}, done)
        browser.press("Enter")
        browser.wait("!document.getElementById('trouble').hidden")
        review = self.start()
        browser.open(review.url)
        browser.wait("!document.getElementById('sheet').hidden")
        self.assertEqual(browser.ask(SETTLED), 11)
        done |= dict(self.settle(browser) for _ in range(9))
        self.assertEqual(len(done), 20)
        review.kill()
        self.assertEqual(self.sellers(), {image: done.get(image, "") for image in self.truth})
        # The columns that no decision is about are as they were, to the byte.
        after = self.table.read_bytes()
        self.write(done)
        self.assertEqual(after, self.table.read_bytes())
        self.assertEqual([line for line in browser.complaints() if "ERR_CONNECTION" not in line], [])

    def test_reload_second_tab_undo_skip_and_search(self) -> None:
        review = self.start()
        browser = self.browser(review.url)
        first, _ = self.settle(browser)
        skipped = browser.ask(CURRENT)
        browser.press("s")
        browser.wait(CURRENT, lambda shown: shown != skipped)
        other = self.browser(review.url)
        self.assertEqual(other.ask(SETTLED), 1)
        second, _ = self.settle(other)
        browser.wait(SETTLED, lambda settled: settled == 2)
        for image in (second, skipped, first):
            browser.press("u")
            browser.wait("document.getElementById('said').textContent", lambda said, image=image: said == f"{image}: undone")
            self.assertEqual(browser.ask(CURRENT), image)
        browser.wait("document.getElementById('undo').disabled")
        self.assertEqual(set(self.sellers().values()), {""})
        browser.call("Page.reload")
        browser.wait("document.readyState === 'complete' && document.getElementById('image').textContent !== ''")
        self.assertEqual(browser.ask(SETTLED), 0)
        # A key of an input method is no shortcut.
        browser.ask("document.dispatchEvent(new KeyboardEvent('keydown', { key: 's', keyCode: 229, bubbles: true }))")
        shown = browser.ask(CURRENT)
        browser.press("j")
        browser.wait(CURRENT, lambda now: now != shown)
        browser.press("k")
        browser.wait(CURRENT, lambda now: now == shown)
        image = list(self.truth)[20]
        browser.press("f")
        browser.type(image.rsplit(".", 1)[0])
        browser.press("Enter")
        browser.wait(CURRENT, lambda now: now == image)
        self.assertEqual(set(self.sellers().values()), {""})

    def test_odd_names_are_asked_about_once_and_markup_is_text(self) -> None:
        review = self.start()
        browser = self.browser(review.url)
        self.assertEqual(browser.ask("document.querySelector('.candidate .name').textContent"), "<script>alert(1)</script>")
        self.assertEqual(browser.ask("document.querySelectorAll('main script, nav script').length"), 0)
        image = browser.ask(CURRENT)
        browser.press("/")
        browser.type("张三(北京)<b>公司")
        browser.wait("document.querySelectorAll('#warnings li').length")
        browser.press("Enter")
        browser.wait("document.getElementById('said').textContent.includes('once more')")
        self.assertEqual(self.sellers()[image], "")
        browser.press("Enter")
        browser.wait(SETTLED, lambda settled: settled == 1)
        self.assertEqual(self.sellers()[image], "张三(北京)<b>公司")
        self.assertIn("张三(北京)<b>公司", browser.ask("document.getElementById('said').textContent"))
        self.assertEqual(browser.complaints(), [])

    def test_a_phone_shows_photo_names_and_buttons_without_scrolling_sideways(self) -> None:
        review = self.start()
        browser = self.browser(review.url, width=360, height=740)
        self.assertLessEqual(browser.ask("document.documentElement.scrollWidth"), 360)
        inside = "(id) => { const at = document.getElementById(id).getBoundingClientRect();" \
            " return at.width > 0 && at.left >= 0 && at.right <= 360.5 && at.bottom <= 740.5; }"
        for name in ("viewer", "accept", "skip", "undo", "list-button", "zoom-block", "rotate"):
            self.assertTrue(browser.ask(f"({inside})('{name}')"), name)
        self.assertGreater(browser.ask("document.getElementById('viewer').clientHeight"), 200)
        browser.wait("document.getElementById('picture').naturalWidth > 0")
        browser.ask("document.getElementById('accept').click()")
        browser.wait("document.getElementById('said').textContent !== ''")
        browser.ask("document.getElementById('list-button').click()")
        self.assertTrue(browser.ask(f"({inside})('search')"))

    def test_without_token_or_under_another_name_there_is_nothing(self) -> None:
        review = self.start()
        path = review.url.split(str(review.port))[1]
        for asked, host in (("/", None), ("/api/list", None), (path + "x/../", "evil.example"), (path, "evil.example:80")):
            with closing(http.client.HTTPConnection("127.0.0.1", review.port)) as connection:
                connection.request("GET", asked, headers={"Host": host} if host else {})
                answer = connection.getresponse()
                self.assertEqual((answer.status, answer.read()), (403, b""), asked)
        browser = self.enterContext(Browser())
        browser.open(f"http://127.0.0.1:{review.port}/")
        self.assertEqual(browser.ask("document.body ? document.body.innerText.includes('labels') : false"), False)

    def test_pictures_of_the_page(self) -> None:
        """Kept where REVIEW_PICTURES says, for a person to look at; here, that the photo is really drawn."""
        review = self.start()
        for name, width, height, dark in (("wide", 1360, 860, False), ("dark", 1360, 860, True), ("phone", 360, 740, False)):
            browser = self.browser(review.url)
            browser.resize(width, height, dark)
            browser.wait("document.getElementById('picture').naturalWidth > 0")
            drawn = browser.ask("document.getElementById('picture').getBoundingClientRect().width")
            self.assertGreater(drawn, width / 4, name)
            if PICTURES:
                browser.screenshot(Path(PICTURES) / f"review-{name}.png")


if __name__ == "__main__":
    unittest.main()
