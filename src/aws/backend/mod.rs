//! Which S3 the commands talk to: the local stand-in, or AWS.
//!
//! Both are reached by the same SDK over the same protocol; only endpoint and credentials differ. `local` reads nothing of
//! this machine's AWS settings, so that a forgotten variable can never send photos to an account; `aws` follows them all.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::aws::bedrock::BedrockClient;
use crate::aws::iam::IdentityClient;
use crate::aws::s3::client::{self, AwsSession, Connections, LocalAccess};
use crate::aws::s3::{BucketRegion, ObjectStore, Survey as _};
use crate::aws::tokens;
use crate::error::{Error, Result};
use crate::local::{self, Keys, LocalHandle, LocalOptions, LocalServer, ReaderSource, TokenCounter};

/// The two backends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BackendKind {
    /// The stand-in on this machine: nothing leaves it, and nothing costs anything.
    #[default]
    Local,
    /// Amazon's services, or whatever answers at a configured endpoint.
    Aws,
}

impl BackendKind {
    /// Refuses the stand-in's account where Amazon's services are asked: its records would name a bucket owner that does not
    /// exist.
    pub fn check_account(self, account_id: &str) -> Result<()> {
        if self == Self::Local || account_id != local::ACCOUNT_ID {
            return Ok(());
        }
        Err(Error::Setting {
            origin: "backend = aws".to_owned(),
            what: format!("the records name the account {account_id}, which is the stand-in's"),
            hint: "run `nova-ft prepare --account-id` with the account that owns the bucket.".to_owned(),
        })
    }
}

impl fmt::Display for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local => "local",
            Self::Aws => "aws",
        })
    }
}

impl FromStr for BackendKind {
    type Err = UnknownBackend;

    fn from_str(text: &str) -> Result<Self, UnknownBackend> {
        match text {
            "local" => Ok(Self::Local),
            "aws" => Ok(Self::Aws),
            _ => Err(UnknownBackend),
        }
    }
}

/// A text that names no backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a backend is `local` or `aws`")]
pub struct UnknownBackend;

/// What to open.
#[derive(Debug, Clone)]
pub struct BackendOptions {
    /// The stand-in or AWS.
    pub kind: BackendKind,
    /// The folder of the stand-in's state. `aws` does not look at it.
    pub state_dir: PathBuf,
    /// The Region. Default: for `local` the one that it plays, for `aws` what the SDK's chain finds.
    pub region: Option<String>,
    /// The profile of the AWS configuration files, as `AWS_PROFILE` or an option names it; it is shown in
    /// [`Backend::describe`]. Default: what the SDK's chain finds. `local` does not look at it.
    pub profile: Option<String>,
    /// The port that the stand-in listens on; another process that serves it on another one is an error. Default: the one
    /// of the last time, else any free one. `aws` does not look at it.
    pub port: Option<u16>,
    /// How long a request to AWS may go from its first byte to the answer. Default: three minutes, which carry a part of
    /// 8 MiB over 0.4 Mbit/s. The stand-in has one minute.
    pub timeout: Duration,
    /// Who reads the photos for the stand-in's models. `aws` does not look at it.
    pub reader: ReaderSource,
}

/// See [`BackendOptions::timeout`].
const TIMEOUT: Duration = Duration::from_mins(3);

impl Default for BackendOptions {
    fn default() -> Self {
        Self {
            kind: BackendKind::default(),
            state_dir: LocalOptions::default().state_dir,
            region: None,
            profile: None,
            port: None,
            timeout: TIMEOUT,
            reader: ReaderSource::default(),
        }
    }
}

/// An open backend: the local emulator or AWS, and the connections to it, which all its clients share. Dropping it stops what it
/// started; connections end with the last client.
#[derive(Debug)]
pub struct Backend {
    region: String,
    /// Dropped before the emulator is stopped, which waits for requests on open connections.
    connections: Connections,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Local { handle: LocalHandle, state_dir: PathBuf },
    Aws { session: Box<AwsSession>, profile: Option<String>, timeout: Duration },
}

