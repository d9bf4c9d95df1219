use proptest::prelude::*;

use super::*;
use crate::findings::Severity;

fn parse(text: &str) -> ReadLabels {
    Labels::parse(Path::new("labels.csv"), text.as_bytes()).unwrap()
}

fn said(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        format!("{}: {} {} {}", finding.place, finding.severity, finding.rule.code, finding.message)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn rows_and_table_hold_the_same() {
    let read = parse("note,image,sheet,seller\nold,a.jpg,s1,甲\n,b.jpg, ,乙\n");
    assert!(read.findings.is_empty());
    let rows = read.labels.rows();
    let row = |image: &str, seller: &str, sheet: Option<&str>, line| LabelRow {
        image: image.to_owned(),
        seller: seller.to_owned(),
        sheet: sheet.map(str::to_owned),
        line,
    };
    assert_eq!(rows, [row("a.jpg", "甲", Some("s1"), 2), row("b.jpg", "乙", None, 3)]);
    insta::assert_snapshot!(read.labels.frame(), @r"
    shape: (2, 5)
    ┌───────┬────────┬───────┬──────┬──────┐
    │ image ┆ seller ┆ sheet ┆ note ┆ line │
    │ ---   ┆ ---    ┆ ---   ┆ ---  ┆ ---  │
    │ str   ┆ str    ┆ str   ┆ str  ┆ u64  │
    ╞═══════╪════════╪═══════╪══════╪══════╡
    │ a.jpg ┆ 甲     ┆ s1    ┆ old  ┆ 2    │
    │ b.jpg ┆ 乙     ┆ null  ┆      ┆ 3    │
    └───────┴────────┴───────┴──────┴──────┘
    ");
}

#[test]
fn bad_rows_are_findings_with_their_lines() {
    let read = parse(concat!(
        "image,seller\n",
        "a.jpg,甲\n",
        ",乙\n",
        "b.jpg,\n",
        "c.jpg,\"北京宇音天下\n科技有限公司\"\n",
        "d.jpg,\"\n丁 \"\n",
        "e.jpg,\u{3000}戊\n",
        "f.jpg,己,庚\n",
        "g.jpg,\u{3164}\u{2800}\n",
    ));
    let images: Vec<_> = read.labels.rows().into_iter().map(|row| (row.image, row.seller)).collect();
    let pair = |image: &str, seller: &str| (image.to_owned(), seller.to_owned());
    assert_eq!(images, [pair("a.jpg", "甲"), pair("d.jpg", "丁"), pair("e.jpg", "戊")]);
    insta::assert_snapshot!(said(&read.findings), @r#"
    labels.csv:3 image: error LBL004 no image is named
    labels.csv:4 seller: error LBL005 b.jpg has no seller
    labels.csv:5 seller: error LBL006 the text goes over 2 lines; joined, it is "北京宇音天下科技有限公司"
    labels.csv:7 seller: warning LBL007 spaces around "丁" were cut off
    labels.csv:9 seller: warning LBL007 spaces around "戊" were cut off
    labels.csv:10: error LBL003 the row has 3 fields and the header 2; a name with a comma in it needs quotes
    labels.csv:11 seller: error LBL005 g.jpg has no seller
    "#);
}

#[test]
fn a_column_called_line_does_not_hide_ours() {
    let read = parse("image,seller,line\na.jpg,甲,first\n");
    assert_eq!(read.labels.rows()[0].line, 2);
    assert_eq!(read.labels.texts("line_"), [Some("first".to_owned())]);
}

#[test]
fn a_filtered_table_becomes_labels_again_with_its_lines() {
    let labels = parse("image,seller\na.jpg,甲\nb.jpg,乙\n").labels;
    let half = Labels::from_frame(labels.file(), labels.frame().slice(1, 1)).unwrap();
    assert_eq!(half.rows(), labels.rows()[1..]);
    let bare = labels.frame().drop("line").unwrap();
    assert_eq!(Labels::from_frame(labels.file(), bare).unwrap().rows(), labels.rows());
    let error = Labels::from_frame(Path::new("t"), labels.frame().drop("seller").unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "t: there is no column seller");
    let mut wrong = labels.frame();
    wrong.with_column(Series::new("seller".into(), [1_u64, 2]).into()).unwrap();
    let error = Labels::from_frame(Path::new("t"), wrong).unwrap_err();
    assert_eq!(error.to_string(), "t: the column seller is not text but u64");
}

#[test]
fn writing_replaces_the_file_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    std::fs::write(&path, "old").unwrap();
    parse("seller,image,sheet\n甲,a.jpg,\n").labels.write(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "image,seller,sheet\na.jpg,甲,\n");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let error = parse("image,seller\na,b\n").labels.write(&path.join("x.csv")).unwrap_err();
    assert!(error.to_string().starts_with("cannot create "), "{error}");
}

#[test]
fn what_a_spreadsheet_would_execute_is_a_finding_and_is_written_as_text_and_read_back() {
    let read = parse("image,seller,sheet,note\n=1.jpg,甲,-s,@x\n2.jpg,乙,-2,+3\n");
    let found: Vec<_> =
        read.findings.iter().map(|one| (one.rule.code, one.place.member.as_deref(), one.severity)).collect();
    let expected = ["image", "note", "sheet"].map(|column| ("LBL030", Some(column), Severity::Warning));
    assert_eq!(found, expected);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    read.labels.write(&path).unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "image,seller,sheet,note\n./=1.jpg,甲,'-s,'@x\n2.jpg,乙,-2,+3\n"
    );
    let again = Labels::read(&path).unwrap().labels;
    assert_eq!(again.rows(), read.labels.rows());
    assert_eq!(again.column("note"), read.labels.column("note"));
}

#[test]
fn no_invisible_character_or_line_break_of_unicode_reaches_a_seller_or_a_sheet() {
    for unseen in
        ['\u{E0100}', '\u{3164}', '\u{2800}', '\u{34F}', '\u{1D173}', '\u{7}', '\u{202E}', '\u{301}', '\u{FFFE}']
    {
        let read = parse(&format!("image,seller,sheet\n1.jpg,甲{unseen}方,s{unseen}-1\n2.jpg,{unseen}乙,\n"));
        let rows = read.labels.rows();
        let seen: Vec<_> = rows.iter().map(|row| row.seller.as_str()).collect();
        assert_eq!(seen, ["甲方", "乙"], "{unseen:?}");
        assert!(read.findings.iter().any(|one| one.rule.code == "LBL015"), "{unseen:?}");
    }
    for line_break in ['\u{85}', '\u{2028}', '\u{2029}', '\u{B}', '\u{C}'] {
        let read = parse(&format!("image,seller\n1.jpg,甲{line_break}方\n2.jpg,乙\n"));
        assert_eq!((read.labels.row_count(), read.findings[0].rule.code), (1, "LBL006"), "{line_break:?}");
    }
}

#[test]
fn a_missing_file_is_an_error_with_its_path() {
    assert_eq!(Labels::read(Path::new("no/labels.csv")).unwrap_err().to_string(), "cannot read no/labels.csv");
}

#[test]
#[ignore = "needs the real photos: set NOVA_FT_REAL_PHOTOS"]
fn the_real_labels_are_read_without_a_finding() {
    let Some(folder) = crate::images::samples::real_photos() else { return };
    let read = Labels::read(&folder.join("vat_train_sellers.csv")).unwrap();
    assert_eq!((read.labels.row_count(), read.findings.len()), (50, 0));
    let original = folder.join("../original/llm_train_labels.csv");
    if original.exists() {
        let read = Labels::read(&original).unwrap();
        assert_eq!(read.labels.row_count(), 50);
        assert!(read.findings.iter().all(|finding| finding.severity < Severity::Error));
    }
}

fn name() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        Just(','),
        Just('"'),
        Just(' '),
        Just(';'),
        Just('\t'),
        Just('，'),
        Just('北'),
        Just('（'),
        Just('a'),
        any::<char>()
    ];
    let text = prop::collection::vec(letter, 1..12).prop_map(|letters| letters.into_iter().collect::<String>());
    let text = text.prop_map(|text| trim(&without_unseen(&text)).to_owned());
    text.prop_filter("a name", |text| !text.is_empty() && !is_formula(text))
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(rows in prop::collection::vec((name(), name(), prop::option::of(name())), 1..6)) {
        let sheets: Vec<_> = rows.iter().map(|row| row.2.as_deref()).collect();
        let texts = |pick: fn(&(String, String, Option<String>)) -> &String| rows.iter().map(|row| pick(row).as_str()).collect::<Vec<_>>();
        let frame = DataFrame::new_infer_height(vec![
            column("image", &texts(|row| &row.0)),
            column("seller", &texts(|row| &row.1)),
            Series::new("sheet".into(), sheets).into(),
        ]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        let labels = Labels::from_frame(&path, frame).unwrap();
        labels.write(&path).unwrap();
        let read = Labels::read(&path).unwrap();
        prop_assert_eq!(read.labels.rows(), labels.rows());
        prop_assert_eq!(said(&read.findings), "");
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Labels::parse(Path::new("labels.csv"), &bytes);
        let _ = Labels::parse(Path::new("labels.csv"), &[b"image,seller\n", bytes.as_slice()].concat());
    }

    #[test]
    fn no_text_makes_it_panic(text in "(image|seller|[,;\t\"\r\n ]|图片名称|销售方|\\PC){0,60}") {
        let _ = Labels::parse(Path::new("labels.csv"), text.as_bytes());
        let _ = Labels::parse(Path::new("labels.csv"), format!("image,seller\n{text}").as_bytes());
    }
}
