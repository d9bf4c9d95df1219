use proptest::prelude::*;
use serde_json::json;

use super::*;

fn asked(content: &Value) -> Value {
    json!({ "messages": [{ "role": "user", "content": content }] })
}

fn refusal(body: &Value) -> String {
    let fault = Conversation::parse(body, Dialect::Converse).unwrap_err();
    assert_eq!((fault.code, fault.status), ("ValidationException", 400), "{body}");
    fault.message
}

fn image(format: &str, source: &Value) -> Value {
    json!([{ "image": { "format": format, "source": source } }])
}

#[test]
fn texts_and_images_are_found_and_what_a_client_may_add_is_passed_over() {
    let body = json!({
        "system": [{ "text": "read" }, { "cachePoint": { "type": "default" } }],
        "messages": [
            { "role": "user", "content": [{ "text": "one" }, { "image": {
                "format": "jpeg", "source": { "s3Location": { "uri": "s3://bucket-1/a.jpg", "bucketOwner": "000000000000" } }
            } }] },
            { "role": "assistant", "content": [{ "text": "甲" }] },
            { "role": "user", "content": [{ "image": { "format": "png", "source": { "bytes": "YWJj" } } }, { "text": "two" }] },
        ],
        "inferenceConfig": { "maxTokens": 40, "temperature": 0, "topP": 0.9, "stopSequences": ["。"] },
        "requestMetadata": { "a": "b" }, "somethingNew": 1,
    });
    let found = Conversation::parse(&body, Dialect::Converse).unwrap();
    assert_eq!(found.texts, ["read", "one", "甲", "two"]);
    assert_eq!((found.most_tokens, &found.stop_sequences[..]), (Some(40), &["。".to_owned()][..]));
    let owner = Some("000000000000".to_owned());
    let first = Source::S3 { uri: "s3://bucket-1/a.jpg".to_owned(), bucket_owner: owner };
    assert_eq!(found.images[0], [Image { format: Format::Jpeg, source: first, at: "messages.0.content.1".into() }]);
    let second = Source::Bytes(b"abc".to_vec());
    assert_eq!(found.images[1], [Image { format: Format::Png, source: second, at: "messages.2.content.0".into() }]);
}

#[test]
fn roles_and_blank_texts_are_refused_in_aws_words() {
    let say = |roles: &[&str]| {
        let messages = roles.iter().map(|role| json!({ "role": role, "content": [{ "text": "a" }] }));
        json!({ "messages": messages.collect::<Vec<_>>() })
    };
    let start =
        "A conversation must start with a user message. Try again with a conversation that starts with a user message.";
    for body in [json!({}), say(&[]), say(&["assistant", "user"])] {
        assert_eq!(refusal(&body), start);
    }
    assert_eq!(
        refusal(&say(&["user", "user"])),
        "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between \
         user and assistant roles and try again."
    );
    assert_eq!(
        refusal(&say(&["user", "system"])),
        "1 validation error detected: Value 'system' at 'messages.2.member.role' failed to satisfy constraint: Member \
         must satisfy enum value set: [user, assistant]"
    );
    for blank in ["", " \n\u{3000}"] {
        assert_eq!(
            refusal(&asked(&json!([{ "text": "a" }, { "text": blank }]))),
            "The text field in the ContentBlock object at messages.0.content.1 is blank. Add text to the text field, and \
             try again."
        );
    }
    assert_eq!(
        refusal(&asked(&json!([]))),
        "The content field in the Message object at messages.0 is empty. Add a ContentBlock object to the content field \
         and try again."
    );
}

#[test]
fn images_that_converse_does_not_take_are_refused() {
    let bytes = json!({ "bytes": "YWJj" });
    for format in ["jpg", "JPEG", "bmp", ""] {
        assert_eq!(
            refusal(&asked(&image(format, &bytes))),
            "1 validation error detected: Value at 'messages.1.member.content.1.member.image.format' failed to satisfy \
             constraint: Member must satisfy enum value set: [png, jpeg, gif, webp]"
        );
    }
    let location = json!({ "uri": "s3://bucket-1/a.jpg" });
    for source in [json!({}), json!({ "bytes": "YWJj", "s3Location": location })] {
        assert_eq!(
            refusal(&asked(&image("jpeg", &source))),
            "The ImageSource object at messages.0.content.0.image.source must set one of the following keys: bytes, \
             s3Location."
        );
    }
    for (source, says) in [
        (json!({ "bytes": "" }), "have length greater than or equal to 1"),
        (json!({ "bytes": "Ü" }), "#/messages/0/content/0/image/source/bytes: this is not base64"),
        (json!({ "bytes": 7 }), "expected type: String, found: Integer"),
        (json!({ "s3Location": {} }), "Value null at 'messages.1.member.content.1.member.image.source.s3Location.uri'"),
        (json!({ "s3Location": { "uri": "https://b/a.jpg" } }), "satisfy regular expression pattern: s3://"),
        (json!({ "s3Location": { "uri": "s3://bucket-1/a", "bucketOwner": "12" } }), "pattern: [0-9]{12}"),
    ] {
        let said = refusal(&asked(&image("jpeg", &source)));
        assert!(said.contains(says), "{said}");
    }
    let many = vec![image("jpeg", &bytes)[0].clone(); 21];
    assert_eq!(refusal(&asked(&json!(many))), "too many images in the Message object at messages.0: 21 > 20");
    let large = json!({ "bytes": "A".repeat(MOST_INLINE_BYTES + 1) });
    assert!(refusal(&asked(&image("jpeg", &large))).contains("larger than 25 MB"));
    let answered = json!({ "messages": [
        { "role": "user", "content": [{ "text": "a" }] },
        { "role": "assistant", "content": image("jpeg", &bytes) },
    ] });
    assert!(refusal(&answered).starts_with("This model doesn't support the image content block that you provided."));
}

