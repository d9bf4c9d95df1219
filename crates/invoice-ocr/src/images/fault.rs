use std::fmt;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::format::Format;
use foundation::error::{Error, Place};
use foundation::wording::grouped;

/// Why a file cannot be used as a photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The file has no bytes.
    Empty,
    /// The first bytes are those of no image format known here.
    NotAnImage,
    /// A format that is known but cannot be decoded here.
    Unsupported {
        /// Which.
        format: Format,
    },
    /// The file ends before the picture does.
    Truncated {
        /// What the file was going to be.
        format: Format,
    },
    /// The bytes contradict their own format.
    Malformed {
        /// What the file claims to be.
        format: Format,
        /// What is wrong, as a clause.
        what: String,
    },
    /// More pixels than are decoded: a small file can unfold into more memory than there is.
    TooManyPixels {
        /// Width as stored.
        width_px: u32,
        /// Height as stored.
        height_px: u32,
    },
    /// A large picture in so few bytes that it is no photo or scan of a document.
    Overcompressed {
        /// Width as stored.
        width_px: u32,
        /// Height as stored.
        height_px: u32,
        /// Size of the file.
        size_bytes: u64,
    },
    /// A link to a file that is not there.
    DanglingLink {
        /// Where it leads, as the link says it.
        target: String,
    },
    /// The operating system does not hand the file out.
    Unreadable {
        /// What it says.
        what: String,
    },
}

impl Fault {
    /// What to do about it, as a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty | Self::Truncated { .. } => "copy or download the photo again; the transfer was cut off.",
            Self::NotAnImage => "replace it by a photo, or move it out of the folder.",
            Self::Unsupported { format: Format::Heic } => {
                "export it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)."
            }
            Self::Unsupported { format: Format::Pdf } => "render its page as a JPEG or PNG image first.",
            Self::Unsupported { .. } | Self::Malformed { .. } => {
                "open it in an image viewer and save it as JPEG again."
            }
            Self::TooManyPixels { .. } | Self::Overcompressed { .. } => "save it at the size of a photo.",
            Self::DanglingLink { .. } => "put the file back where the link leads, or remove the link.",
            Self::Unreadable { .. } => "give yourself access to the file, or move it out of the folder.",
        }
    }

    /// The fault as an error of the file at `path`.
    pub fn into_error(self, path: &Path) -> Error {
        Error::input(Place::file(path), self.to_string(), self.hint())
    }

    /// Why a file that was met in a folder cannot be opened.
    pub(super) fn of_opening(path: &Path, error: &io::Error) -> Self {
        match std::fs::read_link(path) {
            Ok(target) if error.kind() == io::ErrorKind::NotFound => {
                Self::DanglingLink { target: target.display().to_string() }
            }
            _ => Self::Unreadable { what: error.to_string() },
        }
    }

    pub(super) fn malformed(format: Format, what: impl Into<String>) -> Self {
        Self::Malformed { format, what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty"),
            // What the file holds is not quoted: it may be anything, a private key for one.
            Self::NotAnImage => f.write_str("not an image: the file has the first bytes of no known image format"),
            Self::Unsupported { format } => write!(f, "{}, which cannot be decoded here", format.noun()),
            Self::Truncated { format } => {
                write!(f, "{} that is cut off: the file ends in the middle of the picture", format.noun())
            }
            Self::Malformed { format, what } => write!(f, "{} that is damaged: {what}", format.noun()),
            Self::Overcompressed { width_px, height_px, size_bytes } => {
                write!(
                    f,
                    "{width_px}×{height_px} px in {} bytes: it would decode to a picture without detail",
                    grouped(*size_bytes)
                )
            }
            Self::TooManyPixels { width_px, height_px } => {
                write!(
                    f,
                    "{width_px}×{height_px} px are more than are decoded ({} million)",
                    super::decode::MAX_PIXELS / 1_000_000
                )
            }
            Self::DanglingLink { target } => write!(f, "a link to {target}, which is not there"),
            Self::Unreadable { what } => write!(f, "the file cannot be read: {what}"),
        }
    }
}

impl std::error::Error for Fault {}
