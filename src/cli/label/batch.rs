//! `label --labeler batch`: where photos go, what it costs, and what is seen of the jobs.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::asking::{Asking, dollars, refused};
use crate::cli::put_off::PutOff;
use crate::cli::session::Session;
use crate::cli::ui::with_causes;
use foundation::wording::{counted, grouped};
use nova_ft::aws::backend::{Backend, BackendKind};
use nova_ft::aws::bedrock::{BatchState, BatchStatus};
use nova_ft::aws::inference::Money;
use nova_ft::aws::s3::is_bucket_name;
use nova_ft::dataset::is_safe_key;
use nova_ft::error::Result;
use nova_ft::images::Photo;
use nova_ft::labels::labeler::{
    BatchLimits, BatchNeed, BatchNotice, BatchOptions, BatchServices, BatchTokens, Consent, LabelOptions, Labelled,
    label_by_batch,
};
use nova_ft::local::ACCOUNT_ID;
use nova_ft::pace::WallPace;
use nova_ft::pipeline::memory_key;
use nova_ft::readings::cached_reading;
use nova_ft::settings::MissingSettings;
use nova_ft::training::job::Span;

/// A batch costs half of what asking costs (AWS's price page, read 2026-11-22).
const OF_ON_DEMAND: f64 = 0.5;
/// The bucket that the stand-in makes where none is named.
const LOCAL_BUCKET: &str = "nova-ft";
/// What the ARN of a tuned or imported model, or of its capacity, has in it.
const TUNED: [&str; 4] = [":custom-model/", ":custom-model-deployment/", ":imported-model/", ":provisioned-model/"];
const AWS_INTERVAL: Duration = Duration::from_mins(1);
/// The stand-in is on this machine and may be asked often.
const LOCAL_INTERVAL: Duration = Duration::from_secs(1);

/// Options of the labeler that asks in batches.
#[derive(Debug, Args)]
pub(super) struct BatchArgs {
    /// With --labeler batch: bucket for the photos, the records and the answers, in the Region of the model
    #[arg(long, value_name = "BUCKET")]
    s3_bucket: Option<String>,
    /// With --labeler batch: prefix of all keys
    #[arg(long, value_name = "PREFIX")]
    s3_prefix: Option<String>,
    /// With --labeler batch: role that Bedrock takes on to read and write there
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// With --labeler batch: fewest records of a job in your account (see Service Quotas) [default: 100]
    #[arg(long, value_name = "N")]
    min_records: Option<usize>,
    /// With --labeler batch: time between two looks at the jobs: 30s, 5m [default: 1m on AWS, 1s with the stand-in]
    #[arg(long, value_name = "TIME")]
    interval: Option<Span>,
}

/// A batch job was created, found again, seen or fetched.
#[derive(Debug, Serialize)]
struct BatchEvent<'a> {
    event: &'static str,
    action: &'static str,
    job_arn: &'a str,
    job_name: &'a str,
    status: &'a BatchStatus,
    total: u64,
    processed: u64,
    succeeded: u64,
    failed: u64,
}

impl<'a> BatchEvent<'a> {
    fn of(action: &'static str, job: &'a BatchState) -> Self {
        Self {
            event: "batch",
            action,
            job_arn: &job.job_arn,
            job_name: &job.request.job_name,
            status: &job.status,
            total: job.counts.total,
            processed: job.counts.processed,
            succeeded: job.counts.succeeded,
            failed: job.counts.failed,
        }
    }
}

