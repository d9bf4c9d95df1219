//! Requests made of bytes, without a socket.

use std::path::PathBuf;
use std::sync::OnceLock;

use hyper::Request;
use tempfile::TempDir;

use super::sigv4::Signer;
use super::{Api, Bedrock, Clock, LocalOptions, LocalS3, Parts, Photos, StateDir, identity, reply, sigv4};
use crate::photos::ReaderSource;

/// Services with nothing in them, and the folder in which they are.
struct Home {
    bedrock: Bedrock,
    roles_file: PathBuf,
    _folder: TempDir,
}

fn home() -> Option<&'static Home> {
    static HOME: OnceLock<Option<Home>> = OnceLock::new();
    let open = || {
        let folder = tempfile::tempdir().ok()?;
        let options = LocalOptions { state_dir: folder.path().to_path_buf(), ..LocalOptions::default() };
        let state = StateDir::create(folder.path()).ok()?;
        let s3 = LocalS3::open(&state.s3_path(), &options.region, options.clock).ok()?;
        let photos = Photos::new(ReaderSource::Models { folder: None, roots: Vec::new() }, folder.path().to_path_buf());
        let bedrock = Bedrock::open(&state, &options, state.keys().ok()?, s3, photos).ok()?;
        Some(Home { bedrock, roles_file: state.roles_path(), _folder: folder })
    };
    HOME.get_or_init(open).as_ref()
}

/// A request in the form of HTTP: a line with method and path, headers, an empty line, the body.
fn request_of(data: &[u8]) -> Option<(Parts, &[u8])> {
    let end = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let head = std::str::from_utf8(data.get(..end)?).ok()?;
    let mut lines = head.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        request = request.header(name.trim(), value.trim());
    }
    Some((request.body(()).ok()?.into_parts().0, data.get(end + 2..).unwrap_or_default()))
}

/// Nobody is believed whose signature is made up; whatever a signed request says has an answer.
///
/// # Panics
/// Where a forged signature is accepted.
pub fn ask(data: &[u8]) {
    let (Some((parts, body)), Some(home)) = (request_of(data), home()) else { return };
    let believed = sigv4::verify(&parts, body, &home.bedrock.keys, Clock::System.now());
    assert!(believed.is_err(), "the keys of this process are random");
    let answer = home.bedrock.route("us-east-1", &parts, body);
    if let Err(fault) = answer {
        let _ = reply::refusal(Api::Bedrock, &fault);
    }
    for api in [Api::Sts, Api::Iam] {
        let signer = Signer { api, region: "us-east-1".to_owned() };
        let _ = identity::answer(&signer, body, &home.roles_file);
    }
}
