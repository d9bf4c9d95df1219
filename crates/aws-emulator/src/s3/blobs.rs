//! The bytes of objects and parts, kept by s3s-fs under names that no client sees.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::BodyExt as _;
use hyper::http::Extensions;
use hyper::{HeaderMap, Method, Uri};
use s3s::dto::{
    Checksum, ChecksumAlgorithm, CopyObjectInput, CopySource, ETag, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, PutObjectInput, Range, StreamingBlob,
};
use s3s::{S3, S3Error, S3Request, S3Result, TrailingHeaders};
use s3s_fs::FileSystem;

use super::checksum::StoredChecksum;
use super::fault::{body_error, incomplete_body};
use foundation::atomic::create_private_folder;
use foundation::entropy::random_hex;
use foundation::error::{Error, IoContext, Result};

/// The one bucket of s3s-fs that all blobs lie in.
const BUCKET: &str = "objects";

/// A folder of blobs.
#[derive(Debug)]
pub(super) struct Blobs {
    root: PathBuf,
    files: FileSystem,
}

/// A blob that was just written. It is deleted again unless someone keeps it.
#[derive(Debug)]
pub(super) struct NewBlob<'a> {
    blobs: &'a Blobs,
    /// Empty once the blob is kept.
    id: String,
    pub(super) size_bytes: u64,
    /// MD5 of the bytes, in hexadecimal.
    pub(super) etag: String,
    pub(super) checksum: Option<StoredChecksum>,
}

impl NewBlob<'_> {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// From here on a record names the blob.
    pub(super) fn keep(mut self) {
        self.id.clear();
    }
}

impl Drop for NewBlob<'_> {
    fn drop(&mut self) {
        if !self.id.is_empty() {
            self.blobs.delete(&self.id);
        }
    }
}

impl Blobs {
    /// Opens a folder of blobs, made if it is missing, and removes what killed writers left in it.
    pub(super) fn open(root: &Path) -> Result<Self> {
        let objects = root.join(BUCKET);
        create_private_folder(&objects).at("create", objects)?;
        let files = FileSystem::new(root).map_err(|error| Error::Io {
            action: "open",
            path: root.to_path_buf(),
            source: std::io::Error::other(format!("{error:?}")),
        })?;
        Ok(Self { root: root.to_path_buf(), files })
    }

    /// Deletes every blob that is not among `used`, with what s3s-fs keeps beside it.
    pub(super) fn sweep(&self, used: &HashSet<String>) -> Result<()> {
        let objects = self.root.join(BUCKET);
        let sidecar_prefix = format!(".bucket-{}.object-", URL_SAFE_NO_PAD.encode(BUCKET));
        let sidecar_blob = |name: &str| {
            let encoded = name.strip_prefix(&sidecar_prefix)?.split('.').next()?;
            String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
        };
        for (dir, is_sidecar) in [(&objects, false), (&self.root, true)] {
            for entry in std::fs::read_dir(dir).at("list", dir)? {
                let path = entry.at("list", dir)?.path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let blob = if is_sidecar { sidecar_blob(name) } else { Some(name.to_owned()) };
                // A file of another name is somebody else's.
                let blob = blob.filter(|blob| blob.len() == 32 && blob.bytes().all(|byte| byte.is_ascii_hexdigit()));
                if blob.is_some_and(|blob| !used.contains(&blob)) {
                    std::fs::remove_file(&path).at("delete", path)?;
                }
            }
        }
        Ok(())
    }

