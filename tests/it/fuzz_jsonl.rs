//! JSONL damaged at random, for as long as wanted: `NOVA_FT_FUZZ_MINUTES=10 NOVA_FT_FUZZ_SEED=2 cargo test --test it
//! fuzz_jsonl -- --ignored --nocapture`. A file on which something fails is kept, and its name said.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use nova_ft::dataset::jsonl::{Batch, Layout, Reader};
use nova_ft::findings::Levels;
use nova_ft::findings::render::{
    NoThumbnails, Subject, is_report, render_html, render_json, render_markdown, render_text,
};
use nova_ft::progress::Silent;
use nova_ft::training::estimate::{EstimateOptions, estimate, render_table};
use nova_ft::validate::{Model, UnsafeFixes, ValidateOptions, validate};
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::corpus;
use crate::corpus::repairs::repair;

/// Longest that one file may take.
const LONGEST: Duration = Duration::from_secs(30);
/// Longest file that is made.
const MOST_BYTES: usize = 64 * 1024;

/// What files of records have, and what they may not have.
const PARTS: &[&[u8]] = &[
    b"\n",
    b"\r\n",
    b"\r",
    b"\n\n",
    b" ",
    b"\t",
    b",",
    b":",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud83d",
    b"'",
    b"//",
    b"null",
    b"None",
    b"1e999",
    b"-",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"\xFE\xFF",
    b"\0",
    b"\0\0\0\0",
    b"\xB1\xB1\xBE\xA9",
    b"\xE5\x8C",
    b"\xED\xA0\x80",
    b"\x1B[2J",
    b"<script>alert(1)</script>",
    b"</main>",
    b"User:",
    b"\"role\":\"user\"",
    b"{\"schemaVersion\"",
    b"{\"messages\":[",
    b"\"text\":",
    b"\"image\":{",
    b"[{",
    b"},{",
    b"}]",
    b",]",
    b",}",
    b"{} {}",
    "\u{3000}".as_bytes(),
    "\u{200B}".as_bytes(),
    "\u{202E}".as_bytes(),
    b"s3://",
    b"jpg",
];

fn mutate_bytes(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        bytes.extend_from_slice(b"{}");
    }
    let at = random.random_range(0..bytes.len());
    let end = (at + random.random_range(1..200)).min(bytes.len());
    match random.random_range(0..11) {
        0 => bytes[at] ^= 1 << random.random_range(0..8),
        1 => bytes[at] = random.random(),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let copy = bytes[at..end].to_vec();
            let to = random.random_range(0..=bytes.len());
            drop(bytes.splice(to..to, copy));
        }
        5 => {
            let other = &seeds[random.random_range(0..seeds.len())];
            let from = random.random_range(0..other.len());
            let until = (from + random.random_range(1..600)).min(other.len());
            drop(bytes.splice(at..end, other[from..until].iter().copied()));
        }
        6 => random.fill_bytes(&mut bytes[at..end]),
        7 => drop(bytes.drain(..at)),
        _ => {
            let part = PARTS[random.random_range(0..PARTS.len())];
            drop(bytes.splice(at..at, part.iter().copied()));
        }
    }
}

/// A value of any kind, with the names of the schema in it.
fn any_value(random: &mut ChaCha8Rng, depth: usize) -> Value {
    const NAMES: [&str; 20] = [
        "schemaVersion",
        "system",
        "messages",
        "role",
        "content",
        "text",
        "image",
        "video",
        "document",
        "format",
        "source",
        "s3Location",
        "uri",
        "bucketOwner",
        "reasoningContent",
        "toolUse",
        "Role",
        "bucket_owner",
        "bytes",
        "type",
    ];
    const TEXTS: [&str; 14] = [
        "",
        " ",
        "user",
        "assistant",
        "system",
        "jpg",
        "jpeg",
        "s3://b-1/k.jpg",
        "bucket/k",
        "123456789012",
        "甲公司\u{200B}",
        "<image>",
        "bedrock-conversation-2024",
        "</script><script>",
    ];
    let inner = |random: &mut ChaCha8Rng| any_value(random, depth.saturating_sub(1));
    match random.random_range(0..if depth == 0 { 5 } else { 9 }) {
        0 => json!(null),
        1 => json!(random.random::<bool>()),
        2 => json!(random.random::<i64>()),
        3 => json!(random.random::<f64>() * 1e18),
        4 => json!(TEXTS[random.random_range(0..TEXTS.len())]),
        5 | 6 => (0..random.random_range(0..4)).map(|_| inner(random)).collect(),
        _ => {
            let count = random.random_range(0..4);
            (0..count).map(|_| (NAMES[random.random_range(0..NAMES.len())].to_owned(), inner(random))).collect()
        }
    }
}

