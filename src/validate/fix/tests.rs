use proptest::prelude::*;

use super::*;

/// Repairs bytes: what comes out, and what it says it did.
fn fixed(bytes: &[u8]) -> (Vec<u8>, Fixed) {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("train.jsonl"), folder.path().join("fixed.jsonl"));
    std::fs::write(&file, bytes).unwrap();
    let fixed = fix(&FixOptions { file, out: out.clone(), ..FixOptions::default() }).unwrap();
    (std::fs::read(out).unwrap(), fixed)
}

/// The findings of bytes that `--fix` repairs, each line's counted.
fn fixable(bytes: &[u8]) -> usize {
    let (photos, known) = (PhotoIndex::default(), crate::images::KnownPhotos::default());
    let context = Context { model: Model::default(), photos: &photos, known: &known };
    let is_safe = |finding: &Finding| finding.fix.as_ref().is_some_and(|fix| fix.kind == FixKind::Safe);
    let of_line = |raw: &Vec<u8>| {
        let line = Line::of_raw(1, raw.trim_ascii().split(|byte| *byte == b'\n').count() as u64, raw);
        check_line(Path::new("train.jsonl"), &line, context)
            .unwrap()
            .0
            .iter()
            .filter(|finding| is_safe(finding))
            .count()
    };
    pieces(bytes).iter().map(of_line).sum()
}

const GOOD: &str = r#"{"schemaVersion":"bedrock-conversation-2024","messages":[{"role":"user","content":[{"text":"Who?"},{"image":{"format":"jpeg","source":{"s3Location":{"uri":"s3://bucket/a.jpg","bucketOwner":"123456789012"}}}}]},{"role":"assistant","content":[{"text":"A"}]}]}"#;

fn bad() -> String {
    GOOD.replace("\"jpeg\"", "\"jpg\"").replace("s3://", "")
}

fn pretty(record: &str) -> String {
    serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(record).unwrap()).unwrap()
}

#[test]
fn a_file_without_a_fault_comes_out_with_the_same_bytes() {
    for text in [format!("{GOOD}\n{GOOD}\n"), format!("  {GOOD}\t\n"), "not json\n\u{1F600}\n".to_owned()] {
        let (out, said) = fixed(text.as_bytes());
        assert_eq!((out, said.changed, said.fixes), (text.clone().into_bytes(), 0, 0), "{text:?}");
    }
}

#[test]
fn a_repaired_line_keeps_its_line_break_and_the_others_all_their_bytes() {
    let bad = bad();
    let (out, said) = fixed(format!("\u{feff}{GOOD}\n{bad}\n\n {GOOD}\n{bad}").as_bytes());
    assert_eq!(String::from_utf8(out).unwrap(), format!("{GOOD}\n{GOOD}\n {GOOD}\n{GOOD}"));
    assert_eq!((said.changed, said.fixes), (4, 6), "the mark, two members twice, the blank line");
}

#[test]
fn line_breaks_of_windows_become_those_of_json_lines() {
    let (out, said) = fixed(format!("{GOOD}\r\n{GOOD}\n{GOOD}\r\n").as_bytes());
    assert_eq!(String::from_utf8(out).unwrap(), format!("{GOOD}\n{GOOD}\n{GOOD}\n"));
    assert_eq!((said.changed, said.fixes), (2, 2));
}

#[test]
fn one_list_becomes_lines_whatever_stands_between_its_items() {
    let (pretty, lines) = (pretty(GOOD), format!("{GOOD}\n{GOOD}\n"));
    for list in [
        format!("[{GOOD}, {GOOD}]"),
        format!("\n[\n{GOOD},\n{GOOD}\n]\n\n"),
        format!("[{pretty},{pretty}]\r\n"),
        format!("[\n{GOOD},\n{}\n]", bad()),
    ] {
        assert_eq!(String::from_utf8(fixed(list.as_bytes()).0).unwrap(), lines, "{list}");
    }
}

#[test]
fn commas_and_records_too_many_on_a_line_are_repaired() {
    let comma = GOOD.strip_suffix('}').unwrap();
    for (text, expected) in [
        (format!("{GOOD},\n{GOOD},\n"), format!("{GOOD}\n{GOOD}\n")),
        (format!("{comma},}},\n"), format!("{GOOD}\n")),
        (format!("{GOOD} {GOOD}{GOOD}\n"), format!("{GOOD}\n{GOOD}\n{GOOD}\n")),
        (format!("{GOOD}{}", bad()), format!("{GOOD}\n{GOOD}")),
    ] {
        assert_eq!(String::from_utf8(fixed(text.as_bytes()).0).unwrap(), expected, "{text}");
    }
}

