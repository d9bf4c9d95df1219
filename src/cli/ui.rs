//! The two streams of the program: results on stdout, all else on stderr; and the log.
//!
//! Everything goes through here, so this is where text of others is made visible: a file's name cannot draw on the
//! terminal or end a line of the log. Only JSON stays as it is, which has escapes of its own.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::{Map, Value};

use super::event::{BackendEvent, ErrorEvent, InterruptedEvent, causes};
use super::exit::Exit;
use super::log::Log;
use foundation::wording::{visible, visible_lines};
use nova_ft::aws::backend::BackendKind;
use nova_ft::error::Error;
use nova_ft::findings::{Report, Severity, render};
use nova_ft::progress::Progress;

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
    /// And each step of it. The log always has these.
    Verbose,
}

/// Where everything that the program says goes through.
#[derive(Debug)]
pub(super) struct Ui {
    is_json: AtomicBool,
    verbosity: Verbosity,
    out: Mutex<Out>,
    /// Nothing comes after the last line.
    is_closed: AtomicBool,
    log: Mutex<Option<Log>>,
    bar: Mutex<Option<ProgressBar>>,
    work: Mutex<Option<(String, Instant)>>,
    /// What to do after Ctrl-C.
    interrupt_hint: Mutex<String>,
}

/// What became of stdout.
#[derive(Debug, Default)]
struct Out {
    /// Why results were lost.
    failure: Option<io::Error>,
}

/// How often what is live moves.
const LIVE_TICK: Duration = Duration::from_millis(250);
const INTERRUPTED: &str = "run the same command again: it resumes";

impl Ui {
    pub(super) fn new(output: Output, verbosity: Verbosity) -> Self {
        Self {
            is_json: AtomicBool::new(output == Output::Json),
            verbosity,
            out: Mutex::default(),
            is_closed: AtomicBool::new(false),
            log: Mutex::default(),
            bar: Mutex::default(),
            work: Mutex::default(),
            interrupt_hint: Mutex::new(INTERRUPTED.to_owned()),
        }
    }

    pub(super) fn is_json(&self) -> bool {
        self.is_json.load(Ordering::SeqCst)
    }

    /// From here on results are JSON. Nothing may have been written before.
    pub(super) fn write_json(&self) {
        self.is_json.store(true, Ordering::SeqCst);
    }

    /// From here on everything said is also written to the log.
    pub(super) fn start_log(&self, log: Log) {
        *lock(&self.log) = Some(log);
    }

    /// What Ctrl-C leaves behind, and how to return.
    pub(super) fn set_interrupt_hint(&self, hint: String) {
        *lock(&self.interrupt_hint) = hint;
    }

