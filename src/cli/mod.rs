//! The program: one file a command, over one [`Ui`](ui::Ui). Nothing here that the library lacks.

mod audit;
mod clean;
mod consensus;
mod deploy;
mod estimate;
mod evaluate;
mod event;
mod exit;
mod interrupt;
mod job;
mod label;
mod label_shards;
mod local;
mod log;
mod metrics;
mod open;
mod prepare;
mod prove;
mod put_off;
mod read;
mod report;
mod review;
mod rule;
mod run;
mod sample;
mod session;
mod ui;
mod upload;
mod usage;
mod validate;

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches as _, Parser, Subcommand};
use serde_json::{Map, Value};

use exit::Exit;
use interrupt::Interrupt;
use nova_ft::aws::backend::BackendKind;
use nova_ft::error::Result;
use session::{Flags, Session};
use ui::{Output, Ui, Verbosity};

/// From a folder of invoice photos to a fine-tuned Amazon Nova model that reads the seller's name.
#[derive(Debug, Parser)]
#[command(name = "nova-ft", version, max_term_width = 110, disable_help_subcommand = true)]
#[command(after_help = "Examples:
  1. Everything, on the sample:          nova-ft run
  2. Everything, on your own photos:     nova-ft run --labels my.csv --input-dir my-photos
  3. The same, from photos alone:        nova-ft run --generate-labels --input-dir my-photos
  4. Which labels are wrong?             nova-ft audit --labels my.csv --input-dir my-photos
  5. What is wrong with this file?       nova-ft validate train.jsonl --model lite
  6. What does IMG001 mean?              nova-ft rule IMG001")]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
struct Globals {
    /// Settings file [default: nova-ft.toml here or in a folder above]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where S3 and Bedrock are: `local` (a stand-in on this machine) or `aws` [default: local]
    #[arg(long, global = true, value_name = "BACKEND")]
    backend: Option<BackendKind>,
    /// Folder of the stand-in's state [default: .nova-ft]
    #[arg(long, global = true, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Folder of the reader's models [default: where `make models` puts them, in .venv]
    #[arg(long, global = true, value_name = "DIR")]
    models_dir: Option<PathBuf>,
    /// Folder of the logs [default: output/logs]
    #[arg(long, global = true, value_name = "DIR")]
    log_dir: Option<PathBuf>,
    /// How long a request to AWS may take before it is sent again, three times in all [default: 180]
    #[arg(long, global = true, value_name = "SECONDS")]
    timeout: Option<NonZeroU32>,
    /// Write results as JSON, one object a line
    #[arg(long, global = true)]
    json: bool,
    /// Say only warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say each step: where each setting comes from, what became of each photo and object, how long it took
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make synthetic invoice photos with their true sellers
    Sample(sample::SampleArgs),
    /// Read invoices off photos: their lines and fields
    Read(read::ReadArgs),
    /// Propose the seller of each photo: a label table with confidence and evidence
    Label(label::LabelArgs),
    /// Find the labels that are not what stands on their photos, and mend those that two signals speak against
    Audit(audit::AuditArgs),
    /// Accept or correct labels on a page in the browser, photo by photo
    Review(review::ReviewArgs),
    /// Hold the labels of several labelers beside each other: how far they agree, which can be taken, which to look at
    Consensus(consensus::ConsensusArgs),
    /// Build the data set: train.jsonl, validation.jsonl, manifest.json
    Prepare(prepare::PrepareArgs),
    /// Find everything that AWS would refuse, in one pass
    Validate(validate::ValidateArgs),
    /// Reckon what tuning costs with each model: tokens and dollars, as ranges
    Estimate(estimate::EstimateArgs),
    /// Explain a rule
    Rule(rule::RuleArgs),
    /// Bring a data set into its bucket, sending only what differs
    Upload(upload::UploadArgs),
    /// Fine-tuning jobs: create, status, watch, list, stop, policy
    #[command(subcommand)]
    Job(job::JobCommand),
    /// Chart the losses of a training, and say in words what they come to
    Metrics(metrics::MetricsArgs),
    /// On-demand deployments of tuned models: create, status, delete
    #[command(subcommand)]
    Deploy(deploy::DeployCommand),
    /// Ask the base and the tuned model about the held-out photos, and compare their answers
    Evaluate(evaluate::EvaluateArgs),
    /// Remove what a run left with the services: deployment, model, objects; only what the receipts name
    Clean(clean::CleanArgs),
    /// Everything in order: label where asked for, prepare, validate, upload, job, metrics, deploy, evaluate, clean
    Run(run::RunArgs),
    /// The stand-in for S3, Bedrock, STS and IAM on this machine
    #[command(subcommand)]
    Local(local::LocalCommand),
    /// Print the help of every command as Markdown: what `docs/cli.md` holds
    #[command(hide = true)]
    MarkdownHelp,
}

