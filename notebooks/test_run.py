"""The headless runner must not call a failing notebook a pass. Run: .venv/bin/python notebooks/test_run.py"""

from __future__ import annotations

import base64
import tempfile
import unittest
from pathlib import Path

import nbformat

import canaries
import kernel
import run

Cell = str | tuple[str, list[str]]


def write_notebook(folder: str, cells: list[Cell], answers: str = "") -> Path:
    """A notebook of code cells, each a source or a source with tags."""
    notebook = nbformat.v4.new_notebook()
    for cell in cells:
        source, tags = cell if isinstance(cell, tuple) else (cell, [])
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags} if tags else {}))
    path = Path(folder) / "small.ipynb"
    nbformat.write(notebook, path)
    if answers:
        solutions = Path(folder) / "solutions"
        solutions.mkdir()
        (solutions / "small.md").write_text(answers, "utf-8")
    return path


class InAKernel(unittest.TestCase):
    """These run in one kernel, one after another: a start costs more than all their cells."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.session = run.Session(Path(tempfile.gettempdir()))
        cls.addClassCleanup(cls.session.close)

    def run_cells(self, cells: list[Cell], answers: str = "") -> run.Outcome:
        with tempfile.TemporaryDirectory() as folder:
            return run.run_in(self.session, write_notebook(folder, cells, answers))

    def assert_fails(self, outcome: run.Outcome, cell: int, *texts: str) -> None:
        self.assertFalse(outcome.passed)
        (failure,) = outcome.failures
        self.assertEqual(failure.number, cell, failure.error)
        for text in texts:
            self.assertIn(text, failure.error)
        report = run.describe(outcome)
        self.assertIn(f"small.ipynb: cell {cell}", report)
        self.assertIn(failure.source.splitlines()[0], report)

    def test_a_good_notebook_passes(self) -> None:
        outcome = self.run_cells(["let n: usize = 3;", "use nova_ft::error::Place;", 'println!("{n}"); Place::file("a")'])
        self.assertTrue(outcome.passed, run.describe(outcome))
        self.assertIn("3 cells", run.describe(outcome))

    def test_a_compile_error_fails(self) -> None:
        self.assert_fails(self.run_cells(["1 + 1", 'let n: u8 = "three";']), 2, "mismatched types")

    def test_a_failed_question_mark_fails(self) -> None:
        self.assert_fails(self.run_cells(['std::fs::read("no/such/file")?;']), 1, "No such file")

    def test_a_panic_fails(self) -> None:
        self.assert_fails(self.run_cells(['panic!("out of ink")', "1 + 1"]), 1, "panicked", "out of ink")

    def test_a_failed_assertion_fails(self) -> None:
        self.assert_fails(self.run_cells(["assert_eq!(1 + 1, 3);"]), 1, "left: 2", "right: 3")

    def test_unexpected_stderr_fails(self) -> None:
        self.assert_fails(self.run_cells(['eprintln!("something is off")']), 1, "something is off")

    def test_a_cell_that_is_meant_to_fail_may_and_must(self) -> None:
        meant = ["expect-error"]
        outcome = self.run_cells(
            [('panic!("on purpose")', meant), ('std::fs::read("no/such/file")?;', meant), ("let n: u8 = true;", meant), "1 + 1"]
        )
        self.assertTrue(outcome.passed, run.describe(outcome))
        self.assert_fails(self.run_cells([("1 + 1", meant)]), 1, "did not fail")

    def test_an_exercise_runs_with_its_answer_and_the_notebooks_own_assertion(self) -> None:
        exercise = ("let sum: i32 = todo!();\nassert_eq!(sum, 7);", ["exercise"])
        right, wrong = ("## Exercise 1\n\n```rust\nlet sum: i32 = 3 + %d;\n```\n" % n for n in (4, 5))
        outcome = self.run_cells([exercise], right)
        self.assertTrue(outcome.passed, run.describe(outcome))
        self.assert_fails(self.run_cells([exercise], wrong), 1, "left: 8", "right: 7")
        self.assertFalse(self.run_cells([exercise]).passed)

    def test_a_value_shows_itself_where_show_is_in_scope(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            table = 'nova_ft::polars::prelude::DataFrame = nova_ft::polars::df!("seller" => ["<b>北京</b>"])?'
            path = write_notebook(folder, [f"use nova_ft::Show;\nlet table: {table};\ntable"])
            self.assertTrue(run.run_in(self.session, path, write=True).passed)
            (output,) = nbformat.read(path, as_version=4).cells[0].outputs
            self.assertIn("&lt;b&gt;北京&lt;/b&gt;", output.data["text/html"])

    def test_a_cell_that_says_a_key_fails_whatever_its_tag_and_the_report_does_not_say_it(self) -> None:
        html = r'print!("EVCXR_BEGIN_CONTENT text/html\n<b>{}</b>\nEVCXR_END_CONTENT\n", std::env::var("AWS_ACCESS_KEY_ID")?);'
        panic = 'panic!("{}", std::env::var("AWS_SECRET_ACCESS_KEY")?)'
        error = 'Err::<(), String>(std::env::var("AWS_SESSION_TOKEN")?)?;'
        for source, tags, name, where in (
            ('println!("{:?}", std::env::var("AWS_SECRET_ACCESS_KEY"));', [], "AWS_SECRET_ACCESS_KEY", "stdout"),
            ('std::env::var("AWS_SESSION_TOKEN")?', [], "AWS_SESSION_TOKEN", "text/plain"),
            (html, [], "AWS_ACCESS_KEY_ID", "text/html"),
            (panic, [], "AWS_SECRET_ACCESS_KEY", "stderr"),
            (panic, ["expect-error"], "AWS_SECRET_ACCESS_KEY", "stderr"),
            (error, ["expect-error"], "AWS_SESSION_TOKEN", "stderr"),
        ):
            with self.subTest(source):
                outcome = self.run_cells(["1 + 1", (source, tags)])
                self.assert_fails(outcome, 2, f"a secret was said: {name} stands in {where}")
                self.assert_says_no_secret(run.describe(outcome))

    def test_a_cell_that_says_the_secret_of_the_stand_in_fails_and_is_not_stored(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            opened = f"""use nova_ft::backend::{{Backend, BackendOptions}};
