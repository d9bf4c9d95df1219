"""From a job to the proof and away with it again, a command at a time: deploy, evaluate, clean; refusals, questions, Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from amazon import Boto3
from program import StandIn
from project import ROLE_ARN, RUN_DEADLINE_S, Done, Project, photos_project, run_options

SCRIPT = "<script>alert(1)</script>"


class Proof(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.photos = photos_project(cls.folder / "photos")
        # A project with a finished job, and nothing deployed.
        cls.tuned = cls.photos.copy(cls.folder / "tuned")
        done = cls.tuned.run("run", "--until", "job", *run_options())
        cls.job, cls.model = done.events[-1]["job_arn"], done.events[-1]["model_arn"]

    def copy(self, project: Project) -> Project:
        return project.copy(self.folder / self._testMethodName)

    def test_deploy_evaluate_clean_by_themselves(self) -> None:
        project = self.copy(self.tuned)
        missing = project.run("deploy", "status", exit_code=2)
        self.assertIn("nova-ft deploy create", missing.stderr)
        missing = project.run("evaluate", exit_code=2)
        self.assertIn("nova-ft deploy create", missing.stderr)

        made = project.run("deploy", "create")
        self.assertIn("`nova-ft deploy delete`", made.stderr)
        self.assertIn("costs money", made.stderr)
        again = project.run("deploy", "create")
        self.assertEqual([actions(made), actions(again)], [["created"], ["found"]])
        arn = made.events[-1]["deployment_arn"]
        self.assertEqual(again.events[-1]["deployment_arn"], arn)
        for which in ([], [arn], [made_name(made)]):
            self.assertEqual(project.run("deploy", "status", *which).events[-1]["status"], "Active")

        # A floor is met or not; what was asked is not asked again.
        first = project.run("evaluate", "--min-exact", "0")
        base, tuned = first.events[-1]["base"], first.events[-1]["tuned"]
        self.assertGreater(tuned["exact_sheets"], base["exact_sheets"] + 0.4)
        asked = (project.folder / "output" / "answers.jsonl").read_text()
        project.run("evaluate", "--min-exact", str(tuned["exact_sheets"]))
        below = project.run("evaluate", "--tuned", "amazon.nova-lite-v1:0", "--min-exact", "0.9", exit_code=1)
        self.assertEqual(below.events[-1]["tuned"], base)
        self.assertIn("below 0.9", below.stderr)
        self.assertEqual((project.folder / "output" / "answers.jsonl").read_text(), asked)
        kinds = [event["event"] for event in first.events]
        self.assertEqual(kinds.count("answer"), first.events[-1]["tuned"]["count"])

        # The report in each form.
        for name in ("r.html", "r.md", "r.txt", "r.json"):
            project.run("evaluate", "--report-file", name)
            text = (project.folder / name).read_text(encoding="utf-8")
            self.assertIn("its gain says nothing about Nova" if name != "r.json" else '"stand_in":true', text, name)
        page = (project.folder / "r.html").read_text(encoding="utf-8")
        self.assertIn("How the training went", page)
        self.assertIn("<svg", page)
        self.assertIn("data:image/jpeg;base64,", page)
        self.assertNotIn("<script", page)

        # Asked first: nobody is there to answer.
        refused = project.run("deploy", "delete", exit_code=2)
        self.assertIn("nothing was removed", refused.stderr)
        self.assertIn("--yes", refused.stderr)
        refused = project.run("clean", exit_code=2)
        self.assertIn("nothing was removed", refused.stderr)
        listed = leftovers(project.run("clean", "--dry-run"), "listed")
        removed = leftovers(project.run("clean", "--yes"), "removed")
        self.assertEqual(removed, listed)
        kinds = [kind for kind, _ in removed]
        self.assertEqual(kinds[:2], ["deployment", "model"])
        self.assertEqual(set(kinds[2:]), {"object"})
        with StandIn(project.folder, project.env) as stand_in:
            client = Boto3(stand_in.login)
            self.assertEqual(client.call("bedrock", "ListCustomModelDeployments")["modelDeploymentSummaries"], [])
            self.assertEqual(client.call("bedrock", "ListCustomModels")["modelSummaries"], [])
        self.assertEqual(project.run("clean", "--yes").events[-1]["removed"], 0)

    def test_a_deployment_is_deleted_after_yes_and_the_model_stays(self) -> None:
        project = self.copy(self.tuned)
        project.run("deploy", "create")
        deleted = project.run("deploy", "delete", "--yes")
        self.assertEqual(actions(deleted), ["deleted"])
        self.assertIn("nova-ft clean", deleted.stderr)
        gone = project.run("deploy", "status", exit_code=2)
        self.assertIn("no deployment was made here", gone.stderr)
        self.assertEqual(actions(project.run("deploy", "create")), ["created"])

    def test_refusals_say_what_is_wrong_and_what_to_do(self) -> None:
        project = self.copy(self.tuned)
        nothing = project.run("deploy", "create", "--custom-model", "nobody", exit_code=2)
        self.assertIn("there is no such model", nothing.stderr)
        self.assertIn("nova-ft job status", nothing.stderr)
        name = made_name(project.run("deploy", "create"))
        with StandIn(project.folder, project.env) as stand_in:
            client = Boto3(stand_in.login)
            # The model is in use by a deployment that no receipt names.
            other = client.call(
                "bedrock", "CreateCustomModelDeployment", modelDeploymentName="of-somebody-else", modelArn=self.model
            )["customModelDeploymentArn"]
            kept = project.run("clean", "--yes", exit_code=1)
            self.assertEqual([kind for kind, _ in leftovers(kept, "failed")], ["model"])
            self.assertIn("in use", kept.stderr)
            self.assertIn("nova-ft deploy delete", kept.stderr)
            client.call("bedrock", "DeleteCustomModelDeployment", customModelDeploymentIdentifier=other)
        project.run("clean", "--yes")

        # The name is in use by the deployment of another model.
        gone = project.run("run", "--until", "job", *run_options(), exit_code=2)
        self.assertIn("another --job-name", gone.stderr)
        project.run("run", "--until", "job", *run_options(epoch_count="3"))
        project.run("deploy", "create", "--name", name)
        project.run("run", "--until", "job", *run_options(epoch_count="4"))
        taken = project.run("deploy", "create", "--name", name, exit_code=2)
        self.assertIn("of another model", taken.stderr)
        self.assertIn("another --name", taken.stderr)

    def test_a_model_whose_job_is_not_over_is_not_deployed(self) -> None:
        project = self.copy(self.tuned)
        project.forget_a_reading()
        process = subprocess.Popen(
            project.command("run", "--until", "job", *run_options(epoch_count="3")),
            cwd=project.folder,
            env=project.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            for line in process.stdout:
                if json.loads(line).get("action") == "created":
                    break
            early = project.run("deploy", "create", exit_code=2)
            self.assertIn("is not over", early.stderr)
            self.assertIn("nova-ft job watch", early.stderr)
        finally:
            process.kill()
            process.communicate()

    def test_with_the_aws_backend_nothing_happens_unasked(self) -> None:
        project = self.copy(self.tuned)
        with StandIn(project.folder, project.env) as stand_in:
            aws = Project(project.folder, stand_in.login.variables(), backend="aws")
            refused = aws.run("deploy", "create", "--custom-model", self.model, exit_code=2)
            self.assertIn("cost:", refused.stderr)
            self.assertIn("nothing was deployed", refused.stderr)
            self.assertIn("--yes", refused.stderr)
            made = aws.run("deploy", "create", "--custom-model", self.model, "--yes")
            self.assertIn("costs money", made.stderr)
            refused = aws.run("evaluate", exit_code=2)
            self.assertIn("nothing was sent", refused.stderr)
            evaluated = aws.run("evaluate", "--yes")
            figures = next(event for event in evaluated.events if event["event"] == "evaluation")
            self.assertFalse(figures["stand_in"])
            refused = aws.run("deploy", "delete", exit_code=2)
            self.assertIn("nothing was removed", refused.stderr)
            aws.run("deploy", "delete", "--yes")
            refused = aws.run("run", *run_options(), exit_code=2)
            self.assertIn("missing required option `--role-arn`", refused.stderr)
            refused = aws.run("run", *run_options(role_arn=ROLE_ARN), exit_code=2)
            self.assertIn("the records name the account 000000000000", refused.stderr)
            own = run_options(role_arn=ROLE_ARN, account_id="210987654321")
            refused = aws.run("run", *own, exit_code=2)
            self.assertIn("nothing was sent", refused.stderr)

    def test_ctrl_c_leaves_a_word_on_what_stays_at_each_stage(self) -> None:
        for at, (begins, words) in enumerate(
            [
                ("[3/8] upload", ["the same command again"]),
                ("[4/8] job", ["the job goes on", "the same command"]),
                ("[6/8] deploy", ["nova-ft clean"]),
                ("waiting until", ["stays", "nova-ft deploy delete"]),
            ]
        ):
            with self.subTest(begins):
                project = self.photos.copy(self.folder / f"{self._testMethodName}-{at}")
                if at == 1:
                    project.forget_a_reading()
                if at > 1:
                    project.run("run", "--until", "job", *run_options())
                said = self.interrupt(project, begins)
                self.assertEqual(said.exit_code, 130, said.said)
                for word in words:
                    self.assertIn(word, said.stderr.partition("interrupted:")[2], said.said)
                self.assertEqual(project.run("run", *run_options()).exit_code, 0)

    def interrupt(self, project: Project, begins: str) -> Done:
        """Runs until stderr has a line that holds this, and presses Ctrl-C."""
        process = subprocess.Popen(
            project.command("run", *run_options()),
            cwd=project.folder,
            env=project.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        timer = threading.Timer(RUN_DEADLINE_S, process.kill)
        timer.start()
        heard = ""
        for line in process.stderr:
            heard += line
            # The hint is set when the job is there; the line before says no more than that it will be.
            if begins in line:
                break
        if begins == "[4/8] job":
            for line in process.stderr:
                heard += line
                if "only while a nova-ft process lives" in line:
                    break
        process.send_signal(signal.SIGINT)
        heard += process.stderr.read()
        process.stderr.close()
        process.wait(RUN_DEADLINE_S)
        timer.cancel()
        return Done(process.returncode, "", heard)

    def test_a_seller_that_is_markup_is_shown_as_text(self) -> None:
        project = self.copy(self.photos)
        table = project.folder / "labels.csv"
        lines = table.read_text(encoding="utf-8").splitlines()
        header = lines[0].split(",")
        at = header.index("seller")
        rows = [line.split(",") for line in lines[1:]]
        for row in rows:
            row[at] = SCRIPT
        table.write_text("\n".join(",".join(row) for row in [header, *rows]) + "\n", encoding="utf-8")
        done = project.run("run", *run_options(), "--allow", "LBL,CNV,SPL,TXT", exit_code=(0, 1))
        page = (project.folder / done.events[-1]["report"]).read_text(encoding="utf-8")
        self.assertNotIn("<script", page)
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", page)


def actions(done: Done) -> list[str]:
    return [event["action"] for event in done.events if event["event"] == "deployment"]


def made_name(done: Done) -> str:
    return next(event["name"] for event in done.events if event["event"] == "deployment")


def leftovers(done: Done, action: str) -> list[tuple[str, str]]:
    return [(e["kind"], e["name"]) for e in done.events if e["event"] == "leftover" and e["action"] == action]


if __name__ == "__main__":
    unittest.main()
