//! The local stand-in for AWS on 127.0.0.1: S3, whose objects are files in a folder (`.nova-ft`), and on a second port (a
//! bucket may be called `model`) Bedrock, STS and IAM.
//!
//! One process serves a folder at a time: the one that holds its `lock`. [`LocalServer::join`] serves, or connects to the process
//! that does. When that process is gone, the next call of a connected one takes over the lock, the port and the keys. What the service keeps is on disk before a request is answered, so a killed process loses nothing that it
//! acknowledged.

mod access;
mod answer;
mod bedrock;
mod disk;
mod join;
mod listen;
mod photos;
mod reset;
mod s3;
mod server;
mod signature_rules;
mod state;
mod tokens;
mod tuning;
#[cfg(test)]
mod testing;

pub use disk::{DiskView, StoredObject};
pub use join::{LocalHandle, Takeover};
pub use photos::{PhotosRead, ReaderSource};
pub use reset::{Reset, reset};
pub use server::{LocalOptions, LocalServer};
pub use state::Keys;
pub use tokens::TokenCounter;

#[doc(hidden)]
pub use bedrock::fuzzing::ask as fuzz_request;

/// The account that the stand-in plays.
pub const ACCOUNT_ID: &str = "000000000000";

/// The Region that the stand-in plays when nothing names one.
pub const DEFAULT_REGION: &str = "us-east-1";
