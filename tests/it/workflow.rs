//! What the workflow for GitHub names exists.

use std::path::Path;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The commands of a workflow: what stands behind `run:`, on the line or in the block below it.
fn commands(workflow: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut block: Option<usize> = None;
    for line in workflow.lines() {
        let indent = line.len() - line.trim_start().len();
        if block.is_some_and(|least| indent > least && !line.trim().is_empty()) {
            commands.push(line.trim().to_owned());
            continue;
        }
        block = None;
        let Some(command) = line.trim_start().trim_start_matches("- ").strip_prefix("run:") else { continue };
        match command.trim() {
            "|" | ">" => block = Some(indent),
            command => commands.push(command.to_owned()),
        }
    }
    commands
}

#[test]
fn the_workflow_runs_targets_of_the_makefile() {
    let (workflow, makefile) = (read(".github/workflows/test.yml"), read("Makefile"));
    let commands = commands(&workflow);
    let targets: Vec<&str> = commands
        .iter()
        .filter_map(|command| command.strip_prefix("make "))
        .flat_map(|words| words.split_whitespace().filter(|word| !word.contains('=')))
        .collect();
    assert!(targets.contains(&"test"), "{commands:?}");
    for target in targets {
        assert!(makefile.contains(&format!("\n{target}:")), "`make {target}` is not in the Makefile");
    }
}

#[test]
fn the_workflow_keeps_what_the_build_and_the_notebooks_leave() {
    let workflow = read(".github/workflows/test.yml");
    let kernel = read("notebooks/kernel.py");
    let workplace = read("notebooks/workplace.py");
    // Where evcxr_jupyter, the reader's pages and the executed notebooks are put.
    assert!(kernel.contains("\"nova-ft\" / \"evcxr\"") && workflow.contains("~/.cache/nova-ft\n"));
    assert!(workplace.contains("\".nova-ft\" / \"pages\"") && workflow.contains(".nova-ft/pages\n"));
    assert!(workplace.contains("\"output\" / \"notebooks\"") && workflow.contains("output/notebooks/*.ipynb\n"));
    assert!(workflow.contains("output/notebooks/*.html\n"));
    for file in ["Cargo.lock", "Cargo.toml", "data/models.toml"] {
        assert!(workflow.contains(&format!("'{file}'")) && !read(file).is_empty());
    }
}

#[test]
fn commands_stand_on_the_line_or_in_a_block_below_it() {
    let workflow = "jobs:\n  - run: make a\n  - name: b\n    run: |\n      make b\n      make c X=1\n    if: x\n";
    assert_eq!(commands(workflow), ["make a", "make b", "make c X=1"]);
}
