//! Deployments of custom models. What the clock says decides their status: a new one answers after a second, and so does
//! another model in an old one.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::Duration;

use super::Bedrock;
use super::constraints::{Checks, TextRule};
use super::create::{RequestTag, TOKEN_RULE, is_repeated, tags_of, token_of};
use super::custom_models::find_model;
use super::fault::Fault;
use super::listing::{Key, Listing, Query, page_json};
use super::patterns::{CUSTOM_MODEL_ARN, MODEL_NAME};
use super::record::{Deployment, Update};
use super::reply::Reply;
use super::shelf::State;
use super::stamp::Stamp;
use super::tags::{check_tag_count, check_tags};

/// How long it takes until a model answers.
const START: Duration = Duration::seconds(1);
static MODEL_ARN_RULE: TextRule = TextRule::new(20, 1011, &CUSTOM_MODEL_ARN);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateRequest {
    model_deployment_name: Option<String>,
    model_arn: Option<String>,
    description: Option<String>,
    tags: Option<Vec<RequestTag>>,
    #[serde(skip_serializing)]
    client_request_token: Option<String>,
}

impl CreateRequest {
    fn check(&self) -> Result<(), Fault> {
        let mut checks = Checks::default();
        let name_rule = TextRule::new(1, 63, &MODEL_NAME);
        checks.required_text("modelDeploymentName", self.model_deployment_name.as_ref(), name_rule);
        checks.required_text("modelArn", self.model_arn.as_ref(), MODEL_ARN_RULE);
        checks.text("description", self.description.as_deref(), TextRule { min: 1, max: 2048, pattern: None });
        check_tags(&mut checks, "tags", self.tags.as_deref());
        checks.text("clientRequestToken", self.client_request_token.as_deref(), TOKEN_RULE);
        checks.finish()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateRequest {
    model_arn: Option<String>,
}

impl Deployment {
    pub(super) fn is_active(&self, now: Stamp) -> bool {
        has_started(self.created, now)
    }

    fn is_updated(update: &Update, now: Stamp) -> bool {
        has_started(update.started, now)
    }

    /// The model that answers.
    pub(super) fn current_model(&self, now: Stamp) -> &str {
        let update = self.update.as_ref().filter(|update| Self::is_updated(update, now));
        update.map_or(self.model_arn.as_str(), |update| &update.model_arn)
    }

    /// Whether a model answers in it, or is to.
    pub(super) fn uses(&self, model_arn: &str, now: Stamp) -> bool {
        self.current_model(now) == model_arn || self.update.as_ref().is_some_and(|update| update.model_arn == model_arn)
    }

    fn status(&self, now: Stamp) -> &'static str {
        if self.is_active(now) { "Active" } else { "Creating" }
    }

    /// When it last became something else.
    fn last_updated(&self, now: Stamp) -> Stamp {
        let since = self.update.as_ref().map_or(self.created, |update| update.started);
        let done = Stamp(since.0 + START);
        if done <= now { done } else { since }
    }

    fn json(&self, now: Stamp) -> Value {
        let mut answer = json!({
            "customModelDeploymentArn": self.arn(),
            "modelDeploymentName": self.name,
            "modelArn": self.current_model(now),
            "createdAt": self.created,
            "status": self.status(now),
            "lastUpdatedAt": self.last_updated(now),
        });
        if let Some(description) = &self.description {
            answer["description"] = description.as_str().into();
        }
        if let Some(update) = &self.update {
            let status = if Self::is_updated(update, now) { "UpdateCompleted" } else { "Updating" };
            answer["updateDetails"] = json!({ "modelArn": update.model_arn, "updateStatus": status });
        }
        answer
    }

    fn summary(&self, now: Stamp) -> Value {
        json!({
            "customModelDeploymentArn": self.arn(),
            "customModelDeploymentName": self.name,
            "modelArn": self.current_model(now),
            "createdAt": self.created,
            "status": self.status(now),
            "lastUpdatedAt": self.last_updated(now),
        })
    }
}

/// Whether what began then is over. A clock that was put back since does not hold it up.
fn has_started(since: Stamp, now: Stamp) -> bool {
    now < since || now.0 >= since.0 + START
}

/// The deployment of a name or an ARN.
pub(super) fn find_deployment<'a>(state: &'a State, region: &str, identifier: &str) -> Result<&'a Deployment, Fault> {
    let named = |deployment: &&Deployment| {
        deployment.region == region && (deployment.name == identifier || deployment.arn() == identifier)
    };
    let deployment = state.deployments.values().find(named);
    deployment
        .ok_or_else(|| Fault::not_found("Could not find the custom model deployment with the provided identifier."))
}

