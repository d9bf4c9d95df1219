//! The file as lines: JSON that is none, line breaks, encodings, damage.

use encoding_rs::GBK;
use nova_ft::validate::Model;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::case::{Case, to_lines};
use super::records::{Recipe, random_for, records};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    syntax(&mut cases);
    layout(&mut cases);
    cuts(&mut cases);
    encodings(&mut cases);
    cases
}

const IMAGES: Recipe = Recipe::IMAGES;

type Lines = Vec<Vec<u8>>;

/// A change of the text of one line.
fn text(change: impl Fn(&str) -> String) -> impl FnOnce(&mut Lines, usize, &mut ChaCha8Rng) {
    move |lines, at, _| {
        let line = String::from_utf8(lines[at].clone()).unwrap();
        lines[at] = (change(line.trim_end()) + "\n").into_bytes();
    }
}

/// The record as Python prints it.
fn as_python(line: &str) -> String {
    line.replace('"', "'")
}

fn syntax(cases: &mut Vec<Case>) {
    type Change = fn(&str) -> String;
    let changes: [(&str, Change, &str); 38] = [
        ("a comma in a list", |line| line.replacen("}]}]}", "},]}]}", 1), "@ - JSL010"),
        ("a comma at the end of an object", |line| line.replacen("}]}]}", "}],}]}", 1), "@ - JSL010"),
        ("a comma after the record", |line| format!("{line},"), "@ - JSL010"),
        ("a comma and a space after the record", |line| format!("{line} , "), "@ - JSL010"),
        ("a comma before the record", |line| format!(",{line}"), "@ - JSL001"),
        ("two commas", |line| line.replacen("\",", "\",,", 1), "@ - JSL001"),
        ("a semicolon after the record", |line| format!("{line};"), "@ - JSL001"),
        ("single quotes", as_python, "@ - JSL001"),
        ("curly quotes", |line| line.replacen("\"role\"", "“role”", 1), "@ - JSL001"),
        ("a key without quotes", |line| line.replacen("\"role\"", "role", 1), "@ - JSL001"),
        ("None", |line| line.replacen('{', "{\"system\":None,", 1), "@ - JSL001"),
        ("True", |line| line.replacen('{', "{\"cache\":True,", 1), "@ - JSL001"),
        ("NaN", |line| line.replacen('{', "{\"weight\":NaN,", 1), "@ - JSL001"),
        ("minus infinity", |line| line.replacen('{', "{\"weight\":-Infinity,", 1), "@ - JSL001"),
        ("undefined", |line| line.replacen('{', "{\"weight\":undefined,", 1), "@ - JSL001"),
        ("a number with a zero before", |line| line.replacen('{', "{\"n\":007,", 1), "@ - JSL001"),
        ("a hexadecimal number", |line| line.replacen('{', "{\"n\":0x1F,", 1), "@ - JSL001"),
        ("a number with a plus", |line| line.replacen('{', "{\"n\":+1,", 1), "@ - JSL001"),
        ("a comment after the record", |line| format!("{line} // 北京"), "@ - JSL001"),
        ("a comment before the record", |line| format!("/* 1 */ {line}"), "@ - JSL001"),
        ("a comment line", |_| "# checked by hand".to_owned(), "@ - JSL001"),
        ("a comment inside", |line| line.replacen(',', ", /* x */", 1), "@ - JSL001"),
        ("a colon missing", |line| line.replacen(':', " ", 1), "@ - JSL001"),
        ("a comma missing", |line| line.replacen(',', " ", 1), "@ - JSL001"),
        ("a bracket too many", |line| format!("{line}}}"), "@ - JSL001"),
        ("brackets swapped", |line| line.replacen("}]", "]}", 1), "@ - JSL001"),
        ("a bad escape", |line| line.replacen("\"text\":\"", "\"text\":\"\\x41", 1), "@ - JSL001"),
        ("a path of Windows", |line| line.replacen("\"text\":\"", "\"text\":\"C:\\invoices", 1), "@ - JSL001"),
        ("half a surrogate pair", |line| line.replacen("\"text\":\"", "\"text\":\"\\ud83d", 1), "@ - JSL001"),
        ("a tab in a text", |line| line.replacen("\"text\":\"", "\"text\":\"a\tb", 1), "@ - JSL014"),
        ("a zero byte in a text", |line| line.replacen("\"text\":\"", "\"text\":\"a\0b", 1), "@ - JSL014"),
        ("a zero byte before the record", |line| format!("\0{line}"), "@ - JSL014"),
        ("zero bytes after the record", |line| format!("{line}\0\0\0"), "@ - JSL014"),
        ("a line of zero bytes", |_| "\0".repeat(4_096), "@ - JSL014"),
        ("an escape character", |line| line.replacen("\"text\":\"", "\"text\":\"\u{1b}[31m", 1), "@ - JSL014"),
        ("a full-width space before the record", |line| format!("\u{3000}{line}"), "@ - JSL001"),
        ("a log line", |_| "INFO 2025-07-01 wrote 50 records".to_owned(), "@ - JSL001"),
        ("a mark in front of a later record", |line| format!("\u{feff}{line}"), "W @ - JSL005"),
    ];
    for (name, change, said) in changes {
        cases.push(Case::of_lines(name, IMAGES.rounds(1), text(change), said));
    }
    let deep = |line: &str| line.replacen('{', &format!("{{\"x\":{}{},", "[".repeat(200), "]".repeat(200)), 1);
    cases.push(Case::of_lines("lists inside each other", IMAGES, text(deep), "@ - JSL013"));
    let never_closed = |_: &str| "[".repeat(100_000);
    cases.push(Case::of_lines("a line of brackets", IMAGES, text(never_closed), "@ - JSL013"));
    let long = |line: &str| line.replacen("\"text\":\"", &format!("\"text\":\"{}", "x".repeat(11 << 20)), 1);
    cases.push(Case::of_lines("a line of 11 MiB", IMAGES, text(long), "@ - JSL012"));
    for (name, old, new, said) in [
        (
            "a version twice",
            "{\"schemaVersion\"",
            "{\"schemaVersion\":\"bedrock-conversation-2024\",\"schemaVersion\"",
            "@ /schemaVersion JSL008",
        ),
        ("two versions", "{\"schemaVersion\"", "{\"schemaVersion\":\"1\",\"schemaVersion\"", "@ /schemaVersion JSL008"),
        ("two roles", "{\"role\":\"user\"", "{\"role\":\"assistant\",\"role\":\"user\"", "@ /messages/0/role JSL008"),
        ("messages twice", "\"messages\"", "\"messages\":[],\"messages\"", "@ /messages JSL008"),
        (
            "an account twice",
            "\"bucketOwner\"",
            "\"bucketOwner\":\"1\",\"bucketOwner\"",
            "@ /messages/0/content/0/image/source/s3Location/bucketOwner JSL008",
        ),
    ] {
        let change = text(|line| line.replacen(old, new, 1));
        let mut case = Case::of_lines(name, IMAGES.rounds(1), change, said);
        if name == "an account twice" {
            let line =
                case.train.split(|byte| *byte == b'\n').nth(case.expected[0].line.unwrap() as usize - 1).unwrap();
            let record: Value = serde_json::from_slice(line).unwrap();
            case.expected[0].pointer = Some(super::records::pointer(&record, "OWNER"));
        }
        cases.push(case);
    }
    // Of two equal keys in a block it is one member to all that look at the last.
    let twice = |line: &str| line.replacen("{\"text\":", "{\"text\":\"x\",\"text\":", 1);
    let case = Case::of_lines(
        "two texts in a block of the system",
        IMAGES.rounds(1).system(true),
        text(twice),
        "@ /system/0/text JSL008",
    );
    cases.push(case);
}