impl Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Sample(_) => "sample",
            Self::Read(_) => "read",
            Self::Label(_) => "label",
            Self::Audit(_) => "audit",
            Self::Review(_) => "review",
            Self::Consensus(_) => "consensus",
            Self::Prepare(_) => "prepare",
            Self::Validate(_) => "validate",
            Self::Estimate(_) => "estimate",
            Self::Rule(_) => "rule",
            Self::Upload(_) => "upload",
            Self::Job(_) => "job",
            Self::Metrics(_) => "metrics",
            Self::Deploy(_) => "deploy",
            Self::Evaluate(_) => "evaluate",
            Self::Clean(_) => "clean",
            Self::Run(_) => "run",
            Self::Local(_) => "local",
            Self::MarkdownHelp => "markdown-help",
        }
    }
}

/// What a command says at its end: how it ended, and the keys of its summary event.
#[derive(Debug)]
struct Summary {
    exit: Exit,
    keys: Map<String, Value>,
}

impl Summary {
    fn new(exit: Exit) -> Self {
        Self { exit, keys: Map::new() }
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.keys.insert(key.to_owned(), value.into());
        self
    }
}

/// Runs the program with these arguments, the first of which is its name.
pub(crate) fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    let parsed = Cli::command().try_get_matches_from(&args);
    let parsed = parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, Flags::of(&matches))));
    let (cli, flags) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return usage::say(&error, &args).into(),
    };
    let output = if cli.globals.json { Output::Json } else { Output::Text };
    let verbosity = match (cli.globals.quiet, cli.globals.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let ui = Arc::new(Ui::new(output, verbosity));
    let name = cli.command.name();
    let interrupt = Interrupt::install(&ui, name);
    let summary = execute(cli, flags, &ui, &interrupt).unwrap_or_else(|error| Summary::new(ui.error(&error)));
    ui.finish(Some(name), summary.exit, summary.keys).into()
}

fn execute(cli: Cli, flags: Flags, ui: &Ui, interrupt: &Interrupt) -> Result<Summary> {
    let session = Session::open(cli.command.name(), cli.globals, flags, ui, interrupt)?;
    let summary = match cli.command {
        Command::Sample(args) => sample::execute(args, &session),
        Command::Read(args) => read::execute(&args, &session),
        Command::Label(args) => label::execute(args, &session),
        Command::Audit(args) => audit::execute(args, &session),
        Command::Review(args) => review::execute(args, &session),
        Command::Consensus(args) => consensus::execute(args, &session),
        Command::Prepare(args) => prepare::execute(args, &session),
        Command::Validate(args) => validate::execute(args, &session),
        Command::Estimate(args) => estimate::execute(args, &session),
        Command::Rule(args) => rule::execute(&args, &session),
        Command::Upload(args) => upload::execute(args, &session),
        Command::Job(command) => job::execute(command, &session),
        Command::Metrics(args) => metrics::execute(args, &session),
        Command::Deploy(command) => deploy::execute(command, &session),
        Command::Evaluate(args) => evaluate::execute(args, &session),
        Command::Clean(args) => clean::execute(&args, &session),
        Command::Run(args) => run::execute(args, &session),
        Command::Local(command) => local::execute(command, &session),
        Command::MarkdownHelp => {
            ui.page(reference().trim_end());
            Ok(Summary::new(Exit::Done))
        }
    };
    summary.map_err(|error| session.name_origin(error))
}

/// The reference of all commands as Markdown.
fn reference() -> String {
    let mut sections =
        vec![String::from("# Commands\n\nGenerated from the program by `make docs`; a test keeps it true.\n")];
    let mut pending = vec![(String::from("nova-ft"), Cli::command())];
    while let Some((name, mut command)) = pending.pop() {
        command = command.bin_name(name.clone()).term_width(110);
        let help = command.render_long_help().to_string();
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        sections.push(format!("## `{name}`\n\n```text\n{}\n```\n", help.join("\n").trim_end()));
        let children: Vec<_> = command.get_subcommands().filter(|child| !child.is_hide_set()).cloned().collect();
        pending.extend(children.into_iter().rev().map(|child| (format!("{name} {}", child.get_name()), child)));
    }
    sections.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use nova_ft::settings::{KEYS, OPTIONS_OF_ONE_CALL};

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_can_stand_in_the_settings_file() {
        let once = |id: &str| OPTIONS_OF_ONE_CALL.contains(&id) || ["help", "version"].contains(&id);
        let known = |command: &str, id: &str| KEYS.iter().any(|key| key.name == id && key.commands.contains(&command));
        for command in Cli::command().get_subcommands() {
            let nested = command.get_subcommands().flat_map(clap::Command::get_arguments);
            for arg in command.get_arguments().chain(nested) {
                let id = arg.get_id().as_str();
                let global = known("", id);
                assert!(
                    arg.is_positional() || once(id) || global || known(command.get_name(), id),
                    "--{id} of {} has no key",
                    command.get_name()
                );
            }
        }
    }
}