impl Bedrock {
    /// `CreateCustomModelDeployment`.
    pub(super) fn create_deployment(&self, region: &str, body: &[u8]) -> Result<Reply, Fault> {
        let request: CreateRequest = super::parse(body)?;
        request.check()?;
        let token = token_of(request.client_request_token.clone(), &request)?;
        let accepted =
            |deployment: &Deployment| Reply::json(202, json!({ "customModelDeploymentArn": deployment.arn() }));
        let mut state = self.shelf.lock();
        for deployment in state.deployments.values().filter(|deployment| deployment.region == region) {
            if is_repeated(deployment.token.as_ref(), token.as_ref())? {
                return Ok(accepted(deployment));
            }
        }
        let (name, model_arn) =
            (request.model_deployment_name.unwrap_or_default(), request.model_arn.unwrap_or_default());
        find_model(&state, region, &model_arn)?;
        if state.deployments.values().any(|deployment| deployment.region == region && deployment.name == name) {
            // The operation has no ConflictException.
            return Err(Fault::validation("The provided model deployment name is currently in use."));
        }
        let tags = tags_of(request.tags);
        check_tag_count(&tags)?;
        let deployment = Deployment {
            id: state.new_id()?,
            sequence: state.next_sequence(),
            region: region.to_owned(),
            name,
            model_arn,
            update: None,
            description: request.description,
            token,
            created: self.now(),
            tags,
        };
        self.shelf.write(&deployment)?;
        let reply = accepted(&deployment);
        state.deployments.insert(deployment.id.clone(), deployment);
        Ok(reply)
    }

    /// `GetCustomModelDeployment`.
    pub(super) fn get_deployment(&self, region: &str, identifier: &str) -> Result<Reply, Fault> {
        let state = self.shelf.lock();
        Ok(Reply::ok(find_deployment(&state, region, identifier)?.json(self.now())))
    }

    /// `ListCustomModelDeployments`.
    pub(super) fn list_deployments(&self, region: &str, query: &Query) -> Result<Reply, Fault> {
        let mut checks = Checks::default();
        let listing = Listing::read(query, ["createdAfter", "createdBefore"], &mut checks)?;
        let (status, model) = (query.get("statusEquals"), query.get("modelArnEquals"));
        checks.word("statusEquals", status, &["Creating", "Active", "Failed"]);
        checks.finish()?;
        let now = self.now();
        let state = self.shelf.lock();
        let deployments = state.deployments.values().filter(|deployment| {
            deployment.region == region
                && status.is_none_or(|status| deployment.status(now) == status)
                && model.is_none_or(|arn| deployment.current_model(now) == arn)
        });
        let key = |deployment: &&Deployment| Key { created: deployment.created, sequence: deployment.sequence };
        let page = listing.page(deployments, key, |deployment| &deployment.name, |deployment| deployment.summary(now));
        Ok(Reply::ok(page_json("modelDeploymentSummaries", page)))
    }

    /// `UpdateCustomModelDeployment`: another model, same ARN.
    pub(super) fn update_deployment(&self, region: &str, identifier: &str, body: &[u8]) -> Result<Reply, Fault> {
        let request: UpdateRequest = super::parse(body)?;
        let mut checks = Checks::default();
        checks.required_text("modelArn", request.model_arn.as_ref(), MODEL_ARN_RULE);
        checks.finish()?;
        let now = self.now();
        let mut state = self.shelf.lock();
        let mut deployment = find_deployment(&state, region, identifier)?.clone();
        let model_arn = request.model_arn.unwrap_or_default();
        find_model(&state, region, &model_arn)?;
        let is_updating = deployment.update.as_ref().is_some_and(|update| !Deployment::is_updated(update, now));
        if !deployment.is_active(now) || is_updating {
            // The operation has no ConflictException.
            return Err(Fault::validation(
                "The deployment can be updated when it is active and no other update is under way.",
            ));
        }
        let current = deployment.current_model(now).to_owned();
        deployment.model_arn = current;
        deployment.update = Some(Update { model_arn, started: now });
        self.shelf.write(&deployment)?;
        let reply = Reply::json(202, json!({ "customModelDeploymentArn": deployment.arn() }));
        state.deployments.insert(deployment.id.clone(), deployment);
        Ok(reply)
    }

    /// `DeleteCustomModelDeployment`. The model stays.
    pub(super) fn delete_deployment(&self, region: &str, identifier: &str) -> Result<Reply, Fault> {
        let mut state = self.shelf.lock();
        let id = find_deployment(&state, region, identifier)?.id.clone();
        self.shelf.remove::<Deployment>(&id)?;
        state.deployments.remove(&id);
        Ok(Reply::empty())
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn a_model_answers_after_a_second_and_a_clock_that_was_put_back_does_not_hold_it_up() {
        let began = Stamp(OffsetDateTime::UNIX_EPOCH + Duration::days(10));
        let after = |length| Stamp(began.0 + length);
        assert!(!has_started(began, began) && !has_started(began, after(START / 2)));
        assert!(has_started(began, after(START)) && has_started(began, after(Duration::days(40))));
        assert!(has_started(began, after(Duration::days(-1))));
    }
}
