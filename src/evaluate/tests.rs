use std::path::Path;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::aws::bedrock::{Conversation, Converse, Piece, Reply};
use crate::aws::inference::testing::{FakePace, refused};
use crate::aws::inference::{Answer, AnswerJournal, AskOptions, Asker, Limits, Patience, ask};
use crate::aws::s3::S3Uri;
use crate::error::Result;
use crate::exact::exact_form;
use crate::pace::Pace as _;
use crate::progress::Silent;

mod leftovers;

/// A model that reads the name out of the photo's bytes, and counts how often it is asked.
struct Reader<'a> {
    asked: &'a Mutex<Vec<Conversation>>,
    says: fn(&str) -> Result<String>,
}

impl Converse for Reader<'_> {
    fn converse(&self, conversation: &Conversation) -> Result<Reply> {
        self.asked.lock().unwrap().push(conversation.clone());
        let bytes = conversation.user.iter().find_map(|piece| match piece {
            Piece::Image { bytes, .. } => Some(bytes.clone()),
            Piece::Text(_) => None,
        });
        let text = (self.says)(&String::from_utf8(bytes.unwrap()).unwrap())?;
        Ok(Reply { text, stop_reason: "end_turn".to_owned(), input_tokens: 100, output_tokens: 5 })
    }
}

impl Asker for Reader<'_> {
    fn read_photo(&self, uri: &S3Uri) -> Result<Vec<u8>> {
        Ok(format!("from {uri}").into_bytes())
    }
}

fn record(key: &str, label: &str) -> String {
    serde_json::json!({"schemaVersion": "bedrock-conversation-2024", "system": [{"text": "be kind"}], "messages": [
        {"role": "user", "content": [{"text": "谁？"}, {"image": {"format": "jpeg", "source": {"s3Location":
            {"uri": format!("s3://bucket/p/{key}"), "bucketOwner": "000000000000"}}}}]},
        {"role": "assistant", "content": [{"text": label}]}]})
    .to_string()
        + "\n"
}

/// A folder with records of photos that hold their sellers' names; all but the last are on this machine.
fn folder(sellers: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut records = String::new();
    for (at, seller) in sellers.iter().enumerate() {
        records.push_str(&record(&format!("{at}.jpg"), seller));
        if at + 1 < sellers.len() {
            std::fs::write(folder.path().join(format!("{at}.jpg")), seller).unwrap();
        }
    }
    std::fs::write(folder.path().join("validation.jsonl"), records).unwrap();
    std::fs::write(folder.path().join("train.jsonl"), record("t.jpg", "甲(北)公司")).unwrap();
    folder
}

fn cases_of(folder: &Path) -> Cases {
    let options = CaseOptions { data: folder.join("validation.jsonl"), input_dir: Some(folder.to_path_buf()) };
    read_cases(&options).unwrap()
}

fn options(model_id: &str) -> AskOptions {
    AskOptions {
        model_id: model_id.to_owned(),
        memory_key: model_id.to_owned(),
        concurrency: 3,
        limits: Limits { requests: 2_000, tokens: 4_000_000 },
        patience: Patience { seed: Some(1), ..Patience::default() },
        money: None,
    }
}

