use crate::harness::{Project, without_port};

#[test]
fn photos_and_labels_become_objects_in_the_bucket() {
    let project = Project::with_photos(40);
    let said = project.run(&["run"]).exits(0);
    insta::assert_snapshot!(
        without_port(&said.stdout)
            .lines()
            .filter(|line| !line.starts_with("put photos"))
            .collect::<Vec<_>>()
            .join("\n")
    );
    let again = project.run(&["run"]).exits(0);
    assert!(again.lines("put").is_empty(), "{}", again.all());
    let log = project.read("output/logs/run.log");
    assert!(log.starts_with("2026-11-22T11:03:36Z ["), "{log}");
    assert!(log.contains("put photos/000.jpg s3://test-bucket/p/images/000.jpg"), "{log}");
}

#[test]
fn own_photos_take_one_line() {
    let project = Project::with_photos(8);
    std::fs::rename(project.path("photos"), project.path("mine")).unwrap();
    project.write("my.csv", project.read("labels.csv").replace("image,seller", "图片名称,销售方"));
    let args = ["run", "--labels", "my.csv", "--input-dir", "mine", "--validation-fraction", "0"];
    let said = project.run(&args).exits(0);
    assert!(said.stdout.contains("ready for a fine-tuning job: s3://test-bucket/p/train.jsonl"), "{}", said.all());
}

#[test]
fn a_stage_that_says_no_ends_the_job_with_exit_1() {
    let project = Project::with_photos(8);
    project.write("labels.csv", project.read("labels.csv") + "099.jpg,甲公司\n");
    let said = project.run(&["run"]).exits(1);
    assert!(said.stdout.contains("LBL009") && said.lines("put").is_empty(), "{}", said.all());
    let project = Project::with_photos(7);
    let said = project.run(&["run"]).exits(1);
    assert!(said.stdout.contains("SPL001") && said.lines("put").is_empty(), "{}", said.all());
}

#[test]
fn quiet_says_no_progress_and_json_ends_with_the_summary() {
    let project = Project::with_photos(40);
    let said = project.run(&["run", "--quiet"]).exits(0);
    assert_eq!(said.stderr, "", "{}", said.all());
    let said = project.run(&["run", "--json"]).exits(0);
    let events = said.events();
    assert_eq!(events[0]["event"], "backend");
    let summary = events.last().unwrap();
    assert_eq!((summary["event"].as_str(), summary["command"].as_str()), (Some("summary"), Some("run")));
    assert_eq!(summary["training_data_s3_uri"], "s3://test-bucket/p/train.jsonl");
    assert_eq!(summary["put"], 0);
}

#[test]
fn reset_forgets_the_bucket_and_the_next_run_sends_everything_again() {
    let project = Project::with_photos(8);
    let _ = project.run(&["run", "--validation-fraction", "0"]).exits(0);
    let said = project.run(&["local", "reset"]).exits(0);
    assert!(said.stdout.contains("removed "), "{}", said.all());
    let said = project.run(&["run", "--validation-fraction", "0"]).exits(0);
    assert_eq!(said.lines("put").len(), 9, "{}", said.all());
    assert!(project.path("photos/000.jpg").exists());
}