/// Changes something inside a value.
fn mutate_value(value: &mut Value, random: &mut ChaCha8Rng) {
    let count = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    if count == 0 || random.random_range(0..6) == 0 {
        *value = any_value(random, 3);
        return;
    }
    let at = random.random_range(0..count);
    match value {
        Value::Array(items) => match random.random_range(0..6) {
            0 => drop(items.remove(at)),
            1 => items.push(items[at].clone()),
            2 => items.swap(0, at),
            _ => mutate_value(&mut items[at], random),
        },
        Value::Object(members) => {
            let key = members.keys().nth(at).cloned().unwrap_or_default();
            match random.random_range(0..8) {
                0 => drop(members.shift_remove(&key)),
                1 => {
                    let value = members.shift_remove(&key).unwrap_or_default();
                    let new = if random.random() { key.to_uppercase() } else { format!("{key}_") };
                    members.insert(new, value);
                }
                2 => drop(members.insert("id".to_owned(), any_value(random, 2))),
                _ => mutate_value(&mut members[&key], random),
            }
        }
        _ => {}
    }
}

/// Changes a line that is JSON as a value, one that is none as bytes.
fn mutate_line(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let at = random.random_range(0..lines.len());
    let Ok(mut value) = serde_json::from_slice::<Value>(&lines[at]) else { return };
    mutate_value(&mut value, random);
    let text = if random.random_range(0..5) == 0 {
        serde_json::to_string_pretty(&value)
    } else {
        serde_json::to_string(&value)
    };
    lines[at] = (text.unwrap() + "\n").into_bytes();
    *bytes = lines.concat();
}

/// Writes the text in another encoding, where it is one.
fn mutate_encoding(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    *bytes = match random.random_range(0..6) {
        0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        1 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        2 => encoding_rs::GBK.encode(text).0.into_owned(),
        3 => format!("\u{FEFF}{text}").into_bytes(),
        4 => text.replace('\n', "\r\n").into_bytes(),
        _ => format!("[{}]", text.trim_end().replace('\n', ",\n")).into_bytes(),
    };
}

/// The pieces of a file: all its bytes, and what `serde_json` has to say about each.
struct Pieces {
    line_count: u64,
    /// Numbers of the first lines of pieces, by whether they hold an object.
    objects: BTreeSet<u64>,
    others: BTreeSet<u64>,
}

fn read(path: &Path, bytes: &[u8]) -> Pieces {
    let mut reader = Reader::open(path).unwrap();
    let mut batch = Batch::default();
    let mut all = Vec::new();
    let mut pieces = Pieces {
        line_count: bytes.split_inclusive(|byte| *byte == b'\n').count() as u64,
        objects: BTreeSet::new(),
        others: BTreeSet::new(),
    };
    let mut several = BTreeMap::<u64, usize>::new();
    loop {
        batch = reader.next_batch(batch).unwrap();
        if batch.is_empty() {
            break;
        }
        for line in batch.lines() {
            assert!(line.layout != Layout::TooLong);
            assert!(line.number >= 1 && line.line_count >= 1);
            all.extend_from_slice(line.raw);
            *several.entry(line.number).or_default() += 1;
            let is_object = serde_json::from_slice::<Value>(line.text()).is_ok_and(|value| value.is_object());
            let is_blank = line.text().iter().all(u8::is_ascii_whitespace);
            if is_object {
                pieces.objects.insert(line.number);
            } else if !is_blank {
                pieces.others.insert(line.number);
            }
        }
    }
    assert!(all == bytes, "the pieces are the file, byte for byte");
    // Items of a list may share a line.
    let is_alone = |number: &u64| several[number] == 1;
    pieces.objects.retain(is_alone);
    pieces.others.retain(is_alone);
    pieces
}

/// The codes that say of a line that it holds no object.
const UNREADABLE: [&str; 9] =
    ["JSL001", "JSL006", "JSL010", "JSL011", "JSL012", "JSL013", "JSL014", "JSL015", "JSL016"];