#[test]
fn every_question_is_asked_once_with_its_own_words_whatever_happens_in_between() {
    let folder = folder(&["甲（北）公司", "乙公司", "丙公司"]);
    let cases = cases_of(folder.path());
    assert_eq!(cases.cases.iter().map(|case| case.seen).collect::<Vec<_>>(), [Some(true), Some(false), Some(false)]);
    let path = folder.path().join("answers.jsonl");
    let asked = Mutex::new(Vec::new());
    let pace = FakePace::default();
    let echo: fn(&str) -> Result<String> = |name| Ok(format!(" {name}\n"));
    // The second one is refused for its own sake the first time.
    let shy: fn(&str) -> Result<String> =
        |name| if name == "乙公司" { Err(refused("ValidationException")) } else { Ok(name.to_owned()) };
    let first = ask(
        &cases.cases,
        &options("m"),
        &Reader { asked: &asked, says: shy },
        &AnswerJournal::open(&path).unwrap(),
        &pace,
        &Silent,
    )
    .unwrap();
    assert!(matches!(&first[1], Answer::Failed(why) if why.contains("ValidationException")), "{first:?}");
    assert_eq!(first[2].text(), Some("from s3://bucket/p/2.jpg"), "it is in S3 alone");
    let again = |model: &str| {
        let journal = AnswerJournal::open(&path).unwrap();
        ask(&cases.cases, &options(model), &Reader { asked: &asked, says: echo }, &journal, &pace, &Silent).unwrap()
    };
    assert_eq!(asked.lock().unwrap().len(), 3);
    let second = again("m");
    assert_eq!(asked.lock().unwrap().len(), 4, "only the refused one is asked again");
    assert_eq!(second[0], first[0]);
    assert_eq!(second[1].text(), Some(" 乙公司\n"));
    assert_eq!(again("m"), second);
    assert_eq!(asked.lock().unwrap().len(), 4);
    assert_eq!(unanswered(&cases, "m", &AnswerJournal::open(&path).unwrap()), 1, "the one in S3 is not known by bytes");
    let _ = again("other");
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 7);
    assert_eq!(asked[0].system.as_deref(), Some("be kind"));
    assert!(matches!(asked[0].user.as_slice(), [Piece::Text(text), Piece::Image { format, .. }]
        if text == "谁？" && format == "jpeg"));
    assert!(asked.iter().all(|question| question.temperature.abs() < 1e-12));
}

#[test]
fn a_model_that_answers_nobody_is_an_error_and_no_score_of_zero() {
    let folder = folder(&["甲公司", "乙公司"]);
    let asked = Mutex::new(Vec::new());
    let journal = AnswerJournal::open(&folder.path().join("a.jsonl")).unwrap();
    let reader = Reader { asked: &asked, says: |_| Err(refused("ResourceNotFoundException")) };
    let cases = cases_of(folder.path());
    let error = ask(&cases.cases, &options("m"), &reader, &journal, &FakePace::default(), &Silent).unwrap_err();
    assert!(error.to_string().contains("ResourceNotFoundException"), "{error}");
}

#[test]
fn no_faster_than_the_model_takes_them() {
    let names: Vec<String> = (0..61).map(|n| format!("第{n}公司")).collect();
    let folder = folder(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let (asked, pace) = (Mutex::new(Vec::new()), FakePace::default());
    let journal = AnswerJournal::open(&folder.path().join("a.jsonl")).unwrap();
    let slow = AskOptions { concurrency: 1, limits: Limits { requests: 60, tokens: 4_000_000 }, ..options("m") };
    let reader = Reader { asked: &asked, says: |name| Ok(name.to_owned()) };
    ask(&cases_of(folder.path()).cases, &slow, &reader, &journal, &pace, &Silent).unwrap();
    // Six at once, then one a second.
    assert_eq!(pace.elapsed().as_millis().div_ceil(1000), 55);
}

#[test]
fn records_that_cannot_be_asked_say_where_and_an_empty_side_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("v.jsonl");
    let error = |text: &str| {
        std::fs::write(&data, text).unwrap();
        read_cases(&CaseOptions { data: data.clone(), input_dir: None }).unwrap_err().to_string()
    };
    assert!(error("").contains("no record is held out"));
    assert!(error("{}\n").contains("v.jsonl:1"), "{}", error("{}\n"));
    let text = record("1.jpg", "甲") + &record("2.jpg", "乙").replace("\"image\"", "\"video\"");
    assert!(error(&text).contains("v.jsonl:2"), "{}", error(&text));
}

fn case(sheet: &str, label: &str, seen: bool) -> Case {
    Case {
        line: 1,
        image: format!("{sheet}-{label}.jpg"),
        uri: S3Uri::new("bucket", "k"),
        format: "jpeg".to_owned(),
        file: None,
        sha256: None,
        sheet: sheet.to_owned(),
        label: label.to_owned(),
        seen: Some(seen),
        system: None,
        before: Vec::new(),
        after: Vec::new(),
    }
}

fn given(text: &str) -> Answer {
    Answer::Given { text: text.to_owned(), input_tokens: 1, output_tokens: 1 }
}

