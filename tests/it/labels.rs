//! `label`, `audit` and `run --generate-labels`, as far as they need no models; `src/labels/audit` and `src/labels/labeler` have the
//! rest, with a reader that computes. And what `prepare` makes of sheets.

use crate::harness::{Project, Said};

fn codes(said: &Said) -> Vec<String> {
    let findings = said.events().into_iter().filter(|event| event["event"] == "finding");
    findings
        .map(|event| format!("{} {}", event["severity"].as_str().unwrap(), event["code"].as_str().unwrap()))
        .collect()
}

/// A table that puts each photo of 12 on a sheet by this rule.
fn labels(sheet: impl Fn(usize) -> String) -> String {
    let rows = (0..12).map(|n| format!("{n:03}.jpg,甲公司,{}\n", sheet(n)));
    format!("image,seller,sheet\n{}", rows.collect::<String>())
}

fn sides(project: &Project) -> Vec<String> {
    let manifest: serde_json::Value = serde_json::from_str(&project.read("output/dataset/manifest.json")).unwrap();
    let side =
        |photo: &serde_json::Value| format!("{} {}", photo["image"].as_str().unwrap(), photo["side"].as_str().unwrap());
    manifest["photos"].as_array().unwrap().iter().map(side).collect()
}

#[test]
fn without_its_options_label_and_audit_say_what_they_need_before_they_look_for_models() {
    let project = Project::with_photos(4);
    let said = project.run(&["label"]).exits(2);
    assert!(said.stderr.contains("missing required option `--output-file`"), "{}", said.all());
    let said = project.run(&["label", "--output-file", "out.csv", "--labeler", "oracle"]).exits(2);
    assert!(said.stderr.contains("expected `reader`"), "{}", said.all());
    project.write("report.html", "mine");
    let said = project.run(&["audit", "--report-file", "report.html"]).exits(2);
    assert!(said.stderr.contains("is no report of nova-ft"), "{}", said.all());
}

#[test]
fn the_stand_in_is_not_asked_where_it_has_no_models_to_answer_with() {
    let label = ["label", "--labeler", "converse", "--output-file", "out.csv", "--models-dir", "nowhere"];
    let project = Project::with_photos(2);
    let said = project.run(&label).exits(2);
    assert!(said.stderr.contains("models_dir") || said.stderr.contains("--models-dir"), "{}", said.all());
    assert!(!project.path("out.csv").exists(), "{}", said.all());
}

#[test]
fn a_model_that_labels_is_checked_before_a_backend_is_opened() {
    let project = Project::with_photos(4);
    let label = ["label", "--labeler", "converse", "--output-file", "out.csv"];
    let refused = |more: &[&str], part: &str| {
        let said = project.run(&[&label, more].concat()).exits(2);
        assert!(said.stderr.contains(part), "{}", said.all());
        assert!(!project.path("out.csv").exists() && !project.path(".nova-ft").exists(), "{}", said.all());
    };
    refused(&["--model", "micro"], "takes no images");
    refused(&["--model", "other.vendor-v1:0", "--max-cost", "1"], "what other.vendor-v1:0 costs is not known");
    refused(&["--price-input", "1"], "go together");
    refused(&["--max-cost=-1"], "is no amount of money");
    refused(&["--max-cost", "NaN"], "is no amount of money");
    refused(&["--requests-per-minute", "0"], "name 1 or more");
    refused(&["--concurrency", "65"], "from 1 to 64");
    refused(&["--prompt-file", "missing.txt"], "missing.txt");
    // A family that is tuned is no model that labels.
    project.write(
        "nova-ft.toml",
        format!("model = 'micro'\n{}\n[label]\nmodel = 'micro'\n", project.read("nova-ft.toml")),
    );
    refused(&[], "takes no images");
}

#[test]
fn a_job_without_labels_says_that_it_can_do_without() {
    let project = Project::with_photos(4);
    project.write("nova-ft.toml", project.read("nova-ft.toml").replace("labels = 'labels.csv'\n", ""));
    let said = project.run(&["run"]).exits(2);
    assert!(
        said.stderr.contains("missing required option `--labels`") && said.stderr.contains("--generate-labels"),
        "{}",
        said.all()
    );
    let said = project.run(&["run", "-g", "--labels", "labels.csv"]).exits(2);
    assert!(said.stderr.contains("cannot be used with"), "{}", said.all());
}

#[test]
fn sheets_that_turn_out_to_be_one_take_the_older_ones_side_and_the_manifest_says_what_moved() {
    let project = Project::with_photos(12);
    let prepare = ["prepare", "--validation-fraction", "0.5", "--json"];
    project.write("labels.csv", labels(|n| format!("s{n:02}")));
    let _ = project.run(&prepare).exits(0);
    let before = sides(&project);
    let side = |n: usize| before[n].split(' ').nth(1).unwrap().to_owned();
    // The first photo whose side is not that of the first sheet joins it.
    let other = (1..12).find(|n| side(*n) != side(0)).unwrap();
    let joined = labels(|n| if n == other { "s00".to_owned() } else { format!("s{n:02}") });
    project.write("labels.csv", &joined);
    let said = project.run(&prepare).exits(0);
    assert_eq!(codes(&said), ["warning SPL015"], "{}", said.all());
    let mut expected = before.clone();
    expected[other] = format!("{other:03}.jpg {}", side(0));
    assert_eq!(sides(&project), expected);
    let manifest: serde_json::Value = serde_json::from_str(&project.read("output/dataset/manifest.json")).unwrap();
    let moved =
        serde_json::json!([{"image": format!("{other:03}.jpg"), "from": side(other), "to": side(0), "group": "s00"}]);
    assert_eq!(manifest["moved"], moved);
    assert_eq!(manifest["groups"][0], serde_json::json!({"name": "s00", "side": side(0), "photos": 2}));
    let made = project.files("output/dataset");
    let said = project.run(&prepare).exits(0);
    assert_eq!((codes(&said).len(), project.files("output/dataset")), (0, made), "made again, it is the same");
}
