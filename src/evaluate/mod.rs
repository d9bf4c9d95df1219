//! The proof: the model before tuning and the tuned one are asked the same questions, and their answers are compared with
//! the labels of the held-out side.
//!
//! [`read_cases`] reads what to ask, which [`ask`](crate::aws::inference::ask) asks a model, once for each photo, whatever happens to the process;
//! [`Evaluation::of`] scores and compares, always by the exact form of names. [`deploy`] and [`tear_down`] make a tuned model answer, and end that.

mod cases;
mod clean;
mod compare;
mod deployment;
mod interval;
mod models;
mod receipt;
mod report;
mod score;
mod sights;
#[cfg(test)]
mod tests;

pub(crate) use cases::unanswered;
pub use cases::{ANSWERS_FILE, Case, CaseOptions, Cases, read_cases};
pub use clean::{Cleaned, Leftover, Shelf, clean, find_leftovers};
pub use compare::{Change, Comparison, compare};
pub use deployment::{Deployed, WaitOptions, deploy, deployment_name, tear_down, wait_until_active};
pub use interval::Interval;
pub use models::{family_of, inference_id, limits_of};
pub use receipt::{DEPLOYMENT_FILE, DeploymentReceipt};
pub use report::{
    Asked, Evaluation, STAND_IN_NOTE, render_evaluation_html, render_evaluation_json, render_evaluation_markdown,
    render_evaluation_text,
};
pub(crate) use report::{comparison_line, rows, shown};
pub use score::{Part, Score, score};
pub use sights::{CachedSights, NoSights, Sight, Sights};