#[test]
fn blocks_and_settings_that_the_stand_in_cannot_serve_are_refused_and_not_passed_over() {
    for (content, says) in [
        (json!([{ "video": {} }]), "This model doesn't support the video content block that you provided."),
        (json!([{ "toolResult": {} }]), "This model doesn't support the toolResult content block that you provided."),
        (json!([{}]), "must set one of the following keys: text, image"),
        (json!([{ "text": "a", "image": {} }]), "must set one of the following keys: text, image"),
        (json!([{ "picture": {} }]), "must set one of the following keys: text, image"),
    ] {
        let said = refusal(&asked(&content));
        assert!(said.contains(says), "{said}");
    }
    let with = |key: &str, value: Value| {
        let mut body = asked(&json!([{ "text": "a" }]));
        body[key] = value;
        refusal(&body)
    };
    assert_eq!(with("toolConfig", json!({ "tools": [] })), "This model doesn't support tool use.");
    assert!(with("guardrailConfig", json!({})).contains("does not exist"));
    assert!(with("system", json!([{ "text": "" }])).contains("Value at 'system.1.member.text'"));
    assert!(with("system", json!("read")).contains("#/system: expected type: JSONArray, found: String"));
}

#[test]
fn inference_settings_out_of_range_are_all_named() {
    let mut body = asked(&json!([{ "text": "a" }]));
    body["inferenceConfig"] = json!({ "maxTokens": 0, "temperature": 1.5, "topP": -0.5, "stopSequences": [""] });
    assert_eq!(
        refusal(&body),
        "4 validation errors detected: Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must \
         have value greater than or equal to 1; Value '1.5' at 'inferenceConfig.temperature' failed to satisfy \
         constraint: Member must have value less than or equal to 1; Value '-0.5' at 'inferenceConfig.topP' failed to \
         satisfy constraint: Member must have value greater than or equal to 0; Value at \
         'inferenceConfig.stopSequences.1.member' failed to satisfy constraint: Member must have length greater than or \
         equal to 1"
    );
    body["inferenceConfig"] = json!({ "maxTokens": 10_001 });
    assert_eq!(
        refusal(&body),
        "The maximum tokens you requested exceeds the model limit of 10000. Try again with a maximum tokens value that is \
         lower than 10000."
    );
    body["inferenceConfig"] = json!({ "maxTokens": 10_000, "temperature": 1, "topP": 0 });
    assert!(Conversation::parse(&body, Dialect::Converse).is_ok());
}

#[test]
fn novas_own_format_has_names_of_its_own_and_takes_no_others() {
    let mut body = asked(&json!([{ "text": "a" }]));
    body["schemaVersion"] = json!("messages-v1");
    body["inferenceConfig"] = json!({ "max_new_tokens": 12, "top_p": 0.5, "topK": 20 });
    assert_eq!(Conversation::parse(&body, Dialect::Invoke).unwrap().most_tokens, Some(12));
    assert_eq!(Conversation::parse(&body, Dialect::Converse).unwrap().most_tokens, None);
    let refused = |body: &Value| Conversation::parse(body, Dialect::Invoke).unwrap_err().message;
    body["schemaVersion"] = json!("v2");
    assert!(refused(&body).contains("#/schemaVersion: v2 is not a valid enum value"));
    for (body, says) in [
        (json!({}), "#: required key [messages] not found"),
        (json!([]), "#: expected type: JSONObject, found: JSONArray"),
        (json!({ "prompt": "a" }), "#: extraneous key [prompt] is not permitted"),
        (
            asked(&image("jpg", &json!({ "bytes": "YWJj" }))),
            "#/messages/0/content/0/image/format: jpg is not a valid enum",
        ),
        (json!({ "messages": [{ "role": "user" }] }), "#/messages/0: required key [content] not found"),
    ] {
        let said = refused(&body);
        assert_eq!(said, format!("Malformed input request: {}", said.trim_start_matches("Malformed input request: ")));
        assert!(said.contains(says) && said.ends_with(", please reformat your input and try again."), "{said}");
    }
}

#[test]
fn a_uri_is_what_its_pattern_says() {
    for uri in ["s3://abc", "s3://a-b.c1/", "s3://abc/键 1.jpg"] {
        assert!(is_s3_uri(uri), "{uri}");
    }
    let long = format!("s3://abc/{}", "a".repeat(1_020));
    for uri in ["", "s3://", "s3://ab", "s3://-bc/a", "s3://ab-/a", "s3://ABC/a", "s3:/abc/a", "S3://abc/a", &long] {
        assert!(!is_s3_uri(uri), "{uri}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    const WORDS: [&str; 21] = [
        "messages",
        "role",
        "user",
        "assistant",
        "content",
        "text",
        "image",
        "format",
        "jpeg",
        "source",
        "bytes",
        "s3Location",
        "uri",
        "s3://abc/a",
        "YWJj",
        "inferenceConfig",
        "maxTokens",
        "stopSequences",
        "system",
        "messages-v1",
        "schemaVersion",
    ];
    let word = move || prop::sample::select(WORDS.to_vec()).prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(7, 60, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_a_conversation_or_refused(body in any_json(), content in any_json(), config in any_json()) {
        let message = json!([{ "role": "user", "content": [{ "text": "a" }, content] }]);
        for body in [body.clone(), json!({ "messages": body }), json!({ "messages": message, "inferenceConfig": config })] {
            for dialect in [Dialect::Converse, Dialect::Invoke] {
                if let Err(fault) = Conversation::parse(&body, dialect) {
                    prop_assert_eq!(fault.status, 400);
                    prop_assert!(!fault.message.is_empty());
                }
            }
        }
    }
}
