//! The keys that exist, so that a misspelt one is an error and not silence.

use std::path::Path;

use crate::error::{Error, Result};

/// A key of the settings: an option's name with underscores, and the commands that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// `s3_bucket` for the option `--s3-bucket`.
    pub name: &'static str,
    /// The commands that read it; `""` stands for options of the program itself.
    pub commands: &'static [&'static str],
    /// Those of them for which it means something of their own, so that only their table sets it: `--input-dir` is the
    /// folder of the photos to `prepare` and that of the data set to `upload`.
    pub apart: &'static [&'static str],
}

const fn key(name: &'static str, commands: &'static [&'static str]) -> Key {
    Key { name, commands, apart: &[] }
}

const fn key_apart(name: &'static str, commands: &'static [&'static str], apart: &'static [&'static str]) -> Key {
    Key { name, commands, apart }
}

/// Every key, sorted by name.
pub const KEYS: &[Key] = &[
    key("account_id", &["prepare", "run", "job"]),
    key("allow", &["label", "audit", "consensus", "prepare", "validate", "upload", "run", "job"]),
    key("backend", &[""]),
    key("base_model_id", &["job"]),
    key("batch_size", &["job"]),
    // Objects on the way to S3 are many; photos that are read at the same time are as many as there are cores.
    key_apart("concurrency", &["upload", "run", "label", "audit", "evaluate"], &["label", "audit", "evaluate"]),
    key("count", &["sample"]),
    key("custom_model_name", &["job"]),
    key("deadline", &["job"]),
    key("deny", &["label", "audit", "consensus", "prepare", "validate", "upload", "run", "job"]),
    key("detailed", &["metrics"]),
    key("drop", &["prepare", "run"]),
    key("epoch_count", &["estimate", "job", "run"]),
    key("format", &["validate", "audit", "consensus", "evaluate"]),
    key("generate_labels", &["run"]),
    key("include_outliers", &["metrics"]),
    key_apart(
        "input_dir",
        &[
            "prepare",
            "label",
            "audit",
            "consensus",
            "validate",
            "estimate",
            "upload",
            "run",
            "job",
            "evaluate",
            "review",
        ],
        &["validate", "estimate", "upload", "job"],
    ),
    key("interval", &["job", "label"]),
    key("job_name", &["job", "run"]),
    key("kms_key_id", &["job"]),
    key("labeler", &["label"]),
    // One table for the others; for a consensus a list.
    key_apart("labels", &["prepare", "audit", "review", "run", "consensus"], &["consensus"]),
    key("learning_rate", &["job", "run"]),
    key("limit", &["job"]),
    key("log_dir", &[""]),
    key("max_cost", &["label"]),
    key("min_exact", &["evaluate", "run"]),
    key("min_records", &["label"]),
    // To `label` it is the id of the model that is asked, and no family to tune.
    key_apart("model", &["validate", "estimate", "upload", "run", "evaluate", "label"], &["label"]),
    key("models_dir", &[""]),
    key("no_convert", &["prepare", "run"]),
    key("only", &["review"]),
    key_apart("output_dir", &["prepare", "sample", "metrics", "run"], &["sample", "metrics"]),
    key_apart("output_file", &["label", "review", "consensus"], &["review", "consensus"]),
    key("output_s3_uri", &["job"]),
    key("parts", &["label"]),
    key_apart("port", &["local", "review"], &["review"]),
    key("price_input", &["label"]),
    key("price_output", &["label"]),
    key("prices", &["estimate", "label"]),
    key("prompt_file", &["label"]),
    key("region", &["upload", "metrics", "run", "job", "deploy", "evaluate", "clean", "label"]),
    key("requests_per_minute", &["label"]),
    key("role_arn", &["job", "run", "label"]),
    key("s3_bucket", &["prepare", "upload", "run", "label"]),
    key("s3_prefix", &["prepare", "upload", "run", "label"]),
    key("seed", &["prepare", "sample", "run"]),
    key("split_by", &["prepare", "run"]),
    key("stall_after", &["job"]),
    key("state_dir", &[""]),
    // Words too common to be set by a variable of that name alone: NOVA_FT_PROMPT_USER, never NOVA_FT_USER.
    key_apart("system", &["prompt"], &["prompt"]),
    key("timeout", &[""]),
    key("training_data_s3_uri", &["job"]),
    key("until", &["run"]),
    key_apart("user", &["prompt"], &["prompt"]),
    key("validation_data_s3_uri", &["job"]),
    key("validation_fraction", &["prepare", "run"]),
    key("warmup_steps", &["job", "run"]),
];

/// Options of one call: a file or a variable that is forgotten must not answer a question, silence a run or redirect a
/// report. By the names that keys would have.
pub const OPTIONS_OF_ONE_CALL: &[&str] = &[
    "all",
    "base",
    "boxes",
    "config",
    "custom_model",
    "data",
    "dry_run",
    "fix",
    "job",
    "json",
    "merge",
    "metrics_file",
    "name",
    "name_contains",
    "quiet",
    "report_file",
    "resume",
    "scope",
    "shard",
    "show",
    "skip_preflight",
    "skip_s3_check",
    "status",
    "tuned",
    "unsafe_fixes",
    "unvalidated",
    "validation",
    "validation_file",
    "verbose",
    "yes",
];

impl Key {
    /// Whether the top of the file, or a variable without a command's name, sets it for some command.
    pub(super) fn has_common_name(&self) -> bool {
        self.commands.iter().any(|command| !self.apart.contains(command))
    }
}

/// The variable that sets a key for one command alone; for an option of the program itself, the only one.
pub(super) fn own_variable(command: &str, key: &str) -> String {
    let command = if command.is_empty() { String::new() } else { format!("{}_", command.to_uppercase()) };
    format!("{}{command}{}", super::ENV_PREFIX, key.to_uppercase())
}

/// The key that a variable sets, `seed` or `prepare.seed`.
pub(super) fn key_of_variable(name: &str) -> Option<String> {
    if let Some(key) = KEYS.iter().find(|key| key.has_common_name() && own_variable("", key.name) == name) {
        return Some(key.name.to_owned());
    }
    let own = KEYS.iter().flat_map(|key| key.commands.iter().map(move |command| (*command, key.name)));
    own.filter(|(command, _)| !command.is_empty())
        .find(|(command, key)| own_variable(command, key) == name)
        .map(|(command, key)| format!("{command}.{key}"))
}

/// Whether any command has a key of this name.
pub(super) fn is_any_key(name: &str) -> bool {
    KEYS.iter().any(|key| key.name == name)
}

/// Whether a command has a key.
pub(super) fn is_known(command: &str, name: &str) -> bool {
    KEYS.iter().any(|key| key.name == name && key.commands.contains(&command))
}

/// Whether only the command's own table and variable set a key.
pub(super) fn is_apart(command: &str, name: &str) -> bool {
    KEYS.iter().any(|key| key.name == name && key.apart.contains(&command))
}

fn commands() -> Vec<&'static str> {
    let mut all: Vec<_> = KEYS.iter().flat_map(|key| key.commands).copied().filter(|name| !name.is_empty()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

pub(super) fn check_table(path: &Path, line: usize, name: &str) -> Result<()> {
    if commands().contains(&name) {
        return Ok(());
    }
    Err(unknown(format!("{}:{line}", path.display()), "section", name, commands().into_iter().map(str::to_owned)))
}

pub(super) fn check_key(path: &Path, line: usize, name: &str) -> Result<()> {
    let origin = || format!("{}:{line}", path.display());
    let (section, key) = match name.split_once('.') {
        Some((section, key)) => (Some(section), key),
        None => (None, name),
    };
    let fits = |candidate: &&Key| match section {
        Some(section) => candidate.commands.contains(&section),
        None => candidate.has_common_name(),
    };
    if KEYS.iter().filter(fits).any(|candidate| candidate.name == key) {
        return Ok(());
    }
    let kind = section.map_or("key".to_owned(), |section| format!("key of [{section}]"));
    if OPTIONS_OF_ONE_CALL.contains(&key) {
        return Err(of_one_call(origin(), &kind, key));
    }
    if let (None, Some(known)) = (section, KEYS.iter().find(|candidate| candidate.name == key)) {
        let what = format!("unknown {kind} `{key}`");
        return Err(Error::Setting {
            origin: origin(),
            what,
            hint: format!("write it below [{}].", known.commands[0]),
        });
    }
    Err(unknown(origin(), &kind, key, KEYS.iter().filter(fits).map(|candidate| candidate.name.to_owned())))
}

/// Variables that are not keys: where the file is, the clock of the tests, where the tests find real photos, what `make` uses.
const OTHER_VARIABLES: &[&str] = &["NOVA_FT_CONFIG", "NOVA_FT_CLOCK", "NOVA_FT_REAL_PHOTOS", "NOVA_FT_CACHE"];

pub(super) fn check_env(name: &str) -> Result<()> {
    if OTHER_VARIABLES.contains(&name) || key_of_variable(name).is_some() {
        return Ok(());
    }
    let key = name.strip_prefix(super::ENV_PREFIX).unwrap_or(name).to_lowercase();
    if OPTIONS_OF_ONE_CALL.contains(&key.as_str()) {
        return Err(of_one_call(name.to_owned(), "setting", &key));
    }
    if let Some(apart) = KEYS.iter().find(|candidate| candidate.name == key) {
        let what = format!("unknown setting `{key}`");
        let hint = format!("did you mean {}?", own_variable(apart.commands[0], apart.name));
        return Err(Error::Setting { origin: name.to_owned(), what, hint });
    }
    let common = KEYS.iter().filter(|key| key.has_common_name()).map(|key| own_variable("", key.name));
    let own = KEYS.iter().flat_map(|key| key.commands.iter().map(|command| own_variable(command, key.name)));
    // The variables of one command are many: they are looked through, and not listed.
    let nearest = common.clone().chain(own).map(|candidate| (edit_distance(name, &candidate), candidate)).min();
    let hint = match nearest {
        Some((distance, candidate)) if distance <= 3 => format!("did you mean {candidate}?"),
        _ => format!("known here: {}.", common.collect::<Vec<_>>().join(", ")),
    };
    Err(Error::Setting { origin: name.to_owned(), what: format!("unknown setting `{key}`"), hint })
}

fn of_one_call(origin: String, kind: &str, key: &str) -> Error {
    let hint = format!("--{} is for one call: give it on the command line.", key.replace('_', "-"));
    Error::Setting { origin, what: format!("`{key}` is no {kind}"), hint }
}

fn unknown(origin: String, kind: &str, name: &str, candidates: impl Iterator<Item = String>) -> Error {
    let candidates: Vec<_> = candidates.collect();
    let nearest = candidates.iter().map(|candidate| (edit_distance(name, candidate), candidate)).min();
    let hint = match nearest {
        Some((distance, candidate)) if distance <= 3 => format!("did you mean `{candidate}`?"),
        _ => format!("known here: {}.", candidates.join(", ")),
    };
    Error::Setting { origin, what: format!("unknown {kind} `{name}`"), hint }
}

/// Levenshtein distance, over characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_stand_once() {
        assert!(KEYS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn the_distance_counts_insertions_deletions_and_changes() {
        assert_eq!(edit_distance("seed", "seed"), 0);
        assert_eq!(edit_distance("sed", "seed"), 1);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
