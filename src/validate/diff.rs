//! What differs between two files, in the format of `diff -u`, written while a pass goes over them.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, Read as _, Seek as _, Write};
use std::path::Path;

use tempfile::SpooledTempFile;

/// Lines around a change that stay.
const CONTEXT: usize = 3;
/// A hunk up to this size is kept in memory, a larger one in a temporary file, until its numbers are known.
const HUNK_IN_MEMORY_BYTES: usize = 1024 * 1024;

/// Writes a unified diff of two files that come in pieces: the bytes of a piece before and after.
///
/// A piece may be one line or several, on either side, or nothing. Lines that changed one after another stay in pairs,
/// the old before the new, so that a repaired record stands below the one it was; `patch` and `git apply` take both
/// orders. Files without a difference give no output.
#[derive(Debug)]
pub struct UnifiedDiff<W> {
    out: W,
    /// The two lines that name the files, until they are written.
    head: Option<String>,
    /// What has come of a piece that does not end with a line break; more of its line may follow.
    old: Vec<u8>,
    new: Vec<u8>,
    /// Lines that came before, counted.
    old_line_count: u64,
    new_line_count: u64,
    /// The last equal lines that no hunk has, at most [`CONTEXT`].
    before: VecDeque<Vec<u8>>,
    hunk: Option<Hunk>,
}

/// A hunk whose end has not come.
#[derive(Debug)]
struct Hunk {
    body: SpooledTempFile,
    /// Lines before its first one.
    old_start: u64,
    new_start: u64,
    old_count: u64,
    new_count: u64,
    /// Equal lines at its end.
    equal_at_end: usize,
}

impl<W: Write> UnifiedDiff<W> {
    /// A diff of two files that are called so.
    pub fn new(out: W, old_name: &Path, new_name: &Path) -> Self {
        Self {
            out,
            head: Some(format!("--- {}\n+++ {}\n", quoted(old_name), quoted(new_name))),
            old: Vec::new(),
            new: Vec::new(),
            old_line_count: 0,
            new_line_count: 0,
            before: VecDeque::new(),
            hunk: None,
        }
    }

    /// The next piece: its bytes before and after, line breaks included.
    ///
    /// # Errors
    /// Where the output cannot be written.
    pub fn push(&mut self, old: &[u8], new: &[u8]) -> io::Result<()> {
        let is_whole = |kept: &[u8], more: &[u8]| more.last().or(kept.last()).is_none_or(|byte| *byte == b'\n');
        if self.old.is_empty() && self.new.is_empty() && is_whole(&[], old) && is_whole(&[], new) {
            return self.add(old, new);
        }
        self.old.extend_from_slice(old);
        self.new.extend_from_slice(new);
        if is_whole(&self.old, &[]) && is_whole(&self.new, &[]) {
            return self.add_kept();
        }
        Ok(())
    }