fn pretty(line: &[u8]) -> Vec<u8> {
    let record: Value = serde_json::from_slice(line).unwrap();
    (serde_json::to_string_pretty(&record).unwrap() + "\n").into_bytes()
}

fn layout(cases: &mut Vec<Case>) {
    type Change = fn(&mut Lines, usize, &mut ChaCha8Rng);
    let changes: [(&str, Change, &str); 14] = [
        ("a blank line at the start", |lines, _, _| lines.insert(0, b"\n".to_vec()), "1 - JSL003"),
        ("a blank line in between", |lines, at, _| lines.insert(at, b"\n".to_vec()), "@ - JSL003"),
        ("two blank lines", |lines, at, _| lines.insert(at, b"\n\n".to_vec()), "@ - JSL003; @1 - JSL003"),
        ("a line of spaces", |lines, at, _| lines.insert(at, b" \t \n".to_vec()), "@ - JSL003"),
        ("a line of a full-width space", |lines, at, _| lines.insert(at, "\u{3000}\n".into()), "@ - JSL001"),
        ("a line of a form feed", |lines, at, _| lines.insert(at, b"\x0C\n".to_vec()), "@ - JSL003"),
        ("a mark at the start", |lines, _, _| lines.insert(0, b"\xEF\xBB\xBF".to_vec()), "W 1 - JSL005"),
        ("two marks at the start", |lines, _, _| lines.insert(0, "\u{feff}\u{feff}".into()), "W 1 - JSL005"),
        (
            "a record in two lines",
            |lines, at, _| {
                let text = String::from_utf8(lines[at].clone()).unwrap();
                lines[at] = text.replacen("\"messages\":[", "\"messages\":[\n", 1).into_bytes();
            },
            "@ - JSL002",
        ),
        ("a pretty record", |lines, at, _| lines[at] = pretty(&lines[at]), "@ - JSL002"),
        ("two records on a line", |lines, at, _| assert_eq!(lines[at].pop(), Some(b'\n')), "@ - JSL015"),
        (
            "three records on a line",
            |lines, at, _| {
                let two = [lines[at].trim_ascii(), b" ", lines[at + 1].trim_ascii(), b"  "].concat();
                lines[at] = two;
                lines.remove(at + 1);
            },
            "@ - JSL015",
        ),
        ("two records, a comma between them", |lines, at, _| *lines[at].last_mut().unwrap() = b',', "@ - JSL001"),
        (
            "CR LF at one line",
            |lines, at, _| {
                lines[at].pop();
                lines[at].extend_from_slice(b"\r\n");
            },
            "W @ - JSL007",
        ),
    ];
    for (name, change, said) in changes {
        cases.push(Case::of_lines(name, IMAGES.count(12), change, said));
    }
    let last = Case::of_lines(
        "a blank line at the end",
        IMAGES.count(9),
        |lines, _, _| lines.push(b"\n".to_vec()),
        "10 - JSL003",
    );
    cases.push(last);
    let last = |lines: &mut Lines, _: usize, _: &mut ChaCha8Rng| lines.push(b"  ".to_vec());
    cases.push(Case::of_lines("spaces at the end", IMAGES.count(9), last, "10 - JSL003"));
    let crlf = |lines: &mut Lines, _: usize, _: &mut ChaCha8Rng| {
        for line in lines {
            line.pop();
            line.extend_from_slice(b"\r\n");
        }
    };
    cases.push(Case::of_lines("CR LF everywhere", IMAGES, crlf, "W 1 - JSL007"));
    let cr = |lines: &mut Lines, _: usize, _: &mut ChaCha8Rng| {
        for line in lines.iter_mut() {
            *line.last_mut().unwrap() = b'\r';
        }
    };
    cases.push(Case::of_lines("CR alone", IMAGES, cr, "1 - JSL015"));
    let all_pretty =
        |lines: &mut Lines, _: usize, _: &mut ChaCha8Rng| lines.iter_mut().for_each(|line| *line = pretty(line));
    let mut case = Case::of_lines("all records pretty", IMAGES.count(9), all_pretty, "");
    let text = String::from_utf8(case.train.clone()).unwrap();
    let starts = text.lines().zip(1..).filter(|(line, _)| *line == "{").map(|(_, number)| format!("{number} - JSL002"));
    case.expected = super::case::expected(&starts.collect::<Vec<_>>().join("; "), 0);
    cases.push(case);
    let commas = |lines: &mut Lines, _: usize, _: &mut ChaCha8Rng| {
        for line in lines {
            line.insert(line.len() - 1, b',');
        }
    };
    let said = (1..10).map(|line| format!("{line} - JSL010")).collect::<Vec<_>>().join("; ");
    cases.push(Case::of_lines("a comma after each record", IMAGES.count(9), commas, &said));
    let mut random = random_for("lists");
    let list = records(IMAGES, &mut random);
    cases.push(Case::of_bytes("one list", Model::Lite, serde_json::to_vec(&list).unwrap(), "1 - JSL009"));
    let text = serde_json::to_string_pretty(&list).unwrap();
    cases.push(Case::of_bytes("one pretty list", Model::Lite, text + "\n", "2 - JSL009"));
    let joined = to_lines(&list).join(&b","[..]);
    cases.push(Case::of_bytes("a list of lines", Model::Lite, [&b"[\n"[..], &joined, b"]\n"].concat(), "2 - JSL009"));
    let text = format!("\u{feff}[{}]", String::from_utf8(to_lines(&list).join(&b","[..])).unwrap());
    cases.push(Case::of_bytes("one list after a mark", Model::Lite, text, "W 1 - JSL005; 1 - JSL009"));
    let empty = |lines: &mut Lines, _: usize, _: &mut ChaCha8Rng| {
        lines.splice(..0, [b"[]\n".to_vec(), b"[ ]\n".to_vec()]).for_each(drop);
    };
    cases.push(Case::of_lines("two empty lists at the start", IMAGES, empty, "1 - JSL001; 2 - JSL001"));
    cases.push(Case::of_bytes("an empty list alone", Model::Lite, "[]\n", "1 - JSL001; - - SPL001"));
    let listed = |lines: &mut Lines, at: usize, _: &mut ChaCha8Rng| {
        lines[at] = [&b"["[..], lines[at].trim_ascii(), b"]\n"].concat();
    };
    cases.push(Case::of_lines("a record in a list", IMAGES, listed, "@ - JSL001"));
    let quoted = |lines: &mut Lines, at: usize, _: &mut ChaCha8Rng| {
        let line = String::from_utf8(lines[at].clone()).unwrap();
        lines[at] = (serde_json::to_string(line.trim_end()).unwrap() + "\n").into_bytes();
    };
    cases.push(Case::of_lines("a record in quotes", IMAGES, quoted, "@ - JSL001"));
}

