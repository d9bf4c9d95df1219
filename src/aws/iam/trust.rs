//! The trust policy of a role: whether Bedrock may take it on for a job of an account in a Region.

use serde_json::Value;

/// The service that takes the role on.
const SERVICE: &str = "bedrock.amazonaws.com";

/// Why Bedrock may not take a role on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustFault {
    /// The document is no JSON, or none of IAM's.
    Unreadable,
    /// No statement names the service.
    ServiceMissing,
    /// A statement denies it.
    Denied,
    /// The statement asks for another account or another source; its key and what stands there.
    Condition {
        /// `aws:SourceAccount` or `aws:SourceArn`.
        key: String,
        /// The values that are let in.
        values: Vec<String>,
    },
}

/// A trust policy.
#[derive(Debug, Clone, PartialEq)]
pub struct TrustPolicy {
    statements: Vec<Value>,
}

impl TrustPolicy {
    /// Reads a document.
    pub fn parse(document: &str) -> Result<Self, TrustFault> {
        let value: Value = serde_json::from_str(document).map_err(|_| TrustFault::Unreadable)?;
        match value.get("Statement") {
            Some(Value::Array(statements)) => Ok(Self { statements: statements.clone() }),
            Some(statement @ Value::Object(_)) => Ok(Self { statements: vec![statement.clone()] }),
            _ => Err(TrustFault::Unreadable),
        }
    }

    /// Whether Bedrock may take the role on for a customization job of this account in this Region.
    ///
    /// # Errors
    /// The fault of the statement that comes nearest.
    pub fn check(&self, account_id: &str, region: &str) -> Result<(), TrustFault> {
        let about_bedrock = |statement: &&Value| names_service(statement) && names_action(statement);
        let is = |statement: &Value, effect: &str| statement.get("Effect").and_then(Value::as_str) == Some(effect);
        let fault_of = |statement: &Value| condition_fault(statement, account_id, region);
        let denies =
            |statement: &Value| is(statement, "Deny") && is_decided(statement) && fault_of(statement).is_none();
        if self.statements.iter().filter(about_bedrock).any(denies) {
            return Err(TrustFault::Denied);
        }
        let mut nearest = TrustFault::ServiceMissing;
        for statement in self.statements.iter().filter(about_bedrock).filter(|statement| is(statement, "Allow")) {
            match fault_of(statement) {
                None => return Ok(()),
                Some(fault) => nearest = fault,
            }
        }
        Err(nearest)
    }
}

/// A member that is a text or a list of texts.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn names_service(statement: &Value) -> bool {
    match statement.get("Principal") {
        Some(Value::String(everybody)) => everybody == "*",
        Some(principal) => principal.get("Service").is_some_and(|service| texts(service).contains(&SERVICE)),
        None => false,
    }
}

fn names_action(statement: &Value) -> bool {
    let action = statement.get("Action").map(texts).unwrap_or_default();
    action.iter().any(|action| fits(&action.to_ascii_lowercase(), "sts:assumerole"))
}

/// Whether all of a statement's conditions can be told from here. One that cannot may well not hold: it denies nothing for sure.
fn is_decided(statement: &Value) -> bool {
    let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
    operators.into_iter().all(|(operator, keys)| {
        let is_known =
            |key: &String| matches!(key.to_ascii_lowercase().as_str(), "aws:sourceaccount" | "aws:sourcearn");
        (operator.starts_with("String") || operator.starts_with("Arn"))
            && keys.as_object().is_some_and(|keys| keys.keys().all(is_known))
    })
}

/// The first condition on account or source that keeps a job out. Conditions on other keys cannot be told from here.
fn condition_fault(statement: &Value, account_id: &str, region: &str) -> Option<TrustFault> {
    let operators = statement.get("Condition").and_then(Value::as_object)?;
    // What follows the last `/` is the job's id, which nobody knows before.
    let job = format!("arn:aws:bedrock:{region}:{account_id}:model-customization-job/");
    for (operator, keys) in operators {
        let operator = operator.trim_end_matches("IfExists");
        if !operator.starts_with("String") && !operator.starts_with("Arn") {
            continue;
        }
        let is_negated = operator.contains("Not");
        // `StringEquals` takes `*` as it stands; for `ArnEquals` it is a pattern, as for the `Like`s.
        let is_pattern = operator.contains("Like") || operator.starts_with("Arn");
        for (key, values) in keys.as_object().into_iter().flatten() {
            let values = texts(values);
            let lets_in = |value: &&str| match key.to_ascii_lowercase().as_str() {
                "aws:sourceaccount" if is_pattern => fits(value, account_id),
                "aws:sourceaccount" => *value == account_id,
                "aws:sourcearn" if is_pattern => fits_beginning(value, &job),
                "aws:sourcearn" => value.starts_with(&job),
                _ => !is_negated,
            };
            let is_let_in = values.iter().any(lets_in);
            if is_let_in == is_negated {
                let values = values.iter().map(|value| (*value).to_owned()).collect();
                return Some(TrustFault::Condition { key: key.clone(), values });
            }
        }
    }
    None
}

/// Whether a pattern with `*` and `?` is the whole text.
fn fits(pattern: &str, text: &str) -> bool {
    matches_from(pattern.as_bytes(), text.as_bytes(), End::Text)
}

/// Whether a pattern can be the whole of some text that begins so.
fn fits_beginning(pattern: &str, beginning: &str) -> bool {
    matches_from(pattern.as_bytes(), beginning.as_bytes(), End::Open)
}

/// Where the text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// With its last byte.
    Text,
    /// Something unknown follows.
    Open,
}

