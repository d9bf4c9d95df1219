//! Which crates nova-ft is compiled with.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

#[test]
fn no_banned_crate_has_come_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bans = std::fs::read_to_string(root.join("deny.toml")).unwrap();
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).unwrap();
    let banned: Vec<_> =
        bans.lines().filter_map(|line| line.trim().strip_prefix("{ crate = \"")?.split('"').next()).collect();
    assert!(banned.len() >= 3, "{banned:?}");
    for name in banned {
        assert!(!lock.contains(&format!("name = \"{name}\"")), "{name} is banned by deny.toml");
    }
}

/// The packages with their features.
fn packages(edges: &str) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--offline", "--prefix", "none", "--format", "{p} {f}", "--edges", edges]);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

/// Else `cargo test` after `cargo build` compiles the same crates twice.
#[test]
fn no_dev_dependency_changes_the_features_of_a_dependency() {
    let all = packages("normal,build,dev");
    let changed: Vec<_> = packages("normal,build").difference(&all).cloned().collect();
    assert!(changed.is_empty(), "{changed:#?}");
}
