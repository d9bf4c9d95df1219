//! Bedrock, STS and IAM on this machine: what the commands ask of them, refused and answered as AWS does.

mod conversation;
mod converse;
mod fault;
mod request;

pub(super) use fault::Fault;
