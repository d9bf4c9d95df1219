use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::aws::bedrock::{Conversation, Converse as _, Piece};
use crate::settings::Secret;

fn local(dir: &tempfile::TempDir) -> BackendOptions {
    BackendOptions { state_dir: dir.path().join("state"), ..BackendOptions::default() }
}

/// Runs another test of this file in a process of its own, where the environment can be set. Gives what it printed.
fn run_apart(test: &str, env: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("aws::backend::tests::{test}"), "--include-ignored", "--nocapture"]);
    for name in ["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
        command.env_remove(name);
    }
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nowhere")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
    let output = command.envs(env.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
    text
}

#[test]
fn a_backend_is_named_as_it_is_written() {
    for kind in [BackendKind::Local, BackendKind::Aws] {
        assert_eq!(kind.to_string().parse(), Ok(kind));
    }
    assert_eq!("AWS".parse::<BackendKind>().unwrap_err().to_string(), "a backend is `local` or `aws`");
}

#[test]
fn the_local_backend_makes_its_bucket_and_answers_in_one_call_after_another() {
    let dir = tempfile::tempdir().unwrap();
    let backend = Backend::open(&local(&dir)).unwrap();
    backend.ensure_bucket("bucket").unwrap();
    backend.ensure_bucket("bucket").unwrap();
    let error = backend.ensure_bucket("Not_A_Bucket").unwrap_err();
    assert!(error.to_string().starts_with("CreateBucket s3://Not_A_Bucket: InvalidBucketName"), "{error}");
    assert!(error.hint().is_some());
    let store = backend.object_store();
    for _ in 0..3 {
        let buckets = store.runtime.block_on(store.client.list_buckets().send()).unwrap().unwrap();
        assert_eq!(buckets.buckets()[0].name(), Some("bucket"));
    }
    assert_eq!((backend.kind(), backend.region(), backend.is_amazon()), (BackendKind::Local, "us-east-1", false));
    assert_eq!(backend.account_id().as_deref(), Some("000000000000"));
    let endpoint = backend.local().unwrap().endpoint();
    let state = dir.path().join("state");
    let line = format!("backend: local (stand-in, S3 at {endpoint}, state in {})", state.display());
    assert_eq!(backend.describe(), line);
}

#[test]
fn two_backends_of_one_process_share_the_stand_in_and_the_second_outlives_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let first = Backend::open(&local(&dir)).unwrap();
    let second = Backend::open(&local(&dir)).unwrap();
    first.ensure_bucket("bucket").unwrap();
    drop(first);
    let store = second.object_store();
    let buckets = store.runtime.block_on(store.client.list_buckets().send()).unwrap().unwrap();
    assert_eq!(buckets.buckets().len(), 1);
}

/// A server that keeps connections open, and counts them. It answers every request: a conversation with a reply, all else with an
/// empty list of buckets.
struct CountingServer {
    endpoint: String,
    connections: Arc<AtomicUsize>,
}

impl CountingServer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&connections);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || Self::serve(&stream.unwrap()));
            }
        });
        Self { endpoint, connections }
    }

    fn serve(stream: &TcpStream) {
        let (mut requests, mut answers) = (BufReader::new(stream), stream);
        loop {
            let (mut line, mut length) = (String::new(), 0);
            let _ = requests.read_line(&mut line);
            let target = line.clone();
            while !line.trim().is_empty() {
                line.clear();
                let _ = requests.read_line(&mut line);
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            if target.is_empty() || requests.read_exact(&mut vec![0; length]).is_err() {
                return;
            }
            let body = match () {
                () if target.starts_with("HEAD ") => "",
                () if target.contains("/converse ") => {
                    r#"{"output":{"message":{"role":"assistant","content":[{"text":"a"}]}},"stopReason":"end_turn",
                    "usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}"#
                }
                () => "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>",
            };
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            if answers.write_all((head + body).as_bytes()).is_err() {
                return;
            }
        }
    }

    /// Refuses a connection for each call. A call that begins before the last one has given its connection back opens another.
    fn assert_shared(&self, calls: usize) {
        let connections = self.connections.load(Ordering::SeqCst);
        assert!(connections > 0 && connections <= calls.div_ceil(10), "{connections} connections for {calls} calls");
    }
}

