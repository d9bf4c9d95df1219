//! Batches of a file checked side by side, what comes of them taken in the order of the file.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::dataset::jsonl::{Batch, Reader};
use crate::error::Result;

/// Batches that may be done before an earlier one is: memory must not grow while a thread is held up.
const MOST_WAITING: usize = 8;

/// Runs `check` on every batch, in so many threads, this one among them, and `take` on each outcome in the batches' order.
///
/// # Errors
/// Where the file cannot be read.
pub(super) fn run<T: Send>(
    reader: Reader,
    threads: usize,
    check: impl Fn(&Batch) -> T + Sync,
    take: impl FnMut(T) + Send,
) -> Result<()> {
    let lanes = Lanes {
        source: Mutex::new(Source { reader, next: 0, is_over: false }),
        sink: Mutex::new(Sink { take, next: 0, waiting: BTreeMap::new(), has_stopped: false }),
        moved: Condvar::new(),
        check,
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| lanes.run())).collect();
        let own = lanes.run();
        others.into_iter().fold(own, |outcome, other| {
            outcome.and(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    })
}

struct Lanes<T, C, M> {
    source: Mutex<Source>,
    sink: Mutex<Sink<T, M>>,
    /// The sink took something, or stopped.
    moved: Condvar,
    check: C,
}

/// Where the batches come from.
struct Source {
    reader: Reader,
    /// The number of the next batch.
    next: usize,
    is_over: bool,
}

/// Where the outcomes go.
struct Sink<T, M> {
    take: M,
    /// The number of the batch whose turn it is.
    next: usize,
    waiting: BTreeMap<usize, T>,
    /// A thread panicked: its batch will never come.
    has_stopped: bool,
}

impl<T, C: Fn(&Batch) -> T, M: FnMut(T)> Lanes<T, C, M> {
    /// The work of one thread.
    fn run(&self) -> Result<()> {
        let _stop = StopOnPanic(self);
        let mut batch = Batch::default();
        loop {
            let number;
            (number, batch) = {
                let mut source = locked(&self.source);
                if source.is_over {
                    return Ok(());
                }
                let next = source.reader.next_batch(batch);
                source.is_over = !next.as_ref().is_ok_and(|batch| !batch.is_empty());
                if source.is_over {
                    return next.map(drop);
                }
                source.next += 1;
                (source.next - 1, next?)
            };
            if !self.hand_in(number, (self.check)(&batch)) {
                return Ok(());
            }
        }
    }

    /// Has the outcome taken when its turn comes; whether it makes sense to go on.
    fn hand_in(&self, number: usize, outcome: T) -> bool {
        let mut sink = locked(&self.sink);
        while number - sink.next > MOST_WAITING && !sink.has_stopped {
            sink = self.moved.wait(sink).unwrap_or_else(PoisonError::into_inner);
        }
        if sink.has_stopped {
            return false;
        }
        let sink = &mut *sink;
        sink.waiting.insert(number, outcome);
        while let Some(outcome) = sink.waiting.remove(&sink.next) {
            (sink.take)(outcome);
            sink.next += 1;
        }
        self.moved.notify_all();
        true
    }
}

/// Lets the others go when a thread panics, so that the panic is seen.
struct StopOnPanic<'a, T, C, M>(&'a Lanes<T, C, M>);

impl<T, C, M> Drop for StopOnPanic<'_, T, C, M> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            locked(&self.0.sink).has_stopped = true;
            self.0.moved.notify_all();
        }
    }
}

/// After a panic in another thread nothing is taken any more, and what is there is whole enough to be dropped.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// A file of 20 batches.
    fn file() -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        (0..20_000).for_each(|number| writeln!(file, "{{\"n\": {number}}}").unwrap());
        file
    }

    #[test]
    fn outcomes_are_taken_in_the_order_of_the_file_whichever_batch_is_done_first() {
        let file = file();
        for threads in [1, 2, 5] {
            let mut lines = Vec::new();
            let check = |batch: &Batch| {
                let numbers: Vec<_> = batch.lines().map(|line| line.number).collect();
                // The first is the last to be done.
                let wait_ms = if numbers.first() == Some(&1) { 100 } else { 0 };
                std::thread::sleep(std::time::Duration::from_millis(wait_ms));
                numbers
            };
            run(Reader::open(file.path()).unwrap(), threads, check, |numbers| lines.extend(numbers)).unwrap();
            assert_eq!(lines, (1..=20_000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_in_one_thread_ends_all() {
        let file = file();
        let check = |batch: &Batch| assert!(batch.lines().all(|line| line.number != 1), "on purpose");
        let outcome = std::panic::catch_unwind(|| run(Reader::open(file.path()).unwrap(), 3, check, drop));
        assert!(outcome.is_err());
    }
}
