//! The roles of the account: all that anybody names exist and trust Bedrock, but for those that `roles.json` says otherwise
//! of.
//!
//! `roles.json` lies in the state folder, is written by hand and read anew for each request. It maps a role's name to its
//! trust policy, or to `null` where there is no such role:
//!
//! ```json
//! {"MyRole": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
//!  "Gone": null}
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::fault::Fault;
use super::foundation_models::TUNING_REGION;
use crate::ACCOUNT_ID;
use foundation::files::{self, MAX_SETTINGS_BYTES};

/// The kinds of jobs that a role is taken for.
const JOBS: [&str; 2] = ["model-customization-job", "model-invocation-job"];
const SERVICE: &str = "bedrock.amazonaws.com";

/// The trust policy of a role; `None` where there is no such role.
pub(super) fn trust_policy(roles_file: &Path, name: &str) -> Result<Option<Value>, Fault> {
    let text = match files::read(roles_file, MAX_SETTINGS_BYTES) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => b"{}".to_vec(),
        Err(error) => return Err(Fault::internal(format!("cannot read {}: {error}", roles_file.display()))),
    };
    let roles: BTreeMap<String, Option<Value>> = serde_json::from_slice(&text).map_err(|error| {
        Fault::internal(format!("{}: this maps no names to trust policies: {error}", roles_file.display()))
    })?;
    Ok(roles.get(name).cloned().unwrap_or_else(|| Some(default_policy())))
}

/// The policy that the guide gives for model customization, with that for batch inference.
fn default_policy() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": SERVICE },
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": { "aws:SourceAccount": ACCOUNT_ID },
                "ArnEquals": {
                    "aws:SourceArn": JOBS.map(|job| format!("arn:aws:bedrock:{TUNING_REGION}:{ACCOUNT_ID}:{job}/*")),
                },
            },
        }],
    })
}

/// Whether a policy lets Bedrock take the role for a job.
pub(super) fn lets_bedrock_in(policy: &Value, job_arn: &str) -> bool {
    let statements = one_or_many(&policy["Statement"]);
    let fitting = |effect: &str| {
        statements.iter().filter(|statement| statement["Effect"] == effect).any(|statement| fits(statement, job_arn))
    };
    fitting("Allow") && !fitting("Deny")
}

fn one_or_many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn texts(value: &Value) -> Vec<&str> {
    one_or_many(value).into_iter().filter_map(Value::as_str).collect()
}

fn fits(statement: &Value, job_arn: &str) -> bool {
    let principal = &statement["Principal"];
    let is_bedrock = principal == "*" || texts(&principal["Service"]).contains(&SERVICE);
    let is_assume =
        texts(&statement["Action"]).iter().any(|action| is_like(&action.to_ascii_lowercase(), "sts:assumerole"));
    is_bedrock && is_assume && conditions_hold(&statement["Condition"], job_arn)
}

/// Conditions that are not known here never hold.
fn conditions_hold(conditions: &Value, job_arn: &str) -> bool {
    let Value::Object(operators) = conditions else { return conditions.is_null() };
    operators.iter().all(|(operator, keys)| {
        let is_equal: fn(&str, &str) -> bool = match operator.trim_end_matches("IfExists") {
            "StringEquals" => |pattern, value| pattern == value,
            "StringEqualsIgnoreCase" => |pattern, value| pattern.eq_ignore_ascii_case(value),
            "StringLike" | "ArnEquals" | "ArnLike" => is_like,
            _ => return false,
        };
        let Value::Object(keys) = keys else { return false };
        keys.iter().all(|(key, wanted)| {
            let value = match key.to_ascii_lowercase().as_str() {
                "aws:sourceaccount" => ACCOUNT_ID,
                "aws:sourcearn" => job_arn,
                _ => return false,
            };
            texts(wanted).iter().any(|pattern| is_equal(pattern, value))
        })
    })
}

/// Whether a text is like a pattern with `*` and `?`.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<_>, Vec<_>) = (pattern.chars().collect(), text.chars().collect());
    // Where the last star stands, and how much of the text it has taken.
    let (mut at, mut star, mut index) = (0, None, 0);
    while index < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, index));
                at += 1;
            }
            Some(char) if *char == '?' || *char == text[index] => {
                at += 1;
                index += 1;
            }
            _ => match star {
                Some((of_star, taken)) => {
                    star = Some((of_star, taken + 1));
                    at = of_star + 1;
                    index = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|char| *char == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str =
        "arn:aws:bedrock:us-east-1:000000000000:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghij12";

    #[test]
    fn a_role_exists_unless_the_file_says_otherwise() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("roles.json");
        let policy = trust_policy(&file, "Any").unwrap().unwrap();
        assert!(lets_bedrock_in(&policy, JOB));
        assert!(!lets_bedrock_in(&policy, &JOB.replace("us-east-1", "us-west-2")));
        std::fs::write(&file, r#"{"Gone": null, "Other": {"Statement": []}}"#).unwrap();
        assert_eq!(trust_policy(&file, "Gone").unwrap(), None);
        assert_eq!(trust_policy(&file, "Other").unwrap(), Some(json!({ "Statement": [] })));
        assert_eq!(trust_policy(&file, "Any").unwrap(), Some(policy));
        std::fs::write(&file, "[]").unwrap();
        assert!(trust_policy(&file, "Any").unwrap_err().message.contains("roles.json"));
    }

    #[test]
    fn bedrock_is_let_in_only_by_a_statement_that_names_it_under_conditions_that_hold() {
        let statement = |change: fn(&mut Value)| {
            let mut policy = default_policy();
            change(&mut policy["Statement"][0]);
            lets_bedrock_in(&policy, JOB)
        };
        assert!(statement(|_| {}));
        assert!(statement(|it| it["Principal"] = json!({ "Service": ["lambda.amazonaws.com", SERVICE] })));
        assert!(statement(|it| it["Action"] = json!(["sts:TagSession", "sts:*"])));
        assert!(statement(|it| it["Condition"] = Value::Null));
        assert!(statement(|it| it["Condition"] = json!({ "StringLike": { "AWS:SourceArn": "arn:aws:bedrock:*" } })));
        assert!(!statement(|it| it["Effect"] = json!("Deny")));
        assert!(!statement(|it| it["Principal"] = json!({ "Service": "sagemaker.amazonaws.com" })));
        assert!(!statement(|it| it["Principal"] = json!({ "AWS": "*" })));
        assert!(!statement(|it| it["Action"] = json!("sts:AssumeRoleWithSAML")));
        assert!(!statement(|it| it["Condition"]["StringEquals"]["aws:SourceAccount"] = json!("123456789012")));
        assert!(!statement(|it| it["Condition"]["ArnEquals"]["aws:SourceArn"] = json!("arn:aws:bedrock:us-west-2:*")));
        assert!(!statement(|it| it["Condition"] = json!({ "StringEquals": { "sts:ExternalId": "x" } })));
        assert!(!statement(|it| it["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } })));
        let mut both = default_policy();
        let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole" });
        both["Statement"].as_array_mut().unwrap().push(deny);
        assert!(!lets_bedrock_in(&both, JOB));
    }

    #[test]
    fn stars_take_any_number_of_characters_and_question_marks_one() {
        for (pattern, text) in [("*", ""), ("a*c", "abbc"), ("a*b*c", "axbxbc"), ("a?c", "abc"), ("**", "x")] {
            assert!(is_like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", ""), ("a*c", "ab"), ("a?c", "ac"), ("?", "")] {
            assert!(!is_like(pattern, text), "{pattern} {text}");
        }
    }
}
