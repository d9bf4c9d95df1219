//! Data sets as a whole: how many records, what stands in them twice, names of files.

use nova_ft::validate::Model;
use serde_json::{Value, json};

use super::case::{Case, expected, to_lines};
use super::records::{Recipe, at, pointer, random_for, records, set};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    counts(&mut cases);
    repeats(&mut cases);
    names(&mut cases);
    cases
}

/// Files of as many records as there may be, and more.
pub(super) fn large() -> Vec<Case> {
    let recipe = Recipe::IMAGES.rounds(1).count(20_001);
    let all = records(recipe, &mut random_for("20,001 records"));
    let lines = |records: &[Value]| to_lines(records).concat();
    let (train, validation) = all.split_at(19_995);
    let too_many = Case::of_bytes("20,001 records", Model::Lite, lines(&all), "- - SPL001");
    let on_both_sides = Case::of_bytes("20,001 records on both sides", Model::Lite, lines(train), "- - SPL001");
    let right = Case::of_bytes("20,000 records", Model::Lite, lines(&all[1..]), "");
    vec![too_many, on_both_sides.with_validation(lines(validation)), right]
}

fn bytes(recipe: Recipe, seed: &str) -> Vec<u8> {
    to_lines(&records(recipe, &mut random_for(seed))).concat()
}

fn counts(cases: &mut Vec<Case>) {
    let of = |name: &str, recipe: Recipe, said: &str| Case::of_bytes(name, recipe.model, bytes(recipe, name), said);
    let (images, texts) = (Recipe::IMAGES, Recipe::TEXTS);
    cases.push(of("seven records", images.count(7), "- - SPL001"));
    cases.push(of("one record", images.count(1), "- - SPL001"));
    cases.push(of("seven records for Micro", texts.model(Model::Micro).count(7), "- - SPL001"));
    cases.push(of("199 records for lite-2", images.model(Model::Lite2).count(199), "W - - SPL001"));
    cases.push(of("8 records for lite-2", images.model(Model::Lite2).count(8), "W - - SPL001"));
    cases.push(Case::of_bytes("an empty file", Model::Lite, "", "- - SPL001"));
    cases.push(Case::of_bytes("a line break alone", Model::Lite, "\n", "1 - JSL003; - - SPL001"));
    cases.push(Case::of_bytes(
        "white space alone",
        Model::Lite,
        " \n\t\n  ",
        "1 - JSL003; 2 - JSL003; 3 - JSL003; - - SPL001",
    ));
    cases.push(Case::of_bytes("a mark alone", Model::Lite, "\u{feff}", "W 1 - JSL005; 1 - JSL003; - - SPL001"));
    let eight = || bytes(images.count(8), "eight");
    let with = |name: &str, validation: Vec<u8>, said: &str| {
        Case::of_bytes(name, Model::Lite, eight(), said).with_validation(validation)
    };
    cases.push(with("an empty validation file", Vec::new(), "V - - SPL001"));
    cases.push(with("a validation file of white space", b" \n".to_vec(), "V 1 - JSL003; V - - SPL001"));
    cases.push(with("a validation file of no JSON", b"not json\n".to_vec(), "V 1 - JSL001"));
    // Where a line cannot be read, there may be a record on it.
    let broken = String::from_utf8(eight()).unwrap().replacen("{\"schemaVersion\"", "{'schemaVersion'", 1);
    cases.push(Case::of_bytes("eight records, one of them broken", Model::Lite, broken, "1 - JSL001"));
    let recipe = images.model(Model::Lite2).count(210);
    let mut train = records(recipe, &mut random_for("lite-2, both sides"));
    let validation = to_lines(&train.split_off(200)).concat();
    let case = Case::of_bytes("lite-2 with a validation file", Model::Lite2, to_lines(&train).concat(), "V - - SPL008");
    cases.push(case.with_validation(validation));
}

/// Records of one generator on both sides, and a change of the second side's that sees the first side's.
fn sides(name: &str, recipe: Recipe, change: impl Fn(&[Value], &mut Vec<Value>)) -> Case {
    let mut train = records(recipe.count(20), &mut random_for(name));
    let mut validation = train.split_off(14);
    change(&train, &mut validation);
    let validation = to_lines(&validation).concat();
    Case::of_bytes(name, recipe.model, to_lines(&train).concat(), "").with_validation(validation)
}

