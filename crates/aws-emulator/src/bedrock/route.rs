//! Which operation a request is for.

use hyper::http::request::Parts;

use super::Bedrock;
use super::constraints::{TextRule, identifier};
use super::fault::Fault;
use super::foundation_models;
use super::listing::Query;
use super::patterns::{BATCH_IDENTIFIER, DEPLOYMENT_IDENTIFIER, FOUNDATION_MODEL, JOB_IDENTIFIER, MODEL_IDENTIFIER};
use super::percent;
use super::reply::Reply;
use super::runtime::Call;

fn job(id: &str) -> Result<&str, Fault> {
    identifier("jobIdentifier", id, TextRule::new(0, 1011, &JOB_IDENTIFIER))
}

fn batch(id: &str) -> Result<&str, Fault> {
    identifier("jobIdentifier", id, TextRule::new(0, 1011, &BATCH_IDENTIFIER))
}

fn model(id: &str) -> Result<&str, Fault> {
    identifier("modelIdentifier", id, TextRule::new(1, 2048, &MODEL_IDENTIFIER))
}

fn foundation_model(id: &str) -> Result<&str, Fault> {
    identifier("modelIdentifier", id, TextRule::new(1, 2048, &FOUNDATION_MODEL))
}

fn deployment(id: &str) -> Result<&str, Fault> {
    identifier("customModelDeploymentIdentifier", id, TextRule::new(1, 93, &DEPLOYMENT_IDENTIFIER))
}

impl Bedrock {
    /// Answers a request to Bedrock's control plane or runtime.
    pub(super) fn route(&self, region: &str, parts: &Parts, body: &[u8]) -> Result<Reply, Fault> {
        // An ARN in the path is one segment, with its slashes encoded.
        let segments: Option<Vec<_>> = parts.uri.path().split('/').skip(1).map(percent::decode).collect();
        let segments = segments.ok_or_else(Fault::unknown_operation)?;
        let segments: Vec<_> = segments.iter().map(String::as_str).collect();
        let query = percent::pairs(parts.uri.query().unwrap_or_default());
        let query = Query(query.ok_or_else(|| Fault::validation("The query cannot be decoded."))?);
        match (parts.method.as_str(), segments.as_slice()) {
            ("POST", ["model-customization-jobs"]) => self.create_job(region, body),
            ("GET", ["model-customization-jobs"]) => self.list_jobs(region, &query),
            ("GET", ["model-customization-jobs", id]) => self.get_job(region, job(id)?),
            ("POST", ["model-customization-jobs", id, "stop"]) => self.stop_job(region, job(id)?),
            ("POST", ["model-invocation-job"]) => self.create_batch(region, body),
            ("GET", ["model-invocation-jobs"]) => self.list_batches(region, &query),
            ("GET", ["model-invocation-job", id]) => self.get_batch(region, batch(id)?),
            ("POST", ["model-invocation-job", id, "stop"]) => self.stop_batch(region, batch(id)?),
            ("GET", ["foundation-models"]) => foundation_models::list(region, &query).map(Reply::ok),
            ("GET", ["foundation-models", id]) => foundation_models::get(region, foundation_model(id)?).map(Reply::ok),
            ("GET", ["custom-models"]) => self.list_models(region, &query),
            ("GET", ["custom-models", id]) => self.get_model(region, model(id)?),
            ("DELETE", ["custom-models", id]) => self.delete_model(region, model(id)?),
            ("POST", ["model-customization", "custom-model-deployments"]) => self.create_deployment(region, body),
            ("GET", ["model-customization", "custom-model-deployments"]) => self.list_deployments(region, &query),
            ("GET", ["model-customization", "custom-model-deployments", id]) => {
                self.get_deployment(region, deployment(id)?)
            }
            ("PATCH", ["model-customization", "custom-model-deployments", id]) => {
                self.update_deployment(region, deployment(id)?, body)
            }
            ("DELETE", ["model-customization", "custom-model-deployments", id]) => {
                self.delete_deployment(region, deployment(id)?)
            }
            ("POST", ["tagResource"]) => self.tag(body),
            ("POST", ["untagResource"]) => self.untag(body),
            ("POST", ["listTagsForResource"]) => self.list_tags(body),
            ("POST", ["model", id, "converse"]) => self.ask(region, id, body, Call::Converse),
            ("POST", ["model", id, "invoke"]) => self.ask(region, id, body, Call::Invoke),
            _ => Err(Fault::unknown_operation()),
        }
    }
}
