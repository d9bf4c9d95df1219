"""The parts of the headless runner that need no kernel. Run: .venv/bin/python notebooks/tools/test_parts.py"""

from __future__ import annotations

import base64
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import nbformat

import canaries
import chapter
import kernel
import outputs
import page
import run
import session
from small import write_notebook

new = nbformat.v4.new_output


class Secrets(unittest.TestCase):
    def test_a_secret_is_found_in_every_part_of_an_output_and_across_the_pieces_of_a_stream(self) -> None:
        secret = canaries.PLANTED["AWS_SECRET_ACCESS_KEY"]
        picture = base64.b64encode(b"\xff\xd8" + secret.encode()).decode()
        for said in (
            [new("stream", name="stdout", text=secret[:9]), new("stream", name="stdout", text=secret[9:])],
            [new("stream", name="stderr", text=f"{secret[:5]}\x1b[31m{secret[5:]}")],
            [new("error", ename="Error", evalue="", traceback=["at", f"key {secret}"])],
            [new("display_data", data={"image/svg+xml": f"<title>{secret}</title>"})],
            [new("display_data", data={"application/json": {"env": [secret]}})],
            [new("display_data", data={"image/jpeg": picture})],
            [new("execute_result", data={"text/plain": "1"}, metadata={"key": secret})],
        ):
            (leak,) = canaries.leaks(said, Path("no/such"))
            self.assertTrue(leak.startswith("AWS_SECRET_ACCESS_KEY stands in "), leak)
            self.assertNotIn(secret, leak)
        self.assertEqual(canaries.leaks([new("stream", text="AWS_SECRET_ACCESS_KEY is set")], Path("no/such")), [])

    def test_the_users_keys_reach_a_kernel_only_where_the_backend_is_aws_and_are_looked_for_then(self) -> None:
        own = {"AWS_ACCESS_KEY_ID": "AKIAOWN", "AWS_SECRET_ACCESS_KEY": "own-secret", "AWS_SESSION_TOKEN": ""}
        with mock.patch.dict(os.environ, {**own, "NOVA_FT_BACKEND": "local"}):
            self.assertEqual(session.environment()["AWS_SECRET_ACCESS_KEY"], canaries.PLANTED["AWS_SECRET_ACCESS_KEY"])
        with mock.patch.dict(os.environ, {**own, "NOVA_FT_BACKEND": "aws"}):
            self.assertEqual(session.environment()["AWS_SECRET_ACCESS_KEY"], "own-secret")
            leaks = canaries.leaks([new("stream", name="stdout", text="it is own-secret")], Path("no/such"))
            self.assertEqual(leaks, ["AWS_SECRET_ACCESS_KEY stands in stdout"])


