use serde_json::Value;

use crate::findings::{Edit, Finding};
use crate::training::job::DataFacts;
use crate::training::job::request::{Request, number_text};

crate::rule! {
    /// ## What it does
    /// Reports a hyperparameter that is not written as a text, `2` for `"2"`.
    ///
    /// ## Why is this bad?
    /// The API takes a map from text to text: the AWS CLI and boto3 refuse a number ("Invalid type for parameter").
    ///
    /// ## Example
    /// ```json
    /// {"hyperParameters": {"epochCount": 2}}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"hyperParameters": {"epochCount": "2"}}
    /// ```
    ///
    /// ## Fix
    /// Safe: a number is written as the text of it. What is no number is for you to decide.
    pub(crate) HYPERPARAMETER_NOT_A_TEXT = "JOB004", "hyperparameter-not-a-text", Error, Job, fix Safe;
}

/// Hyperparameters of another type.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    for parameter in request.hyperparameters() {
        let finding = match parameter.value {
            Value::String(_) => continue,
            Value::Number(number) => {
                let text = number_text(number);
                let message = format!("a number; the API takes texts: write \"{text}\"");
                let edit = Edit::Set { pointer: parameter.pointer.clone(), value: text.into() };
                request.finding(&HYPERPARAMETER_NOT_A_TEXT, &parameter.pointer, message).with_fix(vec![edit])
            }
            other => {
                let message = format!("{other}: a text is needed here, `\"2\"`");
                request.finding(&HYPERPARAMETER_NOT_A_TEXT, &parameter.pointer, message)
            }
        };
        findings.push(finding);
    }
}
