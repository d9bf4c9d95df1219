//! The form of the notebooks, which `notebooks/README.md` describes. That they run is what `make notebooks` shows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

const MOST_LINES: usize = 12;
const MOST_OUTPUT_BYTES: usize = 400_000;
/// Chapters that talk to a service which may be the real one.
const WITH_BACKEND: [&str; 3] = ["05", "07", "08"];
/// The chapter that is for AWS alone: without outputs, and nothing to break.
const ON_AWS: &str = "08";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks")
}

fn readme() -> String {
    std::fs::read_to_string(folder().join("README.md")).unwrap()
}

struct Cell {
    is_code: bool,
    source: String,
    tags: Vec<String>,
    outputs: String,
    was_run: bool,
}

impl Cell {
    fn is(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }
}

struct Chapter {
    /// `00_tour`.
    name: String,
    cells: Vec<Cell>,
    kernel: String,
    solutions: String,
}

impl Chapter {
    fn number(&self) -> &str {
        &self.name[..2]
    }

    fn code(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| cell.is_code)
    }

    /// The text below a heading of the second level, up to the next one.
    fn section(&self, heading: &str) -> Option<String> {
        let text: Vec<&str> = self.cells.iter().filter(|cell| !cell.is_code).map(|cell| cell.source.as_str()).collect();
        let text = format!("\n{}\n", text.join("\n\n"));
        let (_, below) = text.split_once(&format!("\n## {heading}\n"))?;
        Some(below.split("\n## ").next().unwrap().trim().to_owned())
    }
}

fn texts(value: &Value) -> String {
    match value {
        Value::Array(parts) => parts.iter().map(|part| part.as_str().unwrap()).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

fn chapters() -> Vec<Chapter> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "ipynb"));
    files.sort();
    files.iter().map(|path| parse(path)).collect()
}

fn parse(path: &Path) -> Chapter {
    let notebook: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cell = |cell: &Value| Cell {
        is_code: cell["cell_type"] == "code",
        source: texts(&cell["source"]),
        tags: cell["metadata"]["tags"].as_array().into_iter().flatten().map(texts).collect(),
        outputs: cell["outputs"]
            .as_array()
            .filter(|all| !all.is_empty())
            .map_or_else(String::new, |all| serde_json::to_string(all).unwrap()),
        was_run: cell["execution_count"].is_u64(),
    };
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let solutions = path.with_file_name("solutions").join(format!("{name}.md"));
    Chapter {
        cells: notebook["cells"].as_array().unwrap().iter().map(cell).collect(),
        kernel: texts(&notebook["metadata"]["kernelspec"]["name"]),
        solutions: std::fs::read_to_string(solutions).unwrap_or_default(),
        name,
    }
}

/// Calls `check` for each chapter; it adds what is wrong.
fn hold(check: impl Fn(&Chapter, &mut Vec<String>)) {
    let mut wrong = Vec::new();
    for chapter in chapters() {
        let mut own = Vec::new();
        check(&chapter, &mut own);
        wrong.extend(own.into_iter().map(|what| format!("{}: {what}", chapter.name)));
    }
    assert!(wrong.is_empty(), "see notebooks/README.md, \"Writing one\":\n{}", wrong.join("\n"));
}

#[test]
fn the_chapters_are_numbered_without_a_gap_and_the_readme_lists_each() {
    let chapters = chapters();
    assert!(!chapters.is_empty());
    let readme = readme();
    for (at, chapter) in chapters.iter().enumerate() {
        assert_eq!(chapter.number(), format!("{at:02}"), "{}", chapter.name);
        let link = format!("]({}.ipynb)", chapter.name);
        assert!(readme.contains(&link), "notebooks/README.md does not link {}", chapter.name);
        assert_eq!(chapter.kernel, "nova-ft", "{}", chapter.name);
    }
    let links = readme.matches(".ipynb)").count();
    assert_eq!(links, chapters.len(), "notebooks/README.md links notebooks that are not there");
}

