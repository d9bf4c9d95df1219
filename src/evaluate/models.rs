//! What the models of the proof are asked by, and how fast.

use crate::ask::Limits;
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
    fn each_model_has_its_own_limits() {
        assert_eq!(limits_of(Model::Pro), Limits { requests: 200, tokens: 800_000 });
        assert_eq!(limits_of(Model::Lite).requests, 2_000);
    }
}