fn matches_from(pattern: &[u8], text: &[u8], end: End) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => end == End::Text,
        // Of what follows, any pattern that is left can be the text.
        (Some(_), None) if end == End::Open => true,
        (Some((b'*', rest)), _) => {
            matches_from(rest, text, end)
                || text.split_first().is_some_and(|(_, text)| matches_from(pattern, text, end))
        }
        (Some((b'?', rest)), Some((_, text))) => matches_from(rest, text, end),
        (Some((byte, rest)), Some((found, text))) => byte == found && matches_from(rest, text, end),
        _ => false,
    }
}

/// A text with `%7B` and the like written out: IAM sends documents so.
pub(super) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (byte, digit(at + 1), digit(at + 2)) {
            out.push((high * 16 + low) as u8);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ACCOUNT: &str = "123456789012";

    fn policy(statement: &Value) -> Result<(), TrustFault> {
        let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        TrustPolicy::parse(&document)?.check(ACCOUNT, "us-east-1")
    }

    fn allow(condition: &Value) -> Value {
        json!([{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": condition}])
    }

    #[test]
    fn the_documented_policy_lets_a_job_in() {
        let arn = format!("arn:aws:bedrock:us-east-1:{ACCOUNT}:model-customization-job/*");
        let both = json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnEquals": {"aws:SourceArn": arn}});
        assert_eq!(policy(&allow(&both)), Ok(()));
        assert_eq!(policy(&allow(&json!({}))), Ok(()));
        let lists = json!({"Effect": "Allow", "Action": ["sts:TagSession", "sts:*"],
            "Principal": {"Service": ["ec2.amazonaws.com", "bedrock.amazonaws.com"]}});
        assert_eq!(policy(&lists), Ok(()), "a single statement, and lists");
        for like in
            ["arn:aws:bedrock:*:*:*", "*", "arn:aws:bedrock:us-east-1:123456789012:model-customization-job/amazon*"]
        {
            assert_eq!(policy(&allow(&json!({"ArnLike": {"aws:SourceArn": like}}))), Ok(()), "{like}");
        }
    }

    #[test]
    fn another_service_account_or_region_keeps_it_out() {
        let other = json!([{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]);
        assert_eq!(policy(&other), Err(TrustFault::ServiceMissing));
        let key = |condition: &Value| match policy(&allow(condition)) {
            Err(TrustFault::Condition { key, .. }) => key,
            other => panic!("{other:?}"),
        };
        assert_eq!(key(&json!({"StringEquals": {"aws:SourceAccount": "999999999999"}})), "aws:SourceAccount");
        let west = format!("arn:aws:bedrock:us-west-2:{ACCOUNT}:model-customization-job/*");
        assert_eq!(key(&json!({"ArnLike": {"aws:SourceArn": west}})), "aws:SourceArn");
        let batch = format!("arn:aws:bedrock:us-east-1:{ACCOUNT}:model-invocation-job/*");
        assert_eq!(key(&json!({"ArnEquals": {"AWS:sourcearn": batch}})), "AWS:sourcearn");
        let literal = format!("arn:aws:bedrock:us-east-1:{ACCOUNT}:*");
        assert_eq!(key(&json!({"StringEquals": {"aws:SourceArn": literal}})), "aws:SourceArn", "no pattern there");
        assert_eq!(key(&json!({"StringNotEquals": {"aws:SourceAccount": ACCOUNT}})), "aws:SourceAccount");
        let action =
            json!([{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:TagSession"}]);
        assert_eq!(policy(&action), Err(TrustFault::ServiceMissing));
    }

    #[test]
    fn a_denial_goes_before_what_allows() {
        let mut statements = allow(&json!({}));
        statements.as_array_mut().unwrap().push(json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}));
        assert_eq!(policy(&statements), Err(TrustFault::Denied));
        for text in ["", "[]", "{}", "{\"Statement\": 3}"] {
            assert_eq!(TrustPolicy::parse(text).unwrap_err(), TrustFault::Unreadable, "{text}");
        }
    }

    #[test]
    fn a_denial_on_a_condition_that_nobody_can_tell_here_denies_nothing_for_sure() {
        let account = json!({"aws:SourceAccount": ACCOUNT});
        for condition in [
            json!({"Bool": {"aws:SecureTransport": "false"}}),
            json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
            json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}),
            json!({"StringEquals": account.clone(), "Bool": {"aws:SecureTransport": "false"}}),
        ] {
            let mut statements = allow(&json!({"StringEquals": account.clone()}));
            statements.as_array_mut().unwrap().push(json!({"Effect": "Deny", "Principal": "*",
                "Action": "sts:AssumeRole", "Condition": condition}));
            assert_eq!(policy(&statements), Ok(()), "{condition}");
        }
        for condition in [
            json!({}),
            json!({"StringNotEquals": {"aws:SourceAccount": "999999999999"}}),
            json!({"StringEqualsIfExists": account}),
            json!({"ArnLike": {"AWS:SourceArn": "arn:aws:bedrock:*"}}),
        ] {
            let mut statements = allow(&json!({}));
            statements.as_array_mut().unwrap().push(json!({"Effect": "Deny", "Principal": "*",
                "Action": "sts:AssumeRole", "Condition": condition}));
            assert_eq!(policy(&statements), Err(TrustFault::Denied), "{condition}");
        }
    }

    #[test]
    fn a_document_is_read_as_iam_sends_it() {
        assert_eq!(percent_decoded("%7B%22a%22%3A%20%22%E5%8F%91%22%7D"), "{\"a\": \"发\"}");
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%+1%4"), "%zz%+1%4");
    }
}
