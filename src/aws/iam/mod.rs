//! Who calls, and what a role says of itself. The only module that names the SDKs of STS and IAM.

mod trust;

use std::fmt;

pub use trust::{TrustFault, TrustPolicy};

use crate::aws::error::{service_error, unexpected};
use crate::aws::runtime::BlockingRuntime;
use crate::aws::s3::client::{AwsSession, Connections, LocalAccess, local_config, local_partition};
use crate::error::{Error, Result, ServiceErrorKind};

/// Whose credentials are in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account_id: String,
    /// The user or the assumed role.
    pub arn: String,
}

/// What IAM says of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// It is there; its trust policy as JSON text.
    Found {
        /// The document, decoded.
        trust_policy: String,
    },
    /// There is no such role.
    Missing,
    /// The caller may not ask.
    Denied {
        /// What the service says.
        message: String,
    },
}

/// What is asked of STS and IAM.
pub trait Identity {
    /// Whose credentials are in use.
    fn caller(&self) -> Result<Caller>;
    /// A role of the caller's account, by its name (without its path).
    fn role(&self, name: &str) -> Result<Role>;
}

/// A client of STS and IAM on AWS or of the local emulator: made by [`Backend::identity`](crate::aws::backend::Backend::identity).
#[derive(Clone)]
pub struct IdentityClient {
    sts: aws_sdk_sts::Client,
    iam: aws_sdk_iam::Client,
    runtime: BlockingRuntime,
}

// By hand: the configuration holds credentials.
impl fmt::Debug for IdentityClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityClient").finish_non_exhaustive()
    }
}

impl IdentityClient {
    /// Returns a client of the local emulator. It reads no environment variable and no file.
    pub(crate) fn local(access: &LocalAccess) -> Self {
        let config = local_config(access);
        let sts = aws_sdk_sts::config::Builder::from(&config).retry_partition(local_partition()).build();
        let iam = aws_sdk_iam::config::Builder::from(&config).retry_partition(local_partition()).build();
        Self {
            sts: aws_sdk_sts::Client::from_conf(sts),
            iam: aws_sdk_iam::Client::from_conf(iam),
            runtime: access.connections.runtime.clone(),
        }
    }

    /// A client of AWS, or of what `AWS_ENDPOINT_URL_STS` and `AWS_ENDPOINT_URL_IAM` name.
    pub(crate) fn aws(session: &AwsSession, Connections { http, runtime }: Connections) -> Self {
        let config = session.config(&http);
        Self { sts: aws_sdk_sts::Client::new(&config), iam: aws_sdk_iam::Client::new(&config), runtime }
    }
}

impl Identity for IdentityClient {
    fn caller(&self) -> Result<Caller> {
        let answer = self.runtime.block_on(self.sts.get_caller_identity().send())?;
        let answer = answer.map_err(|error| service_error("GetCallerIdentity", "the caller", &error))?;
        let (Some(account_id), Some(arn)) = (answer.account, answer.arn) else {
            return Err(unexpected("GetCallerIdentity", "the caller", "the response has no account and ARN"));
        };
        Ok(Caller { account_id, arn })
    }

    fn role(&self, name: &str) -> Result<Role> {
        let error = match self.runtime.block_on(self.iam.get_role().role_name(name).send())? {
            Ok(answer) => {
                let Some(role) = answer.role else {
                    return Err(unexpected("GetRole", name, "the response has no role"));
                };
                let document = role.assume_role_policy_document.unwrap_or_default();
                return Ok(Role::Found { trust_policy: trust::percent_decoded(&document) });
            }
            Err(error) => service_error("GetRole", name, &error),
        };
        match error {
            Error::Service { kind: ServiceErrorKind::NotFound, .. } => Ok(Role::Missing),
            Error::Service { kind: ServiceErrorKind::AccessDenied, message, .. } => Ok(Role::Denied { message }),
            error => Err(error),
        }
    }
}