#[test]
fn calls_of_all_clients_share_a_connection_one_after_the_other() {
    let server = CountingServer::start();
    let access = LocalAccess {
        endpoint: server.endpoint.clone(),
        access_key_id: "key".to_owned(),
        secret_access_key: Secret::new("secret".to_owned()),
        region: "us-east-1".to_owned(),
        connections: Connections::local(None),
    };
    let conversation = Conversation {
        model_id: "m".to_owned(),
        system: None,
        user: vec![Piece::Text("who?".to_owned())],
        max_tokens: 1,
        temperature: 0.0,
    };
    for _ in 0..20 {
        let store = ObjectStore::new(client::local_client(&access), access.connections.runtime.clone());
        assert!(store.has_bucket("bucket").unwrap());
        assert_eq!(BedrockClient::local(&access).converse(&conversation).unwrap().text, "a");
    }
    server.assert_shared(40);
}

#[test]
fn clients_of_the_aws_backend_share_a_connection() {
    let server = CountingServer::start();
    let env = [
        ("AWS_ENDPOINT_URL", server.endpoint.as_str()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("TEST_CALLS", "20"),
    ];
    let text = run_apart("open_aws", &env);
    assert_eq!(text.matches("buckets: 0").count(), 20, "{text}");
    server.assert_shared(20);
}

#[test]
fn a_backend_and_its_clients_may_be_dropped_in_async_code_and_not_called_there() {
    let dir = tempfile::tempdir().unwrap();
    let backend = Backend::open(&local(&dir)).unwrap();
    backend.ensure_bucket("bucket").unwrap();
    let store = backend.object_store();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        assert!(matches!(store.list("bucket", ""), Err(Error::InsideAsync)));
        assert!(matches!(backend.ensure_bucket("bucket"), Err(Error::InsideAsync)));
        drop(backend);
        drop(store);
    });
}

#[test]
fn nothing_of_the_aws_environment_reaches_the_local_backend() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("aws");
    std::fs::write(&file, "[profile canary]\nregion = eu-canary-1\nendpoint_url = http://127.0.0.1:1\n").unwrap();
    let file = file.to_str().unwrap();
    let dead = "http://127.0.0.1:1";
    run_apart(
        "the_local_backend_makes_its_bucket_and_answers_in_one_call_after_another",
        &[
            ("AWS_ACCESS_KEY_ID", "AKIACANARY"),
            ("AWS_SECRET_ACCESS_KEY", "canary"),
            ("AWS_SESSION_TOKEN", "canary"),
            ("AWS_PROFILE", "canary"),
            ("AWS_CONFIG_FILE", file),
            ("AWS_SHARED_CREDENTIALS_FILE", file),
            ("AWS_REGION", "eu-canary-1"),
            ("AWS_DEFAULT_REGION", "eu-canary-1"),
            ("AWS_ENDPOINT_URL", dead),
            ("AWS_ENDPOINT_URL_S3", dead),
            ("AWS_MAX_ATTEMPTS", "1"),
            ("AWS_USE_FIPS_ENDPOINT", "true"),
            ("AWS_CA_BUNDLE", "/nowhere"),
            ("HTTP_PROXY", dead),
            ("http_proxy", dead),
            ("ALL_PROXY", dead),
        ],
    );
}

/// Prints what the aws backend says of itself, and asks it only where it is not Amazon's.
#[test]
#[ignore = "the tests below run it, each with an environment of its own"]
fn open_aws() {
    match Backend::open(&BackendOptions { kind: BackendKind::Aws, ..BackendOptions::default() }) {
        Ok(backend) => {
            println!("<{}>\n{backend:?}", backend.describe());
            assert_eq!(backend.account_id(), None);
            backend.ensure_bucket("never-made-on-aws").unwrap();
            if backend.is_amazon() {
                return;
            }
            let calls = std::env::var("TEST_CALLS").map_or(2, |calls| calls.parse().unwrap());
            for _ in 0..calls {
                let store = backend.object_store();
                match store.runtime.block_on(store.client.list_buckets().send()).unwrap() {
                    Ok(output) => println!("buckets: {}", output.buckets().len()),
                    Err(error) => println!("{error:?}"),
                }
            }
        }
        Err(error) => println!("<{error}>\n<{}>\n{error:?}", error.hint().unwrap_or_default()),
    }
}

#[test]
fn the_aws_backend_follows_the_environment_and_names_an_endpoint_that_is_not_amazons() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in =
        LocalServer::start(&LocalOptions { state_dir: dir.path().join("s"), ..LocalOptions::default() }).unwrap();
    let endpoint = stand_in.endpoint();
    let keys = stand_in.keys();
    for variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
        let text = run_apart(
            "open_aws",
            &[
                (variable, endpoint.as_str()),
                ("AWS_REGION", "eu-west-1"),
                ("AWS_ACCESS_KEY_ID", keys.access_key_id.as_str()),
                ("AWS_SECRET_ACCESS_KEY", keys.secret_access_key.reveal()),
            ],
        );
        assert!(
            text.contains(&format!("<backend: aws, endpoint {endpoint} (not Amazon's), region eu-west-1>")),
            "{text}"
        );
        assert_eq!(text.matches("buckets: 0").count(), 2, "{text}");
        assert!(!text.contains(keys.secret_access_key.reveal()));
    }
}

