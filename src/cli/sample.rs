use std::path::PathBuf;

use clap::Args;

use super::Summary;
use super::event::PathEvent;
use super::exit::Exit;
use super::session::Session;
use foundation::wording::counted;
use nova_ft::error::Result;
use nova_ft::sample::{self, SampleOptions};

#[derive(Debug, Args)]
pub(super) struct SampleArgs {
    /// Number of photos, at least 2 [default: 48]
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Folder to write images/ and `invoice_sellers.csv` into
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// Seed; the same gives the same photos [default: 7]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
}

pub(super) fn execute(args: SampleArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("sample");
    let folder = own.required_path(args.output_dir, "output_dir")?;
    let mut options =
        SampleOptions::with_count(own.value(args.count, "count")?.unwrap_or(SampleOptions::default().count));
    if let Some(seed) = own.value(args.seed, "seed")? {
        options.seed = seed;
    }
    options.check()?;
    session.ui.status(&format!("drawing {} …", counted(options.count, "photo")));
    let sample = sample::generate(&options)?;
    let written = sample::write(&sample, &folder)?;
    let unchanged =
        if written.unchanged == 0 { String::new() } else { format!(", {} there already", written.unchanged) };
    let (photos, sheets) = (counted(written.photos, "photo"), counted(sample.sheets.len(), "sheet"));
    session.ui.result(&format!("wrote {}: {photos} of {sheets}{unchanged}", written.photos_folder.display()));
    session.ui.event(&PathEvent::written("photos", &written.photos_folder));
    session.ui.result(&format!("wrote {}", written.labels_file.display()));
    session.ui.event(&PathEvent::written("labels", &written.labels_file));
    Ok(Summary::new(Exit::Done).with("photos", written.photos).with("unchanged", written.unchanged))
}
