//! Custom models as they are looked at, listed and deleted.

use serde_json::{Value, json};

use super::Bedrock;
use super::constraints::Checks;
use super::fault::Fault;
use super::foundation_models::{Nova, foundation_arn};
use super::jobs::{insert_losses, kms_key_arn, spec_json};
use super::listing::{Key, Listing, Query, page_json};
use super::record::CustomModel;
use super::reply::Reply;
use super::shelf::State;
use crate::ACCOUNT_ID;

impl CustomModel {
    /// The model that it was made from.
    fn base_arn(&self, state: &State) -> String {
        let base = self.spec.base_custom_model.as_ref().and_then(|id| state.models.get(id));
        base.map_or_else(|| foundation_arn(&self.region, &self.spec.base), Self::arn)
    }

    fn json(&self, state: &State) -> Value {
        let mut members = spec_json(&self.spec);
        let mut insert = |name: &str, value: Value| members.insert(name.to_owned(), value);
        insert("modelArn", self.arn().into());
        insert("modelName", self.spec.model_name.as_str().into());
        insert("jobName", self.spec.name.as_str().into());
        insert("jobArn", self.job_arn.as_str().into());
        insert("baseModelArn", self.base_arn(state).into());
        insert("creationTime", json!(self.created));
        insert("modelStatus", "Active".into());
        if let Some(key) = kms_key_arn(&self.spec) {
            insert("modelKmsKeyArn", key.into());
        }
        insert_losses(&mut members, self.training_loss, self.validation_loss);
        members.into()
    }

    fn summary(&self, state: &State) -> Value {
        let foundation = Nova::of_tuning_id(&self.spec.base).map(Nova::base_name);
        json!({
            "modelArn": self.arn(),
            "modelName": self.spec.model_name,
            "creationTime": self.created,
            "baseModelArn": self.base_arn(state),
            "baseModelName": foundation.unwrap_or("amazon.unknown"),
            "customizationType": "FINE_TUNING",
            "ownerAccountId": ACCOUNT_ID,
            "modelStatus": "Active",
        })
    }
}

/// The model of a name or an ARN.
pub(super) fn find_model<'a>(state: &'a State, region: &str, identifier: &str) -> Result<&'a CustomModel, Fault> {
    let named = |model: &&CustomModel| {
        model.region == region && (model.spec.model_name == identifier || model.arn() == identifier)
    };
    let model = state.models.values().find(named);
    model.ok_or_else(|| Fault::not_found("Could not find the custom model with the provided identifier."))
}

impl Bedrock {
    /// `GetCustomModel`.
    pub(super) fn get_model(&self, region: &str, identifier: &str) -> Result<Reply, Fault> {
        let state = self.shelf.lock();
        Ok(Reply::ok(find_model(&state, region, identifier)?.json(&state)))
    }

    /// `ListCustomModels`.
    pub(super) fn list_models(&self, region: &str, query: &Query) -> Result<Reply, Fault> {
        let mut checks = Checks::default();
        let listing = Listing::read(query, ["creationTimeAfter", "creationTimeBefore"], &mut checks)?;
        let (status, owned) = (query.get("modelStatus"), query.get("isOwned"));
        checks.word("modelStatus", status, &["Active", "Creating", "Failed"]);
        checks.word("isOwned", owned, &["true", "false"]);
        checks.finish()?;
        let (base, foundation) = (query.get("baseModelArnEquals"), query.get("foundationModelArnEquals"));
        let state = self.shelf.lock();
        // All are active, and all are the account's own.
        let wanted = status.is_none_or(|status| status == "Active") && owned != Some("false");
        let models = state.models.values().filter(|model| {
            wanted
                && model.region == region
                && base.is_none_or(|arn| model.base_arn(&state) == arn)
                && foundation.is_none_or(|arn| foundation_arn(region, &model.spec.base) == arn)
        });
        let key = |model: &&CustomModel| Key { created: model.created, sequence: model.sequence };
        let page = listing.page(models, key, |model| &model.spec.model_name, |model| model.summary(&state));
        Ok(Reply::ok(page_json("modelSummaries", page)))
    }

    /// `DeleteCustomModel`. A deployed model stays.
    pub(super) fn delete_model(&self, region: &str, identifier: &str) -> Result<Reply, Fault> {
        let now = self.now();
        let mut state = self.shelf.lock();
        let model = find_model(&state, region, identifier)?;
        let (id, arn) = (model.id.clone(), model.arn());
        let uses = state.deployments.values().any(|deployment| deployment.uses(&arn, now));
        let trained_on =
            state.jobs.values().any(|job| !job.status.is_final() && job.spec.base_custom_model.as_ref() == Some(&id));
        if uses || trained_on {
            return Err(Fault::conflict("The custom model is in use by a deployment or a job and cannot be deleted."));
        }
        self.shelf.remove::<CustomModel>(&id)?;
        state.models.remove(&id);
        self.shelf.remove_weights(&id)?;
        Ok(Reply::empty())
    }
}
