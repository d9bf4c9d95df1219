use std::path::PathBuf;

use clap::Args;

use super::Summary;
use super::exit::Exit;
use super::session::Session;
use crate::error::Result;
use crate::sample::{self, SampleOptions};

#[derive(Debug, Args)]
pub(super) struct SampleArgs {
    /// Number of photos [default: 48]
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Folder to write images/ and `invoice_sellers.csv` into
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// Seed; the same gives the same photos [default: 7]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// Photos where nothing says how many.
const DEFAULT_COUNT: usize = 48;

pub(super) fn execute(args: SampleArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log("sample")?;
    let own = session.settings.command("sample");
    let folder = own.required_path(args.output_dir, "output_dir")?;
    let mut options = SampleOptions::with_count(own.value(args.count, "count")?.unwrap_or(DEFAULT_COUNT));
    if let Some(seed) = own.value(args.seed, "seed")? {
        options.seed = seed;
    }
    session.ui.status(&format!("drawing {} photos …", options.count));
    let sample = sample::generate(&options)?;
    let written = sample::write(&sample, &folder)?;
    let unchanged =
        if written.unchanged == 0 { String::new() } else { format!(", {} there already", written.unchanged) };
    let photos = written.photos_folder.display();
    session.ui.result(&format!(
        "wrote {photos}: {} photos of {} sheets{unchanged}",
        written.photos,
        sample.sheets.len()
    ));
    session.ui.result(&format!("wrote {}", written.labels_file.display()));
    Ok(Summary::new(Exit::Done).with("photos", written.photos).with("unchanged", written.unchanged))
}
