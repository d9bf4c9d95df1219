//! Every line of `--json` has the shape that `docs/schema/events.schema.json` promises.

use crate::harness::{Project, Said};
use serde_json::Value;

fn schema() -> jsonschema::Validator {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/events.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn every_event_of_every_command_fits_the_schema() {
    let schema = schema();
    let mut kinds = std::collections::BTreeSet::new();
    let mut check = |said: Said| {
        let events = said.events();
        assert_eq!(events.last().unwrap()["event"], "summary", "{}", said.all());
        assert_eq!(events.last().unwrap()["exit_code"], said.code, "{}", said.all());
        for event in events {
            let errors: Vec<_> = schema.iter_errors(&event).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{event}: {errors:#?}");
            kinds.insert(event["event"].as_str().unwrap().to_owned());
        }
    };
    let project = Project::with_photos(40);
    check(project.run(&["upload", "--json"]));
    check(project.run(&["prepare", "--json"]));
    check(project.run(&["upload", "--json", "--dry-run"]));
    check(project.run(&["run", "--json"]));
    check(project.run(&["rule", "--all", "--json"]));
    check(project.run(&["rule", "IMG001", "--json"]));
    check(project.run(&["local", "reset", "--json"]));
    check(project.run(&["sample", "--json", "--count", "2", "--output-dir", "sample"]));
    std::fs::remove_file(project.path("photos/005.jpg")).unwrap();
    check(project.run(&["upload", "--unvalidated", "--json"]));
    check(project.run(&["prepare", "--json"]));
    project.write("bad.jsonl", "{\n\"messages\": []}\n\nx\n");
    check(project.run(&["validate", "bad.jsonl", "--json", "--fix", "out.jsonl"]));
    let kinds: Vec<_> = kinds.into_iter().collect();
    assert_eq!(kinds, ["backend", "error", "file", "finding", "fixed", "object", "rule", "summary"]);
}

#[test]
fn the_schema_refuses_what_is_no_event() {
    let schema = schema();
    for bad in [
        serde_json::json!({}),
        serde_json::json!({"event": "unheard-of"}),
        serde_json::json!({"event": "object", "action": "put"}),
        serde_json::json!({"event": "summary", "command": "run"}),
    ] {
        assert!(!schema.is_valid(&bad), "{bad}");
    }
}
