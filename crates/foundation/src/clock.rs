//! The only place that asks what time it is.

use std::time::{Duration, SystemTime};

use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use time::{OffsetDateTime, UtcOffset};

use crate::error::{Error, Result};

/// The earliest and the latest moment that a clock tells: there is room for a year on both sides, so that sums with waits and time
/// limits stay moments of the calendar (years 0 to 9999).
const EARLIEST: OffsetDateTime = datetime!(0001-01-01 00:00 UTC);
const LATEST: OffsetDateTime = datetime!(9998-12-31 00:00 UTC);

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
    /// The current moment, in UTC. A clock that is set before the year 1 or after 9998 tells the earliest or the latest moment.
    pub fn now(self) -> OffsetDateTime {
        let moment = match self {
            Self::System => moment_of(SystemTime::now()),
            // Within a day of the calendar's ends there is no UTC of every offset; the limits below are further in.
            Self::Fixed(moment) => moment.checked_to_offset(UtcOffset::UTC).unwrap_or(moment),
        };
        moment.clamp(EARLIEST, LATEST)
    }

    /// Refuses a machine's clock that shows no moment of an HTTP `Date` header: TLS, signatures and hyper's server
    /// panic at others, before 1970 for one.
    ///
    /// # Errors
    /// [`Error::Setting`] where it is so.
    pub fn check_http_date() -> Result<()> {
        if (1970..9998).contains(&Self::System.now().year()) {
            return Ok(());
        }
        Err(Error::Setting {
            origin: "system clock".to_owned(),
            what: format!(
                "the year is {}: requests cannot be signed, and pages cannot be served",
                Self::System.now().year()
            ),
            hint: "set this machine's clock, and run the same command again.".to_owned(),
        })
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

/// A moment of the system's clock, which may be before 1970, or of a year that no calendar has.
fn moment_of(time: SystemTime) -> OffsetDateTime {
    let seconds = |length: Duration| i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    let (seconds, nanoseconds) = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => (seconds(after), i64::from(after.subsec_nanos())),
        Err(before) => (-seconds(before.duration()), -i64::from(before.duration().subsec_nanos())),
    };
    let limit = if seconds < 0 { EARLIEST } else { LATEST };
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    moment.and_then(|moment| moment.checked_add(time::Duration::nanoseconds(nanoseconds))).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_1970_or_after_9999_tells_a_moment_that_can_be_written() {
        let at = |seconds: i64| {
            let length = Duration::from_secs(seconds.unsigned_abs());
            let epoch = SystemTime::UNIX_EPOCH;
            let time = if seconds < 0 { epoch.checked_sub(length) } else { epoch.checked_add(length) };
            moment_of(time.unwrap()).clamp(EARLIEST, LATEST)
        };
        assert_eq!(Clock::Fixed(at(-1)).stamp(), "1969-12-31T23:59:59Z");
        assert_eq!(Clock::Fixed(at(253_402_300_800)).stamp(), "9998-12-31T00:00:00Z");
        assert_eq!(Clock::Fixed(at(9_000_000_000_000_000_000)).stamp(), "9998-12-31T00:00:00Z");
        assert_eq!(Clock::Fixed(at(-9_000_000_000_000_000_000)).stamp(), "0001-01-01T00:00:00Z");
        for text in
            ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "1969-01-01T00:00:00Z"]
        {
            let now = Clock::fixed_at(text).unwrap().now();
            assert!(
                now.checked_add(time::Duration::days(364)).is_some()
                    && now.checked_sub(time::Duration::days(364)).is_some()
            );
        }
    }

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
