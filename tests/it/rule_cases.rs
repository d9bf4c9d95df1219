//! The cases of `tests/rules/*.md`: for every rule of the validator one file that fires and one that does not.
//!
//! A case is a heading, the file's name and text in a fenced block, and under `expect` the findings, a line each:
//! `LINE POINTER CODE`, with `-` for what is not there. Options of the run stand after the first file's name.

use std::collections::BTreeSet;
use std::path::Path;

use crate::harness::Project;

struct Case {
    title: String,
    files: Vec<(String, String)>,
    expect: Option<BTreeSet<String>>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    // Not `lines()`: that takes away a carriage return which a case may be about.
    let mut lines = text.split('\n');
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            cases.push(Case { title: title.to_owned(), files: Vec::new(), expect: None });
        } else if let Some(name) = line.strip_prefix("```") {
            let body: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            let case = cases.last_mut().unwrap();
            if name == "expect" {
                case.expect = Some(body.iter().map(|line| (*line).to_owned()).collect());
            } else {
                case.files.push((name.to_owned(), body.join("\n") + "\n"));
            }
        }
    }
    cases
}

/// `{{N}}` in a case stands for N valid records, so that the sample count is right; `{{N of X}}` inside a line for N times X.
fn expanded(text: &str) -> String {
    let mut out = String::new();
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        let Some(count) = line.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) else {
            out.push_str(&repeated(line));
            out.push('\n');
            continue;
        };
        for n in 0..count.parse::<usize>().unwrap() {
            out.push_str(&valid_record(n));
            out.push('\n');
        }
    }
    out
}

/// A line with `{{N of X}}` written out.
fn repeated(line: &str) -> String {
    let Some((before, rest)) = line.split_once("{{") else { return line.to_owned() };
    let Some((inner, after)) = rest.split_once("}}") else { return line.to_owned() };
    let Some((count, part)) = inner.split_once(" of ") else { return line.to_owned() };
    format!("{before}{}{after}", part.repeat(count.parse().unwrap()))
}

/// A record in which nothing is wrong, with a photo of its own for each `n`.
fn valid_record(n: usize) -> String {
    let location = serde_json::json!({"uri": format!("s3://bucket/good/{n}.jpg"), "bucketOwner": "123456789012"});
    let image = serde_json::json!({"format": "jpeg", "source": {"s3Location": location}});
    let question = serde_json::json!({"role": "user", "content": [{"text": "Who?"}, {"image": image}]});
    let answer = serde_json::json!({"role": "assistant", "content": [{"text": "甲公司"}]});
    serde_json::json!({"schemaVersion": "bedrock-conversation-2024", "messages": [question, answer]}).to_string()
}

fn findings(case: &Case) -> BTreeSet<String> {
    let project = Project::empty();
    let (first, options) = case.files[0].0.split_once(' ').unwrap_or((&case.files[0].0, ""));
    for (name, text) in &case.files {
        project.write(name.split(' ').next().unwrap(), expanded(text));
    }
    let mut args = vec!["validate", first, "--json"];
    args.extend(options.split_whitespace());
    if let Some((name, _)) = case.files.iter().find(|(name, _)| name == "validation.jsonl") {
        args.extend(["--validation", name]);
    }
    if let Some((name, _)) = case.files.iter().find(|(name, _)| name == "job.json") {
        args.extend(["--job", name]);
    }
    let said = project.run(&args);
    let events = said.events();
    let text = |event: &serde_json::Value, key: &str| match &event[key] {
        serde_json::Value::Null => "-".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let findings = events.iter().filter(|event| event["event"] == "finding");
    findings
        .map(|event| format!("{} {} {}", text(event, "line"), text(event, "pointer"), text(event, "code")))
        .collect()
}

#[test]
fn every_case_gives_its_findings_and_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let mut fired = BTreeSet::new();
    let mut passed = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let cases = cases(&std::fs::read_to_string(&path).unwrap());
        assert!(cases.len() >= 2, "{code} needs a case that fires and one that does not");
        for case in cases {
            let found = findings(&case);
            let expect = case.expect.clone().unwrap_or_else(|| panic!("{code}, {}: no block `expect`", case.title));
            assert_eq!(found, expect, "{code}: {}", case.title);
            let fires = found.iter().any(|finding| finding.ends_with(&code));
            if fires {
                fired.insert(code.clone())
            } else {
                passed.insert(code.clone())
            };
        }
    }
    // Rules on photos, tables and whole folders need more than a text file: a test of the program or of the module has them.
    let tests = test_sources();
    for rule in nova_ft::registry::registry().rules() {
        let has_cases = fired.contains(rule.code) && passed.contains(rule.code);
        let is_tested = tests.iter().any(|text| text.contains(rule.code) || text.contains(&constant(rule.name)));
        assert!(has_cases || is_tested, "no test makes {} {} fire", rule.code, rule.name);
    }
}

/// The name of a rule's constant: `IMAGE_TWICE` of `image-twice`.
fn constant(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// The sources of all tests but this one: `tests/it/` and the modules' own.
fn test_sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pending = vec![root.join("tests/it"), root.join("src")];
    let mut sources = Vec::new();
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = || std::fs::read_to_string(&path).unwrap();
            match path.extension().and_then(|extension| extension.to_str()) {
                None if path.is_dir() => pending.push(path),
                Some("rs") if path.ends_with("rule_cases.rs") => {}
                Some("rs") if path.starts_with(root.join("tests")) || path.ends_with("tests.rs") => {
                    sources.push(text());
                }
                Some("rs") => {
                    sources.extend(text().split_once("#[cfg(test)]\nmod ").map(|(_, tests)| tests.to_owned()));
                }
                _ => {}
            }
        }
    }
    sources
}
