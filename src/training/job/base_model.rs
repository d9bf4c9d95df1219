//! What a base model's id says, before any service is asked.

use crate::validate::Model;

/// Returns the id by which a model is fine-tuned: with its context length
/// ([`TUNABLE_MODELS_PAGE`](crate::findings::limits::TUNABLE_MODELS_PAGE), copy of October 2026).
pub fn tuning_id(model: Model) -> &'static str {
    match model {
        Model::Micro => "amazon.nova-micro-v1:0:128k",
        Model::Lite => "amazon.nova-lite-v1:0:300k",
        Model::Pro => "amazon.nova-pro-v1:0:300k",
        Model::Lite2 => "amazon.nova-2-lite-v1:0:256k",
    }
}

/// What a base model's id names, by the id alone. Whether Bedrock offers the model for fine-tuning, its own list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BaseModel {
    /// A model that this version knows under this id for fine-tuning.
    Tunable(Model),
    /// A Nova id that this version does not know: a new model, or another context length of the known model.
    Unlisted(Option<Model>),
    /// A model that was tuned already; of which family, where that can be seen.
    Custom(Option<Model>),
    /// Certainly no base model for these records, and why.
    Unfit(String),
}

impl BaseModel {
    /// Reads an id or an ARN.
    pub(super) fn parse(text: &str) -> Self {
        let Some(arn) = Arn::parse(text) else { return Self::of_id(text) };
        if let Some(id) = arn.resource.strip_prefix("foundation-model/") {
            return Self::of_id(id);
        }
        if let Some(model) = arn.resource.strip_prefix("custom-model/") {
            let id = model.split('/').next().unwrap_or_default();
            return Self::Custom(Model::ALL.into_iter().find(|model| tuning_id(*model) == id));
        }
        let kind = arn.resource.split('/').next().unwrap_or_default();
        Self::Unfit(format!(
            "`{kind}` is nothing that can be tuned; a base model is a foundation model or a custom model"
        ))
    }

    /// Returns the model family whose limits apply, where the id names one.
    pub(super) fn family(&self) -> Option<Model> {
        match self {
            Self::Tunable(model) => Some(*model),
            Self::Custom(model) | Self::Unlisted(model) => *model,
            Self::Unfit(_) => None,
        }
    }

    fn of_id(id: &str) -> Self {
        if let Some(model) = Model::ALL.into_iter().find(|model| tuning_id(*model) == id) {
            return Self::Tunable(model);
        }
        let (profile, bare) = match id.split_once(".amazon.") {
            Some((profile, rest)) if !profile.contains(['.', ':']) => (Some(profile), format!("amazon.{rest}")),
            _ => (None, id.to_owned()),
        };
        let known = Model::ALL.into_iter().find(|model| family(tuning_id(*model)) == family(&bare));
        if bare.starts_with("amazon.nova") {
            return match (profile, known) {
                (Some(profile), Some(model)) => Self::Unfit(format!(
                    "`{id}` is an id for inference (profile `{profile}`): write `{}`",
                    tuning_id(model)
                )),
                (Some(profile), None) => {
                    Self::Unfit(format!("`{id}` is an id for inference (profile `{profile}`), not a base model's"))
                }
                (None, Some(model)) if bare == family(&bare) => Self::Unfit(format!(
                    "`{id}` is an id for inference, without the context length: write `{}`",
                    tuning_id(model)
                )),
                (None, known) => Self::Unlisted(known),
            };
        }
        if id.contains('.') || id.contains(':') || id.is_empty() {
            return Self::Unfit(format!("`{id}` is no Nova model; these records are for Nova"));
        }
        Self::Custom(None)
    }
}

/// Returns the id by which a Nova base model is asked, without the context length; `None` for a custom model.
pub(super) fn base_inference_id(identifier: &str) -> Option<&str> {
    let id = identifier.rsplit('/').next().unwrap_or(identifier);
    (!identifier.contains(":custom-model/") && id.starts_with("amazon.nova")).then(|| family(id))
}

