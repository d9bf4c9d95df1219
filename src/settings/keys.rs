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
    key("account_id", &["prepare", "run"]),
    key("allow", &["prepare", "validate", "upload", "run"]),
    key("backend", &[""]),
    key("concurrency", &["upload", "run"]),
    key("count", &["sample"]),
    key("deny", &["prepare", "validate", "upload", "run"]),
    key("format", &["validate"]),
    key_apart("input_dir", &["prepare", "validate", "upload", "run"], &["validate", "upload"]),
    key("labels", &["prepare", "run"]),
    key("log_dir", &[""]),
    key("model", &["validate", "upload", "run"]),
    key("no_convert", &["prepare", "run"]),
    key_apart("output_dir", &["prepare", "sample", "run"], &["sample"]),
    key("port", &["local"]),
    key("region", &["upload", "run"]),
    key("s3_bucket", &["prepare", "upload", "run"]),
    key("s3_prefix", &["prepare", "upload", "run"]),
    key("seed", &["prepare", "sample", "run"]),
    key("split_by", &["prepare", "run"]),
    key("state_dir", &[""]),
    key("system", &["prompt"]),
    key("timeout", &[""]),
    key("user", &["prompt"]),
    key("validation_fraction", &["prepare", "run"]),
];

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
    Err(unknown(format!("{}:{line}", path.display()), "section", name, &commands()))
}

pub(super) fn check_key(path: &Path, line: usize, name: &str) -> Result<()> {
    let origin = format!("{}:{line}", path.display());
    match name.split_once('.') {
        Some((command, key)) if !is_known(command, key) => {
            let candidates: Vec<_> = KEYS.iter().filter(|k| k.commands.contains(&command)).map(|k| k.name).collect();
            Err(unknown(origin, &format!("key of [{command}]"), key, &candidates))
        }
        // `prompt` is no command: its keys stand only in their table.
        None if !KEYS.iter().any(|key| key.name == name && key.commands != ["prompt"]) => {
            Err(unknown(origin, "key", name, &KEYS.iter().map(|key| key.name).collect::<Vec<_>>()))
        }
        _ => Ok(()),
    }
}

/// Variables that are not keys: where the file is, the clock of the tests, where the tests find real photos, what `make` uses.
const OTHER_VARIABLES: &[&str] = &["CONFIG", "CLOCK", "REAL_PHOTOS", "CACHE"];

pub(super) fn check_env(name: &str) -> Result<()> {
    let key = name.trim_start_matches(super::ENV_PREFIX).to_lowercase();
    let own = |command: &&str| key.strip_prefix(*command).and_then(|rest| rest.strip_prefix('_'));
    let known = OTHER_VARIABLES.iter().any(|other| other.eq_ignore_ascii_case(&key))
        || KEYS.iter().any(|k| k.name == key)
        || commands().iter().any(|command| own(command).is_some_and(|rest| is_known(command, rest)));
    if known {
        return Ok(());
    }
    Err(unknown(name.to_owned(), "setting", &key, &KEYS.iter().map(|key| key.name).collect::<Vec<_>>()))
}

fn unknown(origin: String, kind: &str, name: &str, candidates: &[&str]) -> Error {
    let nearest = candidates.iter().map(|candidate| (edit_distance(name, candidate), *candidate)).min();
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