    /// Text that stays below everything else and is written anew; only on a terminal.
    pub(super) fn live(&self, text: &str) {
        if self.verbosity == Verbosity::Quiet || !io::stderr().is_terminal() {
            return;
        }
        let mut bar = lock(&self.bar);
        let bar = bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
            if let Ok(style) = ProgressStyle::with_template("{msg}\n{spinner} watching, {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(LIVE_TICK);
            bar
        });
        bar.set_message(visible_lines(text));
    }

    /// Takes that text away.
    pub(super) fn end_live(&self) {
        if let Some(bar) = lock(&self.bar).take() {
            bar.finish_and_clear();
        }
    }

    fn log(&self, text: &str) {
        let mut log = lock(&self.log);
        let Some(Err(error)) = log.as_mut().map(|log| log.write(text)) else { return };
        *log = None;
        drop(log);
        self.warning(&format!("the log ends here: {}", with_causes(&error)));
    }

    /// A line of the results; not written in JSON, where an event says it.
    pub(super) fn result(&self, line: &str) {
        self.show(&visible(line));
    }

    /// Results of several lines.
    pub(super) fn page(&self, text: &str) {
        self.show(&visible_lines(text));
    }

    fn show(&self, text: &str) {
        self.log(text);
        if !self.is_json() {
            self.print(text);
        }
    }

    /// A result as an event; not written as text.
    pub(super) fn event(&self, event: &impl Serialize) {
        if self.is_json()
            && let Ok(line) = serde_json::to_string(event)
        {
            self.print(&line);
        }
    }

    /// Text that is itself the result, in either form, exactly as it is and past the log.
    pub(super) fn print(&self, text: &str) {
        let mut out = lock(&self.out);
        if !self.is_closed.load(Ordering::SeqCst) {
            self.beside_the_bar(|| out.write(text));
        }
    }

    fn beside_the_bar(&self, write: impl FnOnce()) {
        match lock(&self.bar).as_ref() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// What is being done.
    pub(super) fn status(&self, line: &str) {
        self.say(&visible(line), Verbosity::Normal);
    }

    /// A detail of what is being done.
    pub(super) fn detail(&self, line: &str) {
        self.say(&visible(line), Verbosity::Verbose);
    }

    /// Something to think about.
    pub(super) fn warning(&self, line: &str) {
        self.say(&format!("warning: {}", visible(line)), Verbosity::Quiet);
    }

    /// What is wrong, in several lines.
    pub(super) fn complaint(&self, text: &str) {
        self.say(&visible_lines(text), Verbosity::Quiet);
    }

    fn say(&self, text: &str, from: Verbosity) {
        self.log(text);
        if self.verbosity >= from {
            self.beside_the_bar(|| {
                let _ = writeln!(io::stderr().lock(), "{}", text.trim_end_matches('\n'));
            });
        }
    }

    /// The line that says which backend is in use.
    pub(super) fn backend(&self, kind: BackendKind, description: &str) {
        self.result(description);
        self.event(&BackendEvent::new(&kind.to_string(), description));
    }

    /// A report: its text, or an event a finding.
    pub(super) fn report(&self, report: &Report) {
        self.page(&render::render_text(report, None));
        let events = render::render_json(report);
        if self.is_json() && !events.is_empty() {
            self.print(&events);
        }
    }

    /// Events that are rendered already, one a line.
    pub(super) fn lines(&self, events: &str) {
        if !events.is_empty() {
            self.print(events);
        }
    }

    /// Text for the log alone.
    pub(super) fn log_page(&self, text: &str) {
        self.log(&visible_lines(text));
    }

    /// A report as a document of its own, on stdout exactly as it is; in the log as text.
    pub(super) fn document(&self, text: &str, report: &Report) {
        self.log(&visible_lines(&render::render_text(report, None)));
        self.print(text);
    }

    /// A report of a step on the way: its findings only where there are any worth a line; the log always has it.
    pub(super) fn step_report(&self, report: &Report) {
        let worth = report.count(Severity::Error) + report.count(Severity::Warning) > 0;
        if worth || self.verbosity == Verbosity::Verbose || self.is_json() {
            self.report(report);
        } else {
            self.log(&visible_lines(&render::render_text(report, None)));
        }
    }

    /// An error with its causes and what to do, on stderr; in JSON also as an event.
    pub(super) fn error(&self, error: &Error) -> Exit {
        let event = ErrorEvent::from(error);
        let causes = event.causes.iter().map(|cause| format!("  caused by: {}", visible(cause)));
        let hint = event.hint.iter().map(|hint| format!("  hint: {}", visible(hint)));
        let lines: Vec<_> =
            std::iter::once(format!("error: {}", visible(&event.message))).chain(causes).chain(hint).collect();
        self.say(&lines.join("\n"), Verbosity::Quiet);
        self.event(&event);
        Exit::CouldNotRun
    }

    /// Says the summary, after which nothing more is written, and decides how the program ends: results that could not be
    /// written are no results.
    pub(super) fn finish(&self, command: Option<&str>, exit: Exit, keys: Map<String, Value>) -> Exit {
        let exit = if lock(&self.out).failure.is_some() { Exit::CouldNotRun } else { exit };
        let mut out = lock(&self.out);
        if self.is_closed.swap(true, Ordering::SeqCst) {
            return Exit::Interrupted;
        }
        if self.is_json() {
            out.write(&summary(command, exit, keys));
        }
        let failure = out.failure.take();
        drop(out);
        let Some(error) = failure else { return exit };
        self.say(&format!("error: cannot write the results\n  caused by: {error}"), Verbosity::Quiet);
        Exit::CouldNotRun
    }

    /// The last words of a command that was stopped from outside; `false` where it has said its summary already.
    pub(super) fn interrupted(&self, command: &str) -> bool {
        if self.is_closed.load(Ordering::SeqCst) {
            return false;
        }
        // Before stdout, whose reader may have stopped reading.
        let hint = visible(&lock(&self.interrupt_hint));
        let _ = writeln!(io::stderr().lock(), "\ninterrupted: {hint}");
        let mut out = lock(&self.out);
        if self.is_closed.swap(true, Ordering::SeqCst) {
            return false;
        }
        if self.is_json() {
            let event = InterruptedEvent { event: "interrupted", hint: &hint };
            out.write(&serde_json::to_string(&event).unwrap_or_default());
            out.write(&summary(Some(command), Exit::Interrupted, Map::new()));
        }
        true
    }
}

impl Out {
    fn write(&mut self, text: &str) {
        let line_break = if text.ends_with('\n') { "" } else { "\n" };
        let mut out = io::stdout().lock();
        let written = write!(out, "{text}{line_break}").and_then(|()| out.flush());
        // Whoever closes the pipe has read enough: that is no error.
        if let Some(error) = written.err().filter(|error| error.kind() != ErrorKind::BrokenPipe) {
            self.failure.get_or_insert(error);
        }
    }
}

fn summary(command: Option<&str>, exit: Exit, keys: Map<String, Value>) -> String {
    let mut event = Map::new();
    event.insert("event".to_owned(), "summary".into());
    event.insert("command".to_owned(), command.into());
    event.insert("exit_code".to_owned(), exit.code().into());
    event.extend(keys);
    Value::Object(event).to_string()
}

/// An error and its causes on one line.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    causes(error).iter().fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}

/// A lock whose holder panicked still guards a value that can be used.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Progress for Ui {
    fn begin(&self, work: &str, total: u64) {
        let work = visible(work);
        self.log(&work);
        *lock(&self.work) = Some((work.clone(), Instant::now()));
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        if !io::stderr().is_terminal() {
            let _ = writeln!(io::stderr().lock(), "{work} …");
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(15));
        let bytes = work.starts_with("uploading") || work.starts_with("checking");
        let template =
            if bytes { "{msg} [{bar:32}] {bytes}/{total_bytes} {eta}" } else { "{msg} [{bar:32}] {pos}/{len} {eta}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(work);
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
        let done = lock(&self.work).take();
        if let Some((work, start)) = done {
            self.detail(&format!("{work}: {:.2} s", start.elapsed().as_secs_f64()));
        }
    }

    fn line(&self, text: &str) {
        self.status(text);
    }

    fn note(&self, text: &str) {
        if let (Some(bar), Some((work, _))) = (lock(&self.bar).as_ref(), lock(&self.work).as_ref()) {
            bar.set_message(format!("{work}, {}", visible(text)));
        }
    }
}
