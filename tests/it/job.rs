//! Jobs through the program, against the stand-in: created once, looked at, watched, refused.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use serde_json::{Value, json};

#[cfg(unix)]
use crate::harness::interrupt_after;
use crate::harness::{Project, Said, without_port};

/// A folder whose data set is in the stand-in's bucket.
fn uploaded() -> Project {
    let project = Project::with_photos(40);
    let _ = project.run(&["run"]).exits(0);
    project
}

fn create(project: &Project, options: &[&str]) -> Said {
    project.run(&[&["job", "create"], options].concat())
}

/// The codes of the findings of a run with `--json`.
fn codes(said: &Said) -> Vec<String> {
    let events = said.events().into_iter().filter(|event| event["event"] == "finding" && event["severity"] != "note");
    let mut codes: Vec<_> = events.map(|event| event["code"].as_str().unwrap().to_owned()).collect();
    codes.dedup();
    codes
}

fn arn_of(said: &Said) -> String {
    let line =
        said.lines("created").into_iter().chain(said.lines("found")).next().unwrap_or_else(|| panic!("{}", said.all()));
    line.split([' ', ',']).nth(1).unwrap().to_owned()
}

#[test]
fn a_dry_run_prints_the_request_and_writes_and_starts_nothing() {
    let project = Project::with_photos(40);
    let _ = project.run(&["prepare"]).exits(0);
    let before = project.tree();
    let said = create(&project, &["--dry-run"]).exits(0);
    assert_eq!(project.tree(), before);
    let request: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(said.stdout, format!("{}\n", serde_json::to_string_pretty(&request).unwrap()));
    assert_eq!(request.pointer("/trainingDataConfig/s3Uri").unwrap(), "s3://test-bucket/p/train.jsonl");
    assert_eq!(request.pointer("/outputDataConfig/s3Uri").unwrap(), "s3://test-bucket/p/output/");
    assert_eq!(request.pointer("/hyperParameters/epochCount").unwrap(), "2");
    assert_eq!(request.pointer("/hyperParameters/batchSize"), None);
    // The same again, and another job for other data.
    assert_eq!(create(&project, &["--dry-run"]).stdout, said.stdout);
    let other = create(&project, &["--dry-run", "--epoch-count", "3"]).exits(0);
    assert_ne!(serde_json::from_str::<Value>(&other.stdout).unwrap()["jobName"], request["jobName"]);
}

#[test]
fn a_dry_run_of_a_request_that_would_be_refused_says_why_beside_it() {
    let project = Project::with_photos(40);
    let _ = project.run(&["prepare"]).exits(0);
    let said = create(&project, &["--dry-run", "--learning-rate", "1", "--epoch-count", "9"]).exits(1);
    assert!(serde_json::from_str::<Value>(&said.stdout).is_ok(), "{}", said.all());
    assert!(said.stderr.contains("JOB005") && said.stderr.contains("`9`"), "{}", said.all());
}

#[test]
fn without_a_data_set_the_error_says_how_to_get_one() {
    let said = create(&Project::empty(), &["--dry-run"]).exits(2);
    assert!(
        said.stderr.contains("--training-data-s3-uri") && said.stderr.contains("nova-ft prepare"),
        "{}",
        said.all()
    );
}

#[test]
fn a_job_whose_data_were_not_uploaded_is_not_created() {
    let project = Project::with_photos(40);
    let _ = project.run(&["prepare"]).exits(0);
    let said = create(&project, &["--json"]).exits(1);
    let found = codes(&said);
    assert!(found.contains(&"JOB023".to_owned()) && found.contains(&"JOB026".to_owned()), "{}", said.all());
    assert!(project.run(&["job", "list"]).exits(0).stdout.contains("no jobs"));
}