impl Backend {
    /// Opens a backend: starts the stand-in or connects to the one that runs, or reads the AWS settings.
    ///
    /// # Errors
    /// `local`: as [`LocalServer::join`]. `aws`: [`crate::Error::Missing`] when nothing names a Region.
    pub fn open(options: &BackendOptions) -> Result<Self> {
        match options.kind {
            BackendKind::Local => {
                let region = options.region.clone().unwrap_or_else(|| local::DEFAULT_REGION.to_owned());
                let local = LocalOptions {
                    state_dir: options.state_dir.clone(),
                    port: options.port,
                    region: region.clone(),
                    reader: options.reader.clone(),
                    tokens: TokenCounter { of_text: tokens::middle_of_text, of_image: tokens::published_image },
                    ..LocalOptions::default()
                };
                let handle = LocalServer::join(&local)?;
                let connections = Connections::local(Some(handle.takeover()));
                Ok(Self { region, connections, inner: Inner::Local { handle, state_dir: options.state_dir.clone() } })
            }
            BackendKind::Aws => {
                let (profile, timeout) = (options.profile.clone(), options.timeout);
                let connections = Connections::aws(timeout);
                let loaded = AwsSession::load(options.region.as_deref(), profile.as_deref(), connections.http.clone());
                let session = Box::new(connections.runtime.block_on(loaded)??);
                let region = session.region.clone();
                Ok(Self { region, connections, inner: Inner::Aws { session, profile, timeout } })
            }
        }
    }

    /// Which of the two it is.
    pub fn kind(&self) -> BackendKind {
        match self.inner {
            Inner::Local { .. } => BackendKind::Local,
            Inner::Aws { .. } => BackendKind::Aws,
        }
    }

    /// The Region of its requests.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The account, where it is known without asking: the stand-in's.
    pub fn account_id(&self) -> Option<String> {
        matches!(self.inner, Inner::Local { .. }).then(|| local::ACCOUNT_ID.to_owned())
    }

    /// Whether Amazon itself is asked: photos would leave the machine.
    pub fn is_amazon(&self) -> bool {
        match &self.inner {
            Inner::Local { .. } => false,
            Inner::Aws { session, .. } => session.s3_endpoint.as_deref().is_none_or(is_amazon_endpoint),
        }
    }

    /// The stand-in, for its endpoint and keys.
    pub fn local(&self) -> Option<&LocalHandle> {
        match &self.inner {
            Inner::Local { handle, .. } => Some(handle),
            Inner::Aws { .. } => None,
        }
    }

    fn access(&self, handle: &LocalHandle, endpoint: String) -> LocalAccess {
        let Keys { access_key_id, secret_access_key } = handle.keys().clone();
        let (region, connections) = (self.region.clone(), self.connections());
        LocalAccess { endpoint, access_key_id, secret_access_key, region, connections }
    }

    /// Returns what a client connects by.
    fn connections(&self) -> Connections {
        if self.connections.runtime.is_of_this_copy() {
            return self.connections.clone();
        }
        match &self.inner {
            Inner::Local { handle, .. } => Connections::local(Some(handle.takeover())),
            Inner::Aws { timeout, .. } => Connections::aws(*timeout),
        }
    }

    /// Returns a client of its S3.
    pub fn object_store(&self) -> ObjectStore {
        match &self.inner {
            Inner::Local { handle, .. } => {
                let access = self.access(handle, handle.endpoint());
                ObjectStore::new(client::local_client(&access), access.connections.runtime)
            }
            Inner::Aws { session, .. } => {
                let Connections { http, runtime } = self.connections();
                ObjectStore::new(session.s3_client(&http), runtime)
            }
        }
    }

    /// Returns a client of its Bedrock.
    pub fn bedrock(&self) -> BedrockClient {
        match &self.inner {
            Inner::Local { handle, .. } => BedrockClient::local(&self.access(handle, handle.bedrock_endpoint())),
            Inner::Aws { session, .. } => BedrockClient::aws(session, self.connections()),
        }
    }

    /// Returns a client of its STS and IAM.
    pub fn identity(&self) -> IdentityClient {
        match &self.inner {
            Inner::Local { handle, .. } => IdentityClient::local(&self.access(handle, handle.bedrock_endpoint())),
            Inner::Aws { session, .. } => IdentityClient::aws(session, self.connections()),
        }
    }

