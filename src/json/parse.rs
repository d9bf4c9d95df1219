use std::collections::HashSet;

use bumpalo::Bump;

use super::fault::{Fault, FaultKind};
use super::scan::{first_stop, stops_in};
use super::{Json, Member};

/// Objects and lists inside each other that are followed, as `serde_json` does. A record needs 8.
pub(crate) const MAX_DEPTH: usize = 127;
/// Values of one record that are followed. A record of ten images has about 100; findings about each value of a line of 10 MiB would
/// take gigabytes.
pub(crate) const MAX_VALUES: usize = 100_000;
/// Members of one object whose keys are compared one by one.
const FEW_MEMBERS: usize = 16;

/// Members and items that are usually open at once, those of the objects and lists around them included.
const STACKED: usize = 16;

/// Whether a comma with nothing after it is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commas {
    /// As JSON has it.
    Strict,
    /// Passed over, also after the whole value: for repairs.
    Forgiven,
}

/// A value and what its type does not show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Parsed<'a> {
    pub(crate) value: Json<'a>,
    /// Whether any object in it has a key twice.
    pub(crate) has_repeated_keys: bool,
}

/// The one value that a text holds. Its lists, objects, and texts that had escapes, lie in `arena`: a record has dozens of them,
/// and all go at once.
pub(crate) fn parse<'a>(text: &'a str, arena: &'a Bump, commas: Commas) -> Result<Parsed<'a>, Fault> {
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
        values: 0,
        commas,
        has_repeated_keys: false,
        arena,
        members: Vec::with_capacity(STACKED),
        items: Vec::with_capacity(STACKED),
    };
    let value = parser.value()?;
    parser.end()?;
    Ok(Parsed { value, has_repeated_keys: parser.has_repeated_keys })
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    values: usize,
    commas: Commas,
    has_repeated_keys: bool,
    arena: &'a Bump,
    /// Members of the objects that are not closed, those of the innermost last: each object is allocated once, in its size.
    members: Vec<Member<'a>>,
    /// Items of the lists that are not closed.
    items: Vec<Json<'a>>,
}

impl<'a> Parser<'a> {
    fn fault<T>(&self, kind: FaultKind) -> Result<T, Fault> {
        let kind = match (kind, self.bytes.get(self.at)) {
            // What is missing at the end of the text was cut off.
            (FaultKind::Expected(_), None) => FaultKind::Cut,
            // Nobody writes one: the file is damaged, not the grammar wrong.
            (FaultKind::Expected(_), Some(0)) => FaultKind::ControlCharacter(0),
            (kind, _) => kind,
        };
        Err(Fault { kind, at: self.at })
    }

