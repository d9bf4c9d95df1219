//! JSON values with members in order and repeated keys kept, borrowed from their text where it has no escapes.
//!
//! The validator must see what `serde_json::Value` hides (a key that is given twice) and say exactly what is wrong with a text
//! that is not JSON. `serde_json` parses; [`Json`] is built by a visitor, and [`Fault`] tells its errors apart.

mod commas;
mod fault;
mod parse;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde_json::Number;

pub(crate) use commas::without_extra_commas;
pub(crate) use fault::{Fault, FaultKind};
pub(crate) use parse::{MAX_DEPTH, MAX_VALUES, parse};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text, without its escapes.
    Text(Cow<'a, str>),
    /// `[…]`
    List(Vec<Json<'a>>),
    /// `{…}`: members in order; a key that is given twice stands twice.
    Object(Vec<Member<'a>>),
}

/// A member of an object: key and value.
pub(crate) type Member<'a> = (Cow<'a, str>, Json<'a>);

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
        if let Self::Text(text) = self { Some(text) } else { None }
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

    /// Whether any object in it has a key twice.
    pub(crate) fn has_repeated_keys(&self) -> bool {
        match self {
            Self::List(items) => items.iter().any(Self::has_repeated_keys),
            Self::Object(members) => repeats_key(members) || members.iter().any(|(_, value)| value.has_repeated_keys()),
            _ => false,
        }
    }

    /// The same value for programs that change it; of a key that is given twice the last value stays.
    pub(crate) fn to_value(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => number.clone().into(),
            Self::Text(text) => text.as_ref().into(),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => members.iter().map(|(key, value)| (key.as_ref(), value.to_value())).collect(),
        }
    }
}

/// Whether an object has a key twice.
fn repeats_key(members: &[Member<'_>]) -> bool {
    /// Members that are compared one by one: faster than a set.
    const FEW_MEMBERS: usize = 16;
    if members.len() > FEW_MEMBERS {
        let keys: HashSet<&str> = members.iter().map(|(key, _)| key.as_ref()).collect();
        return keys.len() < members.len();
    }
    members.iter().enumerate().any(|(at, (key, _))| members[..at].iter().any(|(earlier, _)| earlier == key))
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
