//! What the service model says of a request's members, found wrong all at once and said as AWS says it.

use std::fmt::Display;

use super::fault::Fault;
use super::patterns::Pattern;

/// The rule for a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextRule {
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) pattern: Option<&'static Pattern>,
}

impl TextRule {
    pub(super) const fn new(min: usize, max: usize, pattern: &'static Pattern) -> Self {
        Self { min, max, pattern: Some(pattern) }
    }
}

/// What a request's path names, where it may be what it names.
pub(super) fn identifier<'a>(at: &str, value: &'a str, rule: TextRule) -> Result<&'a str, Fault> {
    let mut checks = Checks::default();
    checks.text(at, Some(value), rule);
    checks.finish()?;
    Ok(value)
}

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Checks(Vec<String>);

impl Checks {
    fn add(&mut self, value: impl Display, at: &str, constraint: impl Display) {
        self.0.push(format!("Value {value} at '{at}' failed to satisfy constraint: Member must {constraint}"));
    }

    /// A member that must be there.
    pub(super) fn required<T>(&mut self, at: &str, value: Option<&T>) {
        if value.is_none() {
            self.add("null", at, "not be null");
        }
    }

    /// A text, where it is there.
    pub(super) fn text(&mut self, at: &str, value: Option<&str>, rule: TextRule) {
        let Some(value) = value else { return };
        let length = value.chars().count();
        let quoted = format!("'{value}'");
        if length < rule.min {
            self.add(&quoted, at, format_args!("have length greater than or equal to {}", rule.min));
        }
        if length > rule.max {
            self.add(&quoted, at, format_args!("have length less than or equal to {}", rule.max));
        }
        if let Some(pattern) = rule.pattern.filter(|pattern| !pattern.is_match(value)) {
            self.add(&quoted, at, format_args!("satisfy regular expression pattern: {}", pattern.text));
        }
    }

    /// A text that must be there.
    pub(super) fn required_text(&mut self, at: &str, value: Option<&String>, rule: TextRule) {
        self.required(at, value);
        self.text(at, value.map(String::as_str), rule);
    }

    /// One of some words, where it is there.
    pub(super) fn word(&mut self, at: &str, value: Option<&str>, words: &[&str]) {
        if let Some(value) = value.filter(|value| !words.contains(value)) {
            self.add(format_args!("'{value}'"), at, format_args!("satisfy enum value set: [{}]", words.join(", ")));
        }
    }

    /// The length of a list.
    pub(super) fn count(&mut self, at: &str, length: usize, min: usize, max: usize) {
        let shown = format!("'[{length} members]'");
        if length < min {
            self.add(&shown, at, format_args!("have length greater than or equal to {min}"));
        }
        if length > max {
            self.add(&shown, at, format_args!("have length less than or equal to {max}"));
        }
    }

    /// A number between two others.
    pub(super) fn number(&mut self, at: &str, value: i64, min: i64, max: i64) {
        if value < min {
            self.add(format_args!("'{value}'"), at, format_args!("have value greater than or equal to {min}"));
        }
        if value > max {
            self.add(format_args!("'{value}'"), at, format_args!("have value less than or equal to {max}"));
        }
    }

    /// Refuses where anything was wrong.
    pub(super) fn finish(self) -> Result<(), Fault> {
        let errors = match self.0.len() {
            0 => return Ok(()),
            1 => "1 validation error".to_owned(),
            count => format!("{count} validation errors"),
        };
        Err(Fault::validation(format!("{errors} detected: {}", self.0.join("; "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bedrock::patterns::JOB_NAME;

    #[test]
    fn everything_wrong_is_said_in_one_sentence() {
        let mut checks = Checks::default();
        let rule = TextRule::new(1, 63, &JOB_NAME);
        checks.required_text("jobName", Some(&"a".to_owned()), rule);
        checks.word("sortOrder", Some("Ascending"), &["Ascending", "Descending"]);
        checks.number("maxResults", 1, 1, 1000);
        checks.count("tags", 0, 0, 200);
        assert_eq!(checks.finish(), Ok(()));

        let mut checks = Checks::default();
        checks.required_text("jobName", Some(&"a_b".to_owned()), rule);
        let one = checks.finish().unwrap_err();
        assert_eq!(
            one.message,
            "1 validation error detected: Value 'a_b' at 'jobName' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9\\+\\-\\.])*"
        );

        let mut checks = Checks::default();
        checks.required_text("jobName", None, rule);
        checks.text("name", Some(&"a".repeat(64)), rule);
        checks.number("maxResults", 1001, 1, 1000);
        checks.word("sortOrder", Some("Up"), &["Ascending", "Descending"]);
        let many = checks.finish().unwrap_err().message;
        assert!(many.starts_with("4 validation errors detected: Value null at 'jobName' failed to satisfy constraint: Member must not be null; "), "{many}");
        for part in [
            "have length less than or equal to 63; ",
            "have value less than or equal to 1000; ",
            "satisfy enum value set: [Ascending, Descending]",
        ] {
            assert!(many.contains(part), "{many}");
        }
    }
}
