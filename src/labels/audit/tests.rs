use super::samples::Folder;
use super::*;
use crate::findings::render::is_report;
use crate::readings::samples::{IDS, field, reading, unsure};

#[path = "../../../tests/it/json_schema.rs"]
mod json_schema;

const NAME: &str = "北京恒远睿科技有限公司";
const OTHER: &str = "上海易达（集团）电子商务有限公司";
const BUYER: &str = "某某科学研究所";

fn with_buyer(mut reading: PhotoReading) -> PhotoReading {
    reading.invoice.buyer = Some(field(BUYER.to_owned(), 0.99));
    reading
}

/// Two photos of a sheet of NAME, another sheet of it, one of OTHER alone.
fn readings() -> [(&'static str, PhotoReading); 4] {
    [
        ("1.jpg", with_buyer(reading("1", NAME, IDS[0], "00000001"))),
        ("2.jpg", with_buyer(reading("2", NAME, IDS[0], "00000001"))),
        ("3.jpg", with_buyer(reading("3", NAME, IDS[0], "00000002"))),
        ("4.jpg", with_buyer(reading("4", OTHER, IDS[1], "00000003"))),
    ]
}

fn audited(table: &str) -> Audited {
    Folder::of(table, readings()).audit()
}

/// Line, verdict and codes of each label.
fn verdicts(audited: &Audited) -> Vec<String> {
    let codes = |label: &AuditedLabel| {
        label.codes.iter().map(|(code, severity)| format!(" {severity} {code}")).collect::<Vec<_>>().concat()
    };
    audited.labels.iter().map(|label| format!("{} {}{}", label.row.image, label.verdict, codes(label))).collect()
}

fn one(label: &str, photo: &str) -> String {
    verdicts(&audited(&format!("image,seller\n{photo},{label}\n"))).remove(0)
}

#[test]
fn true_labels_are_right_and_nothing_is_found() {
    let table = format!("image,seller\n1.jpg,{NAME}\n2.jpg,{NAME}\n3.jpg,{NAME}\n4.jpg,{OTHER}\n");
    let audited = audited(&table);
    assert_eq!(audited.report, Report::default());
    assert_eq!(audited.summary(), "4 labels beside their photos: 4 right, 0 differ, 0 unreadable");
}

#[test]
fn the_buyer_on_the_photo_is_not_the_seller() {
    assert_eq!(one(BUYER, "4.jpg"), "4.jpg differs error LBL023");
}

#[test]
fn a_name_that_no_line_is_like_was_made_up() {
    assert_eq!(one("苏州和平饭店", "4.jpg"), "4.jpg differs error LBL025");
}

#[test]
fn another_name_is_an_error_where_the_reading_is_confident() {
    assert_eq!(one("北京恒远文具厂", "1.jpg"), "1.jpg differs error LBL024");
    let mut readings = readings();
    readings[3].1 = unsure(readings[3].1.clone(), 0.7);
    let table = "image,seller\n4.jpg,上海易达有限公司\n";
    assert_eq!(verdicts(&Folder::of(table, readings).audit()), ["4.jpg differs warning LBL024"]);
}

#[test]
fn a_label_that_stands_on_the_photo_letter_by_letter_is_doubted_by_one_reading_and_refuted_by_two() {
    let bank = "某某银行股份有限公司";
    assert_eq!(one(bank, "4.jpg"), "4.jpg differs warning LBL024");
    let both = format!("image,seller\n1.jpg,{bank}\n2.jpg,{NAME}\n");
    assert!(verdicts(&audited(&both))[0].contains("error LBL024"));
}

#[test]
fn one_or_two_characters_are_an_error_with_a_second_signal_and_a_warning_without() {
    assert_eq!(one("北京坤远睿科技有限公司", "1.jpg"), "1.jpg differs warning LBL026");
    let confirmed = format!("image,seller\n1.jpg,北京坤远睿科技有限公司\n3.jpg,{NAME}\n");
    assert_eq!(verdicts(&audited(&confirmed))[0], "1.jpg differs error LBL021 error LBL026");
}

#[test]
fn one_character_is_an_error_by_one_reading_in_which_no_character_was_in_doubt() {
    let mut folder = Folder::of("image,seller\n1.jpg,北京坤远睿科技有限公司\n", readings());
    folder.reader.weakest = 0.97;
    assert_eq!(verdicts(&folder.audit()), ["1.jpg differs error LBL026"]);
}

#[test]
fn a_wrong_label_does_not_make_the_right_one_of_its_sheet_doubtful() {
    let audited = audited(&format!("image,seller\n1.jpg,苏州和平饭店\n2.jpg,{NAME}\n3.jpg,{NAME}\n"));
    assert_eq!(
        verdicts(&audited),
        ["1.jpg differs error LBL020 error LBL021 error LBL025", "2.jpg right", "3.jpg right"]
    );
    let sheet = audited.report.findings().iter().find(|one| one.rule.code == "LBL020").unwrap();
    assert_eq!(
        sheet.message,
        format!("the sheet \"1100162130-00000001\" has \"苏州和平饭店\" here and \"{NAME}\" on line 3")
    );
}

#[test]
fn what_the_table_alone_would_doubt_is_settled_by_the_photo() {
    let rows = "image,seller,sheet,buyer\n1.jpg,张三,a,\n2.jpg,李四,a,李四\n";
    let named = |photo: &str, seller: &str, id, number| reading(photo, seller, id, number);
    let readings = [("1.jpg", named("1", "张三", IDS[0], "1")), ("2.jpg", named("2", "李四", IDS[1], "2"))];
    let audited = Folder::of(rows, readings).audit();
    assert_eq!(audited.report, Report::default());
}

#[test]
fn chatter_and_error_texts_are_found_row_by_row() {
    let rows: String = (1..5).map(|n| format!("{n}.jpg,销售方名称是某公司。\n")).collect::<Vec<_>>().concat();
    let audited = audited(&format!("image,seller\n{rows}"));
    assert!(audited.labels.iter().all(|label| label.codes.contains(&("LBL016", Severity::Error))), "{audited:#?}");
}

#[test]
fn half_width_brackets_are_right_with_a_warning() {
    assert_eq!(one("上海易达(集团)电子商务有限公司", "4.jpg"), "4.jpg right warning LBL019");
}

#[test]
fn a_photo_without_a_seller_and_one_that_fails_have_no_verdict_but_a_finding() {
    let mut readings = readings();
    readings[3].1.invoice = crate::invoice::Invoice::default();
    let mut folder = Folder::of(&format!("image,seller\n1.jpg,{NAME}\n4.jpg,{OTHER}\n"), readings);
    folder.reader.known.remove("1.jpg");
    let audited = folder.audit();
    assert_eq!(verdicts(&audited), ["1.jpg unreadable error LBL028", "4.jpg unreadable warning LBL027"]);
    assert_eq!(audited.report.findings()[0].place.line, Some(2));
}

#[test]
fn levels_hold_for_labels_as_for_findings() {
    let folder = Folder::of("image,seller\n4.jpg,苏州和平饭店\n", readings());
    let levels = Levels { allow: vec!["LBL025".to_owned()], deny: vec!["LBL010".to_owned()] };
    let (labels, input_dir) = (folder.path("labels.csv"), folder.path("photos"));
    let options = AuditOptions { labels, input_dir, levels, ..AuditOptions::default() };
    let audited = audit(&options, &folder.reader, &crate::progress::Silent).unwrap();
    assert_eq!(verdicts(&audited), ["4.jpg differs"]);
    assert_eq!(audited.report.error_codes(), "LBL010");
}

#[test]
fn a_fix_needs_two_signals_and_keeps_everything_else() {
    let table = "note,销售方,图片名称\r\nfirst,北京坤远睿科技有限公司,1.jpeg\r\n\"a, b\",苏州和平饭店,4.jpg\r\n,北京恒远睿科技有限公司,3.jpg\r\n,没有照片公司,9.jpg\r\n";
    let folder = Folder::of(table, readings());
    let audited = folder.audit();
    let out = folder.path("out/fixed.csv");
    let fixed = fix(&audited, &out).unwrap();
    assert_eq!((fixed.changed, fixed.review), (1, 1));
    let expected = format!(
        "note,销售方,图片名称\nfirst,{NAME},1.jpeg\n\"a, b\",苏州和平饭店,4.jpg\n,{NAME},3.jpg\n,没有照片公司,9.jpg\n"
    );
    assert_eq!(std::fs::read_to_string(&out).unwrap(), expected);
    assert_eq!(std::fs::read_to_string(folder.path("labels.csv")).unwrap(), table);
    assert_eq!(fix(&audited, &out).unwrap(), fixed, "the same copy again is no conflict");
    std::fs::write(&out, "mine").unwrap();
    assert!(fix(&audited, &out).unwrap_err().to_string().contains("file already exists"));
    assert!(fix(&audited, &folder.path("labels.csv")).is_err());
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "mine");
}

