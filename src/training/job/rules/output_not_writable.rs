use crate::aws::s3::WriteProbe;
use crate::findings::{Finding, Severity};
use crate::training::job::facts::{Answer, Facts};
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports an output prefix that the caller may not write below. To see that, an empty object
    /// `.write_access_check_file.JOB.tmp` is put there and removed again; a dry run does not. One that cannot be removed is a warning.
    ///
    /// ## Why is this bad?
    /// Bedrock answers `Could not validate PutObject permissions`; it writes as the role, which is often allowed the same.
    ///
    /// ## Example
    /// `"outputDataConfig": {"s3Uri": "s3://somebody-elses-bucket/out/"}`
    ///
    /// ## Use instead
    /// A prefix of a bucket of your own.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) OUTPUT_NOT_WRITABLE = "JOB027", "output-not-writable", Error, S3, fix None;
}

const POINTER: &str = "/outputDataConfig/s3Uri";

/// Outputs that cannot be written.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let output = request.text(POINTER).unwrap_or_default();
    let finding = match &facts.output {
        Answer::Told(WriteProbe::Refused(code, message)) => request.finding(
            &OUTPUT_NOT_WRITABLE,
            POINTER,
            format!("nothing can be put below {output}: {code}: {message}"),
        ),
        Answer::Refused(why) => {
            request.finding(&OUTPUT_NOT_WRITABLE, POINTER, format!("nothing can be put below {output}: {why}"))
        }
        Answer::Told(WriteProbe::Left(probe)) => {
            let message = format!("{probe} was put to see whether that can be done, and cannot be removed");
            let mut finding = request.finding(&OUTPUT_NOT_WRITABLE, POINTER, message);
            finding.severity = Severity::Warning;
            finding
        }
        Answer::Told(WriteProbe::Writable) | Answer::NotAsked => return,
    };
    findings.push(finding);
}
