//! Opening and reading of files by name. What would block, a FIFO for one, is refused at once, and every read has a limit.
//!
//! Each function returns an [`io::Error`]; [`Refused`] inside it says what is wrong and what to do.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read as _};
use std::path::Path;

#[cfg(unix)]
use rustix::io::Errno;

use crate::wording::{binary_size, counted, grouped};

/// Largest settings file, price list, role file or file of a local emulator's state, bytes. Such files have a few KiB, or a long prompt.
pub const MAX_SETTINGS_BYTES: u64 = 1 << 24;
/// Largest table, manifest, receipt or cache that is read into memory, bytes: a million rows of 256 bytes.
pub const MAX_DOCUMENT_BYTES: u64 = 256 << 20;
/// Most columns of a table, of labels or of metrics.
const MAX_COLUMNS: usize = 1_000;
/// Longest image name, seller or sheet of a label table, bytes. Names of rows are compared with each other.
pub const MAX_NAME_BYTES: usize = 10_000;
/// Largest metrics file, bytes: a million steps of 64 bytes. A job has at most 20,000 records in 5 epochs.
pub const MAX_METRICS_BYTES: u64 = 64 << 20;
/// Largest JSONL file that is read into memory, bytes: the default quota of a file for batch inference.
pub const MAX_RECORDS_BYTES: u64 = 1 << 30;
/// Largest journal, bytes. It is read line by line.
pub const MAX_JOURNAL_BYTES: u64 = 1 << 30;
/// Largest line of a journal or of a shard of labels, bytes. A journal's longer lines are ignored, like any other line that nova-ft did
/// not write.
pub const MAX_JOURNAL_LINE_BYTES: u64 = 10 << 20;
/// Largest file of an image, bytes.
pub const MAX_IMAGE_FILE_BYTES: u64 = 256 << 20;
/// Largest shard of labels or output of a batch job that is read into memory, bytes: 50,000 records of 10 kB.
pub const MAX_PART_BYTES: u64 = 512 << 20;

/// Why a file that is there is not opened or read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    /// Something that is not a regular file: to open or read it may block, or never end.
    #[error("this is {0}, not a regular file")]
    NotRegular(&'static str),
    /// More bytes than such a file has. The size is not known where it is read from a pipe.
    #[error("the file has {}, more than the {} that are read", size.map_or("more".to_owned(), binary_size), binary_size(*limit))]
    TooLarge {
        /// Its size in bytes, where it is known.
        size: Option<u64>,
        /// The most bytes that are read.
        limit: u64,
    },
}

/// Says that a table has more columns than such a table has; `None` where it has not.
pub fn too_many_columns(count: usize) -> Option<String> {
    let most = grouped(MAX_COLUMNS as u64);
    (count > MAX_COLUMNS).then(|| format!("the header has {}, and at most {most} are read", counted(count, "column")))
}

impl Refused {
    /// The reason inside an error of this module.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotRegular(_) => {
                "name a regular file here; a command's output can be given as /dev/stdin or <(command)."
            }
            Self::TooLarge { .. } => "check that it is the file that was meant, and name another one or split it.",
        }
    }
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        Self::new(ErrorKind::InvalidInput, refused)
    }
}

/// Opens a file for reading, without waiting: a regular file, `/dev/null`, or a pipe that the caller of the program has opened
/// (`/dev/stdin`, `/dev/fd/63` of a shell's `<(command)`).
pub fn open(path: &Path) -> io::Result<File> {
    if is_open_already(path) {
        let file = File::open(path)?;
        return if file.metadata()?.is_dir() { Err(ErrorKind::IsADirectory.into()) } else { Ok(file) };
    }
    open_with(path, File::options().read(true))
}

/// Opens a file in the given way, without waiting. Anything but a regular file is refused, and so is a directory.
pub fn open_with(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Of no effect on regular files; without it, to open a FIFO waits for its other end.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let opened = options.open(path);
    // What cannot be opened without waiting is named by its kind too, not by the system's "no such device or address".
    let metadata = match &opened {
        Ok(file) => file.metadata(),
        Err(_) => std::fs::metadata(path),
    };
    match metadata {
        Ok(metadata) if metadata.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(metadata) if !metadata.is_file() && path != Path::new("/dev/null") => {
            Err(Refused::NotRegular(kind_of(metadata.file_type())).into())
        }
        Err(error) if opened.is_ok() => Err(error),
        _ => opened,
    }
}

/// The bytes of a file, of at most `limit` bytes.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let size = file.metadata()?.len();
    if size > limit {
        return Err(Refused::TooLarge { size: Some(size), limit }.into());
    }
    let mut bytes = Vec::with_capacity(size as usize);
    // A pipe has no size, and a file can grow meanwhile.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(Refused::TooLarge { size: None, limit }.into());
    }
    Ok(bytes)
}

