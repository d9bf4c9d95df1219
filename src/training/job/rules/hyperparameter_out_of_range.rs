use crate::findings::Finding;
use crate::findings::limits::{EPOCH_COUNT, LEARNING_RATE, WARMUP_STEPS};
use crate::training::job::DataFacts;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a hyperparameter outside of what Nova takes, or that is no number: `epochCount` 1 to 5, whole; `learningRate`
    /// 0.000001 to 0.0001; `learningRateWarmupSteps` 0 to 100, whole.
    ///
    /// ## Why is this bad?
    /// The service refuses the job. The bounds are those of AWS's user guide for Nova Micro, Lite and Pro (page "Custom model
    /// hyperparameters", copy of October 2026). For Nova 2 Lite its own guide gave the same ones, but at most 20 warm-up steps (copy of
    /// December 2025): more than 20 are JOB006. AWS's Forge SDK uses one set of bounds for all models, up to 100.
    ///
    /// ## Example
    /// ```json
    /// {"hyperParameters": {"epochCount": "10", "learningRate": "0.001"}}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"hyperParameters": {"epochCount": "5", "learningRate": "0.0001"}}
    /// ```
    ///
    /// ## Fix
    /// By hand.
    pub(crate) HYPERPARAMETER_OUT_OF_RANGE = "JOB005", "hyperparameter-out-of-range", Error, Job, fix None;
}

/// Hyperparameters that are too small, too large or no numbers.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    for parameter in request.hyperparameters() {
        let Some(text) = parameter.text() else { continue };
        let fault = match parameter.name {
            "epochCount" => whole_fault(&text, EPOCH_COUNT),
            "learningRateWarmupSteps" => whole_fault(&text, WARMUP_STEPS),
            "learningRate" => rate_fault(&text),
            _ => None,
        };
        findings.extend(fault.map(|fault| {
            request.finding(&HYPERPARAMETER_OUT_OF_RANGE, &parameter.pointer, format!("`{text}`: {fault}"))
        }));
    }
}

/// What is wrong with a text that should be a whole number.
fn whole_fault(text: &str, (least, most): (u32, u32)) -> Option<String> {
    match whole(text) {
        Some(number) if (least..=most).contains(&number) => None,
        _ => Some(format!("a whole number from {least} to {most} is needed")),
    }
}

/// A whole number, digits only.
pub(super) fn whole(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn rate_fault(text: &str) -> Option<String> {
    let (least, most) = LEARNING_RATE;
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    match text.parse::<f64>() {
        Ok(rate) if is_number && (least..=most).contains(&rate) => None,
        _ => Some(format!("a number from {least} to {most} is needed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_belong_to_what_is_allowed() {
        let epochs = |text: &str| whole_fault(text, EPOCH_COUNT).is_none();
        assert!(epochs("1") && epochs("5") && epochs("03") && !epochs("0") && !epochs("6"));
        for text in ["", "1.5", "2.0", "+2", "-1", " 2", "２", "two", "1e0", "99999999999999999999"] {
            assert!(!epochs(text), "{text}");
        }
        let rate = |text: &str| rate_fault(text).is_none();
        for text in ["1e-6", "0.000001", "1e-4", "0.0001", "1E-5", "1.00E-05"] {
            assert!(rate(text), "{text}");
        }
        for text in ["0.00000099", "0.000101", "0", "-1e-5", "nan", "inf", "", " 1e-5", "1e-5 ", "0,00001", "infinity"]
        {
            assert!(!rate(text), "{text}");
        }
        let warm_up = |text: &str| whole_fault(text, WARMUP_STEPS).is_none();
        assert!(warm_up("0") && warm_up("100") && !warm_up("101"));
    }
}
