"""The suite checked: a question that is asked twice, an answer or a decision that is lost, and a fault that does nothing are seen."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

from asked import answered, asked_again, shown
from attempt import NOT_READ, Played, Ran, conclude, is_late
from exchanges import Exchange
from faults import Skip
from network import MOMENTS, Killer
from permission import AS_NOBODY, UNREADABLE, UNWRITABLE, check_user, closed, owned_by_nobody, with_hidden_photo
from program import REPO
from project import PHOTOS
from reviewing import JOURNAL, TABLE, check_end, check_told, sellers
from steps import LONG_PROMPT_BYTES, open_table

ONE, OTHER = b"a photo", b"another photo"


def question(photo: bytes) -> Exchange:
    image = {"format": "jpeg", "source": {"bytes": base64.b64encode(photo).decode()}}
    body = {"messages": [{"role": "user", "content": [{"image": image}, {"text": "?"}]}]}
    return Exchange("POST", "/model/ID/converse", {}, json.dumps(body).encode(), 200, {}, b"{}")


def of(*photos: bytes) -> Counter[str]:
    return Counter(hashlib.sha256(photo).hexdigest() for photo in photos)


class Questions(unittest.TestCase):
    def test_what_was_answered_is_asked_no_more_and_stays(self) -> None:
        self.assertEqual(asked_again(of(ONE), [question(OTHER)], of(ONE, OTHER)), [])
        # Two models are asked about one photo.
        self.assertEqual(asked_again(of(ONE), [question(ONE)], of(ONE, ONE)), [])
        for what, before, questions, after in [
            ("asked again", of(ONE), [ONE, OTHER], of(ONE, OTHER)),
            ("asked twice", of(), [ONE, ONE], of(ONE)),
            ("not kept", of(), [ONE], of()),
            ("lost", of(ONE, OTHER), [], of(OTHER)),
        ]:
            self.assertEqual(len(asked_again(before, map(question, questions), after)), 1, what)

    def test_questions_are_told_by_their_photos_and_answers_by_whole_lines(self) -> None:
        other = Exchange("GET", "/model-invocation-jobs", {}, b"", 200, {}, b"{}")
        self.assertEqual(shown([question(ONE), other, question(ONE)]), of(ONE, ONE))
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        line = json.dumps({"photo": hashlib.sha256(ONE).hexdigest(), "answer": "甲"})
        (folder / "asked.csv.answers.jsonl").write_text(f'{line}\n{line[:-9]}', encoding="utf-8")
        (folder / ".nova-ft").mkdir()
        (folder / ".nova-ft" / "answers.jsonl").write_text(line, encoding="utf-8")
        self.assertEqual(answered(folder), of(ONE))

    def test_a_client_is_killed_at_its_nth_request_and_at_no_other(self) -> None:
        for moment, kind in MOMENTS.items():
            process = subprocess.Popen(["sleep", "60"])
            killer = Killer(2, moment)
            killer.aim(process)
            self.assertEqual([killer.fault("a"), process.poll()], [None, None])
            self.assertEqual([killer.fault("b"), process.wait(5)], [kind, -9])
            self.assertEqual((killer.fault("c"), killer.met), (None, ["killed at b"]))


class Decisions(unittest.TestCase):
    """A table as a review leaves it, and what can be wrong with it."""

    def setUp(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.project = SimpleNamespace(folder=folder)
        (folder / "labels.csv").write_text("image,seller\na.jpg,甲公司\nb.jpg,乙公司\n", encoding="utf-8")
        open_table(self.project, {})
        self.before = shutil.copy(folder / TABLE, folder / "before.csv")
        self.truth = sellers(folder / "labels.csv")
        text = Path(self.before).read_text(encoding="utf-8")
        self.done = text.replace("a.jpg,,", "a.jpg,甲公司,").replace("b.jpg,,", "b.jpg,乙公司,")
        self.lines = [json.dumps({"image": image}) for image in self.truth]

    def complaints(self, table: str, journal: list[str], more: str = "") -> list[str]:
        (self.project.folder / TABLE).write_text(table, encoding="utf-8")
        (self.project.folder / JOURNAL).write_text("\n".join(journal), encoding="utf-8")
        if more:
            (self.project.folder / more).touch()
        played = Played("", "", "", "")
        check_end(played, self.project, Path(self.before), self.truth)
        return played.complaints

    def test_a_table_with_all_decisions_passes_and_any_other_is_seen(self) -> None:
        self.assertEqual(self.complaints(self.done, [*self.lines, '{"image":"a.j', '{"written":1}']), [])
        for table, journal in [
            (self.done.replace("甲公司", "", 1), self.lines),
            (self.done.replace("kept", "lost", 1), self.lines),
            (self.done[:-1], self.lines),
            (self.done, [*self.lines, self.lines[0]]),
            (self.done, self.lines[:1]),
        ]:
            self.assertEqual(len(self.complaints(table, journal)), 1, (table, journal))
        self.assertEqual(len(self.complaints(self.done, self.lines, ".nova-ft-partial-a")), 1)

    def test_what_was_acknowledged_must_be_there_and_what_nobody_decided_not(self) -> None:
        for now, told, count in [
            ({"a.jpg": "甲公司", "b.jpg": ""}, {"a.jpg"}, 0),
            ({"a.jpg": "甲公司", "b.jpg": "乙公司"}, {"a.jpg"}, 0),  # decided, and nobody heard
            ({"a.jpg": "", "b.jpg": ""}, {"a.jpg"}, 1),
            ({"a.jpg": "乙公司", "b.jpg": ""}, {"a.jpg"}, 1),
            ({"b.jpg": ""}, {"a.jpg"}, 1),
            ({"a.jpg": "", "b.jpg": "甲公司"}, set(), 1),
        ]:
            played = Played("", "", "", "")
            check_told(played, now, self.truth, told)
            self.assertEqual(len(played.complaints), count, (now, told))


class Permissions(unittest.TestCase):
    def setUp(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        self.project = SimpleNamespace(folder=folder / "project")
        (self.project.folder / "output").mkdir(parents=True)
        (folder / "photos").mkdir()
        (folder / "photos" / "invoice_0003.jpg").write_bytes(ONE)
        self.world = SimpleNamespace(photos=folder / "photos")
        try:
            check_user(self.project)
        except (Skip, FileNotFoundError) as reason:
            self.skipTest(str(reason))

    def can(self, *command: str | Path, prefix: tuple[str, ...] = AS_NOBODY) -> bool:
        return subprocess.run([*prefix, *map(str, command)], capture_output=True, check=False).returncode == 0

    def test_what_is_closed_is_closed_to_that_user_and_open_again_afterwards(self) -> None:
        folder, output = self.project.folder, self.project.folder / "output"
        with owned_by_nobody(self.project):
            self.assertTrue(self.can("touch", output / "a"))
            with closed(folder, UNWRITABLE):
                self.assertFalse(self.can("touch", folder / "b") or self.can("touch", output / "b"))
                self.assertTrue(self.can("cat", output / "a"))
            with closed(output, UNREADABLE):
                self.assertFalse(self.can("cat", output / "a"))
            self.assertTrue(self.can("touch", output / "b"))
        self.assertEqual((output / "a").stat().st_uid, 0)

    def test_a_photo_is_hidden_from_one_process_alone(self) -> None:
        photo = self.world.photos / "invoice_0003.jpg"
        self.assertTrue(self.can("cat", photo))
        self.assertFalse(self.can("cat", photo, prefix=with_hidden_photo(self.world, self.project)))
        self.assertTrue(self.can("cat", photo))


class Exceptions(unittest.TestCase):
    def test_a_shard_may_differ_in_its_part_alone_and_only_where_it_says_why(self) -> None:
        import attempt

        seen = []
        kept = attempt.compare, attempt.finish
        self.addCleanup(lambda: (setattr(attempt, "compare", kept[0]), setattr(attempt, "finish", kept[1])))
        attempt.compare, attempt.finish = (lambda *all_of_it: seen.append(list(all_of_it[-1]))), (lambda *_: None)
        for said in ("", f"{{{NOT_READ}}}"):
            conclude(None, None, None, Played("", "", "", ""), Ran(0, said, ""))
        self.assertEqual(seen, [[], ["parts/"]])

    def test_a_probe_may_stay_where_it_was_put_late_and_nothing_else_may(self) -> None:
        probe = "s3://b/p/output/.write_access_check_file.peers-1.tmp"
        late, early = Played("", "", "", "", notes=["s3 PUT object #1: stall"]), Played("", "", "", "", notes=["s3 PUT object #1: fail"])
        self.assertTrue(is_late(f"{probe} should not be there", late))
        self.assertFalse(is_late(f"{probe} should not be there", early))
        for difference in (f"{probe} is missing", "s3://b/p/output/a.tmp should not be there", f"{probe}/a should not be there"):
            self.assertFalse(is_late(difference, late), difference)

    def test_the_long_records_go_in_parts(self) -> None:
        source = (REPO / "src" / "aws" / "s3" / "objects.rs").read_text(encoding="utf-8")
        mib = int(re.search(r"MULTIPART_FROM_BYTES: u64 = (\d+) \* 1024 \* 1024", source)[1])
        # Eight records to train with, four to validate with.
        self.assertGreater(LONG_PROMPT_BYTES * (PHOTOS * 2 // 3), mib << 20)


if __name__ == "__main__":
    unittest.main()
