//! The preflight: what the services would refuse, asked before anything is sent, all of it in one report.

mod unvalidated;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::facts::{Answer, BucketFacts, Facts, PhotosFacts, RecordsFacts, account_of_role, name_of_role};
use super::request::Request;
use super::rules::{self, PREFLIGHT_CHECKS};
use super::{DataFacts, JobSpec, findings_of};
use crate::aws::bedrock::{Jobs, Models};
use crate::aws::iam::Identity;
use crate::aws::s3::{ObjectStore, S3Uri, Sight, Survey, split_uri};
use crate::error::{Error, Result};
use crate::findings::{Levels, Report};
use crate::progress::Progress;

/// The services that are asked.
#[derive(Clone, Copy)]
pub struct Services<'a> {
    /// Customization jobs.
    pub(crate) jobs: &'a dyn Jobs,
    /// Models that were tuned.
    pub(crate) models: &'a dyn Models,
    /// STS and IAM.
    pub(crate) identity: &'a dyn Identity,
    /// S3.
    pub(crate) objects: &'a dyn Survey,
}

impl<'a> Services<'a> {
    /// The services of a backend.
    pub fn new<B: Jobs + Models>(bedrock: &'a B, identity: &'a dyn Identity, objects: &'a ObjectStore) -> Self {
        Self { jobs: bedrock, models: bedrock, identity, objects }
    }
}

impl std::fmt::Debug for Services<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").finish_non_exhaustive()
    }
}

/// Whether S3 is asked for the files that the request names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum S3Check {
    /// Buckets, records, photos, output.
    #[default]
    Ask,
    /// Buckets alone: the records are not uploaded yet.
    Buckets,
    /// Not at all.
    Skip,
}

/// Whether an object is put below the output prefix, and removed again, to see that this can be done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WriteCheck {
    /// It is.
    #[default]
    Put,
    /// Nothing is written, so nothing is known.
    Skip,
}

/// What [`preflight`] needs to know beside the spec.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreflightOptions {
    /// Where the job will run.
    pub region: String,
    /// Whether the stand-in is asked, whose account has no policies.
    pub is_local: bool,
    /// Whether S3 is asked.
    pub s3: S3Check,
    /// Whether the output is tried.
    pub write: WriteCheck,
    /// Training records, where they were counted.
    pub train_count: Option<usize>,
    /// Which findings are not reported, and which are errors.
    pub levels: Levels,
}

/// The rules that need no service, over the request of a spec.
pub fn check_offline(spec: &JobSpec, train_count: Option<usize>, levels: &Levels) -> Report {
    check_offline_in(None, spec, train_count, levels)
}

/// The same for a request that would be sent to a Region, where that is said.
pub fn check_offline_in(region: Option<&str>, spec: &JobSpec, train_count: Option<usize>, levels: &Levels) -> Report {
    let request = Request { file: None, value: spec.request().to_json() };
    let mut report = Report::new(levels.clone());
    report.extend(findings_of(&request, &data_facts(spec, train_count, region, false)));
    report.sort();
    report
}

/// Asks the services about the request of a spec, and runs every rule on requests.
///
/// # Errors
/// Where a service cannot be reached, or takes the credentials for none. That it refuses to say something is a finding.
pub fn preflight(
    spec: &JobSpec,
    services: &Services<'_>,
    options: &PreflightOptions,
    progress: &dyn Progress,
) -> Result<Report> {
    let request = Request { file: None, value: spec.request().to_json() };
    progress.begin("asking the services about the job", 0);
    let facts = ask(spec, &request, services, options);
    progress.end();
    let facts = facts?;
    let counted = facts.records.first().and_then(|records| records.photos.told()).map(|photos| photos.records);
    let train_count = options.train_count.or(counted);
    let has_model_list = facts.tunable.told().is_some();
    let mut findings = findings_of(&request, &data_facts(spec, train_count, Some(&options.region), has_model_list));
    for check in PREFLIGHT_CHECKS {
        check(&request, &facts, &mut findings);
    }
    let mut report = Report::new(options.levels.clone());
    report.extend(findings);
    report.absorb(&facts.in_records);
    report.sort();
    Ok(report)
}