#[test]
fn gbk_is_decoded_and_members_are_removed_only_when_unsafe_repairs_are_asked_for() {
    let gbk = encoding_rs::GBK.encode(&GOOD.replace("\"A\"", "\"北京\"")).0.into_owned();
    let repeated = GOOD.replace("\"text\":\"A\"", "\"text\":\"B\",\"text\":\"A\"").into_bytes();
    let unknown = GOOD.replacen('{', "{\"id\":7,", 1).into_bytes();
    for (text, expected) in
        [(gbk, GOOD.replace("\"A\"", "\"北京\"")), (repeated, GOOD.to_owned()), (unknown, GOOD.to_owned())]
    {
        assert_eq!(fixed(&text).0, text);
        let folder = tempfile::tempdir().unwrap();
        let (file, out) = (folder.path().join("train.jsonl"), folder.path().join("fixed.jsonl"));
        std::fs::write(&file, &text).unwrap();
        let unsafe_fixes = UnsafeFixes::Apply;
        fix(&FixOptions { file, out: out.clone(), unsafe_fixes, ..FixOptions::default() }).unwrap();
        assert_eq!(std::fs::read_to_string(out).unwrap(), expected);
    }
}

/// With work that is quadratic in the length of a line, these would take minutes.
#[test]
fn a_line_with_50_000_repairs_is_repaired() {
    let members: Vec<_> = (0..25_000).map(|n| format!("\"k{n}\":{n},\"k{n}\":{n},")).collect();
    let repeated = GOOD.replacen('{', &format!("{{{}", members.concat()), 1);
    let records = "{}".repeat(50_000);
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("train.jsonl"), folder.path().join("fixed.jsonl"));
    std::fs::write(&file, format!("{repeated}\n{records}")).unwrap();
    let unsafe_fixes = UnsafeFixes::Apply;
    let said = fix(&FixOptions { file, out: out.clone(), unsafe_fixes, ..FixOptions::default() }).unwrap();
    let text = std::fs::read_to_string(out).unwrap();
    let empty = r#"{"schemaVersion":"bedrock-conversation-2024"}"#;
    assert_eq!(text.lines().next(), Some(GOOD));
    assert_eq!(text.lines().skip(1).filter(|line| *line == empty).count(), 50_000);
    assert_eq!((text.lines().count(), text.ends_with('\n')), (50_001, false));
    assert_eq!(said.fixes, 1 + 25_000 + 49_999 + 50_000, "rewritten once, members, line breaks, `schemaVersion`");
}

#[test]
fn a_pretty_record_in_gbk_is_decoded_and_put_on_one_line_in_one_repair() {
    let text = pretty(&GOOD.replace("\"A\"", "\"北京\"")) + "\n";
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("train.jsonl"), folder.path().join("fixed.jsonl"));
    std::fs::write(&file, encoding_rs::GBK.encode(&text).0).unwrap();
    let unsafe_fixes = UnsafeFixes::Apply;
    fix(&FixOptions { file, out: out.clone(), unsafe_fixes, ..FixOptions::default() }).unwrap();
    assert_eq!(std::fs::read_to_string(out).unwrap().lines().count(), 1);
}

#[test]
fn an_item_of_a_list_that_is_no_record_is_put_on_a_line_as_it_is() {
    let broken = "{\"messages\":\n  [//\n]}";
    let (out, said) = fixed(format!("[{broken},\n{GOOD}, 7]").as_bytes());
    let expected = format!("{}\n{GOOD}\n7\n", broken.replace('\n', " "));
    assert_eq!((String::from_utf8(out).unwrap(), said.fixes), (expected, 3));
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
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "file, copy and diff; nothing half-written stays");
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
        "[1]".to_owned(),
        "{\"messages\":[{\"ro".to_owned(),
        "{".to_owned(),
        "}".to_owned(),
    ]);
    let mark = proptest::sample::select(vec!["", "", "", "\u{feff}", "\u{feff}\u{feff}"]);
    let line_break = proptest::sample::select(vec!["\n", "\n", "\r\n"]);
    (mark, text, line_break).prop_map(|(mark, text, line_break)| format!("{mark}{text}{line_break}"))
}

/// The pieces of a file, as the reader takes it apart.
fn pieces(bytes: &[u8]) -> Vec<Vec<u8>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let mut reader = Reader::open(file.path()).unwrap();
    let mut pieces = Vec::new();
    loop {
        let batch = reader.next_batch(Batch::default()).unwrap();
        if batch.is_empty() {
            return pieces;
        }
        pieces.extend(batch.lines().map(|line| line.raw.to_vec()));
    }
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
