//! Data flows one way: no module uses one that stands below it in `src/lib.rs`.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The modules in the order of `lib.rs`.
fn modules(src: &Path) -> Vec<String> {
    let lib = std::fs::read_to_string(src.join("lib.rs")).unwrap();
    let names = lib.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

#[test]
fn no_module_uses_a_later_one() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let order = modules(&src);
    assert!(order.len() > 10, "{order:?}");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut arrows = 0;
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&src).unwrap();
        let own =
            relative.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let Some(own_place) = order.iter().position(|name| *name == own) else { continue };
        let text = std::fs::read_to_string(&file).unwrap();
        // What stands in tests may look at the whole.
        let code = code_of(&text);
        let is_test_file = file.file_stem().is_some_and(|stem| stem == "tests");
        for used in code.split("crate::").skip(1).filter(|_| !is_test_file) {
            let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let Some(place) = order.iter().position(|module| *module == name) else { continue };
            arrows += 1;
            if place > own_place {
                wrong.push(format!("{} uses {name}", relative.display()));
            }
        }
    }
    wrong.dedup();
    assert!(arrows > 50, "the test reads the sources: {arrows} arrows");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The lines that are neither comment nor test.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_sdk_is_named_in_one_folder_and_only_settings_read_the_environment() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    for file in files {
        let relative = file.strip_prefix(&src).unwrap().display().to_string();
        let text = std::fs::read_to_string(&file).unwrap();
        let code = code_of(&text);
        let only = |needle: &str, homes: &[&str]| {
            // Files that are compiled for tests only.
            let of_tests =
                ["tests.rs", "samples.rs"].iter().any(|end| relative.ends_with(end)) || relative.contains("/tests/");
            let at_home = homes.iter().any(|home| relative.starts_with(home));
            assert!(of_tests || at_home || !code.contains(needle), "{relative} names {needle}");
        };
        only("aws_config", &["aws/"]);
        only("aws_sdk_", &["aws/"]);
        only("SystemTime::now", &[]);
        only("env::var", &["settings"]);
    }
}
