use super::hyperparameter_out_of_range::whole;
use crate::estimate::training_steps;
use crate::finding::Finding;
use crate::finding::limits::{DEFAULT_EPOCH_COUNT, DEFAULT_WARMUP_STEPS, OLDER_MAX_WARMUP_STEPS, WARMUP_PART};
use crate::job::DataFacts;
use crate::job::request::Request;
use crate::wording::counted;

crate::rule! {
    /// ## What it does
    /// Reports a warm-up over more than a fifth of all steps of training, or over more than 20 steps. Where the request names
    /// no warm-up, Bedrock's default of 10 steps counts. Steps are about samples × epochs ÷ 8, which is not published and was
    /// seen once.
    ///
    /// ## Why is this bad?
    /// Until warm-up is over the learning rate is below the one that you chose; in a small run it can be below it to the end.
    /// More than 20 steps were refused by an older page, whose limit today is 100.
    ///
    /// ## Example
    /// 50 samples, 3 epochs (about 18 steps) and no `learningRateWarmupSteps`.
    ///
    /// ## Use instead
    /// `"learningRateWarmupSteps": "1"`. The documentation advises a 160th of the samples for Nova Lite.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) WARM_UP_TOO_LONG = "JOB006", "warm-up-too-long", Warning, Job, fix None;
}

/// Warm-ups that outlast the training.
pub(crate) fn check(request: &Request, data: &DataFacts, findings: &mut Vec<Finding>) {
    let number = |name: &str, default| match request.hyperparameter(name) {
        Some(parameter) => parameter.text().and_then(|text| whole(&text)),
        None => Some(default),
    };
    // What is no number is another rule's.
    let Some(epochs) = number("epochCount", DEFAULT_EPOCH_COUNT) else { return };
    let Some(warm_up) = number("learningRateWarmupSteps", DEFAULT_WARMUP_STEPS) else { return };
    let named = request.hyperparameter("learningRateWarmupSteps");
    let pointer = match &named {
        Some(parameter) => parameter.pointer.as_str(),
        None if request.value.get("hyperParameters").is_some() => "/hyperParameters",
        None => "",
    };
    let given = counted(warm_up as usize, "warm-up step");
    let given = if named.is_some() { given } else { format!("{given}, the default,") };
    let steps = training_steps(data.train_count as u64, epochs);
    let message = if data.train_count > 0 && u64::from(warm_up) * WARMUP_PART > steps {
        let in_all = counted(usize::try_from(steps).unwrap_or(usize::MAX), "step");
        format!("{given} of about {in_all} in all: set `learningRateWarmupSteps` to at most {}", steps / WARMUP_PART)
    } else if warm_up > OLDER_MAX_WARMUP_STEPS {
        format!("{given}: an older page of the documentation allows {OLDER_MAX_WARMUP_STEPS}")
    } else {
        return;
    };
    findings.push(request.finding(&WARM_UP_TOO_LONG, pointer, message));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn says(parameters: &str, train_count: usize) -> Option<String> {
        let json = format!("{{\"hyperParameters\":{{{parameters}}}}}");
        let request = Request::parse(Path::new("job.json"), json.as_bytes()).unwrap();
        let mut findings = Vec::new();
        check(&request, &DataFacts { train_count, ..DataFacts::default() }, &mut findings);
        findings.pop().map(|finding| finding.message)
    }

    #[test]
    fn a_fifth_of_the_steps_is_allowed_and_more_is_not() {
        // 200 samples, 2 epochs: 50 steps.
        assert_eq!(says("\"learningRateWarmupSteps\":\"10\"", 200), None);
        assert_eq!(says("", 200), None);
        assert!(says("\"learningRateWarmupSteps\":\"11\"", 200).unwrap().starts_with("11 warm-up steps of about 50"));
        assert!(says("\"epochCount\":\"1\"", 200).unwrap().starts_with("10 warm-up steps, the default, of about 25"));
        assert_eq!(says("\"learningRateWarmupSteps\":\"0\"", 8), None);
    }

    #[test]
    fn more_than_twenty_are_named_however_long_the_training_is() {
        assert_eq!(says("\"learningRateWarmupSteps\":\"20\"", 20_000), None);
        assert!(says("\"learningRateWarmupSteps\":\"21\"", 20_000).unwrap().contains("an older page"));
        assert_eq!(says("\"learningRateWarmupSteps\":\"many\"", 8), None);
    }
}