fn repeats(cases: &mut Vec<Case>) {
    let (images, texts) = (Recipe::IMAGES.rounds(1), Recipe::TEXTS.rounds(1));
    let saying = |mut case: Case, said: &str| {
        let validation = case.validation.clone().unwrap();
        let line = validation.split(|byte| *byte == b'\n').nth(2).unwrap();
        let record: Value = serde_json::from_slice(line).unwrap();
        let kind = ["IMAGE", "VIDEO"].into_iter().find(|kind| said.contains(kind));
        let place = kind.map_or_else(String::new, |kind| pointer(&record, kind));
        case.expected = expected(&said.replace(kind.unwrap_or("IMAGE"), &place), 0);
        case
    };
    let same = |train: &[Value], validation: &mut Vec<Value>| validation[2].clone_from(&train[5]);
    cases.push(saying(sides("a record on both sides", images, same), "V 3 IMAGE SPL002"));
    cases.push(saying(sides("a text record on both sides", texts, same), "V 3 - SPL012"));
    let same_image = |train: &[Value], validation: &mut Vec<Value>| {
        *at(&mut validation[2], "URI") = at(&mut train[5].clone(), "URI").clone();
    };
    cases.push(saying(sides("an image on both sides", images, same_image), "V 3 IMAGE SPL002"));
    let same_prompt = |train: &[Value], validation: &mut Vec<Value>| {
        *at(&mut validation[2], "PROMPT") = at(&mut train[5].clone(), "PROMPT").clone();
    };
    cases.push(saying(sides("a prompt on both sides", texts, same_prompt), "V 3 - SPL012"));
    let spaced = |train: &[Value], validation: &mut Vec<Value>| {
        let prompt = at(&mut train[5].clone(), "PROMPT").as_str().unwrap().replace(' ', "  ");
        *at(&mut validation[2], "PROMPT") = format!(" {prompt}\n").into();
    };
    cases.push(saying(sides("a prompt on both sides with other spaces", texts, spaced), "V 3 - SPL012"));
    let videos = Recipe::VIDEOS.rounds(1);
    cases.push(saying(sides("a video on both sides", videos, same), "V 3 VIDEO SPL002"));
    let bad = |_: &[Value], validation: &mut Vec<Value>| set("IMAGE/format", json!("jpg"))(&mut validation[2]);
    cases.push(saying(sides("a fault of the other side", images, bad), "V 3 IMAGE/format IMG001"));
    let bucket = |_: &[Value], validation: &mut Vec<Value>| {
        *at(&mut validation[2], "URI") = json!("s3://another-bucket/1.jpg");
    };
    cases.push(saying(sides("the other side's bucket", images, bucket), "V 3 IMAGE S3U004"));
    let video = |_: &[Value], validation: &mut Vec<Value>| {
        for block in at(&mut validation[2], "FIRST/content").as_array_mut().unwrap() {
            if let Some(image) = block.as_object_mut().unwrap().shift_remove("image") {
                *block = json!({ "video": image });
                block["video"]["format"] = "mp4".into();
            }
        }
    };
    cases.push(saying(sides("videos on the other side", images, video), "V 3 - SPL011"));
    for (name, is_same, said) in
        [("an image twice", true, "W 9 IMAGE SPL003"), ("an image with two labels", false, "9 IMAGE SPL003")]
    {
        let mut all = records(images.count(12), &mut random_for(name));
        let label = if is_same { at(&mut all[2].clone(), "LABEL").clone() } else { json!("另一家公司") };
        *at(&mut all[8], "URI") = at(&mut all[2].clone(), "URI").clone();
        *at(&mut all[8], "LABEL") = label;
        let image = pointer(&all[8], "IMAGE");
        cases.push(Case::of_bytes(name, Model::Lite, to_lines(&all).concat(), &said.replace("IMAGE", &image)));
    }
    for (name, is_same) in [("a text record twice", true), ("a prompt with two answers", false)] {
        let mut all = records(texts.count(12), &mut random_for(name));
        all[8] = all[2].clone();
        if !is_same {
            *at(&mut all[8], "LABEL") = json!("另一家公司");
        }
        cases.push(Case::of_bytes(name, Model::Lite, to_lines(&all).concat(), "W 9 - SPL013"));
    }
    let half = |recipe: Recipe, name: &str| {
        let mut all = records(recipe.count(12).system(true), &mut random_for(name));
        for record in &mut all[6..] {
            record.as_object_mut().unwrap().shift_remove("system");
        }
        Case::of_bytes(name, recipe.model, to_lines(&all).concat(), "W - - SPL010")
    };
    cases.push(half(images, "a system prompt in half of the records"));
    cases.push(half(texts, "a system prompt in half of the text records"));
    let name = "lite-2: one record without an image";
    let recipe = images.model(Model::Lite2);
    let alone = |record: &mut Value| *at(record, "FIRST/content") = json!([{"text": "Who?"}]);
    cases.push(Case::of_record(name, recipe, alone, "W FILE SPL011"));
}

fn names(cases: &mut Vec<Case>) {
    for file_name in [
        "train.json",
        "train.JSONL",
        "train.jsonl.gz",
        "train.txt",
        "train.ndjson",
        "train",
        "train.jsonl.bak",
        "train.jsonl ",
        "发票.json",
    ] {
        let train = bytes(Recipe::IMAGES, file_name);
        cases.push(
            Case::of_bytes(format!("the file is {file_name:?}"), Model::Lite, train, "- - JSL004").named(file_name),
        );
    }
    let train = bytes(Recipe::IMAGES, ".jsonl");
    cases.push(Case::of_bytes("the file is \".jsonl\"", Model::Lite, train, "- - JSL004").named(".jsonl"));
}
