//! Ctrl-C: it ends a command at once, or is what the command waits for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::time::Duration;

use super::exit::Exit;
use super::ui::Ui;

/// How long the last words may take: a reader that has stopped reading must not keep the process alive.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What the handler of the signal and a command share.
#[derive(Debug, Default)]
pub(super) struct Interrupt {
    is_awaited: AtomicBool,
    has_come: Mutex<bool>,
    came: Condvar,
}

impl Interrupt {
    /// From here on Ctrl-C ends the process with 130: every file is whole or absent at any moment, and so is every
    /// object. That holds too where the shell that started this in the background had it ignore Ctrl-C.
    pub(super) fn install(ui: &Arc<Ui>, command: &'static str) -> Arc<Self> {
        let interrupt = Arc::new(Self::default());
        let (shared, ui) = (Arc::clone(&interrupt), Arc::clone(ui));
        let _ = ctrlc::set_handler(move || {
            if shared.is_awaited.swap(false, Ordering::SeqCst) {
                *shared.has_come.lock().unwrap_or_else(PoisonError::into_inner) = true;
                shared.came.notify_all();
            } else {
                end(&ui, command);
            }
        });
        interrupt
    }

    /// From here on the first Ctrl-C is for [`Self::wait`]; a second one ends the process as ever.
    pub(super) fn expect(&self) {
        self.is_awaited.store(true, Ordering::SeqCst);
    }

    /// Waits for the Ctrl-C that was expected.
    pub(super) fn wait(&self) {
        while !self.wait_for(Duration::from_hours(1)) {}
    }

    /// The same for so long at most; whether it has come.
    pub(super) fn wait_for(&self, longest: Duration) -> bool {
        let has_come = self.has_come.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.came.wait_timeout_while(has_come, longest, |has_come| !*has_come);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[expect(clippy::exit, reason = "the handler's thread has no other way to end the process")]
fn end(ui: &Arc<Ui>, command: &'static str) {
    let (said, heard) = mpsc::channel();
    let ui = Arc::clone(ui);
    std::thread::spawn(move || said.send(ui.interrupted(command)));
    // A command that has said its summary in this moment ends by itself, with its own code.
    if heard.recv_timeout(LAST_WORDS) != Ok(false) {
        std::process::exit(i32::from(Exit::Interrupted.code()))
    }
}
