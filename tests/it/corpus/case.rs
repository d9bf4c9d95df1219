//! A file of the corpus: what is in it, and what the validator must say.

use std::path::Path;

use nova_ft::findings::{Finding, Levels, Severity};
use nova_ft::progress::Silent;
use nova_ft::validate::{Model, ValidateOptions, Validated, validate};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::records::{Recipe, pointer, random_for, records};

/// A file, or two, with all its findings.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) file_name: &'static str,
    pub(super) train: Vec<u8>,
    pub(super) validation: Option<Vec<u8>>,
    pub(super) model: Model,
    /// Sorted; none for a good file.
    pub(super) expected: Vec<Said>,
}

/// A finding as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Said {
    pub(super) is_validation: bool,
    pub(super) line: Option<u64>,
    pub(super) pointer: Option<String>,
    pub(super) code: String,
    pub(super) severity: Severity,
}

impl Said {
    /// `[W] [V] LINE POINTER CODE`: a warning, of the validation file; `-` for no line or no pointer, `@` for the line
    /// that was changed, `@N` for the Nth after it.
    fn parse(text: &str, line: u64) -> Self {
        let words: Vec<_> = text.split(' ').collect();
        let (flags, place) = words.split_at(words.len() - 3);
        Self {
            is_validation: flags.contains(&"V"),
            line: match place[0] {
                "-" => None,
                place => Some(
                    place
                        .strip_prefix('@')
                        .map_or_else(|| place.parse().unwrap(), |after| line + after.parse::<u64>().unwrap_or(0)),
                ),
            },
            pointer: (place[1] != "-").then(|| place[1].to_owned()),
            code: place[2].to_owned(),
            severity: if flags.contains(&"W") { Severity::Warning } else { Severity::Error },
        }
    }

    pub(super) fn of(finding: &Finding) -> Self {
        let file = finding.place.file.as_deref().and_then(Path::file_name);
        Self {
            is_validation: file.is_some_and(|name| name == "validation.jsonl"),
            line: finding.place.line,
            pointer: finding.place.member.clone(),
            code: finding.rule.code.to_owned(),
            severity: finding.severity,
        }
    }
}

/// All findings that a text names, `; ` between them.
pub(super) fn expected(text: &str, line: u64) -> Vec<Said> {
    let mut said: Vec<_> = text.split("; ").filter(|one| !one.is_empty()).map(|one| Said::parse(one, line)).collect();
    said.sort();
    said
}

/// Lines of JSONL.
pub(super) fn to_lines(records: &[Value]) -> Vec<Vec<u8>> {
    records.iter().map(|record| format!("{record}\n").into_bytes()).collect()
}

impl Case {
    /// A file of bytes.
    pub(super) fn of_bytes(name: impl Into<String>, model: Model, train: impl Into<Vec<u8>>, said: &str) -> Self {
        let (file_name, validation) = ("train.jsonl", None);
        Self { name: name.into(), file_name, train: train.into(), validation, model, expected: expected(said, 0) }
    }

    /// Good records of which one, not the first, is changed. The findings are named as `POINTER CODE`, those of the file as
    /// `FILE CODE`.
    pub(super) fn of_record(name: impl Into<String>, recipe: Recipe, change: impl Fn(&mut Value), said: &str) -> Self {
        let name = name.into();
        let mut random = random_for(&name);
        let mut records = records(recipe, &mut random);
        let at = random.random_range(1..records.len());
        let place = |one: &str| {
            let (flag, one) = one.strip_prefix("W ").map_or(("", one), |one| ("W ", one));
            match one.split_once(' ').unwrap() {
                ("FILE", code) => format!("{flag}- - {code}"),
                ("-", code) => format!("{flag}@ - {code}"),
                (named, code) => format!("{flag}@ {} {code}", pointer(&records[at], named)),
            }
        };
        let said: Vec<_> = said.split("; ").filter(|one| !one.is_empty()).map(place).collect();
        change(&mut records[at]);
        let case = Self::of_bytes(name, recipe.model, to_lines(&records).concat(), "");
        Self { expected: expected(&said.join("; "), at as u64 + 1), ..case }
    }

    /// Lines of good records, changed at one of them that is neither the first nor the last.
    pub(super) fn of_lines(
        name: impl Into<String>,
        recipe: Recipe,
        change: impl FnOnce(&mut Vec<Vec<u8>>, usize, &mut ChaCha8Rng),
        said: &str,
    ) -> Self {
        let name = name.into();
        let mut random = random_for(&name);
        let mut lines = to_lines(&records(recipe, &mut random));
        let at = random.random_range(1..lines.len() - 1);
        change(&mut lines, at, &mut random);
        let case = Self::of_bytes(name, recipe.model, lines.concat(), "");
        Self { expected: expected(said, at as u64 + 1), ..case }
    }

    #[must_use]
    pub(super) fn named(self, file_name: &'static str) -> Self {
        Self { file_name, ..self }
    }

    #[must_use]
    pub(super) fn with_validation(self, validation: impl Into<Vec<u8>>) -> Self {
        Self { validation: Some(validation.into()), ..self }
    }

    /// Writes the files into a folder of their own, and how to check them.
    pub(super) fn write(&self, folder: &Path) -> ValidateOptions {
        std::fs::create_dir_all(folder).unwrap();
        let file = folder.join(self.file_name);
        std::fs::write(&file, &self.train).unwrap();
        let validation = self.validation.as_ref().map(|bytes| {
            let path = folder.join("validation.jsonl");
            std::fs::write(&path, bytes).unwrap();
            path
        });
        // Labels are any text here; how names look has cases and tests of its own.
        let allow = ["LBL006", "LBL007", "LBL015", "LBL016", "LBL018", "LBL019"].map(str::to_owned).to_vec();
        let levels = Levels { allow, deny: Vec::new() };
        ValidateOptions { file, validation, model: self.model, input_dir: None, levels }
    }
}

/// What the validator finds.
pub(super) fn check(options: &ValidateOptions) -> Validated {
    validate(options, &Silent).unwrap()
}

/// The findings as they are compared, sorted.
pub(super) fn said(validated: &Validated) -> Vec<Said> {
    let mut said: Vec<_> = validated.report.findings().iter().map(Said::of).collect();
    said.sort();
    said
}
