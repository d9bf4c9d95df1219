//! An endpoint whose responses never end, are empty, or are another document: each command ends with an error that says so.

use std::io::{self, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::harness::{Project, Said};

/// An endpoint that answers each request with what `answer` sends, and then closes the connection. It ends with the test's process.
fn endpoint(answer: impl Fn(&str, &mut TcpStream) -> io::Result<()> + Send + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || {
                let mut client = client;
                let mut head = vec![0; 65_536];
                let count = client.read(&mut head).unwrap_or(0);
                // A client that has heard enough closes the connection, which ends the answer.
                let _ = answer(&String::from_utf8_lossy(&head[..count]), &mut client);
            });
        }
    });
    url
}

fn whole(client: &mut TcpStream, kind: &str, body: &str) -> io::Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
    write!(client, "{head}Connection: close\r\n\r\n{body}")
}

fn drip(client: &mut TcpStream) -> io::Result<()> {
    // The response to HEAD has no body: without `close` the next request on this connection would read these bytes.
    write!(client, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n")?;
    loop {
        client.write_all(b"a")?;
        thread::sleep(Duration::from_millis(50));
    }
}

/// A project that asks an endpoint once, with one second for each response.
fn project(endpoint: &str) -> Project {
    let project = Project::with_photos(8);
    let _ = project.run(&["prepare", "--account-id", "210987654321"]).exits(0);
    [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "AKIAX"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_MAX_ATTEMPTS", "1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
    .into_iter()
    .fold(project, |project, (name, value)| project.env(name, value))
}

fn run(project: &Project, args: &[&str]) -> Said {
    project.run(&[&["--backend", "aws", "--timeout", "1"], args].concat())
}

const COMMANDS: [&[&str]; 5] = [
    &["job", "list"],
    &["job", "status", "some-job"],
    &["upload", "--yes"],
    &["metrics", "s3://test-bucket/out/"],
    &["deploy", "status", "some-deployment"],
];

#[test]
fn every_command_ends_a_response_that_arrives_byte_by_byte_and_names_the_host() {
    let url = endpoint(|_, client| drip(client));
    let (project, host) = (project(&url), url.trim_start_matches("http://").to_owned());
    for args in COMMANDS {
        let said = run(&project, args);
        assert_ne!(said.code, 0, "{args:?}: {}", said.all());
        let message = format!("TimedOut: the response from {host} did not end within 1 s");
        // The response to HEAD has no body.
        assert!(said.all().contains(&message), "{args:?}: {}", said.all());
    }
}

#[test]
fn every_command_ends_a_response_of_endless_size() {
    let url = endpoint(|request, client| {
        if request.starts_with("HEAD ") {
            return write!(
                client,
                "HTTP/1.1 200 OK\r\nx-amz-bucket-region: us-east-1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        write!(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        let chunk = " ".repeat(0x10000);
        loop {
            write!(client, "10000\r\n{chunk}\r\n")?;
        }
    });
    let project = project(&url);
    for args in COMMANDS {
        let said = project.run(&[&["--backend", "aws", "--timeout", "60"], args].concat());
        assert_ne!(said.code, 0, "{args:?}: {}", said.all());
        assert!(said.all().contains("ResponseTooLarge: the response from 127.0.0.1"), "{args:?}: {}", said.all());
        assert!(said.all().contains("is larger than 16 MiB"), "{args:?}: {}", said.all());
    }
}

#[test]
fn an_empty_response_is_not_an_empty_list() {
    let url = endpoint(|_, client| whole(client, "application/xml", ""));
    let project = project(&url);
    for args in COMMANDS {
        let said = run(&project, args);
        assert_ne!(said.code, 0, "{args:?}: {}", said.all());
        assert!(said.all().contains("EmptyResponse: the response from 127.0.0.1"), "{args:?}: {}", said.all());
        assert!(!said.stdout.contains("no jobs"), "{}", said.all());
    }
}

#[test]
fn another_document_is_not_an_empty_list() {
    for body in ["{}", "{\"jobs\":[]}", "<html></html>", "[]", "null", "{\"message\":\"ok\"}"] {
        let url = endpoint(move |_, client| whole(client, "application/json", body));
        let project = project(&url);
        for args in COMMANDS {
            let said = run(&project, args);
            assert_ne!(said.code, 0, "{body} {args:?}: {}", said.all());
            assert!(!said.stdout.contains("no jobs"), "{body}: {}", said.all());
        }
    }
}

#[test]
fn pages_without_end_are_an_error_that_names_the_operation() {
    let json = |token: &str| format!("{{\"nextToken\":\"{token}\",\"modelCustomizationJobSummaries\":[]}}");
    let same = json("same");
    let url = endpoint(move |_, client| whole(client, "application/json", &same));
    let said = run(&project(&url), &["job", "list"]).exits(2);
    assert!(
        said.stderr.contains("ListModelCustomizationJobs jobs: EndlessList: the same page token"),
        "{}",
        said.all()
    );

    // Another token each time: that of the request, one longer.
    let url = endpoint(|head, client| {
        let token = head.split("nextToken=").nth(1).and_then(|rest| rest.split(['&', ' ']).next()).unwrap_or("");
        whole(
            client,
            "application/json",
            &format!("{{\"nextToken\":\"{token}x\",\"modelCustomizationJobSummaries\":[]}}"),
        )
    });
    let said = run(&project(&url), &["job", "list"]).exits(2);
    assert!(said.stderr.contains("more than 100 pages in a row have no entry"), "{}", said.all());

    let page = "<ListBucketResult><Name>test-bucket</Name><IsTruncated>true</IsTruncated><NextContinuationToken>same\
                </NextContinuationToken><Contents><Key>out/a</Key><Size>1</Size></Contents></ListBucketResult>";
    let url = endpoint(move |_, client| whole(client, "application/xml", page));
    let said = run(&project(&url), &["metrics", "s3://test-bucket/out/"]).exits(2);
    assert!(said.stderr.contains("ListObjectsV2 s3://test-bucket/out/: EndlessList"), "{}", said.all());
}
