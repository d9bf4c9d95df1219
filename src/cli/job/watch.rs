use std::cell::Cell;
use std::time::Duration;

use clap::Args;

use super::event::{JobEvent, StallEvent, TroubleEvent};
use super::{OpenJob, WhichJob};
use crate::cli::Summary;
use crate::cli::exit::Exit;
use crate::cli::put_off::PutOff;
use crate::cli::session::Session;
use crate::cli::ui::with_causes;
use nova_ft::aws::backend::{Backend, BackendKind};
use nova_ft::error::Result;
use nova_ft::local::PhotosRead;
use nova_ft::training::job::{Notice, Outcome, Pace as _, Span, WallPace, WatchOptions, render, watch};

/// The stand-in is on this machine and may be asked often.
const LOCAL_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(in crate::cli) struct WatchArgs {
    #[command(flatten)]
    job: WhichJob,
    /// Time between two looks: 30s, 5m [default: 30s on AWS, 1s with the stand-in]
    #[arg(long, value_name = "TIME")]
    interval: Option<Span>,
    /// Watch no longer than this, 72h; the job goes on
    #[arg(long, value_name = "TIME")]
    deadline: Option<Span>,
    /// Say so after this time without a change, 2h; then after twice as long, and so on [default: 2h]
    #[arg(long, value_name = "TIME")]
    stall_after: Option<Span>,
}

pub(super) fn execute(args: &WatchArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("job");
    let default = WatchOptions::default();
    let (interval, deadline) = (own.value(args.interval, "interval")?, own.value(args.deadline, "deadline")?);
    let stall_after = own.value(args.stall_after, "stall_after")?;
    let OpenJob { backend, job, region } = args.job.open(session)?;
    session.warn_of_missing_models(&backend)?;
    let is_local = backend.kind() == BackendKind::Local;
    let options = WatchOptions {
        interval: interval.map_or(if is_local { LOCAL_INTERVAL } else { default.interval }, |Span(length)| length),
        deadline: deadline.map(|Span(length)| length),
        stall_after: stall_after.map_or(default.stall_after, |Span(length)| length),
    };
    let region = region.map_or_else(String::new, |region| format!(" --region {region}"));
    session.ui.set_interrupt_hint(if is_local {
        format!(
            "the job is left alone and goes on while a nova-ft process lives; return with `nova-ft job watch {job}{region}`"
        )
    } else {
        format!("the job goes on; return with `nova-ft --backend aws job watch {job}{region}`")
    });
    session.ui.status(&format!("watching {job}; Ctrl-C leaves it alone"));
    let pace = WallPace::new(session.clock());
    let view = JobView::new(&backend, session);
    let observe = |notice: &Notice<'_>| view.show(notice);
    let outcome = watch(&backend.bedrock(), &job, &options, &pace, &observe);
    session.ui.end_live();
    match outcome? {
        Outcome::Over(state) => {
            session.ui.page(render::page(&state, pace.now()).trim_end());
            Ok(super::conclude(&state, session))
        }
        Outcome::DeadlinePassed(state) => {
            let passed = options.deadline.map_or_else(String::new, |deadline| Span(deadline).to_string());
            session.ui.result(&format!("watched for {passed}: the job is {} and goes on", state.status));
            session.ui.complaint("  hint: `nova-ft job stop` stops it; the same command continues to watch it.");
            Ok(super::summary(Summary::new(Exit::No), &state))
        }
    }
}

/// What is seen of a job that is watched.
pub(in crate::cli) struct JobView<'a> {
    backend: &'a Backend,
    session: &'a Session<'a>,
    /// So many tenths of the photos were read when that was last said.
    tenths: Cell<usize>,
    put_off: PutOff,
}

impl<'a> JobView<'a> {
    pub(in crate::cli) fn new(backend: &'a Backend, session: &'a Session<'a>) -> Self {
        Self { backend, session, tenths: Cell::new(0), put_off: PutOff::default() }
    }

    /// A line for each change; on a terminal a table that stays, too.
    pub(in crate::cli) fn show(&self, notice: &Notice<'_>) {
        let ui = self.session.ui;
        match notice {
            Notice::Changed(state, now) => {
                ui.result(&render::line(state, *now));
                ui.event(&JobEvent::of("state", state));
                ui.live(render::page(state, *now).trim_end());
            }
            Notice::Looked(state, now) => {
                self.put_off.say(self.backend.local(), ui);
                let photos = self.photos().map_or_else(String::new, |line| format!("\n{line}"));
                ui.live(&format!("{}{photos}", render::page(state, *now).trim_end()));
            }
            Notice::Stalled(stall) => {
                ui.result(&render::stall(stall));
                ui.event(&StallEvent::from(*stall));
            }
            Notice::Trouble(error) => {
                ui.warning(&format!("{}; looking again", with_causes(error)));
                ui.event(&TroubleEvent::new(Some(error)));
            }
            Notice::Recovered => {
                ui.status("the service answers again");
                ui.event(&TroubleEvent::new(None));
            }
        }
    }

    /// How many photos the stand-in has read, where it is in this process; each further tenth of them has a line of its own.
    fn photos(&self) -> Option<String> {
        let PhotosRead { read, all } = self.backend.local()?.photos_read()?;
        let line = format!("photos read by the stand-in: {read} of {all}");
        let tenths = read * 10 / all.max(1);
        if tenths > self.tenths.replace(tenths) {
            self.session.ui.status(&line);
        }
        Some(line)
    }
}
