//! Files that are none: a FIFO, a device, a folder or a file of 20 GiB where a file is named. The program says so at once.

#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use crate::harness::{Project, Said};

fn fifo(path: &Path) {
    let _ = std::fs::remove_file(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A prepared data set.
fn project() -> Project {
    let project = Project::with_photos(8);
    let _ = project.run(&["prepare"]).exits(0);
    project.write("other.csv", project.read("labels.csv"));
    project.write("metrics.csv", "step_number,training_loss\n1,2\n2,1\n");
    project
}

fn refused(said: Said, name: &str, what: &str) {
    let all = said.all();
    let said = said.exits(2);
    assert!(said.stderr.contains(name) && said.stderr.contains(what), "{name}: {all}");
    assert!(said.stderr.contains("hint: "), "{all}");
}

const CONSENSUS: &[&str] =
    &["consensus", "--labels", "labels.csv", "--labels", "other.csv", "--output-file", "out.csv"];

/// What is read: the file, and the command that reads it.
const READ: [(&str, &[&str]); 8] = [
    ("nova-ft.toml", &["prepare"]),
    ("labels.csv", &["prepare"]),
    ("other.csv", CONSENSUS),
    ("metrics.csv", &["metrics", "--metrics-file", "metrics.csv"]),
    ("other.jsonl", &["validate", "other.jsonl"]),
    ("other.jsonl", &["evaluate", "--data", "other.jsonl"]),
    ("job.json", &["validate", "output/dataset/train.jsonl", "--job", "job.json"]),
    ("output/dataset/manifest.json", &["upload"]),
];

#[test]
fn a_fifo_is_refused_at_once_wherever_a_file_is_read() {
    for (name, args) in READ {
        let project = project();
        fifo(&project.path(name));
        refused(project.run(args), name, "this is a FIFO (named pipe), not a regular file");
    }
}

#[test]
fn a_device_behind_a_link_is_refused_wherever_a_file_is_read() {
    for (name, args) in READ {
        let project = project();
        let _ = std::fs::remove_file(project.path(name));
        std::os::unix::fs::symlink("/dev/zero", project.path(name)).unwrap();
        refused(project.run(args), name, "this is a device, not a regular file");
    }
}

#[test]
fn a_sparse_file_of_20_gib_is_refused_by_its_size() {
    for (name, args) in READ {
        // A JSONL file is checked line by line, whatever its size.
        if args[0] == "validate" && name == "other.jsonl" {
            continue;
        }
        let project = project();
        let file = std::fs::File::create(project.path(name)).unwrap();
        file.set_len(20 << 30).unwrap();
        refused(project.run(args), name, "the file has 20 GiB, more than the ");
    }
}

#[test]
fn a_fifo_is_refused_at_once_wherever_a_file_is_written() {
    let cases: [(&str, &[&str]); 4] = [
        (".nova-ft/lock", &["job", "list"]),
        ("out.csv.journal.jsonl", CONSENSUS),
        ("out.csv", CONSENSUS),
        ("report.txt", &["validate", "output/dataset/train.jsonl", "--report-file", "report.txt"]),
    ];
    for (name, args) in cases {
        let project = project();
        fifo(&project.path(name));
        let said = project.run(args);
        let all = said.all();
        assert_eq!(said.code, 2, "{name}: {all}");
        let is_named = all.contains("FIFO") || all.contains("a device or a pipe");
        assert!(all.contains(name) && is_named, "{name}: {all}");
    }
}

#[test]
fn a_fifo_as_log_is_reported_at_once_and_the_work_is_done_without_a_log() {
    let project = project();
    fifo(&project.path("logs/prepare.log"));
    let said = project.run(&["--log-dir", "logs", "prepare"]).exits(0);
    let warning = "warning: no log is kept: logs/prepare.log: this is a symbolic link, a device or a pipe";
    assert!(said.stderr.contains(warning), "{}", said.all());
}

#[test]
fn a_label_table_may_come_from_a_pipe() {
    let project = project();
    let labels = project.read("labels.csv");
    for path in ["/dev/stdin", "/dev/fd/0"] {
        let mut command = project.command(&["prepare", "--labels", path, "--output-dir", "piped"]);
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), labels.as_bytes()).unwrap();
        let said = Said::of(&child.wait_with_output().unwrap());
        assert!(!said.stderr.contains("not a regular file"), "{path}: {}", said.all());
    }
}

#[test]
fn too_many_open_files_are_not_a_missing_image() {
    let project = project();
    let program = env!("CARGO_BIN_EXE_nova-ft");
    let mut refused = 0;
    // Fewer and fewer files, until the program cannot even start its work.
    for limit in (4..40).rev() {
        let line = format!("ulimit -n {limit}; exec {program} validate output/dataset/train.jsonl");
        let output =
            Command::new("sh").args(["-c", &line]).current_dir(project.path(".")).env_clear().output().unwrap();
        let said = Said::of(&output);
        for code in ["IMG003", "IMG004", "IMG008", "IMG009"] {
            assert!(!said.all().contains(code), "ulimit -n {limit}: {}", said.all());
        }
        if said.stderr.contains("Too many open files") {
            refused += 1;
            assert_eq!(said.code, 2, "{}", said.all());
            assert!(said.stderr.contains("ulimit -n 4096"), "ulimit -n {limit}: {}", said.all());
        }
    }
    assert!(refused > 0);
}
