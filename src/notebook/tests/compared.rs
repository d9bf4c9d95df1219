//! What shows labels beside photos, and models and labelers beside each other.

use super::*;

#[test]
fn an_evaluation_shows_both_models_and_the_worst_photos_first_and_no_markup_of_the_data() {
    use crate::aws::inference::Answer;
    use crate::evaluate::{Asked, Case, Cases, Evaluation, NoSights};
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("0.png");
    RgbImage::from_pixel(640, 400, Rgb([40, 90, 200])).save(&photo).unwrap();
    let case = |n: u64| Case {
        line: n + 1,
        image: format!("{n}.png"),
        uri: S3Uri::new("bucket", format!("{n}.png")),
        format: "png".to_owned(),
        file: Some(photo.clone()),
        sha256: None,
        sheet: format!("sheet {n}"),
        label: "甲公司".to_owned(),
        seen: None,
        system: None,
        before: Vec::new(),
        after: Vec::new(),
    };
    let said = |text: &str| Answer::Given { text: text.to_owned(), input_tokens: 1, output_tokens: 1 };
    let asked = |model: &str, answers: Vec<Answer>| Asked { model: model.to_owned(), answers };
    let cases = Cases { data: "validation.jsonl".into(), cases: (0..10).map(case).collect() };
    let base = asked("base", (0..10).map(|_| said("乙公司")).collect());
    let tuned =
        asked("tuned", (0..10).map(|n| said(if n == 7 { "<script>alert(1)</script>" } else { "甲公司" })).collect());
    let evaluation = Evaluation::of(cases, base, tuned, true, &NoSights);
    let html = html(&evaluation);
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script>"), "{html}");
    assert!(html.starts_with("<p>local stand-in; its gain says nothing about Nova."), "{html}");
    assert!(html.contains("too few to conclude") && html.contains(">exact by sheet</td>"), "{html}");
    assert!(html.contains("10 photos, the worst 8") && html.find("7.png") < html.find("0.png"), "{html}");
    assert_eq!(html.matches("<img ").count(), 3);
    assert!(evaluation.content().text.contains("exact by sheet\t0.0 %\t90.0 %"), "{}", evaluation.content().text);
}

#[test]
fn labelers_beside_each_other_show_their_agreement_and_where_they_differ() {
    use crate::labels::consensus::{ConsensusOptions, LabelerTable, consensus};
    let folder = tempfile::tempdir().unwrap();
    let table = |name: &str, rows: &str| {
        let file = folder.path().join(format!("{name}.csv"));
        std::fs::write(&file, format!("image,seller\n{rows}")).unwrap();
        LabelerTable { file, name: Some(name.to_owned()) }
    };
    let tables = vec![
        table("reader", "1.jpg,甲公司\n2.jpg,<b>乙</b>公司\n3.jpg,丙公司\n"),
        table("amazon.nova-lite-v1:0", "1.jpg,甲公司\n2.jpg,<b>丁</b>公司\n"),
    ];
    let found = consensus(&ConsensusOptions { tables, ..ConsensusOptions::default() }).unwrap();
    let content = found.content();
    let html = content.html.unwrap();
    assert!(html.contains("2 labelers, 3 photos: 1 accepted, 2 open."), "{html}");
    assert!(html.contains("0.50") && html.contains("κ 0.33"), "{html}");
    assert!(html.contains("&lt;b&gt;丁") && html.contains("1 edit") && !html.contains("<b>丁"), "{html}");
    assert!(html.contains("<i>missing</i>") && content.text.contains("2 photos open or disputed"), "{html}");
}

#[test]
fn labels_beside_their_photos_are_a_table_with_the_worst_first_and_no_markup_of_the_data() {
    use crate::findings::Severity;
    use crate::labels::audit::{Audited, AuditedLabel, Verdict};
    let label = |line, seller: &str, verdict, codes: &[(&'static str, Severity)]| AuditedLabel {
        row: crate::labels::LabelRow { image: format!("{line}.jpg"), seller: seller.to_owned(), sheet: None, line },
        photo: std::path::PathBuf::new(),
        verdict,
        vote: None,
        sheet: None,
        block: None,
        codes: codes.to_vec(),
    };
    let labels = vec![
        label(2, "甲公司", Verdict::Right, &[]),
        label(3, "<b>公司", Verdict::Differs, &[("LBL024", Severity::Error)]),
    ];
    let audited = Audited { file: "labels.csv".into(), labels, report: Report::default() };
    let html = html(&audited);
    assert!(html.contains("2 labels beside their photos: 1 right, 1 differ, 0 unreadable"), "{html}");
    assert!(
        html.find("3.jpg") < html.find("2.jpg") && html.contains("&lt;b&gt;公司") && html.contains("LBL024"),
        "{html}"
    );
}
