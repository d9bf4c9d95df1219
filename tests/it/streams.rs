//! What is said where, and how: text of others, details, results that cannot be written, the log.

use crate::harness::{Project, Said, without_port};

/// Whether a character would act on a terminal, or turn a line around, or end it.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{200B}')
}

#[cfg(target_os = "linux")]
#[test]
fn names_and_labels_of_others_do_not_act_on_a_terminal() {
    let photo = "evil\u{1b}[2J\u{202e}gpj.jpg";
    let project = Project::with_photos(8);
    project.photo(&format!("photos/{photo}"), 50);
    let seller = "甲\u{1b}]0;owned\u{7}\u{2066}公司\u{200b}";
    project.write("labels.csv", format!("{}{photo},{seller}\n", project.read("labels.csv")));
    let mut said = String::new();
    let mut listen = |args: &[&str], code: i32| {
        let one = project.run(args).exits(code);
        assert!(!one.all().contains(acts), "{:?}", one.all());
        said.push_str(&one.all());
    };
    listen(&["prepare", "--validation-fraction", "0", "-v"], 0);
    listen(&["upload", "-v"], 0);
    // A photo that no label names, with a line break in its name; a label that no photo has; a bad option.
    project.photo("photos/two\nerror: lines.jpg", 51);
    project.write("labels.csv", format!("{}\"ghost\u{9b}31m.jpg\",乙\n", project.read("labels.csv")));
    listen(&["prepare"], 1);
    listen(&["prepare", "--s3-bucket", "\u{1b}[31mred"], 2);
    listen(&["prepare", "--\u{1b}[31mred"], 2);
    listen(&["validate", "no\n\u{202e}such.jsonl"], 2);
    for shown in [r"evil\u{1b}[2J\u{202e}gpj.jpg", r"two\nerror: lines.jpg", r"ghost\u{9b}31m.jpg", r"no\n\u{202e}such"]
    {
        assert!(said.contains(shown), "{shown}: {said}");
    }
    for log in ["prepare", "upload", "validate"] {
        let log = project.read(&format!("output/logs/{log}.log"));
        assert!(!log.contains(acts), "{log:?}");
        assert!(log.lines().all(|line| line.starts_with("2026-11-22T11:03:36Z [")), "{log}");
    }
    // JSON has its own escapes: a program gets the name as it is.
    let files: Vec<_> =
        project.run(&["prepare", "--json"]).events().into_iter().map(|event| event["file"].clone()).collect();
    assert!(files.contains(&"photos/two\nerror: lines.jpg".into()), "{files:?}");
}

#[test]
fn verbose_says_what_came_from_where_what_became_of_each_and_how_long_it_took() {
    let project = Project::with_photos(8).env("NOVA_FT_SEED", "9");
    let said = project.run(&["run", "-v", "--validation-fraction", "0"]).exits(0);
    for line in [
        "settings: nova-ft.toml",
        "  s3_bucket = test-bucket, from nova-ft.toml:3 (s3_bucket)",
        "  seed = 9, from NOVA_FT_SEED",
        "  validation_fraction = 0, from --validation-fraction",
        "000.jpg: train side, in the group 第0(北京)科技有限公司, key p/images/000.jpg",
        "wrote output/dataset/receipt.json",
    ] {
        assert!(said.stderr.lines().any(|said| said == line), "{line}: {}", said.all());
    }
    let timed = |work: &str| said.stderr.lines().any(|line| line.starts_with(work) && line.ends_with(" s"));
    assert!(timed("reading photos: ") && timed("uploading: "), "{}", said.all());
    let usual = Project::with_photos(8).env("NOVA_FT_SEED", "9");
    let brief = usual.run(&["run", "--validation-fraction", "0"]).exits(0);
    assert!(brief.stderr.lines().count() < 10, "{}", brief.all());
    // The log has all of it either way.
    let log = |project: &Project| {
        let log = without_port(&project.read("output/logs/run.log"));
        let lines = log.lines().map(|line| line.split_once("] ").unwrap().1.to_owned());
        lines.filter(|line| !line.ends_with(" s")).collect::<Vec<_>>()
    };
    assert_eq!(log(&project), log(&usual));
}

#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_written_are_no_results() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for args in [&["rule", "--all"] as &[_], &["rule", "--all", "--json"], &["--help"]] {
        let said = Said::of(&Project::empty().command(args).stdout(full()).output().unwrap()).exits(2);
        assert!(said.stderr.contains("error: cannot write the results\n  caused by: No space left"), "{}", said.all());
    }
}

#[test]
fn a_log_that_cannot_be_written_is_a_warning_with_its_cause() {
    let project = Project::with_photos(8);
    let said = project.run(&["prepare", "--validation-fraction", "0", "--log-dir", "labels.csv"]).exits(0);
    assert!(said.stderr.contains("warning: no log is kept: cannot create labels.csv: "), "{}", said.all());
    assert!(said.stderr.lines().next().unwrap().ends_with(')'), "what the system said: {}", said.all());
}

#[test]
fn a_setting_that_cannot_be_used_is_named_by_what_set_it() {
    let project = Project::with_photos(8);
    let origin = |said: Said| said.exits(2).stderr.lines().next().unwrap().split(": `").next().unwrap().to_owned();
    let by_variable = project.command(&["prepare"]).env("NOVA_FT_PREPARE_S3_BUCKET", "No_").output().unwrap();
    assert_eq!(origin(Said::of(&by_variable)), "error: NOVA_FT_PREPARE_S3_BUCKET");
    assert_eq!(origin(project.run(&["prepare", "--s3-bucket", "No_"])), "error: --s3-bucket");
    project.write("nova-ft.toml", project.read("nova-ft.toml").replace("test-bucket", "No_"));
    assert_eq!(origin(project.run(&["prepare"])), "error: nova-ft.toml:3 (s3_bucket)");
    let said = project.run(&["sample"]).exits(2);
    assert!(said.stderr.contains("set NOVA_FT_SAMPLE_OUTPUT_DIR, or write `output_dir = …` below [sample] in"));
}

#[test]
fn one_is_said_in_the_singular() {
    let project = Project::with_photos(1);
    let said = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    assert!(said.stdout.contains("manifest.json: 1 photo, 0 converted"), "{}", said.all());
    let said = project.run(&["validate", "output/dataset/train.jsonl"]).exits(1);
    assert!(said.stdout.contains("checked 1 record and 1 photo\n"), "{}", said.all());
    let said = project.run(&["sample", "--count", "1", "--output-dir", "s"]).exits(2);
    assert!(said.stderr.starts_with("error: --count: 1 is too few\n"), "{}", said.all());
    assert!(!project.path("s").exists());
}