#[test]
fn a_job_is_created_once_and_every_command_finds_it() {
    let project = uploaded();
    let created = create(&project, &[]).exits(0);
    let arn = arn_of(&created);
    assert!(created.stderr.contains("only while a nova-ft process lives"), "{}", created.all());
    let receipt: Value = serde_json::from_str(&project.read("output/job.json")).unwrap();
    assert_eq!((&receipt["job_arn"], &receipt["backend"]), (&arn.clone().into(), &"local".into()));
    let again = create(&project, &[]);
    assert_eq!(arn_of(&again), arn, "{}", again.all());
    assert!(again.stdout.contains("found arn:"), "{}", again.all());
    let name = receipt["job_name"].as_str().unwrap();
    for job in [vec![], vec![arn.as_str()], vec![name]] {
        let status = project.run(&[&["job", "status"], job.as_slice()].concat());
        assert!(status.stdout.contains(&arn) && status.stdout.contains(name), "{}", status.all());
    }
    let listed = project.run(&["job", "list", "--name-contains", "sellers", "--json"]).exits(0);
    let jobs: Vec<_> = listed.events().into_iter().filter(|event| event["event"] == "job").collect();
    assert_eq!(jobs.len(), 1, "{}", listed.all());
    assert_eq!(jobs[0]["job_arn"], arn.as_str());
    assert!(project.run(&["job", "list", "--name-contains", "nobody"]).exits(0).stdout.contains("no jobs"));
    assert!(again.stderr.contains("with the same options and data"), "{}", again.all());
    // Other options make another job; both are there.
    let other = arn_of(&create(&project, &["--epoch-count", "1"]).exits(0));
    assert_ne!(other, arn);
    let all = project.run(&["job", "list", "--limit", "1", "--json"]).exits(0);
    assert_eq!(all.events().iter().filter(|event| event["event"] == "job").count(), 1, "{}", all.all());
}

#[test]
fn a_photo_that_was_scanned_anew_makes_another_job_of_the_same_records() {
    let project = Project::with_photos(40);
    let _ = project.run(&["prepare"]).exits(0);
    let name_of = |options: &[&str]| {
        let said = create(&project, &[&["--dry-run"], options].concat()).exits(0);
        serde_json::from_str::<Value>(&said.stdout).unwrap()["jobName"].clone()
    };
    let nova_2 = ["--base-model-id", "amazon.nova-2-lite-v1:0:256k"];
    let manifest: Value = serde_json::from_str(&project.read("output/dataset/manifest.json")).unwrap();
    let photo_of = |side: &str| {
        let photo = manifest["photos"].as_array().unwrap().iter().find(|photo| photo["side"] == side).unwrap();
        format!("photos/{}", photo["image"].as_str().unwrap())
    };
    let records = project.read("output/dataset/train.jsonl");
    let (first, first_of_nova_2) = (name_of(&[]), name_of(&nova_2));
    project.photo(&photo_of("validation"), 71);
    let _ = project.run(&["prepare"]).exits(0);
    let second = name_of(&[]);
    assert_ne!(second, first);
    assert_eq!(name_of(&nova_2), first_of_nova_2, "it gets no validation records");
    project.photo(&photo_of("train"), 72);
    let _ = project.run(&["prepare"]).exits(0);
    assert_eq!(project.read("output/dataset/train.jsonl"), records);
    assert_ne!(name_of(&[]), second);
    assert_ne!(name_of(&nova_2), first_of_nova_2);
}

#[test]
fn a_job_on_data_that_nothing_is_known_of_is_found_again_with_a_word_on_them() {
    let project = uploaded();
    let options = ["--training-data-s3-uri", "s3://test-bucket/p/train.jsonl", "--input-dir", "nowhere"];
    let created = create(&project, &options).exits(0);
    let again = create(&project, &options);
    assert_eq!(arn_of(&again), arn_of(&created), "{}", again.all());
    assert!(again.stderr.contains("whether the data have changed is not known"), "{}", again.all());
}

#[test]
fn a_data_set_of_the_stand_in_is_refused_for_aws_in_a_dry_run_too() {
    let project = Project::with_photos(40);
    let _ = project.run(&["prepare"]).exits(0);
    let role = ["--role-arn", "arn:aws:iam::123456789012:role/tune", "--dry-run"];
    let said = project.run(&[&["--backend", "aws", "job", "create"], role.as_slice()].concat()).exits(2);
    assert!(said.stderr.contains("which is the stand-in's"), "{}", said.all());
}

