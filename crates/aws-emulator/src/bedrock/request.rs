//! A JSON body, looked into member by member; what is wrong is said in the words of the API it came by.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value};

use super::fault::Fault;

/// By which API a body came. Both take Nova's messages, and refuse others in their own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Converse: constraints of the service model, all in one message; members that it doesn't know are passed over.
    Converse,
    /// `InvokeModel`: the model's JSON schema, the first fault only.
    Invoke,
}

/// A rule for a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rule {
    AtLeast(f64),
    AtMost(f64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    NotEmpty,
    NotNull,
    /// A regular expression, as the service model has it; whether it is met is decided elsewhere.
    Pattern(&'static str),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "have value greater than or equal to {least}"),
            Self::AtMost(most) => write!(f, "have value less than or equal to {most}"),
            Self::OneOf(words) => write!(f, "satisfy enum value set: [{}]", words.join(", ")),
            Self::NotEmpty => f.write_str("have length greater than or equal to 1"),
            Self::NotNull => f.write_str("not be null"),
            Self::Pattern(pattern) => write!(f, "satisfy regular expression pattern: {pattern}"),
        }
    }
}

/// Where a value is in a body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(&'static str),
    Index(usize),
}

impl Path {
    pub(super) fn key(&self, key: &'static str) -> Self {
        Self([&self.0[..], &[Step::Key(key)]].concat())
    }

    pub(super) fn index(&self, index: usize) -> Self {
        Self([&self.0[..], &[Step::Index(index)]].concat())
    }

    /// `messages.0.content.1`, as Converse's own checks call it.
    pub(super) fn dotted(&self) -> String {
        let steps = self.0.iter().map(|step| match step {
            Step::Key(key) => (*key).to_owned(),
            Step::Index(index) => index.to_string(),
        });
        steps.collect::<Vec<_>>().join(".")
    }

    /// `messages.1.member.content.2.member.image`, as the service model's constraints call it.
    fn members(&self) -> String {
        let steps = self.0.iter().map(|step| match step {
            Step::Key(key) => (*key).to_owned(),
            Step::Index(index) => format!("{}.member", index + 1),
        });
        steps.collect::<Vec<_>>().join(".")
    }

    /// `#/messages/0/content/1`, as a JSON schema calls it.
    fn pointer(&self) -> String {
        self.0.iter().fold("#".to_owned(), |mut text, step| {
            let _ = match step {
                Step::Key(key) => write!(text, "/{key}"),
                Step::Index(index) => write!(text, "/{index}"),
            };
            text
        })
    }
}

/// Collects what the rules say against a body.
#[derive(Debug)]
pub(super) struct Faults {
    pub(super) dialect: Dialect,
    broken: Vec<(String, Path, Rule)>,
}

impl Faults {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, broken: Vec::new() }
    }

    /// Notes that a rule is broken. `value` is as AWS shows it; empty where it shows none.
    pub(super) fn note(&mut self, value: impl Into<String>, path: &Path, rule: Rule) {
        self.broken.push((value.into(), path.clone(), rule));
    }

    /// Refuses the body if a rule is broken.
    pub(super) fn finish(self) -> Result<(), Fault> {
        let Some((value, path, rule)) = self.broken.first() else { return Ok(()) };
        if self.dialect == Dialect::Invoke {
            return Err(by_schema(value, path, *rule));
        }
        let count = self.broken.len();
        let lines = self.broken.iter().map(|(value, path, rule)| {
            let shown = match (rule, value.as_str()) {
                (Rule::NotNull, _) => " null".to_owned(),
                (_, "") => String::new(),
                (_, value) => format!(" '{value}'"),
            };
            format!("Value{shown} at '{}' failed to satisfy constraint: Member must {rule}", path.members())
        });
        let lines = lines.collect::<Vec<_>>().join("; ");
        let plural = if count == 1 { "" } else { "s" };
        Err(Fault::validation(format!("{count} validation error{plural} detected: {lines}")))
    }
}

fn by_schema(value: &str, path: &Path, rule: Rule) -> Fault {
    match rule {
        Rule::AtLeast(least) => malformed(path, &format!("{value} is not greater or equal to {least}")),
        Rule::AtMost(most) => malformed(path, &format!("{value} is not less or equal to {most}")),
        Rule::OneOf(_) => malformed(path, &format!("{value} is not a valid enum value")),
        Rule::NotEmpty => malformed(path, "expected minLength: 1, actual: 0"),
        Rule::NotNull => {
            let mut parent = path.clone();
            let key = match parent.0.pop() {
                Some(Step::Key(key)) => key,
                _ => "",
            };
            malformed(&parent, &format!("required key [{key}] not found"))
        }
        Rule::Pattern(pattern) => malformed(path, &format!("string [{value}] does not match pattern {pattern}")),
    }
}

