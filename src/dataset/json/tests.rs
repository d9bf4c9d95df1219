use proptest::prelude::*;

use super::*;

fn kind(text: &str) -> FaultKind {
    parse(text).unwrap_err().kind
}

#[test]
fn members_keep_their_order_and_a_key_given_twice_stands_twice() {
    let parsed = parse(r#" {"b": [1, -2.5e3, null], "a": "x\u4e2d\ud83d\ude00\n", "b": true} "#).unwrap();
    let keys: Vec<_> = parsed.members().iter().map(|(key, _)| key.as_ref()).collect();
    assert_eq!(keys, ["b", "a", "b"]);
    assert!(parsed.has_repeated_keys());
    assert_eq!(parsed.get("b"), Some(&Json::Bool(true)));
    assert_eq!(parsed.get("a").and_then(Json::as_str), Some("x中😀\n"));
    assert!(!parse(r#"{"a": {"a": 1}}"#).unwrap().has_repeated_keys(), "one inside the other is no repetition");
}

#[test]
fn keys_of_a_large_object_are_compared_too() {
    let members: Vec<_> = (0..40).map(|n| format!("\"{n}\":0")).collect();
    assert!(!parse(&format!("{{{}}}", members.join(","))).unwrap().has_repeated_keys());
    assert!(parse(&format!("{{{},\"39\":1}}", members.join(","))).unwrap().has_repeated_keys());
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
        ("[1 2]", FaultKind::Expected("a comma or `]`")),
        ("{\"a\":1 2}", FaultKind::Expected("a comma or `}`")),
        ("{1:2}", FaultKind::Expected("a key in double quotes")),
        ("{\"a\":1,b:2}", FaultKind::Expected("a key in double quotes")),
        ("[:]", FaultKind::Expected("a value")),
        ("{} x", FaultKind::Expected("the end of the line")),
        ("[nope]", FaultKind::ForeignWord),
        ("[1, /* x */ 2]", FaultKind::Comment),
        ("[1 // x\n]", FaultKind::Comment),
        ("{// x\n}", FaultKind::Comment),
        ("{\"a\":'b'}", FaultKind::SingleQuotes),
        ("[-]", FaultKind::BadNumber),
        ("[1e]", FaultKind::BadNumber),
        ("\"\\uzzzz\"", FaultKind::BadEscape),
        ("\"\\uz\"", FaultKind::BadEscape),
        ("\"\\u00", FaultKind::Cut),
        ("\"\\udc00\"", FaultKind::HalfPair),
        ("\"\\ud800\\u0041\"", FaultKind::HalfPair),
        ("\"\\ud800\\n\"", FaultKind::HalfPair),
        ("\"a\nb\"", FaultKind::ControlCharacter(b'\n')),
        ("{\"a\":\0}", FaultKind::ControlCharacter(0)),
        ("{\0}", FaultKind::ControlCharacter(0)),
    ] {
        assert_eq!(kind(text), expected, "{text}");
    }
}

/// The places come from the columns of `serde_json`, which are different for each of its errors.
#[test]
fn a_fault_is_where_its_character_number_word_or_escape_begins() {
    for (text, at) in [
        ("{\"a\": }", 6),
        ("{\"a\": None}", 6),
        ("[true, nope]", 7),
        ("[1, -01]", 4),
        ("[1.5e+]", 1),
        ("[1e999]", 1),
        ("[1 , ]", 3),
        ("{} ,", 3),
        ("{}  {}", 4),
        ("{\n\"a\":\n1 x}", 9),
        ("\"a\nb\"", 2),
        ("\"中\\x\"", 4),
        ("\"a\\uzzzz\"", 2),
        ("\"\\ude00\\ude00\"", 1),
        ("\"\\ud83d\\ude00\\ude00\"", 13),
        ("\"\\ud83d\\u0041\"", 1),
        ("\"\\ud83dx\"", 1),
        ("[1, ", 4),
    ] {
        assert_eq!(parse(text).unwrap_err().at, at, "{text}");
    }
}

#[test]
fn a_text_with_more_values_than_the_limit_is_refused_at_the_first_value_too_many() {
    let list = |count: usize| format!("[{}]", vec!["0"; count].join(","));
    assert!(parse(&list(MAX_VALUES - 1)).is_ok(), "the list is a value itself");
    let text = list(MAX_VALUES);
    let fault = parse(&text).unwrap_err();
    assert_eq!((fault.kind, fault.at), (FaultKind::TooManyValues, text.len() - 2));
}

#[test]
fn the_column_counts_characters() {
    let text = "{\"中文\": 1,}";
    assert_eq!(parse(text).unwrap_err().describe(text), "a comma with nothing after it at column 9");
}

#[test]
fn twenty_thousand_lists_inside_each_other_are_a_fault_and_no_overflow() {
    let deep = "[".repeat(20_000);
    assert_eq!(kind(&deep), FaultKind::TooDeep);
    let allowed = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
    assert!(parse(&allowed).is_ok());
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
    fn a_value_equals_that_of_serde_json(text in near_json()) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match (parse(&text), theirs) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours.to_value(), theirs, "{}", text),
            (Err(fault), Err(_)) => prop_assert!(fault.at <= text.len()),
            (ours, theirs) => prop_assert!(false, "{}: {:?} against {:?}", text, ours, theirs),
        }
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}|[\\[\\]{}\",:\\\\ut0-9a-f ]{0,60}") {
        if let Err(fault) = parse(&text) {
            prop_assert!(!fault.describe(&text).is_empty());
        }
        let _ = without_extra_commas(&text);
    }
}
