use crate::finding::Finding;
use crate::job::facts::Facts;
use crate::job::request::Request;
use crate::store::Encryption;

crate::rule! {
    /// ## What it does
    /// Reports a bucket of the request whose objects are encrypted with a key of KMS by default.
    ///
    /// ## Why is this bad?
    /// The role then also needs `kms:Decrypt` on the key, and for the output `kms:GenerateDataKey`; without, the job fails with a message
    /// about S3.
    ///
    /// ## Example
    /// A bucket with `aws:kms` as default encryption.
    ///
    /// ## Use instead
    /// A statement for the key in the role's permissions, and one for the role in the key's policy.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) BUCKET_ENCRYPTED_BY_KMS = "JOB028", "bucket-encrypted-by-kms", Warning, S3, fix None;
}

/// Buckets whose key the role needs.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    for (name, bucket) in &facts.buckets {
        let Some(Encryption::Kms(key)) = bucket.encryption.told() else { continue };
        let key = key.as_ref().map_or("a key of KMS".to_owned(), |key| format!("the key `{key}`"));
        let message =
            format!("the bucket `{name}` encrypts with {key}: the role needs kms:Decrypt and kms:GenerateDataKey");
        let pointer = bucket.pointers.first().map_or("", String::as_str);
        findings.push(request.finding(&BUCKET_ENCRYPTED_BY_KMS, pointer, message));
    }
}
