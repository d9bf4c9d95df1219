crate::rule! {
    /// ## What it does
    /// Reports an image, video or document whose `bucketOwner` is another account than that of the first one of the file, or
    /// than the manifest says.
    ///
    /// ## Why is this bad?
    /// A bucket has one owner, and all files lie in one bucket: one of the two accounts is wrong, and Bedrock cannot read
    /// those files.
    ///
    /// ## Example
    /// One record names the account `123456789012`, another `123456789021`.
    ///
    /// ## Use instead
    /// The account that owns the bucket, everywhere.
    ///
    /// ## Fix
    /// By hand, or `nova-ft prepare --account-id` again.
    pub(crate) SECOND_OWNER = "S3U005", "second-owner", Error, Dataset, fix None;
}
