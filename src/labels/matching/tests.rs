use std::fs;
use std::path::Path;

use super::*;
use crate::images::{ScanOptions, samples, scan};

/// What becomes of these rows in a folder of these photos: the pairs, then the findings.
fn outcome(rows: &str, photos: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let jpeg = samples::jpeg(&samples::picture(8, 8));
    for name in photos {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &jpeg).unwrap();
    }
    let labels =
        crate::labels::Labels::parse(Path::new("labels.csv"), format!("image,seller\n{rows}").as_bytes()).unwrap();
    let matched = match_photos(&labels.labels, &scan(folder.path(), &ScanOptions::default()).unwrap());
    let pairs = matched.pairs.iter().map(|(row, photo)| format!("{} = {} = {}", row.image, photo.name, row.seller));
    let findings = matched
        .findings
        .iter()
        .map(|finding| format!("{}: {} {} {}", finding.place, finding.severity, finding.rule.code, finding.message));
    let text = pairs.chain(findings).collect::<Vec<_>>().join("\n");
    text.replace(&format!("{}/", folder.path().display()), "").replace(&folder.path().display().to_string(), "FOLDER")
}

#[test]
fn a_full_name_is_preferred_and_needs_no_note() {
    assert_eq!(
        outcome("b.jpg,乙\na.jpg,甲\nsub/a.jpg,丙\n", &["a.jpg", "b.jpg", "sub/a.jpg"]),
        "\
b.jpg = b.jpg = 乙
a.jpg = a.jpg = 甲
sub/a.jpg = sub/a.jpg = 丙"
    );
    assert_eq!(outcome("./sub\\a.jpg,甲\n", &["sub/a.jpg"]), "./sub\\a.jpg = sub/a.jpg = 甲");
}

#[test]
fn the_two_unicode_forms_of_a_name_are_one_name() {
    // A macOS volume stores é as e with an accent after it.
    assert_eq!(outcome("caf\u{E9}.jpg,甲\n", &["cafe\u{301}.jpg"]), "caf\u{E9}.jpg = cafe\u{301}.jpg = 甲");
}

#[test]
fn other_extensions_cases_and_folders_are_found_with_a_note() {
    let rows = "vat_0001.jpeg,甲\nB.JPG,乙\nc.jpg,丙\nphotos/d.jpg,丁\ne,戊\n";
    insta::assert_snapshot!(outcome(rows, &["vat_0001.jpg", "b.jpg", "2019/c.jpg", "d.jpg", "x/E.png"]), @r"
    vat_0001.jpeg = vat_0001.jpg = 甲
    B.JPG = b.jpg = 乙
    c.jpg = 2019/c.jpg = 丙
    photos/d.jpg = d.jpg = 丁
    e = x/E.png = 戊
    labels.csv:2: note LBL011 vat_0001.jpeg is not there; vat_0001.jpg was taken for it
    labels.csv:3: note LBL011 B.JPG is not there; b.jpg was taken for it
    labels.csv:4: note LBL011 c.jpg is not there; 2019/c.jpg was taken for it
    labels.csv:5: note LBL011 photos/d.jpg is not there; d.jpg was taken for it
    labels.csv:6: note LBL011 e is not there; x/E.png was taken for it
    ");
}

#[test]
fn a_name_that_fits_several_photos_fits_none() {
    let rows = "a.jpeg,甲\nb.jpg,乙\n";
    insta::assert_snapshot!(outcome(rows, &["a.jpg", "a.png", "2018/b.jpg", "2019/b.jpg"]), @r"
    labels.csv:2: error LBL012 a.jpeg can be each of a.jpg, a.png
    labels.csv:3: error LBL012 b.jpg can be each of 2018/b.jpg, 2019/b.jpg
    ");
}

#[test]
fn rows_without_a_photo_and_photos_without_a_row_are_named() {
    insta::assert_snapshot!(outcome("a.jpg,甲\nmissing.jpg,乙\n", &["a.jpg", "b.jpg"]), @r"
    a.jpg = a.jpg = 甲
    b.jpg: warning LBL010 no row of the labels names this photo; it is not used
    labels.csv:3: error LBL009 no photo is called missing.jpg in FOLDER
    ");
}

#[test]
fn two_rows_for_one_photo_count_once_if_they_agree_and_not_at_all_if_they_differ() {
    let rows = "a.jpg,甲\nb.jpg,乙\na.jpeg,甲\nb.jpg,丙\nb.jpg,乙\n";
    insta::assert_snapshot!(outcome(rows, &["a.jpg", "b.jpg"]), @r#"
    a.jpg = a.jpg = 甲
    labels.csv:4: note LBL011 a.jpeg is not there; a.jpg was taken for it
    labels.csv:4: warning LBL013 a.jpg has the same label on line 2; this row is not used
    labels.csv:5: error LBL014 b.jpg is "丙" here and "乙" on line 3; neither is used
    labels.csv:6: warning LBL013 b.jpg has the same label on line 3; this row is not used
    "#);
}

#[test]
fn a_dot_in_a_name_does_not_make_an_extension() {
    assert_eq!(stem("a.b/invoice.2019"), "a.b/invoice.2019");
    assert_eq!(stem("a.b/invoice.2019.JPG"), "a.b/invoice.2019");
}

#[test]
#[ignore = "needs the real photos: set NOVA_FT_REAL_PHOTOS"]
fn the_real_labels_find_their_photos() {
    let Some(folder) = samples::real_photos() else { return };
    let scan = scan(&folder.join("vat_train"), &ScanOptions::default()).unwrap();
    let labels = Labels::read(&folder.join("vat_train_sellers.csv")).unwrap().labels;
    let matched = match_photos(&labels, &scan);
    assert_eq!((matched.pairs.len(), matched.findings.len()), (50, 0));
    let original = folder.join("../original/llm_train_labels.csv");
    if original.exists() {
        let matched = match_photos(&Labels::read(&original).unwrap().labels, &scan);
        assert_eq!(matched.pairs.len(), 50);
        assert!(matched.findings.iter().all(|finding| finding.rule.code == "LBL011"));
    }
}
