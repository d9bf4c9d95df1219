//! Asking a model: which one a `modelId` names, and what AWS says of those that it does not.

use std::sync::Arc;

use serde_json::Value;

use super::Bedrock;
use super::converse;
use super::create::invalid_model;
use super::deployments::find_deployment;
use super::fault::Fault;
use super::foundation_models::{Asked, NOVAS, Nova, Sight, TUNING_REGION, foundation_id};
use super::objects::{self, Location};
use super::record::CustomModel;
use super::reply::Reply;
use crate::ACCOUNT_ID;
use crate::tuning::Ranker;

/// The largest image that is fetched for a question.
const MAX_IMAGE_BYTES: u64 = 25 * 1024 * 1024;

/// How a model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Converse,
    Invoke,
}

impl Bedrock {
    /// `Converse` and `InvokeModel`.
    pub(super) fn ask(&self, region: &str, model_id: &str, body: &[u8], call: Call) -> Result<Reply, Fault> {
        let (nova, ranker) = self.resolve(region, model_id)?;
        let body: Value = match call {
            Call::Converse => super::parse(body)?,
            // To the front this body is bytes: it is the model that cannot read it.
            Call::Invoke => serde_json::from_slice(body).map_err(|error| {
                Fault::validation(format!(
                    "Malformed input request: {error}, please reformat your input and try again."
                ))
            })?,
        };
        Ok(Reply::ok(self.say(nova, &ranker, &body, call, &|_| Ok(()))?))
    }

    /// What a model answers. `reach` says which objects a question may name.
    pub(super) fn say(
        &self,
        nova: Nova,
        ranker: &Ranker,
        body: &Value,
        call: Call,
        reach: &dyn Fn(&Location) -> Result<(), Fault>,
    ) -> Result<Value, Fault> {
        if nova.sees == Sight::Text && has_image(body) {
            return Err(Fault::validation("This model doesn't support the image field. Remove image and try again."));
        }
        let fetch = |uri: &str| {
            let location = Location::parse(uri).filter(|location| !location.key.is_empty());
            let location = location.ok_or_else(|| Fault::validation(format!("The S3 URI {uri} is invalid.")))?;
            reach(&location)?;
            let bytes = objects::read(&self.s3, &location, MAX_IMAGE_BYTES)?;
            bytes.ok_or_else(|| Fault::validation(format!("The image {uri} is larger than 25 MB.")))
        };
        match call {
            Call::Converse => converse::converse(body, ranker, &self.photos, self.tokens, &fetch),
            Call::Invoke => converse::invoke(body, ranker, &self.photos, self.tokens, &fetch),
        }
    }

    /// The model and its weights.
    fn resolve(&self, region: &str, model_id: &str) -> Result<(Nova, Arc<Ranker>), Fault> {
        if model_id.contains(":custom-model-deployment/") {
            return self.deployed(region, model_id);
        }
        if model_id.contains(":custom-model/") {
            return Err(without_profile(model_id));
        }
        Ok((foundation(region, model_id)?, Arc::new(Ranker::naive())))
    }

    fn deployed(&self, region: &str, arn: &str) -> Result<(Nova, Arc<Ranker>), Fault> {
        let now = self.now();
        let state = self.shelf.lock();
        let deployment = find_deployment(&state, region, arn)?;
        if !deployment.is_active(now) {
            return Err(Fault::model_not_ready(
                "The model specified in the request is not ready to serve inference requests.",
            ));
        }
        let model = state.models.values().find(|model| model.arn() == deployment.current_model(now));
        let CustomModel { id, spec, .. } =
            model.ok_or_else(|| Fault::not_found("The deployed model does not exist."))?;
        let nova = Nova::of_tuning_id(&spec.base).ok_or_else(|| Fault::internal("the model's base is unknown"))?;
        let id = id.clone();
        drop(state);
        Ok((nova, self.shelf.weights(&id)?))
    }
}

