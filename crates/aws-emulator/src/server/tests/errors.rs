//! The errors of the stand-in as they go over the wire, byte by byte what a client of AWS would read.

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use super::*;
use foundation::entropy::hex;

/// A request, and who signs it where and when.
struct Call<'a> {
    method: &'a str,
    path: &'a str,
    body: &'a str,
    access_key_id: &'a str,
    secret: &'a str,
    region: &'a str,
    at: OffsetDateTime,
}

impl<'a> Call<'a> {
    /// A good request, signed now.
    fn new(server: &'a LocalServer, method: &'a str, path: &'a str) -> Self {
        let keys = server.keys();
        Self {
            method,
            path,
            body: "",
            access_key_id: &keys.access_key_id,
            secret: keys.secret_access_key.reveal(),
            region: DEFAULT_REGION,
            at: OffsetDateTime::now_utc(),
        }
    }

    /// The request in the bytes of HTTP, signed with Signature Version 4.
    fn text(&self, server: &LocalServer) -> String {
        let Self { method, path, body, access_key_id, secret, region, at } = self;
        let stamp = at.format(format_description!("[year][month][day]T[hour][minute][second]Z")).unwrap();
        let (day, host) = (&stamp[..8], server.address.to_string());
        let body_sha256 = hex(&Sha256::digest(body));
        let headers = format!("host:{host}\nx-amz-content-sha256:{body_sha256}\nx-amz-date:{stamp}\n");
        let signed_headers = "host;x-amz-content-sha256;x-amz-date";
        let canonical = format!("{method}\n{path}\n\n{headers}\n{signed_headers}\n{body_sha256}");
        let scope = format!("{day}/{region}/s3/aws4_request");
        let to_sign = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let secret = format!("AWS4{secret}");
        let key = [day, *region, "s3", "aws4_request"]
            .iter()
            .fold(secret.into_bytes(), |key, part| hmac_sha256(&key, part.as_bytes()));
        let signature = hex(&hmac_sha256(&key, to_sign.as_bytes()));
        format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nx-amz-content-sha256: {body_sha256}\r\nx-amz-date: {stamp}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, SignedHeaders={signed_headers}, \
             Signature={signature}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    }

    /// The answer: its status, and its body with the request's id, the same in header and body, taken out.
    fn answer(&self, server: &LocalServer) -> (u16, String) {
        let answer = send(server, &self.text(server));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let header = |name: &str| {
            let found = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            found.unwrap_or_else(|| panic!("no {name}: {answer}"))
        };
        let id = header("x-amz-request-id");
        assert!(
            id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_lowercase()),
            "{id}"
        );
        if status >= 400 {
            assert_eq!(header("content-type"), "application/xml");
            assert_eq!(body.matches(id).count(), 1, "{body}");
        }
        (status, body.replace(id, "ID"))
    }
}

/// HMAC (RFC 2104) for keys of at most one block.
fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(padded, key)| *padded ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

fn error(code: &str, message: &str, resource: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <Resource>{resource}</Resource><RequestId>ID</RequestId></Error>"
    )
}

#[test]
fn every_refusal_has_the_code_status_message_and_document_of_aws() {
    let dir = tempfile::tempdir().unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    let good = || Call::new(&server, "GET", "/bucket");
    assert_eq!(Call::new(&server, "PUT", "/bucket").answer(&server), (200, String::new()));
    assert_eq!(good().answer(&server).0, 200, "the signature of these tests is right");

    assert_eq!(
        Call { access_key_id: "AKIACANARY", ..good() }.answer(&server),
        (
            403,
            error("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", "/bucket")
        )
    );
    assert_eq!(
        Call { secret: "wrong", ..good() }.answer(&server),
        (
            403,
            error(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and \
                 signing method.",
                "/bucket"
            )
        )
    );
    for minutes in [-16, 16] {
        assert_eq!(
            Call { at: OffsetDateTime::now_utc() + time::Duration::minutes(minutes), ..good() }.answer(&server),
            (
                403,
                error(
                    "RequestTimeTooSkewed",
                    "The difference between the request time and the current time is too large.",
                    "/bucket"
                )
            )
        );
    }
    assert_eq!(
        Call { path: "/none/a%26b", ..good() }.answer(&server),
        (404, error("NoSuchBucket", "The specified bucket does not exist", "/none/a%26b"))
    );
    assert_eq!(
        Call { path: "/bucket/k", ..good() }.answer(&server),
        (404, error("NoSuchKey", "The specified key does not exist.", "/bucket/k"))
    );
    assert_eq!(
        Call { path: "/Bucket&", ..good() }.answer(&server),
        (400, error("InvalidBucketName", "The specified bucket is not valid.", "/Bucket&amp;"))
    );
}

#[test]
fn a_bucket_in_another_region_than_the_one_asked_is_refused_as_aws_does() {
    let dir = tempfile::tempdir().unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    let constraint = |region: &str| {
        format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{region}\
             </LocationConstraint></CreateBucketConfiguration>"
        )
    };
    let create = |sent_to: &str, body: &str| {
        Call { region: sent_to, body, ..Call::new(&server, "PUT", "/bucket") }.answer(&server)
    };
    let incompatible = |constraint: &str| {
        let message = format!(
            "The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to."
        );
        (400, error("IllegalLocationConstraintException", &message, "/bucket"))
    };
    assert_eq!(create("eu-west-1", &constraint("us-west-2")), incompatible("us-west-2"));
    assert_eq!(create("eu-west-1", ""), incompatible("unspecified"));
    assert_eq!(
        create("us-east-1", &constraint("us-east-1")),
        (400, error("InvalidLocationConstraint", "The specified location-constraint is not valid", "/bucket"))
    );
    assert_eq!(create("eu-west-1", &constraint("eu-west-1")).0, 200);
}

#[test]
fn an_expired_link_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    let client = client_of(&server.endpoint(), server.keys());
    let hour_ago = std::time::SystemTime::now() - Duration::from_hours(1);
    let presigning = aws_sdk_s3::presigning::PresigningConfig::builder()
        .start_time(hour_ago)
        .expires_in(Duration::from_mins(1))
        .build()
        .unwrap();
    let link = block_on(client.get_object().bucket("bucket").key("k").presigned(presigning)).unwrap().unwrap();
    let target = link.uri().split_once(&server.address.to_string()).unwrap().1;
    let answer =
        send(&server, &format!("GET {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.address));
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("<Code>AccessDenied</Code><Message>Request has expired</Message>"), "{answer}");
}
