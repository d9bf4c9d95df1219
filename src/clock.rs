//! The only place that asks what time it is.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A source of the current time. Tests fix it, so that what they write is the same every day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Always the same moment.
    Fixed(OffsetDateTime),
}

impl Clock {
    /// The current moment, in UTC.
    pub fn now(self) -> OffsetDateTime {
        match self {
            Self::System => OffsetDateTime::from(std::time::SystemTime::now()),
            Self::Fixed(moment) => moment,
        }
    }

    /// The current moment as RFC 3339 in whole seconds, `2026-11-22T11:03:36Z`.
    pub fn stamp(self) -> String {
        let now = self.now();
        let seconds = now.replace_nanosecond(0).unwrap_or(now);
        seconds.format(&Rfc3339).unwrap_or_else(|_| now.to_string())
    }

    /// A clock fixed at an RFC 3339 moment.
    pub fn fixed_at(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(Self::Fixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_still() {
        let clock = Clock::fixed_at("2026-11-22T11:03:36Z").unwrap();
        assert_eq!(clock.stamp(), "2026-11-22T11:03:36Z");
        assert_eq!(clock.now(), clock.now());
    }

    #[test]
    fn the_system_clock_is_past_the_day_this_was_written() {
        assert!(Clock::System.now().year() >= 2025);
    }
}
