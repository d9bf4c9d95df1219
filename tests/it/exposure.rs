//! Nobody may read in a file that a command has written what they may not read in its sources.
#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::harness::Project;

const GROUP_AND_OTHERS: u32 = 0o077;
const SECRET: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn close(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// The files below a folder that others than their owner may read.
fn readable(project: &Project, folder: &str) -> Vec<String> {
    let files = project.files(folder).into_iter().map(|(name, _)| name);
    files.filter(|name| mode(&project.path(folder).join(name)) & GROUP_AND_OTHERS != 0).collect()
}

fn prepare(project: &Project) {
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let validate = ["validate", "output/dataset/train.jsonl", "--report-file", "output/report.html"];
    let said = project.run(&validate);
    assert!(project.path("output/report.html").exists(), "{}", said.all());
}

#[test]
fn of_a_private_table_or_image_everything_that_is_made_of_it_is_private() {
    for private in ["labels.csv", "photos/003.jpg"] {
        let project = Project::with_photos(8);
        project.photo("photos/scan.bmp", 90);
        project.write("labels.csv", project.read("labels.csv") + "scan.bmp,乙公司\n");
        close(&project.path(private), 0o600);
        prepare(&project);
        assert_eq!(readable(&project, "output"), [""; 0], "{private}");
        let _ = project.run(&["upload", "--backend", "local"]).exits(0);
        assert_eq!(readable(&project, "output"), [""; 0], "{private}");
        assert_eq!(mode(&project.path(".nova-ft")) & GROUP_AND_OTHERS, 0);
    }
}

#[test]
fn of_public_sources_files_have_the_usual_permissions() {
    let project = Project::with_photos(8);
    prepare(&project);
    // What the umask makes of a new file.
    project.write("new", "");
    for name in ["output/dataset/train.jsonl", "output/dataset/manifest.json", "output/report.html"] {
        assert_eq!(mode(&project.path(name)), mode(&project.path("new")), "{name}");
    }
    assert_eq!(mode(&project.path("output/logs/prepare.log")), 0o600);
}

#[test]
fn a_closed_folder_protects_what_is_made_of_its_files_elsewhere() {
    let project = Project::with_photos(8);
    close(&project.path("photos"), 0o700);
    prepare(&project);
    assert_eq!(readable(&project, "output"), [""; 0]);
}

#[test]
fn a_group_that_may_read_the_source_may_read_what_is_made_of_it_and_others_may_not() {
    let project = Project::with_photos(8);
    close(&project.path("labels.csv"), 0o640);
    prepare(&project);
    project.write("new", "");
    let expected = mode(&project.path("new")) & 0o640;
    assert_eq!(mode(&project.path("output/dataset/train.jsonl")), expected);
}

#[test]
fn a_repaired_copy_and_its_diff_are_as_private_as_the_records() {
    let project = Project::with_photos(8);
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let records = project.read("output/dataset/train.jsonl").replace('\n', "\r\n");
    project.write("train.jsonl", records);
    close(&project.path("train.jsonl"), 0o600);
    let _ = project.run(&["validate", "train.jsonl", "--fix", "fixed/fixed.jsonl"]);
    assert_eq!(project.files("fixed").len(), 2);
    assert_eq!(readable(&project, "fixed"), [""; 0]);
}

#[test]
fn a_consensus_is_as_private_as_the_strictest_of_its_tables() {
    let project = Project::with_photos(8);
    let table = project.read("labels.csv");
    project.write("a.csv", &table);
    project.write("b.csv", &table);
    close(&project.path("b.csv"), 0o600);
    let consensus = ["consensus", "--labels", "a.csv", "--labels", "b.csv", "--output-file", "made/c.csv"];
    let said = project.run(&consensus);
    assert!(project.path("made/c.csv").exists(), "{}", said.all());
    assert_eq!(readable(&project, "made"), [""; 0]);
}

#[test]
fn a_log_is_not_appended_through_a_symbolic_link() {
    let project = Project::with_photos(4);
    project.write("victim", "mine\n");
    std::fs::create_dir(project.path("logs")).unwrap();
    for target in ["victim", "missing"] {
        let link = project.path("logs/prepare.log");
        let _ = std::fs::remove_file(&link);
        symlink(project.path(target), &link).unwrap();
        let said = project.run(&["prepare", "--validation-fraction", "0", "--log-dir", "logs"]).exits(0);
        assert!(said.stderr.contains("logs/prepare.log") && said.stderr.contains("symbolic link"), "{}", said.all());
    }
    assert_eq!(project.read("victim"), "mine\n");
    assert!(!project.path("missing").exists());
}

#[test]
fn what_a_file_that_is_no_image_or_no_table_holds_is_quoted_nowhere() {
    let project = Project::with_photos(8);
    let key = format!("{SECRET}\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n");
    project.write("photos/key.jpg", &key);
    project.write("key.csv", &key);
    project.write("labels.csv", project.read("labels.csv") + "key.jpg,乙公司\n");
    let commands: [&[&str]; 5] = [
        &["prepare", "--validation-fraction", "0"],
        &["prepare", "--validation-fraction", "0", "--json"],
        &["prepare", "--labels", "key.csv"],
        &["metrics", "--metrics-file", "key.csv"],
        &["validate", "key.csv"],
    ];
    for command in commands {
        let said = project.run(command);
        assert!(said.all().contains("key.") && said.code != 0, "{}", said.all());
        assert!(!said.all().contains("BEGIN") && !said.all().contains("b3BlbnNz"), "{}", said.all());
    }
    for (name, bytes) in project.files("output") {
        assert!(!String::from_utf8_lossy(&bytes).contains("BEGIN OPENSSH"), "{name}");
    }
}
