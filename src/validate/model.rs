use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::findings::limits;

/// The Nova model that a data set is for. Limits differ between them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Model {
    /// Nova Micro: text only.
    #[serde(rename = "micro")]
    Micro,
    /// Nova Lite.
    #[default]
    #[serde(rename = "lite")]
    Lite,
    /// Nova Pro.
    #[serde(rename = "pro")]
    Pro,
    /// Nova 2 Lite.
    #[serde(rename = "lite-2")]
    Lite2,
}

impl Model {
    /// All models, in the order of their sizes; Nova 2 last.
    pub const ALL: [Self; 4] = [Self::Micro, Self::Lite, Self::Pro, Self::Lite2];

    /// Whether it takes photos.
    pub fn takes_images(self) -> bool {
        self != Self::Micro
    }

    /// Whether a job for it takes a validation file. For Nova 2 Lite the documentation's pages on its data say no, as do
    /// AWS's validators ([`limits::SAMPLE_VALIDATOR`]).
    pub fn takes_validation(self) -> bool {
        self != Self::Lite2
    }

    /// Returns the number of training samples that AWS's validators expect; the service takes
    /// [`limits::MIN_SAMPLES`].
    pub fn recommended_samples(self) -> usize {
        match self {
            Self::Lite2 => limits::RECOMMENDED_SAMPLES_LITE_2,
            Self::Micro | Self::Lite | Self::Pro => limits::MIN_SAMPLES,
        }
    }

    /// Returns how many samples one training step takes; none of it is published.
    ///
    /// That of Nova Lite was observed once ([`limits::SAMPLES_PER_STEP_LITE`]). The others are inferred from AWS's advice to divide
    /// the number of samples by 640 (Micro), 160 (Lite and 2 Lite) or 320 (Pro) for the warm-up
    /// ([`limits::HYPERPARAMETER_PAGE`], [`limits::HYPERPARAMETER_PAGE_2`]): the same share of the steps for each model.
    pub fn samples_per_step(self) -> u64 {
        match self {
            Self::Lite | Self::Lite2 => limits::SAMPLES_PER_STEP_LITE,
            Self::Pro => 2 * limits::SAMPLES_PER_STEP_LITE,
            Self::Micro => 4 * limits::SAMPLES_PER_STEP_LITE,
        }
    }

    /// The words for an image's `format` that it takes. Of Nova 2 Lite's `webp` one page of the documentation says yes,
    /// another and AWS's validator say no; the safe reading counts.
    pub fn image_formats(self) -> &'static [&'static str] {
        let all = &limits::IMAGE_FORMATS;
        if self == Self::Lite2 { &all[..3] } else { all }
    }

    /// The words for a video's `format` that it takes.
    pub fn video_formats(self) -> &'static [&'static str] {
        let all = &limits::VIDEO_FORMATS;
        if self == Self::Lite2 { &all[..3] } else { all }
    }

    /// The model's name in prose.
    pub fn title(self) -> &'static str {
        match self {
            Self::Micro => "Nova Micro",
            Self::Lite => "Nova Lite",
            Self::Pro => "Nova Pro",
            Self::Lite2 => "Nova 2 Lite",
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Micro => "micro",
            Self::Lite => "lite",
            Self::Pro => "pro",
            Self::Lite2 => "lite-2",
        })
    }
}

impl FromStr for Model {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "micro" => Ok(Self::Micro),
            "lite" => Ok(Self::Lite),
            "pro" => Ok(Self::Pro),
            "lite-2" => Ok(Self::Lite2),
            _ => Err("expected `micro`, `lite`, `pro` or `lite-2`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nova_2_lite_takes_no_webp() {
        assert!(Model::Lite.image_formats().contains(&"webp") && Model::Pro.image_formats().contains(&"webp"));
        assert_eq!(Model::Lite2.image_formats(), ["png", "jpeg", "gif"]);
    }

    #[test]
    fn a_step_of_each_model_takes_as_many_samples_as_aws_divides_by_for_one_warm_up_step_in_twenty() {
        let advice = [(Model::Micro, 640), (Model::Lite, 160), (Model::Pro, 320), (Model::Lite2, 160)];
        for (model, divisor) in advice {
            assert_eq!(model.samples_per_step() * 20, divisor, "{model}");
        }
    }
}
