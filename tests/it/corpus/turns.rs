//! Roles out of order, blocks where they may not be, blocks that a model does not take.

use nova_ft::validate::Model;
use serde_json::{Value, json};

use super::case::Case;
use super::records::{Recipe, at, set};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    roles(&mut cases);
    order(&mut cases);
    blocks(&mut cases);
    cases
}

const IMAGES: Recipe = Recipe::IMAGES;

fn roles(cases: &mut Vec<Case>) {
    for role in ["User", "USER", "human", "customer", "user ", "", "用户", "tool", "developer"] {
        let change = set("FIRST/role", json!(role));
        cases.push(Case::of_record(format!("the first role is {role:?}"), IMAGES, change, "FIRST/role CNV002"));
    }
    for role in ["Assistant", "ASSISTANT", "ai", "bot", "model", "gpt", " assistant", "system", "user"] {
        let change = set("LAST/role", json!(role));
        cases.push(Case::of_record(format!("the last role is {role:?}"), IMAGES, change, "LAST/role CNV002"));
    }
    for role in ["system", "assistant"] {
        let change = set("FIRST/role", json!(role));
        let said = "FIRST/role CNV002; IMAGE CNV004";
        cases.push(Case::of_record(format!("the first role is {role:?}"), IMAGES, change, said));
    }
}

fn turns(record: &mut Value) -> &mut Vec<Value> {
    at(record, "/messages").as_array_mut().unwrap()
}

fn order(cases: &mut Vec<Case>) {
    let turn = |role: &str| json!({"role": role, "content": [{"text": "好的"}]});
    let (one, two) = (IMAGES.rounds(1), IMAGES.rounds(2));
    cases.push(Case::of_record("no turn", one, |record| turns(record).clear(), "/messages CNV002"));
    cases.push(Case::of_record("a question alone", one, |record| turns(record).truncate(1), "/messages CNV002"));
    let answer = |record: &mut Value| drop(turns(record).remove(0));
    cases.push(Case::of_record("an answer alone", one, answer, "/messages CNV002; /messages/0/role CNV002"));
    let said = "/messages/2 CNV002";
    cases.push(Case::of_record("the last answer is missing", two, |record| turns(record).truncate(3), said));
    let said = "/messages/1/role CNV002";
    cases.push(Case::of_record("the first answer is missing", two, |record| drop(turns(record).remove(1)), said));
    cases.push(Case::of_record("two questions", one, move |record| turns(record).insert(0, turn("user")), said));
    let said = "/messages/2/role CNV002";
    cases.push(Case::of_record("two answers", one, move |record| turns(record).push(turn("assistant")), said));
    let said = "/messages/2 CNV002";
    cases.push(Case::of_record("a question at the end", one, move |record| turns(record).push(turn("user")), said));
    let swapped = |record: &mut Value| turns(record).swap(0, 1);
    cases.push(Case::of_record("answer and question swapped", one, swapped, "/messages/0/role CNV002"));
    let said = "/messages/2/role CNV002";
    let nudge = move |record: &mut Value| turns(record).insert(2, turn("system"));
    cases.push(Case::of_record("a system turn in between", two, nudge, said));
}

/// A change that adds a block to a turn.
fn with_block(turn: &'static str, block: Value) -> impl Fn(&mut Value) {
    move |record| at(record, turn).as_array_mut().unwrap().push(block.clone())
}

