//! The services of AWS as nova-ft uses them, or the local emulator in their place: the only code that names an SDK.

pub(crate) mod error;
pub(crate) mod runtime;
pub mod tokens;
pub mod s3;
pub mod bedrock;
pub mod iam;
pub mod inference;
pub mod backend;
