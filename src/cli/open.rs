//! Opens a file with the desktop's own viewer.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The programs that do it, in the order in which they are tried.
const OPENERS: &[&str] = if cfg!(target_os = "macos") { &["open"] } else { &["xdg-open", "wslview"] };
/// An opener that has no desktop fails at once; one that has is not waited for.
const PATIENCE: Duration = Duration::from_millis(300);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Starts the viewer and does not wait for it; the error says why there is none, as a sentence.
pub(super) fn open(file: &Path) -> Result<(), String> {
    let shown = file.display();
    for opener in OPENERS {
        let mut command = Command::new(opener);
        command.arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("`{opener}` cannot be started ({error}): open {shown} yourself")),
        };
        let looks = PATIENCE.as_millis() / LOOK_EVERY.as_millis();
        for _ in 0..looks {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(_)) => return Err(format!("`{opener}` found nothing to show it with: open {shown} yourself")),
                Ok(None) => std::thread::sleep(LOOK_EVERY),
                Err(_) => break,
            }
        }
        return Ok(());
    }
    let names = OPENERS.join(" nor ");
    Err(format!("there is no desktop here (neither {names} is installed): open {shown} yourself"))
}