/// Asks in batches, after the user where photos leave the machine.
pub(super) fn label(
    asking: Asking,
    args: BatchArgs,
    options: &LabelOptions,
    session: &Session<'_>,
) -> Result<Labelled> {
    check_model(&asking.model_id)?;
    let own = session.settings.command("label");
    let is_local = session.backend_kind()? == BackendKind::Local;
    let local = |text: &str| is_local.then(|| text.to_owned());
    let (bucket, role) = (own.value(args.s3_bucket, "s3_bucket")?, own.value(args.role_arn, "role_arn")?);
    let role = role.or_else(|| local(&format!("arn:aws:iam::{ACCOUNT_ID}:role/nova-ft")));
    let mut missing = MissingSettings::default();
    let bucket = missing.take(own.required(bucket.or_else(|| local(LOCAL_BUCKET)), "s3_bucket"))?.unwrap_or_default();
    let role_arn = missing.take(own.required(role, "role_arn"))?.unwrap_or_default();
    missing.check()?;
    let prefix: String = own.value(args.s3_prefix, "s3_prefix")?.unwrap_or_default();
    let prefix = prefix.trim_matches('/').to_owned();
    if !is_bucket_name(&bucket) {
        let hint = "3 to 63 lower-case letters, digits, dots and hyphens; no s3:// and no slash.";
        return Err(refused("--s3-bucket", &format!("`{bucket}` is not a bucket's name"), hint));
    }
    if !prefix.is_empty() && !is_safe_key(&prefix) {
        let hint = "use letters, digits and `_ - / .`; no `//`, no `.` or `..` between slashes.";
        return Err(refused(
            "--s3-prefix",
            &format!("`{prefix}` holds characters that Bedrock refuses in a key"),
            hint,
        ));
    }
    let mut limits = BatchLimits::default();
    limits.min_records = own.value(args.min_records, "min_records")?.unwrap_or(limits.min_records);
    if !(1..=limits.max_records).contains(&limits.min_records) {
        let what = format!(
            "{} is not a number of records from 1 to {}",
            limits.min_records,
            grouped(limits.max_records as u64)
        );
        return Err(refused(
            "--min-records",
            &what,
            "100 is the default of AWS; Service Quotas has that of your account.",
        ));
    }
    let interval = own.value(args.interval, "interval")?;
    let interval = interval.map_or(if is_local { LOCAL_INTERVAL } else { AWS_INTERVAL }, |Span(length)| length);
    let backend = session.open_backend(asking.region.clone())?;
    session.warn_of_missing_models(&backend)?;
    let money = asking.money.map(halved);
    let batch = BatchOptions {
        memory_key: memory_key(&backend, &asking.model_id),
        model_id: asking.model_id,
        prompt: asking.prompt,
        role_arn,
        bucket,
        prefix,
        limits,
        interval,
    };
    let agree = |need: &BatchNeed| {
        say_need(need, &batch, money, &backend, session);
        if let Err(error) = check_cost(need, money) {
            return Ok(Consent::TooDear(error));
        }
        let what = format!("{} for {} in {}", counted(need.new, "photo"), batch.model_id, backend.region());
        if let Err(error) = session.ask_before_photos_are_shown(&backend, &what, &cost(need, money), asking.yes) {
            return Ok(Consent::Declined(error));
        }
        backend.ensure_bucket(&batch.bucket).map(|()| Consent::Given)
    };
    let goes_on = if is_local {
        "the jobs are left alone and go on while a nova-ft process lives"
    } else {
        "the jobs that were created go on"
    };
    session.ui.set_interrupt_hint(format!("{goes_on}; the same command finds them again and asks nothing twice"));
    let pace = WallPace::new(session.clock());
    let (jobs, store, put_off) = (backend.bedrock(), backend.object_store(), PutOff::default());
    let cache = session.page_cache();
    let services = BatchServices {
        known: &|photo: &Photo| cache.as_ref().and_then(|cache| cached_reading(cache, &photo.path)),
        jobs: &jobs,
        store: &store,
        pace: &pace,
        progress: session.ui,
        observe: &|notice: &BatchNotice<'_>| match notice {
            BatchNotice::Looked(_) => put_off.say(backend.local(), session.ui),
            notice => show(notice, session),
        },
        agree: &agree,
        cost_usd: &|input, output| money.map(|money| money.cost_usd(input, output)),
    };
    label_by_batch(options, &batch, services)
}

/// Refuses what batch inference does not take, before photos are sent for it.
///
/// Source: the pattern of `modelId` of `CreateModelInvocationJob`, and
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-supported.html>, which has no tuned Nova.
fn check_model(model_id: &str) -> Result<()> {
    if TUNED.iter().any(|kind| model_id.contains(kind)) {
        let hint = "name a base model or a profile; --labeler converse asks a tuned one.";
        return Err(refused("--model", "a tuned model is not asked in batches", hint));
    }
    // `amazon.nova-lite-v1:0:300k`: the context length makes it an id for tuning.
    let bare = model_id.rsplit_once(':').filter(|(_, last)| {
        last.strip_suffix('k').is_some_and(|length| !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit()))
    });
    let Some((bare, _)) = bare else { return Ok(()) };
    let what = format!("`{model_id}` is an id for tuning, and no model is asked by it");
    Err(refused("--model", &what, &format!("name the base model, {bare}, or a profile.")))
}

