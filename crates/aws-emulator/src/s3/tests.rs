//! What the stand-in answers to the real SDK. Each test has a server and a folder of its own.

use std::path::PathBuf;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart,
    CreateBucketConfiguration, Delete, ObjectIdentifier,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::testing::block_on;
use crate::testing::client_of;
use crate::{LocalOptions, LocalServer};
use foundation::clock::Clock;

mod multipart;
mod objects;

struct Fixture {
    dir: TempDir,
    server: Option<LocalServer>,
}

impl Fixture {
    fn new() -> Self {
        let mut fixture = Self { dir: tempfile::tempdir().unwrap(), server: None };
        fixture.start();
        fixture
    }

    /// Starts the server again on the same folder.
    fn start(&mut self) {
        self.server = None;
        self.server = Some(LocalServer::start(&self.options()).unwrap());
    }

    fn options(&self) -> LocalOptions {
        let clock = Clock::fixed_at("2026-11-22T11:03:36Z").unwrap();
        LocalOptions { state_dir: self.dir.path().join("state"), clock, ..LocalOptions::default() }
    }

    fn client(&self) -> Client {
        let server = self.server.as_ref().unwrap();
        client_of(&server.endpoint(), server.keys())
    }

    fn blob_files(&self) -> Vec<PathBuf> {
        let blobs = self.dir.path().join("state/s3/blobs");
        let list =
            |dir: PathBuf| std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        list(blobs.clone()).into_iter().chain(list(blobs.join("objects"))).filter(|path| path.is_file()).collect()
    }
}

/// Code and HTTP status of a refused request.
fn refusal<T: std::fmt::Debug, E>(outcome: Result<T, SdkError<E>>) -> (String, u16)
where
    E: ProvideErrorMetadata + std::fmt::Debug,
{
    let error = outcome.unwrap_err();
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    (error.code().unwrap_or_default().to_owned(), status)
}

fn refused(code: &str, status: u16) -> (String, u16) {
    (code.to_owned(), status)
}

fn sha256(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

async fn put(client: &Client, key: &str, bytes: &[u8]) {
    client.put_object().bucket("bucket").key(key).body(bytes.to_vec().into()).send().await.unwrap();
}

async fn get(client: &Client, key: &str) -> Vec<u8> {
    let output = client.get_object().bucket("bucket").key(key).send().await.unwrap();
    output.body.collect().await.unwrap().to_vec()
}

async fn keys(client: &Client) -> Vec<String> {
    let output = client.list_objects_v2().bucket("bucket").send().await.unwrap();
    output.contents().iter().map(|object| object.key().unwrap().to_owned()).collect()
}

#[test]
fn every_operation_on_a_missing_bucket_says_so() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        let missing = || refused("NoSuchBucket", 404);
        let body = || ByteStream::from_static(b"x");
        assert_eq!(refusal(s3.put_object().bucket("none").key("k").body(body()).send().await), missing());
        assert_eq!(refusal(s3.get_object().bucket("none").key("k").send().await), missing());
        assert_eq!(refusal(s3.delete_object().bucket("none").key("k").send().await), missing());
        assert_eq!(refusal(s3.list_objects_v2().bucket("none").send().await), missing());
        assert_eq!(refusal(s3.list_objects().bucket("none").send().await), missing());
        assert_eq!(refusal(s3.delete_bucket().bucket("none").send().await), missing());
        assert_eq!(refusal(s3.get_bucket_location().bucket("none").send().await), missing());
        assert_eq!(refusal(s3.create_multipart_upload().bucket("none").key("k").send().await), missing());
        assert_eq!(refusal(s3.abort_multipart_upload().bucket("none").key("k").upload_id("u").send().await), missing());
        assert_eq!(refusal(s3.list_parts().bucket("none").key("k").upload_id("u").send().await), missing());
        let object = ObjectIdentifier::builder().key("k").build().unwrap();
        let delete = Delete::builder().objects(object).build().unwrap();
        assert_eq!(refusal(s3.delete_objects().bucket("none").delete(delete).send().await), missing());
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        let copy = s3.copy_object().copy_source("none/k").bucket("bucket").key("k").send().await;
        assert_eq!(refusal(copy), missing());
        // An answer to HEAD has no body that could hold a code.
        assert_eq!(refusal(s3.head_bucket().bucket("none").send().await).1, 404);
        assert_eq!(refusal(s3.head_object().bucket("none").key("k").send().await).1, 404);
    })
    .unwrap();
    assert!(fixture.blob_files().is_empty(), "nothing of a refused body stays");
}

#[test]
fn the_reason_reaches_a_client_that_is_still_sending() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        let body = ByteStream::from(vec![7; 24 << 20]);
        let outcome = s3.put_object().bucket("none").key("k").body(body).send().await;
        assert_eq!(refusal(outcome), refused("NoSuchBucket", 404));
    })
    .unwrap();
}

