//! The hyperparameters of Nova: texts in the request, numbers with a range here
//! (<https://docs.aws.amazon.com/bedrock/latest/userguide/cm-hp-nova-mm.html>).

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::fault::Fault;
use crate::tuning::Hyperparameters;

/// What counts where the request is silent.
const DEFAULTS: Hyperparameters = Hyperparameters { epoch_count: 2, learning_rate: 1e-5, warmup_steps: 10 };

/// Reads them, or refuses them as the service does.
pub(super) fn read(given: &BTreeMap<String, String>) -> Result<Hyperparameters, Fault> {
    let mut read = DEFAULTS;
    for (name, text) in given {
        match name.as_str() {
            "epochCount" => read.epoch_count = number(name, text, 1, 5)?,
            "learningRate" => read.learning_rate = number(name, text, 1e-6, 1e-4)?,
            "learningRateWarmupSteps" => read.warmup_steps = number(name, text, 0, 100)?,
            // In no table of AWS's, but accepted with this one value.
            "batchSize" => {
                number::<u32>(name, text, 1, 1)?;
            }
            _ => {
                return Err(Fault::validation(format!(
                    "The provided hyperparameter {name} is not supported for this model."
                )));
            }
        }
    }
    Ok(read)
}

fn number<T: FromStr + PartialOrd + Display + Copy>(name: &str, text: &str, min: T, max: T) -> Result<T, Fault> {
    let number = text.parse().ok().filter(|number| (min..=max).contains(number));
    number.ok_or_else(|| {
        Fault::validation(format!(
            "The provided hyperparameter {name} has the invalid value {text}: it must be between {min} and {max}."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_range_is_read_and_what_is_silent_has_a_default() {
        let given = |pairs: &[(&str, &str)]| {
            read(&pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
        };
        assert_eq!(given(&[]), Ok(DEFAULTS));
        let all =
            [("epochCount", "5"), ("learningRate", "0.0001"), ("learningRateWarmupSteps", "0"), ("batchSize", "1")];
        assert_eq!(given(&all), Ok(Hyperparameters { epoch_count: 5, learning_rate: 1e-4, warmup_steps: 0 }));
        for (name, text) in [
            ("epochCount", "0"),
            ("epochCount", "6"),
            ("epochCount", "2.5"),
            ("epochCount", ""),
            ("learningRate", "1e-7"),
            ("learningRate", "0.001"),
            ("learningRate", "NaN"),
            ("learningRateWarmupSteps", "101"),
            ("learningRateWarmupSteps", "-1"),
            ("batchSize", "2"),
        ] {
            let message = given(&[(name, text)]).unwrap_err().message;
            assert!(
                message.starts_with(&format!("The provided hyperparameter {name} has the invalid value {text}")),
                "{message}"
            );
        }
        assert!(given(&[("epochs", "1")]).unwrap_err().message.contains("epochs is not supported"));
    }
}
