use serde_json::{Map, Value};

use crate::findings::Finding;
use crate::findings::limits::MAX_VALIDATORS;
use crate::training::job::DataFacts;
use crate::training::job::names::is_request_token;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a request that is not of the shape of `CreateModelCustomizationJob`: a member that is missing, unknown or of
    /// the wrong type, a list that is too long, another kind of customization than `FINE_TUNING`.
    ///
    /// ## Why is this bad?
    /// The AWS CLI or the service refuses the request: "Parameter validation failed", `ValidationException`.
    ///
    /// ## Example
    /// ```json
    /// {"jobName": "tune-1", "trainingData": "s3://my-bucket/train.jsonl"}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"jobName": "tune-1", "customModelName": "seller", "roleArn": "arn:aws:iam::123456789012:role/tune", "baseModelIdentifier": "amazon.nova-lite-v1:0:300k", "trainingDataConfig": {"s3Uri": "s3://my-bucket/train.jsonl"}, "outputDataConfig": {"s3Uri": "s3://my-bucket/output/"}}
    /// ```
    ///
    /// ## Fix
    /// By hand.
    pub(crate) REQUEST_SHAPE = "JOB002", "request-shape", Error, Job, fix None;
}

/// A member of an object: its name, what it holds, whether it must be there.
struct Member(&'static str, Kind, Need);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Must,
    May,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    /// An object with these members.
    Object(&'static [Member]),
    /// An object whose members are somebody else's.
    AnyObject,
    /// A list of so many of these.
    List(&'static Kind, usize, usize),
}

const S3_URI: Member = Member("s3Uri", Kind::Text, Need::Must);
const TAG: Kind = Kind::Object(&[Member("key", Kind::Text, Need::Must), Member("value", Kind::Text, Need::Must)]);

/// The members of a request, by the API's page and botocore's model of the service. How many tags there may be is another
/// rule's.
const MEMBERS: &[Member] = &[
    Member("jobName", Kind::Text, Need::Must),
    Member("customModelName", Kind::Text, Need::Must),
    Member("roleArn", Kind::Text, Need::Must),
    Member("clientRequestToken", Kind::Text, Need::May),
    Member("baseModelIdentifier", Kind::Text, Need::Must),
    Member("customizationType", Kind::Text, Need::May),
    Member("customModelKmsKeyId", Kind::Text, Need::May),
    Member("jobTags", Kind::List(&TAG, 0, usize::MAX), Need::May),
    Member("customModelTags", Kind::List(&TAG, 0, usize::MAX), Need::May),
    Member(
        "trainingDataConfig",
        Kind::Object(&[S3_URI, Member("invocationLogsConfig", Kind::AnyObject, Need::May)]),
        Need::Must,
    ),
    Member(
        "validationDataConfig",
        Kind::Object(&[Member("validators", Kind::List(&Kind::Object(&[S3_URI]), 0, MAX_VALIDATORS), Need::Must)]),
        Need::May,
    ),
    Member("outputDataConfig", Kind::Object(&[S3_URI]), Need::Must),
    Member("hyperParameters", Kind::AnyObject, Need::May),
    Member(
        "vpcConfig",
        Kind::Object(&[
            Member("subnetIds", Kind::List(&Kind::Text, 1, 16), Need::Must),
            Member("securityGroupIds", Kind::List(&Kind::Text, 1, 5), Need::Must),
        ]),
        Need::May,
    ),
    Member("customizationConfig", Kind::AnyObject, Need::May),
];

/// Requests of another shape.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    let mut report = |pointer: &str, message: String| findings.push(request.finding(&REQUEST_SHAPE, pointer, message));
    check_kind(&request.value, Kind::Object(MEMBERS), "", &mut report);
    if let Some(kind) = request.text("/customizationType").filter(|kind| *kind != "FINE_TUNING") {
        report("/customizationType", format!("`{kind}`: these records are for `FINE_TUNING`"));
    }
    for (pointer, what) in [
        ("/customizationConfig", "distillation and reinforcement"),
        ("/trainingDataConfig/invocationLogsConfig", "distillation"),
    ] {
        if request.value.pointer(pointer).is_some() {
            report(pointer, format!("this is for {what}, not for fine-tuning: leave it out"));
        }
    }
    if let Some(token) = request.text("/clientRequestToken").filter(|token| !is_request_token(token)) {
        let message = format!("`{token}`: a token is 1 to 256 letters, digits and `-`, with no `-` at its ends");
        report("/clientRequestToken", message);
    }
}

fn check_kind(value: &Value, kind: Kind, pointer: &str, report: &mut impl FnMut(&str, String)) {
    match (kind, value) {
        (Kind::Text, Value::String(_)) | (Kind::AnyObject, Value::Object(_)) => {}
        (Kind::Object(members), Value::Object(object)) => check_members(object, members, pointer, report),
        (Kind::List(item, least, most), Value::Array(items)) => {
            if !(least..=most).contains(&items.len()) {
                report(pointer, format!("{} in the list, which takes {least} to {most}", items.len()));
            }
            for (n, value) in items.iter().enumerate() {
                check_kind(value, *item, &format!("{pointer}/{n}"), report);
            }
        }
        (Kind::Text, _) => report(pointer, "a text is needed here".to_owned()),
        (Kind::Object(_) | Kind::AnyObject, _) => report(pointer, "an object is needed here".to_owned()),
        (Kind::List(..), _) => report(pointer, "a list is needed here".to_owned()),
    }
}

fn check_members(
    object: &Map<String, Value>,
    members: &[Member],
    pointer: &str,
    report: &mut impl FnMut(&str, String),
) {
    for Member(name, kind, need) in members {
        match object.get(*name) {
            Some(value) => check_kind(value, *kind, &format!("{pointer}/{name}"), report),
            None if *need == Need::Must => report(pointer, format!("the member `{name}` is missing")),
            None => {}
        }
    }
    for name in object.keys().filter(|name| !members.iter().any(|known| known.0 == **name)) {
        let hint = match members.iter().find(|known| plain(known.0) == plain(name)) {
            Some(known) => format!("write `{}`", known.0),
            None => "leave it out".to_owned(),
        };
        let escaped = name.replace('~', "~0").replace('/', "~1");
        report(&format!("{pointer}/{escaped}"), format!("`{name}` is no member of the request: {hint}"));
    }
}

/// A name without what other tools write differently: case, `_`, `-`.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
