use std::fmt;

use crate::wording::{grouped, named};

/// What keeps a text from being JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    /// Where, in bytes from the start of the text.
    pub(crate) at: usize,
}

/// The kinds of [`Fault`], as a person repairs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// The text ends where the value goes on.
    Cut,
    /// More objects and lists inside each other than are followed.
    TooDeep,
    /// More values than are followed.
    TooManyValues,
    /// A control character inside a text, or a zero byte anywhere.
    ControlCharacter(u8),
    /// A comma before `}` or `]`.
    TrailingComma,
    /// A comma after the whole value.
    CommaAfterValue,
    /// Another object after the whole value.
    SecondValue,
    /// A text or key in single quotes.
    SingleQuotes,
    /// `None`, `True`, `NaN` …: what Python and JavaScript write.
    ForeignWord,
    /// `//` or `/*`.
    Comment,
    /// A backslash before something that it does not go with.
    BadEscape,
    /// Half a surrogate pair.
    HalfPair,
    /// Not a number as JSON writes it.
    BadNumber,
    /// Anything else: what is needed here.
    Expected(&'static str),
}

impl Fault {
    /// The fault as a sentence without a period, its column counted in characters from 1.
    pub(crate) fn describe(&self, text: &str) -> String {
        let before = text.get(..self.at).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let found = text.get(self.at..).and_then(|rest| rest.chars().next());
        let kind = match (self.kind, found) {
            (FaultKind::Expected(_), Some(found)) => format!("{}, not {},", self.kind, named(found)),
            (kind, _) => kind.to_string(),
        };
        match line {
            0 => format!("{kind} at column {column}"),
            lines => format!("{kind} at column {column} of the record's line {}", lines + 1),
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => f.write_str("the line ends in the middle of the record"),
            Self::TooDeep => {
                write!(f, "more than {} objects and lists inside each other", super::MAX_DEPTH)
            }
            Self::TooManyValues => write!(f, "more than {} values in one record", grouped(super::MAX_VALUES as u64)),
            Self::ControlCharacter(0) => f.write_str("a zero byte (NUL)"),
            Self::ControlCharacter(byte) => {
                write!(f, "the control character \\u{byte:04x} stands in a text without its escape")
            }
            Self::TrailingComma => f.write_str("a comma with nothing after it"),
            Self::CommaAfterValue => f.write_str("a comma after the record"),
            Self::SecondValue => f.write_str("a second record on the line"),
            Self::SingleQuotes => f.write_str("texts stand in double quotes, not single ones"),
            Self::ForeignWord => f.write_str("JSON has only `true`, `false` and `null` without quotes"),
            Self::Comment => f.write_str("JSON has no comments"),
            Self::BadEscape => f.write_str("a backslash that begins no escape of JSON"),
            Self::HalfPair => f.write_str("half of a character: `\\ud83d` alone, without the `\\ude00` after it,"),
            Self::BadNumber => f.write_str("not a number of JSON"),
            Self::Expected(what) => write!(f, "{what} is needed here"),
        }
    }
}
