use crate::finding::Finding;
use crate::finding::limits::TUNING_REGION;
use crate::job::DataFacts;
use crate::job::base_model::Arn;
use crate::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports another Region than us-east-1: the job's own, or that of an ARN, of the base model or of the key that encrypts the
    /// tuned one.
    ///
    /// ## Why is this bad?
    /// Nova is tuned in us-east-1 alone, and job, model, key and bucket are of one Region.
    ///
    /// ## Example
    /// `arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0:300k`
    ///
    /// ## Use instead
    /// `arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k`, or the id alone.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) REGION_WITHOUT_TUNING = "JOB012", "region-without-tuning", Error, Job, fix None;
}

/// Other Regions.
pub(crate) fn check(request: &Request, data: &DataFacts, findings: &mut Vec<Finding>) {
    if let Some(region) = data.region.as_deref().filter(|region| !region.is_empty() && *region != TUNING_REGION) {
        let message = format!("the job would run in `{region}`: Nova is tuned in {TUNING_REGION} only");
        findings.push(request.finding(&REGION_WITHOUT_TUNING, "/baseModelIdentifier", message));
    }
    for pointer in ["/baseModelIdentifier", "/customModelKmsKeyId"] {
        let Some(arn) = request.text(pointer).and_then(Arn::parse).filter(Arn::is_elsewhere) else { continue };
        let message = format!("Region `{}`: Nova is tuned in {TUNING_REGION} only", arn.region);
        findings.push(request.finding(&REGION_WITHOUT_TUNING, pointer, message));
    }
}