#[test]
fn the_figures_are_those_of_a_table_worked_out_by_hand() {
    let cases = [
        case("s1", "甲（北）公司", true),
        case("s1", "甲（北）公司", true),
        case("s2", "乙公司", false),
        case("s3", "丙公司", false),
        case("s4", "丁公司", true),
    ];
    let answers = [
        given("甲(北) 公司\n"),
        given("销售方是：甲（北）公司。"),
        given("买方公司"),
        given(""),
        Answer::Failed("gone".to_owned()),
    ];
    let buyers = [Some("买方公司".to_owned()), None, Some("买方公司".to_owned()), None, None];
    let score = score(&cases, &answers, &buyers);
    assert_eq!((score.count, score.sheets, score.failed), (5, 4, 1));
    assert!((score.exact - 0.2).abs() < 1e-12);
    assert!((score.exact_sheets - 0.125).abs() < 1e-12, "half of one sheet of four");
    // 0 of 6, 6 of 6 (chatter of 5 more characters: 销售方是: and 。 are 6), 2 of 3, 3 of 3, 3 of 3
    assert!((score.cer - 14.0 / 21.0).abs() < 1e-12, "{}", score.cer);
    assert_eq!((score.buyer, score.buyers_known), (Some(0.5), 2));
    assert!((score.chatter - 0.2).abs() < 1e-12 && (score.empty - 0.2).abs() < 1e-12);
    let (seen, unseen) = (score.seen.unwrap(), score.unseen.unwrap());
    assert_eq!((seen.count, seen.sheets, unseen.count, unseen.sheets), (3, 2, 2, 2));
    assert!((seen.exact_sheets - 0.25).abs() < 1e-12 && unseen.exact_sheets.abs() < 1e-12);
    assert!(!score.interval.is_none_or(|interval| interval.low > 0.125 || interval.high < 0.125));
}

prop_compose! {
    fn any_answers()(rows in prop::collection::vec((0_u8..6, 0_u8..4, 0_u8..5, 0_u8..5, any::<bool>()), 1..40))
        -> (Vec<Case>, Vec<Answer>, Vec<Answer>) {
        let names = ["甲公司", "乙（北京）公司", "丙", "丁有限公司"];
        let answer = |kind: u8, label: &str| match kind {
            0 => given(label),
            1 => given(&format!("是：{label}。")),
            2 => given("甲公司"),
            3 => given(""),
            _ => Answer::Failed("gone".to_owned()),
        };
        let cases = rows.iter().map(|row| case(&format!("s{}", row.0), names[usize::from(row.1)], row.4)).collect();
        let of = |kind: fn(&(u8, u8, u8, u8, bool)) -> u8| {
            rows.iter().map(|row| answer(kind(row), names[usize::from(row.1)])).collect::<Vec<_>>()
        };
        (cases, of(|row| row.2), of(|row| row.3))
    }
}

proptest! {
    #[test]
    fn every_rate_is_one_and_the_parts_make_the_whole((cases, answers, _) in any_answers()) {
        let score = score(&cases, &answers, &vec![Some("甲公司".to_owned()); cases.len()]);
        let interval = score.interval.unwrap();
        for rate in [score.exact, score.exact_sheets, score.cer, score.chatter, score.empty, score.buyer.unwrap(),
            interval.low, interval.high] {
            prop_assert!((0.0..=1.0).contains(&rate), "{score:?}");
        }
        prop_assert!(interval.low <= interval.high);
        let right = cases.iter().zip(&answers)
            .filter(|(case, answer)| answer.text().is_some_and(|text| exact_form(text) == exact_form(&case.label))).count();
        prop_assert!((score.exact * cases.len() as f64 - right as f64).abs() < 1e-9);
        let parts: f64 = [&score.seen, &score.unseen].into_iter().flatten().map(|part| part.exact * part.count as f64).sum();
        prop_assert!((parts - right as f64).abs() < 1e-9);
        prop_assert_eq!(score.cer < 1e-12, right == cases.len());
    }

    #[test]
    fn what_one_gains_against_the_other_the_other_loses((cases, base, tuned) in any_answers()) {
        let (there, back) = (compare(&cases, &base, &tuned), compare(&cases, &tuned, &base));
        prop_assert_eq!((there.gained, there.lost, there.both_right, there.both_wrong),
            (back.lost, back.gained, back.both_right, back.both_wrong));
        prop_assert_eq!(there.gained + there.lost + there.both_right + there.both_wrong, cases.len());
        prop_assert!((there.difference + back.difference).abs() < 1e-9);
        prop_assert!((there.p_value - back.p_value).abs() < 1e-12 && (0.0..=1.0).contains(&there.p_value));
        let scores = [&base, &tuned].map(|answers| score(&cases, answers, &[]).exact_sheets);
        prop_assert!((there.difference - (scores[1] - scores[0])).abs() < 1e-9);
        prop_assert!(compare(&cases, &base, &base).difference.abs() < 1e-12);
    }
}

