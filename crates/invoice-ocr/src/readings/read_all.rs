use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::images::Photo;
use crate::invoice::Scope;
use foundation::error::{Error, Result};
use foundation::progress::Progress;

/// Most photos that are read at the same time: each takes the memory of a decoded photo and of the reader's work on it.
pub const MOST_AT_ONCE: usize = 64;

/// How photos are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOptions {
    /// How much of each photo.
    pub scope: Scope,
    /// Photos that are read at the same time, 1 to [`MOST_AT_ONCE`].
    pub concurrency: usize,
}

impl Default for ReadOptions {
    /// Every field, a photo on each core.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self { scope: Scope::default(), concurrency: cores.min(MOST_AT_ONCE) }
    }
}

impl ReadOptions {
    /// Refuses what cannot be used.
    ///
    /// # Errors
    /// [`Error::Setting`] where the concurrency is out of range.
    pub fn check(&self) -> Result<()> {
        if (1..=MOST_AT_ONCE).contains(&self.concurrency) {
            return Ok(());
        }
        Err(Error::Setting {
            origin: "concurrency".to_owned(),
            what: format!("{} photos at a time", self.concurrency),
            hint: format!("1 to {MOST_AT_ONCE}; as many as the machine has cores is usual."),
        })
    }
}

/// Does `read_one` with every photo, several at a time, and returns what it gave in the order of the photos.
///
/// A photo that cannot be read is for `read_one` to put into its result: an error ends the work, and the photos that are
/// not begun yet are left.
///
/// # Errors
/// The first error of `read_one`, by the order of the photos.
pub fn read_all<T: Send>(
    photos: &[&Photo],
    options: ReadOptions,
    progress: &dyn Progress,
    read_one: impl Fn(&Photo) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    options.check()?;
    progress.begin("reading invoices", photos.len() as u64);
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let mut own = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(photo) = photos.get(at) else { break };
            let result = read_one(photo);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            own.push((at, result));
            progress.advance(1);
        }
        own
    };
    let mut results: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..options.concurrency.min(photos.len())).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    progress.end();
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::images::Fault;
    use foundation::progress::Silent;

    fn photos(count: usize) -> Vec<Photo> {
        let photo = |n: usize| Photo {
            path: format!("{n}.jpg").into(),
            name: format!("{n}.jpg"),
            size_bytes: 0,
            header: Err(Fault::Empty),
        };
        (0..count).map(photo).collect()
    }

    fn options(concurrency: usize) -> ReadOptions {
        ReadOptions { concurrency, ..ReadOptions::default() }
    }

    #[test]
    fn results_come_in_the_order_of_the_photos_and_never_more_are_read_than_allowed() {
        let photos = photos(40);
        let photos: Vec<_> = photos.iter().collect();
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let read = |photo: &Photo| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(if photo.name.starts_with('1') { 4 } else { 1 }));
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(photo.name.clone())
        };
        let names = read_all(&photos, options(3), &Silent, read).unwrap();
        assert_eq!(names, (0..40).map(|n| format!("{n}.jpg")).collect::<Vec<_>>());
        assert_eq!(most.into_inner(), 3);
    }

    #[test]
    fn an_error_ends_the_work_and_is_the_first_by_the_photos_order() {
        let photos = photos(1_000);
        let photos: Vec<_> = photos.iter().collect();
        let begun = AtomicUsize::new(0);
        let read = |photo: &Photo| {
            begun.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(1));
            if photo.name == "3.jpg" { Err(Error::input(photo.path.as_path(), "no room", "")) } else { Ok(()) }
        };
        let error = read_all(&photos, options(2), &Silent, read).unwrap_err();
        assert_eq!(error.to_string(), "3.jpg: no room");
        assert!(begun.into_inner() < 100);
    }

    #[test]
    fn nothing_to_read_is_no_work_and_a_concurrency_out_of_range_is_refused() {
        assert_eq!(read_all(&[], options(4), &Silent, |_| Ok(1)).unwrap(), Vec::<i32>::new());
        for concurrency in [0, 65] {
            assert!(read_all(&[], options(concurrency), &Silent, |_| Ok(1)).is_err());
        }
    }
}
