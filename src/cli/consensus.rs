use std::path::{Path, PathBuf};

use clap::Args;

use super::Summary;
use super::event::PathEvent;
use super::exit::Exit;
use super::report::{Format, ReportOutput};
use super::session::{LevelArgs, Session};
use super::validate::counts;
use foundation::same_file::is_same_file;
use nova_ft::error::{Error, Result};
use nova_ft::labels::consensus::{
    Consensus, ConsensusOptions, LabelerTable, consensus, render_consensus_html, render_consensus_json,
    render_consensus_markdown, render_consensus_text, write_consensus,
};

#[derive(Debug, Args)]
pub(super) struct ConsensusArgs {
    /// A labeler's table, CSV; give it once for each labeler, two at least. NAME= says who it is where its rows do not
    #[arg(long, value_name = "[NAME=]CSV")]
    labels: Vec<String>,
    /// Folder of the photos: each gets a row [default: the photos that the tables name]
    #[arg(long, value_name = "DIR")]
    input_dir: Option<PathBuf>,
    /// Table to write, CSV: image, seller (empty where open), sheet, verdict, evidence, by:NAME for each labeler
    #[arg(long, value_name = "CSV")]
    output_file: Option<PathBuf>,
    /// Form of the report; json as with --json [default: by the ending of --report-file, else text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write the report into a file, .txt, .md, .html or .json, and only the counts to stdout
    #[arg(long, value_name = "FILE")]
    report_file: Option<PathBuf>,
    #[command(flatten)]
    levels: LevelArgs,
}

pub(super) fn execute(args: ConsensusArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("consensus");
    let output = ReportOutput::choose(args.format, args.report_file, &own, session.ui)?;
    let out = own.required_path(args.output_file, "output_file")?;
    let tables = own.list(args.labels, "labels").iter().map(|text| table(text)).collect::<Result<Vec<_>>>()?;
    refuse_input(&out, &tables)?;
    output.keep_apart("--output-file", &out)?;
    let options = ConsensusOptions {
        tables,
        input_dir: own.path(args.input_dir, "input_dir")?,
        levels: session.levels(args.levels)?,
    };
    let found = consensus(&options)?;
    write_consensus(&found, &out)?;
    let render = |format: Format| match format {
        Format::Text => render_consensus_text(&found),
        Format::Json => render_consensus_json(&found),
        Format::Markdown => render_consensus_markdown(&found),
        Format::Html => render_consensus_html(&found),
    };
    if !session.ui.is_json() {
        // In JSON the findings are lines of the report.
        session.ui.step_report(&found.report);
    }
    output.write_text(&found.summary(), &render, session.ui)?;
    let line = format!("wrote {}", out.display());
    if output.is_document() {
        session.ui.status(&line);
    } else {
        session.ui.result(&line);
    }
    session.ui.event(&PathEvent::written("consensus", &out));
    Ok(counts(summary(&found), &found.report))
}

/// Refuses an output file that is one of the tables: a labeler's answers cost hours or money. (A report never takes the place of
/// what is none.)
fn refuse_input(file: &Path, tables: &[LabelerTable]) -> Result<()> {
    if tables.iter().any(|table| is_same_file(&table.file, file)) {
        return Err(Error::input(
            file,
            "this is one of the tables that the consensus is made of, and it would be overwritten",
            "name another --output-file.",
        ));
    }
    Ok(())
}

fn summary(found: &Consensus) -> Summary {
    Summary::new(Exit::answer(found.open() == 0))
        .with("labelers", found.labelers.len())
        .with("photos", found.photos.len())
        .with("accepted", found.accepted())
        .with("open", found.open())
}

fn table(text: &str) -> Result<LabelerTable> {
    text.parse().map_err(|what: String| Error::Setting {
        origin: "--labels".to_owned(),
        what: format!("`{text}`: {what}"),
        hint: "give the file, or NAME=FILE.".to_owned(),
    })
}