#[test]
fn every_refusal_that_was_seen_is_stopped_before_and_said_by_the_stand_in_in_awss_words() {
    let project = uploaded();
    project.write(
        ".nova-ft/roles.json",
        r#"{"elsewhere": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}, "gone": null}"#,
    );
    let local = "arn:aws:iam::000000000000:role";
    let (elsewhere, gone) = (format!("{local}/elsewhere"), format!("{local}/gone"));
    let cases: [(&[&str], &str, &str, &str); 7] = [
        (
            &["--base-model-id", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"],
            "JOB010",
            "ValidationException",
            "model identifier is invalid",
        ),
        (
            &["--base-model-id", "us.amazon.nova-lite-v1:0"],
            "JOB010",
            "ValidationException",
            "model identifier is invalid",
        ),
        (&["--role-arn", &elsewhere], "JOB021", "ValidationException", "Could not assume provided IAM role"),
        (&["--role-arn", &gone], "JOB020", "ValidationException", "Could not assume provided IAM role"),
        (
            &["--role-arn", "arn:aws:iam::999999999999:role/tune"],
            "JOB019",
            "AccessDeniedException",
            "Cross-account pass role is not allowed",
        ),
        (&["--training-data-s3-uri", "s3://test-bucket/p/"], "JOB014", "ValidationException", ".jsonl format"),
        (
            &["--training-data-s3-uri", "s3://test-bucket/p/nowhere.jsonl"],
            "JOB023",
            "ValidationException",
            "nowhere.jsonl",
        ),
    ];
    for (options, code, error_code, message) in cases {
        let stopped = create(&project, &[options, &["--json"]].concat()).exits(1);
        assert!(codes(&stopped).contains(&code.to_owned()), "{code}: {}", stopped.all());
        let refused = create(&project, &[options, &["--skip-preflight"]].concat()).exits(2);
        assert!(refused.stderr.contains(error_code) && refused.stderr.contains(message), "{code}: {}", refused.all());
        assert!(refused.stderr.contains("hint: "), "{code}: {}", refused.all());
    }
    assert!(project.run(&["job", "list"]).exits(0).stdout.contains("no jobs"));
}

#[test]
fn records_that_were_put_there_by_another_program_are_not_trained_on_unseen() {
    let project = uploaded();
    // As if somebody had prepared other data after the upload.
    let _ = project.run(&["prepare", "--seed", "8"]).exits(0);
    let said = create(&project, &["--json"]).exits(1);
    assert_eq!(codes(&said), ["JOB032"], "{}", said.all());
}

#[test]
fn the_documents_are_json_on_stdout_for_exactly_these_places() {
    let project = Project::with_photos(40);
    let _ = project.run(&["prepare"]).exits(0);
    let said = project.run(&["job", "policy"]).exits(0);
    let documents: Value = serde_json::from_str(&said.stdout).unwrap();
    let role = documents["role"].to_string();
    for arn in [
        "arn:aws:s3:::test-bucket/p/train.jsonl",
        "arn:aws:s3:::test-bucket/p/images/*",
        "arn:aws:s3:::test-bucket/p/output/*",
    ] {
        assert!(role.contains(arn), "{arn}: {role}");
    }
    let aws = project.run(&["--backend", "aws", "job", "policy", "--account-id", "123456789012"]).exits(0);
    assert!(aws.stdout.contains("arn:aws:iam::123456789012:role/nova-ft"), "{}", aws.all());
}

#[test]
fn a_key_that_encrypts_the_buckets_is_named_by_option_or_settings_and_its_lack_is_said_on_stderr() {
    let project = Project::empty();
    let policy = [
        "--backend",
        "aws",
        "job",
        "policy",
        "--training-data-s3-uri",
        "s3://bucket/p/train.jsonl",
        "--role-arn",
        "arn:aws:iam::123456789012:role/tune",
    ];
    let said = project.run(&policy).exits(0);
    assert!(said.stderr.contains("--kms-key-id") && !said.stdout.contains("kms:"), "{}", said.all());
    let said = project.run(&[policy.as_slice(), &["--kms-key-id", "1234abcd-12ab"]].concat()).exits(0);
    let documents: Value = serde_json::from_str(&said.stdout).unwrap();
    for of in ["role", "caller"] {
        let document = documents[of].to_string();
        assert!(document.contains("arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab"), "{of}: {document}");
    }
    assert!(!said.stderr.contains("--kms-key-id"), "{}", said.all());
    let said = project.run(&[policy.as_slice(), &["--kms-key-id", "alias/invoices"]].concat()).exits(2);
    assert!(said.stderr.contains("describe-key"), "{}", said.all());
}

#[test]
fn the_documents_say_which_account_and_region_they_are_for_and_ask_for_the_account_first() {
    let project = Project::empty();
    let policy = ["--backend", "aws", "job", "policy", "--training-data-s3-uri", "s3://bucket/p/train.jsonl"];
    let said = project.run(&policy).exits(2);
    assert!(said.stderr.contains("--account-id") && !said.stderr.contains("--role-arn"), "{}", said.all());
    let role = ["--role-arn", "arn:aws:iam::123456789012:role/tune", "--region", "us-west-2"];
    let said = project.run(&[policy.as_slice(), &role].concat()).exits(0);
    let documents: Value = serde_json::from_str(&said.stdout).unwrap();
    assert!(documents["trust"].to_string().contains("arn:aws:bedrock:us-west-2:123456789012:"), "{documents}");
    assert!(said.stderr.contains("of the account 123456789012 in us-west-2"), "{}", said.all());
}

#[test]
fn commands_without_a_job_say_so() {
    let project = Project::empty();
    let said = project.run(&["job", "status"]).exits(2);
    assert!(said.stderr.contains("no job was created here") && said.stderr.contains("job list"), "{}", said.all());
    let said = project.run(&["job", "watch", "nobody"]).exits(2);
    assert!(said.stderr.contains("there is no such job"), "{}", said.all());
    let said = project.run(&["job", "stop", "nobody"]).exits(2);
    assert!(said.stderr.contains("there is no such job"), "{}", said.all());
}

#[test]
fn a_job_of_the_other_backend_is_not_looked_for_here() {
    let project = uploaded();
    let _ = create(&project, &[]).exits(0);
    let receipt = project.read("output/job.json").replace("\"local\"", "\"aws\"");
    project.write("output/job.json", receipt);
    let said = project.run(&["job", "status"]).exits(2);
    assert!(said.stderr.contains("is of the backend aws"), "{}", said.all());
}

/// Bedrock at a port, with one job that is always the same; it answers for as long as the test lives.
fn bedrock_with(state: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, body) = (stream.unwrap(), state.to_string());
            let mut line = String::new();
            let mut lines = BufReader::new(stream.try_clone().unwrap());
            while lines.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    endpoint
}

