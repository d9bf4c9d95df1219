"""The headless runner must not call a failing notebook a pass. Run: .venv/bin/python notebooks/tools/test_run.py"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import nbformat

import canaries
import run
import workplace
from session import Session
from small import Cell, write_notebook

PLAIN = run.Options(compare=False)


class InAKernel(unittest.TestCase):
    """These run in one kernel, one after another: a start costs more than all their cells."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.session = Session(Path(tempfile.gettempdir()))
        cls.addClassCleanup(cls.session.close)

    def run_cells(self, cells: list[Cell], answers: str = "") -> run.Outcome:
        with tempfile.TemporaryDirectory() as folder:
            return run.run_in(self.session, write_notebook(folder, cells, answers), PLAIN, Path(folder))

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
            outcome = run.run_in(self.session, path, PLAIN, Path(folder))
            self.assertTrue(outcome.passed, run.describe(outcome))
            (output,) = outcome.executed.cells[0].outputs
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
                self.assert_says_no_secret(str([cell.outputs for cell in outcome.executed.cells]))

    def test_a_cell_that_says_the_secret_of_the_stand_in_fails_and_is_not_stored(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            opened = f"""use nova_ft::aws::backend::{{Backend, BackendOptions}};
let state: std::path::PathBuf = "{folder}/output/small/stand-in".into();
let backend: Backend = Backend::open(&BackendOptions {{ state_dir: state, ..Default::default() }})?;
println!("{{backend:?}}");"""
            said = 'println!("{}", backend.local().ok_or("no stand-in")?.keys().secret_access_key.reveal());'
            path = write_notebook(folder, [opened, said])
            before = path.read_bytes()
            outcome = run.run_in(self.session, path, dataclasses.replace(PLAIN, accept=True), Path(folder))
            self.assert_fails(outcome, 2, canaries.STAND_IN, "stand-in/server.json stands in stdout")
            self.assertEqual(path.read_bytes(), before)
            for secret in canaries.secrets(Path(folder)).values():
                self.assertNotIn(secret, run.describe(outcome))
                self.assertNotIn(secret, nbformat.writes(outcome.executed))

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
        address = "nova_ft::findings::render::render_text as *const () as usize"
        outcome = self.run_cells([f"let first: usize = {address};", f"assert_eq!(first, {address});"])
        self.assertTrue(outcome.passed, run.describe(outcome))


    def test_cells_for_aws_are_compiled_together_and_not_run(self) -> None:
        aws = ["aws"]
        with tempfile.TemporaryDirectory() as folder:
            begun = f'let place: &str = "{folder}/begun"; std::fs::write(place, "")?;'
            outcome = self.run_cells(["let n: usize = 3;", (begun, aws), ("std::fs::read(place)?; n", aws), "assert_eq!(n, 3);"])
            self.assertTrue(outcome.passed, run.describe(outcome))
            self.assertFalse((Path(folder) / "begun").exists())
        self.assert_fails(self.run_cells(["1 + 1", ("let n: u8 = nova_ft::no_such_thing();", aws)]), 2, "no_such_thing")

    def test_a_tag_that_nobody_knows_fails(self) -> None:
        (failure,) = self.run_cells([("1 + 1", ["expects-error"])]).failures
        self.assertIn("cell 1 has the tag expects-error", failure.error)


class TheProgram(unittest.TestCase):
    """Notebooks run as `make notebooks` runs them."""

    def run_program(self, folder: str, *options: str) -> tuple[int, str]:
        """Its exit and what it says."""
        command = [sys.executable, str(run.__file__), "--output", f"{folder}/out", *options]
        env = {name: value for name, value in os.environ.items() if not name.startswith("NOVA_FT_")}
        done = subprocess.run(command, text=True, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout

    def test_each_way_to_fail_ends_with_1_and_a_report_of_notebook_cell_and_error(self) -> None:
        hang = 'std::fs::write("pid", std::process::id().to_string())?;\nstd::thread::sleep(std::time::Duration::from_secs(600));'
        kill = (
            'let kill: String = format!("kill -9 {}", std::os::unix::process::parent_id());\n'
            'std::process::Command::new("sh").args(["-c", &kill]).status()?;'
        )
        ways = {
            "panic": ('panic!("out of ink")', "out of ink"),
            "question_mark": ('std::fs::read("no/such/file")?;', "No such file"),
            "assertion": ("assert_eq!(1 + 1, 3);", "left: 2"),
            "compile_error": ('let n: u8 = "three";', "mismatched types"),
            "dead_process": ("std::process::abort();", "SIGABRT"),
            "dead_kernel": (kill, "the kernel ended while the cell ran"),
            "hang": (hang, "past its deadline of 12 s"),
        }
        with tempfile.TemporaryDirectory() as folder:
            paths = [str(write_notebook(folder, ["1 + 1", source], name=name)) for name, (source, _) in ways.items()]
            good = str(write_notebook(folder, ["1 + 1"], name="good"))
            exit_code, said = self.run_program(folder, "--cell-deadline", "12", *paths, good)
            self.assertEqual(exit_code, 1, said)
            self.assertIn(f"0 passed, {len(ways)} failed, 1 changed", said)
            self.assertIn("DIFF  good.ipynb", said)
            for name, (source, error) in ways.items():
                with self.subTest(name):
                    report = said.split(f"FAIL  {name}.ipynb: cell 2\n")[1].split("\nFAIL")[0].split("\nDIFF")[0]
                    self.assertIn(source.splitlines()[0], report)
                    self.assertIn(error, report)
                    html = Path(folder, "out", f"{name}.html").read_text("utf-8")
                    self.assertTrue("<pre>2</pre>" in html, "the page has what the first cell showed")
            pid = Path(folder, "out/work/hang/notebooks/pid").read_text("utf-8")
            self.assertFalse(Path("/proc", pid).exists(), "the process of the hanging cell has ended")

    def test_outputs_are_compared_and_stored_when_asked_for_and_are_the_same_each_time(self) -> None:
        cells: list[Cell] = [
            'println!("{}", std::env::current_dir()?.display());\n1 + 1',
            ('panic!("here")', ["expect-error"]),
            'println!("port 127.0.0.1:{}", std::process::id());',
            ('println!("{}", std::process::id());', ["volatile"]),
        ]
        with tempfile.TemporaryDirectory() as folder:
            path = write_notebook(folder, cells)
            before = path.read_bytes()
            exit_code, said = self.run_program(folder, str(path))
            self.assertEqual(exit_code, 1, said)
            self.assertIn("DIFF  small.ipynb", said)
            for number in (1, 2, 3):
                self.assertIn(f"cell {number} says something else than is committed", said)
            self.assertNotIn("cell 4", said)
            self.assertEqual(path.read_bytes(), before)

            exit_code, said = self.run_program(folder, "--accept", str(path))
            self.assertEqual(exit_code, 0, said)
            first = path.read_bytes()
            self.assertNotEqual(first, before)
            for unstable in (b"stack backtrace", folder.encode()):
                self.assertNotIn(unstable, first)

            exit_code, said = self.run_program(folder, str(path))
            self.assertEqual(exit_code, 0, said)
            self.assertIn("1 passed, 0 failed, 0 changed", said)
            self.assertEqual(path.read_bytes(), first)
            executed = nbformat.read(Path(folder, "out", path.name), as_version=4)
            self.assertIn("127.0.0.1", executed.cells[2].outputs[0].text)

    def test_parameters_come_by_environment_and_with_other_photos_nothing_is_compared(self) -> None:
        cell = 'println!("photos: {}", std::env::var("NOVA_FT_INPUT_DIR")?);\nassert!(std::env::var("NOVA_FT_SEED").is_err());'
        with tempfile.TemporaryDirectory() as folder:
            path = write_notebook(folder, [cell])
            command = [sys.executable, str(run.__file__), "--output", f"{folder}/out", str(path)]
            env = {**os.environ, "NOVA_FT_INPUT_DIR": "photos", "NOVA_FT_SEED": "9"}
            done = subprocess.run(command, text=True, env=env, cwd=folder, capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            executed = nbformat.read(Path(folder, "out", path.name), as_version=4)
            self.assertEqual(executed.cells[0].outputs[0].text, f"photos: {folder}/photos\n")


class TheWorkplace(unittest.TestCase):
    def test_a_copy_has_beside_it_what_a_notebook_has_and_is_made_anew(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            place = workplace.Workplace(Path("01_small.ipynb"), Path(folder))
            place.prepare()
            self.assertTrue((place.folder / "../data/invoice_sellers.csv").is_file())
            self.assertTrue((place.folder / "output/01_small/stand-in/pages").is_dir())
            (place.folder / "left").touch()
            place.prepare()
            self.assertFalse((place.folder / "left").exists())
            self.assertTrue((workplace.kernel.REPO / "data/invoice_sellers.csv").is_file(), "the links went, not the data")


if __name__ == "__main__":
    unittest.main()
