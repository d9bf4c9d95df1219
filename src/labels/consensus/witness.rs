//! Who speaks in a label: two tables of one model are one witness.

use std::fmt;

/// Where a label comes from, as far as independence goes: two labels of one witness may be wrong together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Witness {
    /// The reader on this machine, in any version.
    Reader,
    /// A family of models, `amazon.nova`: sizes, versions, prompts and ways of asking are one witness.
    Family(String),
    /// Somebody whom the user has named by `NAME=FILE`.
    Named(String),
    /// Nobody says who: all tables that do not are one witness together.
    Unknown,
    /// A model that was tuned: it has learned from labels, perhaps from those beside it.
    Tuned,
}

/// What an ARN says of a model that was made from another.
const TUNED: [&str; 4] = ["custom-model", "imported-model", "provisioned-model", "custom-model-deployment"];

impl Witness {
    /// The witness of a row with this labeler and model, where it has any.
    pub(super) fn of_row(labeler: &str, model: &str) -> Option<Self> {
        match (labeler.trim(), model.trim()) {
            ("", "") => None,
            (labeler, "") => Some(Self::of_name(labeler)),
            (_, model) => Some(Self::of_model(model)),
        }
    }

    /// The witness that a name of the user's means: the reader's, a model's id, or somebody's.
    pub(super) fn of_name(name: &str) -> Self {
        let name = name.trim();
        if name.eq_ignore_ascii_case("reader") {
            return Self::Reader;
        }
        match Self::of_model(name.split_once('@').map_or(name, |(model, _)| model)) {
            Self::Unknown => Self::Named(name.to_lowercase()),
            witness => witness,
        }
    }

    /// The witness of an inference id: of a model, a profile, or an ARN of one.
    fn of_model(id: &str) -> Self {
        let id = id.trim().to_lowercase();
        if id.starts_with("arn:") {
            let kind = id.split(':').nth(5).unwrap_or_default().split('/').next().unwrap_or_default();
            if TUNED.contains(&kind) {
                return Self::Tuned;
            }
        }
        let id = id.rsplit_once('/').map_or(id.as_str(), |(_, id)| id);
        // `us.anthropic.claude-…`: where it is asked makes no other witness.
        let parts: Vec<&str> = id.split('.').collect();
        let place =
            parts.windows(2).position(|pair| is_word(pair[0]) && PROVIDERS.contains(&pair[0]) && !pair[1].is_empty());
        let Some((provider, model)) = place.and_then(|at| Some((parts.get(at)?, parts.get(at + 1)?))) else {
            return Self::Unknown;
        };
        let family = model.split('-').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
        if family.is_empty() { Self::Unknown } else { Self::Family(format!("{provider}.{family}")) }
    }

    /// Whether its word may speak for a name; a tuned model's speaks only against one.
    pub(super) fn may_speak_for(&self) -> bool {
        *self != Self::Tuned
    }
}

/// Who offers models on Bedrock that see photos, by the first part of the models' ids.
const PROVIDERS: [&str; 12] = [
    "amazon",
    "anthropic",
    "meta",
    "mistral",
    "qwen",
    "google",
    "openai",
    "moonshot",
    "nvidia",
    "writer",
    "zai",
    "cohere",
];

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric())
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reader => "reader",
            Self::Family(name) | Self::Named(name) => name,
            Self::Unknown => "of unknown origin",
            Self::Tuned => "tuned model",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_versions_regions_and_ways_of_asking_are_one_witness() {
        let nova = Witness::Family("amazon.nova".to_owned());
        for model in [
            "amazon.nova-lite-v1:0",
            "amazon.nova-lite-v1:0:300k",
            "us.amazon.nova-pro-v1:0",
            "Amazon.Nova-2-lite-v1:0",
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0",
        ] {
            assert_eq!(Witness::of_row("converse", model), Some(nova.clone()), "{model}");
            assert_eq!(Witness::of_row("batch", model), Some(nova.clone()), "{model}");
            assert_eq!(Witness::of_name(&format!("{model}@p2")), nova, "{model}");
        }
        let claude = Witness::Family("anthropic.claude".to_owned());
        assert_eq!(Witness::of_name("global.anthropic.claude-sonnet-4-5-20250929-v1:0"), claude);
        assert_eq!(Witness::of_name("meta.llama3-2-90b-instruct-v1:0"), Witness::Family("meta.llama".to_owned()));
    }

    #[test]
    fn a_tuned_model_a_person_and_nobody_are_told_apart() {
        let tuned = "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abc";
        assert_eq!(Witness::of_row("converse", tuned), Some(Witness::Tuned));
        let base_in_arn = "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0:300k/abc";
        assert_eq!(Witness::of_row("", base_in_arn), Some(Witness::Tuned));
        let profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
        assert_eq!(Witness::of_row("", profile), Some(Witness::Unknown));
        assert_eq!(Witness::of_row("reader", ""), Some(Witness::Reader));
        assert_eq!(Witness::of_name("王老师"), Witness::Named("王老师".to_owned()));
        assert_eq!(Witness::of_name("dr.amazon"), Witness::Named("dr.amazon".to_owned()));
        assert_eq!(Witness::of_row(" ", ""), None);
    }
}