pub(crate) const JOB: &str =
    "arn:aws:bedrock:us-east-1:123456789012:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghijkl";

/// A folder whose `--backend aws` is a Bedrock at a port, with a job that stands so.
pub(crate) fn with_job(status: &str, training: &str, failure: Option<&str>) -> Project {
    let phase = |status: &str| json!({"status": status, "creationTime": "2026-11-20T08:00:00Z", "lastModifiedTime": "2026-11-20T08:05:00Z"});
    let mut state = json!({
        "jobArn": JOB, "jobName": "sellers-0123abcd", "outputModelName": "sellers-0123abcd",
        "roleArn": "arn:aws:iam::123456789012:role/tune", "status": status,
        "statusDetails": {"validationDetails": phase("Completed"), "dataProcessingDetails": phase("Completed"),
            "trainingDetails": {"status": training}},
        "creationTime": "2026-11-20T08:00:00Z", "lastModifiedTime": "2026-11-20T08:05:00Z",
        "baseModelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
        "hyperParameters": {"epochCount": "2"}, "trainingDataConfig": {"s3Uri": "s3://bucket/p/train.jsonl"},
        "outputDataConfig": {"s3Uri": "s3://bucket/p/output/"},
    });
    if let Some(failure) = failure {
        state["failureMessage"] = failure.into();
    }
    let endpoint = bedrock_with(state);
    let keys = [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "us-east-1")];
    let project = keys.iter().fold(Project::empty(), |project, (name, value)| project.env(name, value));
    project.env("AWS_ENDPOINT_URL_BEDROCK", &endpoint).env("AWS_EC2_METADATA_DISABLED", "true")
}

