//! What people have written stays true: every command has a page, and what the pages name is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::reading::root;
use crate::worked_pages::{pages, text};

/// What a page of a command answers, in this order.
const SECTIONS: [&str; 8] = [
    "## When",
    "## A run",
    "## How to read it",
    "## Options that matter",
    "## Exit codes",
    "## What it writes, and a second run",
    "## What goes wrong",
    "## Next",
];

/// The help of each command, by what is typed after `nova-ft`: `job create`.
fn help() -> BTreeMap<String, String> {
    let reference = crate::harness::reference();
    let sections = reference.split("\n## `nova-ft").skip(1);
    sections
        .map(|section| {
            let (name, help) = section.split_once('`').unwrap();
            (name.trim().to_owned(), help.to_owned())
        })
        .collect()
}

/// The page of a command: its own, or that of its family.
fn page_of(command: &str) -> Option<(String, String)> {
    let names = [command.replace(' ', "-"), command.split(' ').next().unwrap().to_owned()];
    names.into_iter().find_map(|name| {
        let page = std::fs::read_to_string(root().join(format!("docs/commands/{name}.md"))).ok()?;
        page.contains(&format!("nova-ft {command}")).then_some((name, page))
    })
}

/// Options of the form `--name`.
fn options(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.starts_with("--") && word.len() > 3 && word.as_bytes()[2].is_ascii_lowercase()).collect()
}

/// Codes of rules: three capitals, or S3U, and three digits.
fn codes(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let is_code = |word: &&str| {
        let bytes = word.as_bytes();
        bytes.len() == 6
            && bytes[..3].iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'3')
            && bytes[3..].iter().all(u8::is_ascii_digit)
    };
    words.filter(is_code).collect()
}

#[test]
fn every_command_has_a_page_that_answers_the_same_questions() {
    let help = help();
    let families: BTreeSet<_> = help.keys().filter_map(|name| name.split_once(' ').map(|(family, _)| family)).collect();
    let index = text(Path::new("docs/README.md"));
    for (command, help) in help.iter().filter(|(name, _)| !name.is_empty() && !families.contains(name.as_str())) {
        let (name, page) = page_of(command).unwrap_or_else(|| panic!("docs/commands has no page of `{command}`"));
        assert!(index.contains(&format!("(commands/{name}.md)")), "docs/README.md does not list {name}");
        let mut rest = page.as_str();
        for section in SECTIONS {
            let at = rest.find(&format!("\n{section}\n")).unwrap_or_else(|| panic!("{name}: `{section}` is not there"));
            rest = &rest[at + 1..];
        }
        let is_shown = page.lines().any(|line| line.starts_with("$ ") && line.contains("nova-ft "));
        assert!(is_shown, "{name} shows no run");
        // A page of several commands may name the options of each.
        if name == command.replace(' ', "-") {
            let own = page.split("\n## ").find(|section| section.starts_with("Options that matter")).unwrap();
            for option in options(own) {
                assert!(options(help).contains(option), "{name}: `nova-ft {command}` has no {option}");
            }
        }
    }
}

#[test]
fn every_option_and_rule_that_a_page_names_exists() {
    let help: String = help().into_values().collect();
    let known = options(&help);
    let registry = nova_ft::registry::registry();
    let mut named = 0;
    for page in pages() {
        let text = text(&page);
        for code in codes(&text) {
            assert!(registry.find(code).is_some(), "{}: there is no rule {code}", page.display());
            named += 1;
        }
        for line in text.lines().filter(|line| line.contains("nova-ft ")) {
            for option in options(line).difference(&BTreeSet::from(["--cli-input-json", "--foreground", "--signal"])) {
                assert!(known.contains(option), "{}: no command has {option}: {line}", page.display());
            }
        }
    }
    assert!(named > 60, "{named} rules are named");
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let text = line.trim_start_matches('#').trim().to_lowercase();
            let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut all = pages();
    all.extend(["README.md", "docs/architecture.md", "docs/security.md", "docs/fuzzing.md"].map(Into::into));
    let mut followed = 0;
    for page in all.iter().filter(|page| root().join(page).exists()) {
        let own = text(page);
        for link in own.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target =
                if file.is_empty() { root().join(page) } else { root().join(page).parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            if !anchor.is_empty() {
                let target = std::fs::read_to_string(target).unwrap();
                assert!(anchors(&target).contains(anchor), "{}: {link} has no such heading", page.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 100, "{followed} links");
}

#[test]
fn the_troubleshooting_page_names_a_rule_for_each_way_to_be_refused() {
    let page = text(Path::new("docs/troubleshooting.md"));
    for number in 1..=36 {
        let row = page.lines().find(|line| line.starts_with(&format!("| V{number:02} |")));
        let row = row.unwrap_or_else(|| panic!("V{number:02} is missing"));
        assert!(!codes(row).is_empty() || row.contains("no rule: "), "{row}");
    }
    // What the program itself knows a hint for stands there too.
    for message in [
        "model identifier is invalid",
        "Could not assume provided IAM role",
        "Cross-account pass role",
        "invalid data schema/format",
        "Data files must conform to JSONL format",
        "must be in .jsonl format",
        "GetObject permissions",
        "Amazon S3 perms missing (PutObject)",
        "on-demand throughput",
        "ThrottlingException",
        "ConflictException",
        "ServiceQuotaExceededException",
        "ExpiredToken",
    ] {
        assert!(page.contains(message), "{message}");
    }
}

#[test]
fn every_rule_about_the_job_that_is_an_error_is_named_beside_a_message() {
    let page = text(Path::new("docs/troubleshooting.md"));
    let named = codes(&page);
    let registry = nova_ft::registry::registry();
    let errors = registry.rules().iter().filter(|rule| rule.severity == nova_ft::findings::Severity::Error);
    let missing: Vec<_> =
        errors.map(|rule| rule.code).filter(|code| code.starts_with("JOB") && !named.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
