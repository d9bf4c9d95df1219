//! The report of a command: its form and where it goes.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;

use super::event::PathEvent;
use super::ui::Ui;
use foundation::files::{self, MAX_DOCUMENT_BYTES};
use foundation::same_file::is_same_file;
use nova_ft::error::{Error, Result};
use nova_ft::findings::Report;
use nova_ft::findings::render::{self, Subject};
use nova_ft::images::JpegThumbnails;
use nova_ft::settings::CommandSettings;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
    Markdown,
    Html,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as ValueEnum>::from_str(text, false)
    }
}

impl Format {
    /// What the ending of a file's name says.
    fn of_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Text),
            "json" | "jsonl" => Some(Self::Json),
            "md" | "markdown" => Some(Self::Markdown),
            "html" | "htm" => Some(Self::Html),
            _ => None,
        }
    }

    fn render(self, report: &Report, subject: &Subject) -> String {
        match self {
            Self::Text => render::render_text(report, Some(subject)),
            Self::Json => render::render_json(report),
            Self::Markdown => render::render_markdown(report, subject),
            Self::Html => render::render_html(report, subject, &JpegThumbnails),
        }
    }
}

/// Where a report goes, and how it is written there.
#[derive(Debug)]
pub(super) struct ReportOutput {
    format: Format,
    file: Option<PathBuf>,
}

impl ReportOutput {
    /// By `--format`, else by the file's ending, else by the settings. A report on stdout that is JSON makes all of stdout
    /// JSON.
    ///
    /// # Errors
    /// Where the file is there already and is no report.
    pub(super) fn choose(
        format: Option<Format>,
        file: Option<PathBuf>,
        settings: &CommandSettings<'_>,
        ui: &Ui,
    ) -> Result<Self> {
        if let Some(path) = &file {
            check_report_file(path)?;
        }
        let from_settings = settings.value(None, "format")?;
        let chosen = format.or_else(|| file.as_deref().and_then(Format::of_file)).or(from_settings);
        let json = if ui.is_json() { Format::Json } else { Format::Text };
        let format = match &file {
            Some(_) => chosen.unwrap_or(json),
            None if ui.is_json() => Format::Json,
            None => chosen.unwrap_or(Format::Text),
        };
        if file.is_none() && format == Format::Json {
            // The report is what stdout holds, so nothing else may stand there that is no JSON.
            ui.write_json();
        }
        Ok(Self { format, file })
    }

    /// Refuses a report that would be written into the file of a table, over it or before it.
    ///
    /// # Errors
    /// Where both are the same file; `option` is the table's.
    pub(super) fn keep_apart(&self, option: &str, table: &Path) -> Result<()> {
        match &self.file {
            Some(report) if is_same_file(report, table) => Err(Error::input(
                report.as_path(),
                format!("this is the file of {option} too, and a table and a report do not go into one"),
                "name another --report-file.",
            )),
            _ => Ok(()),
        }
    }

    /// Whether stdout is a document, beside which nothing else may stand there.
    pub(super) fn is_document(&self) -> bool {
        self.file.is_none() && matches!(self.format, Format::Markdown | Format::Html)
    }

    /// Writes the report. Where it goes into a file, stdout gets the counts.
    pub(super) fn write(&self, report: &Report, subject: &Subject, ui: &Ui) -> Result<()> {
        self.write_rendered(report, &subject.checked, &|format| format.render(report, subject), ui)
    }

    /// The same for a report that is rendered otherwise; `checked` says what was looked at.
    pub(super) fn write_rendered(
        &self,
        report: &Report,
        checked: &str,
        render: &dyn Fn(Format) -> String,
        ui: &Ui,
    ) -> Result<()> {
        match &self.file {
            Some(path) => {
                write_report(path, &render(self.format))?;
                ui.status(checked);
                ui.status(&format!("wrote {}", path.display()));
                ui.event(&PathEvent::written("report", path));
                ui.result(&render::summary_line(report));
            }
            None => match self.format {
                Format::Text => ui.page(&render(Format::Text)),
                Format::Json => {
                    ui.lines(&render(Format::Json));
                    ui.log_page(&render::render_text(report, None));
                    ui.status(checked);
                }
                Format::Markdown | Format::Html => ui.document(&render(self.format), report),
            },
        }
        Ok(())
    }
}

impl ReportOutput {
    /// Writes a report that is no list of findings. Where it goes into a file, stdout gets its result.
    pub(super) fn write_text(&self, result: &str, render: &dyn Fn(Format) -> String, ui: &Ui) -> Result<()> {
        match (&self.file, self.format) {
            (Some(path), format) => {
                write_report(path, &render(format))?;
                ui.status(&format!("wrote {}", path.display()));
                ui.event(&PathEvent::written("report", path));
                ui.result(result);
            }
            (None, Format::Text) => ui.page(render(Format::Text).trim_end()),
            (None, Format::Json) => {
                ui.lines(&render(Format::Json));
                ui.log_page(&render(Format::Text));
            }
            (None, format) => ui.print(render(format).trim_end()),
        }
        Ok(())
    }
}

/// Looked at once more: what the command itself, or somebody, has put there meanwhile stays.
pub(super) fn write_report(path: &Path, text: &str) -> Result<()> {
    check_report_file(path)?;
    foundation::atomic::write(path, text.as_bytes())
}

/// A report may take the place of an earlier report or of nothing: no other file is overwritten.
///
/// # Errors
/// Where another file is there.
pub(super) fn check_report_file(path: &Path) -> Result<()> {
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        // To look into a pipe would wait for ever.
        let hint = "leave --report-file away: without it the report goes to stdout.";
        return Err(Error::input(path, "this is a device or a pipe", hint));
    }
    match files::read(path, MAX_DOCUMENT_BYTES) {
        Ok(bytes) if !render::is_report(&bytes) => Err(Error::input(
            path,
            "this file is there already, and is no report of nova-ft",
            "name another file with --report-file: only a report is ever overwritten.",
        )),
        // What cannot be read is said when the report is written.
        _ => Ok(()),
    }
}