#[test]
fn a_fix_writes_the_brackets_of_the_paper_and_leaves_a_table_that_changed_meanwhile() {
    let readings =
        [("1.jpg", reading("1", OTHER, IDS[1], "00000001")), ("2.jpg", reading("2", OTHER, IDS[1], "00000001"))];
    let folder = Folder::of(
        "image,seller\n1.jpg,上海易达(集团)电子商务有限公司\n2.jpg,上海易达(集团)电子商务有限公司\n",
        readings,
    );
    let audited = folder.audit();
    assert_eq!(fix(&audited, &folder.path("fixed.csv")).unwrap().changed, 2);
    let expected = format!("image,seller\n1.jpg,{OTHER}\n2.jpg,{OTHER}\n");
    assert_eq!(std::fs::read_to_string(folder.path("fixed.csv")).unwrap(), expected);
    std::fs::write(folder.path("labels.csv"), "image,seller\n2.jpg,乙公司\n").unwrap();
    assert!(fix(&audited, &folder.path("again.csv")).unwrap_err().to_string().contains("has changed"));
    assert!(!folder.path("again.csv").exists());
}

/// An audit of hostile texts, and the folder that its photos are in.
fn hostile() -> (Folder, Audited) {
    let name = "<script>alert(1)</script>|`x`\u{202e}\"'&";
    let mut readings = readings();
    readings[0].1.invoice.seller = Some(field(name.to_owned(), 0.99));
    readings[1].1 = reading("2", "<b>有限公司", IDS[2], "00000009");
    let table = "image,seller\n1.jpg,\"<img src=x onerror=y>|`|\"\n2.jpg,苏州和平饭店\n3.jpg,北京恒远睿科技有限公司\n9.jpg,<i>公司\n";
    let folder = Folder::of(table, readings);
    let audited = folder.audit();
    (folder, audited)
}

