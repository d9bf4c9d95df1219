//! The blocking façade over the async inside: one runtime for a backend and its clients, whose connections stay open between calls.
//!
//! The runtime is an owned value and no static: it ends with the last value that holds it.

use std::sync::{Arc, OnceLock};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{Error, Result};

/// A handle of a tokio runtime, which is started by the first call and ends with the last handle.
#[derive(Debug, Clone)]
pub(crate) struct BlockingRuntime {
    shared: Arc<Shared>,
    copy: usize,
}

#[derive(Debug, Default)]
struct Shared(OnceLock<Runtime>);

impl Drop for Shared {
    fn drop(&mut self) {
        // Waiting for the threads to end, as the runtime itself does, is a panic in async code.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl BlockingRuntime {
    /// Returns a handle of a runtime of its own.
    pub(crate) fn new() -> Self {
        Self { shared: Arc::default(), copy: copy_of_library() }
    }

    /// Runs a future to its end. Several threads may do so at the same time.
    ///
    /// # Errors
    /// [`Error::InsideAsync`] when called from async code, where blocking would stall the caller's runtime.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> Result<F::Output> {
        if Handle::try_current().is_ok() {
            return Err(Error::InsideAsync);
        }
        Ok(self.started()?.block_on(future))
    }

    /// Whether this copy of the library made it. With evcxr's `:dep` each cell has a copy of its own, and tokio finds the runtime of
    /// one copy not from the code of another.
    pub(crate) fn is_of_this_copy(&self) -> bool {
        self.copy == copy_of_library()
    }

    fn started(&self) -> Result<&Runtime> {
        if let Some(runtime) = self.shared.0.get() {
            return Ok(runtime);
        }
        let runtime = Builder::new_multi_thread()
            // One more than the SDK's three attempts: a connection that is flooded keeps its thread busy for a while after its request
            // has timed out, and the timers need a thread.
            .worker_threads(4)
            .thread_name("nova-ft")
            .enable_all()
            .build()
            .map_err(|source| Error::System { action: "start the network threads".to_owned(), source })?;
        // If another thread was faster, its runtime is used, and this one ends here.
        Ok(self.shared.0.get_or_init(|| runtime))
    }
}

/// Returns an address that is another one in each copy of the library in this process.
fn copy_of_library() -> usize {
    static ADDRESS: u8 = 0;
    (&raw const ADDRESS).addr()
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use tokio::task::JoinSet;

    use super::*;

    #[test]
    fn a_future_runs_from_plain_code_and_is_refused_inside_a_runtime() {
        let runtime = BlockingRuntime::new();
        assert_eq!(runtime.block_on(async { 7 }).unwrap(), 7);
        let inner = runtime.block_on(async { runtime.block_on(async { 7 }) }).unwrap();
        assert!(matches!(inner, Err(Error::InsideAsync)));
    }

    #[test]
    fn many_threads_block_on_one_runtime_that_the_first_of_them_starts() {
        let runtime = BlockingRuntime::new();
        let ids = std::thread::scope(|scope| {
            let id = || runtime.block_on(async { Handle::current().id() }).unwrap();
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(id)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
    }

    #[test]
    fn the_last_handle_may_be_dropped_in_async_code() {
        let runtime = BlockingRuntime::new();
        runtime.block_on(async {}).unwrap();
        Builder::new_current_thread().build().unwrap().block_on(async { drop(runtime) });
    }

    #[test]
    fn a_call_that_panics_leaves_no_task_behind_and_the_next_one_runs() {
        let runtime = BlockingRuntime::new();
        let call = || {
            runtime.block_on(async {
                let mut tasks = JoinSet::new();
                tasks.spawn(tokio::time::sleep(Duration::from_hours(1)));
                tokio::task::yield_now().await;
                panic!("the cell was interrupted");
            })
        };
        catch_unwind(AssertUnwindSafe(call)).unwrap_err();
        let ended = async {
            while Handle::current().metrics().num_alive_tasks() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(10), ended).await }).unwrap().unwrap();
    }
}
