use crate::aws::s3::Encryption;
use crate::findings::Finding;
use crate::training::job::facts::Facts;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a bucket of the request whose objects are encrypted with a key of KMS by default.
    ///
    /// ## Why is this bad?
    /// Role and caller then also need `kms:Decrypt` and `kms:GenerateDataKey` on the key; without, the job fails with a message about
    /// S3 (Bedrock user guide, page "Troubleshooting model customization issues"; Amazon S3 user guide, page "Using server-side
    /// encryption with AWS KMS keys", copy of October 2026).
    ///
    /// ## Example
    /// A bucket with `aws:kms` as default encryption.
    ///
    /// ## Use instead
    /// The statements that `nova-ft job policy --kms-key-id KEY` prints for role and caller, and a key policy that allows them.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) BUCKET_ENCRYPTED_BY_KMS = "JOB028", "bucket-encrypted-by-kms", Warning, S3, fix None;
}

/// Buckets whose key the role needs.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    for (name, bucket) in &facts.buckets {
        let Some(Encryption::Kms(key)) = bucket.encryption.told() else { continue };
        let (what, option) = match key {
            Some(key) => (format!("the KMS key `{key}`"), key.as_str()),
            None => ("a KMS key that it does not name".to_owned(), "KEY"),
        };
        let message = format!(
            "the bucket `{name}` is encrypted with {what}: role and caller need kms:Decrypt and kms:GenerateDataKey; \
             `nova-ft job policy --kms-key-id {option}` prints the statements"
        );
        let pointer = bucket.pointers.first().map_or("", String::as_str);
        findings.push(request.finding(&BUCKET_ENCRYPTED_BY_KMS, pointer, message));
    }
}
