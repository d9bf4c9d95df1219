//! A file of a data set is ours only if its bytes are those that were written; files that belong together are read together.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;

use nova_ft::dataset::FolderLock;
use nova_ft::images::hash_bytes;
use nova_ft::progress::Silent;
use serde_json::{Value, json};

use crate::harness::{Project, Said};

const COPY: &str = "output/dataset/images/scan.jpg";
const MANIFEST: &str = "output/dataset/manifest.json";
const PREPARE: [&str; 3] = ["prepare", "--validation-fraction", "0"];

/// A prepared data set with one converted copy.
fn project() -> Project {
    let project = Project::with_photos(8);
    project.photo("photos/scan.bmp", 90);
    project.write("labels.csv", project.read("labels.csv") + "scan.bmp,乙公司\n");
    let _ = project.run(&PREPARE).exits(0);
    project
}

fn bytes(project: &Project, path: &str) -> Vec<u8> {
    std::fs::read(project.path(path)).unwrap()
}

/// Removes the converted photo from the table.
fn drop_row(project: &Project) {
    project.write("labels.csv", project.read("labels.csv").replace("scan.bmp,乙公司\n", ""));
}

/// Runs `prepare`, which names a file, says what to do and changes nothing.
fn refused(project: &Project, file: &str) -> Said {
    let before = project.files("output/dataset");
    let said = project.run(&PREPARE).exits(2);
    assert!(said.stderr.contains(file) && said.stderr.contains("hint: move"), "{}", said.all());
    assert!(project.files("output/dataset") == before, "{}", said.all());
    said
}

#[test]
fn a_manifest_makes_no_file_ours_by_naming_it() {
    let project = project();
    project.write("output/dataset/diary.txt", "mine");
    project.write("output/dataset/images/mine.jpg", "mine");
    #[cfg(unix)]
    std::os::unix::fs::symlink(project.path("photos"), project.path("output/dataset/link")).unwrap();
    let mut names = vec!["diary.txt", "images/mine.jpg", "train.jsonl", "images", "../../labels.csv", "link/000.jpg"];
    let absolute = project.path("labels.csv").display().to_string();
    names.push(&absolute);
    let good: Value = serde_json::from_str(&project.read(MANIFEST)).unwrap();
    let photos = project.files("photos");
    for name in names {
        let mut manifest = good.clone();
        // With the right digest, too.
        let sha256 = std::fs::read(project.path("output/dataset").join(name)).map(|bytes| hash_bytes(&bytes));
        let sha256 = sha256.map_or_else(|_| "0".repeat(64), |sha256| sha256.to_string());
        manifest["photos"][0]["converted"] = json!({"path": name, "reason": "x", "sha256": sha256, "size_bytes": 1});
        project.write(MANIFEST, manifest.to_string());
        refused(&project, "manifest.json");
        assert!(project.files("photos") == photos && project.read("labels.csv").contains("scan.bmp"), "{name}");
    }
    // Two photos with one copy, and with copies that a file system without case takes for one.
    for key in ["p/images/scan.jpg", "p/images/SCAN.jpg"] {
        let mut manifest = good.clone();
        let mut second = manifest["photos"][8].clone();
        assert_eq!(second["image"], "scan.bmp");
        second["key"] = key.into();
        second["converted"]["path"] = key.strip_prefix("p/").into();
        manifest["photos"].as_array_mut().unwrap().push(second);
        project.write(MANIFEST, manifest.to_string());
        refused(&project, "manifest.json");
    }
}

#[test]
fn an_edited_copy_is_refused_by_name_whether_it_would_be_replaced_or_removed() {
    let project = project();
    let written = bytes(&project, COPY);
    project.write(COPY, "redacted");
    refused(&project, COPY);
    // Also where the photo itself has changed since, and where other records would be written before it.
    project.photo("photos/scan.bmp", 91);
    refused(&project, COPY);
    project.write("labels.csv", project.read("labels.csv").replace("乙公司", "丙公司"));
    refused(&project, COPY);
    drop_row(&project);
    let said = refused(&project, COPY);
    assert!(said.stderr.contains("somebody has written into it"), "{}", said.all());
    // What the user moves away stays, and the run goes on.
    std::fs::rename(project.path(COPY), project.path("output/dataset/images/mine.jpg")).unwrap();
    let _ = project.run(&PREPARE).exits(0);
    assert_eq!(project.read("output/dataset/images/mine.jpg"), "redacted");
    assert!(!written.is_empty());
}

#[test]
fn an_unchanged_copy_is_replaced_and_removed() {
    let project = project();
    let first = bytes(&project, COPY);
    project.photo("photos/scan.bmp", 91);
    let _ = project.run(&PREPARE).exits(0);
    let second = bytes(&project, COPY);
    assert_ne!(first, second);
    // As after a kill before the manifest: the copy is that of the photo now, the manifest names the one before.
    let manifest = project.read(MANIFEST).replace(&hash_bytes(&second).to_string(), &hash_bytes(&first).to_string());
    project.write(MANIFEST, &manifest);
    let _ = project.run(&PREPARE).exits(0);
    project.write(MANIFEST, &manifest);
    drop_row(&project);
    let _ = project.run(&PREPARE).exits(0);
    assert!(!project.path(COPY).exists());
}

