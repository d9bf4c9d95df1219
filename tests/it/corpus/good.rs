//! Files in which nothing is wrong, however unusual they look.

use std::fmt::Write as _;

use nova_ft::validate::Model;
use serde_json::{Value, json};

use super::case::{Case, to_lines};
use super::records::{Media, Recipe, at, random_for, records, set};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    models(&mut cases);
    texts(&mut cases);
    files(&mut cases);
    layouts(&mut cases);
    sides(&mut cases);
    cases
}

const IMAGES: Recipe = Recipe::IMAGES;

fn models(cases: &mut Vec<Case>) {
    for model in Model::ALL {
        for (media, kind) in [(Media::None, "texts"), (Media::Images, "images"), (Media::Videos, "videos")] {
            if model == Model::Micro && media != Media::None {
                continue;
            }
            for (has_system, rounds) in [(true, 1), (false, 1), (true, 3), (false, 4)] {
                let recipe = Recipe { media, ..IMAGES }.model(model).system(has_system).rounds(rounds);
                let name = format!("{kind} for {model}, system {has_system}, {rounds} rounds");
                cases.push(Case::of_record(name, recipe, |_| {}, ""));
            }
        }
    }
    let lite_2 = Recipe::TEXTS.model(Model::Lite2).rounds(1);
    let reasoning = json!([{"reasoningContent": {"reasoningText": {"text": "右下角的印章。"}}}, {"text": "甲公司"}]);
    cases.push(Case::of_record("reasoning for lite-2", lite_2, set("LAST/content", reasoning), ""));
    let document = |record: &mut Value| {
        let location = json!({"uri": "s3://invoices/a.pdf", "bucketOwner": "123456789012"});
        let document = json!({"document": {"format": "pdf", "name": "invoice", "source": {"s3Location": location}}});
        at(record, "FIRST/content").as_array_mut().unwrap().push(document);
    };
    cases.push(Case::of_record("a document for lite-2", lite_2, document, ""));
    let without_image = set("FIRST/content", json!([{"text": "Which country is this form of?"}]));
    cases.push(Case::of_record("a text among images for lite", IMAGES, without_image, ""));
}

fn texts(cases: &mut Vec<Case>) {
    for (name, text) in [
        ("emojis", "🧾👩‍👧 这是发票"),
        ("full-width colons", "User：谁？Assistant：甲公司。System：x"),
        ("words without colons", "User Bot Assistant System Thought EOS image video unk"),
        ("words with a space before the colon", "User : who? System ："),
        ("angle brackets", "<b>销售方</b> a < b > c <img> <images>"),
        ("square brackets", "[EOS [SEP] [1]"),
        ("quotes and backslashes", "\"C:\\发票\\1.jpg\" and 'x' / \\n"),
        ("line breaks and tabs", "一\n二\r\n三\t四"),
        ("JSON", "{\"seller\": \"北京\", \"n\": [1, null]}"),
        ("one letter", "A"),
        ("digits", "91110108MA01F3XX4K"),
        ("a combining accent", "Cafe\u{301} Mu\u{308}ller"),
        ("rare characters", "𠮷野家\u{2028}㈱（北京）"),
        ("right to left", "الفاتورة שלום"),
        ("joiners inside words", "नुक्\u{200d}ता \u{200b}x"),
        ("a mark inside", "x\u{feff}y"),
        ("a bell in escapes", "a\u{7}b\u{0}c"),
        ("spaces around", "  甲公司  "),
        ("a URL", "https://example.com/?a=1&b=2#c"),
        ("a comment", "// /* x */ # y"),
        ("braces that stay open", "{[{[\"\"{["),
    ] {
        for place in ["PROMPT", "LABEL", "/system/0/text"] {
            let name = format!("{name} in {place}");
            cases.push(Case::of_record(name, IMAGES.system(true), set(place, json!(text)), ""));
        }
    }
    for (name, text) in
        [("Chinese", "发票".repeat(6_500)), ("English", "seller ".repeat(8_500)), ("digits", "7".repeat(28_000))]
    {
        cases.push(Case::of_record(
            format!("a long prompt, {name}"),
            Recipe::TEXTS.system(false).rounds(1),
            set("PROMPT", json!(text)),
            "",
        ));
    }
}

/// Makes a URI of a bucket.
type Change = fn(&str) -> String;

