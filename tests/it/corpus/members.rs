//! Members of a wrong type, missing, misspelt, unknown; records of other schemas.

use serde_json::{Value, json};

use super::case::Case;
use super::records::{Recipe, at, renamed, set, without};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    wrong_types(&mut cases);
    missing(&mut cases);
    misspelt(&mut cases);
    unknown(&mut cases);
    other_schemas(&mut cases);
    cases
}

const IMAGES: Recipe = Recipe::IMAGES.system(true);

fn wrong_types(cases: &mut Vec<Case>) {
    let values = || [json!(null), json!(7), json!([]), json!({}), json!(true), json!("x")];
    let kinds = ["null", "number", "list", "object", "bool", "text"];
    // What is said of each kind; nothing where it is the right one.
    let same = |said: &'static str| [said; 6];
    let but_text = |said: &'static str, of_text: &'static str| [said, said, said, said, said, of_text];
    let members = [
        ("/schemaVersion", same("/schemaVersion CNV001")),
        ("/system", same("/system CNV001")),
        ("/system/0", same("/system/0 CNV001")),
        ("/system/0/text", but_text("/system/0 CNV001", "")),
        (
            "/messages",
            ["", "", "/messages CNV002", "", "", ""]
                .map(|said| if said.is_empty() { "/messages CNV001" } else { said }),
        ),
        (
            "FIRST",
            [
                "FIRST CNV001",
                "FIRST CNV001",
                "FIRST CNV001",
                "FIRST CNV001; FIRST CNV001",
                "FIRST CNV001",
                "FIRST CNV001",
            ],
        ),
        ("FIRST/role", but_text("FIRST CNV001", "FIRST/role CNV002")),
        ("FIRST/content", same("FIRST/content CNV001")),
        ("LAST/content", same("LAST/content CNV001")),
        ("FIRST/content/0", same("FIRST/content/0 CNV001")),
        ("LAST/content/0", same("LAST/content/0 CNV001")),
        ("PROMPT", but_text("PROMPT CNV001", "")),
        ("LABEL", but_text("LABEL CNV001", "")),
        (
            "IMAGE",
            [
                "IMAGE CNV001",
                "IMAGE CNV001",
                "IMAGE CNV001",
                "IMAGE CNV001; IMAGE CNV001",
                "IMAGE CNV001",
                "IMAGE CNV001",
            ],
        ),
        ("IMAGE/format", but_text("IMAGE/format CNV001", "IMAGE/format IMG001")),
        ("IMAGE/source", same("IMAGE CNV001")),
        (
            "IMAGE/source/s3Location",
            [
                "IMAGE CNV001",
                "IMAGE CNV001",
                "IMAGE CNV001",
                "IMAGE CNV001; OWNER S3U002",
                "IMAGE CNV001",
                "IMAGE CNV001",
            ],
        ),
        ("URI", but_text("URI CNV001", "URI S3U001")),
        ("OWNER", same("OWNER S3U002")),
    ];
    for (member, said) in members {
        for ((value, kind), said) in values().into_iter().zip(kinds).zip(said) {
            if !said.is_empty() {
                cases.push(Case::of_record(format!("{member} is a {kind}"), IMAGES, set(member, value), said));
            }
        }
    }
    for (value, kind) in values().into_iter().zip(kinds).filter(|(_, kind)| *kind != "object") {
        let change = |lines: &mut Vec<Vec<u8>>, at: usize, _: &mut _| lines[at] = format!("{value}\n").into_bytes();
        cases.push(Case::of_lines(format!("a line is a {kind}"), IMAGES, change, "@ - JSL001"));
    }
}

fn missing(cases: &mut Vec<Case>) {
    for (member, said) in [
        ("/schemaVersion", "- CNV001"),
        ("/system", "W FILE SPL010"),
        ("/messages", "- CNV001"),
        ("FIRST/role", "FIRST CNV001"),
        ("LAST/role", "LAST CNV001"),
        ("FIRST/content", "FIRST CNV001"),
        ("LAST/content", "LAST CNV001"),
        ("LAST/content/0/text", "LAST/content/0 CNV001"),
        ("/system/0/text", "/system/0 CNV001"),
        ("IMAGE/format", "IMAGE CNV001"),
        ("IMAGE/source", "IMAGE CNV001"),
        ("IMAGE/source/s3Location", "IMAGE CNV001"),
        ("IMAGE/source/s3Location/uri", "IMAGE CNV001"),
        ("IMAGE/source/s3Location/bucketOwner", "OWNER S3U002"),
    ] {
        cases.push(Case::of_record(format!("{member} is missing"), IMAGES, without(member), said));
    }
    cases.push(Case::of_record(
        "nothing is there",
        IMAGES,
        |record| *record = json!({}),
        "- CNV001; - CNV001; W FILE SPL010",
    ));
}

