//! A file of the user's that has the name of what a command would write stays, and the command says so.

use crate::harness::{Project, Said};

const MINE: &str = "mine, and the only copy\n";

fn refused(project: &Project, said: &Said, file: &str, why: &str) {
    assert_eq!(said.code, 2, "{}", said.all());
    assert!(said.stderr.contains(file) && said.stderr.contains(why), "{}", said.all());
    assert!(said.stderr.contains("hint: "), "{}", said.all());
    assert_eq!(project.read(file), MINE);
}

#[test]
fn boxes_are_drawn_over_no_photo_and_no_table() {
    let project = Project::with_photos(2);
    let photo = std::fs::read(project.path("photos/000.jpg")).unwrap();
    let said = project.run(&["read", "photos/000.jpg", "--boxes", "photos/000.jpg"]).exits(2);
    assert!(said.stderr.contains("nova-ft did not draw it") && said.stderr.contains("--boxes"), "{}", said.all());
    assert_eq!(std::fs::read(project.path("photos/000.jpg")).unwrap(), photo);
    project.write("mine.csv", MINE);
    let said = project.run(&["read", "photos/000.jpg", "--boxes", "mine.csv"]);
    refused(&project, &said, "mine.csv", "nova-ft did not draw it");
}

#[test]
fn a_converted_photo_takes_the_place_of_no_other() {
    let project = Project::with_photos(8);
    project.photo("photos/scan.bmp", 90);
    project.write("labels.csv", project.read("labels.csv") + "scan.bmp,乙公司\n");
    let copy = "output/dataset/images/scan.jpg";
    project.write(copy, MINE);
    let prepare = ["prepare", "--validation-fraction", "0"];
    refused(&project, &project.run(&prepare), copy, "is in the way");
    std::fs::remove_file(project.path(copy)).unwrap();
    let _ = project.run(&prepare).exits(0);
    // As after a kill before the manifest.
    std::fs::remove_file(project.path("output/dataset/manifest.json")).unwrap();
    let _ = project.run(&prepare).exits(0);
}

#[test]
fn the_whole_run_refuses_before_it_sends_anything() {
    let project = Project::with_photos(40);
    project.write("output/report.html", MINE);
    let whole = ["run", "--until", "clean"];
    refused(&project, &project.run(&whole), "output/report.html", "is no report of nova-ft");
    std::fs::remove_file(project.path("output/report.html")).unwrap();
    let said = project.run(&[&whole[..], &["--region", "eu-west-1"]].concat()).exits(1);
    assert!(said.stdout.contains("JOB018") && said.stdout.contains("eu-west-1"), "{}", said.all());
    let said = project.run(&[&whole[..], &["--validation-fraction", "0"]].concat()).exits(2);
    assert!(said.stderr.contains("no photo is held out"), "{}", said.all());
    assert!(project.run(&["clean", "--dry-run"]).all().contains("nothing"), "nothing was sent");
}

#[test]
fn one_file_is_not_both_a_report_and_a_copy() {
    let project = Project::with_photos(8);
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let train = "output/dataset/train.jsonl";
    project.write("bad.jsonl", project.read(train).replacen("\"schemaVersion\"", "\"schemaversion\"", 1));
    let both = ["validate", "bad.jsonl", "--fix", "x.jsonl", "--report-file", "./x.jsonl"];
    let said = project.run(&both).exits(2);
    assert!(said.stderr.contains("the file of --fix too"), "{}", said.all());
    assert!(!project.path("x.jsonl").exists());
}

#[cfg(unix)]
#[test]
fn a_device_or_a_pipe_is_refused_at_once_and_stays() {
    let project = Project::with_photos(8);
    for place in ["/dev/stdout", "/dev/null"] {
        let said = project.run(&["validate", "labels.csv", "--report-file", place]).exits(2);
        assert!(said.stderr.contains("a device or a pipe") && said.stderr.contains("stdout"), "{}", said.all());
    }
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn records_that_somebody_has_written_into_stay_and_a_second_run_of_the_same_goes_on() {
    let project = Project::with_photos(40);
    let _ = project.run(&["prepare"]).exits(0);
    let _ = project.run(&["prepare", "--seed", "9"]).exits(0);
    for name in ["train.jsonl", "validation.jsonl"] {
        let path = format!("output/dataset/{name}");
        let former = project.read(&path);
        project.write(&path, MINE);
        refused(&project, &project.run(&["prepare"]), &path, "somebody has written into it");
        project.write(&path, former);
    }
    // No manifest: as after a kill before it, and records of somebody else that look like ours.
    std::fs::remove_file(project.path("output/dataset/manifest.json")).unwrap();
    let _ = project.run(&["prepare", "--seed", "9"]).exits(0);
    let other = Project::with_photos(8);
    let mine = "{\"schemaVersion\":\"bedrock-conversation-2024\",\"messages\":[]}\n";
    other.write("output/dataset/validation.jsonl", mine);
    let said = other.run(&["prepare", "--validation-fraction", "0"]).exits(2);
    assert!(said.stderr.contains("is in the way"), "{}", said.all());
    assert_eq!(other.read("output/dataset/validation.jsonl"), mine);
}

#[test]
fn a_file_in_the_place_of_a_receipt_is_refused_before_there_is_a_job() {
    let project = Project::with_photos(40);
    let _ = project.run(&["run"]).exits(0);
    project.write("output/job.json", MINE);
    let role = "arn:aws:iam::000000000000:role/nova-ft";
    let said = project.run(&["job", "create", "--role-arn", role, "--yes"]);
    refused(&project, &said, "output/job.json", "this is no receipt of a job");
    assert!(project.run(&["job", "list"]).exits(0).stdout.contains("no jobs"));
    project.write("output/dataset/receipt.json", MINE);
    refused(&project, &project.run(&["upload", "--yes"]), "output/dataset/receipt.json", "this is no receipt");
}
