use bumpalo::Bump;
use proptest::prelude::*;

use super::*;

fn strict(text: &str) -> Result<Parsed<'_>, Fault> {
    parse(text, arena(), Commas::Strict)
}

/// Memory that a test does not give back.
fn arena() -> &'static Bump {
    Box::leak(Box::default())
}

fn kind(text: &str) -> FaultKind {
    strict(text).unwrap_err().kind
}

#[test]
fn members_keep_their_order_and_a_key_given_twice_stands_twice() {
    let parsed = strict(r#" {"b": [1, -2.5e3, null], "a": "x\u4e2d\ud83d\ude00\n", "b": true} "#).unwrap();
    let keys: Vec<_> = parsed.value.members().iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, ["b", "a", "b"]);
    assert!(parsed.has_repeated_keys);
    assert_eq!(parsed.value.get("b"), Some(&Json::Bool(true)));
    assert_eq!(parsed.value.get("a").and_then(Json::as_str), Some("x中😀\n"));
    assert!(!strict(r#"{"a": {"a": 1}}"#).unwrap().has_repeated_keys, "one inside the other is no repetition");
}

#[test]
fn keys_of_a_large_object_are_compared_too() {
    let members: Vec<_> = (0..40).map(|n| format!("\"{n}\":0")).collect();
    assert!(!strict(&format!("{{{}}}", members.join(","))).unwrap().has_repeated_keys);
    assert!(strict(&format!("{{{},\"39\":1}}", members.join(","))).unwrap().has_repeated_keys);
}

#[test]
fn each_fault_has_its_kind() {
    for (text, expected) in [
        ("{\"a\":", FaultKind::Cut),
        ("{\"a", FaultKind::Cut),
        ("{\"a\\", FaultKind::Cut),
        ("[1, 2", FaultKind::Cut),
        ("tru", FaultKind::Cut),
        ("", FaultKind::Cut),
        ("[1,]", FaultKind::TrailingComma),
        ("{\"a\":1 , }", FaultKind::TrailingComma),
        ("{},", FaultKind::CommaAfterValue),
        ("{} {}", FaultKind::SecondValue),
        ("{'a': 1}", FaultKind::SingleQuotes),
        ("{\"a\": None}", FaultKind::ForeignWord),
        ("[NaN]", FaultKind::ForeignWord),
        ("{\"a\": 1} // x", FaultKind::Comment),
        ("\"\\x\"", FaultKind::BadEscape),
        ("\"\\ud800\"", FaultKind::HalfPair),
        ("01", FaultKind::BadNumber),
        ("[1.]", FaultKind::BadNumber),
        ("[1e999]", FaultKind::BadNumber),
        ("\"a\0b\"", FaultKind::ControlCharacter(0)),
        ("{\"a\" 1}", FaultKind::Expected("a colon after the key")),
    ] {
        assert_eq!(kind(text), expected, "{text}");
    }
}

#[test]
fn the_column_counts_characters() {
    let text = "{\"中文\": 1,}";
    assert_eq!(strict(text).unwrap_err().describe(text), "a comma with nothing after it at column 9");
}

#[test]
fn twenty_thousand_lists_inside_each_other_are_a_fault_and_no_overflow() {
    let deep = "[".repeat(20_000);
    assert_eq!(kind(&deep), FaultKind::TooDeep);
    let allowed = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
    assert!(strict(&allowed).is_ok());
}

#[test]
fn commas_too_many_are_forgiven_when_asked() {
    let parsed = parse("{\"a\":[1,2,],},", arena(), Commas::Forgiven).unwrap();
    assert_eq!(parsed.value.to_string(), r#"{"a":[1,2]}"#);
}

/// Texts near JSON: valid values with a few bytes changed.
fn near_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[0-9]{1,4}(\\.[0-9]{1,3})?(e[+-]?[0-9]{1,2})?",
        "[a-zA-Z中文 /:<>]{0,8}".prop_map(|text| format!("\"{text}\"")),
        prop::sample::select(vec![r#""\u4e2d""#, r#""\n\"""#, r#""\ud83d\ude00""#, r#""\ud83d""#])
            .prop_map(str::to_owned),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(("[a-c]", inner), 0..4).prop_map(|members| {
                let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    let edit =
        (any::<prop::sample::Index>(), prop::sample::select("{}[]\",:\\0e-. n\u{1}中".chars().collect::<Vec<_>>()));
    (value, prop::collection::vec(edit, 0..3)).prop_map(|(mut text, edits)| {
        for (at, character) in edits {
            let places: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            text.insert(places[at.index(places.len())], character);
        }
        text
    })
}

proptest! {
    #[test]
    fn it_accepts_what_serde_json_accepts_and_reads_the_same(text in near_json()) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match (strict(&text), theirs) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours.value.to_value(), theirs, "{}", text),
            (Err(fault), Err(_)) => prop_assert!(fault.at <= text.len()),
            (ours, theirs) => prop_assert!(false, "{}: {:?} against {:?}", text, ours, theirs),
        }
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}|[\\[\\]{}\",:\\\\ut0-9a-f ]{0,60}") {
        if let Err(fault) = strict(&text) {
            prop_assert!(!fault.describe(&text).is_empty());
        }
        let _ = parse(&text, &Bump::new(), Commas::Forgiven);
    }
}
