use std::fmt;
use std::str::FromStr;

/// A stage of the main job after which it can end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Labels and photos are read, and the data set is written.
    Prepare,
    /// The rules are run over it.
    Validate,
    /// Its objects are in the bucket.
    Upload,
    /// The job is over, and there is a tuned model.
    Job,
    /// The charts of the job's losses.
    Metrics,
    /// The tuned model answers.
    Deploy,
    /// Base and tuned are compared.
    Evaluate,
    /// The deployment is gone again; the model stays.
    #[default]
    Clean,
}

impl Stage {
    /// All, in their order.
    pub const ALL: [Self; 8] = [
        Self::Prepare,
        Self::Validate,
        Self::Upload,
        Self::Job,
        Self::Metrics,
        Self::Deploy,
        Self::Evaluate,
        Self::Clean,
    ];
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Prepare => "prepare",
            Self::Validate => "validate",
            Self::Upload => "upload",
            Self::Job => "job",
            Self::Metrics => "metrics",
            Self::Deploy => "deploy",
            Self::Evaluate => "evaluate",
            Self::Clean => "clean",
        })
    }
}

/// A text that names no end of the main job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the main job ends after `upload`, `job`, `evaluate` or `clean`")]
pub struct UnknownStage;

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(text: &str) -> Result<Self, UnknownStage> {
        match text {
            "upload" => Ok(Self::Upload),
            "job" => Ok(Self::Job),
            "evaluate" => Ok(Self::Evaluate),
            "clean" => Ok(Self::Clean),
            _ => Err(UnknownStage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_read_back_and_others_are_refused() {
        for stage in [Stage::Upload, Stage::Job, Stage::Evaluate, Stage::Clean] {
            assert_eq!(stage.to_string().parse(), Ok(stage));
        }
        assert_eq!("prepare".parse::<Stage>(), Err(UnknownStage));
        assert!(Stage::ALL.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