/// The text of a UTF-8 file, of at most `limit` bytes.
pub fn read_to_string(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

/// Calls `on_line` with each line of a journal, without its line break, in the memory of one line; none where there is no file.
pub fn for_each_line(path: &Path, mut on_line: impl FnMut(&[u8])) -> io::Result<()> {
    let file = match open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let size = file.metadata()?.len();
    if size > MAX_JOURNAL_BYTES {
        return Err(Refused::TooLarge { size: Some(size), limit: MAX_JOURNAL_BYTES }.into());
    }
    let mut input = BufReader::new(file.take(MAX_JOURNAL_BYTES));
    let mut line = Vec::new();
    while input.by_ref().take(MAX_JOURNAL_LINE_BYTES).read_until(b'\n', &mut line)? > 0 {
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() as u64 == MAX_JOURNAL_LINE_BYTES {
            input.skip_until(b'\n')?;
            line.clear();
        }
        on_line(&line);
        line.clear();
    }
    Ok(())
}

/// Whether an error says nothing of the file, but of the process or the machine at this moment: too many open files, no memory, a
/// disk or a network file system that fails. Such a file is neither missing nor damaged.
pub fn is_of_machine(error: &io::Error) -> bool {
    error.kind() == ErrorKind::OutOfMemory || is_out_of_files(error) || {
        #[cfg(unix)]
        let is_failing = matches!(Errno::from_io_error(error), Some(Errno::IO | Errno::STALE | Errno::NOMEM));
        #[cfg(not(unix))]
        let is_failing = false;
        is_failing
    }
}

/// Whether the process, or the machine, has as many files open as it may.
pub fn is_out_of_files(error: &io::Error) -> bool {
    #[cfg(unix)]
    return matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE));
    #[cfg(not(unix))]
    return false;
}

/// Whether a path names a file that whoever started the program has opened.
fn is_open_already(path: &Path) -> bool {
    path == Path::new("/dev/stdin") || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

fn kind_of(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return "a FIFO (named pipe)";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    let _ = kind;
    "a device"
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;

    use super::*;

    fn fifo(folder: &Path) -> PathBuf {
        let path = folder.join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    #[test]
    fn what_is_not_a_regular_file_is_refused_at_once_by_its_kind() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let cases = [(fifo(folder.path()), "a FIFO"), (socket, "a socket"), ("/dev/zero".into(), "a device")];
        for (path, kind) in cases {
            let append = open_with(&path, File::options().read(true).append(true).create(true)).map(|_| Vec::new());
            let write = open_with(&path, File::options().append(true).create(true)).map(|_| Vec::new());
            for opened in [read(&path, 10), append, write] {
                let error = opened.unwrap_err();
                assert!(error.to_string().contains(&format!("this is {kind}")), "{error}");
                assert!(Refused::of(&error).unwrap().hint().contains("name a regular file"));
            }
            assert!(for_each_line(&path, |_| {}).is_err());
        }
        assert_eq!(read(folder.path(), 10).unwrap_err().kind(), ErrorKind::IsADirectory);
        assert_eq!(read(&folder.path().join("none"), 10).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(read(Path::new("/dev/null"), 10).unwrap(), b"");
    }

    #[test]
    fn a_fifo_with_a_writer_is_refused_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = fifo(folder.path());
        // Opened for both, so that no side waits for the other.
        let mut other_end = File::options().read(true).write(true).open(&path).unwrap();
        other_end.write_all(b"x").unwrap();
        assert_eq!(Refused::of(&open(&path).unwrap_err()), Some(&Refused::NotRegular("a FIFO (named pipe)")));
        let append = open_with(&path, File::options().append(true));
        assert_eq!(Refused::of(&append.unwrap_err()), Some(&Refused::NotRegular("a FIFO (named pipe)")));
    }

    #[test]
    fn a_pipe_that_the_shell_has_opened_is_read_up_to_the_limit() {
        use std::os::fd::AsRawFd as _;
        for (text, limit, is_read) in [("image,seller\n", 13, true), ("image,seller\n", 12, false)] {
            let (reader, mut writer) = io::pipe().unwrap();
            writer.write_all(text.as_bytes()).unwrap();
            drop(writer);
            let path = format!("/dev/fd/{}", reader.as_raw_fd());
            let read = read(Path::new(&path), limit);
            assert_eq!(read.ok(), is_read.then(|| text.as_bytes().to_vec()));
        }
    }

    #[test]
    fn a_sparse_file_of_20_gb_is_refused_by_its_size_with_file_size_and_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse.csv");
        File::create(&path).unwrap().set_len(20 << 30).unwrap();
        let text = read(&path, MAX_SETTINGS_BYTES).unwrap_err().to_string();
        assert!(text.contains("20 GiB, more than the 16 MiB"), "{text}");
        assert!(for_each_line(&path, |_| {}).unwrap_err().to_string().contains("20 GiB, more than the 1 GiB"));
    }

    #[test]
    fn a_journal_line_that_is_too_long_is_passed_over_and_the_next_one_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let long = vec![b'x'; MAX_JOURNAL_LINE_BYTES as usize + 5];
        std::fs::write(&path, [b"1\n", long.as_slice(), b"\n\n2"].concat()).unwrap();
        let mut lines = Vec::new();
        for_each_line(&path, |line| lines.push(String::from_utf8(line.to_vec()).unwrap())).unwrap();
        assert_eq!(lines, ["1", "", "", "2"]);
    }

    #[test]
    fn too_many_open_files_are_of_the_machine_and_a_missing_file_is_not() {
        for code in [Errno::MFILE, Errno::NFILE, Errno::IO, Errno::STALE, Errno::NOMEM] {
            assert!(is_of_machine(&io::Error::from(code)), "{code}");
        }
        for code in [Errno::NOENT, Errno::ACCESS, Errno::NOTDIR, Errno::LOOP] {
            assert!(!is_of_machine(&io::Error::from(code)), "{code}");
        }
    }
}