#[test]
fn a_bucket_is_created_once_under_a_legal_name_and_deleted_when_empty() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        let again = s3.create_bucket().bucket("bucket").send().await;
        assert_eq!(refusal(again), refused("BucketAlreadyOwnedByYou", 409));
        for name in ["Bucket", "a_b", "192.168.0.1", "xn--bucket", "bucket-s3alias", "a..b", "ab", ".nova"] {
            let outcome = s3.create_bucket().bucket(name).send().await;
            assert_eq!(refusal(outcome), refused("InvalidBucketName", 400), "{name}");
        }
        put(&s3, "k", b"x").await;
        assert_eq!(refusal(s3.delete_bucket().bucket("bucket").send().await), refused("BucketNotEmpty", 409));
        s3.delete_object().bucket("bucket").key("k").send().await.unwrap();
        s3.delete_bucket().bucket("bucket").send().await.unwrap();
        assert_eq!(s3.list_buckets().send().await.unwrap().buckets().len(), 0);
    })
    .unwrap();
}

#[test]
fn the_location_of_a_bucket_is_what_it_was_created_with() {
    let fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        let configuration =
            CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
        s3.create_bucket().bucket("other").create_bucket_configuration(configuration).send().await.unwrap();
        let here = s3.get_bucket_location().bucket("bucket").send().await.unwrap();
        let there = s3.get_bucket_location().bucket("other").send().await.unwrap();
        assert!(here.location_constraint().is_none_or(|region| region.as_str().is_empty()), "{here:?}");
        assert_eq!(there.location_constraint(), Some(&BucketLocationConstraint::EuWest1));
        assert_eq!(s3.head_bucket().bucket("bucket").send().await.unwrap().bucket_region(), Some("us-east-1"));
        assert_eq!(s3.head_bucket().bucket("other").send().await.unwrap().bucket_region(), Some("eu-west-1"));
        let names: Vec<_> =
            s3.list_buckets().send().await.unwrap().buckets().iter().map(|b| b.name().unwrap().to_owned()).collect();
        assert_eq!(names, ["bucket", "other"]);
    })
    .unwrap();
}

#[test]
fn what_a_killed_process_leaves_is_never_seen_and_swept_away() {
    let mut fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async {
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        put(&s3, "k", b"x").await;
    })
    .unwrap();
    let before = fixture.blob_files().len();
    // As if a put had been killed while it wrote, after it wrote, and while it wrote the record.
    let root = fixture.dir.path().join("state/s3");
    std::fs::write(root.join("blobs/.tmp.9.internal.part"), "half").unwrap();
    std::fs::write(root.join("blobs/objects/0123456789abcdef0123456789abcdef"), "whole").unwrap();
    std::fs::write(
        root.join("blobs/.bucket-b2JqZWN0cw.object-MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY.internal.json"),
        "{}",
    )
    .unwrap();
    std::fs::write(root.join("buckets/bucket/.tmpAbc"), "{\"key\":").unwrap();
    // As if a bucket had been killed while it was made or deleted.
    std::fs::create_dir(root.join("buckets/half-a-bucket")).unwrap();
    // What somebody has put there is not ours to delete.
    std::fs::create_dir(root.join("buckets/my-photos")).unwrap();
    let mine =
        ["buckets/my-photos/1.jpg", "buckets/bucket/notes.txt", "blobs/objects/mine"].map(|name| root.join(name));
    for path in &mine {
        std::fs::write(path, "mine").unwrap();
    }
    fixture.start();
    let s3 = fixture.client();
    block_on(async {
        assert_eq!(keys(&s3).await, ["k"]);
        assert_eq!(s3.list_buckets().send().await.unwrap().buckets().len(), 1);
        assert_eq!(get(&s3, "k").await, b"x");
    })
    .unwrap();
    assert!(mine.iter().all(|path| std::fs::read(path).unwrap() == b"mine"));
    std::fs::remove_file(&mine[2]).unwrap();
    assert_eq!(fixture.blob_files().len(), before);
    assert!(!root.join("buckets/half-a-bucket").exists() && !root.join("buckets/bucket/.tmpAbc").exists());
}

#[test]
fn a_damaged_record_stops_the_start_and_names_the_file() {
    let mut fixture = Fixture::new();
    let s3 = fixture.client();
    block_on(async { s3.create_bucket().bucket("bucket").send().await.unwrap() }).unwrap();
    fixture.server = None;
    let record = fixture.dir.path().join("state/s3/buckets/bucket/1.json");
    std::fs::write(&record, "{").unwrap();
    let error = LocalServer::start(&fixture.options()).unwrap_err();
    assert!(error.to_string().starts_with(&record.display().to_string()), "{error}");
    assert!(error.hint().unwrap().contains("nova-ft local reset"));
}
