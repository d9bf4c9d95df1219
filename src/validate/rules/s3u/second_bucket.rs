crate::rule! {
    /// ## What it does
    /// Reports an image, video or document in another bucket than the first one of the file, or than the manifest says.
    ///
    /// ## Why is this bad?
    /// All files must lie in the bucket of the JSONL file; Bedrock reads no other.
    ///
    /// ## Example
    /// One record names `s3://invoices/1.jpg`, another `s3://invoices-old/2.jpg`.
    ///
    /// ## Use instead
    /// One bucket for everything.
    ///
    /// ## Fix
    /// By hand: copy the object and change the record.
    pub(crate) SECOND_BUCKET = "S3U004", "second-bucket", Error, Dataset, fix None;
}