/// Checks a base model and its Region against Bedrock's own list of models for fine-tuning, before anything is uploaded.
///
/// # Errors
/// Where the service cannot be reached, or rejects the credentials. That it refuses to list models is a finding.
pub fn check_base_model(base_model_id: &str, region: &str, jobs: &dyn Jobs, levels: &Levels) -> Result<Report> {
    let request = Request { file: None, value: json!({"baseModelIdentifier": base_model_id}) };
    let tunable = asked(jobs.list_tunable_models())?;
    let data =
        DataFacts { region: Some(region.to_owned()), has_model_list: tunable.told().is_some(), ..DataFacts::default() };
    let facts = Facts { region: region.to_owned(), tunable, ..Facts::default() };
    let mut findings = Vec::new();
    rules::base_model_not_tunable::check(&request, &data, &mut findings);
    rules::region_without_tuning::check(&request, &data, &mut findings);
    rules::base_model_not_offered::check(&request, &facts, &mut findings);
    rules::preflight_unanswered::check(&request, &facts, &mut findings);
    let mut report = Report::new(levels.clone());
    report.extend(findings);
    report.sort();
    Ok(report)
}

fn data_facts(spec: &JobSpec, train_count: Option<usize>, region: Option<&str>, has_model_list: bool) -> DataFacts {
    DataFacts {
        model: spec.model().unwrap_or_default(),
        train_count: train_count.unwrap_or(0),
        // Which bucket the photos are in, each file of records says for itself.
        bucket: None,
        region: region.map(str::to_owned),
        has_model_list,
    }
}

/// What a service answers; an error only where no question to it has a point.
fn asked<T>(answer: Result<T>) -> Result<Answer<T>> {
    match answer {
        Ok(answer) => Ok(Answer::Told(answer)),
        Err(Error::Service { kind, operation, code, message, .. }) if !kind.concerns_every_request() => {
            Ok(Answer::Refused(format!("{operation}: {code}: {message}")))
        }
        Err(error) => Err(error),
    }
}

fn ask(spec: &JobSpec, request: &Request, services: &Services<'_>, options: &PreflightOptions) -> Result<Facts> {
    let sent = spec.request();
    let caller = asked(services.identity.caller())?;
    let account = caller.told().map(|caller| caller.account_id.as_str());
    let is_own_role = account_of_role(&sent.role_arn).is_none_or(|of_role| account.is_none_or(|own| own == of_role));
    let role = match name_of_role(&sent.role_arn).filter(|_| is_own_role) {
        Some(name) => asked(services.identity.role(name))?,
        None => Answer::NotAsked,
    };
    let models = services.models.list_models(Some(&sent.custom_model_name));
    let same = |models: Vec<crate::aws::bedrock::CustomModel>| {
        let mut models = models.into_iter();
        models.find(|model| model.model_name == sent.custom_model_name).map(|model| model.model_arn)
    };
    let mut facts = Facts {
        region: options.region.clone(),
        is_local: options.is_local,
        role,
        caller,
        tunable: asked(services.jobs.list_tunable_models())?,
        same_name: asked(services.jobs.find_job(&sent.job_name))?,
        same_model: asked(models.map(same))?,
        ..Facts::default()
    };
    if options.s3 != S3Check::Skip {
        ask_s3(spec, request, services.objects, options, &mut facts)?;
    }
    Ok(facts)
}