    /// Writes a body to a new blob, checking every length and digest that came with it.
    pub(super) async fn put(
        &self,
        mut input: PutObjectInput,
        trailers: Option<TrailingHeaders>,
    ) -> S3Result<NewBlob<'_>> {
        let id = random_hex(16).map_err(S3Error::internal_error)?;
        let declared_bytes = input.content_length;
        BUCKET.clone_into(&mut input.bucket);
        input.key.clone_from(&id);
        (input.if_match, input.if_none_match, input.storage_class) = (None, None, None);
        // From here to the end of this function, whatever happens (the client may hang up) leaves no blob.
        let mut blob = NewBlob { blobs: self, id, size_bytes: 0, etag: String::new(), checksum: None };
        let output = self.files.put_object(request(input, trailers)).await.map_err(body_error)?.output;
        let metadata = tokio::fs::metadata(self.path(&blob.id)).await.map_err(S3Error::internal_error)?;
        blob.size_bytes = metadata.len();
        if declared_bytes.is_some_and(|declared| u64::try_from(declared).ok() != Some(blob.size_bytes)) {
            return Err(incomplete_body());
        }
        blob.etag = output.e_tag.map(ETag::into_value).unwrap_or_default();
        blob.checksum = StoredChecksum::of_body(&Checksum {
            checksum_crc32: output.checksum_crc32,
            checksum_crc32c: output.checksum_crc32c,
            checksum_crc64nvme: output.checksum_crc64nvme,
            checksum_sha1: output.checksum_sha1,
            checksum_sha256: output.checksum_sha256,
            checksum_type: None,
        });
        Ok(blob)
    }

    /// Copies a blob. `input` says what becomes of its attributes.
    pub(super) async fn copy(&self, from: &str, mut input: CopyObjectInput) -> S3Result<NewBlob<'_>> {
        let id = random_hex(16).map_err(S3Error::internal_error)?;
        input.copy_source = CopySource::Bucket { bucket: BUCKET.into(), key: from.into(), version_id: None };
        BUCKET.clone_into(&mut input.bucket);
        input.key.clone_from(&id);
        (input.copy_source_if_match, input.copy_source_if_none_match) = (None, None);
        (input.copy_source_if_modified_since, input.copy_source_if_unmodified_since) = (None, None);
        let mut blob = NewBlob { blobs: self, id, size_bytes: 0, etag: String::new(), checksum: None };
        let output = self.files.copy_object(request(input, None)).await.map_err(body_error)?.output;
        let metadata = tokio::fs::metadata(self.path(&blob.id)).await.map_err(S3Error::internal_error)?;
        blob.size_bytes = metadata.len();
        let etag = output.copy_object_result.and_then(|result| result.e_tag);
        blob.etag = etag.map(ETag::into_value).unwrap_or_default();
        Ok(blob)
    }

    /// A blob's bytes and attributes.
    pub(super) async fn get(&self, id: &str, range: Option<Range>) -> S3Result<GetObjectOutput> {
        let input =
            GetObjectInput { bucket: BUCKET.to_owned(), key: id.to_owned(), range, ..GetObjectInput::default() };
        Ok(self.files.get_object(request(input, None)).await?.output)
    }

    /// A blob's attributes.
    pub(super) async fn head(&self, id: &str) -> S3Result<HeadObjectOutput> {
        let input = HeadObjectInput { bucket: BUCKET.to_owned(), key: id.to_owned(), ..HeadObjectInput::default() };
        Ok(self.files.head_object(request(input, None)).await?.output)
    }

    /// Deletes blobs that no record names any more. What cannot be deleted now is swept away at the next start.
    pub(super) fn delete_all(&self, ids: impl IntoIterator<Item = String>) {
        for id in ids {
            self.delete(&id);
        }
    }

    fn delete(&self, id: &str) {
        for path in [self.path(id), metadata_path(&self.root, id), sidecar_path(&self.root, id, "internal")] {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Where a blob's bytes are.
    pub(super) fn path(&self, id: &str) -> PathBuf {
        self.root.join(BUCKET).join(id)
    }
}

/// Where s3s-fs keeps the attributes of a blob.
pub(super) fn metadata_path(root: &Path, id: &str) -> PathBuf {
    sidecar_path(root, id, "metadata")
}

fn sidecar_path(root: &Path, id: &str, kind: &str) -> PathBuf {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    root.join(format!(".bucket-{}.object-{}.{kind}.json", encode(BUCKET), encode(id)))
}

/// The checksum that a client sends after the body, said in a header so that s3s-fs computes it.
pub(super) fn announced_checksum(headers: &HeaderMap) -> Option<ChecksumAlgorithm> {
    let name = headers.get("x-amz-trailer")?.to_str().ok()?.trim().to_ascii_lowercase();
    let algorithm = name.strip_prefix("x-amz-checksum-")?.to_ascii_uppercase();
    Some(ChecksumAlgorithm::from(algorithm))
}

/// Reads a body to its end before its request is refused: a client that is still sending would see a broken connection
/// and not the reason.
pub(super) async fn refuse_after_reading(body: Option<StreamingBlob>, reason: S3Error) -> S3Error {
    if let Some(body) = body {
        let mut body = s3s::Body::from(body);
        while let Some(Ok(_)) = body.frame().await {}
    }
    reason
}

/// A request to s3s-fs, which looks at nothing but the input and the trailers.
pub(super) fn request<T>(input: T, trailing_headers: Option<TrailingHeaders>) -> S3Request<T> {
    S3Request {
        input,
        method: Method::GET,
        uri: Uri::default(),
        headers: HeaderMap::new(),
        extensions: Extensions::default(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers,
    }
}
