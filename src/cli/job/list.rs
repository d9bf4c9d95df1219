use clap::Args;

use super::event::JobEvent;
use crate::cli::Summary;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use nova_ft::aws::bedrock::{JobFilter, JobStatus, Jobs as _};
use nova_ft::error::{Error, Result};
use nova_ft::training::job::render;

#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    /// Only jobs that stand so: in-progress, completed, failed, stopping, stopped
    #[arg(long, value_name = "STATUS")]
    status: Option<JobStatus>,
    /// Only jobs whose name holds this
    #[arg(long, value_name = "TEXT")]
    name_contains: Option<String>,
    /// At most so many [default: 20]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Region of the jobs
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

pub(super) fn execute(args: ListArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("job");
    let limit = own.value(args.limit, "limit")?.unwrap_or(JobFilter::default().limit);
    if limit == 0 {
        return Err(Error::Setting {
            origin: "--limit".to_owned(),
            what: "no job would be listed".to_owned(),
            hint: "name a number from 1 on.".to_owned(),
        });
    }
    let backend = session.open_backend(own.value(args.region, "region")?)?;
    let filter = JobFilter { status: args.status, name_contains: args.name_contains, limit };
    let jobs = backend.bedrock().list_jobs(&filter)?;
    if jobs.is_empty() {
        session.ui.result("no jobs");
    } else {
        session.ui.page(render::list(&jobs).trim_end());
    }
    for job in &jobs {
        session.ui.event(&JobEvent::row(job));
    }
    Ok(Summary::new(Exit::Done).with("jobs", jobs.len()))
}
