use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::Summary;
use super::exit::Exit;
use super::report::{Format, ReportOutput};
use super::session::{LevelArgs, Session};
use super::ui::Ui;
use foundation::wording::counted;
use nova_ft::dataset::FolderLock;
use nova_ft::error::{Error, Result};
use nova_ft::findings::render::Subject;
use nova_ft::findings::{Report, Severity};
use nova_ft::training::job::{self, DataFacts, FixRequestOptions};
use nova_ft::validate::{self, FixOptions, Fixed, Model, UnsafeFixes, ValidateOptions, Validated};

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
    /// Form of the report; json as with --json [default: by the ending of --report-file, else text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write the report into a file, .txt, .md, .html or .json, and only the counts to stdout
    #[arg(long, value_name = "FILE")]
    report_file: Option<PathBuf>,
    /// Write a repaired copy of FILE, and OUT.diff; a folder, when --validation or --job is given too
    #[arg(long, value_name = "OUT")]
    fix: Option<PathBuf>,
    /// With --fix, also make repairs that may change what a record means
    #[arg(long, requires = "fix")]
    unsafe_fixes: bool,
    #[command(flatten)]
    levels: LevelArgs,
}

/// A repaired copy was written.
#[derive(Debug, Serialize)]
pub(super) struct FixedEvent {
    event: &'static str,
    path: String,
    changed: usize,
    fixes: usize,
}

impl FixedEvent {
    /// A copy with so many rows or lines changed, by so many repairs.
    pub(super) fn new(path: String, changed: usize, fixes: usize) -> Self {
        Self { event: "fixed", path, changed, fixes }
    }
}

pub(super) fn execute(args: ValidateArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("validate");
    let output = ReportOutput::choose(args.format, args.report_file, &own, session.ui)?;
    args.fix.as_deref().map_or(Ok(()), |out| output.keep_apart("--fix", out))?;
    let mut options = ValidateOptions {
        file: args.file,
        validation: args.validation,
        model: own.value(args.model, "model")?.unwrap_or_default(),
        input_dir: own.path(args.input_dir, "input_dir")?,
        levels: session.levels(args.levels)?,
    };
    let mut request = args.job;
    if let Some(out) = &args.fix {
        // All files are repaired as one run wrote them.
        let files = std::iter::once(&options.file).chain(&options.validation).map(PathBuf::as_path);
        let _held = FolderLock::shared_around(files, session.ui);
        let unsafe_fixes = if args.unsafe_fixes { UnsafeFixes::Apply } else { UnsafeFixes::Leave };
        (options, request) = repair(&options, request, out, unsafe_fixes, &output, session)?;
    }
    let mut validated = validate::validate(&options, session.ui)?;
    if let Some(file) = &request {
        let bucket = validated.bucket.clone();
        let data =
            DataFacts { model: options.model, train_count: validated.train_count, bucket, ..DataFacts::default() };
        validated.report.extend(job::check_request(file, &data)?);
        validated.report.sort();
    }
    let report = &validated.report;
    output.write(report, &subject(&options, &validated), session.ui)?;
    let summary = Summary::new(Exit::answer(!report.has_errors()));
    Ok(counts(summary, report).with("train", validated.train_count).with("validation", validated.validation_count))
}

/// Adds the numbers of findings to a summary.
pub(super) fn counts(summary: Summary, report: &Report) -> Summary {
    summary
        .with("errors", report.count(Severity::Error))
        .with("warnings", report.count(Severity::Warning))
        .with("notes", report.count(Severity::Note))
        .with("fixable", report.fixable())
}

/// What the report is about.
fn subject(options: &ValidateOptions, validated: &Validated) -> Subject {
    let records = counted(validated.train_count + validated.validation_count, "record");
    let photos = match validated.photo_count {
        0 => "no photo: name their folder with --input-dir to have the bytes checked too".to_owned(),
        n => counted(n, "photo"),
    };
    let allow = &options.levels.allow;
    let allowed = if allow.is_empty() { String::new() } else { format!("; not reported: {}", allow.join(", ")) };
    Subject {
        files: std::iter::once(&options.file).chain(&options.validation).cloned().collect(),
        model: options.model.title().to_owned(),
        checked: format!("checked {records} and {photos}{allowed}"),
    }
}

/// Writes repaired copies and returns the options to check those, and the copy of the request.
fn repair(
    options: &ValidateOptions,
    request: Option<PathBuf>,
    out: &Path,
    unsafe_fixes: UnsafeFixes,
    output: &ReportOutput,
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
        validate::fix(&fix).map(|fixed| show(&fixed, output, session.ui))
    };
    fix(&options.file, &train)?;
    if let (Some(file), Some(out)) = (&options.validation, &validation) {
        fix(file, out)?;
    }
    let request = match request {
        None => None,
        Some(file) => {
            let fix = FixRequestOptions { out: out.join(file_name(&file)?), file, levels: options.levels.clone() };
            show(&job::fix_request(&fix)?, output, session.ui);
            Some(fix.out)
        }
    };
    Ok((ValidateOptions { file: train, validation, ..options.clone() }, request))
}

fn file_name(file: &Path) -> Result<&OsStr> {
    file.file_name().ok_or_else(|| Error::input(file, "this is no file", "name a file."))
}

fn show(fixed: &Fixed, output: &ReportOutput, ui: &Ui) {
    let path = fixed.out.display().to_string();
    let (repairs, lines) = (counted(fixed.fixes, "repair"), counted(fixed.changed, "line"));
    let diff = if fixed.changed > 0 { ", each in its .diff beside it" } else { "" };
    let line = format!("wrote {path}: {repairs} on {lines}{diff}; what is left:");
    if output.is_document() {
        ui.status(&line);
    } else {
        ui.result(&line);
    }
    ui.event(&FixedEvent::new(path, fixed.changed, fixed.fixes));
}
