//! What an upload did, object by object.

use std::fmt;

use super::Receipt;
use super::plan::{Action, PlannedObject};
use super::run::DryRun;
use crate::error::{Error, shown};
use crate::validate::DatasetObject;

/// What became of an object.
#[derive(Debug)]
pub enum Outcome {
    /// As planned: sent or skipped, or in a dry run what would be done.
    Done(PlannedObject),
    /// It did not go through.
    Failed(DatasetObject, Error),
}

impl Outcome {
    /// The object.
    pub fn object(&self) -> &DatasetObject {
        match self {
            Self::Done(planned) => &planned.object,
            Self::Failed(object, _) => object,
        }
    }

    /// Whether the object is there already, is to be sent or was; `None` where it did not go through.
    pub(super) fn action(&self) -> Option<Action> {
        match self {
            Self::Done(planned) => Some(planned.action),
            Self::Failed(..) => None,
        }
    }

    /// The bytes of an object that is to be sent, or was; else 0.
    pub(super) fn bytes_to_send(&self) -> u64 {
        if self.action() == Some(Action::Put) { self.object().size_bytes } else { 0 }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(planned) => planned.fmt(f),
            Self::Failed(object, error) => {
                write!(f, "error {} {}: ", shown(&object.path), object.uri)?;
                match error {
                    // File and object are named already.
                    Error::Input { what, .. } => f.write_str(what),
                    Error::Service { operation, code, message, .. } => write!(f, "{operation}: {code}: {message}"),
                    other => other.fmt(f),
                }
            }
        }
    }
}

/// What an upload did.
#[derive(Debug)]
pub struct Uploaded {
    /// One entry an object, photos first, in the order of the plan.
    pub outcomes: Vec<Outcome>,
    /// The receipt, where everything went through.
    pub receipt: Option<Receipt>,
    /// Whether all this is what would be done.
    pub dry_run: DryRun,
}

impl Uploaded {
    /// Objects sent, or in a dry run to be sent.
    pub fn put_count(&self) -> usize {
        self.count(Action::Put)
    }

    /// Objects that were there already.
    pub fn skip_count(&self) -> usize {
        self.count(Action::Skip)
    }

    /// The objects that did not go through.
    pub fn failed(&self) -> impl Iterator<Item = (&DatasetObject, &Error)> {
        self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Failed(object, error) => Some((object, error)),
            Outcome::Done(_) => None,
        })
    }

    fn count(&self, action: Action) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.action() == Some(action)).count()
    }
}