/// A body that is not what the schema says.
pub(super) fn malformed(path: &Path, what: &str) -> Fault {
    let text =
        format!("Malformed input request: {}: {what}, please reformat your input and try again.", path.pointer());
    Fault::validation(text)
}

fn expected<T>(path: &Path, kind: &str, found: &Value, value: Option<T>) -> Result<T, Fault> {
    value.ok_or_else(|| {
        let found = match found {
            Value::Null => "Null",
            Value::Bool(_) => "Boolean",
            Value::Number(number) if number.is_f64() => "Double",
            Value::Number(_) => "Integer",
            Value::String(_) => "String",
            Value::Array(_) => "JSONArray",
            Value::Object(_) => "JSONObject",
        };
        malformed(path, &format!("expected type: {kind}, found: {found}"))
    })
}

pub(super) fn object<'a>(path: &Path, value: &'a Value) -> Result<&'a Map<String, Value>, Fault> {
    expected(path, "JSONObject", value, value.as_object())
}

pub(super) fn list<'a>(path: &Path, value: &'a Value) -> Result<&'a [Value], Fault> {
    expected(path, "JSONArray", value, value.as_array().map(Vec::as_slice))
}

pub(super) fn text<'a>(path: &Path, value: &'a Value) -> Result<&'a str, Fault> {
    expected(path, "String", value, value.as_str())
}

pub(super) fn integer(path: &Path, value: &Value) -> Result<i64, Fault> {
    // What is too large for the type is still a number that is too large.
    let whole = value.as_i64().or_else(|| value.as_u64().map(|_| i64::MAX));
    expected(path, "Integer", value, whole)
}

pub(super) fn number(path: &Path, value: &Value) -> Result<f64, Fault> {
    expected(path, "Number", value, value.as_f64())
}

/// A member that is there, and isn't null.
pub(super) fn member<'a>(members: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    members.get(key).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn format_path() -> Path {
        Path::default().key("messages").index(0).key("content").index(1).key("image").key("format")
    }

    #[test]
    fn converse_says_all_faults_at_once_and_invoke_the_first() {
        let fault = |dialect| {
            let mut faults = Faults::new(dialect);
            faults.note("", &format_path(), Rule::OneOf(&["png", "jpeg"]));
            faults.note("0", &Path::default().key("inferenceConfig").key("maxTokens"), Rule::AtLeast(1.0));
            faults.finish().unwrap_err().message
        };
        assert_eq!(
            fault(Dialect::Converse),
            "2 validation errors detected: Value at 'messages.1.member.content.2.member.image.format' failed to satisfy \
             constraint: Member must satisfy enum value set: [png, jpeg]; Value '0' at 'inferenceConfig.maxTokens' \
             failed to satisfy constraint: Member must have value greater than or equal to 1"
        );
        assert_eq!(
            fault(Dialect::Invoke),
            "Malformed input request: #/messages/0/content/1/image/format:  is not a valid enum value, please reformat \
             your input and try again."
        );
        assert_eq!(Faults::new(Dialect::Converse).finish(), Ok(()));
    }

    #[test]
    fn a_member_that_is_missing_is_named_with_its_parent_by_the_schema() {
        let mut faults = Faults::new(Dialect::Invoke);
        faults.note("", &Path::default().key("messages"), Rule::NotNull);
        assert_eq!(
            faults.finish().unwrap_err().message,
            "Malformed input request: #: required key [messages] not found, please reformat your input and try again."
        );
        let mut faults = Faults::new(Dialect::Converse);
        faults.note("", &format_path(), Rule::NotNull);
        assert!(faults.finish().unwrap_err().message.starts_with("1 validation error detected: Value null at "));
    }

    #[test]
    fn a_value_of_another_type_is_named_with_both() {
        let path = Path::default().key("messages");
        assert_eq!(
            list(&path, &json!("hello")).unwrap_err().message,
            "Malformed input request: #/messages: expected type: JSONArray, found: String, please reformat your input \
             and try again."
        );
        assert_eq!(integer(&path, &json!(u64::MAX)), Ok(i64::MAX));
        for value in [json!(1.5), json!("1"), json!(null)] {
            assert!(integer(&path, &value).is_err(), "{value}");
        }
        assert_eq!(number(&path, &json!(1)), Ok(1.0));
        assert_eq!(path.index(3).dotted(), "messages.3");
    }
}
