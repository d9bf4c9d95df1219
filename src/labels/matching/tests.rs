use std::fs;
use std::path::Path;

use super::*;
use crate::images::{ScanOptions, samples, scan};

/// What becomes of these rows in a folder of these photos: the pairs, then the findings.
fn outcome(rows: &str, photos: &[&str]) -> String {
    outcome_of(&format!("image,seller\n{rows}"), photos)
}

/// The same for a whole table.
fn outcome_of(table: &str, photos: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let jpeg = samples::jpeg(&samples::picture(8, 8));
    for name in photos {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &jpeg).unwrap();
    }
    outcome_in(folder.path(), table)
}

/// The same in a folder that is there.
fn outcome_in(folder: &Path, table: &str) -> String {
    let labels = crate::labels::Labels::parse(Path::new("labels.csv"), table.as_bytes()).unwrap();
    let matched = match_photos(&labels.labels, &scan(folder, &ScanOptions::default()).unwrap());
    let pairs = matched.pairs.iter().map(|(row, photo)| {
        let sheet = row.sheet.as_ref().map(|sheet| format!(" = {sheet}")).unwrap_or_default();
        format!("{} = {} = {}{sheet}", row.image, photo.name, row.seller)
    });
    let findings = matched
        .findings
        .iter()
        .map(|finding| format!("{}: {} {} {}", finding.place, finding.severity, finding.rule.code, finding.message));
    let text = pairs.chain(findings).collect::<Vec<_>>().join("\n");
    text.replace(&format!("{}/", folder.display()), "").replace(&folder.display().to_string(), "FOLDER")
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
fn spaces_around_a_photos_name_make_no_difference_and_need_no_note() {
    let photos = [" a.jpg", "b.jpg ", "sub/ c.jpg", "\u{3000}d.jpg"];
    assert_eq!(
        outcome("\" a.jpg\",甲\nb.jpg,乙\nsub/ c.jpg,丙\nd.jpg,丁\n", &photos),
        "a.jpg =  a.jpg = 甲\nb.jpg = b.jpg  = 乙\nsub/ c.jpg = sub/ c.jpg = 丙\nd.jpg = \u{3000}d.jpg = 丁"
    );
    // As written goes first.
    assert_eq!(outcome("a.jpg,甲\n", &[" a.jpg", "a.jpg"]).lines().next(), Some("a.jpg = a.jpg = 甲"));
}

#[test]
fn rows_that_disagree_are_handed_out_beside_the_pairs() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.jpg", "b.jpg"] {
        fs::write(folder.path().join(name), samples::jpeg(&samples::picture(8, 8))).unwrap();
    }
    let table = "image,seller\na.jpg,甲\nb.jpg,乙\na.jpg,丙\na,甲\n";
    let labels = crate::labels::Labels::parse(Path::new("labels.csv"), table.as_bytes()).unwrap().labels;
    let matched = match_photos(&labels, &scan(folder.path(), &ScanOptions::default()).unwrap());
    assert_eq!(matched.pairs.len(), 1);
    let disputed: Vec<_> = matched
        .disputed
        .iter()
        .map(|(rows, photo)| {
            (photo.name.as_str(), rows.iter().map(|row| (row.line, row.seller.as_str())).collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(disputed, [("a.jpg", vec![(2, "甲"), (4, "丙"), (5, "甲")])]);
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
    b.jpg: warning LBL010 no row that can be used names this photo; it is not used
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
fn rows_of_one_photo_must_agree_on_the_sheet_and_one_may_tell_it() {
    let with_sheets = |rows: &str| outcome_of(&format!("image,seller,sheet\n{rows}\n"), &["a.jpg"]);
    insta::assert_snapshot!(with_sheets("a.jpg,甲,s1\na.jpg,甲,s2"), @r#"labels.csv:3 sheet: error LBL014 a.jpg shows the sheet "s2" here and "s1" on line 2; neither row is used"#);
    insta::assert_snapshot!(with_sheets("a.jpg,甲,s1\na.jpg,甲,"), @r"
    a.jpg = a.jpg = 甲 = s1
    labels.csv:3: warning LBL013 a.jpg has the same label on line 2; this row is not used
    ");
    insta::assert_snapshot!(with_sheets("a.jpg,甲,\na.jpg,甲,s1\na.jpg,甲,Ｓ1"), @r#"
    a.jpg = a.jpg = 甲 = s1
    labels.csv:3: warning LBL013 a.jpg has the same label on line 2; of this row only the sheet "s1" is used
    labels.csv:4: warning LBL013 a.jpg has the same label on line 2; this row is not used
    "#);
    insta::assert_snapshot!(with_sheets("a.jpg,甲,\na.jpg,甲,s1\na.jpg,甲,s2"), @r#"
    labels.csv:3: warning LBL013 a.jpg has the same label on line 2; of this row only the sheet "s1" is used
    labels.csv:4 sheet: error LBL014 a.jpg shows the sheet "s2" here and "s1" on line 3; neither row is used
    "#);
}

#[test]
fn many_rows_without_a_photo_and_many_photos_without_a_row_are_a_finding_each() {
    let rows = (0..50).map(|n| format!("{n:03}.jpg,甲\n")).collect::<Vec<_>>().concat();
    let photos: Vec<String> = (100..140).map(|n| format!("{n}.jpg")).collect();
    let photos: Vec<&str> = photos.iter().map(String::as_str).collect();
    insta::assert_snapshot!(outcome(&rows, &photos), @r"
    FOLDER: warning LBL010 no row that can be used names 40 of its photos: 100.jpg, 101.jpg, 102.jpg and 37 more; they are not used
    labels.csv:2: error LBL009 no photo is called 000.jpg in FOLDER; so it is on 49 more lines: 3, 4, 5 …
    ");
}

#[test]
fn a_row_whose_file_was_passed_over_says_why() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("a.txt", "text"), ("sub/.b.jpg", "x"), ("set/manifest.json", "{\"nova_ft\": \"0.1.0\"}")] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    insta::assert_snapshot!(outcome_in(folder.path(), "image,seller\nA.txt,甲\n.b.jpg,乙\nset/images/c.jpg,丙\nd.jpg,丁\n"), @r"
    labels.csv:2: error LBL009 no photo is called A.txt in FOLDER; a.txt was passed over: not an image
    labels.csv:3: error LBL009 no photo is called .b.jpg in FOLDER; sub/.b.jpg was passed over: its name begins with a dot
    labels.csv:4: error LBL009 no photo is called set/images/c.jpg in FOLDER; set was passed over: the folder of a data set
    labels.csv:5: error LBL009 no photo is called d.jpg in FOLDER
    ");
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
