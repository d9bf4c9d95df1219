//! Moments as Bedrock writes them: ISO 8601, UTC, milliseconds.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

const FORM: &[time::format_description::BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(pub(super) OffsetDateTime);

impl Stamp {
    /// A moment without what would not be written: lists compare it with what clients read.
    pub(super) fn at(moment: OffsetDateTime) -> Self {
        Self(moment.replace_millisecond(moment.millisecond()).unwrap_or(moment))
    }

    /// Reads a moment as clients write it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(Self)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = self.0.checked_to_offset(time::UtcOffset::UTC).unwrap_or(self.0);
        f.write_str(&utc.format(FORM).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a moment of RFC 3339"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_milliseconds_and_read_back() {
        let stamp = Stamp::parse("2026-11-25T21:46:46.1234+00:00").unwrap();
        assert_eq!(stamp.to_string(), "2026-11-25T21:46:46.123Z");
        assert_eq!(Stamp::parse("2026-11-25T22:46:46+01:00").unwrap().to_string(), "2026-11-25T21:46:46.000Z");
        let json = serde_json::to_string(&stamp).unwrap();
        assert_eq!(serde_json::from_str::<Stamp>(&json).unwrap().to_string(), stamp.to_string());
        assert!(Stamp::parse("yesterday").is_none());
        assert_eq!(Stamp::at(stamp.0), Stamp::parse(&stamp.to_string()).unwrap());
    }
}
