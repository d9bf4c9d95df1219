//! Bedrock, STS and IAM on this machine: what the commands ask of them, refused and answered as AWS does.

mod fault;

pub(super) use fault::Fault;
