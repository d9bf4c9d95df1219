//! The validator finds what is wrong in each file of a corpus, at its place and under its code, and nothing else; and it
//! finds nothing in good files. The files are made here: seeded records, each case with one change.
//!
//! `cargo test --test it corpus -- --nocapture` prints what is said of each case.

mod case;
mod good;
mod lines;
mod media;
mod members;
mod records;
pub(crate) mod repairs;
mod sets;
mod texts;
mod turns;

use std::collections::BTreeSet;
use std::path::Path;

use nova_ft::findings::{FixKind, Severity};
use nova_ft::validate::UnsafeFixes;
use rayon::prelude::*;

use crate::harness::Project;
use case::{Case, check, said};
use repairs::{errors, repair};

/// Files that are made only once: too large to be repaired in a test.
const LARGE_BYTES: usize = 1 << 20;

fn bad() -> Vec<Case> {
    let groups = [members::cases(), texts::cases(), turns::cases(), media::cases(), lines::cases(), sets::cases()];
    groups.into_iter().flatten().collect()
}

/// The files of the corpus that are no longer than this, to be damaged further.
pub(crate) fn seeds(longest: usize) -> Vec<Vec<u8>> {
    let cases = bad().into_iter().chain(good::cases()).map(|case| case.train);
    cases.filter(|bytes| (1..longest).contains(&bytes.len())).collect()
}

/// What is wrong about what is said of a case, and what is said.
fn judge(case: &Case, folder: &Path) -> (Option<String>, String) {
    let validated = check(&case.write(folder));
    let findings = validated.report.findings();
    let table: String = findings
        .iter()
        .map(|finding| {
            let place = &finding.place;
            let line = place.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
            let message: String = finding.message.chars().take(200).collect();
            let fix = if finding.fix.is_some() { " [fix]" } else { "" };
            let member = place.member.as_deref().unwrap_or("-");
            format!("{} | {} | {line} {member} | {message}{fix}\n", case.name, finding.rule.code)
        })
        .collect();
    let found = said(&validated);
    let wrong = (found != case.expected).then(|| format!("{}: expected {:#?}\n{table}", case.name, case.expected));
    (wrong, table)
}

fn judge_all(cases: &[Case]) -> (String, String) {
    let root = tempfile::tempdir().unwrap();
    let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len(), "each case has a name of its own");
    let judged: Vec<_> =
        cases.par_iter().enumerate().map(|(n, case)| judge(case, &root.path().join(n.to_string()))).collect();
    let (wrong, tables): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    (wrong.into_iter().flatten().collect::<Vec<_>>().join("\n"), tables.concat())
}

#[test]
fn each_bad_file_has_its_findings_at_their_places_and_no_other() {
    let cases: Vec<_> = bad().into_iter().chain(sets::large()).collect();
    assert!(cases.len() >= 260, "{}", cases.len());
    let (wrong, table) = judge_all(&cases);
    println!("{table}{} files", cases.len());
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn nothing_is_found_in_a_good_file() {
    let cases = good::cases();
    assert!(cases.len() >= 60, "{}", cases.len());
    let (wrong, _) = judge_all(&cases);
    println!("{} files", cases.len());
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn repairs_are_whole_final_and_make_nothing_worse() {
    let root = tempfile::tempdir().unwrap();
    let cases = bad();
    let small = cases.par_iter().enumerate().filter(|(_, case)| case.train.len() < LARGE_BYTES);
    let counts: Vec<_> = small
        .map(|(n, case)| {
            let folder = root.path().join(n.to_string());
            let options = case.write(&folder);
            let before = check(&options);
            let has_fix = before
                .report
                .findings()
                .iter()
                .any(|finding| finding.fix.is_some() && finding.place.file.as_ref() == Some(&options.file));
            if !has_fix {
                return 0;
            }
            for unsafe_fixes in [UnsafeFixes::Leave, UnsafeFixes::Apply] {
                let repaired = repair(&options, unsafe_fixes, &folder);
                let (old, new) = (errors(&before), errors(&repaired.after));
                for (code, count) in &new {
                    assert!(
                        old.get(code).is_some_and(|old| old >= count),
                        "{}: {code} is new: {old:?} {new:?}",
                        case.name
                    );
                }
                let is_repaired = |kind| before.report.findings().iter().any(|finding| finding.is_fixed_by(kind));
                let has_changed = is_repaired(FixKind::Safe) || (unsafe_fixes == UnsafeFixes::Apply);
                assert_eq!(repaired.first.fixes > 0, has_changed, "{}", case.name);
                assert_eq!(repaired.second.fixes, 0, "{}", case.name);
            }
            1
        })
        .collect();
    let count: usize = counts.iter().sum();
    println!("{count} files with a repair");
    assert!(count >= 50, "{count}");
}

#[test]
fn the_program_says_no_to_bad_files_and_yes_to_good_ones() {
    let project = Project::empty();
    let run = |cases: Vec<Case>, step: usize| {
        for (n, case) in cases.iter().filter(|case| case.train.len() < LARGE_BYTES).enumerate().step_by(step) {
            let options = case.write(&project.path(&format!("{step}/{n}")));
            let (file, model) = (options.file.display().to_string(), case.model.to_string());
            let mut args = vec!["validate", &file, "--model", &model, "--json"];
            let validation = options.validation.map(|path| path.display().to_string());
            args.extend(validation.iter().flat_map(|path| ["--validation", path]));
            let code = i32::from(case.expected.iter().any(|said| said.severity == Severity::Error));
            let said = project.run(&args).exits(code);
            let findings = said.events().iter().filter(|event| event["event"] == "finding").count();
            assert_eq!(findings, case.expected.len(), "{}: {}", case.name, said.all());
        }
    };
    run(bad(), 23);
    run(good::cases(), 12);
}
