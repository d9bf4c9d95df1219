use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::findings::limits::MAX_LINE_BYTES;

/// A piece that outlives its batch: number, line count, layout, raw, kind of content.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    number: u64,
    line_count: u64,
    layout: Layout,
    raw: Vec<u8>,
    text: Vec<u8>,
    kind: &'static str,
    fault: String,
}

fn pieces(bytes: &[u8]) -> Vec<Piece> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    pieces_of(file.path())
}

fn pieces_of(path: &Path) -> Vec<Piece> {
    let mut reader = Reader::open(path).unwrap();
    let mut all = Vec::new();
    let mut batch = Batch::default();
    loop {
        batch = reader.next_batch(batch).unwrap();
        if batch.is_empty() {
            return all;
        }
        all.extend(batch.lines().map(|line| {
            let (kind, fault) = match line.content() {
                Content::Json(_) => ("json", String::new()),
                Content::Blank => ("blank", String::new()),
                Content::TooLong => ("too long", String::new()),
                Content::Broken(Broken::Utf16) => ("utf-16", String::new()),
                Content::Broken(Broken::NotUtf8 { at }) => ("not utf-8", at.to_string()),
                Content::Broken(Broken::NotJson { fault, text }) => ("broken", fault.describe(text)),
            };
            let (raw, text) = (line.raw.to_vec(), line.text().to_vec());
            Piece { number: line.number, line_count: line.line_count, layout: line.layout, raw, text, kind, fault }
        }));
    }
}

fn kinds(bytes: &[u8]) -> Vec<(u64, u64, &'static str)> {
    pieces(bytes).iter().map(|piece| (piece.number, piece.line_count, piece.kind)).collect()
}

#[test]
fn each_line_is_a_record_with_its_number() {
    assert_eq!(
        kinds(b"{}\n\n{\"a\":1}\r\nnot json\n"),
        [(1, 1, "json"), (2, 1, "blank"), (3, 1, "json"), (4, 1, "broken")]
    );
    assert_eq!(kinds(b""), []);
    assert_eq!(kinds(b"{}"), [(1, 1, "json")]);
}

#[test]
fn a_pretty_printed_record_is_put_together_and_the_next_one_is_found() {
    let text = b"{\n  \"messages\": [\n    {\"text\": \"a } b\"}\n  ]\n}\n{\"messages\":[]}\n";
    assert_eq!(kinds(text), [(1, 5, "json"), (6, 1, "json")]);
}

#[test]
fn a_cut_line_does_not_swallow_the_records_after_it() {
    let text = b"{\"messages\":[{\"ro\n{\"messages\":[1]}\n{\"messages\":[2]}\n";
    assert_eq!(kinds(text), [(1, 1, "broken"), (2, 1, "json"), (3, 1, "json")]);
    assert_eq!(kinds(b"{\"messages\":[1]}\n{\"messages\":["), [(1, 1, "json"), (2, 1, "broken")]);
    let two_cut = b"{\"schemaVersion\":\"b\n{\"schemaVersion\":\"b\n{\"schemaVersion\":1}\n";
    assert_eq!(kinds(two_cut), [(1, 1, "broken"), (2, 1, "broken"), (3, 1, "json")]);
}

#[test]
fn byte_order_marks_and_line_breaks_are_no_part_of_a_record_and_are_kept() {
    let all = pieces(b"\xEF\xBB\xBF{}\r\n{}\n\xEF\xBB\xBF\xEF\xBB\xBF{}");
    assert!(all.iter().all(|piece| piece.text == b"{}"), "{all:?}");
    let line = |piece: &Piece| {
        let line = Line::of_raw(1, 1, &piece.raw);
        (line.has_byte_order_mark(), line.line_break().to_vec(), line.text().to_vec())
    };
    let expected = [(true, "\r\n"), (false, "\n"), (true, "")];
    let expected = expected.map(|(mark, end)| (mark, end.as_bytes().to_vec(), b"{}".to_vec()));
    assert_eq!(all.iter().map(line).collect::<Vec<_>>(), expected);
}

#[test]
fn invalid_utf8_is_named_with_its_byte() {
    let all = pieces(b"{\"a\":\"\xB1\xB1\"}\n");
    assert_eq!((all[0].kind, all[0].fault.as_str()), ("not utf-8", "6"));
}