class Exercises(unittest.TestCase):
    def test_an_answer_replaces_what_stands_above_the_first_assertion(self) -> None:
        source = "// How many?\nlet n: u8 = todo!();\nassert_eq!(n, 3);\nassert!(n > 0);"
        self.assertEqual(chapter.answered(source, "let n: u8 = 3;\n"), "let n: u8 = 3;\nassert_eq!(n, 3);\nassert!(n > 0);")
        with self.assertRaises(ValueError):
            chapter.answered("let n: u8 = todo!();", "let n: u8 = 3;")

    def test_answers_are_read_in_order_one_for_each_heading(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            two = "# A\n\n## Exercise 1\n\nWhy.\n\n```rust\none\n```\n\n## Exercise 2\n\n```rust\ntwo\n```\n"
            self.assertEqual(chapter.read_answers(write_notebook(folder, [], two)), ["one\n", "two\n"])
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(ValueError):
            chapter.read_answers(write_notebook(folder, [], "## Exercise 2\n\n```rust\none\n```\n"))


class Outputs(unittest.TestCase):
    def difference(self, before: str, after: str) -> str | None:
        return outputs.difference(*([new("stream", name="stdout", text=text)] for text in (before, after)))

    def test_stored_outputs_name_no_machine_path_and_no_thread(self) -> None:
        place = Path("/somewhere/work/01")
        text = f"read {kernel.REPO}/data/a.jpg, {place}/data/b.jpg\nthread 'main' (4711) panicked at src/lib.rs:1:1:\n"
        (stored,) = outputs.stable([new("stream", name="stderr", text=text)], 1, [place])
        self.assertEqual(stored.text, "read data/a.jpg, data/b.jpg\nthread 'main' panicked at src/lib.rs:1:1:\n")

    def test_what_changes_from_run_to_run_is_no_difference(self) -> None:
        arn = "arn:aws:bedrock:us-east-1:000000000000:model-customization-job/amazon.nova-lite-v1:0:300k/"
        for before, after in (
            ("in 1.25 s", "in 13 ms"),
            ("http://127.0.0.1:43211/", "http://127.0.0.1:9000/"),
            ("created 2026-11-22 12:30:07 UTC", "created 2027-01-01T00:00:00.5Z"),
            (f"{arn}abc123def456", f"{arn}k3j2h1g4f5d6"),
            ("job nova-ft-sellers-0a1b2c3d", "job nova-ft-sellers-99887766"),
            ("sha256 " + "0a" * 32, "sha256 " + "f3" * 32),
            ("/tmp/abc/x.csv", "/tmp/def/x.csv"),
            ("loss 1.041", "loss 1.043"),
            ("loss 0.01", "loss 0.02"),
            ("100.0", "101.5"),
        ):
            self.assertIsNone(self.difference(before, after), f"{before} | {after}")

    def test_everything_else_is(self) -> None:
        for before, after in (
            ("48 photos", "47 photos"),
            ("sold by 甲公司", "sold by 乙公司"),
            ("loss 1.041", "loss 1.141"),
            ("loss 0.01", "loss 0.03"),
            ("2016-12-25", "2016-12-26"),
            ("number 12345678901234567890", "number 12345678901234567891"),
            ("number 12345678", "number 12345679"),
            ("sheet_0001", "sheet_0002"),
            ("one\ntwo", "one"),
            ("verdict: flat", "verdict: still falling"),
        ):
            self.assertIsNotNone(self.difference(before, after), f"{before} | {after}")
        self.assertIn("+stdout: 47 photos", self.difference("48 photos", "47 photos") or "")
        table = new("display_data", data={"text/html": "<p>1</p>", "text/plain": "1"})
        self.assertIsNotNone(outputs.difference([table], [new("display_data", data={"text/plain": "1"})]))
        self.assertIsNotNone(outputs.difference([], [new("display_data", data={"image/png": "AAAA"})]))

    def test_pictures_are_compared_by_being_there_and_kept_when_nothing_else_changed(self) -> None:
        one, two = ([new("display_data", data={"image/png": data, "text/plain": "a chart"})] for data in ("AAAA", "BBBB"))
        self.assertIsNone(outputs.difference(one, two))
        self.assertFalse(run.same_bytes_or_words(one, two))
        self.assertTrue(run.same_bytes_or_words(one, one))


class ThePage(unittest.TestCase):
    def test_a_page_has_sources_outputs_and_pictures_in_it_and_fetches_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            notebook = nbformat.read(write_notebook(folder, ["let seller = 1;"]), as_version=4)
        notebook.cells[0].outputs = [new("display_data", data={"image/png": "AAAA", "text/plain": "a chart"})]
        notebook.cells.append(nbformat.v4.new_markdown_cell("# 01 · 发票", id="title"))
        html = page.render(notebook, "01_small")
        for part in ("seller", "data:image/png;base64,AAAA", "01 · 发票", "<title>01_small</title>"):
            self.assertIn(part, html)
        self.assertNotRegex(html, r"""(src|href)=["'](https?:)?//|import [^;]*["']https?:|@import|url\(["']?https?:""")


class Places(unittest.TestCase):
    def test_as_many_notebooks_run_at_once_as_cores_and_memory_allow_and_at_least_one(self) -> None:
        with mock.patch.object(os, "sched_getaffinity", return_value=set(range(8)), create=True):
            for free_gb, places in ((0.5, 1), (5.0, 2), (64.0, 8)):
                with mock.patch.object(run, "available_gb", return_value=free_gb):
                    self.assertEqual(run.places(9), places)
            with mock.patch.object(run, "available_gb", return_value=64.0):
                self.assertEqual(run.places(3), 3)


class TheKernel(unittest.TestCase):
    def test_without_the_tools_for_a_library_without_code_cells_link_to_the_whole_one(self) -> None:
        with tempfile.TemporaryDirectory(prefix="with space ") as name, mock.patch.dict(os.environ, {"PATH": name}):
            folder = Path(name)
            (folder / kernel.LIBRARY).write_bytes(b"no library")
            with mock.patch.object(kernel, "say") as said:
                kernel.write_stub(folder)
            self.assertIn("there is no `objcopy` on PATH", said.call_args.args[0])
            self.assertEqual(kernel.linked(folder), folder / kernel.LIBRARY)
            self.assertNotIn("link-arg", kernel.init_evcxr(folder))

    def test_the_library_without_code_names_the_real_one_and_is_made_anew_when_that_changes(self) -> None:
        with tempfile.TemporaryDirectory(prefix="with space ") as name:
            folder = Path(name)
            source, library = folder / "a.rs", folder / kernel.LIBRARY
            for text in ("pub fn one() {}", "pub fn two() {}"):
                source.write_text(text, "utf-8")
                rustc = ["rustc", "--crate-name", "nova_ft_prelude", "--crate-type", "dylib", "-Cprefer-dynamic", "-o", str(library)]
                kernel.run([*rustc, str(source)])
                kernel.write_stub(folder)
                user = folder / "user.rs"
                user.write_text(f"pub fn f() {{ nova_ft::{text[7:10]}() }}", "utf-8")
                flags = kernel.init_evcxr(folder).strip().split("=", 1)[1].split("\x1f")
                kernel.run(["rustc", "--crate-type", "cdylib", *flags, "-o", str(folder / "user.so"), str(user)])
                self.assertIn(kernel.LIBRARY.encode(), (folder / "user.so").read_bytes())
            stub = kernel.linked(folder)
            self.assertEqual(stub, folder / "link" / kernel.LIBRARY)
            made = stub.stat().st_mtime_ns
            kernel.write_stub(folder)
            self.assertEqual(stub.stat().st_mtime_ns, made, "it is made once")

    def test_a_changed_toolchain_is_one_sentence(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            (place / "rustc.txt").write_text("rustc 1.80.0 (0123456 2024-07-21)\nhost: x86_64-unknown-linux-gnu\n", "utf-8")
            (place / kernel.LIBRARY).touch()
            with self.assertRaises(kernel.Failure) as caught:
                kernel.check_toolchain(place, {**kernel.os.environ})
            self.assertRegex(str(caught.exception), r"^[^\n]*built by rustc 1\.80\.0 .* run `make lab`[^\n]*$")


if __name__ == "__main__":
    unittest.main()
