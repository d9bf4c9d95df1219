//! What can be refused is refused before anything is read, sent or written.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::harness::{Project, Said};

/// An endpoint that answers nobody and knows whether anybody connected.
struct Silent(TcpListener);

impl Silent {
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    fn assert_untouched(&self, said: &Said) {
        let connection = self.0.accept().map(|_| ()).map_err(|error| error.kind());
        assert_eq!(connection, Err(ErrorKind::WouldBlock), "a connection was made: {}", said.all());
    }
}

/// A project whose settings name neither bucket, labels nor images.
fn without_settings(endpoint: &Silent) -> Project {
    let project = Project::with_photos(8)
        .env("AWS_ENDPOINT_URL", &endpoint.url())
        .env("AWS_ACCESS_KEY_ID", "AKIATEST")
        .env("AWS_SECRET_ACCESS_KEY", "secret");
    project.write("nova-ft.toml", "");
    project
}

#[test]
fn a_run_on_aws_names_every_missing_option_at_once_and_connects_to_nothing() {
    let endpoint = Silent::listen();
    let project = without_settings(&endpoint);
    let said = project.run(&["--backend", "aws", "run", "--yes"]).exits(2);
    let expected =
        "missing required options `--labels`, `--input-dir`, `--s3-bucket`, `--account-id`, `--role-arn`, `--region`";
    assert!(said.stderr.contains(expected), "{}", said.all());
    assert!(said.stderr.contains("NOVA_FT_ROLE_ARN") && said.stderr.contains("--generate-labels"), "{}", said.all());
    let place = ["--labels", "labels.csv", "--input-dir", "photos", "--s3-bucket", "bucket-of-mine"];
    let place = [&place[..], &["--account-id", "123456789012", "--region", "us-east-1"]].concat();
    let said = project.run(&[&["--backend", "aws", "run", "--yes"], &place[..]].concat()).exits(2);
    assert!(said.stderr.contains("missing required option `--role-arn`"), "{}", said.all());
    endpoint.assert_untouched(&said);
    assert!(!project.path("output/dataset").exists());
}

#[test]
fn an_upload_alone_needs_no_role() {
    let endpoint = Silent::listen();
    let project = without_settings(&endpoint);
    let said = project.run(&["--backend", "aws", "run", "--until", "upload", "--yes"]).exits(2);
    let expected = "missing required options `--labels`, `--input-dir`, `--s3-bucket`, `--account-id`, `--region`";
    assert!(said.stderr.contains(expected), "{}", said.all());
    endpoint.assert_untouched(&said);
}

#[test]
fn the_other_commands_name_all_missing_options_too() {
    let endpoint = Silent::listen();
    let project = without_settings(&endpoint);
    for (args, expected) in [
        (&["prepare"][..], "options `--labels`, `--input-dir`, `--s3-bucket`, `--account-id`"),
        (&["job", "create"], "options `--training-data-s3-uri`, `--role-arn`, `--region`"),
        (&["job", "create", "--dry-run"], "options `--training-data-s3-uri`, `--role-arn`"),
        (&["job", "list"], "option `--region`"),
        (&["audit"], "options `--labels`, `--input-dir`"),
        (&["review"], "options `--labels`, `--input-dir`"),
        (&["label"], "options `--input-dir`, `--output-file`"),
    ] {
        let said = project.run(&[&["--backend", "aws"], args].concat()).exits(2);
        assert!(said.stderr.contains(&format!("missing required {expected}\n")), "{args:?}: {}", said.all());
        endpoint.assert_untouched(&said);
    }
}

#[test]
fn a_run_refuses_values_out_of_range_before_it_prepares_anything() {
    for (option, value, code) in [
        ("--epoch-count", "10", "JOB005"),
        ("--epoch-count", "0", "JOB005"),
        ("--learning-rate", "0.1", "JOB005"),
        ("--warmup-steps", "101", "JOB005"),
        ("--job-name", "发票", "JOB007"),
        ("--role-arn", "nova-ft-role", "JOB015"),
    ] {
        let project = Project::with_photos(8);
        let said = project.run(&["run", "--until", "job", option, value]).exits(2);
        assert!(said.all().contains(code) && said.stdout.contains("nothing was done"), "{option}: {}", said.all());
        assert!(!project.path("output/dataset").exists() && said.lines("put").is_empty(), "{}", said.all());
    }
    let project = Project::with_photos(8);
    project.write("nova-ft.toml", project.read("nova-ft.toml").replace("upload", "job") + "[job]\nbatch_size = 4\n");
    let said = project.run(&["run", "--epoch-count", "6"]).exits(2);
    assert!(said.all().contains("JOB005") && !project.path("output/dataset").exists(), "{}", said.all());
}

#[test]
fn a_run_refuses_what_prepare_would_refuse_before_it_asks_for_approval() {
    let endpoint = Silent::listen();
    let project = without_settings(&endpoint);
    let place = ["--labels", "labels.csv", "--input-dir", "photos", "--region", "us-east-1"];
    let role = ["--role-arn", "arn:aws:iam::123456789012:role/r"];
    let common = [&["--backend", "aws", "run", "--yes"], &place[..], &role[..]].concat();
    for (bucket, account, expected) in [
        ("Bad_Bucket", "123456789012", "`Bad_Bucket` is not a bucket's name"),
        ("good-bucket", "12345", "`12345` is not an AWS account"),
        ("good-bucket", "000000000000", "--backend aws"),
    ] {
        let said = project.run(&[&common[..], &["--s3-bucket", bucket, "--account-id", account]].concat()).exits(2);
        assert!(said.stderr.contains(expected), "{}", said.all());
        endpoint.assert_untouched(&said);
    }
}

