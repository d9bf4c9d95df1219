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
    /// The fault that an error of `serde_json` stands for.
    ///
    /// Line and column of the error say which byte was rejected, but not whether a key, a colon, a comma or a value was due:
    /// only the message does.
    pub(super) fn of_error(error: &serde_json::Error, text: &str) -> Self {
        let bytes = text.as_bytes();
        let lines_before = error.line().saturating_sub(1);
        let line_start: usize = text.split_inclusive('\n').take(lines_before).map(str::len).sum();
        // Columns count bytes, the rejected one included.
        let end = (line_start + error.column()).min(bytes.len());
        let at = end.saturating_sub(1);
        let byte = bytes.get(at).copied().unwrap_or_default();
        let before = &bytes[..at];
        let run_start =
            |is_part: fn(&u8) -> bool| before.iter().rposition(|byte| !is_part(byte)).map_or(0, |at| at + 1);
        let fault = |kind, at| Self { kind, at };
        let expected =
            |what| fault(if byte == 0 { FaultKind::ControlCharacter(0) } else { FaultKind::Expected(what) }, at);
        let message = error.to_string();
        match message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message) {
            // Raised before the value is read.
            _ if error.is_data() => fault(FaultKind::TooManyValues, end),
            _ if error.is_eof() => match unfinished_escape(bytes) {
                Some(at) => fault(FaultKind::BadEscape, at),
                None => fault(FaultKind::Cut, bytes.len()),
            },
            "recursion limit exceeded" => fault(FaultKind::TooDeep, at),
            "control character (\\u0000-\\u001F) found while parsing a string" => {
                fault(FaultKind::ControlCharacter(byte), at)
            }
            "invalid escape" => fault(FaultKind::BadEscape, escape_start(&bytes[..end])),
            "lone leading surrogate in hex escape" | "unexpected end of hex escape" => {
                fault(FaultKind::HalfPair, surrogate_start(&bytes[..end]))
            }
            "invalid number" | "number out of range" => {
                let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                fault(FaultKind::BadNumber, run_start(is_part))
            }
            "expected ident" => fault(FaultKind::ForeignWord, run_start(u8::is_ascii_alphabetic)),
            "trailing comma" => {
                fault(FaultKind::TrailingComma, before.iter().rposition(|byte| *byte == b',').unwrap_or(at))
            }
            "trailing characters" => match byte {
                b',' if bytes[end..].trim_ascii().is_empty() => fault(FaultKind::CommaAfterValue, at),
                b'{' => fault(FaultKind::SecondValue, at),
                b'/' => fault(FaultKind::Comment, at),
                _ => expected("the end of the line"),
            },
            "expected `:`" => expected("a colon after the key"),
            "expected `,` or `]`" if byte != b'/' => expected("a comma or `]`"),
            "expected `,` or `}`" if byte != b'/' => expected("a comma or `}`"),
            "key must be a string" if !matches!(byte, b'\'' | b'/') => expected("a key in double quotes"),
            message => match byte {
                b'\'' => fault(FaultKind::SingleQuotes, at),
                b'/' => fault(FaultKind::Comment, at),
                _ if message == "expected value" && byte.is_ascii_alphabetic() => fault(FaultKind::ForeignWord, at),
                _ => expected("a value"),
            },
        }
    }

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

/// The start of the invalid escape at the end of a text: `\x`, or `\u` and four bytes.
fn escape_start(bytes: &[u8]) -> usize {
    let length = if bytes.len() >= 6 && bytes[bytes.len() - 6..].starts_with(b"\\u") { 6 } else { 2 };
    bytes.len().saturating_sub(length)
}

/// The start of the last escape `\u` of a text, or of the leading half of a surrogate pair directly before it.
fn surrogate_start(bytes: &[u8]) -> usize {
    let last = bytes.windows(2).rposition(|pair| pair == b"\\u").unwrap_or_default();
    let previous = last.saturating_sub(6);
    let is_leading =
        matches!(&bytes[previous..last], [b'\\', b'u', b'd' | b'D', b'8'..=b'9' | b'a' | b'b' | b'A' | b'B', ..]);
    if is_leading { previous } else { last }
}

/// The start of an escape `\u` that fewer than four bytes follow at the end of a text, where some of them are not hexadecimal
/// digits: `serde_json` reports only the end of the text.
fn unfinished_escape(bytes: &[u8]) -> Option<usize> {
    let start = bytes.len().saturating_sub(5);
    let at = start + bytes[start..].windows(2).position(|pair| pair == b"\\u")?;
    let backslashes = bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
    let is_bad = backslashes % 2 == 0 && !bytes[at + 2..].iter().all(u8::is_ascii_hexdigit);
    is_bad.then_some(at)
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
