//! Bad input gets a clear error with place and hint.

use crate::harness::{Project, Said};

fn prepare(project: &Project) -> Said {
    project.run(&["prepare"])
}

fn with_labels(labels: impl AsRef<[u8]>) -> Said {
    let project = Project::with_photos(8);
    project.write("labels.csv", labels);
    let said = prepare(&project);
    assert!(!project.path("output/dataset").exists(), "nothing is written: {}", said.all());
    said
}

#[test]
fn an_empty_table() {
    insta::assert_snapshot!(with_labels("").all());
}

#[test]
fn a_table_with_one_column() {
    insta::assert_snapshot!(with_labels("image\n000.jpg\n").all());
}

#[test]
fn a_table_with_its_header_only() {
    insta::assert_snapshot!(with_labels("image,seller\n").all());
}

#[test]
fn a_label_with_a_line_break() {
    let rows: String = (1..8).map(|n| format!("{n:03}.jpg,甲公司\n")).collect();
    insta::assert_snapshot!(with_labels(format!("image,seller\n000.jpg,\"甲\n公司\"\n{rows}")).all());
}

#[test]
fn a_missing_photo_and_two_labels_for_one() {
    let rows: String = (0..8).map(|n| format!("{n:03}.jpg,甲公司\n")).collect();
    insta::assert_snapshot!(with_labels(format!("image,seller\n{rows}099.jpg,甲公司\n000.jpg,乙公司\n")).all());
}

#[test]
fn a_workbook_called_csv() {
    insta::assert_snapshot!(with_labels(b"PK\x03\x04rest of a zip").all());
}