/// The foundation model that an id, a profile or the ARN of either names.
pub(super) fn foundation(region: &str, model_id: &str) -> Result<Nova, Fault> {
    let profiles = format!("arn:aws:bedrock:{region}:{ACCOUNT_ID}:inference-profile/");
    let by_profile = |id: &str| {
        let (area, inference_id) = id.split_once('.')?;
        let nova = NOVAS.iter().find(|nova| nova.inference_id == inference_id)?;
        (area == "us" || (area == "global" && nova.asked == Asked::ByProfile)).then_some(*nova)
    };
    if let Some(profile) = model_id.strip_prefix(&profiles) {
        return by_profile(profile).ok_or_else(invalid_model);
    }
    if let Some(nova) = by_profile(model_id) {
        return Ok(nova);
    }
    let id = foundation_id(model_id, region).ok_or_else(invalid_model)?;
    if let Some(nova) = NOVAS.iter().find(|nova| nova.inference_id == id) {
        // The first generation answers by its own id where it lives.
        return if nova.asked == Asked::ById && region == TUNING_REGION {
            Ok(*nova)
        } else {
            Err(without_profile(model_id))
        };
    }
    // A size of context: an id to tune, not to ask (observed, F§2.2).
    let of_context = NOVAS.iter().find(|nova| {
        id.strip_prefix(nova.inference_id).is_some_and(|rest| rest.starts_with(':') && rest.ends_with('k'))
    });
    match of_context {
        Some(nova) if nova.asked == Asked::ByProfile => {
            Err(Fault::validation("The provided model doesn't support on-demand throughput."))
        }
        Some(_) => Err(Fault::not_found("Model not found.")),
        None => Err(invalid_model()),
    }
}

fn without_profile(model_id: &str) -> Fault {
    Fault::validation(format!(
        "Invocation of model ID {model_id} with on-demand throughput isn\u{2019}t supported. Retry your request with the \
         ID or ARN of an inference profile that contains this model."
    ))
}

fn has_image(body: &Value) -> bool {
    let messages = body["messages"].as_array().into_iter().flatten();
    messages.filter_map(|message| message["content"].as_array()).flatten().any(|block| block.get("image").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_asked_by_its_inference_id_its_profile_or_their_arns() {
        for (id, name) in [
            ("amazon.nova-lite-v1:0", "Nova Lite"),
            ("us.amazon.nova-pro-v1:0", "Nova Pro"),
            ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0", "Nova Micro"),
            ("us.amazon.nova-2-lite-v1:0", "Nova 2 Lite"),
            ("global.amazon.nova-2-lite-v1:0", "Nova 2 Lite"),
            ("arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.amazon.nova-lite-v1:0", "Nova Lite"),
        ] {
            assert_eq!(foundation("us-east-1", id).map(|nova| nova.name), Ok(name), "{id}");
        }
    }

    #[test]
    fn every_other_name_has_the_refusal_that_aws_gives() {
        let refused = |region: &str, id: &str| {
            let fault = foundation(region, id).unwrap_err();
            (fault.code, fault.status, fault.message)
        };
        for id in ["amazon.nova-lite-v1:0:300k", "amazon.nova-lite-v1:0:24k", "amazon.nova-micro-v1:0:128k"] {
            assert_eq!(refused("us-east-1", id), ("ResourceNotFoundException", 404, "Model not found.".to_owned()));
        }
        let (code, status, message) = refused("us-east-1", "amazon.nova-2-lite-v1:0:256k");
        assert_eq!(
            (code, status, message.as_str()),
            ("ValidationException", 400, "The provided model doesn't support on-demand throughput.")
        );
        for (region, id) in [("us-east-1", "amazon.nova-2-lite-v1:0"), ("eu-west-1", "amazon.nova-lite-v1:0")] {
            let (code, status, message) = refused(region, id);
            assert_eq!((code, status), ("ValidationException", 400));
            assert!(message.contains(id) && message.contains("inference profile"), "{message}");
        }
        for id in [
            "amazon.nova-ultra-v1:0",
            "global.amazon.nova-lite-v1:0",
            "anthropic.claude-3-haiku-20240307-v1:0",
            "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0",
            "x",
        ] {
            let (code, status, message) = refused("us-east-1", id);
            assert_eq!((code, status), ("ValidationException", 400), "{id}");
            assert_eq!(message, "The provided model identifier is invalid.");
        }
    }
}
