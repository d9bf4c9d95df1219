//! The pages of `docs/` that show runs: what stands in their blocks marked `console` is what the program prints.
//!
//! A page is run in a folder of its own that holds the sample and its settings. In a block a line that begins with `$ ` is
//! given to a shell, and what follows is what it said, both streams as a terminal would have them, then `[exit N]` where it
//! did not end with 0. `<!-- run: COMMAND -->` runs before what follows without being shown. A page with the line
//! `<!-- reads photos -->` needs the reader's models, so `make reading` runs it; `make docs` and `make docs-reading` write
//! the pages anew. What differs from run to run is masked in [`shown`], and nowhere else.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rayon::prelude::*;

use crate::harness::{Project, without_port};
use crate::reading::{models_dir, root};
use crate::whole_run::copy;

const READS_PHOTOS: &str = "<!-- reads photos -->";

/// The pages that may show runs, by path below the project's folder.
pub(crate) fn pages() -> Vec<PathBuf> {
    let mut pages = vec![PathBuf::from("docs/README.md"), PathBuf::from("docs/troubleshooting.md")];
    for entry in std::fs::read_dir(root().join("docs/commands")).unwrap() {
        pages.push(Path::new("docs/commands").join(entry.unwrap().file_name()));
    }
    pages.sort();
    pages
}

pub(crate) fn text(page: &Path) -> String {
    std::fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{}: {error}", page.display()))
}

#[test]
fn what_the_pages_show_is_what_the_program_prints() {
    check(|page| !page.contains(READS_PHOTOS));
}

#[test]
#[ignore = "needs the reader's models: `make reading`"]
fn reading_what_the_pages_with_photos_show_is_what_the_program_prints() {
    check(|page| page.contains(READS_PHOTOS));
}

/// Runs the pages that are meant, and compares; with `UPDATE_DOCS` set a page that says something else is written anew.
fn check(is_meant: impl Fn(&str) -> bool) {
    // `PAGES=run,clean` for whoever writes one of them.
    let wanted = std::env::var("PAGES").ok();
    let is_wanted = |page: &Path| {
        let name = page.file_stem().unwrap().to_string_lossy();
        wanted.as_ref().is_none_or(|wanted| wanted.split(',').any(|one| one == name))
    };
    let pages = pages().into_iter().map(|page| (text(&page), page));
    let pages: Vec<_> = pages.filter(|(text, page)| is_meant(text) && is_wanted(page)).collect();
    let stale: Vec<_> = pages.par_iter().filter_map(|(text, page)| difference(text, page)).collect();
    assert!(stale.is_empty(), "run `make docs` (`make docs-reading` for pages with photos):\n{}", stale.join("\n"));
    assert!(wanted.is_some() || pages.len() > 4, "there are pages to run");
}

fn difference(text: &str, page: &Path) -> Option<String> {
    let now = rerun(text);
    let (was, is) = (compared(text), compared(&now));
    if was == is {
        return None;
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join(page), now).unwrap();
        return None;
    }
    let differing = was.lines().zip(is.lines()).find(|(was, is)| was != is);
    Some(format!("{}: {differing:#?}", page.display()))
}

/// The page with each run as it is now.
fn rerun(page: &str) -> String {
    let project = sample(page.contains(READS_PHOTOS));
    let mut out = String::new();
    // The fence of the block that is shown: of four marks where what is printed holds one of three.
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        if let Some(command) = line.strip_prefix("<!-- run: ").and_then(|rest| rest.strip_suffix(" -->")) {
            let said = run(&project, command);
            assert!(!said.contains("[exit "), "{command}: {said}");
        }
        let opens = line.strip_suffix("console").filter(|marks| ["```", "````"].contains(marks));
        match fence {
            None => {
                fence = opens;
                writeln!(out, "{line}").unwrap();
            }
            Some(marks) if line == marks => {
                fence = None;
                writeln!(out, "{line}").unwrap();
            }
            Some(_) => {
                if let Some(command) = line.strip_prefix("$ ") {
                    writeln!(out, "{line}").unwrap();
                    out.push_str(&shown(&run(&project, command)));
                }
            }
        }
    }
    assert!(fence.is_none(), "a block is not closed");
    out
}

/// A folder as after a clone, with the pages that the reader's tests have left.
fn sample(reads_photos: bool) -> Project {
    let project = Project::empty();
    std::fs::remove_dir(project.path("photos")).unwrap();
    std::fs::copy(root().join("nova-ft.toml"), project.path("nova-ft.toml")).unwrap();
    copy(&root().join("data"), &project.path("data"));
    if !reads_photos {
        return project;
    }
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reading/pages");
    if kept.is_dir() {
        copy(&kept, &project.path(".nova-ft/pages"));
    }
    project.env("NOVA_FT_MODELS_DIR", &models_dir())
}

