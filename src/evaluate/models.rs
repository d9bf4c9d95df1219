//! What the models of the proof are asked by, and how fast.

use crate::aws::inference::Limits;
use crate::validate::Model;

/// The id by which a base model is asked.
pub fn inference_id(model: Model) -> &'static str {
    match model {
        Model::Micro => "amazon.nova-micro-v1:0",
        Model::Lite => "amazon.nova-lite-v1:0",
        Model::Pro => "amazon.nova-pro-v1:0",
        // It answers by a profile alone.
        Model::Lite2 => "us.amazon.nova-2-lite-v1:0",
    }
}

/// The family of a base model by its id, its profile's or either's ARN; none for a tuned model and for another vendor's.
pub fn family_of(model_id: &str) -> Option<Model> {
    if model_id.contains(":custom-model") {
        return None;
    }
    let names = [
        ("amazon.nova-micro-v1:", Model::Micro),
        ("amazon.nova-lite-v1:", Model::Lite),
        ("amazon.nova-pro-v1:", Model::Pro),
        ("amazon.nova-2-lite-v1:", Model::Lite2),
    ];
    names.into_iter().find(|(name, _)| model_id.contains(name)).map(|(_, model)| model)
}

/// What a deployment takes in a minute.
///
/// Source: <https://docs.aws.amazon.com/nova/latest/userguide/custom-fine-tune-odi.html>, read 2026-11-22; for Nova 2 Lite
/// <https://docs.aws.amazon.com/nova/latest/nova2-userguide/nova-model-bedrock-inference.html>.
pub fn limits_of(model: Model) -> Limits {
    match model {
        Model::Pro => Limits { requests: 200, tokens: 800_000 },
        Model::Micro | Model::Lite | Model::Lite2 => Limits { requests: 2_000, tokens: 4_000_000 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_a_profile_and_an_arn_say_which_family_it_is() {
        for model in Model::ALL {
            assert_eq!(family_of(inference_id(model)), Some(model));
        }
        assert_eq!(family_of("eu.amazon.nova-pro-v1:0"), Some(Model::Pro));
        let profile = "arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.amazon.nova-lite-v1:0";
        assert_eq!(family_of(profile), Some(Model::Lite));
        assert_eq!(family_of("us.anthropic.claude-sonnet-4-5-20250929-v1:0"), None);
        assert_eq!(family_of("arn:aws:bedrock:us-east-1:0:custom-model/amazon.nova-lite-v1:0:300k/abc"), None);
    }

    #[test]
    fn each_model_has_its_own_limits() {
        assert_eq!(limits_of(Model::Pro), Limits { requests: 200, tokens: 800_000 });
        assert_eq!(limits_of(Model::Lite).requests, 2_000);
    }
}
