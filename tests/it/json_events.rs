//! Every line of `--json` has the shape that `docs/schema/events.schema.json` promises.

use std::collections::BTreeSet;

use crate::harness::{Project, Said, interrupt_after};
use crate::job::{JOB, with_job};
use crate::json_schema::is_valid;
use nova_ft::dataset::FolderLock;
use serde_json::Value;

pub(crate) struct Schema {
    json: Value,
}

impl Schema {
    pub(crate) fn read() -> Self {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/events.schema.json");
        Self { json: serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() }
    }

    fn is_valid(&self, event: &Value) -> bool {
        is_valid(&self.json, &self.json, event)
    }

    /// The members that an event is documented to have.
    fn members(&self, kind: &str) -> BTreeSet<&String> {
        let of = |event: &&Value| event["properties"]["event"]["const"] == kind;
        let event = self.json["oneOf"].as_array().unwrap().iter().find(of).unwrap();
        event["properties"].as_object().unwrap().keys().collect()
    }

    /// Checks all that a run said; returns the kinds of its events in their order.
    pub(crate) fn check(&self, said: &Said) -> Vec<String> {
        let events = said.events();
        assert_eq!(events.last().unwrap()["event"], "summary", "{}", said.all());
        assert_eq!(events.last().unwrap()["exit_code"], said.code, "{}", said.all());
        let kinds = events.iter().map(|event| {
            assert!(self.is_valid(event), "not as the schema has it: {event}");
            let kind = event["event"].as_str().unwrap();
            let unknown: Vec<_> =
                event.as_object().unwrap().keys().filter(|key| !self.members(kind).contains(key)).collect();
            assert!(unknown.is_empty(), "{event}: not in the schema: {unknown:?}");
            kind.to_owned()
        });
        kinds.collect()
    }
}

