//! What `--fix` makes of a file: whole, once for all, and nothing worse.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nova_ft::findings::{FixKind, Severity};
use nova_ft::validate::{FixOptions, Fixed, UnsafeFixes, ValidateOptions, Validated, fix};

use super::case::check;

/// A repair of a file, and one of what it made.
pub(crate) struct Repaired {
    pub(crate) first: Fixed,
    pub(crate) second: Fixed,
    pub(crate) after: Validated,
}

/// Repairs a file twice and asserts what holds of every repair.
pub(crate) fn repair(options: &ValidateOptions, unsafe_fixes: UnsafeFixes, folder: &Path) -> Repaired {
    let before = std::fs::read(&options.file).unwrap();
    let of = |file: &Path, name: &str| {
        let (file, out) = (file.to_path_buf(), folder.join(name));
        let (model, input_dir, levels) = (options.model, options.input_dir.clone(), options.levels.clone());
        fix(&FixOptions { file, out, model, input_dir, levels, unsafe_fixes }).unwrap()
    };
    let name = if unsafe_fixes == UnsafeFixes::Apply { "unsafe" } else { "safe" };
    let first = of(&options.file, &format!("{name}.jsonl"));
    let second = of(&first.out, &format!("{name}_again.jsonl"));
    assert_eq!(std::fs::read(&options.file).unwrap(), before, "the file is never changed");
    let made = std::fs::read(&first.out).unwrap();
    let diff = PathBuf::from(format!("{}.diff", first.out.display()));
    assert_eq!(first.changed > 0, made != before, "what changed is counted");
    assert_eq!(first.changed > 0, diff.exists());
    if first.changed > 0 {
        assert_eq!(apply(&before, &std::fs::read(diff).unwrap()), made, "the diff makes the copy of the file");
    }
    assert_eq!((second.changed, second.fixes), (0, 0), "a second repair finds nothing");
    assert_eq!(std::fs::read(&second.out).unwrap(), made);
    let after = check(&ValidateOptions { file: first.out.clone(), ..options.clone() });
    let is_left = |kind| {
        after
            .report
            .findings()
            .iter()
            .any(|finding| finding.is_fixed_by(kind) && finding.place.file.as_ref() == Some(&first.out))
    };
    assert!(!is_left(FixKind::Safe), "what has a repair is repaired");
    assert!(unsafe_fixes == UnsafeFixes::Leave || !is_left(FixKind::Unsafe));
    Repaired { first, second, after }
}

/// How many errors there are of each code.
pub(crate) fn errors(validated: &Validated) -> BTreeMap<&'static str, usize> {
    let counts = validated.report.counts().into_iter();
    counts.filter(|count| count.severity == Severity::Error).map(|count| (count.rule.code, count.total)).collect()
}

/// Applies a unified diff to bytes: every number in a header and every line of context must be right.
fn apply(old: &[u8], diff: &[u8]) -> Vec<u8> {
    let old: Vec<&[u8]> = old.split_inclusive(|byte| *byte == b'\n').collect();
    let mut lines = diff.split_inclusive(|byte| *byte == b'\n').skip(2).peekable();
    let mut new = Vec::new();
    let (mut at, mut new_count) = (0, 0);
    while let Some(header) = lines.next() {
        let header = std::str::from_utf8(header).unwrap();
        let mut words = header.split(' ').skip(1);
        let mut numbers = || -> (usize, usize) {
            let range = &words.next().unwrap()[1..];
            let (start, count) = range.split_once(',').unwrap_or((range, "1"));
            (start.parse().unwrap(), count.parse().unwrap())
        };
        let ((old_start, old_lines), (_, new_lines)) = (numbers(), numbers());
        let first = if old_lines == 0 { old_start } else { old_start - 1 };
        new_count += first - at;
        new.extend(old[at..first].concat());
        at = first;
        let (old_end, new_end) = (at + old_lines, new_count + new_lines);
        while at < old_end || new_count < new_end {
            let (sign, mut text) = lines.next().unwrap().split_at(1);
            if lines.next_if_eq(&&b"\\ No newline at end of file\n"[..]).is_some() {
                text = text.strip_suffix(b"\n").unwrap();
            }
            if sign != b"+" {
                assert_eq!(old[at], text);
                at += 1;
            }
            if sign != b"-" {
                new.extend_from_slice(text);
                new_count += 1;
            }
        }
        assert_eq!((at, new_count), (old_end, new_end));
    }
    new.extend(old[at..].concat());
    new
}
