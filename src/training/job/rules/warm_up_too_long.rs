use super::hyperparameter_out_of_range::whole;
use crate::findings::Finding;
use crate::findings::limits::{DEFAULT_EPOCH_COUNT, DEFAULT_WARMUP_STEPS, MAX_WARMUP_STEPS_LITE_2, WARMUP_PART};
use crate::training::estimate::training_steps;
use crate::training::job::DataFacts;
use crate::training::job::base_model::BaseModel;
use crate::training::job::request::Request;
use crate::validate::Model;
use crate::wording::counted;

crate::rule! {
    /// ## What it does
    /// Reports a warm-up over more than a fifth of all training steps, and for Nova 2 Lite over more than 20 steps. Where the
    /// request names no warm-up, Bedrock's default of 10 steps counts. The number of steps is an estimate, since AWS does not
    /// publish it: samples × epochs ÷ 8 for Nova Lite, observed in one public job of June 2025; ÷ 8 for Nova 2 Lite, ÷ 16 for Pro
    /// and ÷ 32 for Micro are inferred from AWS's advice on the warm-up.
    ///
    /// ## Why is this bad?
    /// During warm-up the learning rate is below the one that you chose; in a small training it never reaches it. For Nova 2 Lite
    /// AWS's Nova 2 user guide gave 20 as the maximum (page "Selecting hyperparameters", copy of December 2025; the copy of October
    /// 2026 has no such table). For Nova Micro, Lite and Pro the Bedrock user guide gives 100 (copy of October 2026).
    ///
    /// ## Example
    /// 50 samples, 3 epochs (about 18 steps) and no `learningRateWarmupSteps`.
    ///
    /// ## Use instead
    /// `"learningRateWarmupSteps": "1"`. AWS advises a 160th of the samples for Nova Lite and 2 Lite, a 320th for Pro, a 640th for
    /// Micro.
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
    let model = request.text("/baseModelIdentifier").and_then(|id| BaseModel::parse(id).family()).unwrap_or(data.model);
    let steps = training_steps(model, data.train_count as u64, epochs);
    let message = if data.train_count > 0 && u64::from(warm_up) * WARMUP_PART > steps {
        let in_all = counted(usize::try_from(steps).unwrap_or(usize::MAX), "step");
        format!("{given} of about {in_all} in all: set `learningRateWarmupSteps` to at most {}", steps / WARMUP_PART)
    } else if model == Model::Lite2 && warm_up > MAX_WARMUP_STEPS_LITE_2 {
        format!("{given}: AWS's Nova 2 user guide allows {MAX_WARMUP_STEPS_LITE_2} (copy of December 2025)")
    } else {
        return;
    };
    findings.push(request.finding(&WARM_UP_TOO_LONG, pointer, message));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn says_for(model: Model, parameters: &str, train_count: usize) -> Option<String> {
        let json = format!("{{\"hyperParameters\":{{{parameters}}}}}");
        let request = Request::parse(Path::new("job.json"), json.as_bytes()).unwrap();
        let mut findings = Vec::new();
        check(&request, &DataFacts { model, train_count, ..DataFacts::default() }, &mut findings);
        findings.pop().map(|finding| finding.message)
    }

    fn says(parameters: &str, train_count: usize) -> Option<String> {
        says_for(Model::Lite, parameters, train_count)
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
    fn a_step_of_micro_and_pro_takes_more_samples_so_that_their_warm_up_may_be_shorter() {
        let ten = "\"learningRateWarmupSteps\":\"10\"";
        assert_eq!(says_for(Model::Lite, ten, 200), None);
        assert!(says_for(Model::Pro, ten, 200).unwrap().contains("about 25 steps"));
        assert!(says_for(Model::Micro, ten, 200).unwrap().contains("about 12 steps"));
        // The model that the request names counts before the one that the records were checked for.
        let json = "{\"baseModelIdentifier\":\"amazon.nova-pro-v1:0:300k\"}";
        let request = Request::parse(Path::new("job.json"), json.as_bytes()).unwrap();
        let mut findings = Vec::new();
        check(&request, &DataFacts { train_count: 200, ..DataFacts::default() }, &mut findings);
        assert!(findings[0].message.contains("about 25 steps"), "{}", findings[0].message);
    }

    #[test]
    fn more_than_twenty_are_reported_for_nova_2_lite_only_however_long_the_training_is() {
        let warm_up = |steps: &str| format!("\"learningRateWarmupSteps\":\"{steps}\"");
        assert_eq!(says_for(Model::Lite2, &warm_up("20"), 20_000), None);
        assert!(says_for(Model::Lite2, &warm_up("21"), 20_000).unwrap().contains("copy of December 2025"));
        for model in [Model::Micro, Model::Lite, Model::Pro] {
            assert_eq!(says_for(model, &warm_up("100"), 20_000), None, "{model}");
        }
        assert_eq!(says(&warm_up("many"), 8), None);
    }
}
