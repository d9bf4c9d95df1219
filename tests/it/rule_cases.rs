//! The cases of `tests/rules/*.md`: for every rule one file that fires and one that does not.
//!
//! A case is a heading, the file's name and text in a fenced block, and under `expect` the findings, a line each:
//! `LINE POINTER CODE`, with `-` for what is not there. Options of the run stand after the first file's name. Records
//! are validated, a `labels.csv` is prepared. A block `photos` has lines `NAME: KIND`, the kinds of
//! [`photo`](crate::pictures::photo); a file `in GBK` is written so.

use std::collections::BTreeSet;
use std::path::Path;

use crate::harness::{Project, written};
use crate::pictures;

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

/// `{{N}}` in a case stands for N valid records, or rows of a table, so that the sample count is right; `{{N of X}}` inside a
/// line for N times X.
fn expanded(name: &str, text: &str) -> String {
    let others = text.lines().next().unwrap_or_default().split(',').skip(2);
    let row = |n| {
        let cells = others.clone().map(|name| if name == "sheet" { format!(",good {n}") } else { ",".to_owned() });
        format!("good/{n}.jpg,甲公司{}\n", cells.collect::<String>())
    };
    let mut out = String::new();
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        let Some(count) = counted(line) else {
            out.push_str(&repeated(line));
            out.push('\n');
            continue;
        };
        for n in 0..count {
            if name == "labels.csv" {
                out.push_str(&row(n));
            } else {
                out.push_str(&(valid_record(n) + "\n"));
            }
        }
    }
    out
}

/// The number of a line `{{N}}`.
fn counted(line: &str) -> Option<usize> {
    line.strip_prefix("{{")?.strip_suffix("}}")?.parse().ok()
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

/// Writes the photos of a case, and those of its valid records and rows.
fn write_photos(project: &Project, case: &Case, list: &str) {
    let texts = case.files.iter().flat_map(|(_, text)| text.lines());
    for n in 0..texts.filter_map(counted).max().unwrap_or(0) {
        project.write(&format!("photos/good/{n}.jpg"), pictures::jpeg(&written(n, 400, 300)));
    }
    for (n, line) in list.lines().enumerate() {
        let (name, kind) = line.split_once(": ").unwrap();
        if kind == "a link to nothing" {
            #[cfg(unix)]
            std::os::unix::fs::symlink("nowhere.jpg", project.path(&format!("photos/{name}"))).unwrap();
        } else {
            project.write(&format!("photos/{name}"), pictures::photo(kind, 100 + n));
        }
    }
}

fn findings(case: &Case) -> BTreeSet<String> {
    let project = Project::empty();
    for (header, text) in &case.files {
        let name = header.split(' ').next().unwrap();
        let text = expanded(name, text);
        match name {
            "photos" => write_photos(&project, case, &text),
            _ if header.ends_with(" in GBK") => project.write(name, encoding_rs::GBK.encode(&text).0),
            _ => project.write(name, text),
        }
    }
    let (first, options) = case.files[0].0.split_once(' ').unwrap_or((&case.files[0].0, ""));
    let options = options.trim_end_matches("in GBK");
    let has = |name: &str| case.files.iter().any(|(header, _)| header.split(' ').next() == Some(name));
    let mut args = if first == "labels.csv" { vec!["prepare", "--json"] } else { vec!["validate", first, "--json"] };
    args.extend(options.split_whitespace());
    if first == "labels.csv" && !options.contains("--validation-fraction") {
        args.extend(["--validation-fraction", "0"]);
    }
    if first != "labels.csv" && has("photos") {
        args.extend(["--input-dir", "photos"]);
    }
    if has("validation.jsonl") {
        args.extend(["--validation", "validation.jsonl"]);
    }
    if has("job.json") {
        args.extend(["--job", "job.json"]);
    }
    let said = project.run(&args);
    assert!(said.code < 2, "{}: {}", case.title, said.all());
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
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let cases = cases(&std::fs::read_to_string(&path).unwrap());
        assert!(cases.len() >= 2, "{code} needs a case that fires and one that does not");
        for case in cases {
            let found = findings(&case);
            let expect = case.expect.clone().unwrap_or_else(|| panic!("{code}, {}: no block `expect`", case.title));
            if found != expect {
                wrong.push(format!("{code}: {}: {found:?}, not {expect:?}", case.title));
            }
            let fires = found.iter().any(|finding| finding.ends_with(&code));
            if fires {
                fired.insert(code.clone())
            } else {
                passed.insert(code.clone())
            };
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for rule in nova_ft::registry::registry().rules() {
        let has_cases = fired.contains(rule.code) && passed.contains(rule.code);
        assert!(has_cases || IN_SEVERAL_STEPS.contains(&rule.code), "{} {} needs cases", rule.code, rule.name);
    }
}

/// Rules whose cases take several steps: what changed after `prepare`, in `upload.rs`, `validate.rs` and `labels.rs`; those about what a reader read, whose tests in `src/labels/audit`
/// and `src/labels/labeler` have one that computes; and those of the preflight, which ask services: `src/training/job/preflight` has
/// them in memory.
const IN_SEVERAL_STEPS: [&str; 25] = [
    "IMG006", "JOB018", "JOB019", "JOB020", "JOB021", "JOB022", "JOB023", "JOB024", "JOB025", "JOB026", "JOB027",
    "JOB028", "JOB029", "JOB030", "JOB031", "JOB032", "LBL024", "LBL025", "LBL026", "LBL027", "LBL028", "LBL029",
    "SPL006", "SPL014", "SPL015",
];
