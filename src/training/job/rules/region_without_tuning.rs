use crate::findings::limits::TUNING_REGION;
use crate::findings::{Finding, Severity};
use crate::training::job::DataFacts;
use crate::training::job::base_model::Arn;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a job in another Region than us-east-1. Where the ARN of the base model, or of the key that encrypts the tuned
    /// model, names another Region than the job's, that is an error.
    ///
    /// ## Why is this bad?
    /// AWS's user guide names us-east-1 as the only Region in which Nova is fine-tuned and custom Nova models are deployed on
    /// demand (pages "Customize a model with fine-tuning" and "Deploy a custom model for on-demand inference", copies of October
    /// 2026). AWS may add Regions: where Bedrock is asked, its list of models decides (JOB018). Job, model, key and bucket are of
    /// one Region.
    ///
    /// ## Example
    /// `arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0:300k`
    ///
    /// ## Use instead
    /// `arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k`, or the id alone.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) REGION_WITHOUT_TUNING = "JOB012", "region-without-tuning", Warning, Job, fix None;
}

/// Other Regions.
pub(crate) fn check(request: &Request, data: &DataFacts, findings: &mut Vec<Finding>) {
    let known = format!("{TUNING_REGION} is the only one known to fine-tune Nova (AWS user guide, October 2026)");
    let of_job = data.region.as_deref().filter(|region| !region.is_empty());
    if let Some(region) = of_job.filter(|region| *region != TUNING_REGION) {
        let message = format!("the job would run in Region `{region}`: {known}");
        findings.push(request.finding(&REGION_WITHOUT_TUNING, "/baseModelIdentifier", message));
    }
    for pointer in ["/baseModelIdentifier", "/customModelKmsKeyId"] {
        let Some(arn) = request.text(pointer).and_then(Arn::parse).filter(|arn| !arn.region.is_empty()) else {
            continue;
        };
        let finding = match of_job {
            Some(region) if arn.region != region => Finding {
                severity: Severity::Error,
                ..request.finding(
                    &REGION_WITHOUT_TUNING,
                    pointer,
                    format!("the ARN names Region `{}`, the job would run in `{region}`", arn.region),
                )
            },
            None if arn.region != TUNING_REGION => {
                request.finding(&REGION_WITHOUT_TUNING, pointer, format!("Region `{}`: {known}", arn.region))
            }
            _ => continue,
        };
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn severities(base: &str, region: Option<&str>) -> Vec<Severity> {
        let json = format!("{{\"baseModelIdentifier\":\"{base}\"}}");
        let request = Request::parse(Path::new("job.json"), json.as_bytes()).unwrap();
        let mut findings = Vec::new();
        let data = DataFacts { region: region.map(str::to_owned), ..DataFacts::default() };
        check(&request, &data, &mut findings);
        findings.iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn another_region_is_a_warning_and_an_arn_of_another_region_than_the_jobs_an_error() {
        let id = "amazon.nova-lite-v1:0:300k";
        let in_oregon = format!("arn:aws:bedrock:us-west-2::foundation-model/{id}");
        assert_eq!(severities(id, Some("us-east-1")), []);
        assert_eq!(severities(id, Some("us-west-2")), [Severity::Warning]);
        assert_eq!(severities(&in_oregon, Some("us-west-2")), [Severity::Warning]);
        assert_eq!(severities(&in_oregon, None), [Severity::Warning]);
        assert_eq!(severities(&in_oregon, Some("us-east-1")), [Severity::Error]);
    }
}