    /// Writes what is left and gives the output back.
    ///
    /// # Errors
    /// Where the output cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.add_kept()?;
        self.close()?;
        Ok(self.out)
    }

    fn add_kept(&mut self) -> io::Result<()> {
        let (old, new) = (std::mem::take(&mut self.old), std::mem::take(&mut self.new));
        self.add(&old, &new)
    }

    /// Lines that are whole: equal ones at the beginning and at the end are context.
    fn add(&mut self, old: &[u8], new: &[u8]) -> io::Result<()> {
        let (old, new): (Vec<_>, Vec<_>) = (lines(old).collect(), lines(new).collect());
        let shorter = old.len().min(new.len());
        let first = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        let last = old.iter().rev().zip(new.iter().rev()).take(shorter - first).take_while(|(old, new)| old == new);
        let last = last.count();
        for line in &old[..first] {
            self.add_equal(line)?;
        }
        if first + last < old.len().max(new.len()) {
            self.add_changed(&old[first..old.len() - last], &new[first..new.len() - last])?;
        }
        for line in &old[old.len() - last..] {
            self.add_equal(line)?;
        }
        Ok(())
    }

    fn add_equal(&mut self, line: &[u8]) -> io::Result<()> {
        if let Some(hunk) = &mut self.hunk
            && hunk.equal_at_end < CONTEXT
        {
            hunk.equal_at_end += 1;
            hunk.add(b' ', line)?;
        } else {
            if self.before.len() == CONTEXT {
                // Another line between two changes than both can have around them: the hunk ends.
                self.close()?;
                self.before.pop_front();
            }
            self.before.push_back(line.to_vec());
        }
        self.old_line_count += 1;
        self.new_line_count += 1;
        Ok(())
    }

    fn add_changed(&mut self, old: &[&[u8]], new: &[&[u8]]) -> io::Result<()> {
        let context = self.before.len() as u64;
        let hunk = self.hunk.get_or_insert_with(|| Hunk {
            body: SpooledTempFile::new(HUNK_IN_MEMORY_BYTES),
            old_start: self.old_line_count - context,
            new_start: self.new_line_count - context,
            old_count: 0,
            new_count: 0,
            equal_at_end: 0,
        });
        for line in self.before.drain(..) {
            hunk.add(b' ', &line)?;
        }
        hunk.equal_at_end = 0;
        for line in old {
            hunk.add(b'-', line)?;
        }
        for line in new {
            hunk.add(b'+', line)?;
        }
        self.old_line_count += old.len() as u64;
        self.new_line_count += new.len() as u64;
        Ok(())
    }

    /// Writes the hunk, now that its numbers are known.
    fn close(&mut self) -> io::Result<()> {
        let Some(mut hunk) = self.hunk.take() else { return Ok(()) };
        if let Some(head) = self.head.take() {
            self.out.write_all(head.as_bytes())?;
        }
        let (old, new) = (range(hunk.old_start, hunk.old_count), range(hunk.new_start, hunk.new_count));
        writeln!(self.out, "@@ -{old} +{new} @@")?;
        hunk.body.rewind()?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match hunk.body.read(&mut buffer)? {
                0 => return Ok(()),
                count => self.out.write_all(&buffer[..count])?,
            }
        }
    }
}

impl Hunk {
    fn add(&mut self, sign: u8, line: &[u8]) -> io::Result<()> {
        self.old_count += u64::from(sign != b'+');
        self.new_count += u64::from(sign != b'-');
        self.body.write_all(&[sign])?;
        self.body.write_all(line)?;
        if line.last() == Some(&b'\n') { Ok(()) } else { self.body.write_all(b"\n\\ No newline at end of file\n") }
    }
}

/// The lines of some bytes, line breaks included.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// First line and count, as a hunk's header has them: a count of one is left out, none begin at the line before.
fn range(lines_before: u64, count: u64) -> String {
    match count {
        0 => format!("{lines_before},0"),
        1 => (lines_before + 1).to_string(),
        count => format!("{},{count}", lines_before + 1),
    }
}

/// A name as `patch` and git read it: after one with spaces comes a tab, and one with quotes, backslashes or control
/// characters is quoted as in C.
fn quoted(name: &Path) -> String {
    let name = name.display().to_string();
    let is_special = |c: char| c.is_control() || matches!(c, '"' | '\\');
    if name.contains(is_special) {
        let mut quoted = String::from("\"");
        for character in name.chars() {
            let _ = match character {
                '"' | '\\' => write!(quoted, "\\{character}"),
                '\n' => write!(quoted, "\\n"),
                '\t' => write!(quoted, "\\t"),
                c if is_special(c) => {
                    c.encode_utf8(&mut [0; 4]).bytes().try_for_each(|byte| write!(quoted, "\\{byte:03o}"))
                }
                c => write!(quoted, "{c}"),
            };
        }
        quoted + "\""
    } else if name.contains(char::is_whitespace) {
        name + "\t"
    } else {
        name
    }
}

#[cfg(test)]
mod tests;
