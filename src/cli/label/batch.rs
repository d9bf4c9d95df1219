//! `label --labeler batch`: where photos go, what it costs, and what is seen of the jobs.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::asking::{Asking, dollars, refused};
use crate::ask::Money;
use crate::backend::{Backend, BackendKind};
use crate::bedrock::{BatchState, BatchStatus};
use crate::cli::session::Session;
use crate::cli::ui::with_causes;
use crate::dataset::is_safe_key;
use crate::error::Result;
use crate::job::Span;
use crate::labels::labeler::{
    BatchLimits, BatchNeed, BatchNotice, BatchOptions, BatchServices, LabelOptions, Labelled, label_by_batch,
};
use crate::local::ACCOUNT_ID;
use crate::pace::WallPace;
use crate::pipeline::memory_key;
use crate::store::is_bucket_name;
use crate::wording::{counted, grouped};

/// A batch costs half of what asking costs (AWS's price page, read 2026-11-22).
const OF_ON_DEMAND: f64 = 0.5;
/// The bucket that the stand-in makes where none is named.
const LOCAL_BUCKET: &str = "nova-ft";
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
    let own = session.settings.command("label");
    let is_local = session.backend_kind()? == BackendKind::Local;
    let local = |text: &str| is_local.then(|| text.to_owned());
    let (bucket, role) = (own.value(args.s3_bucket, "s3_bucket")?, own.value(args.role_arn, "role_arn")?);
    let bucket = own.required(bucket.or_else(|| local(LOCAL_BUCKET)), "s3_bucket")?;
    let role_arn =
        own.required(role.or_else(|| local(&format!("arn:aws:iam::{ACCOUNT_ID}:role/nova-ft"))), "role_arn")?;
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
        check_cost(need, money)?;
        let what = format!("{} for {} in {}", counted(need.new, "photo"), batch.model_id, backend.region());
        session.ask_before_photos_are_shown(&backend, &what, &cost(need, money), asking.yes)?;
        backend.ensure_bucket(&batch.bucket)
    };
    let goes_on = if is_local {
        "the jobs are left alone and go on while a nova-ft process lives"
    } else {
        "the jobs that were created go on"
    };
    session.ui.set_interrupt_hint(format!("{goes_on}; the same command finds them again and asks nothing twice"));
    let pace = WallPace::new(session.clock());
    let (jobs, store) = (backend.bedrock(), backend.object_store());
    let services = BatchServices {
        jobs: &jobs,
        store: &store,
        pace: &pace,
        progress: session.ui,
        observe: &|notice: &BatchNotice<'_>| show(notice, session),
        agree: &agree,
        cost_usd: &|input, output| money.map(|money| money.cost_usd(input, output)),
    };
    label_by_batch(options, &batch, services)
}

fn halved(money: Money) -> Money {
    Money { input_usd: money.input_usd * OF_ON_DEMAND, output_usd: money.output_usd * OF_ON_DEMAND, ..money }
}

/// From and to, in US dollars.
fn costs(need: &BatchNeed, money: Money) -> (f64, f64) {
    let (input, output) = (need.input_tokens, need.output_tokens);
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

/// Refuses where it could cost more than may be spent: a job that runs is paid for whole.
fn check_cost(need: &BatchNeed, money: Option<Money>) -> Result<()> {
    let Some((money, most)) = money.and_then(|money| Some((money, money.most_usd?))) else { return Ok(()) };
    let (_, high) = costs(need, money);
    if high <= most {
        return Ok(());
    }
    let what = format!("the jobs could cost {}, more than {}", dollars(high), dollars(most));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::TokenRange;

    #[test]
    fn a_batch_costs_half_and_is_refused_where_it_could_cost_more_than_may_be_spent() {
        let need = BatchNeed {
            new: 100,
            under_way: 0,
            input_tokens: TokenRange::new(100_000, 200_000),
            output_tokens: TokenRange::new(1_000, 20_000),
        };
        let money = |most_usd| halved(Money { input_usd: 0.00006, output_usd: 0.00024, most_usd });
        let (low, high) = costs(&need, money(None));
        assert!((low - 0.00312).abs() < 1e-9 && (high - 0.0084).abs() < 1e-9, "{low} {high}");
        assert!(cost(&need, Some(money(None))).contains("$0.0031 to $0.0084, half of on demand"));
        assert!(check_cost(&need, Some(money(Some(0.0085)))).is_ok() && check_cost(&need, None).is_ok());
        assert!(check_cost(&need, Some(money(Some(0.008)))).unwrap_err().to_string().contains("--max-cost"));
    }
}