/// An id without the context length after the version: `amazon.nova-lite-v1:0`.
fn family(id: &str) -> &str {
    match id.match_indices(':').nth(1) {
        Some((at, _)) => &id[..at],
        None => id,
    }
}

/// Parts of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub(super) region: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let is_arn = parts.next()? == "arn";
        let (_partition, _service) = (parts.next()?, parts.next()?);
        let region = parts.next()?;
        let _account = parts.next()?;
        let resource = parts.next()?;
        is_arn.then_some(Self { region, resource })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_for_tuning_are_known_as_ids_and_as_arns() {
        for model in Model::ALL {
            let id = tuning_id(model);
            assert_eq!(BaseModel::parse(id), BaseModel::Tunable(model));
            let arn = format!("arn:aws:bedrock:us-east-1::foundation-model/{id}");
            assert_eq!(BaseModel::parse(&arn), BaseModel::Tunable(model));
            let custom = format!("arn:aws:bedrock:us-east-1:123456789012:custom-model/{id}/abcdefghijkl");
            assert_eq!(BaseModel::parse(&custom), BaseModel::Custom(Some(model)));
        }
        assert_eq!(BaseModel::parse("my-tuned-model"), BaseModel::Custom(None));
    }

    #[test]
    fn what_cannot_be_tuned_says_why_and_what_to_write() {
        let why = |id: &str| match BaseModel::parse(id) {
            BaseModel::Unfit(why) => why,
            other => panic!("{id}: {other:?}"),
        };
        for id in ["us.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"] {
            assert!(why(id).ends_with("write `amazon.nova-lite-v1:0:300k`"), "{}", why(id));
        }
        assert!(
            why("global.amazon.nova-2-lite-v1:0").contains("(profile `global`): write `amazon.nova-2-lite-v1:0:256k`")
        );
        assert!(why("amazon.nova-lite-v1:0").contains("without the context length"));
        assert!(why("us.amazon.nova-premier-v1:0").contains("(profile `us`), not a base model's"));
        for id in ["anthropic.claude-3-haiku-20240307-v1:0:200k", "us.anthropic.claude-3-5-sonnet-20241022-v2:0", ""] {
            assert!(why(id).contains("is no Nova model"), "{}", why(id));
        }
        assert!(
            why("arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0")
                .contains("`inference-profile`")
        );
    }

    #[test]
    fn a_nova_id_that_this_version_does_not_know_is_left_to_bedrocks_list() {
        for id in ["amazon.nova-2-pro-v1:0:256k", "amazon.nova-premier-v1:0", "amazon.nova-canvas-v1:0"] {
            assert_eq!(BaseModel::parse(id), BaseModel::Unlisted(None), "{id}");
        }
        for id in ["amazon.nova-lite-v1:0:24k", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:1m"]
        {
            assert_eq!(BaseModel::parse(id), BaseModel::Unlisted(Some(Model::Lite)), "{id}");
        }
    }

    #[test]
    fn a_base_model_is_asked_without_its_context_length() {
        let id = "amazon.nova-lite-v1:0";
        assert_eq!(base_inference_id("amazon.nova-lite-v1:0:300k"), Some(id));
        let arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k";
        assert_eq!(base_inference_id(arn), Some(id));
        assert_eq!(base_inference_id("arn:aws:bedrock:us-east-1:1:custom-model/amazon.nova-lite-v1:0:300k/a"), None);
        assert_eq!(base_inference_id("my-tuned-model"), None);
    }

    #[test]
    fn the_region_of_an_arn_is_seen() {
        let region = |text: &'static str| Arn::parse(text).map(|arn| arn.region);
        assert_eq!(region("arn:aws:bedrock:us-west-2::foundation-model/x:0:1k"), Some("us-west-2"));
        assert_eq!(region("arn:aws:iam::1:role/r"), Some(""));
        assert_eq!(region("amazon.nova-lite-v1:0:300k:a:b"), None);
    }
}
