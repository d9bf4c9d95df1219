//! From photos to the proof: the main job to its end, with the reader's models; and what can be seen of it without them.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Project, Said};
use crate::json_events::Schema;
use crate::reading::{models_dir, root};

/// The sample with its labels, perhaps changed, in a folder of its own; pages that were read before need not be read again.
fn sample(relabel: impl Fn(Vec<(String, String, String)>) -> Vec<(String, String, String)>) -> Project {
    let project = Project::empty();
    let table = std::fs::read_to_string(root().join("data/invoice_sellers.csv")).unwrap();
    let rows = table.lines().skip(1).map(|line| {
        let mut fields = line.split(',').map(str::to_owned);
        (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap())
    });
    let rows = relabel(rows.collect());
    let lines: String = rows.iter().map(|(image, seller, sheet)| format!("{image},{seller},{sheet}\n")).collect();
    project.write("labels.csv", format!("image,seller,sheet\n{lines}"));
    for (image, _, _) in &rows {
        std::fs::copy(root().join("data/images").join(image), project.path("photos").join(image)).unwrap();
    }
    let settings = project.read("nova-ft.toml").replace("until = 'upload'\n", "");
    project.write("nova-ft.toml", settings + "epoch_count = 5\nlearning_rate = 1e-4\n");
    // The pages that the reader's tests have left: reading takes most of the time, and a page is found by its photo's pixels.
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reading/pages");
    if kept.is_dir() {
        copy(&kept, &project.path(".nova-ft/pages"));
    }
    project
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn run(project: &Project, args: &[&str]) -> Said {
    project.run(&[args, &["--models-dir", &models_dir()]].concat())
}

fn summary(said: &Said) -> Value {
    said.events().pop().unwrap()
}

/// The figures of base and tuned.
fn figures(summary: &Value) -> (Value, Value) {
    (summary["base"].clone(), summary["tuned"].clone())
}

fn exact_sheets(figures: &Value) -> f64 {
    figures["exact_sheets"].as_f64().unwrap()
}

fn count(said: &Said, kind: &str, action: &str) -> usize {
    said.events().iter().filter(|event| event["event"] == kind && event["action"] == action).count()
}

#[test]
#[ignore = "needs the reader's models: `make reading`"]
fn reading_run_goes_all_the_way_on_the_sample() {
    let project = sample(|rows| rows);
    let said = run(&project, &["run", "--json"]).exits(0);
    let kinds = Schema::read().check(&said);
    for kind in ["stage", "job", "deployment", "written"] {
        assert!(kinds.iter().any(|own| own == kind), "no {kind}: {}", said.all());
    }
    let first = summary(&said);
    let (base, tuned) = figures(&first);
    println!("base {base} tuned {tuned}");
    assert!(exact_sheets(&tuned) > exact_sheets(&base) + 0.4 && exact_sheets(&tuned) >= 0.9, "{}", said.all());
    assert_eq!(count(&said, "job", "created"), 1, "{}", said.all());
    assert_eq!(
        (count(&said, "deployment", "created"), count(&said, "deployment", "deleted")),
        (1, 1),
        "{}",
        said.all()
    );
    assert_eq!(first["verdict"], "flat", "{}", said.all());
    let page = project.read("output/report.html");
    assert!(
        page.contains("How the training went")
            && page.contains("<svg")
            && page.contains("its gain says nothing about Nova")
            && page.contains("data:image/jpeg"),
        "no crops"
    );
    assert!(!project.path("output/deployment.json").exists());

    // The same again: the same job, nothing sent, nobody asked, the same numbers.
    let said = run(&project, &["run", "--json"]).exits(0);
    let second = summary(&said);
    assert_eq!(figures(&second), figures(&first));
    assert_eq!((&second["job_arn"], &second["put"]), (&first["job_arn"], &0.into()), "{}", said.all());
    assert_eq!((count(&said, "job", "created"), count(&said, "deployment", "created")), (0, 0), "{}", said.all());

    // Everything forgotten but the pages: the same numbers again.
    let _ = run(&project, &["local", "reset"]).exits(0);
    std::fs::remove_file(project.path("output/answers.jsonl")).unwrap();
    let said = run(&project, &["run", "--json"]).exits(0);
    assert_eq!(figures(&summary(&said)), figures(&first), "{}", said.all());
    assert_eq!(count(&said, "job", "created"), 1, "{}", said.all());

    // Each step by itself, on what is there.
    let said = run(&project, &["deploy", "create"]).exits(0);
    assert!(said.stderr.contains("nova-ft deploy delete"), "{}", said.all());
    std::fs::remove_file(project.path("output/answers.jsonl")).unwrap();
    let said = run(&project, &["evaluate", "--json", "--min-exact", "0.9"]).exits(0);
    assert!(Schema::read().check(&said).contains(&"evaluation".to_owned()), "{}", said.all());
    assert_eq!(figures(&summary(&said)), figures(&first), "{}", said.all());
    let _ = run(&project, &["deploy", "status"]).exits(0);
    let said =
        run(&project, &["evaluate", "--min-exact", "1", "--base", "amazon.nova-pro-v1:0", "--report-file", "r.md"]);
    let is_all = (exact_sheets(&tuned) - 1.0).abs() < 1e-9;
    assert_eq!(said.code, i32::from(!is_all), "{}", said.all());
    assert!(project.read("r.md").contains("nova-ft evaluate"));

    // And away with it: asked first, listed first, in the right order.
    let refused = run(&project, &["clean"]).exits(2);
    assert!(refused.stderr.contains("--yes"), "{}", refused.all());
    let said = run(&project, &["clean", "--yes", "--json"]).exits(0);
    let events = said.events();
    let removed: Vec<&str> = events
        .iter()
        .filter(|event| event["action"] == "removed")
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!((removed[0], removed[1]), ("deployment", "model"), "{}", said.all());
    assert!(removed.len() > 50 && removed[2..].iter().all(|kind| *kind == "object"), "{}", said.all());
    let said = run(&project, &["clean", "--yes"]).exits(0);
    assert!(said.stdout.contains("nothing is left"), "{}", said.all());
}

#[test]
#[ignore = "needs the reader's models: `make reading`"]
fn reading_shuffled_labels_teach_nothing() {
    // Each sheet gets the seller of another one.
    let project = sample(|mut rows| {
        let mut sheets: Vec<(String, String)> = rows.iter().map(|row| (row.2.clone(), row.1.clone())).collect();
        sheets.sort();
        sheets.dedup();
        let half = sheets.len() / 2;
        for row in &mut rows {
            let at = sheets.iter().position(|(sheet, _)| *sheet == row.2).unwrap();
            row.1.clone_from(&sheets[(at + half) % sheets.len()].1);
        }
        rows
    });
    let said = run(&project, &["run", "--json", "--allow", "LBL"]);
    let (_, tuned) = figures(&summary(&said));
    println!("shuffled: {tuned}, verdict {}, exit {}", summary(&said)["verdict"], said.code);
    assert_eq!((summary(&said)["verdict"].as_str(), said.code), (Some("not-learning"), 1), "{}", said.all());
    assert!(tuned["exact"].as_f64().unwrap() < 0.3 && exact_sheets(&tuned) < 0.3, "{}", said.all());
}

#[test]
fn without_a_deployment_evaluate_says_how_to_get_one() {
    let project = Project::with_photos(40);
    let _ = project.run(&["run"]).exits(0);
    let said = project.run(&["evaluate"]).exits(2);
    assert!(said.stderr.contains("nova-ft deploy create") && said.stderr.contains("deployment.json"), "{}", said.all());
    let said = project.run(&["evaluate", "--tuned", "x", "--min-exact", "7"]).exits(2);
    assert!(said.stderr.contains("--min-exact") && said.stderr.contains("7 is no rate"), "{}", said.all());
    std::fs::write(project.path("output/dataset/validation.jsonl"), "").unwrap();
    let said = project.run(&["evaluate", "--tuned", "x"]).exits(2);
    assert!(said.stderr.contains("no record is held out"), "{}", said.all());
}

#[test]
fn clean_lists_first_asks_and_removes_only_what_was_sent() {
    let project = Project::with_photos(40);
    let _ = project.run(&["run"]).exits(0);
    let said = project.run(&["clean", "--dry-run"]).exits(0);
    assert_eq!(said.lines("remove").len(), 42, "{}", said.all());
    let said = project.run(&["clean"]).exits(2);
    assert!(said.stderr.contains("nothing was removed") && said.stderr.contains("--yes"), "{}", said.all());
    let said = project.run(&["clean", "--yes"]).exits(0);
    assert!(said.stdout.contains("removed 42 of 42"), "{}", said.all());
    let said = project.run(&["clean", "--yes"]).exits(0);
    assert!(said.stdout.contains("nothing is left"), "{}", said.all());
    let said = project.run(&["run"]).exits(0);
    assert_eq!(said.lines("put").len(), 42, "{}", said.all());
}

#[test]
fn a_run_that_could_prove_nothing_ends_before_the_job() {
    let project = Project::with_photos(40);
    let said = project.run(&["run", "--validation-fraction", "0", "--until", "clean"]).exits(2);
    assert!(said.stderr.contains("no photo is held out") && said.stderr.contains("--until upload"), "{}", said.all());
    assert!(project.run(&["job", "list"]).exits(0).stdout.contains("no jobs"));
}

#[test]
fn a_run_whose_stand_in_could_not_read_ends_before_the_job() {
    let project = Project::with_photos(40);
    let said = project.run(&["run", "--until", "clean"]).exits(2);
    assert!(said.stderr.contains("models") && said.stderr.contains("hint: "), "{}", said.all());
    assert!(said.lines("put").is_empty(), "{}", said.all());
    assert!(project.run(&["job", "list"]).exits(0).stdout.contains("no jobs"));
}