fn files(cases: &mut Vec<Case>) {
    for count in [2, 5, 10] {
        cases.push(Case::of_record(format!("{count} images in a record"), IMAGES.files(count), |_| {}, ""));
    }
    for format in ["png", "jpeg", "gif", "webp"] {
        let change = set("IMAGE/format", json!(format));
        cases.push(Case::of_record(format!("a {format}"), IMAGES, change, ""));
    }
    let uris: [(&str, Change); 6] = [
        ("a key at the root", |bucket| format!("s3://{bucket}/1")),
        ("a key with points", |bucket| format!("s3://{bucket}/a.b/..c/d..e/.f/1.tar.jpg")),
        ("a key with all that may stand in it", |bucket| format!("s3://{bucket}/AZaz09_-/-_./x.JPEG")),
        ("a key without an ending", |bucket| format!("s3://{bucket}/images/0001")),
        ("a key of another ending", |bucket| format!("s3://{bucket}/images/0001.bmp")),
        ("a URI of 1,024 bytes", |bucket| format!("s3://{bucket}/{}", "a".repeat(1_024 - 6 - bucket.len()))),
    ];
    for (name, change) in uris {
        let change = |record: &mut Value| {
            let uri = at(record, "URI");
            let bucket = uri.as_str().unwrap()["s3://".len()..].split('/').next().unwrap();
            *uri = change(bucket).into();
        };
        cases.push(Case::of_record(name, IMAGES, change, ""));
    }
    let no_text = |record: &mut Value| {
        at(record, "FIRST/content").as_array_mut().unwrap().retain(|block| block.get("text").is_none());
    };
    cases.push(Case::of_record("an image without a word", IMAGES, no_text, ""));
    let two_texts =
        |record: &mut Value| at(record, "FIRST/content").as_array_mut().unwrap().push(json!({"text": "谢谢"}));
    cases.push(Case::of_record("a text before and after an image", IMAGES, two_texts, ""));
    let two_prompts =
        |record: &mut Value| at(record, "/system").as_array_mut().unwrap().push(json!({"text": "Be brief."}));
    cases.push(Case::of_record("a system prompt in two parts", IMAGES.system(true), two_prompts, ""));
    let later = |record: &mut Value| {
        let mut block = json!({"image": at(record, "IMAGE").clone()});
        let uri = &mut block["image"]["source"]["s3Location"]["uri"];
        *uri = (uri.as_str().unwrap().to_owned() + ".2").into();
        at(record, "/messages/2/content").as_array_mut().unwrap().push(block);
    };
    cases.push(Case::of_record("an image in a later turn", IMAGES.rounds(2), later, ""));
}

/// A line with all that is not ASCII in escapes.
fn escaped(line: &str) -> String {
    line.chars().fold(String::new(), |mut out, character| {
        if character.is_ascii() {
            out.push(character);
        } else {
            character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write!(out, "\\u{unit:04X}").unwrap());
        }
        out
    })
}

/// A value with its members the other way round.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect(),
        Value::Array(items) => items.iter().map(reversed).collect(),
        other => other.clone(),
    }
}

fn layouts(cases: &mut Vec<Case>) {
    type Change = fn(&str) -> String;
    let changes: [(&str, Change); 9] = [
        ("escapes", escaped),
        ("escaped slashes", |line| line.replace('/', "\\/")),
        ("spaces inside", |line| {
            serde_json::to_string_pretty(&serde_json::from_str::<Value>(line).unwrap()).unwrap().replace('\n', " ")
        }),
        ("tabs and returns inside", |line| {
            serde_json::to_string_pretty(&serde_json::from_str::<Value>(line).unwrap()).unwrap().replace('\n', "\t\r ")
        }),
        ("spaces around", |line| format!(" \t{line}  ")),
        ("members the other way round", |line| reversed(&serde_json::from_str(line).unwrap()).to_string()),
        ("keys in escapes", |line| line.replace("\"role\"", "\"\\u0072ole\"").replace("\"user\"", "\"us\\u0065r\"")),
        ("Python's spaces", |line| line.replace("\":", "\": ")),
        ("spaces before every bracket", |line| line.replace("}]", " } ]")),
    ];
    for (name, change) in changes {
        let change = |lines: &mut Vec<Vec<u8>>, _: usize, _: &mut _| {
            for line in lines {
                *line = (change(std::str::from_utf8(line).unwrap().trim_end()) + "\n").into_bytes();
            }
        };
        cases.push(Case::of_lines(format!("layout: {name}"), IMAGES, change, ""));
        let mut cut = Case::of_lines(format!("layout: {name}, no line break at the end"), IMAGES, change, "");
        cut.train.pop();
        cases.push(cut);
    }
}

fn sides(cases: &mut Vec<Case>) {
    cases.push(Case::of_record("8 records", IMAGES.count(8), |_| {}, ""));
    for (name, recipe, count) in [
        ("a validation file", IMAGES, 14),
        ("a validation file of one record", IMAGES, 19),
        ("a validation file of texts", Recipe::TEXTS, 12),
        ("a validation file of videos", Recipe::VIDEOS, 10),
    ] {
        let mut train = records(recipe.count(20), &mut random_for(name));
        let validation = to_lines(&train.split_off(count)).concat();
        cases.push(Case::of_bytes(name, recipe.model, to_lines(&train).concat(), "").with_validation(validation));
    }
}
