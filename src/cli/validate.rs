use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Summary;
use super::event::PathEvent;
use super::exit::Exit;
use super::session::{LevelArgs, Session};
use crate::error::{Error, Result};
use crate::finding::{Levels, Report, Severity, render};
use crate::job::{self, DataFacts, FixRequestOptions};
use crate::validate::{self, FixOptions, Fixed, Model, UnsafeFixes, ValidateOptions, Validated};
use crate::wording::counted;

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as ValueEnum>::from_str(text, false)
    }
}

#[derive(Debug, Args)]
pub(super) struct ValidateArgs {
    /// Training records, JSONL
    file: PathBuf,
    /// Validation records, JSONL
    #[arg(long, value_name = "FILE")]
    validation: Option<PathBuf>,
    /// Request of the customization job to check with them: the JSON file that `aws bedrock
    /// create-model-customization-job --cli-input-json` takes
    #[arg(long, value_name = "FILE")]
    job: Option<PathBuf>,
    /// Model that they are for: micro, lite, pro, lite-2 [default: lite]
    #[arg(long, value_name = "MODEL")]
    model: Option<Model>,
    /// Folder of the photos [default: what the manifest beside FILE says]
    #[arg(long, value_name = "DIR")]
    input_dir: Option<PathBuf>,
    /// Form of the report: text, or json as with --json [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write the report into a file instead
    #[arg(long, value_name = "FILE")]
    report_file: Option<PathBuf>,
    /// Write a repaired copy of FILE; a folder, when --validation or --job is given too
    #[arg(long, value_name = "OUT")]
    fix: Option<PathBuf>,
    /// With --fix, also make repairs that may change what a record means
    #[arg(long, requires = "fix")]
    unsafe_fixes: bool,
    #[command(flatten)]
    levels: LevelArgs,
}

#[derive(Debug, Serialize)]
struct FixedEvent {
    event: &'static str,
    path: String,
    changed: usize,
    fixes: usize,
}

pub(super) fn execute(args: ValidateArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("validate");
    if let Some(path) = &args.report_file {
        check_report_file(path)?;
    }
    let mut options = ValidateOptions {
        file: args.file,
        validation: args.validation,
        model: own.value(args.model, "model")?.unwrap_or_default(),
        input_dir: own.path(args.input_dir, "input_dir")?,
        levels: session.levels(args.levels)?,
    };
    let json = session.ui.is_json() || own.value(args.format, "format")? == Some(Format::Json);
    if json && args.report_file.is_none() {
        // The report is what stdout holds, so nothing else may stand there that is no JSON.
        session.ui.write_json();
    }
    let mut request = args.job;
    if let Some(out) = &args.fix {
        let unsafe_fixes = if args.unsafe_fixes { UnsafeFixes::Apply } else { UnsafeFixes::Leave };
        (options, request) = repair(&options, request, out, unsafe_fixes, session)?;
    }
    let mut validated = validate::validate(&options, session.ui)?;
    if let Some(file) = &request {
        let data = DataFacts { model: options.model, train_count: validated.train_count };
        validated.report.extend(job::check_request(file, &data)?);
        validated.report.sort();
    }
    let report = &validated.report;
    match &args.report_file {
        Some(path) => {
            let text = if json { render::render_json(report) } else { render::render_text(report) };
            crate::atomic::write(path, text.as_bytes())?;
            session.ui.status(&format!("wrote {}", path.display()));
            session.ui.event(&PathEvent::written("report", path));
        }
        None => session.ui.report(report),
    }
    session.ui.status(&what_was_checked(&validated, &options.levels));
    let summary = Summary::new(Exit::answer(!report.has_errors()));
    Ok(counts(summary, report).with("train", validated.train_count).with("validation", validated.validation_count))
}

/// A report may take the place of an earlier report or of nothing: no other file is overwritten.
fn check_report_file(path: &Path) -> Result<()> {
    match std::fs::read(path) {
        Ok(bytes) if !render::is_report(&bytes) => Err(Error::input(
            path,
            "this file is there already, and is no report of nova-ft",
            "name another file with --report-file: only a report is ever overwritten.",
        )),
        // What cannot be read is said when the report is written.
        _ => Ok(()),
    }
}

/// Adds the numbers of findings to a summary.
pub(super) fn counts(summary: Summary, report: &Report) -> Summary {
    summary
        .with("errors", report.count(Severity::Error))
        .with("warnings", report.count(Severity::Warning))
        .with("notes", report.count(Severity::Note))
        .with("fixable", report.fixable())
}

fn what_was_checked(validated: &Validated, levels: &Levels) -> String {
    let records = counted(validated.train_count + validated.validation_count, "record");
    let photos = match validated.photo_count {
        0 => "no photo: name their folder with --input-dir to have the bytes checked too".to_owned(),
        n => counted(n, "photo"),
    };
    let allowed =
        if levels.allow.is_empty() { String::new() } else { format!("; not reported: {}", levels.allow.join(", ")) };
    format!("checked {records} and {photos}{allowed}")
}

/// Writes repaired copies and returns the options to check those, and the copy of the request.
fn repair(
    options: &ValidateOptions,
    request: Option<PathBuf>,
    out: &Path,
    unsafe_fixes: UnsafeFixes,
    session: &Session<'_>,
) -> Result<(ValidateOptions, Option<PathBuf>)> {
    let (train, validation) = match &options.validation {
        None if request.is_none() => (out.to_path_buf(), None),
        None => (out.join(file_name(&options.file)?), None),
        Some(file) => {
            let (train, validation) = validate::copies_in(out, &options.file, file)?;
            (train, Some(validation))
        }
    };
    let fix = |file: &Path, out: &Path| {
        let fix = FixOptions {
            file: file.to_path_buf(),
            out: out.to_path_buf(),
            model: options.model,
            input_dir: options.input_dir.clone(),
            levels: options.levels.clone(),
            unsafe_fixes,
        };
        validate::fix(&fix).map(|fixed| show(&fixed, session))
    };
    fix(&options.file, &train)?;
    if let (Some(file), Some(out)) = (&options.validation, &validation) {
        fix(file, out)?;
    }
    let request = match request {
        None => None,
        Some(file) => {
            let fix = FixRequestOptions { out: out.join(file_name(&file)?), file, levels: options.levels.clone() };
            show(&job::fix_request(&fix)?, session);
            Some(fix.out)
        }
    };
    Ok((ValidateOptions { file: train, validation, ..options.clone() }, request))
}

fn file_name(file: &Path) -> Result<&OsStr> {
    file.file_name().ok_or_else(|| Error::input(file, "this is no file", "name a file."))
}

fn show(fixed: &Fixed, session: &Session<'_>) {
    let path = fixed.out.display().to_string();
    let (repairs, lines) = (counted(fixed.fixes, "repair"), counted(fixed.changed, "line"));
    session.ui.result(&format!("wrote {path}: {repairs} on {lines}; what is left:"));
    session.ui.event(&FixedEvent { event: "fixed", path, changed: fixed.changed, fixes: fixed.fixes });
}
