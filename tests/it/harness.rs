//! A folder of its own for each test, with photos and labels, and the program run in it without this machine's environment.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use image::{Rgb, RgbImage};
use tempfile::TempDir;

/// A user's folder.
pub(crate) struct Project {
    folder: TempDir,
    env: Vec<(String, String)>,
}

/// What a run of the program said.
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Everything, to be shown when an assertion fails, and for snapshots.
    pub(crate) fn all(&self) -> String {
        format!("{}--- stderr\n{}--- exit {}", self.stdout, self.stderr, self.code)
    }

    /// Asserts the exit code.
    #[must_use]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.all());
        self
    }

    /// The JSON lines of stdout.
    pub(crate) fn events(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }

    /// Lines of stdout that begin with a word.
    pub(crate) fn lines(&self, word: &str) -> Vec<&str> {
        self.stdout.lines().filter(|line| line.split(' ').next() == Some(word)).collect()
    }
}

/// The settings of most tests.
const SETTINGS: &str = "\
labels = 'labels.csv'
input_dir = 'photos'
s3_bucket = 'test-bucket'
s3_prefix = 'p'
validation_fraction = 0.4
until = 'upload'
";

impl Project {
    /// A folder with settings and nothing else.
    pub(crate) fn empty() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap(), env: Vec::new() };
        project.write("nova-ft.toml", SETTINGS);
        std::fs::create_dir(project.path("photos")).unwrap();
        project
    }

    /// A folder with `count` small photos, four of each seller, and their labels.
    pub(crate) fn with_photos(count: usize) -> Self {
        let project = Self::empty();
        let mut labels = String::from("image,seller\n");
        for n in 0..count {
            project.photo(&format!("photos/{n:03}.jpg"), n);
            labels.push_str(&format!("{n:03}.jpg,第{}（北京）科技有限公司\n", n / 4));
        }
        project.write("labels.csv", &labels);
        project
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Writes a photo that differs for each `n`, in the format of its extension.
    pub(crate) fn photo(&self, name: &str, n: usize) {
        written(n, 400, 300).save(self.path(name)).unwrap();
    }

    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The program, ready to run here.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nova-ft"));
        command.env_clear().env("HOME", self.folder.path()).env("NOVA_FT_CLOCK", "2026-11-22T11:03:36Z");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder.path()).args(args);
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        Said::of(&self.command(args).output().unwrap())
    }

    /// Starts the program, to be watched.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Everything in the folder: the files with their bytes, and the folders.
    pub(crate) fn tree(&self) -> Vec<(String, Vec<u8>)> {
        let mut tree = self.files(".");
        folders(self.folder.path(), &mut tree);
        tree
    }

    /// All files below a folder with their bytes, by relative path; hidden ones too.
    pub(crate) fn files(&self, name: &str) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.path(name), &self.path(name), &mut files);
        files.sort();
        files
    }
}

/// A picture of lines of strokes, as print has them, that differs for each `n`.
pub(crate) fn written(n: usize, width_px: u32, height_px: u32) -> RgbImage {
    RgbImage::from_fn(width_px, height_px, |x, y| {
        let (letter, line) = (x as usize / 9, y as usize / 14);
        let strokes = (letter * 7 + line * 13 + n * 5) % 31;
        let is_ink = y % 14 < 9 && (strokes >> (x % 9 / 2) & 1 == 1 || (y % 14 / 3 == strokes as u32 % 3 && x % 9 < 6));
        let paper = [235, 200 + (n * 7 % 50) as u8, 190 + (n * 3 % 60) as u8];
        Rgb(if is_ink { [40, (n * 11 % 60) as u8, 50] } else { paper })
    })
}

/// Waits until a running program says something on stderr, and presses Ctrl-C; what it has said by its end.
#[cfg(unix)]
pub(crate) fn interrupt_after(mut child: Child, says: &str) -> Said {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut heard = String::new();
    while !heard.contains(says) {
        assert!(stderr.read_line(&mut heard).unwrap() > 0, "it ended before it said `{says}`: {heard}");
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    stderr.read_to_string(&mut heard).unwrap();
    Said { stderr: heard, ..Said::of(&child.wait_with_output().unwrap()) }
}

fn folders(folder: &Path, tree: &mut Vec<(String, Vec<u8>)>) {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut inner: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    inner.sort();
    for path in inner {
        tree.push((path.display().to_string(), Vec::new()));
        folders(&path, tree);
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            files.push((name, std::fs::read(&path).unwrap()));
        }
    }
}

/// Text with what differs between runs replaced: the port of the stand-in.
pub(crate) fn without_port(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("127.0.0.1:") {
        let end = at + "127.0.0.1:".len();
        out.push_str(&rest[..end]);
        out.push_str("PORT");
        rest = rest[end..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out + rest
}

/// The reference of all commands as Markdown.
pub(crate) fn reference() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_nova-ft")).arg("markdown-help").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