fn halved(money: Money) -> Money {
    Money { input_usd: money.input_usd * OF_ON_DEMAND, output_usd: money.output_usd * OF_ON_DEMAND, ..money }
}

/// From and to, in US dollars.
fn costs(need: &BatchNeed, money: Money) -> (f64, f64) {
    let BatchTokens { input, output } = need.tokens;
    (money.cost_usd(input.low, output.low), money.cost_usd(input.high, output.high))
}

/// What asking costs, as a clause.
fn cost(need: &BatchNeed, money: Option<Money>) -> String {
    match money.map(|money| costs(need, money)) {
        Some((low, high)) => {
            format!("asking costs about {} to {}, half of on demand, and storage in S3", dollars(low), dollars(high))
        }
        None => "what asking costs is not known here; storage in S3 costs too".to_owned(),
    }
}

/// Refuses where it could cost more than may be spent, with what was spent before and is under way: a job that runs is paid
/// for whole.
fn check_cost(need: &BatchNeed, money: Option<Money>) -> Result<()> {
    let Some((money, most)) = money.and_then(|money| Some((money, money.most_usd?))) else { return Ok(()) };
    let all = need.most_usd(money);
    if all <= most {
        return Ok(());
    }
    let (_, high) = costs(need, money);
    let before = if all > high { format!(", {} with what was asked before", dollars(all)) } else { String::new() };
    let what = format!("the jobs could cost {}{before}, more than {}", dollars(high), dollars(most));
    Err(refused("--max-cost", &what, "name a higher one, or fewer photos; --labeler converse stops photo by photo."))
}

/// Says what will be sent.
fn say_need(need: &BatchNeed, batch: &BatchOptions, money: Option<Money>, backend: &Backend, session: &Session<'_>) {
    let under_way = match need.under_way {
        0 => String::new(),
        count => format!(", {} in jobs that are under way", grouped(count as u64)),
    };
    let place = match batch.prefix.as_str() {
        "" => format!("s3://{}", batch.bucket),
        prefix => format!("s3://{}/{prefix}", batch.bucket),
    };
    let leaving = match backend.kind() {
        BackendKind::Local => "; the stand-in is asked, and nothing leaves this machine".to_owned(),
        BackendKind::Aws => format!(
            "; these photos leave this machine for {place} and {} in {}; {}",
            batch.model_id,
            backend.region(),
            cost(need, money)
        ),
    };
    session.ui.status(&format!("{} to ask about in batches{under_way}{leaving}", counted(need.new, "photo")));
}

fn show(notice: &BatchNotice<'_>, session: &Session<'_>) {
    let ui = session.ui;
    match notice {
        BatchNotice::Planned { jobs, photos } => {
            ui.status(&format!("{} in {}", counted(*photos, "photo"), counted(*jobs, "batch job")));
        }
        BatchNotice::Created(name, arn) => ui.result(&format!("created {name}: {arn}")),
        BatchNotice::Found(job) => {
            ui.result(&format!("found {}, created before: {}", job.request.job_name, job.job_arn));
            ui.event(&BatchEvent::of("found", job));
        }
        BatchNotice::Changed(job) => {
            let counts = &job.counts;
            let errors = if counts.failed > 0 { format!(", {} errors", grouped(counts.failed)) } else { String::new() };
            let far = match counts.total {
                0 => String::new(),
                total => format!(": {} of {} records{errors}", grouped(counts.processed), grouped(total)),
            };
            ui.status(&format!("{} {}{far}", job.request.job_name, job.status));
            ui.event(&BatchEvent::of("state", job));
        }
        BatchNotice::Looked(_) => {}
        BatchNotice::Stalled { job, length } => {
            let (name, length) = (&job.request.job_name, Span(Duration::from_secs(length.as_secs())));
            ui.result(&format!("{name} has been {} for {length}: {}", job.status, known_of(&job.status)));
            ui.event(&BatchEvent::of("stalled", job));
        }
        BatchNotice::Trouble(error) => ui.warning(&format!("{}; looking again", with_causes(error))),
        BatchNotice::Fetched { job, answers, errors, odd } => {
            let name = &job.request.job_name;
            ui.result(&format!("fetched {name}: {}, {}", counted(*answers, "answer"), counted(*errors, "error")));
            if *odd > 0 {
                let lines = counted(*odd, "line");
                ui.warning(&format!("{lines} of {name} cannot be used: cut off, empty, or about other photos"));
            }
            ui.event(&BatchEvent::of("fetched", job));
        }
    }
}

