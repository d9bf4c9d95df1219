use std::path::PathBuf;

use clap::Args;

use super::Summary;
use super::exit::Exit;
use super::report::{Format, ReportOutput};
use super::session::{LevelArgs, Session};
use super::ui::Ui;
use super::validate::{FixedEvent, counts};
use foundation::wording::counted;
use nova_ft::error::Result;
use nova_ft::findings::Severity;
use nova_ft::labels::audit::{
    AuditOptions, Audited, Remedy, Verdict, audit, check_fix_target, fix, render_audit_html, render_audit_json,
    render_audit_markdown, render_audit_text,
};
use nova_ft::reader::Threads;
use nova_ft::readings::Vote;
use nova_ft::settings::MissingSettings;

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Label table: CSV with the columns image,seller (or 图片名称,销售方)
    #[arg(long, value_name = "CSV")]
    labels: Option<PathBuf>,
    /// Folder of the photos
    #[arg(long, value_name = "DIR")]
    input_dir: Option<PathBuf>,
    /// Photos that are read at the same time, 1 to 64 [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    /// Form of the report; json as with --json [default: by the ending of --report-file, else text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write the report into a file, .txt, .md, .html or .json, and only the counts to stdout
    #[arg(long, value_name = "FILE")]
    report_file: Option<PathBuf>,
    /// Write a copy of the table with the labels changed that two independent signals speak against
    #[arg(long, value_name = "OUT")]
    fix: Option<PathBuf>,
    #[command(flatten)]
    levels: LevelArgs,
}

pub(super) fn execute(args: AuditArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("audit");
    let output = ReportOutput::choose(args.format, args.report_file, &own, session.ui)?;
    args.fix.as_deref().map_or(Ok(()), |table| output.keep_apart("--fix", table))?;
    let mut missing = MissingSettings::default();
    let options = AuditOptions {
        labels: missing.take(own.required_path(args.labels, "labels"))?.unwrap_or_default(),
        input_dir: missing.take(own.required_path(args.input_dir, "input_dir"))?.unwrap_or_default(),
        concurrency: own.value(args.concurrency, "concurrency")?.unwrap_or(AuditOptions::default().concurrency),
        levels: session.levels(args.levels)?,
    };
    missing.check()?;
    args.fix.as_deref().map_or(Ok(()), |out| check_fix_target(&options.labels, out))?;
    let reader = session.open_invoice_reader(Threads::One)?;
    let audited = audit(&options, &reader, session.ui)?;
    let render = |format: Format| match format {
        Format::Text => render_audit_text(&audited),
        Format::Json => render_audit_json(&audited),
        Format::Markdown => render_audit_markdown(&audited),
        Format::Html => render_audit_html(&audited),
    };
    output.write_rendered(&audited.report, &audited.summary(), &render, session.ui)?;
    let mut summary = Summary::new(Exit::answer(!audited.report.has_errors()))
        .with("labels", audited.labels.len())
        .with("right", audited.count(Verdict::Right))
        .with("differs", audited.count(Verdict::Differs))
        .with("unreadable", audited.count(Verdict::Unreadable));
    if let Some(out) = &args.fix {
        let fixed = fix(&audited, out)?;
        show_remedies(&audited, &output, session.ui);
        let (changed, review) = (counted(fixed.changed, "label"), counted(fixed.review, "label"));
        let line = format!("wrote {}: {changed} changed, {review} left for review", out.display());
        say(&line, &output, session.ui);
        let path = out.display().to_string();
        session.ui.event(&FixedEvent::new(path, fixed.changed, fixed.changed));
        summary.exit = Exit::answer(!is_anything_left(&audited));
        summary = summary.with("changed", fixed.changed).with("review", fixed.review);
    }
    Ok(counts(summary, &audited.report))
}

/// Whether the copy still has what is an error.
fn is_anything_left(audited: &Audited) -> bool {
    let changed = audited.labels.iter().filter(|label| matches!(label.remedy(), Remedy::Change { .. }));
    let of_changed =
        changed.flat_map(|label| &label.codes).filter(|(_, severity)| *severity == Severity::Error).count();
    audited.report.count(Severity::Error) > of_changed
}

/// A line for each label that was changed or is left for a person.
fn show_remedies(audited: &Audited, output: &ReportOutput, ui: &Ui) {
    for label in audited.worst_first() {
        let (line, image, seller) = (label.row.line, &label.row.image, &label.row.seller);
        let evidence = label.vote.as_ref().map_or("no seller can be read".to_owned(), Vote::evidence);
        match label.remedy() {
            Remedy::Keep => {}
            Remedy::Change { seller: new } => {
                say(&format!("change line {line} {image}: {seller} → {new} ({evidence})"), output, ui);
            }
            Remedy::Review => {
                let read = label.vote.as_ref().map_or(String::new(), |vote| format!(", read as {}", vote.seller));
                say(&format!("review line {line} {image}: {seller}{read} ({evidence})"), output, ui);
            }
        }
    }
}

/// Beside a document on stdout nothing else may stand there.
fn say(line: &str, output: &ReportOutput, ui: &Ui) {
    if output.is_document() { ui.status(line) } else { ui.result(line) }
}