#[test]
fn a_chapter_opens_with_its_title_a_promise_and_three_abilities() {
    hold(|chapter, wrong| {
        let opening = &chapter.cells[0];
        let title = format!("# {} · ", chapter.number());
        let lines: Vec<&str> = opening.source.lines().filter(|line| !line.trim().is_empty()).collect();
        if opening.is_code || !lines.first().is_some_and(|line| line.starts_with(&title) && line.len() > title.len()) {
            wrong.push(format!("the first cell does not begin with `{title}…`"));
            return;
        }
        let abilities = lines.iter().filter(|line| line.starts_with("- ")).count();
        if abilities != 3 {
            wrong.push(format!("{abilities} abilities stand at the beginning, not three"));
        }
        let before: Vec<&&str> = lines[1..].iter().take_while(|line| !line.starts_with("- ")).collect();
        if !before.last().is_some_and(|line| line.ends_with(':')) {
            wrong.push("the abilities do not follow a line that ends in a colon".to_owned());
        }
        let promise: usize = before.iter().map(|line| line.chars().count()).sum();
        if promise < 80 {
            wrong.push("there is no promise between the title and the abilities".to_owned());
        }
    });
}

#[test]
fn a_code_cell_has_at_most_twelve_lines_and_words_stand_between_every_two() {
    hold(|chapter, wrong| {
        let mut in_a_row = 0;
        for (at, cell) in chapter.cells.iter().enumerate() {
            in_a_row = if cell.is_code { in_a_row + 1 } else { 0 };
            let lines = cell.source.lines().count();
            if cell.is_code && (lines == 0 || lines > MOST_LINES) {
                wrong.push(format!("cell {at} has {lines} lines: {}", cell.source.lines().next().unwrap_or_default()));
            }
            if in_a_row > 2 {
                wrong.push(format!("cell {at} is the third of code in a row"));
            }
        }
    });
}

#[test]
fn a_chapter_ends_with_the_shell_a_recap_questions_and_exercises() {
    let commands = commands();
    hold(|chapter, wrong| {
        let places = ["At the shell", "Recap", "Questions", "Exercises"].map(|heading| {
            let place = chapter.cells.iter().position(|cell| {
                !cell.is_code && format!("\n{}\n", cell.source).contains(&format!("\n## {heading}\n"))
            });
            (heading, place)
        });
        for (heading, place) in places {
            if place.is_none() {
                wrong.push(format!("there is no `## {heading}`"));
            }
        }
        if !places.is_sorted_by_key(|(_, place)| place) {
            wrong.push("shell, recap, questions and exercises are not in this order".to_owned());
        }
        let shell = chapter.section("At the shell").unwrap_or_default();
        let block = shell.split_once("```sh\n").and_then(|(_, rest)| rest.split_once("\n```")).unwrap_or_default().0;
        let used: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("nova-ft ")).collect();
        if used.is_empty() {
            wrong.push("no command of nova-ft stands in a block of `sh` at the shell".to_owned());
        }
        for line in used {
            let words = line.split_whitespace().filter(|word| !word.starts_with('-'));
            if !words.take(3).any(|word| commands.contains(word)) {
                wrong.push(format!("there is no command `nova-ft {line}`"));
            }
        }
        if !chapter.section("Recap").unwrap_or_default().contains("|---") {
            wrong.push("the recap has no table".to_owned());
        }
        let questions = chapter.section("Questions").unwrap_or_default();
        if questions.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).count() < 2 {
            wrong.push("there are less than two questions, as a numbered list".to_owned());
        }
    });
}

/// The names of the program's commands, from its reference.
fn commands() -> BTreeSet<String> {
    let reference = crate::harness::reference();
    let headings = reference.lines().filter_map(|line| line.trim_start_matches('#').trim().strip_prefix("`nova-ft "));
    let names: BTreeSet<String> = headings
        .filter_map(|line| line.split('`').next()?.split_whitespace().find(|word| !word.starts_with(['-', '['])))
        .map(str::to_owned)
        .collect();
    assert!(names.contains("prepare") && names.contains("upload"), "{names:?}");
    names
}

