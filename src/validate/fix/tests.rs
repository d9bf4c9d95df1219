use proptest::prelude::*;

use super::*;
use crate::validate::{ValidateOptions, validate};

/// Repairs bytes: what comes out, and what it says it did.
fn fixed(bytes: &[u8]) -> (Vec<u8>, Fixed) {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("train.jsonl"), folder.path().join("fixed.jsonl"));
    std::fs::write(&file, bytes).unwrap();
    let fixed = fix(&FixOptions { file, out: out.clone(), ..FixOptions::default() }).unwrap();
    (std::fs::read(out).unwrap(), fixed)
}

/// The findings of bytes that `--fix` repairs.
fn fixable(bytes: &[u8]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("train.jsonl");
    std::fs::write(&file, bytes).unwrap();
    let options = ValidateOptions { file, ..ValidateOptions::default() };
    validate(&options, &crate::progress::Silent).unwrap().report.fixable()
}

const GOOD: &str = r#"{"schemaVersion":"bedrock-conversation-2024","messages":[{"role":"user","content":[{"text":"Who?"},{"image":{"format":"jpeg","source":{"s3Location":{"uri":"s3://bucket/a.jpg","bucketOwner":"123456789012"}}}}]},{"role":"assistant","content":[{"text":"A"}]}]}"#;

fn bad() -> String {
    GOOD.replace("\"jpeg\"", "\"jpg\"").replace("s3://", "")
}

fn pretty(record: &str) -> String {
    serde_json::to_string_pretty(&serde_json::from_str::<Value>(record).unwrap()).unwrap()
}

#[test]
fn a_file_without_a_fault_comes_out_with_the_same_bytes() {
    for text in [
        format!("{GOOD}\n{GOOD}\n"),
        format!("{GOOD}\r\n{GOOD}\r\n"),
        format!("{GOOD}\r\n{GOOD}"),
        format!("  {GOOD}\t\n"),
        "not json\r\n\u{1F600}\n".to_owned(),
    ] {
        let (out, said) = fixed(text.as_bytes());
        assert_eq!((out, said.changed, said.fixes), (text.clone().into_bytes(), 0, 0), "{text:?}");
    }
}

#[test]
fn a_repaired_line_keeps_its_line_break_and_the_others_all_their_bytes() {
    let bad = bad();
    let (out, said) = fixed(format!("\u{feff}{GOOD}\r\n{bad}\r\n\r\n {GOOD}\n{bad}").as_bytes());
    assert_eq!(String::from_utf8(out).unwrap(), format!("{GOOD}\r\n{GOOD}\r\n {GOOD}\n{GOOD}"));
    assert_eq!((said.changed, said.fixes), (4, 6), "the mark, two members twice, the blank line");
}

#[test]
fn what_is_there_is_never_overwritten_and_the_same_copy_may_be_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("train.jsonl"), folder.path().join("fixed.jsonl"));
    std::fs::write(&file, format!("{}\n", bad())).unwrap();
    let options = FixOptions { file, out: out.clone(), ..FixOptions::default() };
    assert_eq!(fix(&options).unwrap(), fix(&options).unwrap());
    std::fs::write(&out, "mine").unwrap();
    let error = fix(&options).unwrap_err();
    assert!(error.to_string().ends_with("is there already and holds something else"), "{error}");
    assert_eq!(std::fs::read(&out).unwrap(), b"mine");
    let error = fix(&FixOptions { out: folder.path().to_path_buf(), ..options }).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("name a file here."));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing half-written stays");
}

/// Lines as files from anywhere have them.
fn line() -> impl Strategy<Value = String> {
    let text = proptest::sample::select(vec![
        GOOD.to_owned(),
        bad(),
        pretty(GOOD),
        pretty(&bad()),
        pretty(&bad()).replace('\n', "\r\n"),
        GOOD.replace("\"schemaVersion\":\"bedrock-conversation-2024\",", ""),
        String::new(),
        " \t ".to_owned(),
        "not json".to_owned(),
        "[]".to_owned(),
        "{\"messages\":[{\"ro".to_owned(),
        "{".to_owned(),
        "}".to_owned(),
    ]);
    let mark = proptest::sample::select(vec!["", "", "", "\u{feff}", "\u{feff}\u{feff}"]);
    let line_break = proptest::sample::select(vec!["\n", "\n", "\r\n", "\r"]);
    (mark, text, line_break).prop_map(|(mark, text, line_break)| format!("{mark}{text}{line_break}"))
}

/// The pieces of a file, as the reader takes it apart.
fn pieces(bytes: &[u8]) -> Vec<Vec<u8>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let mut reader = Reader::open(file.path()).unwrap();
    std::iter::from_fn(|| reader.next_line().unwrap()).map(|line| line.raw).collect()
}

/// How many pieces one must leave out or change to make `after` of `before`, at least: a repair keeps their order.
fn differences(before: &[Vec<u8>], after: &[Vec<u8>]) -> usize {
    let mut row: Vec<usize> = vec![0; after.len() + 1];
    for piece in before {
        let mut diagonal = 0;
        for (at, other) in after.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if piece == other { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    before.len() - row[after.len()]
}

proptest! {
    #[test]
    fn a_second_repair_finds_nothing_and_the_counts_are_the_real_differences(
        lines in proptest::collection::vec(line(), 0..7),
        last in proptest::sample::select(vec![String::new(), GOOD.to_owned(), bad(), "  ".to_owned()]),
    ) {
        let bytes = (lines.concat() + &last).into_bytes();
        let (out, said) = fixed(&bytes);
        prop_assert_eq!(said.changed, differences(&pieces(&bytes), &pieces(&out)));
        prop_assert_eq!(said.fixes == 0, said.changed == 0);
        prop_assert_eq!(said.fixes == 0, out == bytes);
        prop_assert_eq!(said.fixes, fixable(&bytes));
        let (again, said) = fixed(&out);
        prop_assert_eq!((again, said.changed, said.fixes), (out, 0, 0));
    }
}
