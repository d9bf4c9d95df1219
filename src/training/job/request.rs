//! The request for a customization job, as JSON of any shape.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::rules::request_not_json::REQUEST_NOT_JSON;
use crate::error::{Error, IoContext, Place, Result};
use crate::files::{self, Refused};
use crate::findings::limits::MAX_REQUEST_BYTES;
use crate::findings::{Finding, Rule};

/// A request as the rules see it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    /// Where it stands; one that is about to be sent has no file.
    pub(super) file: Option<PathBuf>,
    pub(super) value: Value,
}

/// Reads the file of a request.
///
/// # Errors
/// Where the file cannot be read, or is too large to be a request.
pub(super) fn read_bytes(file: &Path) -> Result<Vec<u8>> {
    files::read(file, MAX_REQUEST_BYTES).or_else(|error| match Refused::of(&error) {
        Some(refused @ Refused::TooLarge { .. }) => {
            let hint = "name the JSON file that `aws bedrock create-model-customization-job --cli-input-json` takes.";
            Err(Error::input(file, format!("too large for the request of a job: {refused}"), hint))
        }
        _ => Err(error).at("read", file),
    })
}

/// What `hyperParameters` has for one name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hyperparameter<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

impl Hyperparameter<'_> {
    /// The value as a text, which a number stands for too.
    pub(super) fn text(&self) -> Option<String> {
        match self.value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number_text(number)),
            _ => None,
        }
    }
}

/// A number as Bedrock takes it: `0.00001`, never `1e-5`; `2`, also for `2.0`.
pub(super) fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}

impl Request {
    /// The request in a file's bytes.
    pub(super) fn parse(file: &Path, bytes: &[u8]) -> Result<Self, Box<Finding>> {
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        serde_json::from_slice(text).map(|value| Self { file: Some(file.to_path_buf()), value }).map_err(|error| {
            // The parser's words end in the place, which stands before them here.
            let message = error.to_string();
            let what = message.split(" at line ").next().unwrap_or_default();
            let place = Place::line(file, error.line().max(1) as u64);
            Box::new(Finding::new(&REQUEST_NOT_JSON, place, format!("{what}, at column {}", error.column())))
        })
    }

    /// A finding at a member.
    pub(super) fn finding(&self, rule: &'static Rule, pointer: &str, message: impl Into<String>) -> Finding {
        let place = Place { file: self.file.clone(), ..Place::default() };
        let place = if pointer.is_empty() { place } else { place.member(pointer) };
        Finding::new(rule, place, message)
    }

    /// A member that is a text.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer)?.as_str()
    }

    /// The hyperparameters, where they are an object.
    pub(super) fn hyperparameters(&self) -> impl Iterator<Item = Hyperparameter<'_>> {
        let members = self.value.get("hyperParameters").and_then(Value::as_object);
        members.into_iter().flatten().map(|(name, value)| Hyperparameter {
            name,
            value,
            pointer: format!("/hyperParameters/{}", name.replace('~', "~0").replace('/', "~1")),
        })
    }

    /// One hyperparameter.
    pub(super) fn hyperparameter(&self, name: &str) -> Option<Hyperparameter<'_>> {
        self.hyperparameters().find(|found| found.name == name)
    }

    /// The texts that should be places in S3, with their pointers: training, validation, output.
    pub(super) fn s3_uris(&self) -> Vec<(String, &str)> {
        let records = self.record_uris();
        let output = self.text("/outputDataConfig/s3Uri").map(|uri| ("/outputDataConfig/s3Uri".to_owned(), uri));
        records.into_iter().chain(output).collect()
    }

    /// Those of them that should be files of records.
    pub(super) fn record_uris(&self) -> Vec<(String, &str)> {
        let training = "/trainingDataConfig/s3Uri".to_owned();
        let validators = self.value.pointer("/validationDataConfig/validators").and_then(Value::as_array);
        let validators =
            (0..validators.map_or(0, Vec::len)).map(|n| format!("/validationDataConfig/validators/{n}/s3Uri"));
        let pointers = std::iter::once(training).chain(validators);
        pointers.filter_map(|pointer| self.text(&pointer).map(|uri| (pointer.clone(), uri))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(json: &str) -> String {
        let value: Value = serde_json::from_str(json).unwrap();
        Hyperparameter { name: "x", value: &value, pointer: String::new() }.text().unwrap()
    }

    #[test]
    fn a_number_is_written_without_an_exponent() {
        let numbers = ["2", "2.0", "1e-5", "0.00001", "1E-6", "-1", "1.5"];
        assert_eq!(numbers.map(number), ["2", "2", "0.00001", "0.00001", "0.000001", "-1", "1.5"]);
    }

    #[test]
    fn broken_json_is_a_finding_with_line_and_column() {
        let fault = |text: &str| Request::parse(Path::new("job.json"), text.as_bytes()).unwrap_err();
        let finding = fault("{\n  \"jobName\": \"a\",\n}\n");
        assert_eq!((finding.place.line, finding.message.as_str()), (Some(3), "trailing comma, at column 1"));
        assert_eq!(fault("").place.line, Some(1));
        assert!(Request::parse(Path::new("job.json"), b"\xEF\xBB\xBF{}").is_ok());
    }

    #[test]
    fn a_request_of_any_shape_has_no_texts_rather_than_a_fault() {
        for text in ["null", "[]", "7", "{\"hyperParameters\":[]}", "{\"validationDataConfig\":{\"validators\":{}}}"] {
            let request = Request::parse(Path::new("job.json"), text.as_bytes()).unwrap();
            assert!(request.s3_uris().is_empty() && request.hyperparameters().next().is_none(), "{text}");
        }
    }
}
