//! Who is not believed: web pages, links, forms and signatures of others; and keys that would climb out of the folder.

use super::*;

fn is_refused(server: &LocalServer, request: &str) -> String {
    let answer = send(server, request);
    // An operation that nobody serves is no leave either.
    assert!(["HTTP/1.1 4", "HTTP/1.1 501"].iter().any(|start| answer.starts_with(start)), "{request}: {answer}");
    answer
}

/// A link that a client has made for one object, as the target of a request.
fn link(server: &LocalServer, key: &str) -> String {
    let client = client_of(&server.endpoint(), server.keys());
    let presigning = aws_sdk_s3::presigning::PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let link = block_on(client.get_object().bucket("bucket").key(key).presigned(presigning)).unwrap().unwrap();
    link.uri().split_once(&server.address.to_string()).unwrap().1.to_owned()
}

#[test]
fn a_web_page_gets_no_leave_to_read_or_to_ask() {
    let dir = tempfile::tempdir().unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    let host = server.address;
    for request in [
        format!(
            "OPTIONS /bucket HTTP/1.1\r\nhost: {host}\r\norigin: https://evil.example\r\naccess-control-request-method: PUT\r\nconnection: close\r\n\r\n"
        ),
        format!("GET / HTTP/1.1\r\nhost: {host}\r\norigin: https://evil.example\r\nconnection: close\r\n\r\n"),
        // What a form can send without being asked beforehand.
        format!(
            "POST /bucket HTTP/1.1\r\nhost: {host}\r\norigin: https://evil.example\r\ncontent-type: text/plain\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
        ),
        format!(
            "POST /bucket HTTP/1.1\r\nhost: {host}\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 82\r\nconnection: close\r\n\r\n\
             --b\r\ncontent-disposition: form-data; name=\"key\"\r\n\r\nk\r\n--b\r\ncontent-disposition: f\r\n--b--"
        ),
    ] {
        let answer = is_refused(&server, &request);
        assert!(!answer.to_lowercase().contains("access-control-allow"), "{answer}");
    }
}

#[test]
fn a_link_or_signature_that_was_changed_opens_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    let client = client_of(&server.endpoint(), server.keys());
    block_on(client.create_bucket().bucket("bucket").send()).unwrap().unwrap();
    for key in ["mine", "other"] {
        let body = aws_sdk_s3::primitives::ByteStream::from_static(b"x");
        block_on(client.put_object().bucket("bucket").key(key).body(body).send()).unwrap().unwrap();
    }
    let host = server.address;
    let ask = |target: &str| format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let mine = link(&server, "mine");
    assert!(send(&server, &ask(&mine)).starts_with("HTTP/1.1 200"), "the link itself is good");
    for changed in [
        mine.replace("/mine?", "/other?"),
        mine.replace("us-east-1", "eu-west-1"),
        mine.replace("X-Amz-Expires=60", "X-Amz-Expires=604800"),
        mine.replace("X-Amz-Signature=", "X-Amz-Signature=0"),
        mine.split("&X-Amz-Signature").next().unwrap().to_owned(),
        "/bucket/mine?AWSAccessKeyId=x&Signature=x&Expires=9999999999".to_owned(),
    ] {
        assert_ne!(changed, mine);
        is_refused(&server, &ask(&changed));
    }
    // Version 2 of the signature, a chunked body whose seed is nobody's, and a body that says that it is not signed.
    let start = format!("PUT /bucket/k HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    let id = &server.keys().access_key_id;
    is_refused(&server, &format!("{start}authorization: AWS {id}:c2lnbmF0dXJl\r\ncontent-length: 1\r\n\r\nx"));
    for body in ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "UNSIGNED-PAYLOAD"] {
        let credential = format!("{id}/20261122/us-east-1/s3/aws4_request");
        let signature = "0".repeat(64);
        is_refused(
            &server,
            &format!(
                "{start}x-amz-content-sha256: {body}\r\nx-amz-date: 20261122T000000Z\r\nx-amz-decoded-content-length: 1\r\n\
                 authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
                 Signature={signature}\r\ncontent-length: 1\r\n\r\nx"
            ),
        );
    }
    let listed = block_on(client.list_objects_v2().bucket("bucket").send()).unwrap().unwrap();
    assert_eq!(listed.key_count(), Some(2), "nothing was put");
}

#[test]
fn no_key_leads_out_of_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    let client = client_of(&server.endpoint(), server.keys());
    block_on(client.create_bucket().bucket("bucket").send()).unwrap().unwrap();
    let long = "k/".repeat(500);
    let keys = ["../../escaped", "a/../../../escaped", "a//b", "./c", "..", "名 称.jpg", "a\u{1}b", "con.jpg ", &long];
    for key in keys {
        let body = aws_sdk_s3::primitives::ByteStream::from(key.as_bytes().to_vec());
        block_on(client.put_object().bucket("bucket").key(key).body(body).send()).unwrap().unwrap_or_else(|error| {
            panic!("{key:?}: {error:?}");
        });
        let got = block_on(async {
            let got = client.get_object().bucket("bucket").key(key).send().await.unwrap();
            got.body.collect().await.unwrap().into_bytes()
        });
        assert_eq!(got.unwrap(), key.as_bytes(), "{key:?}");
    }
    let entries = |path: &std::path::Path| std::fs::read_dir(path).unwrap().count();
    assert_eq!(entries(dir.path()), 1, "only the state's own folder");
    assert!(!dir.path().with_file_name("escaped").exists());
    let too_long = "k".repeat(1025);
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"x");
    assert!(block_on(client.put_object().bucket("bucket").key(too_long).body(body).send()).unwrap().is_err());
}

#[test]
fn a_link_to_put_one_object_does_not_copy_another() {
    let dir = tempfile::tempdir().unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    let client = client_of(&server.endpoint(), server.keys());
    block_on(client.create_bucket().bucket("bucket").send()).unwrap().unwrap();
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"private");
    block_on(client.put_object().bucket("bucket").key("private").body(body).send()).unwrap().unwrap();
    let presigning = aws_sdk_s3::presigning::PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let link = block_on(client.put_object().bucket("bucket").key("inbox").presigned(presigning)).unwrap().unwrap();
    let target = link.uri().split_once(&server.address.to_string()).unwrap().1.to_owned();
    let put = |header: &str| {
        let host = server.address;
        send(
            &server,
            &format!("PUT {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\n{header}connection: close\r\n\r\n"),
        )
    };
    let answer = put("x-amz-copy-source: /bucket/private\r\n");
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("not signed: x-amz-copy-source"), "{answer}");
    let listing = block_on(client.list_objects_v2().bucket("bucket").send()).unwrap().unwrap();
    assert_eq!(listing.key_count(), Some(1));
    assert!(put("").starts_with("HTTP/1.1 200"));
}
