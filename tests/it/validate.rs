use crate::harness::Project;
use nova_ft::dataset::{Side, side_of};

/// The record of the original project's README, with the two faults that AWS refused it for.
const ORIGINAL: &str = r#"{
  "schemaVersion": "bedrock-conversation-2024",
  "system": [{
    "text": "You are a smart assistant that answers questions respectfully"
  }],
  "messages": [{
      "role": "user",
      "content": [{
          "text": "这是一张发票图片。请识别并提取出销售方名称。"
        },
        {
          "image": {
            "format": "jpg",
            "source": {
              "s3Location": {
                "uri": "demo.bucket/invoices/chinese/vat_xxxx.jpg",
                "bucketOwner": "390468416359"
              }
            }
          }
        }
      ]
    },
    {
      "role": "assistant",
      "content": [{
        "text": "甲科技有限公司"
      }]
    }
  ]
}
"#;

fn on_one_line() -> String {
    let value: serde_json::Value = serde_json::from_str(ORIGINAL).unwrap();
    value.to_string()
}

#[test]
fn the_originals_record_is_refused_with_both_faults_named_and_both_are_repaired() {
    let project = Project::empty();
    let records: String = (0..8).map(|n| on_one_line().replace("xxxx", &format!("{n:04}")) + "\n").collect();
    project.write("train.jsonl", &records);
    let said = project.run(&["validate", "train.jsonl", "--model", "lite"]).exits(1);
    assert_eq!(said.stdout.matches("format: error IMG001").count(), 8, "{}", said.all());
    assert_eq!(said.stdout.matches("uri: error S3U001").count(), 8, "{}", said.all());
    assert!(said.stdout.contains("8 × error IMG001 image-format-unknown: `jpg` is written `jpeg` [fixable]"));
    assert!(said.stdout.contains("16 errors, 0 warnings, 0 notes; 16 fixable with --fix OUT"), "{}", said.all());
    let said = project.run(&["validate", "train.jsonl", "--fix", "fixed.jsonl"]).exits(0);
    assert!(said.stdout.contains("wrote fixed.jsonl: 16 repairs on 8 lines"), "{}", said.all());
    assert_eq!(project.read("train.jsonl"), records, "the original file is not touched");
    let fixed = project.read("fixed.jsonl");
    assert!(fixed.contains("\"format\":\"jpeg\"") && fixed.contains("\"uri\":\"s3://demo.bucket/invoices/"));
    assert!(fixed.starts_with("{\"schemaVersion\""), "members keep their order");
}