fn misspelt(cases: &mut Vec<Case>) {
    for (member, new, said) in [
        ("/schemaVersion", "schemaversion", "- CNV001; /schemaversion CNV003"),
        ("/schemaVersion", "schema_version", "- CNV001; /schema_version CNV003"),
        ("/schemaVersion", "version", "- CNV001; /version CNV003"),
        ("/system", "System", "/System CNV003; W FILE SPL010"),
        ("/messages", "Messages", "- CNV001; /Messages CNV003"),
        ("/messages", "message", "- CNV001; /message CNV003"),
        ("FIRST/role", "Role", "FIRST CNV001; FIRST/Role CNV003"),
        ("LAST/role", "from", "LAST CNV001; LAST/from CNV003"),
        ("FIRST/content", "Content", "FIRST CNV001; FIRST/Content CNV003"),
        ("LAST/content", "contents", "LAST CNV001; LAST/contents CNV003"),
        ("LAST/content/0/text", "Text", "LAST/content/0 CNV001"),
        ("LAST/content/0/text", "txt", "LAST/content/0 CNV001"),
        ("/system/0/text", "TEXT", "/system/0 CNV001"),
        ("IMAGE/format", "Format", "IMAGE CNV001; IMAGE/Format CNV003"),
        ("IMAGE/format", "type", "IMAGE CNV001; IMAGE/type CNV003"),
        ("IMAGE/source", "Source", "IMAGE CNV001; IMAGE/Source CNV003"),
        ("IMAGE/source/s3Location", "s3location", "IMAGE CNV001; IMAGE/source/s3location CNV003"),
        ("IMAGE/source/s3Location", "s3_location", "IMAGE CNV001; IMAGE/source/s3_location CNV003"),
        ("IMAGE/source/s3Location", "S3Location", "IMAGE CNV001; IMAGE/source/S3Location CNV003"),
        ("IMAGE/source/s3Location/uri", "URI", "IMAGE CNV001; IMAGE/source/s3Location/URI CNV003"),
        ("IMAGE/source/s3Location/uri", "url", "IMAGE CNV001; IMAGE/source/s3Location/url CNV003"),
        (
            "IMAGE/source/s3Location/bucketOwner",
            "bucketowner",
            "OWNER S3U002; IMAGE/source/s3Location/bucketowner CNV003",
        ),
        (
            "IMAGE/source/s3Location/bucketOwner",
            "bucket_owner",
            "OWNER S3U002; IMAGE/source/s3Location/bucket_owner CNV003",
        ),
        ("IMAGE/source/s3Location/bucketOwner", "accountId", "OWNER S3U002; IMAGE/source/s3Location/accountId CNV003"),
    ] {
        cases.push(Case::of_record(format!("{member} is spelt {new}"), IMAGES, renamed(member, new), said));
    }
    for spelt in ["Image", "img", "image_url", "photo", "picture"] {
        let change = move |record: &mut Value| {
            for block in at(record, "FIRST/content").as_array_mut().unwrap() {
                if let Some(image) = block.as_object_mut().unwrap().shift_remove("image") {
                    *block = json!({ spelt: image });
                }
            }
        };
        let name = format!("an image is spelt {spelt}");
        // Where the block is, the image's own pointer without its last part says.
        let mut case = Case::of_record(name, IMAGES, change, "IMAGE CNV001");
        let pointer = case.expected[0].pointer.take().unwrap();
        case.expected[0].pointer = pointer.strip_suffix("/image").map(str::to_owned);
        cases.push(case);
    }
    for version in ["bedrock-conversation-2023", "Bedrock-Conversation-2024", " bedrock-conversation-2024", "1.0"] {
        let change = set("/schemaVersion", json!(version));
        cases.push(Case::of_record(format!("the version is {version:?}"), IMAGES, change, "/schemaVersion CNV001"));
    }
}

