//! The foundation models: Nova as it can be tuned and as it can be asked (names, Regions and kinds of inference as Bedrock
//! lists them).

use serde_json::{Value, json};

use super::constraints::{Checks, TextRule};
use super::fault::Fault;
use super::listing::Query;
use super::patterns::PROVIDER;

/// The one Region where Nova is tuned.
pub(super) const TUNING_REGION: &str = "us-east-1";
/// The longest side of an image, px (F§1.4; of training and of inference).
pub(super) const MAX_SIDE_PX: u32 = 8000;
const PROVIDER_NAME: &str = "Amazon";

/// A kind of Nova.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nova {
    /// As the console shows it.
    pub(super) name: &'static str,
    /// The id that is asked.
    pub(super) inference_id: &'static str,
    /// The id that is tuned: one size of context.
    pub(super) tuning_id: &'static str,
    /// Whether it can see.
    pub(super) sees: Sight,
    /// How it is asked without a deployment.
    pub(super) asked: Asked,
}

/// What a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    Text,
    TextAndImages,
}

/// By which names a model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// By its own id, in the Region where it lives, and by the profile `us.`.
    ById,
    /// By the profiles `us.` and `global.` alone.
    ByProfile,
}

/// All of them.
pub(super) const NOVAS: &[Nova] = &[
    Nova {
        name: "Nova Micro",
        inference_id: "amazon.nova-micro-v1:0",
        tuning_id: "amazon.nova-micro-v1:0:128k",
        sees: Sight::Text,
        asked: Asked::ById,
    },
    Nova {
        name: "Nova Lite",
        inference_id: "amazon.nova-lite-v1:0",
        tuning_id: "amazon.nova-lite-v1:0:300k",
        sees: Sight::TextAndImages,
        asked: Asked::ById,
    },
    Nova {
        name: "Nova Pro",
        inference_id: "amazon.nova-pro-v1:0",
        tuning_id: "amazon.nova-pro-v1:0:300k",
        sees: Sight::TextAndImages,
        asked: Asked::ById,
    },
    Nova {
        name: "Nova 2 Lite",
        inference_id: "amazon.nova-2-lite-v1:0",
        tuning_id: "amazon.nova-2-lite-v1:0:256k",
        sees: Sight::TextAndImages,
        asked: Asked::ByProfile,
    },
];

impl Nova {
    /// The one that is tuned under an id or ARN of a Region.
    pub(super) fn tuned_as(identifier: &str, region: &str) -> Option<Self> {
        let id = foundation_id(identifier, region)?;
        NOVAS.iter().find(|nova| nova.tuning_id == id && region == TUNING_REGION).copied()
    }

    /// The one with this tuning id.
    pub(super) fn of_tuning_id(id: &str) -> Option<Self> {
        NOVAS.iter().find(|nova| nova.tuning_id == id).copied()
    }

    /// Whether validation data may come with the training data (F§1.4).
    pub(super) fn takes_validation_data(self) -> bool {
        self.asked == Asked::ById
    }

    /// The name without version and context, `amazon.nova-lite-v1`.
    pub(super) fn base_name(self) -> &'static str {
        self.inference_id.split(':').next().unwrap_or(self.inference_id)
    }
}

/// The id in an ARN of this Region, or the id itself.
pub(super) fn foundation_id<'a>(identifier: &'a str, region: &str) -> Option<&'a str> {
    if !identifier.starts_with("arn:") {
        return Some(identifier);
    }
    identifier.strip_prefix("arn:aws:bedrock:")?.strip_prefix(region)?.strip_prefix("::foundation-model/")
}

/// The ARN of a foundation model.
pub(super) fn foundation_arn(region: &str, id: &str) -> String {
    format!("arn:aws:bedrock:{region}::foundation-model/{id}")
}

/// An id with what the service says of it.
struct Listed {
    id: &'static str,
    nova: Nova,
    customizations: &'static [&'static str],
    inferences: &'static [&'static str],
}

impl Listed {
    /// Those of a Region.
    fn all(region: &str) -> Vec<Self> {
        let both = NOVAS.iter().flat_map(|nova| {
            let inferences: &[_] =
                if nova.asked == Asked::ById && region == TUNING_REGION { &["ON_DEMAND"] } else { &[] };
            let asked = Self { id: nova.inference_id, nova: *nova, customizations: &[], inferences };
            let tuned = Self {
                id: nova.tuning_id,
                nova: *nova,
                customizations: &["FINE_TUNING"],
                inferences: &["PROVISIONED"],
            };
            [asked, tuned]
        });
        both.filter(|listed| listed.customizations.is_empty() || region == TUNING_REGION).collect()
    }

    fn json(&self, region: &str) -> Value {
        let modalities: &[_] = if self.nova.sees == Sight::TextAndImages { &["TEXT", "IMAGE"] } else { &["TEXT"] };
        json!({
            "modelArn": foundation_arn(region, self.id),
            "modelId": self.id,
            "modelName": self.nova.name,
            "providerName": PROVIDER_NAME,
            "inputModalities": modalities,
            "outputModalities": ["TEXT"],
            // The stand-in answers in one piece.
            "responseStreamingSupported": false,
            "customizationsSupported": self.customizations,
            "inferenceTypesSupported": self.inferences,
            "modelLifecycle": { "status": "ACTIVE" },
        })
    }
}

/// `ListFoundationModels`.
pub(super) fn list(region: &str, query: &Query) -> Result<Value, Fault> {
    let (provider, customization) = (query.get("byProvider"), query.get("byCustomizationType"));
    let (output, inference) = (query.get("byOutputModality"), query.get("byInferenceType"));
    let mut checks = Checks::default();
    checks.text("byProvider", provider, TextRule { min: 0, max: usize::MAX, pattern: Some(&PROVIDER) });
    checks.word("byCustomizationType", customization, &["FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION"]);
    checks.word("byOutputModality", output, &["TEXT", "IMAGE", "EMBEDDING"]);
    checks.word("byInferenceType", inference, &["ON_DEMAND", "PROVISIONED"]);
    checks.finish()?;
    let fits = |listed: &Listed| {
        provider.is_none_or(|provider| provider.eq_ignore_ascii_case(PROVIDER_NAME))
            && customization.is_none_or(|wanted| listed.customizations.contains(&wanted))
            && output.is_none_or(|wanted| wanted == "TEXT")
            && inference.is_none_or(|wanted| listed.inferences.contains(&wanted))
    };
    let models: Vec<_> =
        Listed::all(region).iter().filter(|listed| fits(listed)).map(|listed| listed.json(region)).collect();
    Ok(json!({ "modelSummaries": models }))
}

/// `GetFoundationModel`.
pub(super) fn get(region: &str, identifier: &str) -> Result<Value, Fault> {
    let id = foundation_id(identifier, region);
    let found = Listed::all(region).into_iter().find(|listed| Some(listed.id) == id);
    let listed = found.ok_or_else(|| {
        Fault::not_found(format!("Could not resolve the foundation model from the model identifier: {identifier}"))
    })?;
    Ok(json!({ "modelDetails": listed.json(region) }))
}
