//! The page of `review`, asked over loopback as a browser and as a stranger would.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command};

use serde_json::{Value, json};

use crate::harness::{Project, interrupt_after};
use crate::json_events::Schema;

/// A `review` that runs, and where it is.
struct Served {
    child: Child,
    port: u16,
    token: String,
    url: String,
}

/// What it answered.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let is = |line: &&str| line.to_lowercase().starts_with(&format!("{name}:"));
        self.head.lines().find(is).and_then(|line| Some(line.split_once(':')?.1.trim()))
    }
}

impl Served {
    fn start(project: &Project, args: &[&str]) -> Self {
        let args = [&["review", "--labels", "labels.csv", "--input-dir", "photos"], args].concat();
        let mut child = project.spawn(&args);
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let url = stdout.lines().map(Result::unwrap).find(|line| line.starts_with("http://")).unwrap();
        let (port, token) = url.strip_prefix("http://127.0.0.1:").unwrap().split_once('/').unwrap();
        let (port, token) = (port.parse().unwrap(), token.trim_end_matches('/').to_owned());
        assert_eq!(token.len(), 32, "{url}");
        Self { child, port, token, url }
    }

    /// A request as it goes over the wire.
    fn send(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: answer[end + 4..].to_vec() }
    }

    fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let (port, length) = (self.port, body.len());
        let host = if headers.contains("Host: ") { String::new() } else { format!("Host: 127.0.0.1:{port}\r\n") };
        self.send(&format!(
            "{method} {path} HTTP/1.1\r\n{host}{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        ))
    }

    fn get(&self, path: &str) -> Answer {
        self.request("GET", &format!("/{}/{path}", self.token), "", "")
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let headers = "Content-Type: application/json\r\n";
        self.request("POST", &format!("/{}/api/{path}", self.token), headers, &body.to_string())
    }

    fn decide(&self, photo: usize, name: Option<&str>) -> Answer {
        let sheet = self.get(&format!("api/photo/{photo}")).json();
        self.post("decide", &json!({ "photo": photo, "image": sheet["image"], "seen": sheet["sellers"], "name": name }))
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Twelve photos, of which three wait.
fn project() -> Project {
    let project = Project::with_photos(12);
    let table = project.read("labels.csv").replace("005.jpg,第1（北京）科技有限公司\n", "005.jpg,\n");
    let table = table.replace("006.jpg,第1（北京）科技有限公司\n", "006.jpg,提取失败: timed out\n");
    let table = table.replace("007.jpg,第1（北京）科技有限公司\n", "007.jpg,<script>alert(1)</script>\n");
    project.write("labels.csv", table.replace("011.jpg,第2（北京）科技有限公司\n", ""));
    project
}

#[test]
fn nobody_gets_anything_without_the_token_our_host_and_our_origin() {
    let project = project();
    let served = Served::start(&project, &[]);
    let (port, token) = (served.port, served.token.clone());
    assert_eq!(served.get("").status, 200);
    let own = format!("Host: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n");
    assert_eq!(served.request("GET", &format!("/{token}/api/list"), &own, "").status, 200);
    let wrong = token.replace(&token[31..], if token.ends_with('0') { "1" } else { "0" });
    let foreign = format!("Host: 127.0.0.1:{port}\r\nOrigin: http://evil.example\r\n");
    let closed = [
        ("/".to_owned(), String::new()),
        ("/page.js".to_owned(), String::new()),
        ("/api/list".to_owned(), String::new()),
        (format!("/{wrong}/"), String::new()),
        (format!("/{}/", &token[..31]), String::new()),
        (format!("/x/{token}/"), String::new()),
        (format!("/?token={token}"), String::new()),
        (format!("/{token}/"), "Host: evil.example\r\n".to_owned()),
        (format!("/{token}/"), format!("Host: evil.example:{port}\r\n")),
        (format!("/{token}/api/picture/0"), "Host: 127.0.0.1:1\r\n".to_owned()),
        (format!("/{token}/api/list"), foreign.clone()),
    ];
    for (path, headers) in closed {
        let answer = served.request("GET", &path, &headers, "");
        assert_eq!((answer.status, answer.body.len()), (403, 0), "{path} {headers}");
    }
    let undo = served.request("POST", &format!("/{token}/api/undo"), &foreign, "");
    assert_eq!((undo.status, undo.body.len()), (403, 0));
    served.kill();
}

#[test]
fn every_answer_says_what_it_is_and_lets_nothing_else_in() {
    let project = project();
    let served = Served::start(&project, &[]);
    for (path, kind) in [
        ("", "text/html; charset=utf-8"),
        ("page.css", "text/css; charset=utf-8"),
        ("page.js", "text/javascript; charset=utf-8"),
        ("viewer.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("api/list", "application/json"),
        ("api/picture/3", "image/jpeg"),
    ] {
        let answer = served.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
    }
    let page = String::from_utf8(served.get("").body).unwrap();
    let handler = page.split_whitespace().find(|word| word.starts_with("on") && word.contains('='));
    assert_eq!(handler, None);
    assert!(!page.contains("style=") && !page.contains("<style") && !page.contains("http"), "{page}");
    for path in [
        "api/picture/99",
        "api/picture/-1",
        "api/picture/..%2f..%2flabels.csv",
        "api/picture/../../labels.csv",
        "labels.csv",
        "api/photo/x",
    ] {
        let answer = served.get(path);
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        assert!(!String::from_utf8_lossy(&answer.body).contains("公司"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    assert_eq!(served.post("check", &json!({ "name": "x".repeat(65_530) })).status, 413);
    let plain = served.request("POST", &format!("/{}/api/undo", served.token), "Content-Type: text/plain\r\n", "{}");
    assert!(plain.status < 500, "{}", plain.status);
    let simple = format!("/{}/api/decide", served.token);
    assert_eq!(served.request("POST", &simple, "Content-Type: text/plain\r\n", "{}").status, 415);
    served.kill();
}

#[test]
fn a_photo_that_no_browser_shows_is_converted() {
    let project = project();
    for name in ["photos/020.tiff", "photos/021.bmp"] {
        project.photo(name, 20);
    }
    let served = Served::start(&project, &["--only", "all"]);
    for photo in [12, 13] {
        let answer = served.get(&format!("api/picture/{photo}"));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/jpeg")), "{photo}");
        let picture = image::load_from_memory(&answer.body).unwrap();
        assert_eq!((picture.width(), picture.height()), (400, 300));
    }
    let original = served.get("api/picture/0");
    assert_eq!(original.body, project.files("photos")[0].1);
    served.kill();
}

#[test]
fn decisions_outlive_a_kill_and_two_tabs_see_each_other() {
    let project = project();
    let served = Served::start(&project, &[]);
    let list = served.get("api/list").json();
    assert_eq!((&list["counts"]["open"], &list["only"]), (&3.into(), &"open".into()), "{list}");
    let revision = list["revision"].as_u64().unwrap();
    assert_eq!(served.get(&format!("api/list?since={revision}")).status, 204);
    let stale = served.get("api/photo/5").json();
    let answer = served.decide(5, Some("张三（北京）科技有限公司"));
    assert_eq!((answer.status, &answer.json()["sheet"]["status"]), (200, &"settled".into()));
    // The other tab still shows the row as it was.
    let late = json!({ "photo": 5, "image": stale["image"], "seen": stale["sellers"], "name": "李四公司" });
    let refused = served.post("decide", &late);
    assert_eq!((refused.status, &refused.json()["sheet"]["sellers"][0]), (409, &"张三（北京）科技有限公司".into()));
    let list = served.get(&format!("api/list?since={revision}")).json();
    assert_eq!(list["counts"]["settled"], 1);
    let other = json!({ "photo": 5, "image": "006.jpg", "seen": [], "name": "李四公司" });
    assert_eq!(served.post("decide", &other).status, 409);
    assert_eq!(served.decide(11, Some("第2（北京）科技有限公司")).status, 200);
    assert_eq!(served.decide(6, None).json()["sheet"]["status"], "skipped");
    assert_eq!(served.decide(7, Some(" ")).status, 422);
    let second = project.run(&["review", "--labels", "labels.csv", "--input-dir", "photos"]).exits(2);
    assert!(second.stderr.contains("another nova-ft"), "{}", second.all());
    served.kill();

    let served = Served::start(&project, &[]);
    let list = served.get("api/list").json();
    let counts = json!({ "open": 0, "skipped": 1, "settled": 2, "fine": 9 });
    assert_eq!(list["counts"], counts, "{list}");
    let table = project.read("labels.csv");
    assert!(
        table.contains("005.jpg,张三（北京）科技有限公司\n") && table.ends_with("011.jpg,第2（北京）科技有限公司\n"),
        "{table}"
    );
    for photo in [6, 11, 5] {
        assert_eq!(served.post("undo", &json!({})).json()["photo"], photo);
    }
    assert_eq!(project.read("labels.csv"), project.read("labels.csv.before-review"));
    assert_eq!(served.post("undo", &json!({})).status, 409);
    served.kill();
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_with_the_count_and_the_token_is_in_no_log() {
    let project = project();
    let mut served = Served::start(&project, &[]);
    assert_eq!(served.decide(5, Some("张三公司")).status, 200);
    let mut stderr = BufReader::new(served.child.stderr.take().unwrap());
    assert!(Command::new("kill").args(["-INT", &served.child.id().to_string()]).status().unwrap().success());
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(served.child.wait().unwrap().code(), Some(0), "{said}");
    let log = project.read("output/logs/review.log");
    assert!(log.contains("1 settled, 1 of them now; 2 photos wait for a decision"), "{log}");
    let files = project.files(".");
    let holders = files.iter().filter(|(_, bytes)| bytes.windows(32).any(|window| window == served.token.as_bytes()));
    assert_eq!(holders.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [""; 0]);
    assert!(!said.contains(&served.token) && served.url.contains(&served.token));
}

#[cfg(unix)]
#[test]
fn its_events_fit_the_schema() {
    let project = project();
    let args = ["review", "--labels", "labels.csv", "--input-dir", "photos", "--json"];
    let said = interrupt_after(project.spawn(&args), "stop with Ctrl-C").exits(0);
    assert_eq!(Schema::read().check(&said), ["review", "summary"], "{}", said.all());
    let event = &said.events()[0];
    assert_eq!((&event["open"], &event["table"]), (&3.into(), &"labels.csv".into()), "{event}");
}

#[test]
fn what_cannot_be_reviewed_says_so_before_anything_is_served() {
    let project = project();
    let run = |args: &[&str]| project.run(&[&["review", "--input-dir", "photos"], args].concat()).exits(2);
    assert!(run(&["--labels", "nowhere.csv"]).stderr.contains("nowhere.csv"));
    project.write("broken.csv", "image,seller\n000.jpg,甲,乙\n");
    let said = run(&["--labels", "broken.csv"]);
    assert!(said.stderr.contains("broken.csv:2: 3 fields, where the header has 2"), "{}", said.all());
    std::fs::create_dir(project.path("empty")).unwrap();
    let said = project.run(&["review", "--labels", "labels.csv", "--input-dir", "empty"]).exits(2);
    assert!(said.stderr.contains("no photo in this folder"), "{}", said.all());
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = run(&["--labels", "labels.csv", "--port", &port]);
    assert!(said.stderr.contains("--port: port"), "{}", said.all());
}

#[cfg(unix)]
#[test]
fn the_copy_and_the_journal_of_a_private_table_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = project();
    let closed = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(project.path("labels.csv"), closed).unwrap();
    let served = Served::start(&project, &[]);
    assert_eq!(served.decide(5, Some("新名字有限公司")).status, 200);
    served.kill();
    let named: Vec<_> = project.files(".").into_iter().map(|(name, _)| name).collect();
    let own: Vec<_> = named.iter().filter(|name| name.starts_with("labels.csv")).collect();
    assert_eq!(own.len(), 3, "{named:?}");
    for name in own {
        assert_eq!(std::fs::metadata(project.path(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_decision_that_a_spreadsheet_would_execute_is_refused() {
    let project = project();
    let served = Served::start(&project, &[]);
    for name in ["=1+1有限公司", "@SUM(1)", "\u{FF1D}A1有限公司"] {
        assert_eq!(served.decide(5, Some(name)).status, 422, "{name}");
    }
    served.kill();
}
