use std::path::{Path, PathBuf};

use clap::Args;
use maud::{DOCTYPE, html};
use serde::Serialize;

use super::Summary;
use super::exit::Exit;
use super::open::open;
use super::session::Session;
use super::ui::with_causes;
use foundation::atomic;
use foundation::wording::counted;
use nova_ft::error::{IoContext as _, Result};
use nova_ft::labels::review::{Only, Review, ReviewCounts, ReviewOptions, ReviewOutcome, ReviewServer};
use nova_ft::settings::MissingSettings;

#[derive(Debug, Args)]
#[command(after_help = "Example:
  nova-ft review --labels consensus.csv --input-dir my-photos --show")]
pub(super) struct ReviewArgs {
    /// Label table: CSV with the columns image,seller (or 图片名称,销售方); columns `by:LABELER` are candidates
    #[arg(long, value_name = "CSV")]
    labels: Option<PathBuf>,
    /// Folder of the photos
    #[arg(long, value_name = "DIR")]
    input_dir: Option<PathBuf>,
    /// Write the decisions into this copy of the table, and leave the table itself as it is
    #[arg(long, value_name = "CSV")]
    output_file: Option<PathBuf>,
    /// Port to listen on, on 127.0.0.1 [default: any free one]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Photos that the page lists at first: `open` (those that wait for a decision) or `all` [default: open]
    #[arg(long, value_name = "WHICH")]
    only: Option<Only>,
    /// Open the page in the browser
    #[arg(long)]
    show: bool,
}

#[derive(Debug, Serialize)]
struct ReviewEvent<'a> {
    event: &'static str,
    url: &'a str,
    table: String,
    journal: String,
    open: usize,
    settled: usize,
}

pub(super) fn execute(args: ReviewArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("review");
    let mut missing = MissingSettings::default();
    let options = ReviewOptions {
        labels: missing.take(own.required_path(args.labels, "labels"))?.unwrap_or_default(),
        input_dir: missing.take(own.required_path(args.input_dir, "input_dir"))?.unwrap_or_default(),
        output_file: own.path(args.output_file, "output_file")?,
        only: own.value(args.only, "only")?.unwrap_or_default(),
    };
    missing.check()?;
    let port = own.value(args.port, "port")?;
    let review = Review::open(&options, session.clock())?;
    let (before, table, journal) = (review.counts(), review.table(), review.journal());
    let pages = session.known_pages();
    if let Err(error) = &pages {
        session.ui.detail(&format!("what the reader has seen is not known: {}", with_causes(error)));
    }
    let ui = session.ui;
    ui.result(&format!("{}: {}", table.display(), waiting(before)));
    if let without @ 1.. = review.rows_without_photo() {
        ui.warning(&format!(
            "{} without a photo in {}: left as they are",
            counted(without, "row"),
            options.input_dir.display()
        ));
    }
    ui.status(&format!("each decision is kept in {} first", journal.display()));
    session.interrupt.expect();
    let server = review.serve(port, pages.ok())?;
    // Straight to stdout, past the log: whoever knows the address can decide.
    if ui.is_json() {
        ui.event(&ReviewEvent {
            event: "review",
            url: server.url().reveal(),
            table: table.display().to_string(),
            journal: journal.display().to_string(),
            open: before.open,
            settled: before.settled,
        });
    } else {
        ui.print(server.url().reveal());
    }
    let shown = if args.show { Some(show(&server, &session.state_dir()?)) } else { None };
    if let Some(Err(error)) = &shown {
        ui.warning(&format!("no browser was started: {}; open the address above yourself", with_causes(error)));
    }
    ui.status("stop with Ctrl-C");
    session.interrupt.wait();
    let ReviewOutcome { counts, warnings } = server.stop();
    drop(shown);
    for warning in &warnings {
        ui.warning(warning);
    }
    let now = counts.settled.saturating_sub(before.settled);
    ui.result(&format!("{} settled, {now} of them now; {}", counts.settled, waiting(counts)));
    Ok(Summary::new(Exit::Done)
        .with("settled", counts.settled)
        .with("open", counts.open)
        .with("skipped", counts.skipped)
        .with("fine", counts.fine))
}

/// What is left to do, in words.
fn waiting(counts: ReviewCounts) -> String {
    let skipped = if counts.skipped > 0 { format!(", {} left for later", counts.skipped) } else { String::new() };
    match counts.open {
        0 => format!("no photo waits for a decision{skipped}"),
        1 => format!("1 photo waits for a decision{skipped}"),
        open => format!("{} wait for a decision{skipped}", counted(open, "photo")),
    }
}

/// A page that leads to the address and that nobody else can read: other users see the arguments of a browser that is
/// started. It is removed when this is dropped.
struct Doormat(PathBuf);

impl Drop for Doormat {
    fn drop(&mut self) {
        // A page that leads nowhere any more does no harm.
        let _ = atomic::remove_if_there(&self.0);
    }
}

fn show(server: &ReviewServer, folder: &Path) -> Result<Doormat> {
    let page = Doormat(folder.join(format!("review-{}.html", std::process::id())));
    let html = html! {
        (DOCTYPE) meta charset="utf-8"; meta name="referrer" content="no-referrer";
        meta http-equiv="refresh" content={ "0; url=" (server.url().reveal()) }; title { "nova-ft review" } "\n"
    };
    atomic::write_private(&page.0, html.into_string().as_bytes())?;
    open(&page.0).map_err(std::io::Error::other).at("open", &page.0)?;
    Ok(page)
}