#[test]
fn exercises_have_an_assertion_and_their_answers_stand_elsewhere() {
    hold(|chapter, wrong| {
        let exercises: Vec<&Cell> = chapter.code().filter(|cell| cell.is("exercise")).collect();
        if !(2..=3).contains(&exercises.len()) {
            wrong.push(format!("{} exercises, not two or three", exercises.len()));
        }
        for cell in &exercises {
            let part = cell.source.split("\nassert").next().unwrap();
            if part == cell.source || !part.contains("todo!()") {
                wrong.push(format!("an exercise needs `todo!()` above a line that begins with assert:\n{part}"));
            }
            if !cell.outputs.is_empty() {
                wrong.push("an exercise has an output".to_owned());
            }
        }
        let answers = chapter.solutions.matches("\n## Exercise ").count();
        if answers != exercises.len() {
            wrong.push(format!("{answers} answers to {} exercises", exercises.len()));
        }
        let link = format!("(solutions/{}.md)", chapter.name);
        if !chapter.section("Exercises").unwrap_or_default().contains(&link) {
            wrong.push(format!("the exercises do not link {link}"));
        }
    });
}

#[test]
fn a_chapter_breaks_something_on_purpose() {
    hold(|chapter, wrong| {
        let broken = chapter.code().any(|cell| cell.is("broken") || cell.is("expect-error"));
        if !broken && chapter.number() != ON_AWS {
            wrong.push("no cell is tagged `broken` or `expect-error`".to_owned());
        }
    });
}

#[test]
fn the_tags_are_those_of_the_readme() {
    let readme = readme();
    let known: BTreeSet<&str> = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert!(known.contains("exercise") && known.contains("aws"), "{known:?}");
    hold(|chapter, wrong| {
        for cell in chapter.cells.iter().filter(|cell| !cell.is_code && !cell.tags.is_empty()) {
            wrong.push(format!("a cell of text has tags: {:?}", cell.tags));
        }
        for tag in chapter.code().flat_map(|cell| &cell.tags).filter(|tag| !known.contains(tag.as_str())) {
            wrong.push(format!("the tag {tag} is not one of {known:?}"));
        }
    });
}

#[test]
fn a_chapter_that_may_use_aws_chooses_in_one_cell_and_names_the_guard() {
    hold(|chapter, wrong| {
        let choosing: Vec<&Cell> = chapter.code().filter(|cell| cell.is("backend")).collect();
        if choosing.len() > 1 {
            wrong.push(format!("{} cells choose the backend", choosing.len()));
        }
        if WITH_BACKEND.contains(&chapter.number()) && choosing.is_empty() {
            wrong.push("no cell is tagged `backend`".to_owned());
        }
        for cell in choosing {
            if !cell.source.contains("BackendKind") || !cell.source.contains("\"backend\"") {
                wrong.push(format!("the cell must ask the setting \"backend\" for a BackendKind:\n{}", cell.source));
            }
        }
        let on_aws = chapter.code().filter(|cell| cell.is("aws")).count();
        if (on_aws > 0) != (chapter.number() == ON_AWS) {
            wrong.push(format!("{on_aws} cells are tagged `aws`, which are for chapter {ON_AWS}"));
        }
    });
}

#[test]
fn outputs_are_committed_and_small_and_name_no_machine() {
    let own = env!("CARGO_MANIFEST_DIR");
    hold(|chapter, wrong| {
        let size: usize = chapter.code().map(|cell| cell.outputs.len()).sum();
        if size > MOST_OUTPUT_BYTES {
            wrong.push(format!("the outputs take {size} bytes"));
        }
        let run: Vec<&Cell> = chapter.code().filter(|cell| !cell.is("exercise") && !cell.is("aws")).collect();
        if let Some(cell) = run.iter().find(|cell| !cell.was_run) {
            wrong.push(format!("the outputs are not stored of a cell that begins {:?}", cell.source.lines().next()));
        }
        let with_output = run.iter().filter(|cell| !cell.outputs.is_empty()).count();
        if with_output * 2 < run.len() {
            wrong.push(format!("{with_output} of {} cells show something", run.len()));
        }
        for cell in &chapter.cells {
            for path in [own, "/home/", "/root/", "/Users/"] {
                if cell.outputs.contains(path) || cell.source.contains(path) {
                    wrong.push(format!("a cell names {path}: {:?}", cell.source.lines().next()));
                }
            }
        }
    });
}