fn unknown(cases: &mut Vec<Case>) {
    for (member, value, said) in [
        ("/id", json!(7), "/id CNV003"),
        ("/metadata", json!({"split": "train"}), "/metadata CNV003"),
        ("/_comment", json!("checked by hand"), "/_comment CNV003"),
        ("/a~b", json!(1), "/a~0b CNV003"),
        ("/inferenceConfig", json!({"maxTokens": 100}), "/inferenceConfig CNV003"),
        ("/toolConfig", json!({"tools": []}), "/toolConfig CNV003"),
        ("FIRST/name", json!("x"), "FIRST/name CNV003"),
        ("LAST/weight", json!(0), "LAST/weight CNV003"),
        ("LAST/refusal", json!(null), "LAST/refusal CNV003"),
        ("LAST/content/0/cachePoint", json!({"type": "default"}), "LAST/content/0 CNV001"),
        ("LAST/content/0/id", json!(1), "LAST/content/0 CNV001"),
        ("/system/0/cachePoint", json!({"type": "default"}), "/system/0 CNV001"),
        ("/system/0/type", json!("text"), "/system/0 CNV001"),
        ("IMAGE/detail", json!("high"), "IMAGE/detail CNV003"),
        ("IMAGE/source/type", json!("s3"), "IMAGE/source/type CNV003"),
        ("IMAGE/source/s3Location/versionId", json!("1"), "IMAGE/source/s3Location/versionId CNV003"),
    ] {
        cases.push(Case::of_record(format!("{member} is unknown"), IMAGES, set(member, value), said));
    }
}

fn other_schemas(cases: &mut Vec<Case>) {
    let plain = Recipe::IMAGES.system(false);
    let records = [
        ("Titan", json!({"prompt": "Who?", "completion": "甲公司"})),
        ("Titan's answers", json!({"inputText": "Who?", "outputText": "甲公司"})),
        ("Claude's text completions", json!({"prompt": "\n\nHuman: Who?\n\nAssistant:", "completion": " 甲公司"})),
        ("Llama", json!({"prompt": "<s>[INST] Who? [/INST]", "completion": "甲公司 </s>"})),
        (
            "ShareGPT",
            json!({"conversations": [{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "甲公司"}]}),
        ),
        ("Alpaca", json!({"instruction": "Read.", "input": "Who?", "output": "甲公司"})),
        ("continued pre-training", json!({"input": "Who?", "output": "甲公司"})),
        ("image models", json!({"image-ref": "s3://bucket/1.jpg", "caption": "an invoice"})),
        ("batch inference", json!({"recordId": "1", "modelInput": {"messages": []}})),
    ];
    for (name, record) in records {
        cases.push(Case::of_record(
            format!("the schema of {name}"),
            plain,
            move |one| *one = record.clone(),
            "- CNV001",
        ));
    }
    let openai = |record: &mut Value| {
        record.as_object_mut().unwrap().shift_remove("schemaVersion");
        *at(record, "/messages") = json!([
            {"role": "user", "content": [{"type": "text", "text": "Who?"}, {"type": "image_url", "image_url": {"url": "https://x/1.jpg"}}]},
            {"role": "assistant", "content": "甲公司"},
        ]);
    };
    let said = "- CNV001; /messages/0/content/0 CNV001; /messages/0/content/1 CNV001; /messages/1/content CNV001";
    cases.push(Case::of_record("the schema of OpenAI", plain.rounds(1), openai, said));
    let system_turn = |record: &mut Value| {
        *at(record, "/messages") = json!([
            {"role": "system", "content": "You read invoices."},
            {"role": "user", "content": "Who?"},
            {"role": "assistant", "content": "甲公司"},
        ]);
    };
    let said =
        "/messages/0/content CNV001; /messages/0/role CNV002; /messages/1/content CNV001; /messages/2/content CNV001";
    cases.push(Case::of_record("a system turn of OpenAI", plain, system_turn, said));
    let claude = |record: &mut Value| {
        let source = json!({"type": "base64", "media_type": "image/jpeg", "data": "/9j/"});
        record["system"] = json!("You read invoices.");
        *at(record, "/messages") = json!([
            {"role": "user", "content": [{"type": "image", "source": source}, {"type": "text", "text": "Who?"}]},
            {"role": "assistant", "content": "甲公司"},
        ]);
    };
    let said = "/system CNV001; /messages/0/content/0 CNV001; /messages/0/content/1 CNV001; /messages/1/content CNV001; W FILE SPL010";
    cases.push(Case::of_record("messages of Claude", plain, claude, said));
}
