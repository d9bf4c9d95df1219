//! Bedrock: customization jobs, the models they make, their deployments, conversations with a model, and batches of them. The
//! only module that names the SDKs of Bedrock.
//!
//! Each trait is what one stage needs of the service, so that a test can stand in for it; [`BedrockClient`] has them all.

mod batch;
mod client;
mod converse;
mod job;
mod jobs;
mod models;
mod moment;
#[cfg(test)]
mod tests;

pub use batch::{BatchCounts, BatchJobs, BatchState, BatchStatus, CreateBatch};
pub use client::BedrockClient;
pub use converse::{Conversation, Converse, Piece, Reply};
pub use job::{CreateJob, JobFilter, JobState, JobStatus, JobSummary, Phase, PhaseState, PhaseStatus};
pub use jobs::Jobs;
pub use models::{
    CustomModel, Deployment, DeploymentStatus, FoundationModel, LifecycleStatus, ModelLifecycle, Models, NewDeployment,
};
