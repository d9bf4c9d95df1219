use super::testing::{FakePace, Oracle, options};
use super::*;
use crate::aws::bedrock::Piece;
use crate::error::Result;
use crate::images::{Digest, hash_bytes};
use crate::progress::Silent;

/// A question whose photo is these bytes.
struct About(String);

impl PhotoQuestion for About {
    fn photo_sha256(&self) -> Option<Digest> {
        Some(hash_bytes(self.0.as_bytes()))
    }

    fn prompt_sha256(&self) -> Digest {
        hash_bytes(b"?")
    }

    fn photo(&self, _: &dyn Asker) -> Result<ShownPhoto> {
        let bytes = self.0.clone().into_bytes();
        Ok(ShownPhoto { sha256: hash_bytes(&bytes), format: "jpeg".to_owned(), bytes })
    }

    fn system(&self) -> Option<String> {
        None
    }

    fn pieces(&self, photo: ShownPhoto) -> Vec<Piece> {
        vec![Piece::Image { format: photo.format, bytes: photo.bytes }, Piece::Text("谁？".to_owned())]
    }
}

fn questions(count: usize) -> Vec<About> {
    (0..count).map(|n| About(format!("photo {n}"))).collect()
}

fn echo(bytes: &[u8]) -> String {
    format!("what is on {}", String::from_utf8_lossy(bytes))
}

/// A journal in a folder of its own, opened anew by each run.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn run(&self, questions: &[About], options: &AskOptions, oracle: &Oracle) -> Result<Vec<Answer>> {
        let journal = AnswerJournal::open(&self.0.path().join("answers.jsonl")).unwrap();
        ask(questions, options, oracle, &journal, &FakePace::default(), &Silent)
    }
}

#[test]
fn with_a_tenth_of_trouble_of_each_kind_all_are_answered_in_the_end() {
    let (desk, questions) = (Desk::new(), questions(400));
    let mut oracle = Oracle::new(echo);
    let codes = ["ThrottlingException", "TimedOut", "NoAnswer", "InternalServerException", "Unreachable"];
    oracle.troubles = codes.map(|code| (code, 1_000)).to_vec();
    let answers = desk.run(&questions, &options(), &oracle).unwrap();
    for (about, answer) in questions.iter().zip(&answers) {
        assert_eq!(answer.text(), Some(echo(about.0.as_bytes()).as_str()));
    }
    assert_eq!(oracle.answered_once(), 400);
    assert!(oracle.attempts() > 600, "half of the attempts were in vain: {}", oracle.attempts());
    assert_eq!(desk.run(&questions, &options(), &oracle).unwrap(), answers);
    assert_eq!(oracle.answered_once(), 400, "nothing is asked twice");
}

#[test]
fn what_has_no_answer_at_first_is_asked_once_more_at_the_end_and_then_fails_by_itself() {
    let (desk, questions) = (Desk::new(), questions(20));
    let mut oracle = Oracle::new(echo);
    // One is busy for a round, another for ever, a third is refused for its own sake.
    oracle.refuses = |bytes, own, _| match bytes {
        b"photo 3" if own < 5 => Some("ModelNotReadyException"),
        b"photo 5" => Some("ServiceUnavailableException"),
        b"photo 7" => Some("ValidationException"),
        _ => None,
    };
    let answers = desk.run(&questions, &options(), &oracle).unwrap();
    assert_eq!(answers[3].text(), Some("what is on photo 3"));
    assert!(matches!(&answers[5], Answer::Failed(why) if why.contains("ServiceUnavailableException")));
    assert!(matches!(&answers[7], Answer::Failed(why) if why.contains("ValidationException")));
    assert_eq!(oracle.answered_once(), 18);
    let attempts = |n: usize| oracle.state.lock().unwrap().attempts[&hash_bytes(questions[n].0.as_bytes())];
    assert_eq!((attempts(3), attempts(5), attempts(7)), (6, 10, 1));
}