fn ask_s3(
    spec: &JobSpec,
    request: &Request,
    objects: &dyn Survey,
    options: &PreflightOptions,
    facts: &mut Facts,
) -> Result<()> {
    for (pointer, uri) in request.s3_uris() {
        let bucket = uri.strip_prefix("s3://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if !crate::aws::s3::is_bucket_name(bucket) {
            continue;
        }
        if let Some(known) = facts.buckets.get_mut(bucket) {
            known.pointers.push(pointer);
            continue;
        }
        let region = asked(objects.bucket_region(bucket))?;
        let encryption = asked(objects.bucket_encryption(bucket))?;
        facts.buckets.insert(bucket.to_owned(), BucketFacts { pointers: vec![pointer], region, encryption });
    }
    if options.s3 == S3Check::Buckets {
        return Ok(());
    }
    for (index, (pointer, uri)) in request.record_uris().into_iter().enumerate() {
        let Ok((bucket, key)) = split_uri(uri) else { continue };
        let uri = S3Uri::new(bucket, key);
        let sight = if key.ends_with('/') { Answer::NotAsked } else { asked(objects.look(&uri))? };
        let photos = match sight {
            Answer::Told(Sight::There(_)) => asked(photos_of(&uri, objects))?,
            _ => Answer::NotAsked,
        };
        let expected = if index == 0 { spec.training_sha256 } else { spec.validation_sha256 };
        facts.records.push(RecordsFacts { pointer, uri, sight, expected, photos });
    }
    let model = spec.model().unwrap_or_default();
    let in_records = unvalidated::findings_in(&facts.records, objects, model, &options.levels);
    // Who may not read them is told so by the question for their photos.
    facts.in_records = asked(in_records)?.told().cloned().unwrap_or_default();
    let output = request.text("/outputDataConfig/s3Uri").unwrap_or_default();
    if options.write == WriteCheck::Put
        && let Some(probe) = probe_below(output, &spec.request().job_name)
    {
        facts.output = asked(objects.try_write(&probe))?;
    }
    Ok(())
}

/// An object that is put below a prefix and removed; its name says what it was for, should it stay.
fn probe_below(output: &str, job_name: &str) -> Option<S3Uri> {
    let rest = output.strip_prefix("s3://")?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.trim_end_matches('/');
    let folder = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let is_bucket = crate::aws::s3::is_bucket_name(bucket);
    is_bucket.then(|| S3Uri::new(bucket, format!("{folder}.write_access_check_file.{job_name}.tmp")))
}

/// Reads a file of records as it lies in S3 and asks for each photo that it names.
fn photos_of(uri: &S3Uri, objects: &dyn Survey) -> Result<PhotosFacts> {
    let mut facts = PhotosFacts::default();
    let mut named: BTreeMap<S3Uri, u64> = BTreeMap::new();
    let mut line = 0;
    objects.read_lines(uri, &mut |bytes| {
        line += 1;
        let Ok(record) = serde_json::from_slice::<Value>(bytes) else { return };
        facts.records += 1;
        for photo in photo_uris(&record) {
            named.entry(photo).or_insert(line);
        }
    })?;
    facts.photos = named.len();
    let (here, elsewhere): (BTreeMap<_, _>, BTreeMap<_, _>) =
        named.into_iter().partition(|(photo, _)| photo.bucket == uri.bucket);
    let looked: BTreeSet<_> = here.keys().cloned().collect();
    let missing = objects.missing(&looked)?;
    facts.missing = here.into_iter().filter(|(photo, _)| missing.contains(photo)).collect();
    facts.elsewhere = elsewhere;
    Ok(facts)
}

/// The places of the media in a record. What is no place in S3 is the validator's to say.
fn photo_uris(record: &Value) -> Vec<S3Uri> {
    let messages = record.get("messages").and_then(Value::as_array);
    let blocks = messages.into_iter().flatten().filter_map(|message| message.get("content")?.as_array()).flatten();
    let uris = blocks.flat_map(|block| {
        ["image", "video", "document"].map(|kind| block.get(kind)?.pointer("/source/s3Location/uri")?.as_str())
    });
    uris.flatten().filter_map(|uri| uri.parse().ok()).collect()
}

#[cfg(test)]
mod tests;
