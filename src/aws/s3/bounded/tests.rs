use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_smithy_http_client::Builder;

use super::*;
use crate::aws::error::read_fault;
use crate::aws::runtime::BlockingRuntime;

/// Reads a request and answers with what `write` sends; the connection then ends.
fn serve(write: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut vec![0; 65_536]);
            // The client has heard enough: that ends the answer.
            let _ = write(&mut stream);
        }
    });
    endpoint
}

fn config(endpoint: &str, timeout: Duration) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(aws_sdk_s3::config::SharedCredentialsProvider::new(Credentials::new(
            "AKIA", "x", None, None, "a test",
        )))
        .retry_config(RetryConfig::disabled())
        .http_client(bounded(Builder::new().build_http(), timeout, None))
        .build()
}

fn s3(endpoint: &str, timeout: Duration) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(&config(endpoint, timeout)).force_path_style(true);
    aws_sdk_s3::Client::from_conf(config.build())
}

/// Code and message of a list of jobs that is answered so.
fn list(timeout: Duration, write: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + 'static) -> String {
    let endpoint = serve(write);
    let call = aws_sdk_bedrock::Client::new(&config(&endpoint, timeout)).list_model_customization_jobs();
    let error = BlockingRuntime::new().block_on(call.send()).unwrap().unwrap_err();
    let (_, code, message) = read_fault("ListModelCustomizationJobs", &error);
    format!("{code}: {message}").replace(endpoint.trim_start_matches("http://"), "HOST")
}

const LONG: Duration = Duration::from_mins(5);
const SHORT: Duration = Duration::from_millis(300);

fn endless(stream: &mut TcpStream, head: &str, chunk: &[u8]) -> std::io::Result<()> {
    stream.write_all(head.as_bytes())?;
    loop {
        stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
        stream.write_all(chunk)?;
        stream.write_all(b"\r\n")?;
    }
}

/// One byte, then the next, until the client goes.
fn drip(stream: &mut TcpStream, head: &str) -> std::io::Result<()> {
    stream.write_all(head.as_bytes())?;
    loop {
        stream.write_all(b"a")?;
        std::thread::sleep(Duration::from_millis(20));
    }
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn a_response_that_arrives_byte_by_byte_ends_with_the_timeout() {
    let dripped = list(SHORT, |stream| drip(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"));
    assert_eq!(dripped, "TimedOut: the response from HOST did not end within 0.3 s");
    let headers = list(SHORT, |stream| drip(stream, "HTTP/1.1 200 OK\r\nX-A: "));
    assert_eq!(headers, "TimedOut: no response from HOST within 0.3 s");
    let refused = list(SHORT, |stream| drip(stream, "HTTP/1.1 403 Forbidden\r\nContent-Length: 100000\r\n\r\n"));
    assert_eq!(refused, "TimedOut: the response from HOST did not end within 0.3 s");
}

#[test]
fn a_response_that_does_not_begin_ends_with_the_timeout() {
    let silent = list(SHORT, |stream| stream.read(&mut [0]).map(|_| ()));
    assert_eq!(silent, "TimedOut: no response from HOST within 0.3 s");
    let interim = list(SHORT, |stream| {
        loop {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
    });
    assert_eq!(interim, "TimedOut: no response from HOST within 0.3 s");
}

#[test]
fn a_response_without_end_is_refused_by_its_size() {
    let all = list(LONG, |stream| endless(stream, CHUNKED, &vec![b' '; 65_536]));
    assert_eq!(all, "ResponseTooLarge: the response from HOST (HTTP status 200) is larger than 16 MiB");
    let refused = list(LONG, |stream| {
        endless(stream, "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n", &vec![b'A'; 65_536])
    });
    assert_eq!(refused, "ResponseTooLarge: the response from HOST (HTTP status 403) is larger than 1 MiB");
    let announced = list(LONG, |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 17000000\r\n\r\n{")?;
        stream.read(&mut [0]).map(|_| ())
    });
    assert_eq!(announced, "ResponseTooLarge: the response from HOST (HTTP status 200) is larger than 16 MiB");
    let headers = list(LONG, |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
        loop {
            stream.write_all(b"X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")?;
        }
    });
    assert!(headers.starts_with("Unreachable: ") && headers.contains("message head is too large"), "{headers}");
}

#[test]
fn an_empty_success_is_not_an_empty_list_and_is_accepted_where_there_is_nothing_to_tell() {
    let empty =
        |stream: &mut TcpStream| stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(list(LONG, empty), "EmptyResponse: the response from HOST (HTTP status 200) is empty");
    let s3 = s3(&serve(empty), LONG);
    let runtime = BlockingRuntime::new();
    runtime
        .block_on(async {
            let listed = s3.list_objects_v2().bucket("b").send().await.unwrap_err();
            assert_eq!(read_fault("ListObjectsV2", &listed).1, "EmptyResponse");
            let created = s3.create_multipart_upload().bucket("b").key("k").send().await.unwrap_err();
            assert_eq!(read_fault("CreateMultipartUpload", &created).1, "EmptyResponse");
            assert!(s3.put_object().bucket("b").key("k").send().await.is_ok());
            assert!(s3.head_object().bucket("b").key("k").send().await.is_ok());
            let object = s3.get_object().bucket("b").key("k").send().await.unwrap();
            assert!(object.body.collect().await.unwrap().to_vec().is_empty());
        })
        .unwrap();
}

#[test]
fn an_object_may_be_larger_and_take_longer_than_a_response_as_long_as_it_arrives() {
    // 20 MiB, and longer than the timeout.
    let endpoint = serve(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 20971520\r\n\r\n")?;
        for _ in 0..16 {
            stream.write_all(&vec![b'a'; 1_310_720])?;
            std::thread::sleep(Duration::from_millis(150));
        }
        Ok(())
    });
    let object = s3(&endpoint, Duration::from_secs(2)).get_object().bucket("b").key("k");
    let body = BlockingRuntime::new().block_on(async { object.send().await.unwrap().body.collect().await }).unwrap();
    assert_eq!(body.unwrap().to_vec().len(), 20 << 20);
}

#[test]
fn an_object_that_arrives_byte_by_byte_ends_with_the_timeout() {
    let endpoint = serve(|stream| drip(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"));
    let object = s3(&endpoint, SHORT).get_object().bucket("b").key("k");
    let body = BlockingRuntime::new().block_on(async { object.send().await.unwrap().body.collect().await }).unwrap();
    let error = body.unwrap_err();
    let fault = ResponseFault::of(&error).unwrap().to_string();
    assert!(fault.contains("is too slow: less than 1 MiB in 0.3 s"), "{fault}");
}

#[test]
fn the_request_says_what_its_response_may_be() {
    let parse = |method: &str, uri: &str| {
        let expected = Expected::parse(method, uri);
        (expected.host, expected.is_object, expected.may_be_empty)
    };
    let host = || "s3.example.com:9000".to_owned();
    assert_eq!(parse("GET", "http://s3.example.com:9000/b/k?x-id=GetObject"), (host(), true, true));
    assert_eq!(
        parse("GET", "https://s3.example.com:9000/b?list-type=2&prefix=x-id%3DGetObject"),
        (host(), false, false)
    );
    assert_eq!(parse("PUT", "https://s3.example.com:9000/b/k?x-id=PutObject"), (host(), false, true));
    assert!(parse("POST", "https://s3.example.com:9000/model-customization-jobs/a/stop").2);
    assert!(!parse("POST", "https://s3.example.com:9000/").2);
}
