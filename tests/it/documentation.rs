//! What is generated stays true. `make docs` runs these tests with `UPDATE_DOCS=1`, which writes the pages.

use std::fmt::Write as _;
use std::path::Path;

use nova_ft::findings::Group;

/// Compares a page with what the program says now; `UPDATE_DOCS=1` writes it.
fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/{name} is not what the program says: run `make docs` and commit it");
}

#[test]
fn the_reference_of_the_commands_is_true() {
    check("cli.md", &crate::harness::reference());
}

#[test]
fn the_reference_of_the_rules_is_true() {
    let registry = nova_ft::registry::registry();
    let mut page = String::from("# Rules\n\nGenerated from the program by `make docs`; a test keeps it true.\n");
    for group in Group::ALL {
        let rules: Vec<_> = registry.rules().iter().filter(|rule| rule.code.starts_with(group.prefix())).collect();
        if rules.is_empty() {
            continue;
        }
        writeln!(page, "\n# {}: {}", group.prefix(), group.title()).unwrap();
        for rule in rules {
            let text = rule.page().replace("\n## ", "\n### ");
            writeln!(page, "\n#{}", text.trim_end()).unwrap();
        }
    }
    check("rules.md", &page);
}

#[test]
fn the_rules_of_a_consensus_stand_in_its_page_as_they_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/consensus.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once("<!-- rules -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end of the rules -->").unwrap();
    let rules = nova_ft::labels::consensus::rules_table();
    check("consensus.md", &format!("{before}<!-- rules -->\n{rules}<!-- end of the rules -->{after}"));
}

#[test]
fn the_architecture_page_has_every_module_in_order_and_nothing_left_to_fill_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    assert!(!page.contains("@@"), "a placeholder is left");
    let lib = std::fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let modules =
        lib.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    let names = page.lines().filter(|line| line.starts_with("| `")).flat_map(|line| {
        let cell = line.split('|').nth(1).unwrap();
        cell.split('`').skip(1).step_by(2).collect::<Vec<_>>()
    });
    assert_eq!(names.take(modules.clone().count()).collect::<Vec<_>>(), modules.collect::<Vec<_>>());
}
