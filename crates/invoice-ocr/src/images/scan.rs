use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use super::fault::Fault;
use super::format::{Format, SNIFFED_BYTES};
use super::header::{Header, read_file};
use foundation::error::{IoContext, Result};
use foundation::files;

/// A photo of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// The file, the scanned folder's path included.
    pub path: PathBuf,
    /// The path below the scanned folder, with `/` between its parts on every system.
    pub name: String,
    /// The file's size.
    pub size_bytes: u64,
    /// What the file is, or why it cannot be used.
    pub header: Result<Header, Fault>,
}

impl Photo {
    /// The format that the bytes show, where they show one.
    pub fn format(&self) -> Option<Format> {
        match &self.header {
            Ok(header) => Some(header.format),
            Err(Fault::Unsupported { format } | Fault::Truncated { format } | Fault::Malformed { format, .. }) => {
                Some(*format)
            }
            Err(_) => None,
        }
    }

    /// The name's extension and the bytes at odds: a BMP called `.jpg`. An MPO is at home under `.jpg`.
    pub fn misnomer(&self) -> Option<Misnomer> {
        let named = Format::of_extension(Path::new(&self.name).extension()?.to_str()?)?;
        let is = self.format()?;
        let fits = named == is || (named == Format::Jpeg && is == Format::Mpo);
        (!fits).then_some(Misnomer { named, is })
    }
}

/// A name that promises another format than the bytes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Misnomer {
    /// What the extension promises.
    pub named: Format,
    /// What the bytes are.
    pub is: Format,
}

impl fmt::Display for Misnomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, not {} as its name says", self.is.noun(), self.named.noun())
    }
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The folder, as it was named.
    pub folder: PathBuf,
    /// The photos, by name. Those with a fault are among them.
    pub photos: Vec<Photo>,
    /// What was left aside, by name.
    pub passed_over: Vec<PassedOver>,
}

impl Scan {
    /// The photo with a name.
    pub fn find(&self, name: &str) -> Option<&Photo> {
        let at = self.photos.binary_search_by(|photo| photo.name.as_str().cmp(name)).ok()?;
        self.photos.get(at)
    }
}

/// A file or folder that holds no photo for us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// The path below the scanned folder.
    pub name: String,
    /// Why it was left aside.
    pub reason: PassOver,
}

/// Why a file or folder was left aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PassOver {
    /// Its name begins with a dot.
    Hidden,
    /// Neither its name nor its bytes are an image's.
    NotAnImage,
    /// Neither a file nor a folder: a pipe, a device.
    NotAFile,
    /// A name that is not UTF-8, which no label can refer to.
    NameNotUtf8,
    /// A link to a folder that is scanned anyway.
    SeenBefore,
    /// A folder, where only the files beside it were asked for.
    Folder,
    /// The folder of a data set, whose photos are copies.
    DataSet,
    /// A file that isn't named like an image and cannot be opened.
    Unreadable {
        /// Why.
        fault: Fault,
    },
}

impl fmt::Display for PassOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hidden => f.write_str("its name begins with a dot"),
            Self::NotAnImage => f.write_str("not an image"),
            Self::NotAFile => f.write_str("neither a file nor a folder"),
            Self::NameNotUtf8 => f.write_str("its name is not UTF-8; rename it"),
            Self::SeenBefore => f.write_str("a link to a folder that is scanned anyway"),
            Self::Folder => f.write_str("a folder; only the files beside it are scanned"),
            Self::DataSet => f.write_str("the folder of a data set"),
            Self::Unreadable { fault } => write!(f, "{fault}"),
        }
    }
}

/// How deep a scan goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Depth {
    /// Only the files in the folder itself.
    Folder,
    /// Folders in the folder too.
    #[default]
    Subfolders,
}

/// How a folder is scanned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanOptions {
    /// How deep.
    pub depth: Depth,
    /// Folders below it that are not entered. Those that hold a data set's manifest never are.
    pub leave_out: Vec<PathBuf>,
}

/// Lists the photos of a folder and reads their headers, in parallel.
///
/// A photo is a file whose extension is an image's or whose bytes are. One that cannot be used stays in the list, with
/// its fault. Links are followed, each folder once.
///
/// # Errors
/// When the folder, or one below it, cannot be listed: photos that are missing without a word are worse than an error. When the
/// process or the machine cannot read on (too many open files, a failing disk): that is no fault of an image.
pub fn scan(folder: &Path, options: &ScanOptions) -> Result<Scan> {
    // A folder that cannot be resolved is not there, and will not be met.
    let left_out = options.leave_out.iter().filter_map(|folder| folder.canonicalize().ok()).collect();
    let mut walk = Walk { depth: options.depth, left_out, ..Walk::default() };
    walk.run(folder)?;
    let looked_at: Vec<_> = walk.files.into_par_iter().map(look_at).collect::<Result<_>>()?;
    let mut passed_over = walk.passed_over;
    let mut photos = Vec::with_capacity(looked_at.len());
    for entry in looked_at {
        match entry {
            Ok(photo) => photos.push(photo),
            Err(passed) => passed_over.push(passed),
        }
    }
    photos.sort_by(|a, b| a.name.cmp(&b.name));
    passed_over.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Scan { folder: folder.to_path_buf(), photos, passed_over })
}