#[test]
fn utf_16_and_the_comma_of_a_list_are_named() {
    let utf16 = |mark: &str| -> Vec<u8> {
        format!("{mark}{{\"a\":\"甲\"}}\n{{}}\n").encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    for bytes in [utf16("\u{FEFF}"), utf16(""), b"\xFE\xFF\0{\0}".to_vec()] {
        let all = pieces(&bytes);
        assert!(!all.is_empty() && all.iter().all(|piece| piece.kind == "utf-16"), "{all:?}");
    }
    assert_eq!(pieces(b"{\"a\":1},\n")[0].fault, "a comma after the record at column 8");
    assert_eq!(pieces(b"{\"a\":1,}\n")[0].fault, "a comma with nothing after it at column 7");
}

#[test]
fn a_line_over_the_limit_is_passed_over_and_the_next_is_read() {
    let mut text = vec![b'x'; MAX_LINE_BYTES + 10];
    text.extend_from_slice(b"\n{}\n");
    assert_eq!(kinds(&text), [(1, 1, "too long"), (2, 1, "json")]);
}

#[test]
fn of_a_file_that_is_one_list_each_item_is_a_piece_with_its_line() {
    let text = b"[\n  {\"a\": 1},\n  {\n    \"b\": [2, 3]\n  }\n]\n";
    let all = pieces(text);
    let seen: Vec<_> = all.iter().map(|piece| (piece.number, piece.line_count, piece.kind, piece.layout)).collect();
    assert_eq!(seen, [(2, 1, "json", Layout::Item), (3, 3, "json", Layout::Item)]);
    assert_eq!(all[0].text, b"{\"a\": 1}");
    assert_eq!(all.concat_raw(), text);
    let on_one_line = pieces(b"\xEF\xBB\xBF[{\"a\":\"]\"},{\"b\":\"\\\"}\"},3]\n{}\n");
    let texts: Vec<_> = on_one_line.iter().map(|piece| String::from_utf8_lossy(&piece.text).into_owned()).collect();
    assert_eq!(texts, ["{\"a\":\"]\"}", "{\"b\":\"\\\"}\"}", "3", "{}"]);
    assert_eq!(on_one_line[3].layout, Layout::Line, "after the list come lines again");
    assert_eq!(on_one_line[3].number, 2);
    assert_eq!(kinds(b"[]\n[]\n"), [(1, 1, "json"), (2, 1, "json")]);
    assert_eq!(kinds(b"[{\"a\":1},\n{\"a\":"), [(1, 1, "json"), (2, 1, "broken")]);
}

#[test]
fn records_of_one_line_are_counted_in_one_pass() {
    let unread = |text: &str| Line::of_raw(1, 1, text.as_bytes()).records_unread();
    for (text, count) in [
        ("", 0),
        ("[1]", 0),
        ("not json", 1),
        ("{} {}{}\r\n", 3),
        ("{\"a\":\"{}{}\"} {", 2),
        ("{} x {}", 1),
        ("{} {} x", 2),
    ] {
        assert_eq!(unread(text), count, "{text}");
    }
    assert_eq!(unread(&"{}".repeat(200_000)), 200_000);
}

#[test]
fn lists_on_lines_of_their_own_are_no_such_file() {
    assert_eq!(pieces(b"[1, 2]\n[3]\n").iter().map(|piece| piece.layout).collect::<Vec<_>>(), [Layout::Line; 2]);
}

trait ConcatRaw {
    fn concat_raw(&self) -> Vec<u8>;
}

impl ConcatRaw for Vec<Piece> {
    fn concat_raw(&self) -> Vec<u8> {
        self.iter().flat_map(|piece| piece.raw.clone()).collect()
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic_every_line_is_counted_and_every_byte_kept(
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), proptest::sample::select(b"{}\"\r\n ".as_slice())], 0..300)
    ) {
        let breaks = bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
        let expected = breaks + u64::from(bytes.last().is_some_and(|byte| *byte != b'\n'));
        let all = pieces(&bytes);
        if all.iter().all(|piece| piece.layout == Layout::Line) {
            prop_assert_eq!(all.iter().map(|piece| piece.line_count).sum::<u64>(), expected);
        }
        prop_assert_eq!(all.concat_raw(), bytes);
    }

    #[test]
    fn of_random_lists_every_byte_is_kept(
        rest in proptest::collection::vec(proptest::sample::select(b"[]{},\"\\\n 1a".as_slice()), 0..200)
    ) {
        let bytes = [b"[{", rest.as_slice()].concat();
        prop_assert_eq!(pieces(&bytes).concat_raw(), bytes);
    }

    #[test]
    fn what_is_written_is_read_back(texts in proptest::collection::vec(".*", 0..8)) {
        let values: Vec<_> = texts.iter().map(|text| serde_json::json!({ "messages": text })).collect();
        let mut out = Vec::new();
        write_all(&mut out, &values).unwrap();
        let read: Vec<serde_json::Value> =
            pieces(&out).iter().map(|piece| serde_json::from_slice(&piece.text).unwrap()).collect();
        prop_assert_eq!(read, values);
    }
}
