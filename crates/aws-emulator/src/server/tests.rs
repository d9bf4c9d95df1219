use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use super::*;
use crate::testing::block_on;
use crate::testing::client_of;

mod errors;
mod strangers;

fn options(dir: &tempfile::TempDir) -> LocalOptions {
    LocalOptions { state_dir: dir.path().join("state"), ..LocalOptions::default() }
}

/// Sends text and returns the answer.
fn send(server: &LocalServer, text: &str) -> String {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(server: &LocalServer, headers: &str) -> String {
    send(server, &format!("GET / HTTP/1.1\r\n{headers}connection: close\r\n\r\n"))
}

#[test]
fn a_request_without_a_signature_or_with_a_strange_host_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    let port = server.port();
    for host in
        ["127.0.0.1".to_owned(), format!("127.0.0.1:{port}"), "localhost".to_owned(), format!("LOCALHOST:{port}")]
    {
        let answer = get(&server, &format!("host: {host}\r\n"));
        assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("Signature is required"), "{host}: {answer}");
    }
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost:", "[::1]", "127.0.0.1:80x", ""] {
        let answer = get(&server, &format!("host: {host}\r\n"));
        assert!(
            answer.starts_with("HTTP/1.1 403") && answer.contains("only requests to 127.0.0.1"),
            "{host}: {answer}"
        );
    }
    let twice = get(&server, "host: localhost\r\nhost: evil.example\r\n");
    assert!(twice.contains("only requests to 127.0.0.1"), "{twice}");
    assert!(get(&server, "").contains("only requests to 127.0.0.1"));
}

#[test]
fn a_body_that_is_cut_short_leaves_no_object() {
    let dir = tempfile::tempdir().unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    let client = client_of(&server.endpoint(), server.keys());
    block_on(client.create_bucket().bucket("bucket").send()).unwrap().unwrap();
    let presigning = aws_sdk_s3::presigning::PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let signed = block_on(client.put_object().bucket("bucket").key("k").presigned(presigning)).unwrap().unwrap();
    let target = signed.uri().split_once(&server.address.to_string()).unwrap().1;
    let head = format!("PUT {target} HTTP/1.1\r\nhost: {}\r\ncontent-length: 10\r\n\r\n", server.address);
    // The whole body, to show that the request itself is good; then half of it.
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(format!("{head}0123456789").as_bytes()).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    block_on(client.delete_object().bucket("bucket").key("k").send()).unwrap().unwrap();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(format!("{head}01234").as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    let listing = block_on(client.list_objects_v2().bucket("bucket").send()).unwrap().unwrap();
    assert_eq!(listing.key_count(), Some(0));
}

#[test]
fn a_second_server_of_a_folder_is_refused_and_those_of_two_folders_know_nothing_of_each_other() {
    let (left, right) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, second) = (LocalServer::start(&options(&left)).unwrap(), LocalServer::start(&options(&right)).unwrap());
    let error = LocalServer::start(&options(&left)).unwrap_err();
    assert!(error.to_string().contains(&format!("process {} is serving this folder", std::process::id())), "{error}");
    let client = client_of(&first.endpoint(), first.keys());
    block_on(client.create_bucket().bucket("bucket").send()).unwrap().unwrap();
    let client = client_of(&second.endpoint(), second.keys());
    assert!(block_on(client.list_buckets().send()).unwrap().unwrap().buckets().is_empty());
}

#[test]
fn port_and_keys_are_those_of_the_last_time_and_a_taken_port_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let (port, keys) = {
        let server = LocalServer::start(&options(&dir)).unwrap();
        (server.port(), server.keys().clone())
    };
    let server = LocalServer::start(&options(&dir)).unwrap();
    assert_eq!((server.port(), server.keys()), (port, &keys));

    let other = tempfile::tempdir().unwrap();
    let error = LocalServer::start(&LocalOptions { port: Some(port), ..options(&other) }).unwrap_err();
    assert!(error.to_string().starts_with(&format!("port: cannot listen on port {port}")), "{error}");
    assert!(error.hint().is_some());
    drop(server);

    // Another program has the port now: the server takes a new one and says so.
    let squatter = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    assert_ne!(server.port(), port);
    let written = std::fs::read_to_string(dir.path().join("state/server.json")).unwrap();
    assert!(written.contains(&server.endpoint()));
    drop(squatter);
}

#[test]
fn a_stop_does_not_wait_for_idle_connections_and_waits_a_little_for_busy_ones() {
    let dir = tempfile::tempdir().unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    let mut idle = TcpStream::connect(server.address).unwrap();
    idle.write_all(b"HEAD / HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).unwrap();
    let begin = Instant::now();
    drop(server);
    assert!(begin.elapsed() < STOP_DEADLINE, "{:?}", begin.elapsed());

    let server = LocalServer::start(&options(&dir)).unwrap();
    let mut stuck = TcpStream::connect(server.address).unwrap();
    stuck.write_all(b"HEAD / HTTP/1.1\r\n").unwrap();
    let begin = Instant::now();
    drop(server);
    assert!(begin.elapsed() < STOP_DEADLINE + Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[test]
fn nothing_shows_the_secret() {
    let dir = tempfile::tempdir().unwrap();
    let server = LocalServer::start(&options(&dir)).unwrap();
    let secret = server.keys().secret_access_key.reveal().to_owned();
    let client = client_of(&server.endpoint(), server.keys());
    let handle = LocalServer::join(&options(&dir)).unwrap();
    let error = block_on(client.get_object().bucket("none").key("k").send()).unwrap().unwrap_err();
    for shown in [format!("{server:?}"), format!("{client:?}"), format!("{handle:?}"), format!("{error:?}")] {
        assert!(!shown.contains(&secret), "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_a_clear_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let state_dir = dir.path().join("closed");
    std::fs::create_dir(&state_dir).unwrap();
    std::fs::set_permissions(&state_dir, std::fs::Permissions::from_mode(0o500)).unwrap();
    // The superuser may write everywhere.
    if std::fs::write(state_dir.join("probe"), "").is_ok() {
        return;
    }
    let error =
        LocalServer::start(&LocalOptions { state_dir: state_dir.clone(), ..LocalOptions::default() }).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot write {}", state_dir.join("lock").display()));
    assert!(error.hint().is_some());
}
