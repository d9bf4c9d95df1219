use crate::aws::bedrock::CreateJob;
use crate::findings::Finding;
use crate::training::job::facts::Facts;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports that a job of this name is there and is another one: data, output, role, model or hyperparameters differ.
    ///
    /// ## Why is this bad?
    /// The service answers `ConflictException`; a job cannot be deleted, so a name is used once. The end of a name that nova-ft makes is a
    /// digest of what the job is asked to do: only a job that somebody else named so can have it.
    ///
    /// ## Example
    /// `nova-ft-sellers-1a2b3c4d`, created by hand for other data.
    ///
    /// ## Use instead
    /// `--job-name` with another name.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) JOB_NAME_TAKEN = "JOB029", "job-name-taken", Error, Job, fix None;
}

/// Jobs of this name that are others.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(Some(job)) = facts.same_name.told() else { return };
    let differences = differences_in_json(request, &job.request);
    if !differences.is_empty() {
        let message = format!("{} has this name, with another {}", job.job_arn, differences.join(", "));
        findings.push(request.finding(&JOB_NAME_TAKEN, "/jobName", message));
    }
}

fn differences_in_json(request: &Request, there: &CreateJob) -> Vec<String> {
    let (ours, theirs) = (&request.value, there.to_json());
    let equal = |pointer: &str| {
        let (ours, theirs) = (ours.pointer(pointer), theirs.pointer(pointer));
        ours == theirs || is_same_text(ours.and_then(|text| text.as_str()), theirs.and_then(|text| text.as_str()))
    };
    let token = there.client_request_token.as_str();
    let names = [
        ("customModelName", "/customModelName"),
        ("roleArn", "/roleArn"),
        ("baseModelIdentifier", "/baseModelIdentifier"),
        ("trainingDataConfig", "/trainingDataConfig/s3Uri"),
        ("validationDataConfig", "/validationDataConfig/validators/0/s3Uri"),
        ("outputDataConfig", "/outputDataConfig/s3Uri"),
    ];
    let mut differences: Vec<_> =
        names.iter().filter(|(_, pointer)| !equal(pointer)).map(|(name, _)| (*name).to_owned()).collect();
    // The service adds those that a request does not name.
    let parameters = request.hyperparameters().filter(|parameter| {
        let there = there.hyper_parameters.get(parameter.name);
        there.is_some() && there.map(|text| number(text)) != parameter.text().map(|text| number(&text))
    });
    differences.extend(parameters.map(|parameter| parameter.name.to_owned()));
    // The token is of the data too, whose bytes the service does not name.
    if differences.is_empty() && !token.is_empty() && request.text("/clientRequestToken") != Some(token) {
        differences.push("clientRequestToken (other data, or another client)".to_owned());
    }
    differences
}

/// The members in which a job that is there differs from a request.
pub(crate) fn differences(request: &CreateJob, there: &CreateJob) -> Vec<String> {
    differences_in_json(&Request { file: None, value: request.to_json() }, there)
}

/// Whether two texts name the same: an ARN of a model and its id, a prefix with and without its last slash.
fn is_same_text(ours: Option<&str>, theirs: Option<&str>) -> bool {
    let plain = |text: &str| {
        let id = text.split_once(":foundation-model/").map_or(text, |(_, id)| id);
        id.trim_end_matches('/').to_owned()
    };
    ours.map(plain) == theirs.map(plain)
}

/// A number whose writing does not count; any other text as it is.
fn number(text: &str) -> Result<String, String> {
    text.parse::<f64>().map(|number| number.to_string()).map_err(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::job::testing::spec;

    #[test]
    fn what_the_service_writes_otherwise_is_the_same_and_other_data_are_not() {
        let ours = spec().request();
        let mut there = ours.clone();
        there.base_model_identifier =
            format!("arn:aws:bedrock:us-east-1::foundation-model/{}", ours.base_model_identifier);
        there.output_data_s3_uri = ours.output_data_s3_uri.trim_end_matches('/').to_owned();
        there.hyper_parameters.insert("learningRate".to_owned(), "1.0E-5".to_owned());
        there.hyper_parameters.insert("batchSize".to_owned(), "1".to_owned());
        assert_eq!(differences(&ours, &there), Vec::<String>::new());
        there.hyper_parameters.insert("epochCount".to_owned(), "5".to_owned());
        there.validation_data_s3_uri = None;
        assert_eq!(differences(&ours, &there), ["validationDataConfig", "epochCount"]);
        let other_data = CreateJob { client_request_token: "another".to_owned(), ..ours.clone() };
        assert_eq!(differences(&ours, &other_data), ["clientRequestToken (other data, or another client)"]);
        assert_eq!(
            differences(&ours, &CreateJob { client_request_token: String::new(), ..ours.clone() }),
            Vec::<String>::new()
        );
    }
}
