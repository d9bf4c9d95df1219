//! The calls on customization jobs.

use std::collections::BTreeMap;

use aws_sdk_bedrock::operation::get_model_customization_job::GetModelCustomizationJobOutput;
use aws_sdk_bedrock::types::{
    CustomizationType, FineTuningJobStatus, JobStatusDetails, ModelCustomization, ModelCustomizationJobSummary,
    OutputDataConfig, SortJobsBy, SortOrder, StatusDetails, TrainingDataConfig, TrainingMetrics, ValidationDataConfig,
    Validator, ValidatorMetric,
};

use super::BedrockClient;
use super::job::{
    CUSTOMIZATION_TYPE, CreateJob, JobFilter, JobState, JobStatus, JobSummary, Phase, PhaseState, PhaseStatus,
};
use super::models::FoundationModel;
use super::moment::moment;
use crate::aws::error::{bedrock_error, check_named, if_found, malformed, named, unexpected};
use crate::aws::s3::pages::{Page, collect_pages};
use crate::error::Result;

/// Jobs of a page of a list; the service has at most 1,000.
const PAGE: i32 = 100;

/// What is done with customization jobs.
pub trait Jobs {
    /// Sends a request; returns the job's ARN.
    fn create_job(&self, request: &CreateJob) -> Result<String>;
    /// The job of a name or an ARN, if there is one.
    fn find_job(&self, job: &str) -> Result<Option<JobState>>;
    /// Jobs, the newest first.
    fn list_jobs(&self, filter: &JobFilter) -> Result<Vec<JobSummary>>;
    /// Tells a job to stop.
    fn stop_job(&self, job: &str) -> Result<()>;
    /// The models that can be fine-tuned in this Region.
    fn list_tunable_models(&self) -> Result<Vec<FoundationModel>>;
}

impl Jobs for BedrockClient {
    fn create_job(&self, request: &CreateJob) -> Result<String> {
        const OPERATION: &str = "CreateModelCustomizationJob";
        let name = &request.job_name;
        let validation = match &request.validation_data_s3_uri {
            Some(uri) => {
                let bad = |error| malformed(OPERATION, name, &error);
                let validator = Validator::builder().s3_uri(uri).build().map_err(bad)?;
                Some(ValidationDataConfig::builder().validators(validator).build().map_err(bad)?)
            }
            None => None,
        };
        let output = OutputDataConfig::builder().s3_uri(&request.output_data_s3_uri).build();
        let output = output.map_err(|error| malformed(OPERATION, name, &error))?;
        let call = self
            .control
            .create_model_customization_job()
            .job_name(name)
            .custom_model_name(&request.custom_model_name)
            .role_arn(&request.role_arn)
            .client_request_token(&request.client_request_token)
            .base_model_identifier(&request.base_model_identifier)
            .customization_type(CustomizationType::from(CUSTOMIZATION_TYPE))
            .training_data_config(TrainingDataConfig::builder().s3_uri(&request.training_data_s3_uri).build())
            .set_validation_data_config(validation)
            .output_data_config(output)
            .set_hyper_parameters(Some(request.hyper_parameters.clone().into_iter().collect()));
        let answer = self.runtime.block_on(call.send())?.map_err(|error| bedrock_error(OPERATION, name, &error))?;
        named(OPERATION, name, "jobArn", answer.job_arn)
    }

    fn find_job(&self, job: &str) -> Result<Option<JobState>> {
        const OPERATION: &str = "GetModelCustomizationJob";
        let call = self.control.get_model_customization_job().job_identifier(job);
        let answer = self.runtime.block_on(call.send())?.map_err(|error| bedrock_error(OPERATION, job, &error));
        let Some(answer) = if_found(answer)? else { return Ok(None) };
        check_named(OPERATION, job, "jobArn", answer.job_arn())?;
        Ok(Some(state(&answer)))
    }

    fn list_jobs(&self, filter: &JobFilter) -> Result<Vec<JobSummary>> {
        const OPERATION: &str = "ListModelCustomizationJobs";
        let status = filter.status.as_ref().map(|status| FineTuningJobStatus::from(status.to_string().as_str()));
        let call = self
            .control
            .list_model_customization_jobs()
            .set_status_equals(status)
            .set_name_contains(filter.name_contains.clone())
            .max_results(PAGE.min(i32::try_from(filter.limit).unwrap_or(PAGE)))
            .sort_by(SortJobsBy::CreationTime)
            .sort_order(SortOrder::Descending);
        self.runtime.block_on(collect_pages(OPERATION, "jobs", filter.limit, |token| {
            let call = call.clone().set_next_token(token);
            async {
                let answer = call.send().await.map_err(|error| bedrock_error(OPERATION, "jobs", &error))?;
                let items = answer.model_customization_job_summaries.map(|jobs| jobs.iter().map(summary).collect());
                Ok(Page { items, next_token: answer.next_token })
            }
        }))?
    }

