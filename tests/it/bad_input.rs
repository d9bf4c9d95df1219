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
