//! The calls on batch inference: many questions in a file, answered without haste for half the price.

use std::fmt;

use aws_sdk_bedrock::operation::get_model_invocation_job::GetModelInvocationJobOutput;
use aws_sdk_bedrock::types::{
    ModelInvocationJobInputDataConfig as Input, ModelInvocationJobOutputDataConfig as Output,
    ModelInvocationJobS3InputDataConfig as S3Input, ModelInvocationJobS3OutputDataConfig as S3Output,
    ModelInvocationJobSummary, ModelInvocationType, S3InputFormat, SortJobsBy, SortOrder,
};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::BedrockClient;
use super::job::words;
use super::moment::moment;
use crate::aws::error::{bedrock_error, check_named, if_found, malformed, named};
use crate::aws::s3::pages::{Page, collect_pages};
use crate::error::Result;

/// Jobs of a page of a list; the service has at most 1,000.
const PAGE: i32 = 100;
/// What each record's input is: the body of a Converse request.
const INVOCATION_TYPE: &str = "Converse";
const INPUT_FORMAT: &str = "JSONL";

/// The request for a batch job. Its records are bodies of Converse.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreateBatch {
    /// Name of the job.
    pub job_name: String,
    /// The role that Bedrock takes on to read and write.
    pub role_arn: String,
    /// Of two requests with the same token the service runs one.
    pub client_request_token: String,
    /// A base model's id for inference, or a profile.
    pub model_id: String,
    /// A file of records, or the folder that has such files and the photos that they name.
    pub input_s3_uri: String,
    /// Where the answers go: a prefix. Each job makes a folder of its own there.
    pub output_s3_uri: String,
}

impl CreateBatch {
    /// The request as it is sent, and as `aws bedrock create-model-invocation-job --cli-input-json` takes it.
    pub fn to_json(&self) -> Value {
        json!({
            "jobName": self.job_name,
            "roleArn": self.role_arn,
            "clientRequestToken": self.client_request_token,
            "modelId": self.model_id,
            "inputDataConfig": {"s3InputDataConfig": {"s3InputFormat": INPUT_FORMAT, "s3Uri": self.input_s3_uri}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": self.output_s3_uri}},
            "modelInvocationType": INVOCATION_TYPE,
        })
    }
}

words! {
    /// How a batch job stands.
    BatchStatus {
        /// It waits to be looked at.
        Submitted,
        /// Its files are looked at.
        Validating,
        /// It waits for its turn.
        Scheduled,
        /// Its records are answered.
        InProgress,
        /// Each record has an answer or an error.
        Completed,
        /// Its time was up before each record had its turn.
        PartiallyCompleted,
        /// It gave up; the message says why.
        Failed,
        /// It was told to stop.
        Stopping,
        /// It was stopped.
        Stopped,
        /// Its time was up before its turn came.
        Expired,
    }
}

impl BatchStatus {
    /// Whether nothing will change any more.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Completed | Self::PartiallyCompleted | Self::Failed | Self::Stopped | Self::Expired)
    }
}

/// How far the records of a batch job are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchCounts {
    /// All of them; nothing before they were counted.
    pub total: u64,
    /// Those that had their turn.
    pub processed: u64,
    /// Those with an answer.
    pub succeeded: u64,
    /// Those with an error.
    pub failed: u64,
}

/// What the service tells of a batch job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchState {
    /// Its ARN.
    pub job_arn: String,
    /// The request as far as the service gives it back.
    pub request: CreateBatch,
    /// How it stands.
    pub status: BatchStatus,
    /// What the service says of that: why it failed.
    pub message: Option<String>,
    /// How far it is.
    pub counts: BatchCounts,
    /// When it was submitted.
    pub submitted: Option<OffsetDateTime>,
    /// When it ended.
    pub ended: Option<OffsetDateTime>,
    /// When its time is up.
    pub expires: Option<OffsetDateTime>,
}

impl BatchState {
    /// The twelve characters that end its ARN, and that name its folder of answers.
    pub fn id(&self) -> &str {
        self.job_arn.rsplit('/').next().unwrap_or(&self.job_arn)
    }
}

/// What is done with batch jobs.
pub trait BatchJobs {
    /// Sends a request; returns the job's ARN.
    fn create_batch(&self, request: &CreateBatch) -> Result<String>;
    /// The job of an ARN or of the id that ends it, if there is one. The service knows none by its name.
    fn find_batch(&self, job: &str) -> Result<Option<BatchState>>;
    /// Jobs whose names have a part, the newest first, at most so many.
    fn list_batches(&self, name_contains: &str, limit: usize) -> Result<Vec<BatchState>>;
    /// Tells a job to stop.
    fn stop_batch(&self, job: &str) -> Result<()>;
}