let state: std::path::PathBuf = "{folder}/output/small/stand-in".into();
let backend: Backend = Backend::open(&BackendOptions {{ state_dir: state, ..Default::default() }})?;
println!("{{backend:?}}");"""
            said = 'println!("{}", backend.local().ok_or("no stand-in")?.keys().secret_access_key.reveal());'
            path = write_notebook(folder, [opened, said])
            before = path.read_bytes()
            outcome = run.run_in(self.session, path, write=True)
            self.assert_fails(outcome, 2, canaries.STAND_IN, "stand-in/server.json stands in stdout")
            self.assertEqual(path.read_bytes(), before)
            for secret in canaries.secrets(path).values():
                self.assertNotIn(secret, run.describe(outcome))

    def assert_says_no_secret(self, text: str) -> None:
        for secret in canaries.PLANTED.values():
            self.assertNotIn(secret, text)

    def test_a_panic_says_what_and_where_and_no_backtrace(self) -> None:
        outcome = self.run_cells(['panic!("out of ink")'])
        self.assert_fails(outcome, 1, "panicked at", "out of ink")
        (failure,) = outcome.failures
        self.assertLessEqual(len(failure.error.splitlines()), 4, failure.error)
        self.assertNotIn("stack backtrace", failure.error)

    def test_cells_share_one_copy_of_the_library(self) -> None:
        # Linked the usual way each cell has its own, statics included: a client made in one cell panics in the next.
        address = "nova_ft::finding::render::render_text as *const () as usize"
        outcome = self.run_cells([f"let first: usize = {address};", f"assert_eq!(first, {address});"])
        self.assertTrue(outcome.passed, run.describe(outcome))


class InAKernelOfItsOwn(unittest.TestCase):
    def test_a_cell_past_its_deadline_fails_and_its_process_ends(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source = 'std::fs::write("pid", std::process::id().to_string())?;\nstd::thread::sleep(std::time::Duration::from_secs(600));'
            outcome = run.run_notebook(write_notebook(folder, [source]), deadline_s=8)
            self.assertIn("past its deadline of 8 s", run.describe(outcome))
            pid = (Path(folder) / "pid").read_text("utf-8")
            self.assertFalse(Path("/proc", pid).exists())

    def test_outputs_are_stored_when_asked_for_and_are_the_same_each_time(self) -> None:
        cells: list[Cell] = ['println!("{}", std::env::current_dir()?.is_dir());\n1 + 1', ('panic!("here")', ["expect-error"])]
        with tempfile.TemporaryDirectory() as folder:
            path = write_notebook(folder, cells)
            before = path.read_bytes()
            first_run = run.run_notebook(path)
            self.assertEqual((first_run.passed, first_run.changed), (True, [1, 2]))
            self.assertEqual(path.read_bytes(), before)
            self.assertTrue(run.run_notebook(path, write=True).passed)
            first = path.read_bytes()
            self.assertNotEqual(first, before)
            self.assertNotIn(b"stack backtrace", first)
            again = run.run_notebook(path, write=True)
            self.assertEqual((again.passed, again.changed), (True, []))
            self.assertEqual(path.read_bytes(), first)


class WithoutAKernel(unittest.TestCase):
    def test_a_secret_is_found_in_every_part_of_an_output_and_across_the_pieces_of_a_stream(self) -> None:
        secret = canaries.PLANTED["AWS_SECRET_ACCESS_KEY"]
        new = nbformat.v4.new_output
        picture = base64.b64encode(b"\xff\xd8" + secret.encode()).decode()
        for outputs in (
            [new("stream", name="stdout", text=secret[:9]), new("stream", name="stdout", text=secret[9:])],
            [new("stream", name="stderr", text=f"{secret[:5]}\x1b[31m{secret[5:]}")],
            [new("error", ename="Error", evalue="", traceback=["at", f"key {secret}"])],
            [new("display_data", data={"image/svg+xml": f"<title>{secret}</title>"})],
            [new("display_data", data={"application/json": {"env": [secret]}})],
            [new("display_data", data={"image/jpeg": picture})],
            [new("execute_result", data={"text/plain": "1"}, metadata={"key": secret})],
        ):
            (leak,) = canaries.leaks(outputs, Path("no/such.ipynb"))
            self.assertTrue(leak.startswith("AWS_SECRET_ACCESS_KEY stands in "), leak)
            self.assertNotIn(secret, leak)
        self.assertEqual(canaries.leaks([new("stream", text="AWS_SECRET_ACCESS_KEY is set")], Path("no/such.ipynb")), [])

    def test_an_answer_replaces_what_stands_above_the_first_assertion(self) -> None:
        source = "// How many?\nlet n: u8 = todo!();\nassert_eq!(n, 3);\nassert!(n > 0);"
        self.assertEqual(run.answered(source, "let n: u8 = 3;\n"), "let n: u8 = 3;\nassert_eq!(n, 3);\nassert!(n > 0);")
        with self.assertRaises(ValueError):
            run.answered("let n: u8 = todo!();", "let n: u8 = 3;")

    def test_stored_outputs_name_no_machine_path_and_no_thread(self) -> None:
        text = f"read {kernel.REPO}/data/a.jpg\nthread 'main' (4711) panicked at src/lib.rs:1:1:\n"
        self.assertEqual(run.stable(text), "read data/a.jpg\nthread 'main' panicked at src/lib.rs:1:1:\n")

    def test_answers_are_read_in_order_one_for_each_heading(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            two = "# A\n\n## Exercise 1\n\nWhy.\n\n```rust\none\n```\n\n## Exercise 2\n\n```rust\ntwo\n```\n"
            self.assertEqual(run.read_answers(write_notebook(folder, [], two)), ["one\n", "two\n"])
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(ValueError):
            run.read_answers(write_notebook(folder, [], "## Exercise 2\n\n```rust\none\n```\n"))

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
