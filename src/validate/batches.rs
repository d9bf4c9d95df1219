//! The batches of a file, checked in parallel.

use rayon::prelude::*;

use crate::dataset::jsonl::{Batch, Line, Reader};
use crate::error::Result;

/// Runs `check` on every line, those of a batch in parallel, and `take` on the outcomes and the size in bytes of each batch, in
/// the order of the file. While one batch is checked, the outcomes of the batch before it are taken and the next one is read:
/// memory does not grow with the file.
///
/// # Errors
/// Where the file cannot be read, and the first error of `check`.
pub(super) fn check_lines<T: Send>(
    mut reader: Reader,
    check: impl Fn(&Line<'_>) -> Result<T> + Sync,
    mut take: impl FnMut(Vec<T>, usize) + Send,
) -> Result<()> {
    let (mut batch, mut spare) = (reader.next_batch(Batch::default())?, Batch::default());
    let mut outcomes = (Vec::new(), 0);
    while !batch.is_empty() {
        let lines: Vec<_> = batch.lines().collect();
        let take_and_read = || {
            take(outcomes.0, outcomes.1);
            reader.next_batch(spare)
        };
        let check_all = || lines.par_iter().map(&check).collect::<Result<Vec<_>>>();
        let (next, checked) = rayon::join(take_and_read, check_all);
        outcomes = (checked?, batch.size_bytes());
        (batch, spare) = (next?, batch);
    }
    take(outcomes.0, outcomes.1);
    Ok(())
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
    fn outcomes_are_taken_in_the_order_of_the_file() {
        let (file, mut lines, mut size_bytes) = (file(), Vec::new(), 0);
        let check = |line: &Line<'_>| Ok(line.number);
        let take = |numbers: Vec<u64>, size: usize| {
            lines.extend(numbers);
            size_bytes += size as u64;
        };
        check_lines(Reader::open(file.path()).unwrap(), check, take).unwrap();
        assert_eq!(lines, (1..=20_000).collect::<Vec<_>>());
        assert_eq!(size_bytes, file.as_file().metadata().unwrap().len());
    }

    #[test]
    fn outcomes_of_at_most_one_batch_wait_to_be_taken() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (file, checked, most_waiting) = (file(), AtomicUsize::new(0), AtomicUsize::new(0));
        let mut taken = 0;
        let check = |_: &Line<'_>| Ok(checked.fetch_add(1, Ordering::SeqCst));
        let take = |outcomes: Vec<usize>, _| {
            taken += outcomes.len();
            most_waiting.fetch_max(checked.load(Ordering::SeqCst) - taken, Ordering::SeqCst);
        };
        check_lines(Reader::open(file.path()).unwrap(), check, take).unwrap();
        assert!(most_waiting.into_inner() <= 1_024, "a batch has 1,024 lines");
    }

    #[test]
    fn an_error_and_a_panic_of_one_line_end_the_check() {
        let file = file();
        let fails = |line: &Line<'_>| match line.number {
            7_000 => {
                Err(crate::error::Error::Setting { origin: String::new(), what: String::new(), hint: String::new() })
            }
            _ => Ok(()),
        };
        assert!(check_lines(Reader::open(file.path()).unwrap(), fails, |_, _| ()).is_err());
        let panics = |line: &Line<'_>| {
            assert!(line.number != 7_000, "on purpose");
            Ok(())
        };
        let reader = Reader::open(file.path()).unwrap();
        assert!(std::panic::catch_unwind(|| check_lines(reader, panics, |_, _| ())).is_err());
    }
}