#[test]
fn generating_labels_needs_the_ocr_models_before_anything_else() {
    let endpoint = Silent::listen();
    let project = without_settings(&endpoint);
    let args = ["--backend", "aws", "run", "--generate-labels", "--input-dir", "photos", "--s3-bucket", "good-bucket"];
    let more = ["--account-id", "123456789012", "--region", "us-east-1", "--until", "upload", "--yes"];
    let said = project.run(&[&args[..], &more[..]].concat()).exits(2);
    assert!(said.stderr.contains("--models-dir: "), "{}", said.all());
    endpoint.assert_untouched(&said);
}

#[test]
fn an_audit_refuses_its_output_before_it_reads_an_image() {
    let project = Project::with_photos(8);
    project.write("other.csv", "image,seller\nx.jpg,y\n");
    for out in ["labels.csv", "other.csv", "nova-ft.toml"] {
        let before = project.read(out);
        let said = project.run(&["audit", "--fix", out]).exits(2);
        // Without OCR models no image can be read: the output is refused before they are looked for.
        assert!(said.stderr.contains(&format!("{out}: file already exists")), "{}", said.all());
        assert_eq!(project.read(out), before);
    }
    let copy = project.read("labels.csv").replace("第0", "第9");
    project.write("copy.csv", copy);
    let said = project.run(&["audit", "--fix", "copy.csv"]).exits(2);
    assert!(said.stderr.contains("--models-dir: "), "an earlier copy may be written again: {}", said.all());
}

#[test]
fn rows_are_dropped_by_the_code_of_their_finding() {
    let project = Project::with_photos(40);
    let labels = project.read("labels.csv").replace("003.jpg,第0（北京）科技有限公司", "003.jpg,未知");
    project.write("labels.csv", labels.replace("006.jpg,第1（北京）科技有限公司", "006.jpg,"));
    let said = project.run(&["prepare"]).exits(1);
    assert!(said.stdout.contains("LBL005") && said.stdout.contains("LBL017"), "{}", said.all());
    assert!(said.stdout.contains("--drop CODE") && !said.stdout.contains("--allow"), "{}", said.all());
    let said = project.run(&["prepare", "--drop", "lbl017,LBL005"]).exits(0);
    assert!(said.stdout.contains("row dropped"), "{}", said.all());
    let records = project.read("output/dataset/train.jsonl") + &project.read("output/dataset/validation.jsonl");
    assert_eq!(records.lines().count(), 38);
    assert!(!records.contains("未知") && !records.contains("003.jpg"), "{records}");
    let said = project.run(&["prepare", "--drop", "XYZ"]).exits(2);
    assert!(said.stderr.contains("no rule's code begins with `XYZ`"), "{}", said.all());
}

#[test]
fn a_rule_that_most_rows_break_drops_all_of_them() {
    let project = Project::with_photos(16);
    let rows = (0..16).map(|n| format!("{n:03}.jpg,{}\n", if n < 12 { "未知" } else { "乙科技有限公司" }));
    project.write("labels.csv", format!("image,seller\n{}", rows.collect::<String>()));
    let args = ["prepare", "--validation-fraction", "0", "--drop", "LBL017"];
    let said = project.run(&args).exits(0);
    assert_eq!(project.read("output/dataset/train.jsonl").lines().count(), 4, "{}", said.all());
}

#[test]
fn the_library_names_the_field_where_the_program_names_its_option_or_what_set_it() {
    use nova_ft::labels::consensus::{ConsensusOptions, consensus};
    let project = Project::empty();
    project.write("a.csv", "image,seller\n");
    std::fs::create_dir(project.path("empty")).unwrap();
    let tables = vec!["a.csv".parse().unwrap()];
    let consensus =
        consensus(&ConsensusOptions { tables, input_dir: None, levels: nova_ft::findings::Levels::default() });
    let upload = nova_ft::upload::UploadOptions { concurrency: 0, ..Default::default() };
    let cases: [(nova_ft::Error, &[&str], &str, &str); 4] = [
        (upload.check().unwrap_err(), &["upload", "--concurrency", "0"], "concurrency: 0 is", "--concurrency: 0 is"),
        (
            consensus.unwrap_err(),
            &["consensus", "--labels", "a.csv", "--output-file", "c.csv"],
            "give `labels` once",
            "give --labels once",
        ),
        (
            nova_ft::validate::copies_in(&project.path(""), &project.path("a"), &project.path("a")).unwrap_err(),
            &["validate", "a.csv", "--validation", "a.csv", "--fix", "out"],
            "give `validation` another file",
            "give --validation another file",
        ),
        (
            nova_ft::dataset::Manifest::read(&project.path("empty")).unwrap_err(),
            &["upload", "--input-dir", "empty"],
            "name its `output_dir` here",
            "name its --output-dir here",
        ),
    ];
    for (error, args, field, option) in cases {
        let text = format!("{error}\n{}", error.hint().unwrap());
        assert!(text.contains(field) && !text.contains("--"), "{text}");
        let said = project.run(args).exits(2);
        assert!(said.stderr.contains(option), "{}", said.all());
    }
    let said = project.env("NOVA_FT_CONCURRENCY", "0").run(&["upload"]).exits(2);
    assert!(said.stderr.contains("NOVA_FT_CONCURRENCY: 0 is not a number of objects"), "{}", said.all());
}