/// A file or folder met on the way.
#[derive(Debug)]
struct Entry {
    path: PathBuf,
    name: String,
}

#[derive(Debug, Default)]
struct Walk {
    depth: Depth,
    files: Vec<Entry>,
    passed_over: Vec<PassedOver>,
    /// Folders by their true paths: a link can lead back to where we came from.
    seen: BTreeSet<PathBuf>,
    /// The true paths of folders that are not entered.
    left_out: BTreeSet<PathBuf>,
}

impl Walk {
    fn run(&mut self, folder: &Path) -> Result<()> {
        let mut folders = vec![Entry { path: folder.to_path_buf(), name: String::new() }];
        // Links come after all real folders, so that a photo gets the name that it has without them.
        let mut links = VecDeque::new();
        loop {
            let Some(entry) = folders.pop().or_else(|| links.pop_front()) else {
                return Ok(());
            };
            let real = entry.path.canonicalize().at("list", &entry.path)?;
            if self.left_out.contains(&real) || (!entry.name.is_empty() && is_data_set(&real)) {
                self.pass_over(entry.name, PassOver::DataSet);
            } else if self.seen.insert(real) {
                self.list(&entry, &mut folders, &mut links)?;
            } else {
                self.pass_over(entry.name, PassOver::SeenBefore);
            }
        }
    }

    fn list(&mut self, folder: &Entry, folders: &mut Vec<Entry>, links: &mut VecDeque<Entry>) -> Result<()> {
        let mut entries =
            fs::read_dir(&folder.path).and_then(Iterator::collect::<io::Result<Vec<_>>>).at("list", &folder.path)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let file_name = entry.file_name();
            let name = match folder.name.as_str() {
                "" => file_name.to_string_lossy().into_owned(),
                parent => format!("{parent}/{}", file_name.to_string_lossy()),
            };
            if file_name.to_str().is_none() {
                self.pass_over(name, PassOver::NameNotUtf8);
                continue;
            }
            if file_name.to_string_lossy().starts_with('.') {
                self.pass_over(name, PassOver::Hidden);
                continue;
            }
            let is_link = entry.file_type().at("read", &path)?.is_symlink();
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => match (self.depth, is_link) {
                    (Depth::Folder, _) => self.pass_over(name, PassOver::Folder),
                    (Depth::Subfolders, true) => links.push_back(Entry { path, name }),
                    (Depth::Subfolders, false) => folders.push(Entry { path, name }),
                },
                // To open a pipe is to wait for its other end.
                Ok(metadata) if !metadata.is_file() => self.pass_over(name, PassOver::NotAFile),
                // What cannot even be asked for its kind is reported when it is looked at.
                _ => self.files.push(Entry { path, name }),
            }
        }
        Ok(())
    }

    fn pass_over(&mut self, name: String, reason: PassOver) {
        self.passed_over.push(PassedOver { name, reason });
    }
}

/// Whether a folder has a manifest of ours: the photos below it are copies, made for S3.
fn is_data_set(folder: &Path) -> bool {
    let mut start = [0; 128];
    let read = files::open(&folder.join("manifest.json")).and_then(|mut file| file.read(&mut start));
    read.is_ok_and(|count| String::from_utf8_lossy(&start[..count]).contains("\"nova_ft\""))
}

fn look_at(entry: Entry) -> Result<Result<Photo, PassedOver>> {
    let Entry { path, name } = entry;
    let fault_of = |error: io::Error| {
        if files::is_of_machine(&error) { Err(error).at("read", &path) } else { Ok(Fault::of_opening(&path, &error)) }
    };
    let extension = path.extension().and_then(|extension| extension.to_str());
    if extension.and_then(Format::of_extension).is_none() {
        match sniff(&path) {
            Ok(Format::Unknown) => return Ok(Err(PassedOver { name, reason: PassOver::NotAnImage })),
            Err(error) => {
                let fault = fault_of(error)?;
                return Ok(Err(PassedOver { name, reason: PassOver::Unreadable { fault } }));
            }
            Ok(_) => {}
        }
    }
    let size_bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
    let header = match read_file(&path) {
        Ok(header) => header,
        Err(error) => Err(fault_of(error)?),
    };
    Ok(Ok(Photo { path, name, size_bytes, header }))
}

fn sniff(path: &Path) -> io::Result<Format> {
    let mut start = Vec::with_capacity(SNIFFED_BYTES);
    files::open(path)?.take(SNIFFED_BYTES as u64).read_to_end(&mut start)?;
    Ok(Format::of_bytes(&start))
}

#[cfg(test)]
mod tests;