#[test]
fn every_event_of_every_command_fits_the_schema() {
    let schema = Schema::read();
    let mut kinds = BTreeSet::new();
    let mut check = |said: Said| kinds.extend(schema.check(&said));
    let project = Project::with_photos(40);
    check(project.run(&["upload", "--json"]));
    check(project.run(&["prepare", "--json"]));
    check(project.run(&["upload", "--json", "--dry-run"]));
    check(project.run(&["run", "--json"]));
    check(project.run(&["estimate", "output/dataset/train.jsonl", "--json"]));
    check(project.run(&["job", "create", "--json", "--dry-run"]));
    check(project.run(&["job", "create", "--json", "--epoch-count", "9"]));
    check(project.run(&["job", "create", "--json"]));
    check(project.run(&["clean", "--json", "--dry-run"]));
    check(project.run(&["job", "create", "--json"]));
    check(project.run(&["job", "status", "--json"]));
    check(project.run(&["job", "list", "--json"]));
    check(project.run(&["job", "stop", "--json"]));
    check(project.run(&["job", "watch", "--json", "--interval", "1s", "--deadline", "1s", "--stall-after", "1s"]));
    check(project.run(&["job", "policy", "--json"]));
    let watch = ["--backend", "aws", "job", "watch", JOB, "--json", "--interval", "1s", "--deadline", "1s"];
    check(with_job("InProgress", "NotStarted", None).run(&watch));
    let nobody = with_job("InProgress", "NotStarted", None).env("AWS_ENDPOINT_URL_BEDROCK", "http://127.0.0.1:1");
    check(nobody.run(&watch));
    check(project.run(&["rule", "--all", "--json"]));
    check(project.run(&["rule", "IMG001", "--json"]));
    check(project.run(&["local", "reset", "--json"]));
    check(project.run(&["sample", "--json", "--count", "2", "--output-dir", "sample"]));
    std::fs::remove_file(project.path("photos/005.jpg")).unwrap();
    check(project.run(&["upload", "--unvalidated", "--json"]));
    check(project.run(&["prepare", "--json"]));
    project.write("bad.jsonl", "{\n\"messages\": []}\n\nx\n");
    check(project.run(&["validate", "bad.jsonl", "--json", "--fix", "out.jsonl"]));
    check(project.run(&["validate", "bad.jsonl", "--json", "--report-file", "report.json"]));
    project.write("m.csv", "step_number,epoch_number,training_loss\n1,0,2.0\n2,0,NaN\n");
    check(project.run(&["metrics", "--metrics-file", "m.csv", "--json"]));
    check(project.run(&["--json", "--help"]));
    let kinds: Vec<_> = kinds.iter().map(String::as_str).collect();
    let expected = [
        "backend", "epoch", "error", "estimate", "file", "finding", "fixed", "help", "job", "leftover", "object",
        "oddity", "policy", "removed", "request", "rule", "stall", "summary", "trouble", "written",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn misuse_is_an_error_event_and_a_summary() {
    let schema = Schema::read();
    for args in [&["upload", "--nope", "--json"] as &[_], &["--json"], &["--json", "no-such-command"]] {
        let said = Project::empty().run(args).exits(2);
        assert_eq!(schema.check(&said), ["error", "summary"], "{}", said.all());
        assert!(said.stderr.contains("Usage: nova-ft"), "{}", said.all());
    }
    let said = Project::empty().run(&["upload", "--concurrency", "many", "--json"]).exits(2);
    assert!(said.events()[0]["message"].as_str().unwrap().contains("'many' for '--concurrency <N>'"), "{}", said.all());
    // After the two dashes nothing is an option.
    let said = Project::empty().run(&["rule", "--nope", "--", "--json"]).exits(2);
    assert_eq!(said.stdout, "");
}

#[test]
fn an_error_event_says_file_line_and_key_where_the_error_knows_them() {
    let schema = Schema::read();
    let error = |project: &Project, args: &[&str]| {
        let said = project.run(args).exits(2);
        schema.check(&said);
        said.events().into_iter().find(|event| event["event"] == "error").unwrap()
    };
    let project = Project::with_photos(8);
    project.write("labels.csv", "image,vendor\n000.jpg,甲\n");
    let input = error(&project, &["prepare", "--json"]);
    assert_eq!((&input["file"], &input["line"]), (&"labels.csv".into(), &1.into()), "{input}");
    let io = error(&project, &["validate", "nowhere.jsonl", "--json"]);
    assert_eq!((&io["file"], &io["line"]), (&"nowhere.jsonl".into(), &Value::Null), "{io}");
    project.write("nova-ft.toml", "[upload]\nconcurrency = 'many'\n");
    let setting = error(&project, &["upload", "--json"]);
    assert_eq!((&setting["file"], &setting["line"]), (&"nova-ft.toml".into(), &2.into()), "{setting}");
    assert_eq!(setting["key"], "upload.concurrency");
}

#[test]
fn findings_past_the_first_thousand_of_a_code_are_an_event() {
    let project = Project::empty();
    project.write("bad.jsonl", "x\n".repeat(1_005));
    let said = project.run(&["validate", "bad.jsonl", "--json"]).exits(1);
    Schema::read().check(&said);
    let left_off = said.events().into_iter().find(|event| event["event"] == "left_off").unwrap();
    assert_eq!((&left_off["code"], &left_off["count"]), (&"JSL001".into(), &5.into()));
}

#[test]
fn the_form_of_the_report_is_the_form_of_all_of_stdout() {
    let schema = Schema::read();
    let project = Project::empty();
    project.write("bad.jsonl", "\nx\n");
    project.write("worse.jsonl", "\ny\n");
    for args in [&["--format", "json", "--fix", "out.jsonl"] as &[_], &["--json", "--fix", "again.jsonl"]] {
        let said = project.run(&[&["validate", "bad.jsonl"], args].concat()).exits(1);
        assert_eq!(schema.check(&said)[0], "fixed", "{}", said.all());
    }
    let two = ["validate", "bad.jsonl", "--validation", "worse.jsonl", "--format", "json", "--fix", "copies"];
    let said = project.run(&two).exits(1);
    assert_eq!(schema.check(&said)[..2], ["fixed", "fixed"], "{}", said.all());
    // A report in a file leaves stdout to people.
    let said = project.run(&["validate", "bad.jsonl", "--format", "json", "--report-file", "r.json"]).exits(1);
    assert!(said.stdout.starts_with("3 errors, ") && said.stdout.lines().count() == 1, "{}", said.all());
    assert!(project.read("r.json").starts_with("{\"event\":\"finding\""));
}

#[cfg(unix)]
#[test]
fn the_server_and_ctrl_c_are_events() {
    let schema = Schema::read();
    let project = Project::with_photos(8);
    let said = interrupt_after(project.spawn(&["local", "serve", "--json"]), "stop with Ctrl-C").exits(0);
    assert_eq!(schema.check(&said), ["server", "summary"], "{}", said.all());
    let _held = FolderLock::acquire(&project.path("output/dataset"), &nova_ft::progress::Silent).unwrap();
    let said = interrupt_after(project.spawn(&["prepare", "--json"]), "waiting for another nova-ft").exits(130);
    assert_eq!(schema.check(&said), ["interrupted", "summary"], "{}", said.all());
}

#[test]
fn the_schema_refuses_what_is_no_event() {
    let schema = Schema::read();
    for bad in [
        serde_json::json!({}),
        serde_json::json!({"event": "unheard-of"}),
        serde_json::json!({"event": "object", "action": "put"}),
        serde_json::json!({"event": "summary", "command": "run"}),
    ] {
        assert!(!schema.is_valid(&bad), "{bad}");
    }
}