#[cfg(unix)]
#[test]
fn nothing_behind_a_link_in_the_folder_is_written_or_removed() {
    use std::os::unix::fs::symlink;
    for name in ["images", "images/scan.jpg", "train.jsonl", "manifest.json", "receipt.json"] {
        let project = project();
        let (inside, outside) = (project.path(&format!("output/dataset/{name}")), project.path("outside"));
        if inside.exists() {
            std::fs::rename(&inside, &outside).unwrap();
        } else {
            project.write("outside", "{}");
        }
        symlink(&outside, &inside).unwrap();
        let before = (project.files("outside"), std::fs::read(&outside).ok());
        refused(&project, name);
        drop_row(&project);
        refused(&project, name);
        assert!(inside.is_symlink());
        assert_eq!(before, (project.files("outside"), std::fs::read(&outside).ok()), "{name}");
    }
    // The folder itself may be a link.
    let project = project();
    std::fs::rename(project.path("output/dataset"), project.path("elsewhere")).unwrap();
    symlink(project.path("elsewhere"), project.path("output/dataset")).unwrap();
    drop_row(&project);
    let _ = project.run(&PREPARE).exits(0);
    assert!(!project.path(COPY).exists());
}

#[test]
fn a_folder_or_a_file_with_the_name_of_ours_is_refused_before_anything_is_written() {
    let project = project();
    std::fs::remove_file(project.path(COPY)).unwrap();
    std::fs::create_dir(project.path(COPY)).unwrap();
    project.write(&format!("{COPY}/mine.txt"), "mine");
    refused(&project, COPY);
    drop_row(&project);
    refused(&project, COPY);
    std::fs::remove_dir_all(project.path(COPY)).unwrap();
    project.write("output/dataset/receipt.json", "mine");
    let said = project.run(&PREPARE).exits(2);
    assert!(said.stderr.contains("this is no receipt of an upload"), "{}", said.all());
    assert_eq!(project.read("output/dataset/receipt.json"), "mine");
}

#[cfg(unix)]
#[test]
fn another_name_of_a_copy_keeps_its_bytes() {
    let project = project();
    let copy = bytes(&project, COPY);
    std::fs::hard_link(project.path(COPY), project.path("mine.jpg")).unwrap();
    project.photo("photos/scan.bmp", 91);
    let _ = project.run(&PREPARE).exits(0);
    assert_eq!(bytes(&project, "mine.jpg"), copy);
    assert_ne!(bytes(&project, COPY), copy);
}

/// Waits until a running program says on stderr that it waits for another.
fn wait_until_it_waits(child: &mut Child) -> BufReader<std::process::ChildStderr> {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut heard = String::new();
    while !heard.contains("waiting for another nova-ft") {
        assert!(stderr.read_line(&mut heard).unwrap() > 0, "it did not wait: {heard}");
    }
    stderr
}

#[test]
fn a_data_set_is_never_read_while_another_run_has_written_half_of_it() {
    let project = Project::with_photos(40);
    let files = || ["train.jsonl", "validation.jsonl", "manifest.json"].map(|name| format!("output/dataset/{name}"));
    let versions = ["7", "9"].map(|seed| {
        let _ = project.run(&["prepare", "--seed", seed]).exits(0);
        files().map(|file| project.read(&file))
    });
    let (train, validation) = ("output/dataset/train.jsonl", "output/dataset/validation.jsonl");
    // Half of the second version: what was held out is trained with.
    let write = |at: usize, version: usize| project.write(&files()[at], &versions[version][at]);
    let pair = ["validate", train, "--validation", validation];
    (1..3).for_each(|at| write(at, 0));
    let said = project.run(&pair).exits(1);
    assert!(said.stdout.contains("error SPL"), "{}", said.all());
    let commands: [(&[&str], i32); 5] = [
        (&pair, 0),
        (&["validate", train, "--validation", validation, "--fix", "fixed"], 0),
        (&["estimate", train, "--validation", validation], 0),
        (&["upload", "--dry-run"], 0),
        // There is no deployment to ask; the records are read before that is known.
        (&["evaluate"], 2),
    ];
    for (command, code) in commands {
        let held = FolderLock::acquire(&project.path("output/dataset"), &Silent).unwrap();
        (1..3).for_each(|at| write(at, 0));
        let mut child = project.spawn(command);
        let mut stderr = wait_until_it_waits(&mut child);
        (1..3).for_each(|at| write(at, 1));
        drop(held);
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        let said = Said { stderr: rest, ..Said::of(&child.wait_with_output().unwrap()) }.exits(code);
        assert!(!said.stdout.contains("error SPL"), "{command:?}: {}", said.all());
    }
}

#[test]
fn two_read_a_data_set_at_once() {
    let project = Project::with_photos(40);
    let _ = project.run(&["prepare"]).exits(0);
    let _held = FolderLock::shared(&project.path("output/dataset"), &Silent).unwrap();
    let train = "output/dataset/train.jsonl";
    let _ = project.run(&["validate", train, "--validation", "output/dataset/validation.jsonl"]).exits(0);
    let _ = project.run(&["upload", "--dry-run"]).exits(0);
}