fn blocks(cases: &mut Vec<Case>) {
    let location = json!({"uri": "s3://invoices/a.pdf", "bucketOwner": "123456789012"});
    let document = json!({"document": {"format": "pdf", "name": "invoice", "source": {"s3Location": location}}});
    let reasoning = json!({"reasoningContent": {"reasoningText": {"text": "右下角是销售方。"}}});
    let call = json!({"toolUse": {"toolUseId": "1", "name": "ocr", "input": {}}});
    let result = json!({"toolResult": {"toolUseId": "1", "content": [{"text": "甲"}]}});
    let lite_2 = Recipe::TEXTS.model(Model::Lite2).rounds(1);
    let (user, assistant) = ("FIRST/content", "LAST/content");
    for model in [Model::Micro, Model::Lite, Model::Pro] {
        let texts = Recipe::TEXTS.model(model).rounds(1);
        let of = |block: &Value, turn, said: &str| {
            let name = format!("{model}: {} in {turn}", block.as_object().unwrap().keys().next().unwrap());
            Case::of_record(name, texts, with_block(turn, block.clone()), said)
        };
        cases.push(of(&document, user, "/messages/0/content/1/document CNV005"));
        cases.push(of(&reasoning, assistant, "/messages/1/content/1/reasoningContent/reasoningText/text CNV005"));
        cases.push(of(&call, assistant, "/messages/1/content/1/toolUse CNV005"));
        cases.push(of(&result, user, "/messages/0/content/1/toolResult CNV005"));
    }
    let of = |name: &str, block: &Value, turn, said: &str| {
        Case::of_record(format!("lite-2: {name}"), lite_2, with_block(turn, block.clone()), said)
    };
    cases.push(of("a call", &call, assistant, "/messages/1/content/1/toolUse CNV005"));
    cases.push(of("a result", &result, user, "/messages/0/content/1/toolResult CNV005"));
    let said = "/messages/0/content/1/reasoningContent/reasoningText/text CNV006";
    cases.push(of("reasoning of the user", &reasoning, user, said));
    cases.push(of("a document of the assistant", &document, assistant, "/messages/1/content/1/document CNV004"));
    cases.push(of(
        "a document without a source",
        &json!({"document": {"format": "pdf"}}),
        user,
        "/messages/0/content/1/document CNV001",
    ));
    cases.push(of(
        "a document that is a text",
        &json!({"document": "a.pdf"}),
        user,
        "/messages/0/content/1/document CNV001",
    ));
    let mut word = document.clone();
    word["document"]["format"] = "docx".into();
    cases.push(of("a document of Word", &word, user, "/messages/0/content/1/document/format CNV008"));
    for (name, content, said) in [
        ("language", json!({"reasoningText": {"text": "右", "language": "zh"}}), "reasoningText/language CNV003"),
        ("signature", json!({"reasoningText": {"text": "右"}, "signature": "x"}), "signature CNV003"),
    ] {
        let said = format!("/messages/1/content/1/reasoningContent/{said}");
        cases.push(of(&format!("reasoning with a {name}"), &json!({"reasoningContent": content}), assistant, &said));
    }
    let text_alone = json!({"reasoningContent": "右下角是销售方。"});
    cases.push(of("reasoning as a text", &text_alone, assistant, "/messages/1/content/1/reasoningContent CNV001"));
    let empty = json!({"reasoningContent": {"reasoningText": {"text": " "}}});
    let said = "/messages/1/content/1/reasoningContent/reasoningText/text TXT001";
    cases.push(of("reasoning of nothing", &empty, assistant, said));
    let word = json!({"reasoningContent": {"reasoningText": {"text": "Thought: 右"}}});
    let said = "/messages/1/content/1/reasoningContent/reasoningText/text TXT002";
    cases.push(of("a reserved word in reasoning", &word, assistant, said));
    for text in ["<thinking>右</thinking>甲公司", "<Thinking>右", "甲公司</THINKING>"] {
        let thinking = set("LABEL", json!(text));
        cases.push(Case::of_record(format!("lite-2: {text} in a label"), lite_2, thinking, "W LABEL CNV006"));
    }
    let alone = set("LAST/content", json!([reasoning.clone()]));
    let said = "W /messages/1/content/0/reasoningContent/reasoningText/text CNV006";
    cases.push(Case::of_record("lite-2: reasoning without an answer", lite_2, alone, said));
    let with_image = with_block(assistant, reasoning);
    let said = "/messages/1/content/1/reasoningContent/reasoningText/text CNV006";
    let images = IMAGES.model(Model::Lite2).rounds(1);
    cases.push(Case::of_record("lite-2: reasoning beside an image", images, with_image, said));
    for (name, block) in [
        ("audio", json!({"audio": {"format": "mp3"}})),
        ("a guard", json!({"guardContent": {"text": {"text": "x"}}})),
        ("a cache point", json!({"cachePoint": {"type": "default"}})),
        ("text and image in one", json!({"text": "x", "type": "image"})),
    ] {
        let said = "/messages/0/content/1 CNV001";
        cases.push(Case::of_record(format!("a block of {name}"), Recipe::TEXTS, with_block(user, block), said));
    }
    let merged = |record: &mut Value| {
        let image = at(record, "IMAGE").clone();
        *at(record, "FIRST/content") = json!([{"text": "Who?", "image": image}]);
    };
    cases.push(Case::of_record("image and text in one block", IMAGES, merged, "FIRST/content/0 CNV001"));
    let micro = IMAGES.model(Model::Micro).count(8).system(true);
    let mut images = Case::of_record("micro: images", micro, |_| {}, "IMAGE CNV005");
    let text = String::from_utf8(images.train.clone()).unwrap();
    images.expected = text
        .lines()
        .zip(1..)
        .map(|(line, number)| {
            let record: Value = serde_json::from_str(line).unwrap();
            super::case::expected(&format!("{number} {} CNV005", super::records::pointer(&record, "IMAGE")), 0)
                .remove(0)
        })
        .collect();
    cases.push(images);
}
