//! JSON as it stands in a line: borrowed from its bytes, members in order, members given twice still there.
//!
//! A validator must see what a data model hides (a key that is given twice, a number as a text) and say exactly what is
//! wrong with what is no JSON; so it has a parser of its own, which accepts what `serde_json` accepts.

mod fault;
mod parse;
mod scan;

use std::borrow::Cow;
use std::fmt;

pub(crate) use fault::{Fault, FaultKind};
pub(crate) use parse::{Commas, MAX_DEPTH, MAX_VALUES, Parsed, parse};

/// A value of JSON, borrowed from its text and, where that has escapes or values inside, from an arena.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written.
    Number(&'a str),
    /// A text, without its escapes.
    Text(&'a str),
    /// `[…]`
    List(&'a [Json<'a>]),
    /// `{…}`: members in order; a key that is given twice stands twice.
    Object(&'a [Member<'a>]),
}

/// A member of an object: key and value.
pub(crate) type Member<'a> = (&'a str, Json<'a>);

impl<'a> Json<'a> {
    /// A member's value; of a key that is given twice the last one, as other parsers have it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().rev().find(|(own, _)| *own == key).map(|(_, value)| value)
    }

    /// The value that a path of keys leads to.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text, where it is one.
    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(*text) } else { None }
    }

    /// The items of a list, none for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// The members of an object, none for anything else.
    pub(crate) fn members(&self) -> &[Member<'a>] {
        if let Self::Object(members) = self { members } else { &[] }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// The same value for programs that change it; of a key that is given twice the last value stays.
    pub(crate) fn to_value(self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => value.into(),
            Self::Number(number) => serde_json::from_str(number).unwrap_or(serde_json::Value::Null),
            Self::Text(text) => text.into(),
            Self::List(items) => items.iter().map(|item| item.to_value()).collect(),
            Self::Object(members) => members.iter().map(|(key, value)| ((*key).to_owned(), value.to_value())).collect(),
        }
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(f)
    }
}

/// A key as a part of a JSON pointer (RFC 6901).
pub(crate) fn pointer_part(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) { key.replace('~', "~0").replace('/', "~1").into() } else { key.into() }
}

#[cfg(test)]
mod tests;
