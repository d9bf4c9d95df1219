crate::rule! {
    /// ## What it does
    /// Reports a request that is not JSON.
    ///
    /// ## Why is this bad?
    /// The AWS CLI does not send it. Nothing else in the file can be checked.
    ///
    /// ## Example
    /// `{"jobName": "tune-1",}`
    ///
    /// ## Use instead
    /// `{"jobName": "tune-1"}`
    ///
    /// ## Fix
    /// By hand.
    pub(crate) REQUEST_NOT_JSON = "JOB001", "request-not-json", Error, Job, fix None;
}
