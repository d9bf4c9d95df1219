//! Whoever writes HTML or SVG escapes what the user's data say: names of files, labels, jobs, and error texts.

use std::path::{Path, PathBuf};

use crate::reading::root;

const TAGS: [&str; 10] = ["<td", "<div", "<p>", "<li>", "<html", "<span", "<figure", "<h1", "<text", "<title"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The part of a file that is not its tests.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]").next().unwrap().to_owned()
}

#[test]
fn every_file_that_writes_markup_escapes_and_has_a_test_with_markup_in_its_data() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let is_test = |path: &Path| path.to_string_lossy().contains("tests");
    let mut writers = Vec::new();
    for path in files.iter().filter(|path| !is_test(path)) {
        let code = code(path);
        // A tag with something of the data beside it.
        let is_writing = |line: &&str| {
            !line.trim_start().starts_with("//") && line.contains('{') && TAGS.iter().any(|tag| line.contains(tag))
        };
        let is_writer = code.lines().any(|line| is_writing(&line));
        if is_writer {
            let is_escaped = code.contains("escape(") || code.contains("escape_sentence(");
            assert!(is_escaped, "{} writes markup and escapes nothing", path.display());
            writers.push(
                path.strip_prefix(root().join("src")).unwrap().components().next().unwrap().as_os_str().to_owned(),
            );
        }
    }
    writers.sort();
    writers.dedup();
    // Each module that writes markup has a test whose data are markup; what `cli` writes holds addresses of ours alone.
    for module in writers.iter().filter(|module| *module != "cli") {
        let mut own = Vec::new();
        sources(&root().join("src").join(module), &mut own);
        let is_tested = own.iter().any(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            text.contains("&lt;script&gt;alert(1)")
                || text.contains("onerror=alert(1)")
                || text.contains("<script>alert(1)")
        });
        assert!(is_tested, "no test of {} has markup in its data", module.display());
    }
    assert!(writers.len() >= 5, "{writers:?}");
}
