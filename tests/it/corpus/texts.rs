//! Texts that are empty, hold reserved words, or are too long.

use nova_ft::validate::Model;
use serde_json::json;

use super::case::Case;
use super::records::{Recipe, set};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    empty(&mut cases);
    reserved(&mut cases);
    long(&mut cases);
    cases
}

const IMAGES: Recipe = Recipe::IMAGES.system(true);
const PLACES: [(&str, &str); 3] =
    [("the system prompt", "/system/0/text"), ("a prompt", "PROMPT"), ("a label", "LABEL")];

fn empty(cases: &mut Vec<Case>) {
    for text in [
        "",
        " ",
        "\n\t \r",
        "\u{3000}",
        "\u{A0}",
        "\u{2003}",
        "\u{2028}",
        "\u{200B}",
        "\u{200D}",
        "\u{FEFF}",
        "\u{2060}",
        "\u{AD}",
        "\u{3164}",
        "\u{2800}",
        "\u{FE0F}",
        "\u{1}\u{7F}",
        "\u{3000} \u{200B}\n\u{A0}",
    ] {
        for (whose, place) in PLACES {
            let said = format!("{place} TXT001");
            cases.push(Case::of_record(format!("{whose} is {text:?}"), IMAGES, set(place, json!(text)), &said));
        }
    }
    let micro = Recipe::TEXTS.model(Model::Micro);
    cases.push(Case::of_record("a label of Micro is empty", micro, set("LABEL", json!("")), "LABEL TXT001"));
}

const WORDS: [&str; 9] = ["User:", "Bot:", "Assistant:", "System:", "<image>", "<video>", "[EOS]", "Thought:", "<unk>"];

fn reserved(cases: &mut Vec<Case>) {
    for word in WORDS {
        for (whose, place) in PLACES {
            let text = format!("{word} 北京某某科技有限公司");
            let name = format!("{word} begins {whose}");
            cases.push(Case::of_record(name, IMAGES, set(place, json!(text)), &format!("{place} TXT002")));
            let text = format!("发票\nx{word}y");
            let name = format!("{word} inside a word of {whose}");
            cases.push(Case::of_record(name, IMAGES, set(place, json!(text)), &format!("{place} TXT002")));
        }
        for text in [word.to_lowercase(), word.to_uppercase()].into_iter().filter(|text| text != word) {
            let name = format!("{text} in other case");
            cases.push(Case::of_record(name, IMAGES, set("PROMPT", json!(text)), "W PROMPT TXT002"));
        }
    }
    let both = json!("System: read. User: <image>");
    let said = "PROMPT TXT002; PROMPT TXT002; PROMPT TXT002";
    cases.push(Case::of_record("three words in one text", IMAGES, set("PROMPT", both), said));
    let both = json!("User: user:");
    cases.push(Case::of_record("one word in both cases", IMAGES, set("LABEL", both), "LABEL TXT002"));
    let escaped = |lines: &mut Vec<Vec<u8>>, at: usize, _: &mut _| {
        let line = String::from_utf8(lines[at].clone()).unwrap();
        let place = line.find("\"role\":\"user\",\"content\":[").unwrap() + "\"role\":\"user\",\"content\":[".len();
        lines[at] = format!("{}{{\"text\":\"\\u0055ser\\u003a\"}},{}", &line[..place], &line[place..]).into_bytes();
    };
    let said = "@ /messages/0/content/0/text TXT002";
    cases.push(Case::of_lines("a word in escapes", IMAGES, escaped, said));
}

fn long(cases: &mut Vec<Case>) {
    for (name, text, said) in [
        ("Chinese", "发票".repeat(40_000), "- TXT003"),
        ("English", "the seller ".repeat(25_000), "- TXT003"),
        ("digits", "1234567890".repeat(12_000), "- TXT003"),
        ("perhaps too long", "发票".repeat(10_000), "W - TXT003"),
    ] {
        let said_of = |place: &str| {
            Case::of_record(format!("a long text, {name}, {place}"), IMAGES, set(place, json!(text)), said)
        };
        cases.push(said_of("PROMPT"));
        cases.push(said_of("LABEL"));
    }
}
