use super::request_shape::plain;
use crate::findings::Finding;
use crate::training::job::DataFacts;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a hyperparameter that Nova does not have, and a `batchSize` other than `"1"`.
    ///
    /// ## Why is this bad?
    /// The documentation has three: `epochCount`, `learningRate`, `learningRateWarmupSteps`. The service refuses others, or
    /// worse, passes them over. `batchSize` is not among them; jobs with `"1"` were accepted, and no other value is known to
    /// have been.
    ///
    /// ## Example
    /// ```json
    /// {"hyperParameters": {"epochs": "3"}}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"hyperParameters": {"epochCount": "3"}}
    /// ```
    ///
    /// ## Fix
    /// By hand.
    pub(crate) HYPERPARAMETER_UNKNOWN = "JOB003", "hyperparameter-unknown", Error, Job, fix None;
}

const KNOWN: [&str; 3] = ["epochCount", "learningRate", "learningRateWarmupSteps"];
/// What other tools call them.
const OTHER_NAMES: [(&str, &str); 6] = [
    ("epochs", KNOWN[0]),
    ("numepochs", KNOWN[0]),
    ("lr", KNOWN[1]),
    ("learningratemultiplier", KNOWN[1]),
    ("warmupsteps", KNOWN[2]),
    ("learningratewarmup", KNOWN[2]),
];

/// Hyperparameters that are none of Nova's.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    for parameter in request.hyperparameters() {
        let message = match parameter.name {
            name if KNOWN.contains(&name) => continue,
            "batchSize" if parameter.text().as_deref() == Some("1") => continue,
            "batchSize" => "`batchSize` is always 1: leave it out".to_owned(),
            name => {
                let same = KNOWN.into_iter().find(|known| plain(known) == plain(name));
                let other = || OTHER_NAMES.into_iter().find(|(other, _)| *other == plain(name)).map(|(_, known)| known);
                match same.or_else(other) {
                    Some(known) => format!("Nova has no `{name}`: write `{known}`"),
                    None => {
                        format!("Nova has no `{name}`: it has {}", KNOWN.map(|known| format!("`{known}`")).join(", "))
                    }
                }
            }
        };
        findings.push(request.finding(&HYPERPARAMETER_UNKNOWN, &parameter.pointer, message));
    }
}