    fn stop_job(&self, job: &str) -> Result<()> {
        let call = self.control.stop_model_customization_job().job_identifier(job);
        self.runtime.block_on(call.send())?.map_err(|error| bedrock_error("StopModelCustomizationJob", job, &error))?;
        Ok(())
    }

    fn list_tunable_models(&self) -> Result<Vec<FoundationModel>> {
        let call = self.control.list_foundation_models().by_customization_type(ModelCustomization::FineTuning);
        let answer = self.runtime.block_on(call.send())?;
        let answer = answer.map_err(|error| bedrock_error("ListFoundationModels", "FINE_TUNING", &error))?;
        let models = answer.model_summaries.ok_or_else(|| {
            unexpected("ListFoundationModels", "FINE_TUNING", "the response has no list: it is another document")
        })?;
        Ok(models.iter().map(FoundationModel::of).collect())
    }
}

fn state(answer: &GetModelCustomizationJobOutput) -> JobState {
    let validators = answer.validation_data_config().map(ValidationDataConfig::validators).unwrap_or_default();
    let hyper_parameters: BTreeMap<_, _> = answer.hyper_parameters().cloned().unwrap_or_default().into_iter().collect();
    let training = answer.training_data_config().and_then(TrainingDataConfig::s3_uri);
    let request = CreateJob {
        job_name: answer.job_name().to_owned(),
        custom_model_name: answer.output_model_name().to_owned(),
        role_arn: answer.role_arn().to_owned(),
        client_request_token: answer.client_request_token().unwrap_or_default().to_owned(),
        base_model_identifier: id_of(answer.base_model_arn()).to_owned(),
        training_data_s3_uri: training.unwrap_or_default().to_owned(),
        validation_data_s3_uri: validators.first().map(|validator| validator.s3_uri().to_owned()),
        output_data_s3_uri: answer.output_data_config().map_or("", OutputDataConfig::s3_uri).to_owned(),
        hyper_parameters,
    };
    JobState {
        job_arn: answer.job_arn().to_owned(),
        request,
        base_model_arn: answer.base_model_arn().to_owned(),
        output_model_arn: answer.output_model_arn().map(str::to_owned),
        status: answer.status().map_or(JobStatus::Other(String::new()), |status| JobStatus::from(status.as_str())),
        phases: phases(answer.status_details()),
        failure: answer.failure_message().filter(|text| !text.is_empty()).map(str::to_owned),
        created: moment(answer.creation_time()),
        changed: answer.last_modified_time().and_then(moment),
        ended: answer.end_time().and_then(moment),
        training_loss: answer.training_metrics().and_then(TrainingMetrics::training_loss),
        validation_losses: answer.validation_metrics().iter().filter_map(ValidatorMetric::validation_loss).collect(),
    }
}

/// The id at the end of a foundation model's ARN; any other text as it is.
fn id_of(arn: &str) -> &str {
    arn.split_once(":foundation-model/").map_or(arn, |(_, id)| id)
}

fn summary(job: &ModelCustomizationJobSummary) -> JobSummary {
    JobSummary {
        job_arn: job.job_arn().to_owned(),
        job_name: job.job_name().to_owned(),
        base_model_arn: job.base_model_arn().to_owned(),
        status: JobStatus::from(job.status().as_str()),
        phases: phases(job.status_details()),
        created: moment(job.creation_time()),
        ended: job.end_time().and_then(moment),
        custom_model_arn: job.custom_model_arn().map(str::to_owned),
        custom_model_name: job.custom_model_name().map(str::to_owned),
    }
}

fn phases(details: Option<&StatusDetails>) -> Vec<PhaseState> {
    let Some(details) = details else { return Vec::new() };
    let status = |status: Option<&JobStatusDetails>| status.map(|status| PhaseStatus::from(status.as_str()));
    let validation = details.validation_details().and_then(|of| {
        let (began, changed) = (of.creation_time().and_then(moment), of.last_modified_time().and_then(moment));
        Some(PhaseState { phase: Phase::Validation, status: status(of.status())?, began, changed })
    });
    let processing = details.data_processing_details().and_then(|of| {
        let (began, changed) = (of.creation_time().and_then(moment), of.last_modified_time().and_then(moment));
        Some(PhaseState { phase: Phase::DataProcessing, status: status(of.status())?, began, changed })
    });
    let training = details.training_details().and_then(|of| {
        let (began, changed) = (of.creation_time().and_then(moment), of.last_modified_time().and_then(moment));
        Some(PhaseState { phase: Phase::Training, status: status(of.status())?, began, changed })
    });
    [validation, processing, training].into_iter().flatten().collect()
}