    /// The line that every command prints first.
    pub fn describe(&self) -> String {
        match &self.inner {
            Inner::Local { handle, state_dir } => local_line(&handle.endpoint(), state_dir),
            Inner::Aws { session, profile, .. } => {
                aws_line(&self.region, session.s3_endpoint.as_deref(), &session.other_endpoints, profile.as_deref())
            }
        }
    }

    /// Checks that a bucket of AWS exists in this Region. The local backend creates its buckets itself.
    ///
    /// # Errors
    /// [`Error::Setting`] where there is no such bucket or it is in another Region; [`Error::Service`] where S3 does not answer.
    pub fn check_bucket(&self, bucket: &str) -> Result<()> {
        if self.kind() == BackendKind::Local {
            return Ok(());
        }
        let (what, hint) = match self.object_store().bucket_region(bucket)? {
            BucketRegion::Missing => (
                format!("there is no bucket s3://{bucket}"),
                format!("create the bucket in {}, or name another one.", self.region),
            ),
            BucketRegion::Known(region) if region != self.region => (
                format!("the bucket `{bucket}` is in {region}, requests go to {}", self.region),
                format!(
                    "name a bucket in {}; Nova is fine-tuned in us-east-1, and a job needs its data there.",
                    self.region
                ),
            ),
            BucketRegion::Known(_) | BucketRegion::Unknown => return Ok(()),
        };
        Err(Error::Setting { origin: "s3_bucket".to_owned(), what, hint })
    }

    /// Makes sure that a bucket of the stand-in exists. On AWS it does nothing: a bucket there is its owner's decision.
    ///
    /// # Errors
    /// [`crate::Error::Service`] for a name that S3 refuses.
    pub fn ensure_bucket(&self, bucket: &str) -> Result<()> {
        match &self.inner {
            Inner::Local { .. } => {
                let store = self.object_store();
                store.runtime.block_on(client::create_missing_bucket(&store.client, bucket))?
            }
            Inner::Aws { .. } => Ok(()),
        }
    }
}

/// The first line of a command that only looks at the stand-in's folder.
pub fn describe_state(state_dir: &Path) -> String {
    format!("backend: local (stand-in, state in {})", state_dir.display())
}

fn local_line(endpoint: &str, state_dir: &Path) -> String {
    format!("backend: local (stand-in, S3 at {endpoint}, state in {})", state_dir.display())
}

/// `endpoint` is that of S3, `others` those of the other services. One that is not Amazon's is named once, with all its services.
fn aws_line(region: &str, endpoint: Option<&str>, others: &[(&str, String)], profile: Option<&str>) -> String {
    let mut line = match endpoint {
        Some(endpoint) if !is_amazon_endpoint(endpoint) => {
            format!("backend: aws, endpoint {} (not Amazon's), region {region}", without_user(endpoint))
        }
        Some(endpoint) => format!("backend: aws, endpoint {}, region {region}", without_user(endpoint)),
        None => format!("backend: aws, region {region}"),
    };
    let mut foreign: Vec<(&str, Vec<&str>)> = Vec::new();
    for (service, url) in others {
        if Some(url.as_str()) == endpoint || is_amazon_endpoint(url) {
            continue;
        }
        match foreign.iter_mut().find(|(known, _)| known == url) {
            Some((_, services)) => services.push(service),
            None => foreign.push((url, vec![service])),
        }
    }
    for (url, services) in foreign {
        let _ = write!(line, ", {} at {} (not Amazon's)", services.join(" and "), without_user(url));
    }
    if let Some(profile) = profile {
        line.push_str(", profile ");
        line.push_str(profile);
    }
    line
}

/// The authority of a URL, `host:port`, with what stands before an `@`.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

fn is_amazon_endpoint(url: &str) -> bool {
    let authority = authority(url);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host).trim_end_matches('.').to_ascii_lowercase();
    ["amazonaws.com", "amazonaws.com.cn"]
        .iter()
        .any(|domain| host.strip_suffix(domain).is_some_and(|label| label.is_empty() || label.ends_with('.')))
}

/// A URL as it may be shown: some write a password into it.
fn without_user(url: &str) -> String {
    match authority(url).rsplit_once('@') {
        Some((user, _)) => url.replacen(&format!("{user}@"), "", 1),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests;
