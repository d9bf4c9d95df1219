use clap::Args;
use serde::Serialize;

use super::Summary;
use super::exit::Exit;
use super::job::receipt_of_backend;
use super::session::{Session, Yes, with_options};
use super::ui::with_causes;
use foundation::wording::counted;
use nova_ft::aws::bedrock::Jobs as _;
use nova_ft::error::Result;
use nova_ft::evaluate::{DeploymentReceipt, Leftover, clean, find_leftovers};
use nova_ft::training::job::JobReceipt;
use nova_ft::upload::Receipt;

#[derive(Debug, Args)]
pub(super) struct CleanArgs {
    /// List what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Region of the run
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    #[command(flatten)]
    yes: Yes,
}

#[derive(Debug, Serialize)]
struct LeftoverEvent<'a> {
    event: &'static str,
    action: &'static str,
    #[serde(flatten)]
    leftover: &'a Leftover,
    message: Option<String>,
}

fn event<'a>(action: &'static str, leftover: &'a Leftover, message: Option<String>) -> LeftoverEvent<'a> {
    LeftoverEvent { event: "leftover", action, leftover, message }
}

pub(super) fn execute(args: &CleanArgs, session: &Session<'_>) -> Result<Summary> {
    if args.dry_run {
        session.say_settings();
    } else {
        session.start_log()?;
    }
    let own = session.settings.command("clean");
    let kind = session.backend_kind()?.to_string();
    let (folder, dataset) = (session.output_dir(), session.dataset_dir(None)?);
    let deployment = DeploymentReceipt::read(&folder)?.filter(|receipt| receipt.backend == kind);
    let job = receipt_of_backend(session)?;
    let upload = Receipt::read(&dataset)?.filter(|receipt| receipt.backend == kind);
    let region = own.value(args.region.clone(), "region")?.or_else(|| job.as_ref().map(|job| job.region.clone()));
    let backend = session.open_backend(region)?;
    let (bedrock, objects) = (backend.bedrock(), backend.object_store());
    let leftovers = find_leftovers(&bedrock, &objects, deployment.as_ref(), job.as_ref(), upload.as_ref())?;
    for leftover in &leftovers {
        session.ui.result(&format!("remove {leftover}"));
        session.ui.event(&event("listed", leftover, None));
    }
    // What the receipts speak of is gone. The labels and the data set on this machine stay, and so do receipts of another backend
    // and those that another process has written meanwhile.
    let forget = || -> Result<()> {
        if deployment.is_some() && DeploymentReceipt::read(&folder)? == deployment {
            DeploymentReceipt::forget(&folder)?;
        }
        if job.is_some() && JobReceipt::read(&folder)? == job {
            JobReceipt::forget(&folder)?;
        }
        if upload.is_some() && Receipt::read(&dataset)? == upload {
            Receipt::remove(&dataset)?;
        }
        Ok(())
    };
    if leftovers.is_empty() {
        session.ui.result("nothing is left of a run: no receipt names anything that is still there");
        // A `clean` that was stopped at its end. A job under way has made nothing yet, and goes on.
        let is_over = match &job {
            Some(receipt) => bedrock.find_job(&receipt.job_arn)?.is_none_or(|job| job.status.is_over()),
            None => true,
        };
        if !args.dry_run && is_over {
            forget()?;
        }
        return Ok(Summary::new(Exit::Done).with("removed", 0));
    }
    if args.dry_run {
        session.ui.status("dry run: nothing was removed");
        return Ok(Summary::new(Exit::Done).with("removed", 0).with("dry_run", true));
    }
    let question = format!("Remove {}? This cannot be undone", counted(leftovers.len(), "thing"));
    session.confirm_removal(&question, args.yes)?;
    session
        .ui
        .set_interrupt_hint("what is not removed yet is still there; the same command removes the rest".to_owned());
    let observe = |leftover: &Leftover| session.ui.event(&event("removed", leftover, None));
    let cleaned = clean(&bedrock, &objects, &leftovers, &observe);
    for (leftover, error) in &cleaned.failed {
        let hint = error.hint().map(|hint| format!("; {}", with_options(&hint))).unwrap_or_default();
        session.ui.warning(&format!("{leftover} stays: {}{hint}", with_causes(error)));
        session.ui.event(&event("failed", leftover, Some(error.to_string())));
    }
    session.ui.result(&format!("removed {} of {}", cleaned.removed.len(), leftovers.len()));
    if cleaned.failed.is_empty() {
        forget()?;
    }
    let summary = Summary::new(Exit::answer(cleaned.failed.is_empty()));
    Ok(summary.with("removed", cleaned.removed.len()).with("failed", cleaned.failed.len()))
}