/// A job from an answer, or from a line of a list: the two have the same members.
macro_rules! state {
    ($job:expr, $name:expr) => {{
        let job = $job;
        let input = job.input_data_config().and_then(|input| input.as_s3_input_data_config().ok());
        let output = job.output_data_config().and_then(|output| output.as_s3_output_data_config().ok());
        let count = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
        BatchState {
            job_arn: job.job_arn().to_owned(),
            request: CreateBatch {
                job_name: $name.to_owned(),
                role_arn: job.role_arn().to_owned(),
                client_request_token: job.client_request_token().unwrap_or_default().to_owned(),
                model_id: job.model_id().to_owned(),
                input_s3_uri: input.map_or("", S3Input::s3_uri).to_owned(),
                output_s3_uri: output.map_or("", S3Output::s3_uri).to_owned(),
            },
            status: job.status().map_or(BatchStatus::Other(String::new()), |status| BatchStatus::from(status.as_str())),
            message: job.message().filter(|text| !text.is_empty()).map(str::to_owned),
            counts: BatchCounts {
                total: count(job.total_record_count()),
                processed: count(job.processed_record_count()),
                succeeded: count(job.success_record_count()),
                failed: count(job.error_record_count()),
            },
            submitted: moment(job.submit_time()),
            ended: job.end_time().and_then(moment),
            expires: job.job_expiration_time().and_then(moment),
        }
    }};
}

fn state(job: &GetModelInvocationJobOutput) -> BatchState {
    state!(job, job.job_name().unwrap_or_default())
}

fn listed(job: &ModelInvocationJobSummary) -> BatchState {
    state!(job, job.job_name())
}

impl BatchJobs for BedrockClient {
    fn create_batch(&self, request: &CreateBatch) -> Result<String> {
        const OPERATION: &str = "CreateModelInvocationJob";
        let name = &request.job_name;
        let input = S3Input::builder().s3_input_format(S3InputFormat::from(INPUT_FORMAT)).s3_uri(&request.input_s3_uri);
        let input = input.build().map_err(|error| malformed(OPERATION, name, &error))?;
        let output = S3Output::builder().s3_uri(&request.output_s3_uri).build();
        let output = output.map_err(|error| malformed(OPERATION, name, &error))?;
        let call = self
            .control
            .create_model_invocation_job()
            .job_name(name)
            .role_arn(&request.role_arn)
            .client_request_token(&request.client_request_token)
            .model_id(&request.model_id)
            .input_data_config(Input::S3InputDataConfig(input))
            .output_data_config(Output::S3OutputDataConfig(output))
            .model_invocation_type(ModelInvocationType::from(INVOCATION_TYPE));
        let answer = self.runtime.block_on(call.send())?.map_err(|error| bedrock_error(OPERATION, name, &error))?;
        named(OPERATION, name, "jobArn", answer.job_arn)
    }

    fn find_batch(&self, job: &str) -> Result<Option<BatchState>> {
        const OPERATION: &str = "GetModelInvocationJob";
        let call = self.control.get_model_invocation_job().job_identifier(job);
        let answer = self.runtime.block_on(call.send())?.map_err(|error| bedrock_error(OPERATION, job, &error));
        let Some(answer) = if_found(answer)? else { return Ok(None) };
        check_named(OPERATION, job, "jobArn", answer.job_arn())?;
        Ok(Some(state(&answer)))
    }

    fn list_batches(&self, name_contains: &str, limit: usize) -> Result<Vec<BatchState>> {
        const OPERATION: &str = "ListModelInvocationJobs";
        let call = self
            .control
            .list_model_invocation_jobs()
            .name_contains(name_contains)
            .max_results(PAGE.min(i32::try_from(limit).unwrap_or(PAGE)))
            .sort_by(SortJobsBy::CreationTime)
            .sort_order(SortOrder::Descending);
        self.runtime.block_on(collect_pages(OPERATION, name_contains, limit, |token| {
            let call = call.clone().set_next_token(token);
            async {
                let answer = call.send().await.map_err(|error| bedrock_error(OPERATION, name_contains, &error))?;
                let items = answer.invocation_job_summaries.map(|jobs| jobs.iter().map(listed).collect());
                Ok(Page { items, next_token: answer.next_token })
            }
        }))?
    }

    fn stop_batch(&self, job: &str) -> Result<()> {
        let call = self.control.stop_model_invocation_job().job_identifier(job);
        self.runtime.block_on(call.send())?.map_err(|error| bedrock_error("StopModelInvocationJob", job, &error))?;
        Ok(())
    }
}
