use crate::aws::s3::BucketRegion;
use crate::findings::Finding;
use crate::training::job::facts::Facts;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a bucket of the request that is not in the job's Region, or is not there.
    ///
    /// ## Why is this bad?
    /// Bedrock reads and writes in the job's Region only.
    ///
    /// ## Example
    /// A job in us-east-1 with a bucket in eu-central-1.
    ///
    /// ## Use instead
    /// A bucket in us-east-1, where Nova is tuned.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) BUCKET_IN_ANOTHER_REGION = "JOB026", "bucket-in-another-region", Error, S3, fix None;
}

/// Buckets of other Regions.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    for (name, bucket) in &facts.buckets {
        let message = match bucket.region.told() {
            Some(BucketRegion::Known(region)) if *region != facts.region => {
                format!("the bucket `{name}` is in {region}, the job will run in {}", facts.region)
            }
            Some(BucketRegion::Missing) => format!("there is no bucket `{name}`"),
            _ => continue,
        };
        for pointer in &bucket.pointers {
            findings.push(request.finding(&BUCKET_IN_ANOTHER_REGION, pointer, message.clone()));
        }
    }
}
