//! The blocking façade over the async inside.
//!
//! A runtime is built for each call and dropped after it: notebook cells and threads share nothing, and a cell that is
//! interrupted leaves nothing behind.

use crate::error::{Error, Result};

/// Runs a future to its end on a runtime of its own.
///
/// # Errors
/// [`Error::InsideAsync`] when called from async code, where blocking would stall the caller's runtime.
pub(crate) fn block_on<F: Future>(future: F) -> Result<F::Output> {
    if tokio::runtime::Handle::try_current().is_ok() {
        return Err(Error::InsideAsync);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // One more than the SDK's three attempts: a connection that is flooded keeps its thread busy for a while after its request
        // has timed out, and the timers need a thread.
        .worker_threads(4)
        .thread_name("nova-ft")
        .enable_all()
        .build()
        .map_err(|source| Error::System { action: "start the network threads".to_owned(), source })?;
    Ok(runtime.block_on(future))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_runs_from_plain_code_and_is_refused_inside_a_runtime() {
        assert_eq!(block_on(async { 7 }).unwrap(), 7);
        let inner = block_on(async { block_on(async { 7 }).is_err() }).unwrap();
        assert!(inner);
    }
}