/// What is known of a job that stands still there.
fn known_of(status: &BatchStatus) -> &'static str {
    match status {
        BatchStatus::Submitted | BatchStatus::Validating | BatchStatus::Scheduled => {
            "it waits for its turn; one that does not begin within 24 hours expires, and the same command then asks in \
             another"
        }
        _ => "nothing has to be done: what it has answered is fetched once it is over",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nova_ft::aws::tokens::TokenRange;

    #[test]
    fn a_tuned_model_is_refused_and_base_models_and_profiles_are_not() {
        let arn = |rest: &str| format!("arn:aws:bedrock:us-east-1:123456789012:{rest}");
        for tuned in [
            arn("custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"),
            arn("custom-model-deployment/abcdefghijkl"),
            arn("imported-model/abcdefghijkl"),
            arn("provisioned-model/abcdefghijkl"),
        ] {
            let error = check_model(&tuned).unwrap_err();
            assert!(error.to_string().contains("a tuned model is not asked in batches"), "{tuned}: {error}");
            assert!(error.hint().unwrap().contains("--labeler converse"), "{tuned}");
        }
        for tuning in
            ["amazon.nova-lite-v1:0:300k", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"]
        {
            let hint = check_model(tuning).unwrap_err().hint().unwrap().clone();
            assert!(hint.contains("amazon.nova-lite-v1:0,"), "{hint}");
        }
        for base in [
            "amazon.nova-lite-v1:0".to_owned(),
            "us.amazon.nova-lite-v1:0".to_owned(),
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0".to_owned(),
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0".to_owned(),
            arn("inference-profile/us.amazon.nova-lite-v1:0"),
            arn("application-inference-profile/abcdefghijkl"),
        ] {
            check_model(&base).unwrap();
        }
    }

    #[test]
    fn a_batch_costs_half_and_is_refused_where_it_could_cost_more_than_may_be_spent() {
        let tokens = BatchTokens { input: TokenRange::new(100_000, 200_000), output: TokenRange::new(1_000, 20_000) };
        let (under_way_tokens, spent_tokens) = (BatchTokens::default(), (0, 0));
        let need = BatchNeed { new: 100, under_way: 0, tokens, under_way_tokens, spent_tokens };
        let money = |most_usd| halved(Money { input_usd: 0.00006, output_usd: 0.00024, most_usd });
        let (low, high) = costs(&need, money(None));
        assert!((low - 0.00312).abs() < 1e-9 && (high - 0.0084).abs() < 1e-9, "{low} {high}");
        assert!(cost(&need, Some(money(None))).contains("$0.0031 to $0.0084, half of on demand"));
        assert!(check_cost(&need, Some(money(Some(0.0085)))).is_ok() && check_cost(&need, None).is_ok());
        assert!(check_cost(&need, Some(money(Some(0.008)))).unwrap_err().to_string().contains("--max-cost"));
        // What was answered and what is under way count too.
        let spent = BatchNeed { spent_tokens: (100_000, 0), ..need };
        assert!((spent.most_usd(money(None)) - 0.0114).abs() < 1e-9);
        let error = check_cost(&spent, Some(money(Some(0.0085)))).unwrap_err().to_string();
        assert!(error.contains("$0.0084, $0.0114 with what was asked before, more than $0.0085"), "{error}");
        let under_way = BatchNeed { under_way_tokens: tokens, ..need };
        assert!(check_cost(&under_way, Some(money(Some(0.0168)))).is_ok());
        assert!(check_cost(&under_way, Some(money(Some(0.0167)))).is_err());
    }
}
