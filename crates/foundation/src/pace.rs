//! How time passes for what waits: the wall's clock, or a test's, which does not sleep.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::clock::Clock;

/// How time passes: the wall's clock, or a test's.
pub trait Pace {
    /// The moment.
    fn now(&self) -> OffsetDateTime;
    /// Time since watching began, as far as the machine was awake.
    fn elapsed(&self) -> Duration;
    /// Lets time pass.
    fn pause(&self, length: Duration);
}

/// The time of the machine.
#[derive(Debug, Clone, Copy)]
pub struct WallPace {
    clock: Clock,
    began: Instant,
}

impl WallPace {
    /// Begins now. A clock that is fixed tells the moment of the beginning, and from there on time passes by itself.
    pub fn new(clock: Clock) -> Self {
        Self { clock, began: Instant::now() }
    }
}

impl Pace for WallPace {
    fn now(&self) -> OffsetDateTime {
        match self.clock {
            // An `Instant` stands still while the machine sleeps, and waits are longer than its lid is open.
            Clock::System => self.clock.now(),
            Clock::Fixed(_) => {
                self.clock.now().saturating_add(self.elapsed().try_into().unwrap_or(time::Duration::MAX))
            }
        }
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn pause(&self, length: Duration) {
        std::thread::sleep(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_tells_the_beginning_and_the_systems_is_asked_each_time() {
        let start = OffsetDateTime::from_unix_timestamp(1_795_345_200).unwrap();
        let fixed = WallPace::new(Clock::Fixed(start));
        fixed.pause(Duration::from_millis(2));
        assert!(fixed.now() > start);
        let before = Clock::System.now();
        let told = WallPace::new(Clock::System).now();
        assert!(before <= told && told <= Clock::System.now());
    }
}