/// Asserts all that holds of every file; the codes that were found.
fn assert_consistent(bytes: &[u8], model: Model, folder: &Path) -> BTreeSet<&'static str> {
    let file = folder.join("train.jsonl");
    std::fs::write(&file, bytes).unwrap();
    let pieces = read(&file, bytes);
    let options =
        ValidateOptions { file: file.clone(), validation: None, model, input_dir: None, levels: Levels::default() };
    let validated = validate(&options, &Silent).unwrap();
    let report = &validated.report;
    assert_eq!(validated, validate(&options, &Silent).unwrap(), "the same each time");
    let mut unreadable = BTreeSet::new();
    for finding in report.findings() {
        assert!(finding.place.line.is_none_or(|line| (1..=pieces.line_count).contains(&line)), "{finding:?}");
        assert!(!finding.message.is_empty() && !finding.message.ends_with('.'), "{finding:?}");
        if UNREADABLE.contains(&finding.rule.code) {
            unreadable.extend(finding.place.line);
        }
    }
    assert!(
        unreadable.is_disjoint(&pieces.objects),
        "refused, and serde_json reads it: {unreadable:?} {:?}",
        pieces.objects
    );
    // What is no UTF-8 is said once for a file; past a thousand, findings are counted.
    let is_folded = report.findings().iter().any(|finding| finding.rule.code == "JSL006");
    if !is_folded && report.left_off().is_empty() {
        assert!(
            pieces.others.is_subset(&unreadable),
            "read, and serde_json refuses it: {:?} {unreadable:?}",
            pieces.others
        );
    }
    let subject = Subject { files: vec![file.clone()], model: model.title().to_owned(), checked: "checked".to_owned() };
    let (text, lines) = (render_text(report, Some(&subject)), render_json(report));
    let (markdown, html) = (render_markdown(report, &subject), render_html(report, &subject, &NoThumbnails));
    for line in lines.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["event"].is_string() && event["code"].is_string());
    }
    for page in [&text, &markdown, &html] {
        assert!(is_report(page.as_bytes()), "{page}");
        assert!(!page.chars().any(|character| character.is_control() && character != '\n'), "{page}");
    }
    assert!(!html.to_lowercase().contains("<script"));
    repair(&options, UnsafeFixes::Leave, folder);
    repair(&options, UnsafeFixes::Apply, folder);
    let estimated = estimate(&EstimateOptions { file, model, ..EstimateOptions::default() }, &Silent);
    assert!(!render_table(&estimated.unwrap()).is_empty());
    report.findings().iter().map(|finding| finding.rule.code).collect()
}

/// A folder in memory, where the machine has one: a repair waits for the disk.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

#[test]
#[ignore = "takes minutes"]
fn fuzz_jsonl() {
    let setting = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<f64>().ok());
    let minutes = setting("NOVA_FT_FUZZ_MINUTES").unwrap_or(1.0);
    let seed = setting("NOVA_FT_FUZZ_SEED").unwrap_or(1.0) as u64;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let seeds = corpus::seeds(MOST_BYTES / 4);
    let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let (mut slowest, mut round, mut most_bytes) = (Duration::ZERO, 0_u64, 0);
    let mut codes = BTreeMap::<&str, u64>::new();
    let root = folder();
    while Instant::now() < end {
        round += 1;
        let mut bytes = seeds[random.random_range(0..seeds.len())].clone();
        for _ in 0..random.random_range(1..7) {
            match random.random_range(0..10) {
                0 => mutate_encoding(&mut bytes, &mut random),
                1..=4 => mutate_line(&mut bytes, &mut random),
                _ => mutate_bytes(&mut bytes, &seeds, &mut random),
            }
        }
        bytes.truncate(MOST_BYTES);
        let model = Model::ALL[random.random_range(0..4)];
        let folder = root.path().join(round.to_string());
        std::fs::create_dir(&folder).unwrap();
        let begun = Instant::now();
        let found = catch_unwind(AssertUnwindSafe(|| assert_consistent(&bytes, model, &folder)));
        let took = begun.elapsed();
        std::fs::remove_dir_all(&folder).unwrap();
        if found.is_err() || took > LONGEST {
            let path = std::env::temp_dir().join(format!("fuzz_{seed}_{round}.jsonl"));
            std::fs::write(&path, &bytes).unwrap();
            panic!("seed {seed}, round {round}, {model}, {took:?}: {}", path.display());
        }
        (slowest, most_bytes) = (slowest.max(took), most_bytes.max(bytes.len()));
        found.unwrap().into_iter().for_each(|code| *codes.entry(code).or_default() += 1);
    }
    println!("{round} files, the largest {most_bytes} bytes, slowest {slowest:?}; files with each code: {codes:#?}");
}
