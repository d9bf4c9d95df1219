use crate::finding::Finding;
use crate::finding::limits::TUNING_REGION;
use crate::job::DataFacts;
use crate::job::base_model::Arn;
use crate::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports an ARN of another Region than us-east-1, of the base model or of the key that encrypts the tuned one.
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

/// ARNs of other Regions.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    for pointer in ["/baseModelIdentifier", "/customModelKmsKeyId"] {
        let Some(arn) = request.text(pointer).and_then(Arn::parse).filter(Arn::is_elsewhere) else { continue };
        let message = format!("Region `{}`: Nova is tuned in {TUNING_REGION} only", arn.region);
        findings.push(request.finding(&REGION_WITHOUT_TUNING, pointer, message));
    }
}
