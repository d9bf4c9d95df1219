//! A proxy in front of the stand-in that does to chosen requests what networks and services do.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// What a rule sees of a request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, `/bucket/p/images/1.jpg?uploadId=…`.
    pub(crate) target: String,
}

impl Request {
    pub(crate) fn puts(&self, key: &str) -> bool {
        self.method == "PUT" && self.target.contains(key)
    }
}

/// What is done to a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// It is answered with this status and S3's code and message, and never arrives.
    Answer(u16, &'static str, &'static str),
    /// The connection is closed when half of the body has arrived.
    CutBody,
    /// The whole request arrives and is carried out, and the connection is closed before the answer.
    CutAnswer,
    /// A bit of the body is flipped on the way.
    Damage,
    /// Nothing is answered until the client goes.
    Silence,
}

type Rule = dyn Fn(&Request) -> Option<Fault> + Send + Sync;

/// A running proxy; it ends when this is dropped.
pub(crate) struct Proxy {
    port: u16,
    stop: Arc<AtomicBool>,
}

impl Proxy {
    /// Stands before `upstream`, `http://127.0.0.1:PORT`, and asks `rule` about each request.
    pub(crate) fn before(upstream: &str, rule: impl Fn(&Request) -> Option<Fault> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, rule): (_, Arc<Rule>) = (Arc::clone(&stop), Arc::new(rule));
        thread::spawn(move || {
            for client in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (upstream, rule) = (upstream.clone(), Arc::clone(&rule));
                // A connection that breaks is what this is for.
                thread::spawn(move || drop(client.and_then(|client| carry(client, &upstream, &*rule))));
            }
        });
        Self { port, stop }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Counts, and tells whether this is one of the first `n`.
pub(crate) fn first(n: usize) -> impl Fn() -> bool {
    let count = AtomicUsize::new(0);
    move || count.fetch_add(1, Ordering::SeqCst) < n
}

/// One request a connection: the answer says `connection: close`.
fn carry(mut client: TcpStream, upstream: &str, rule: &Rule) -> io::Result<()> {
    let Some(head) = read_head(&mut client)? else { return Ok(()) };
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
    };
    let length = header(&head, "content-length").map_or(0, |value| value.parse().unwrap());
    assert!(header(&head, "transfer-encoding").is_none(), "{head}");
    if header(&head, "expect").is_some() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let fault = rule(&request);
    let wanted = if matches!(fault, Some(Fault::CutBody)) { length / 2 } else { length };
    let mut body = vec![0; wanted];
    client.read_exact(&mut body)?;
    match fault {
        None | Some(Fault::CutAnswer) => {}
        Some(Fault::CutBody) => return client.shutdown(Shutdown::Both),
        Some(Fault::Damage) => body[wanted / 2] ^= 1,
        Some(Fault::Silence) => return client.read(&mut [0]).map(drop),
        Some(Fault::Answer(status, code, message)) => {
            return client.write_all(&answer(status, code, message, &request));
        }
    }
    let mut server = TcpStream::connect(upstream)?;
    let kept = head.lines().filter(|line| !["connection", "expect"].iter().any(|name| is_header(line, name)));
    let head: Vec<&str> = kept.chain(["connection: close", "", ""]).collect();
    server.write_all(head.join("\r\n").as_bytes())?;
    server.write_all(&body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    if matches!(fault, Some(Fault::CutAnswer)) {
        return client.shutdown(Shutdown::Both);
    }
    client.write_all(&answer)
}

/// The request line and the headers, without the empty line; `None` when the client goes.
fn read_head(client: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if client.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    head.truncate(head.len() - 4);
    Ok(Some(String::from_utf8(head).unwrap()))
}

fn is_header(line: &str, name: &str) -> bool {
    line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let line = head.lines().find(|line| is_header(line, name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

fn answer(status: u16, code: &str, message: &str, request: &Request) -> Vec<u8> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let body = if request.method == "HEAD" { String::new() } else { body };
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").into_bytes()
}