/// Gives a line to a shell; both streams as they came.
fn run(project: &Project, command: &str) -> String {
    let mut shell = Command::new("sh");
    let mut folders = vec![Path::new(env!("CARGO_BIN_EXE_nova-ft")).parent().unwrap().to_path_buf()];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    // The program's own folder and environment, with a shell in its place.
    let nova_ft = project.command(&[]);
    shell.env_clear().envs(nova_ft.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.env("PATH", std::env::join_paths(folders).unwrap()).current_dir(nova_ft.get_current_dir().unwrap());
    let output = shell.args(["-c", &format!("exec 2>&1\n{command}")]).stdin(Stdio::null()).output().unwrap();
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !said.is_empty() && !said.ends_with('\n') {
        said.push('\n');
    }
    match output.status.code() {
        Some(0) => {}
        code => writeln!(said, "[exit {}]", code.unwrap_or(-1)).unwrap(),
    }
    said
}

/// What a page shows of a run: what is another in each run is masked, and of many lines of one kind three are shown.
///
/// Masked are the stand-in's port (`PORT`), its keys (`KEY`), the token of a review (`TOKEN`), identifiers that a service gives (`ID`), moments
/// (`YYYY-MM-DD hh:mm:ss UTC`) and how long a job took (`N s`).
fn shown(said: &str) -> String {
    let lines: Vec<_> = without_port(said)
        .lines()
        .map(|line| without_span(&without_moments(&without_ids(&without_token(line)))))
        .collect();
    let mut out = String::new();
    let mut rest = &lines[..];
    while let Some(first) = rest.first() {
        let kind = |line: &str| line.split(' ').next().map(str::to_owned).filter(|word| word.len() > 2);
        let alike = rest.iter().take_while(|line| kind(first).is_some() && kind(line) == kind(first)).count();
        let (run, after) = rest.split_at(alike.max(1));
        if let [one, two, left_out @ .., last] = run
            && left_out.len() > 3
        {
            writeln!(out, "{one}\n{two}\n… {} more lines like these\n{last}", left_out.len()).unwrap();
        } else {
            for line in run {
                writeln!(out, "{line}").unwrap();
            }
        }
        rest = after;
    }
    out
}

/// What must be the same: not how often a job was looked at while it went on.
fn compared(page: &str) -> String {
    let is_moment = |line: &str| line.starts_with("YYYY-") && line.contains(": InProgress: ");
    let kept = page.lines().filter(|line| !line.starts_with("photos read by the stand-in: ") && !is_moment(line));
    kept.map(|line| format!("{line}\n")).collect()
}

/// The token of a review: what follows the port of an address.
fn without_token(line: &str) -> String {
    match line.split_once("http://127.0.0.1:PORT/") {
        Some((before, after)) if after.ends_with('/') => format!("{before}http://127.0.0.1:PORT/TOKEN/"),
        _ => line.to_owned(),
    }
}

/// Identifiers of twelve digits and letters after `/` or `-`, and the stand-in's keys.
fn without_ids(line: &str) -> String {
    if let Some((name, _)) = line.split_once("_KEY=") {
        return format!("{name}_KEY=KEY");
    }
    if let Some((name, _)) = line.split_once("_KEY_ID=") {
        return format!("{name}_KEY_ID=KEY");
    }
    let mut out = String::new();
    let mut word = String::new();
    for character in line.chars().chain(['\n']) {
        if character.is_ascii_alphanumeric() {
            word.push(character);
            continue;
        }
        let is_hex = word.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let is_id = word.len() == 12 && is_hex && out.ends_with(['/', '-']);
        out.push_str(if is_id { "ID" } else { &word });
        word.clear();
        out.push(character);
    }
    out.trim_end_matches('\n').to_owned()
}

fn without_moments(line: &str) -> String {
    const SHAPE: &str = "0000-00-00 00:00:00 UTC";
    let shape: Vec<char> = SHAPE.chars().collect();
    let characters: Vec<char> = line.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < characters.len() {
        let window = &characters[at..];
        let fits = window.len() >= shape.len()
            && shape
                .iter()
                .zip(window)
                .all(|(shape, is)| if *shape == '0' { is.is_ascii_digit() } else { shape == is });
        if fits {
            out.push_str("YYYY-MM-DD hh:mm:ss UTC");
            at += shape.len();
        } else {
            out.push(characters[at]);
            at += 1;
        }
    }
    out
}

/// `status Completed, 3 s`.
fn without_span(line: &str) -> String {
    match line.split_once(", ") {
        Some((status, span)) if status.starts_with("status ") && span.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("{status}, N s")
        }
        _ => line.to_owned(),
    }
}

#[test]
fn what_differs_from_run_to_run_is_masked_and_nothing_else() {
    let said = "at http://127.0.0.1:4711, model-customization-job-6ef6bdeec0d6/x\narn:…:300k/b71232b99850\n\
                export AWS_SECRET_ACCESS_KEY=0a1b\nstatus             Completed, 12 s\n2026-11-22 11:03:36 UTC: Completed\n\
                nova-ft-sellers-cfd8089c, total 123456789012\n";
    assert_eq!(
        shown(said),
        "at http://127.0.0.1:PORT, model-customization-job-ID/x\narn:…:300k/ID\nexport AWS_SECRET_ACCESS_KEY=KEY\n\
         status             Completed, N s\nYYYY-MM-DD hh:mm:ss UTC: Completed\n\
         nova-ft-sellers-cfd8089c, total 123456789012\n"
    );
    let many: String = (0..9).map(|n| format!("put {n}\n")).collect();
    assert_eq!(shown(&many), "put 0\nput 1\n… 6 more lines like these\nput 8\n");
    assert_eq!(shown("put 0\nput 1\nskip 2\n"), "put 0\nput 1\nskip 2\n");
}