#[test]
fn what_concerns_all_ends_at_once_and_the_next_run_goes_on() {
    for code in ["ExpiredTokenException", "AccessDeniedException", "ResourceNotFoundException", "NoCredentials"] {
        let (desk, questions) = (Desk::new(), questions(100));
        let mut oracle = Oracle::new(echo);
        oracle.refuses = match code {
            "ExpiredTokenException" => |_, _, all| (all >= 30).then_some("ExpiredTokenException"),
            "AccessDeniedException" => |_, _, all| (all >= 30).then_some("AccessDeniedException"),
            "ResourceNotFoundException" => |_, _, all| (all >= 30).then_some("ResourceNotFoundException"),
            _ => |_, _, all| (all >= 30).then_some("NoCredentials"),
        };
        let error = desk.run(&questions, &options(), &oracle).unwrap_err();
        assert!(error.to_string().contains(code), "{error}");
        assert!(oracle.attempts() <= 30 + 8, "{}", oracle.attempts());
        oracle.refuses = |_, _, _| None;
        assert!(desk.run(&questions, &options(), &oracle).unwrap().iter().all(|answer| answer.text().is_some()));
        assert_eq!(oracle.answered_once(), 100);
    }
}

#[test]
fn a_network_that_is_gone_ends_it_and_a_connection_that_is_cut_does_not() {
    let (desk, questions) = (Desk::new(), questions(50));
    let mut oracle = Oracle::new(echo);
    oracle.refuses = |_, _, all| (all >= 10).then_some("Unreachable");
    let error = desk.run(&questions, &options(), &oracle).unwrap_err();
    assert!(error.to_string().contains("Unreachable"), "{error}");
    assert!(oracle.attempts() <= 10 + 8 * 10, "{}", oracle.attempts());
    // The last one, so that nobody else is answered meanwhile.
    oracle.refuses = |bytes, own, _| (bytes == b"photo 49" && own < 5).then_some("Unreachable");
    assert!(desk.run(&questions, &options(), &oracle).unwrap().iter().all(|answer| answer.text().is_some()));
}

#[test]
fn never_more_is_spent_than_may_be_whoever_is_on_the_way() {
    let price = |most_usd| Money { input_usd: 0.8, output_usd: 3.2, most_usd: Some(most_usd) };
    for (most_usd, trouble) in [(50.0, 0), (50.0, 300), (120.0, 0), (300.0, 300)] {
        let (desk, questions) = (Desk::new(), questions(400));
        let mut oracle = Oracle::new(echo);
        let codes = ["ThrottlingException", "TimedOut", "NoAnswer", "InternalServerException", "Unreachable"];
        oracle.troubles = codes.map(|code| (code, trouble)).to_vec();
        let limited = AskOptions { money: Some(price(most_usd)), ..options() };
        let answers = desk.run(&questions, &limited, &oracle).unwrap();
        let spent = |oracle: &Oracle| {
            let state = oracle.state.lock().unwrap();
            price(0.0).cost_usd(state.input_tokens, state.output_tokens)
        };
        assert!(spent(&oracle) <= most_usd, "{} of {most_usd}", spent(&oracle));
        let left = answers.iter().filter(|answer| **answer == Answer::Unasked).count();
        assert!(left > 0 && left < 400, "{left} with {most_usd}");
        // What was spent counts in the next run too.
        if trouble == 0 {
            desk.run(&questions, &limited, &oracle).unwrap();
            assert!(spent(&oracle) <= most_usd, "{} of {most_usd}", spent(&oracle));
        }
        let all = desk.run(&questions, &options(), &oracle).unwrap();
        assert!(all.iter().all(|answer| answer.text().is_some()));
        assert_eq!(oracle.answered_once(), 400);
    }
}

#[test]
fn the_first_question_that_could_cost_too_much_is_not_asked() {
    let (desk, questions) = (Desk::new(), questions(3));
    let oracle = Oracle::new(echo);
    let money = Money { input_usd: 1.0, output_usd: 1.0, most_usd: Some(0.5) };
    let limited = AskOptions { money: Some(money), ..options() };
    assert_eq!(desk.run(&questions, &limited, &oracle).unwrap(), [Answer::Unasked, Answer::Unasked, Answer::Unasked]);
    assert_eq!(oracle.attempts(), 0);
}
