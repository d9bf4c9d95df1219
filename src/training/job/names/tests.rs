use super::*;
use proptest::prelude::*;

#[test]
fn job_names_have_no_underscore_and_begin_with_a_letter_or_digit() {
    for name in ["a", "7", "invoice-tune-3f2a", "a--b", "a.b+c", "a-", &"x".repeat(63)] {
        assert!(is_job_name(name), "{name}");
    }
    for name in ["", "-a", ".a", "+a", "a_b", "a b", "发票", "a\n", "é", &"x".repeat(64)] {
        assert!(!is_job_name(name), "{name}");
    }
}

#[test]
fn model_names_have_no_dot_and_no_two_joints_in_a_row() {
    for name in ["a", "a_b-c", "a-", "0_", &"x".repeat(63)] {
        assert!(is_model_name(name), "{name}");
    }
    for name in ["", "_a", "-a", "a__b", "a-_b", "a.b", "a b", "发票", &"x".repeat(64)] {
        assert!(!is_model_name(name), "{name}");
    }
}

#[test]
fn roles_are_of_iam_with_an_account_of_twelve_digits_or_none() {
    for arn in ["arn:aws:iam::123456789012:role/r", "arn:aws-cn:iam::123456789012:role/a/b", "arn:aws:iam:::role/r"] {
        assert!(is_role_arn(arn), "{arn}");
    }
    for arn in [
        "",
        "role/r",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::12345678901:role/r",
        "arn:aws:iam::12345678901x:role/r",
        "arn:aws:iam::123456789012:user/r",
        "arn:aws-:iam::123456789012:role/r",
        "arn:awsx:iam::123456789012:role/r",
        "arn:aws:sts::123456789012:role/r",
        "arn:aws:iam::123456789012:role/a\nb",
    ] {
        assert!(!is_role_arn(arn), "{arn}");
    }
    let long = format!("arn:aws:iam::123456789012:role/{}", "r".repeat(2_048));
    assert!(!is_role_arn(&long));
}

#[test]
fn places_in_s3_have_a_bucket_and_no_empty_part() {
    for uri in ["s3://abc", "s3://abc/", "s3://a.b-c/k", "s3://abc/a/b.jsonl", "s3://abc/a/", "s3://abc/(a)'!*_"] {
        assert!(is_s3_uri(uri), "{uri}");
    }
    for uri in [
        "",
        "abc/a",
        "s3://",
        "s3:///a",
        "s3://ab/a",
        "s3://Abc/a",
        "s3://-abc/a",
        "s3://abc-/a",
        "s3://abc//",
        "s3://abc//a",
        "s3://abc/a//b",
        "s3://abc/a//",
        "s3://abc/a b",
        "s3://abc/发票",
        "s3://abc/a%20b",
        "https://abc/a",
    ] {
        assert!(!is_s3_uri(uri), "{uri}");
    }
    let uri = |length: usize| format!("s3://abc/{}", "k".repeat(length - "s3://abc/".len()));
    assert!(is_s3_uri(&uri(1_024)) && !is_s3_uri(&uri(1_025)));
    let bucket = |length: usize| format!("s3://{}/k", "b".repeat(length));
    assert!(is_s3_uri(&bucket(63)) && !is_s3_uri(&bucket(64)));
}

/// Text near the patterns: their characters in any order, and some that belong to none.
fn near() -> impl Strategy<Value = String> {
    let characters = proptest::sample::select("aZ09-_.+:/s3arnwiole@= \n中!'()".chars().collect::<Vec<_>>());
    proptest::collection::vec(characters, 0..12).prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    /// The published patterns themselves make the texts.
    #[test]
    fn what_the_patterns_make_is_taken(
        job in r"[a-zA-Z0-9](-{0,2}[a-zA-Z0-9\+\-\.]){0,20}",
        model in r"([0-9a-zA-Z][_-]?){1,31}",
        role in r"arn:aws(-[^:\r\n]{1,8})?:iam::([0-9]{12})?:role/[ -~]{1,40}",
        uri in r"s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](/[-!_*'().a-z0-9A-Z]{1,9}(/[-!_*'().a-z0-9A-Z]{1,9}){0,5})?/?",
        tag in r"[a-zA-Z0-9 \t\n._:/=+@-]{0,40}",
        token in r"[a-zA-Z0-9]([-a-zA-Z0-9]{0,254}[a-zA-Z0-9])?",
    ) {
        prop_assert!(is_job_name(&job), "{}", job);
        prop_assert!(is_model_name(&model), "{}", model);
        prop_assert!(is_role_arn(&role), "{}", role);
        prop_assert!(is_s3_uri(&uri), "{}", uri);
        prop_assert!(is_tag_text(&tag), "{}", tag);
        prop_assert!(is_request_token(&token), "{}", token);
    }

    /// The same said in another way, by what is left when allowed pieces are taken off one after the other.
    #[test]
    fn two_ways_of_saying_it_agree(text in near()) {
        let alphanumeric = |c: char| c.is_ascii_alphanumeric();
        let job = text.strip_prefix(alphanumeric).is_some_and(|rest| rest.trim_matches(|c| alphanumeric(c) || "+-.".contains(c)).is_empty());
        prop_assert_eq!(is_job_name(&text), job);
        let mut rest = text.as_str();
        while let Some(after) = rest.strip_prefix(alphanumeric) {
            rest = after.strip_prefix(['_', '-']).unwrap_or(after);
        }
        prop_assert_eq!(is_model_name(&text), rest.is_empty() && !text.is_empty());
        prop_assert_eq!(is_tag_text(&text), !text.contains(['中', '!', '\'', '(', ')']));
        let key = format!("s3://abc/{text}");
        let is_key = |c: char| c.is_ascii_alphanumeric() || "-!_*'().".contains(c);
        let mut rest = format!("/{text}");
        while rest.len() > 1 && rest.starts_with('/') && rest[1..].starts_with(is_key) {
            rest = rest[1..].trim_start_matches(is_key).to_owned();
        }
        prop_assert_eq!(is_s3_uri(&key), rest.is_empty() || rest == "/", "{}", key);
    }
}