#[test]
fn a_missing_table_and_a_missing_folder() {
    let project = Project::empty();
    insta::assert_snapshot!(prepare(&project).exits(2).all(), @"
    --- stderr
    error: cannot read labels.csv
      caused by: No such file or directory (os error 2)
      hint: check the spelling; paths in nova-ft.toml are relative to that file, others to the current folder.
    --- exit 2
    ");
    project.write("labels.csv", "image,seller\n000.jpg,甲公司\n");
    let said = project.run(&["prepare", "--input-dir", "nowhere"]).exits(2);
    assert!(said.stderr.starts_with("error: cannot list nowhere"), "{}", said.all());
}

#[cfg(unix)]
#[test]
fn a_folder_and_a_photo_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |project: &Project, name: &str, mode| {
        std::fs::set_permissions(project.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let project = Project::with_photos(8);
    mode(&project, "photos", 0o000);
    if std::fs::read_dir(project.path("photos")).is_ok() {
        // The superuser reads everything; a file where the folder should be is refused to everybody.
        mode(&project, "photos", 0o755);
        project.write("file", "x");
        let said = project.run(&["prepare", "--input-dir", "file"]).exits(2);
        assert!(said.stderr.contains("file") && said.stderr.contains("hint: "), "{}", said.all());
        return;
    }
    let said = prepare(&project).exits(2);
    assert!(
        said.stderr.contains("cannot list photos") && said.stderr.contains("hint: give yourself access"),
        "{}",
        said.all()
    );
    mode(&project, "photos", 0o755);
    mode(&project, "photos/003.jpg", 0o000);
    let said = prepare(&project);
    assert!(said.code > 0 && said.all().contains("003.jpg"), "{}", said.all());
}

#[test]
fn photos_that_are_none_are_named_for_what_they_are() {
    let project = Project::with_photos(8);
    project.write("photos/a.jpg", b"%PDF-1.7 rest");
    project.write("photos/b.jpg", b"");
    project.write("photos/c.jpg", b"hello");
    let whole = std::fs::read(project.path("photos/000.jpg")).unwrap();
    project.write("photos/d.jpg", &whole[..whole.len() / 2]);
    project.write("labels.csv", project.read("labels.csv") + "a.jpg,甲\nb.jpg,甲\nc.jpg,甲\nd.jpg,甲\n");
    insta::assert_snapshot!(prepare(&project).exits(1).all());
}

#[test]
fn a_misspelt_option_and_a_misspelt_key() {
    let project = Project::with_photos(8);
    let said = project.run(&["prepare", "--s3-buket", "x"]).exits(2);
    assert!(said.stderr.contains("--s3-bucket"), "{}", said.all());
    project.write("nova-ft.toml", "labels = 'labels.csv'\ns3_buket = 'x'\n");
    insta::assert_snapshot!(prepare(&project).exits(2).all(), @"
    --- stderr
    error: nova-ft.toml:2: unknown key `s3_buket`
      hint: did you mean `s3_bucket`?
    --- exit 2
    ");
}

/// Codes and places of what `prepare` says of a table.
fn findings(labels: impl AsRef<[u8]>) -> Vec<String> {
    let project = Project::with_photos(8);
    project.write("labels.csv", labels);
    let events = project.run(&["prepare", "--json"]).events();
    let text = |event: &serde_json::Value, key: &str| event[key].to_string().trim_matches('"').to_owned();
    let findings = events.iter().filter(|event| event["event"] == "finding");
    let mut all: Vec<_> = findings
        .map(|event| format!("{}:{} {}", text(event, "file"), text(event, "line"), text(event, "code")))
        .collect();
    all.retain(|finding| !finding.contains("SPL") && !finding.ends_with("LBL010"));
    all
}

#[test]
fn a_table_in_gbk_with_semicolons_is_read_and_said() {
    let text = format!("图片名称;销售方\n{}", (0..8).map(|n| format!("{n:03}.jpg;甲公司\n")).collect::<String>());
    let gbk: Vec<u8> = text.chars().flat_map(|c| if c.is_ascii() { vec![c as u8] } else { gbk(c) }).collect();
    assert_eq!(findings(gbk), ["labels.csv:null LBL001", "labels.csv:null LBL002"]);
}

/// The bytes of the few characters that these tests write in GBK.
fn gbk(c: char) -> Vec<u8> {
    match c {
        '图' => vec![0xCD, 0xBC],
        '片' => vec![0xC6, 0xAC],
        '名' => vec![0xC3, 0xFB],
        '称' => vec![0xB3, 0xC6],
        '销' => vec![0xCF, 0xFA],
        '售' => vec![0xCA, 0xDB],
        '方' => vec![0xB7, 0xBD],
        '甲' => vec![0xBC, 0xD7],
        '公' => vec![0xB9, 0xAB],
        '司' => vec![0xCB, 0xBE],
        other => panic!("{other} is not in this table"),
    }
}

#[test]
fn each_bad_row_is_named_by_its_line() {
    let rows = "000.jpg\n,甲公司\n001.jpg,\n002.jpg, 甲公司 \n003.jpeg,甲公司\n004.jpg,甲公司\n004.jpg,甲公司\n\"005.jpg,甲公司\n";
    assert_eq!(
        findings(format!("image,seller\n{rows}")),
        [
            "labels.csv:2 LBL003",
            "labels.csv:3 LBL004",
            "labels.csv:4 LBL005",
            "labels.csv:5 LBL007",
            "labels.csv:6 LBL011",
            "labels.csv:8 LBL013",
            "labels.csv:9 LBL008",
        ]
    );
}

#[test]
fn a_name_that_fits_two_photos_is_refused() {
    let project = Project::with_photos(8);
    for name in ["a/x.jpg", "b/x.jpg"] {
        project.write(&format!("photos/{name}"), "");
        project.photo(&format!("photos/{name}"), 40);
    }
    project.write("labels.csv", project.read("labels.csv") + "x.jpg,甲公司\n");
    let said = project.run(&["prepare"]).exits(1);
    assert!(said.stdout.contains("LBL012"), "{}", said.all());
}

#[test]
fn characters_that_nobody_sees_do_not_split_a_seller() {
    let project = Project::empty();
    let mut labels = String::from("image,seller\n");
    for n in 0..8 {
        project.photo(&format!("photos/{n}.jpg"), n);
        let hidden = if n % 2 == 0 { "" } else { "\u{200B}" };
        labels.push_str(&format!("{n}.jpg,北京{hidden}第{}公司\n", n / 4));
    }
    project.write("labels.csv", labels);
    let said = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    assert!(said.stdout.contains("LBL015") && said.stdout.contains("of 2 sellers"), "{}", said.all());
    assert!(!project.read("output/dataset/train.jsonl").contains('\u{200B}'));
}

#[test]
fn a_question_that_each_record_would_be_refused_for_is_refused_at_once() {
    for (question, why) in [("", "the question is empty"), ("User: 谁？", "`User:` is reserved by Nova")] {
        let project = Project::with_photos(8).env("NOVA_FT_PROMPT_USER", question);
        let said = project.run(&["prepare"]).exits(2);
        assert!(said.stderr.contains("NOVA_FT_PROMPT_USER") && said.stderr.contains(why), "{}", said.all());
    }
    let project = Project::with_photos(8);
    project.write("nova-ft.toml", project.read("nova-ft.toml") + "[prompt]\nsystem = 'say [EOS]'\n");
    let said = project.run(&["prepare"]).exits(2);
    assert!(said.stderr.contains("nova-ft.toml:8 (prompt.system): `[EOS]` is reserved"), "{}", said.all());
}

#[test]
fn a_region_that_is_none_and_a_folder_that_is_not_there_are_named() {
    let project = Project::with_photos(8);
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
    for region in ["", "eu west"] {
        let said = project.run(&["job", "list", "--region", region]).exits(2);
        assert!(
            said.stderr.contains("--region: `") && said.stderr.contains("is not the name of a Region"),
            "{}",
            said.all()
        );
    }
    let said = project.run(&["job", "create", "--dry-run", "--region", "eu-west-1"]).exits(0);
    assert!(said.stderr.contains("JOB012") && said.stderr.contains("`eu-west-1`"), "{}", said.all());
    let said = project.run(&["validate", "output/dataset/train.jsonl", "--input-dir", "nope"]).exits(2);
    assert!(said.stderr.contains("nope") && said.stderr.contains("hint: "), "{}", said.all());
    project.write("file", "");
    let said = project.run(&["prepare", "--output-dir", "file"]).exits(2);
    assert!(said.stderr.contains("name a folder here"), "{}", said.all());
}

#[test]
fn a_number_below_zero_is_told_what_it_should_be() {
    let project = Project::with_photos(8);
    let said = project.run(&["prepare", "--validation-fraction", "-1"]).exits(2);
    assert!(said.stderr.contains("-1 is not a fraction"), "{}", said.all());
}

#[test]
fn a_deployment_that_nobody_made_is_not_called_gone() {
    let project = Project::with_photos(8);
    let said = project.run(&["deploy", "delete", "typo", "--yes"]).exits(2);
    assert!(said.stderr.contains("there is no such deployment"), "{}", said.all());
    assert!(!said.stdout.contains("gone"), "{}", said.all());
}