/// Cut at places by chance, inside a character too; only after the whole record it would be no fault.
fn cuts(cases: &mut Vec<Case>) {
    for n in 0..16 {
        let cut = |lines: &mut Lines, _: usize, random: &mut ChaCha8Rng| {
            let last = lines.last_mut().unwrap();
            last.truncate(random.random_range(1..last.len() - 1));
        };
        cases.push(Case::of_lines(format!("the last record is cut, {n}"), IMAGES.count(10), cut, "10 - JSL011"));
    }
    let in_character = |lines: &mut Lines, _: usize, _: &mut ChaCha8Rng| {
        let last = lines.last_mut().unwrap();
        let at = last.iter().rposition(|byte| *byte >= 0xE0).unwrap();
        last.truncate(at + 2);
    };
    cases.push(Case::of_lines("the last record is cut in a character", IMAGES.count(10), in_character, "10 - JSL011"));
    for n in 0..4 {
        let cut = |lines: &mut Lines, at: usize, random: &mut ChaCha8Rng| {
            let text = std::str::from_utf8(&lines[at]).unwrap();
            let places: Vec<_> =
                text.char_indices().map(|(at, _)| at).filter(|at| (1..text.len() - 2).contains(at)).collect();
            let end = places[random.random_range(0..places.len())];
            lines[at].truncate(end);
            lines[at].push(b'\n');
        };
        cases.push(Case::of_lines(format!("a record in between is cut, {n}"), IMAGES, cut, "@ - JSL011"));
    }
}

fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes_of).collect()
}

fn encodings(cases: &mut Vec<Case>) {
    let text =
        String::from_utf8(to_lines(&records(IMAGES.system(true), &mut random_for("encodings"))).concat()).unwrap();
    for (name, bytes_of) in
        [("LE", u16::to_le_bytes as fn(u16) -> [u8; 2]), ("BE", u16::to_be_bytes as fn(u16) -> [u8; 2])]
    {
        let of = |name: String, text: &str| Case::of_bytes(name, Model::Lite, utf16(text, bytes_of), "1 - JSL006");
        cases.push(of(format!("UTF-16 {name}"), &text));
        cases.push(of(format!("UTF-16 {name} with a mark"), &format!("\u{feff}{text}")));
        cases.push(of(format!("UTF-16 {name} with CR LF"), &format!("\u{feff}{}", text.replace('\n', "\r\n"))));
    }
    let gbk = |lines: &mut Lines, at: usize, _: &mut ChaCha8Rng| {
        let line = String::from_utf8(lines[at].clone()).unwrap();
        lines[at] = GBK.encode(&line).0.into_owned();
    };
    cases.push(Case::of_lines("a line of GBK", IMAGES, gbk, "@ - JSL006"));
    let all = |lines: &mut Lines, _: usize, _: &mut ChaCha8Rng| {
        for line in lines {
            *line = GBK.encode(std::str::from_utf8(line).unwrap()).0.into_owned();
        }
    };
    cases.push(Case::of_lines("a file of GBK", IMAGES, all, "1 - JSL006"));
    for (name, bytes) in [
        ("Latin-1", &b"\"text\":\"M\xFCller "[..]),
        ("an overlong byte", &b"\"text\":\"\xC0\x80"[..]),
        ("a surrogate", &b"\"text\":\"\xED\xA0\xBD"[..]),
    ] {
        let change = |lines: &mut Lines, at: usize, _: &mut ChaCha8Rng| {
            let place = lines[at].windows(8).position(|window| window == b"\"text\":\"").unwrap();
            lines[at].splice(place..place + 8, bytes.iter().copied());
        };
        cases.push(Case::of_lines(name, IMAGES, change, "@ - JSL006"));
    }
    let big5 = |lines: &mut Lines, at: usize, _: &mut ChaCha8Rng| {
        let line = String::from_utf8(lines[at].clone()).unwrap();
        lines[at] = encoding_rs::BIG5
            .encode(
                &line.replace("\"assistant\",\"content\":[{\"text\":\"", "\"assistant\",\"content\":[{\"text\":\"臺北"),
            )
            .0
            .into_owned();
    };
    cases.push(Case::of_lines("a line of Big5", IMAGES, big5, "@ - JSL006"));
    let photo = |lines: &mut Lines, at: usize, random: &mut ChaCha8Rng| {
        let noise: Vec<u8> = (0..5_000).map(|_| random.random_range(0x80..=0xFF)).collect();
        lines[at] = [&b"\xFF\xD8\xFF\xE0"[..], &noise, b"\n"].concat();
    };
    cases.push(Case::of_lines("a photo in between", IMAGES, photo, "@ - JSL006"));
}
