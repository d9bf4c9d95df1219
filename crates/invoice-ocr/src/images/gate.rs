//! How many pixels are unfolded at the same time, whatever the number of threads.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Lets pictures in until so many pixels are inside; the others wait.
#[derive(Debug)]
pub(super) struct Gate {
    capacity: u64,
    inside: Mutex<u64>,
    left: Condvar,
}

impl Gate {
    /// A gate for so many pixels.
    pub(super) fn of(capacity: u64) -> Self {
        Self { capacity, inside: Mutex::new(0), left: Condvar::new() }
    }

    /// Waits until there is room. A picture that is larger than the gate takes all of it.
    pub(super) fn enter(&self, pixels: u64) -> Pass<'_> {
        let pixels = pixels.min(self.capacity);
        let mut inside = self.lock();
        while *inside + pixels > self.capacity {
            inside = self.left.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
        *inside += pixels;
        Pass { gate: self, pixels }
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn inside(&self) -> u64 {
        *self.lock()
    }
}

/// The room of a picture, until it is dropped.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    pixels: u64,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        *self.gate.lock() -= self.pixels;
        self.gate.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn never_more_is_inside_than_there_is_room_for() {
        let gate = Gate::of(100);
        let most = AtomicU64::new(0);
        thread::scope(|scope| {
            for thread in 0..8_u64 {
                let (gate, most) = (&gate, &most);
                scope.spawn(move || {
                    for round in 0..50 {
                        let _pass = gate.enter(1 + (thread * 37 + round * 11) % 60);
                        most.fetch_max(gate.inside(), Ordering::Relaxed);
                        thread::yield_now();
                    }
                });
            }
        });
        assert!((60..=100).contains(&most.into_inner()), "several were inside, and never too many");
        assert_eq!(gate.inside(), 0);
    }

    #[test]
    fn what_is_larger_than_the_gate_goes_in_alone() {
        let gate = Gate::of(10);
        let alone = gate.enter(1_000);
        assert_eq!(gate.inside(), 10);
        thread::scope(|scope| {
            let other = scope.spawn(|| drop(gate.enter(1)));
            thread::sleep(Duration::from_millis(20));
            assert!(!other.is_finished());
            drop(alone);
        });
    }
}
