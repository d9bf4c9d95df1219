//! How long work tells how far it is. The program draws a bar, a notebook or a test listens to nothing.

/// Hears of the progress of a step. Called from several threads.
pub trait Progress: Send + Sync {
    /// A piece of work of `total` units begins: `"hashing photos"`, `"uploading"`.
    fn begin(&self, work: &str, total: u64);
    /// `units` more are done.
    fn advance(&self, units: u64);
    /// The piece of work is over.
    fn end(&self);
    /// Something worth a line of its own.
    fn line(&self, text: &str);
    /// What stands beside the count for now: `$0.0012`.
    fn note(&self, _text: &str) {}
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _work: &str, _total: u64) {}
    fn advance(&self, _units: u64) {}
    fn end(&self) {}
    fn line(&self, _text: &str) {}
}
