//! What the stand-in, where it is in this process, cannot go on with.

use std::cell::RefCell;

use super::ui::Ui;
use nova_ft::local::LocalHandle;

/// Why the stand-in puts a job off, as it was last said.
#[derive(Debug, Default)]
pub(super) struct PutOff(RefCell<Option<String>>);

impl PutOff {
    /// Says once why a job is put off; again where the reason is another one, or comes back.
    pub(super) fn say(&self, local: Option<&LocalHandle>, ui: &Ui) {
        let reason = local.and_then(LocalHandle::job_put_off);
        let said = self.0.replace(reason.clone());
        if let Some(reason) = reason.filter(|reason| said.as_ref() != Some(reason)) {
            let text = "it goes on by itself once that is mended; Ctrl-C leaves it for later";
            ui.warning(&format!("the stand-in puts the job off: {reason}; {text}"));
        }
    }
}