#[test]
fn the_aws_backend_reads_profiles_and_shows_no_key_of_theirs() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("aws");
    let profile =
        "[profile work]\nregion = us-west-2\naws_access_key_id = AKIACANARY\naws_secret_access_key = canary-secret\n";
    std::fs::write(&file, profile).unwrap();
    let text = run_apart("open_aws", &[("AWS_PROFILE", "work"), ("AWS_CONFIG_FILE", file.to_str().unwrap())]);
    assert!(text.contains("<backend: aws, region us-west-2>"), "{text}");
    assert!(!text.contains("canary-secret") && !text.contains("AKIACANARY"), "{text}");
}

#[test]
fn aws_without_a_region_is_a_clear_error() {
    let text = run_apart("open_aws", &[]);
    assert!(text.contains("<missing required setting `region`>"), "{text}");
    assert!(text.contains("set AWS_REGION"), "{text}");
}

#[test]
fn the_first_line_says_where_requests_go_and_shows_no_password() {
    insta::assert_snapshot!(
        [
            aws_line("us-east-1", None, &[], None),
            aws_line("us-east-1", None, &[], Some("work")),
            aws_line("us-east-1", Some("https://s3.us-east-1.amazonaws.com"), &[], None),
            aws_line("us-east-1", Some("http://user:canary@minio.example:9000/path"), &[], None),
        ]
        .join("\n"),
        @"
    backend: aws, region us-east-1
    backend: aws, region us-east-1, profile work
    backend: aws, endpoint https://s3.us-east-1.amazonaws.com, region us-east-1
    backend: aws, endpoint http://minio.example:9000/path (not Amazon's), region us-east-1
    "
    );
}

#[test]
fn the_first_line_names_each_endpoint_that_is_not_amazons_once_with_its_services() {
    let (one, two) = ("http://user:canary@one.example", "http://two.example:4566");
    let amazons = "https://iam.amazonaws.com";
    let line = |endpoint: Option<&str>, others: [(&str, &str); 4]| {
        aws_line("us-east-1", endpoint, &others.map(|(service, url)| (service, url.to_owned())), Some("work"))
    };
    insta::assert_snapshot!(
        [
            line(None, [("Bedrock", one), ("Bedrock Runtime", two), ("STS", one), ("IAM", amazons)]),
            line(Some(two), [("Bedrock", two), ("Bedrock Runtime", two), ("STS", two), ("IAM", two)]),
            line(Some(two), [("Bedrock", amazons), ("Bedrock Runtime", two), ("STS", one), ("IAM", two)]),
        ]
        .join("\n"),
        @"
    backend: aws, region us-east-1, Bedrock and STS at http://one.example (not Amazon's), Bedrock Runtime at http://two.example:4566 (not Amazon's), profile work
    backend: aws, endpoint http://two.example:4566 (not Amazon's), region us-east-1, profile work
    backend: aws, endpoint http://two.example:4566 (not Amazon's), region us-east-1, STS at http://one.example (not Amazon's), profile work
    "
    );
}

#[test]
fn the_aws_backend_names_the_endpoint_of_every_service_that_it_asks() {
    for (variable, service) in [
        ("AWS_ENDPOINT_URL_BEDROCK", "Bedrock"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "Bedrock Runtime"),
        ("AWS_ENDPOINT_URL_STS", "STS"),
        ("AWS_ENDPOINT_URL_IAM", "IAM"),
    ] {
        let text = run_apart("open_aws", &[(variable, "http://127.0.0.1:1"), ("AWS_REGION", "us-east-1")]);
        let line = format!("<backend: aws, region us-east-1, {service} at http://127.0.0.1:1 (not Amazon's)>");
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn only_hosts_of_amazon_are_amazons() {
    for url in [
        "https://s3.amazonaws.com",
        "https://S3.us-east-1.AMAZONAWS.com:443/x",
        "https://vpce-1.s3.cn-north-1.vpce.amazonaws.com.cn",
    ] {
        assert!(is_amazon_endpoint(url), "{url}");
    }
    for url in [
        "http://127.0.0.1:9000",
        "https://amazonaws.com.evil.example",
        "https://notamazonaws.com",
        "https://evil.example/amazonaws.com",
        "https://amazonaws.com@evil.example",
        "http://evil.example?x=.amazonaws.com",
    ] {
        assert!(!is_amazon_endpoint(url), "{url}");
    }
}
