//! The two streams of the program: results on stdout, all else on stderr; and the log.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::exit::Exit;
use super::log::Log;
use crate::error::Error;
use crate::finding::{Report, Severity, render};
use crate::progress::Progress;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verbosity {
    /// Warnings and errors.
    Quiet,
    /// And what is being done.
    Normal,
    /// And each step of it.
    Verbose,
}

/// Where everything that the program says goes through.
#[derive(Debug)]
pub(super) struct Ui {
    output: Output,
    verbosity: Verbosity,
    log: Mutex<Option<Log>>,
    bar: Mutex<Option<ProgressBar>>,
}

#[derive(Debug, Serialize)]
struct ErrorEvent<'a> {
    event: &'static str,
    message: String,
    causes: Vec<String>,
    hint: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct BackendEvent<'a> {
    event: &'static str,
    backend: &'a str,
    description: &'a str,
}

impl Ui {
    pub(super) fn new(output: Output, verbosity: Verbosity) -> Self {
        Self { output, verbosity, log: Mutex::new(None), bar: Mutex::new(None) }
    }

    pub(super) fn is_json(&self) -> bool {
        self.output == Output::Json
    }

    /// From here on everything said is also written to the log.
    pub(super) fn start_log(&self, log: Log) {
        *lock(&self.log) = Some(log);
    }

    fn log(&self, text: &str) {
        if let Some(log) = lock(&self.log).as_mut() {
            log.write(text);
        }
    }

    /// A result as text; not written in JSON, where an event says it.
    pub(super) fn result(&self, text: &str) {
        self.log(text);
        if self.output == Output::Text {
            self.print(text);
        }
    }

    /// A result as an event; not written as text.
    pub(super) fn event(&self, event: &impl Serialize) {
        if self.output == Output::Json
            && let Ok(line) = serde_json::to_string(event)
        {
            self.print(&line);
        }
    }

    /// Text that is itself the result, in either form.
    pub(super) fn print(&self, text: &str) {
        let write = || {
            let mut out = std::io::stdout().lock();
            // Whoever closes the pipe has read enough: that is no error.
            let _ = out.write_all(text.as_bytes());
            if !text.ends_with('\n') {
                let _ = out.write_all(b"\n");
            }
            let _ = out.flush();
        };
        match lock(&self.bar).as_ref() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// What is being done.
    pub(super) fn status(&self, text: &str) {
        self.say(text, Verbosity::Normal);
    }

    /// A detail of what is being done.
    pub(super) fn detail(&self, text: &str) {
        self.say(text, Verbosity::Verbose);
    }

    /// Something to think about.
    pub(super) fn warning(&self, text: &str) {
        self.say(&format!("warning: {text}"), Verbosity::Quiet);
    }

    fn say(&self, text: &str, from: Verbosity) {
        self.log(text);
        if self.verbosity < from {
            return;
        }
        let write = || {
            let mut err = std::io::stderr().lock();
            let _ = writeln!(err, "{}", text.trim_end_matches('\n'));
        };
        match lock(&self.bar).as_ref() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// The line that says which backend is in use.
    pub(super) fn backend(&self, backend: &crate::backend::Backend) {
        let description = backend.describe();
        self.result(&description);
        self.event(&BackendEvent { event: "backend", backend: &backend.kind().to_string(), description: &description });
    }

    /// A report: its text, or an event a finding.
    pub(super) fn report(&self, report: &Report) {
        match self.output {
            Output::Text => self.result(&render::render_text(report)),
            Output::Json => {
                self.log(&render::render_text(report));
                self.print_all(&render::render_json(report));
            }
        }
    }

    /// A report of a step on the way: its findings only where there are any worth a line.
    pub(super) fn step_report(&self, report: &Report) {
        let worth = report.count(Severity::Error) + report.count(Severity::Warning) > 0;
        if worth || self.verbosity == Verbosity::Verbose || self.is_json() {
            self.report(report);
        }
    }

    fn print_all(&self, text: &str) {
        if !text.is_empty() {
            self.print(text);
        }
    }

    /// An error with its causes and what to do, on stderr; in JSON also as an event.
    pub(super) fn error(&self, error: &Error) -> Exit {
        let first = std::error::Error::source(error);
        let causes: Vec<String> =
            std::iter::successors(first, |cause| cause.source()).map(ToString::to_string).collect();
        let hint = error.hint();
        let mut lines = vec![format!("error: {error}")];
        lines.extend(causes.iter().map(|cause| format!("  caused by: {cause}")));
        lines.extend(hint.iter().map(|hint| format!("  hint: {hint}")));
        let text = lines.join("\n");
        self.say(&text, Verbosity::Quiet);
        self.event(&ErrorEvent { event: "error", message: error.to_string(), causes, hint: hint.as_deref() });
        Exit::CouldNotRun
    }
}

/// A lock whose holder panicked still guards a value that can be used.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Progress for Ui {
    fn begin(&self, work: &str, total: u64) {
        self.log(work);
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        if !std::io::stderr().is_terminal() {
            let mut err = std::io::stderr().lock();
            let _ = writeln!(err, "{work} …");
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(15));
        let bytes = work.starts_with("uploading") || work.starts_with("checking");
        let template =
            if bytes { "{msg} [{bar:32}] {bytes}/{total_bytes} {eta}" } else { "{msg} [{bar:32}] {pos}/{len} {eta}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(work.to_owned());
        *lock(&self.bar) = Some(bar);
    }

    fn advance(&self, units: u64) {
        if let Some(bar) = lock(&self.bar).as_ref() {
            bar.inc(units);
        }
    }

    fn end(&self) {
        if let Some(bar) = lock(&self.bar).take() {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        self.detail(text);
    }
}