fn watch(options: &[&'static str]) -> Vec<&'static str> {
    [&["--backend", "aws", "job", "watch", JOB], options].concat()
}

#[test]
fn a_watched_job_reads_like_this() {
    let endpoint = |text: &str| without_port(text);
    let running = with_job("InProgress", "NotStarted", None);
    let stalled = running.run(&watch(&["--interval", "1s", "--deadline", "1s"])).exits(1);
    let failed = with_job("Failed", "Failed", Some("Encountered an internal error when processing the request"));
    let failed = failed.run(&watch(&[])).exits(1);
    let completed = with_job("Completed", "Completed", None).run(&watch(&[])).exits(0);
    let page: Vec<_> = [stalled, failed, completed].iter().map(|said| endpoint(&said.all())).collect();
    insta::assert_snapshot!(page.join("\n\n"));
}

#[test]
fn status_says_no_for_a_job_that_failed_and_yes_for_one_that_runs() {
    let status = ["--backend", "aws", "job", "status", JOB];
    let failed = with_job("Failed", "Failed", Some("Unable to parse S3 file")).run(&status).exits(1);
    assert!(
        failed.stdout.contains("Unable to parse S3 file") && failed.stderr.contains("nova-ft validate"),
        "{}",
        failed.all()
    );
    let running = with_job("InProgress", "InProgress", None).run(&status).exits(0);
    assert!(
        running.stdout.lines().any(|line| line.starts_with("  Training") && line.ends_with("InProgress")),
        "{}",
        running.all()
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_the_job_alone_and_says_how_to_return() {
    let project = with_job("InProgress", "NotStarted", None);
    let watching = project.spawn(&watch(&["--interval", "1h", "-v"]));
    // It has said all of its settings, and waits or looks for the first time.
    let said = interrupt_after(watching, "watching").exits(130);
    assert!(
        said.stderr.contains(&format!("the job goes on; return with `nova-ft --backend aws job watch {JOB}`")),
        "{}",
        said.all()
    );
    let elsewhere = project.spawn(&watch(&["--interval", "1h", "-v", "--region", "us-west-2"]));
    let elsewhere = interrupt_after(elsewhere, "watching").exits(130);
    assert!(elsewhere.stderr.contains(&format!("job watch {JOB} --region us-west-2`")), "{}", elsewhere.all());
    let json = interrupt_after(project.spawn(&watch(&["--interval", "1h", "--json"])), "watching").exits(130);
    let hint = json.events().into_iter().find(|event| event["event"] == "interrupted").unwrap();
    assert!(hint["hint"].as_str().unwrap().contains("return with"), "{hint}");
}

#[test]
fn the_region_of_a_flag_counts_more_than_the_receipts_and_that_more_than_the_settings() {
    let project = with_job("Completed", "Completed", None);
    project.write("nova-ft.toml", "region = \"eu-west-1\"\n");
    project.write(
        "output/job.json",
        json!({"backend": "aws", "region": "us-west-2", "job_arn": JOB, "job_name": "sellers-0123abcd",
            "custom_model_name": "sellers-0123abcd", "base_model_identifier": "amazon.nova-lite-v1:0:300k",
            "output_s3_uri": "s3://bucket/p/output/"})
        .to_string(),
    );
    for (options, region) in [
        (vec!["job", "status"], "us-west-2"),
        (vec!["job", "status", "--region", "ap-south-1"], "ap-south-1"),
        (vec!["job", "status", JOB], "eu-west-1"),
        (vec!["job", "watch"], "us-west-2"),
    ] {
        let said = project.run(&[&["--backend", "aws"], options.as_slice()].concat()).exits(0);
        let line = said.stdout.lines().next().unwrap().to_owned();
        assert!(line.contains(&format!("region {region}")), "{options:?}: {}", said.all());
    }
    let metrics = project.run(&["--backend", "aws", "metrics"]);
    assert!(metrics.stdout.contains("region us-west-2"), "{}", metrics.all());
}