/// Knows the same buyer on every photo.
struct Buyer;

impl Sights for Buyer {
    fn look(&self, _: &Path) -> Option<Sight> {
        Some(Sight { buyer: Some("买方公司".to_owned()), block: None })
    }
}

/// Base and tuned on a few photos; one seller is markup.
fn evaluation() -> Evaluation {
    let label = "<script>alert(1)</script>|公司";
    let mut cases = vec![
        case("s1", label, true),
        case("s2", "乙公司", false),
        case("s3", "丙公司", true),
        case("s4", "丁公司", true),
    ];
    let base = Asked {
        model: "amazon.nova-lite-v1:0".to_owned(),
        answers: vec![given("买方公司"), given("乙公司"), given("销售方是：丙公司。"), given("丁公司")],
    };
    let tuned = Asked {
        model: "arn:model/1".to_owned(),
        answers: vec![given(label), given("己公司"), Answer::Failed("Converse: <b>no</b>".to_owned()), given("丁公司")],
    };
    cases[0].file = Some("gone.jpg".into());
    Evaluation::of(Cases { data: "v.jsonl".into(), cases }, base, tuned, true, &Buyer)
}

#[test]
fn the_forms_of_a_report_say_the_same() {
    let evaluation = evaluation();
    insta::assert_snapshot!("evaluation_text", render_evaluation_text(&evaluation));
    insta::assert_snapshot!("evaluation_markdown", render_evaluation_markdown(&evaluation));
    insta::assert_snapshot!("evaluation_json", render_evaluation_json(&evaluation));
    let page = render_evaluation_html(&evaluation, &["<svg id=\"chart\"></svg>".to_owned()]);
    insta::assert_snapshot!("evaluation_html", page.split_once("</style>").unwrap().1);
    assert!(!page.contains("<script") && !page.contains("<b>") && page.contains("<svg id=\"chart\">"), "{page}");
    for text in [
        page,
        render_evaluation_text(&evaluation),
        render_evaluation_markdown(&evaluation),
        render_evaluation_json(&evaluation),
    ] {
        assert!(text.contains("its gain says nothing about Nova") || text.contains("\"stand_in\":true"), "{text}");
        assert!(crate::findings::render::is_report(text.as_bytes()), "{text}");
    }
    assert!(!evaluation.is_good(None), "a question failed");
    assert!(evaluation.verdict().contains("too few to conclude"), "{}", evaluation.verdict());
}

#[test]
fn a_gain_is_one_only_where_the_interval_says_so() {
    let cases: Vec<_> = (0..24).map(|n| case(&format!("s{n}"), "甲公司", true)).collect();
    let right_until = |count: usize| {
        let answers = (0..24).map(|n| given(if n < count { "甲公司" } else { "乙公司" })).collect();
        Asked { model: "m".to_owned(), answers }
    };
    let of = |base, tuned| {
        let cases = Cases { data: "v.jsonl".into(), cases: cases.clone() };
        Evaluation::of(cases, right_until(base), right_until(tuned), false, &NoSights)
    };
    assert!(of(2, 22).verdict().contains("tuning helped"));
    assert!(of(22, 2).verdict().contains("did harm"));
    assert!(of(12, 12).verdict().contains("could be chance"));
    assert!(of(2, 22).is_good(Some(0.9)) && !of(2, 21).is_good(Some(0.9)) && of(0, 0).is_good(None));
}