#[test]
fn the_record_as_printed_over_many_lines_has_its_faults_named_in_the_same_run() {
    let project = Project::empty();
    project.write("train.jsonl", ORIGINAL);
    insta::assert_snapshot!(project.run(&["validate", "train.jsonl"]).exits(1).stdout, @"
    train.jsonl for Nova Lite: checked 1 record and no photo: name their folder with --input-dir to have the bytes checked too

    train.jsonl
      1: error JSL002 the record takes 31 lines; JSONL has one a line [fixable]
      1 /messages/0/content/1/image/format: error IMG001 `jpg` is written `jpeg` [fixable]
      1 /messages/0/content/1/image/source/s3Location/uri: error S3U001 `demo.bucket/invoices/chinese/vat_xxxx.jpg`: an S3 URI begins with s3:// [fixable]
      error SPL001 1 training sample; Nova Lite needs at least 8

    JSL002  record-over-several-lines  error  1  1 with --fix
    IMG001  image-format-unknown       error  1  1 with --fix
    S3U001  uri-without-scheme         error  1  1 with --fix
    SPL001  sample-count               error  1  by hand

    4 errors, 0 warnings, 0 notes; 3 fixable with --fix OUT; `nova-ft rule CODE` explains a code
    ");
    let said = project.run(&["validate", "train.jsonl", "--fix", "fixed.jsonl"]).exits(1);
    assert!(said.stdout.contains("1 error, 0 warnings"), "only the count is left: {}", said.all());
    assert_eq!(project.read("fixed.jsonl").lines().count(), 1);
}

#[test]
fn a_record_without_a_repair_keeps_its_bytes() {
    let project = Project::empty();
    let odd = r#"{ "messages" : [ ] , "schemaVersion" : "bedrock-conversation-2024" }"#;
    project.write("train.jsonl", format!("{odd}\n\nnot json\n{}\n", on_one_line()));
    let _ = project.run(&["validate", "train.jsonl", "--fix", "fixed.jsonl"]).exits(1);
    let fixed = project.read("fixed.jsonl");
    let lines: Vec<_> = fixed.lines().collect();
    assert_eq!(lines[..2], [odd, "not json"], "the blank line is gone and nothing else");
    assert!(lines[2].contains("\"jpeg\""));
}

#[test]
fn the_file_to_repair_is_never_the_copy() {
    let project = Project::empty();
    project.write("train.jsonl", ORIGINAL);
    let said = project.run(&["validate", "train.jsonl", "--fix", "./train.jsonl"]).exits(2);
    assert!(said.stderr.contains("is the file to repair"), "{}", said.all());
    assert_eq!(project.read("train.jsonl"), ORIGINAL);
}

#[test]
fn two_files_are_repaired_into_a_folder() {
    let project = Project::empty();
    project.write("train.jsonl", on_one_line() + "\n");
    project.write("validation.jsonl", on_one_line().replace("xxxx", "yyyy") + "\n");
    let args = ["validate", "train.jsonl", "--validation", "validation.jsonl", "--fix", "fixed"];
    let _ = project.run(&args).exits(1);
    assert!(
        project.read("fixed/train.jsonl").contains("jpeg") && project.read("fixed/validation.jsonl").contains("jpeg")
    );
}

#[test]
fn two_files_of_one_name_are_repaired_into_two_files_and_nothing_there_is_overwritten() {
    let project = Project::empty();
    project.write("train/data.jsonl", on_one_line() + "\n");
    project.write("validation/data.jsonl", on_one_line().replace("xxxx", "yyyy") + "\n");
    let args = ["validate", "train/data.jsonl", "--validation", "validation/data.jsonl", "--fix", "fixed"];
    let first = project.run(&args).exits(1);
    assert!(first.stdout.contains("wrote fixed/train/data.jsonl: 2 repairs on 1 line"), "{}", first.all());
    let (train, validation) = (project.read("fixed/train/data.jsonl"), project.read("fixed/validation/data.jsonl"));
    assert!(train.contains("vat_xxxx.jpg") && validation.contains("vat_yyyy.jpg"), "{train} {validation}");
    assert_eq!(project.run(&args).exits(1).stdout, first.stdout, "the same copies may be made again");
    project.write("fixed/train/data.jsonl", "mine");
    let said = project.run(&args).exits(2);
    assert!(said.stderr.contains("fixed/train/data.jsonl is there already"), "{}", said.all());
    assert_eq!(project.read("fixed/train/data.jsonl"), "mine");
}

#[test]
fn allow_takes_a_finding_away_and_deny_makes_it_an_error() {
    let project = Project::empty();
    project.write("train.jsonl", ORIGINAL);
    let said = project.run(&["validate", "train.jsonl", "--allow", "IMG,XYZ"]).exits(2);
    assert!(said.stderr.contains("no rule's code begins with `XYZ`"), "{}", said.all());
    let allow = ["validate", "train.jsonl", "--allow", "IMG", "--allow", "JSL,S3U", "--allow", "SPL001"];
    let said = project.run(&allow).exits(0);
    assert!(said.stdout.contains("not reported: IMG, JSL, S3U, SPL001"), "{}", said.all());
    let prepared = Project::with_photos(9);
    let _ = prepared.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let twice = prepared.read("output/dataset/train.jsonl").lines().next().unwrap().to_owned() + "\n";
    prepared.write("output/dataset/train.jsonl", prepared.read("output/dataset/train.jsonl") + &twice);
    let said = prepared.run(&["validate", "output/dataset/train.jsonl"]).exits(0);
    assert!(said.stdout.contains("warning SPL003"), "{}", said.all());
    let said = prepared.run(&["validate", "output/dataset/train.jsonl", "--deny", "SPL003"]).exits(1);
    assert!(said.stdout.contains("error SPL003"), "{}", said.all());
}

#[test]
fn the_bytes_of_the_photos_are_compared_with_what_the_records_say() {
    let project = Project::with_photos(9);
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    let said = project.run(&["validate", "output/dataset/train.jsonl"]).exits(0);
    assert!(said.stdout.contains("for Nova Lite: checked 9 records and 9 photos\n"), "{}", said.all());
    project.photo("photos/002.png", 2);
    std::fs::rename(project.path("photos/002.png"), project.path("photos/002.jpg")).unwrap();
    std::fs::remove_file(project.path("photos/003.jpg")).unwrap();
    let said = project.run(&["validate", "output/dataset/train.jsonl"]).exits(1);
    for code in ["3 /messages/0/content/1/image/format: error IMG002", "IMG006", "IMG003"] {
        assert!(said.stdout.contains(code), "{code}: {}", said.all());
    }
    // Without the manifest, by the folder of the photos.
    project.write("elsewhere/train.jsonl", project.read("output/dataset/train.jsonl"));
    let said = project.run(&["validate", "elsewhere/train.jsonl", "--input-dir", "photos"]).exits(1);
    assert!(said.stdout.contains("IMG002") && said.stdout.contains("IMG003"), "{}", said.all());
}

#[test]
fn a_photo_on_both_sides_is_found_by_its_bytes() {
    let project = Project::with_photos(8);
    std::fs::copy(project.path("photos/000.jpg"), project.path("photos/copy.jpg")).unwrap();
    let group = |side| (0..99).map(|n| format!("s{n}")).find(|group| side_of(group, 7, 0.5) == side).unwrap();
    let (train, validation) = (group(Side::Train), group(Side::Validation));
    let rows: String = (0..8).map(|n| format!("{n:03}.jpg,甲公司,{train}\n")).collect();
    project.write("labels.csv", format!("image,seller,sheet\n{rows}copy.jpg,甲公司,{validation}\n"));
    let _ = project.run(&["prepare", "--validation-fraction", "0.5"]).exits(0);
    let args = ["validate", "output/dataset/train.jsonl", "--validation", "output/dataset/validation.jsonl"];
    let said = project.run(&args).exits(1);
    assert!(said.stdout.contains("error SPL002 the same photo is on line 1 of the training file"), "{}", said.all());
}

#[test]
fn a_record_moved_to_the_other_side_parts_its_sheet() {
    let project = Project::with_photos(10);
    let group = |side| (0..99).map(|n| format!("s{n}")).find(|group| side_of(group, 7, 0.5) == side).unwrap();
    let (train, validation) = (group(Side::Train), group(Side::Validation));
    let sheet = |n| if n < 8 { &train } else { &validation };
    let rows: String = (0..10).map(|n| format!("{n:03}.jpg,甲公司,{}\n", sheet(n))).collect();
    project.write("labels.csv", format!("image,seller,sheet\n{rows}"));
    let _ = project.run(&["prepare", "--validation-fraction", "0.5"]).exits(0);
    let files = ["output/dataset/train.jsonl", "output/dataset/validation.jsonl"];
    let args = ["validate", files[0], "--validation", files[1]];
    let _ = project.run(&args).exits(0);
    let [train, validation] = files.map(|file| project.read(file));
    let (moved, rest) = validation.split_at(validation.find('\n').unwrap() + 1);
    project.write(files[0], train + moved);
    project.write(files[1], rest);
    let said = project.run(&args).exits(1);
    let found =
        "1 /messages/0/content/1/image: error SPL014 another photo of this sheet is on line 9 of the training file";
    assert!(said.stdout.contains(found), "{}", said.all());
}

#[test]
fn json_is_a_finding_a_line_and_the_report_can_go_into_a_file() {
    let project = Project::empty();
    project.write("train.jsonl", ORIGINAL);
    let said = project.run(&["validate", "train.jsonl", "--json"]).exits(1);
    let events = said.events();
    assert_eq!(events.iter().filter(|event| event["event"] == "finding").count(), 4);
    assert_eq!(events.last().unwrap()["event"], "summary");
    assert_eq!(events.last().unwrap()["errors"], 4);
    let _ = project.run(&["validate", "train.jsonl", "--report-file", "report.txt"]).exits(1);
    assert!(project.read("report.txt").contains("IMG001"));
}

#[test]
fn a_label_cannot_draw_on_the_terminal() {
    let project = Project::empty();
    project.write("train.jsonl", on_one_line().replace("demo.bucket", "\\u001b[31mred") + "\n");
    let said = project.run(&["validate", "train.jsonl"]).exits(1);
    assert!(!said.stdout.contains('\u{1b}') && said.stdout.contains("\\u{1b}[31mred"), "{}", said.all());
}

#[test]
fn a_rule_explains_itself_and_an_unknown_one_is_an_error() {
    let project = Project::empty();
    insta::assert_snapshot!(project.run(&["rule", "img001"]).exits(0).stdout);
    let said = project.run(&["rule", "XYZ999"]).exits(2);
    assert!(said.stderr.contains("no rule is called `XYZ999`"), "{}", said.all());
    let all = project.run(&["rule", "--all"]).exits(0);
    assert!(all.stdout.lines().count() >= 10, "{}", all.all());
}

#[test]
fn a_report_takes_the_place_of_a_report_and_of_no_other_file() {
    let project = Project::empty();
    let records = on_one_line() + "\n";
    project.write("train.jsonl", &records);
    let said = project.run(&["validate", "train.jsonl", "--report-file", "train.jsonl"]).exits(2);
    assert!(said.stderr.contains("is no report of nova-ft"), "{}", said.all());
    assert_eq!(project.read("train.jsonl"), records);
    for format in ["text", "json", "html", "markdown", "html", "text"] {
        let args = ["validate", "train.jsonl", "--report-file", "report", "--format", format];
        let _ = project.run(&args).exits(1);
    }
    assert!(project.read("report").contains("SPL001"));
    for format in ["html", "markdown"] {
        let args = ["validate", "train.jsonl", "--report-file", "report", "--format", format];
        let _ = project.run(&args).exits(1);
        let with_note = project.read("report") + "Ask Li about line 1.\n";
        project.write("report", &with_note);
        let said = project.run(&args).exits(2);
        assert!(said.stderr.contains("is no report of nova-ft"), "{}", said.all());
        assert_eq!(project.read("report"), with_note);
        std::fs::remove_file(project.path("report")).unwrap();
    }
}

#[test]
fn the_ending_of_the_report_file_says_its_form_and_the_counts_stay_on_stdout() {
    let project = Project::empty();
    project.write("train.jsonl", on_one_line() + "\n");
    let counts = "3 errors, 0 warnings, 0 notes; 2 fixable with --fix OUT; `nova-ft rule CODE` explains a code\n";
    for (name, beginning) in [
        ("r.html", "<!doctype html>"),
        ("r.md", "<!-- report of nova-ft validate -->"),
        ("r.json", "{\"event\":\"finding\""),
        ("r.txt", "train.jsonl for Nova Lite: checked 1 record and no photo"),
        ("r", "train.jsonl for Nova Lite: checked 1 record and no photo"),
    ] {
        let said = project.run(&["validate", "train.jsonl", "--report-file", name]).exits(1);
        assert_eq!(said.stdout, counts, "{name}");
        assert!(project.read(name).starts_with(beginning), "{name}: {}", project.read(name));
    }
    let args = ["validate", "train.jsonl", "--report-file", "r.html", "--format", "markdown"];
    let said = project.run(&args).exits(1);
    assert!(project.read("r.html").starts_with("<!-- report"), "--format goes before the ending: {}", said.all());
    let said = project.run(&["validate", "train.jsonl", "--report-file", "all.html", "--json"]).exits(1);
    assert!(said.events().iter().any(|event| event["event"] == "written"), "{}", said.all());
    assert!(project.read("all.html").starts_with("<!doctype html>"));
}

#[test]
fn a_page_on_stdout_is_nothing_but_the_page() {
    let project = Project::empty();
    project.write("train.jsonl", on_one_line() + "\n");
    for (format, beginning, end) in [
        ("html", "<!doctype html>\n", "</html>\n"),
        ("markdown", "<!-- report of nova-ft validate -->\n", "<!-- end of the report -->\n"),
    ] {
        let args = ["validate", "train.jsonl", "--format", format, "--fix", &format!("{format}.jsonl")];
        let said = project.run(&args).exits(1);
        assert!(said.stdout.starts_with(beginning) && said.stdout.ends_with(end), "{}", said.all());
        assert!(said.stderr.contains("2 repairs on 1 line"), "{}", said.all());
    }
}

#[test]
fn a_page_shows_the_photos_that_its_findings_are_about() {
    let project = Project::with_photos(9);
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    project.photo("photos/002.png", 2);
    std::fs::rename(project.path("photos/002.png"), project.path("photos/002.jpg")).unwrap();
    std::fs::write(project.path("photos/003.jpg"), "no photo").unwrap();
    std::fs::remove_file(project.path("photos/004.jpg")).unwrap();
    let said = project.run(&["validate", "output/dataset/train.jsonl", "--format", "html"]).exits(1);
    // Both findings on 002 show it; 003 and 004 have no picture.
    assert_eq!(said.stdout.matches("<img src=\"data:image/jpeg;base64,").count(), 2, "{}", said.all());
    assert!(said.stdout.contains("alt=\"") && said.stdout.contains("002.jpg\">"), "{}", said.all());
}

#[test]
fn gbk_and_utf_16_are_named_once_for_a_file_and_a_monster_line_is_one_finding() {
    let record = on_one_line().replace("\"jpg\"", "\"jpeg\"").replace("demo.bucket", "s3://demo.bucket");
    let lines: String = (0..8).map(|n| record.replace("xxxx", &format!("{n:04}")) + "\n").collect();
    let project = Project::empty();
    project.write("gbk.jsonl", encoding_rs::GBK.encode(&lines).0);
    let said = project.run(&["validate", "gbk.jsonl"]).exits(1);
    assert_eq!(said.stdout.matches("it could be GBK").count(), 1, "{}", said.all());
    assert!(said.stdout.contains("JSL006"), "{}", said.all());
    assert!(said.stdout.contains("so it is on 7 more lines"), "{}", said.all());
    project.write("utf16.jsonl", lines.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    let said = project.run(&["validate", "utf16.jsonl"]).exits(1);
    assert!(said.stdout.contains("the file is UTF-16, and JSONL is UTF-8"), "{}", said.all());
    project.write("long.jsonl", [lines.as_bytes(), &vec![b'x'; 100 << 20], b"\n"].concat());
    let said = project.run(&["validate", "long.jsonl"]).exits(1);
    assert!(said.stdout.contains("JSL012") && said.stdout.contains("longer than 10 MiB"), "{}", said.all());
    assert!(said.stdout.contains("1 error, 0 warnings"), "{}", said.all());
    project.write("empty.jsonl", "");
    let said = project.run(&["validate", "empty.jsonl"]).exits(1);
    assert!(said.stdout.contains("0 training samples"), "{}", said.all());
}

#[test]
fn a_request_is_checked_with_the_data_and_repaired_beside_them() {
    let project = Project::empty();
    let records: String = (0..8).map(|n| on_one_line().replace("xxxx", &format!("{n:04}")) + "\n").collect();
    project.write("train.jsonl", records);
    let job = r#"{"jobName": "tune_1", "customModelName": "seller", "roleArn": "arn:aws:iam::123456789012:role/tune",
"baseModelIdentifier": "us.amazon.nova-lite-v1:0", "hyperParameters": {"epochCount": 2, "learningRateWarmupSteps": 1},
"trainingDataConfig": {"s3Uri": "s3://bucket/p/"}, "outputDataConfig": {"s3Uri": "s3://bucket/out"}}"#;
    project.write("job.json", job);
    let args = ["validate", "train.jsonl", "--allow", "IMG", "--allow", "S3U", "--job", "job.json"];
    insta::assert_snapshot!(project.run(&args).exits(1).stdout);
    let said = project.run(&[&args as &[_], &["--fix", "fixed"]].concat()).exits(1);
    assert!(said.stdout.contains("wrote fixed/train.jsonl: 0 repairs"), "{}", said.all());
    assert!(
        said.stdout.contains("wrote fixed/job.json: 2 repairs") && !said.stdout.contains("JOB004"),
        "{}",
        said.all()
    );
    assert!(project.read("fixed/job.json").contains(r#""epochCount": "2""#) && project.read("job.json") == job);
    let said = project.run(&["validate", "train.jsonl", "--job", "job.json", "--fix", "."]).exits(2);
    assert!(said.stderr.contains("train.jsonl is the file to repair"), "{}", said.all());
    let said = project.run(&["validate", "train.jsonl", "--job", "nowhere.json"]).exits(2);
    assert!(said.stderr.contains("cannot read nowhere.json"), "{}", said.all());
}