    /// The next byte after white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                other => return Some(*other),
            }
        }
        None
    }

    fn value(&mut self) -> Result<Json<'a>, Fault> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return self.fault(FaultKind::TooManyValues);
        }
        match self.peek() {
            Some(b'"') => Ok(Json::Text(self.text()?)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::list),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'\'') => self.fault(FaultKind::SingleQuotes),
            Some(b'/') => self.fault(FaultKind::Comment),
            Some(byte) if byte.is_ascii_alphabetic() => self.fault(FaultKind::ForeignWord),
            _ => self.fault(FaultKind::Expected("a value")),
        }
    }

    /// Runs the parser of an object or list after its opening bracket.
    fn nested(&mut self, inside: fn(&mut Self) -> Result<Json<'a>, Fault>) -> Result<Json<'a>, Fault> {
        if self.depth == MAX_DEPTH {
            return self.fault(FaultKind::TooDeep);
        }
        self.depth += 1;
        self.at += 1;
        let value = inside(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Json<'a>, Fault> {
        let start = self.members.len();
        let mut many: Option<HashSet<&'a str>> = None;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(&[]));
        }
        loop {
            let key = match self.peek() {
                Some(b'"') => self.text()?,
                Some(b'\'') => return self.fault(FaultKind::SingleQuotes),
                Some(b'/') => return self.fault(FaultKind::Comment),
                _ => return self.fault(FaultKind::Expected("a key in double quotes")),
            };
            if self.peek() != Some(b':') {
                return self.fault(FaultKind::Expected("a colon after the key"));
            }
            self.at += 1;
            let members = &self.members[start..];
            if members.len() < FEW_MEMBERS {
                self.has_repeated_keys |= members.iter().any(|(earlier, _)| *earlier == key);
            } else {
                let many = many.get_or_insert_with(|| members.iter().map(|(earlier, _)| *earlier).collect());
                self.has_repeated_keys |= !many.insert(key);
            }
            let value = self.value()?;
            self.members.push((key, value));
            if !self.goes_on(b'}', "a comma or `}`")? {
                let members = self.arena.alloc_slice_copy(&self.members[start..]);
                self.members.truncate(start);
                return Ok(Json::Object(members));
            }
        }
    }

    fn list(&mut self) -> Result<Json<'a>, Fault> {
        let start = self.items.len();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(&[]));
        }
        loop {
            let item = self.value()?;
            self.items.push(item);
            if !self.goes_on(b']', "a comma or `]`")? {
                let items = self.arena.alloc_slice_copy(&self.items[start..]);
                self.items.truncate(start);
                return Ok(Json::List(items));
            }
        }
    }

    /// Passes the comma between two values, or the closing bracket.
    fn goes_on(&mut self, close: u8, needed: &'static str) -> Result<bool, Fault> {
        match self.peek() {
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                if self.peek() != Some(close) {
                    return Ok(true);
                }
                if self.commas == Commas::Strict {
                    return Err(Fault { kind: FaultKind::TrailingComma, at: comma });
                }
                self.at += 1;
                Ok(false)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            Some(b'/') => self.fault(FaultKind::Comment),
            _ => self.fault(FaultKind::Expected(needed)),
        }
    }

    fn text(&mut self) -> Result<&'a str, Fault> {
        let start = self.at + 1;
        // Half of them are shorter than a word.
        let stops = self.bytes[start..].first_chunk().map_or(0, |word| stops_in(*word));
        let end = start + stops.trailing_zeros() as usize / 8;
        let stop = if stops != 0 && self.bytes[end] == b'"' { end } else { self.plain_end(start)? };
        if self.bytes[stop] == b'"' {
            self.at = stop + 1;
            return Ok(&self.text[start..stop]);
        }
        self.escaped(start, stop)
    }

    /// The text that begins at `start` and has its first escape at `stop`.
    #[cold]
    fn escaped(&mut self, start: usize, stop: usize) -> Result<&'a str, Fault> {
        let mut text = String::with_capacity(stop - start + 16);
        text.push_str(&self.text[start..stop]);
        self.at = stop;
        while self.bytes[self.at] == b'\\' {
            text.push(self.escape()?);
            let stop = self.plain_end(self.at)?;
            text.push_str(&self.text[self.at..stop]);
            self.at = stop;
        }
        self.at += 1;
        Ok(self.arena.alloc_str(&text))
    }

    /// Where a text ends or has an escape, from `from` on: the place of a quote or backslash.
    fn plain_end(&mut self, from: usize) -> Result<usize, Fault> {
        let rest = &self.bytes[from..];
        match first_stop(rest).map(|stop| (from + stop, rest[stop])) {
            Some((at, b'"' | b'\\')) => Ok(at),
            Some((at, control)) => Err(Fault { kind: FaultKind::ControlCharacter(control), at }),
            None => Err(Fault { kind: FaultKind::Cut, at: self.bytes.len() }),
        }
    }

    /// The character that an escape stands for.
    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        let bad = |kind| Err(Fault { kind, at: start });
        let Some(letter) = self.bytes.get(start + 1) else { return bad(FaultKind::Cut) };
        self.at += 2;
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.four_digits(start)?;
                if !(0xD800..0xE000).contains(&first) {
                    return char::from_u32(first).map_or_else(|| bad(FaultKind::BadEscape), Ok);
                }
                if self.bytes.get(self.at) == Some(&b'\\') && self.bytes.get(self.at + 1) == Some(&b'u') {
                    self.at += 2;
                    let second = self.four_digits(start)?;
                    let whole = 0x10000 + ((first & 0x3FF) << 10) + (second & 0x3FF);
                    let is_pair = first < 0xDC00 && (0xDC00..0xE000).contains(&second);
                    return char::from_u32(whole).filter(|_| is_pair).map_or_else(|| bad(FaultKind::HalfPair), Ok);
                }
                return bad(if self.at >= self.bytes.len() { FaultKind::Cut } else { FaultKind::HalfPair });
            }
            _ => return bad(FaultKind::BadEscape),
        })
    }

    fn four_digits(&mut self, start: usize) -> Result<u32, Fault> {
        let mut number = 0;
        for _ in 0..4 {
            let Some(byte) = self.bytes.get(self.at) else { return Err(Fault { kind: FaultKind::Cut, at: start }) };
            let Some(digit) = char::from(*byte).to_digit(16) else {
                return Err(Fault { kind: FaultKind::BadEscape, at: start });
            };
            number = number * 16 + digit;
            self.at += 1;
        }
        Ok(number)
    }

    fn number(&mut self) -> Result<Json<'a>, Fault> {
        let start = self.at;
        let byte = |at: usize| self.bytes.get(at).copied();
        let digits = |mut at: usize| {
            while byte(at).is_some_and(|byte| byte.is_ascii_digit()) {
                at += 1;
            }
            at
        };
        let first = start + usize::from(byte(start) == Some(b'-'));
        let mut end = if byte(first) == Some(b'0') { first + 1 } else { digits(first) };
        let mut is_whole = end > first && !byte(end).is_some_and(|byte| byte.is_ascii_digit());
        if byte(end) == Some(b'.') {
            let fraction = digits(end + 1);
            is_whole &= fraction > end + 1;
            end = fraction;
        }
        if matches!(byte(end), Some(b'e' | b'E')) {
            let sign = end + 1 + usize::from(matches!(byte(end + 1), Some(b'+' | b'-')));
            let exponent = digits(sign);
            is_whole &= exponent > sign;
            end = exponent;
        }
        if !is_whole {
            let kind = if end >= self.bytes.len() { FaultKind::Cut } else { FaultKind::BadNumber };
            return Err(Fault { kind, at: start });
        }
        let number = &self.text[start..end];
        // Beyond what a 64-bit float holds there is no value.
        let may_overflow = number.len() > 300 || number.contains(['e', 'E']);
        if may_overflow && !number.parse::<f64>().is_ok_and(f64::is_finite) {
            return Err(Fault { kind: FaultKind::BadNumber, at: start });
        }
        self.at = end;
        Ok(Json::Number(number))
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Result<Json<'a>, Fault> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        let kind = if word.as_bytes().starts_with(rest) { FaultKind::Cut } else { FaultKind::ForeignWord };
        Err(Fault { kind, at: self.at })
    }

    /// Nothing but white space may follow.
    fn end(&mut self) -> Result<(), Fault> {
        let kind = match self.peek() {
            None => return Ok(()),
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                if self.peek().is_none() {
                    if self.commas == Commas::Forgiven {
                        return Ok(());
                    }
                    return Err(Fault { kind: FaultKind::CommaAfterValue, at: comma });
                }
                self.at = comma;
                FaultKind::Expected("the end of the line")
            }
            Some(b'{') => FaultKind::SecondValue,
            Some(b'/') => FaultKind::Comment,
            Some(_) => FaultKind::Expected("the end of the line"),
        };
        self.fault(kind)
    }
}