#[test]
fn reports_of_all_forms_are_known_again_and_texts_of_the_data_are_no_markup() {
    let (_folder, audited) = hostile();
    let (html, markdown) = (render_audit_html(&audited), render_audit_markdown(&audited));
    for report in [&html, &markdown, &render_audit_text(&audited), &render_audit_json(&audited)] {
        assert!(is_report(report.as_bytes()), "{report}");
        assert!(!is_report(format!("{report}\nmine\n").as_bytes()));
        assert!(!report.contains('\u{202e}') || report.starts_with('{'), "{report}");
    }
    for tag in ["<script", "<img src=x", "<i>", "<b>"] {
        assert!(!html.contains(tag), "{tag}");
    }
    assert!(html.contains("&lt;") && html.contains("<mark>") && html.contains("src=\"data:image/jpeg;base64,"));
    let cells = markdown
        .lines()
        .filter(|line| line.starts_with("| 2 "))
        .map(|line| line.replace("\\|", "").matches('|').count());
    assert_eq!(cells.collect::<Vec<_>>(), [7]);
}

#[test]
fn the_worst_label_comes_first_and_the_text_puts_label_above_reading() {
    let audited =
        audited(&format!("image,seller\n3.jpg,{NAME}\n4.jpg,上海易达(集团)电子商务有限公司\n1.jpg,苏州和平饭店\n"));
    let order: Vec<_> = audited.worst_first().iter().map(|label| label.row.image.as_str()).collect();
    assert_eq!(order, ["1.jpg", "4.jpg", "3.jpg"]);
    let text = render_audit_text(&audited);
    let expected = format!(
        "line 4 1.jpg differs: error LBL021, error LBL025\n  label    苏州和平饭店\n  reading  {NAME}  (read at 0.99; id {} on 2 photos)\n\nline 3 4.jpg right: warning LBL019\n  label    上海易达(集团)电子商务有限公司\n\n",
        IDS[0]
    );
    assert!(text.contains(&expected), "{text}");
    assert!(text.contains("LBL010"), "{text}");
}

#[test]
fn every_line_of_the_json_fits_the_schema() {
    let schema = serde_json::from_str(include_str!("../../../docs/schema/events.schema.json")).unwrap();
    let json = render_audit_json(&hostile().1);
    assert_eq!(json.lines().filter(|line| line.starts_with("{\"event\":\"verdict\"")).count(), 3);
    for line in json.lines() {
        assert!(json_schema::is_valid(&schema, &schema, &serde_json::from_str(line).unwrap()), "{line}");
    }
}
