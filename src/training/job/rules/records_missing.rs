use crate::aws::s3::Sight;
use crate::findings::Finding;
use crate::training::job::facts::{Answer, Facts};
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports training or validation data that are not in S3, or that the caller may not read.
    ///
    /// ## Why is this bad?
    /// The job fails; S3 answers `HeadObject` with 404. An upload that was forgotten, or another prefix than the one that was uploaded to.
    ///
    /// ## Example
    /// `"trainingDataConfig": {"s3Uri": "s3://bucket/p/train.jsonl"}` before `nova-ft upload`.
    ///
    /// ## Use instead
    /// `nova-ft upload`, then the job.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) RECORDS_MISSING = "JOB023", "records-missing", Error, S3, fix None;
}

/// Records that are not there.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    for records in &facts.records {
        let why = match &records.sight {
            Answer::Told(Sight::Missing) => "there is no such object: run `nova-ft upload`".to_owned(),
            Answer::Told(Sight::Denied) => "it is not there, or the credentials in use may not read it".to_owned(),
            Answer::Told(Sight::There(object)) if object.size_bytes == 0 => "the object is empty".to_owned(),
            Answer::Refused(why) => why.clone(),
            Answer::Told(Sight::There(_)) | Answer::NotAsked => continue,
        };
        findings.push(request.finding(&RECORDS_MISSING, &records.pointer, format!("{}: {why}", records.uri)));
    }
}
