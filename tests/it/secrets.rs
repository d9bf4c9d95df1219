//! No secret in any output: canary keys in the environment, in the address of an endpoint, the stand-in's keys on disk, and
//! every word that is said or written by any command.

use rayon::prelude::*;

use crate::harness::Project;

const CANARIES: [(&str, &str); 5] = [
    ("AWS_ACCESS_KEY_ID", "AKIACANARYCANARY0001"),
    ("AWS_SECRET_ACCESS_KEY", "canary-secret-0002"),
    ("AWS_SESSION_TOKEN", "canary-token-0003"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary-container-0004"),
    // Nobody answers there; some write a password into an address.
    ("AWS_ENDPOINT_URL", "http://user:canary-password-0005@127.0.0.1:9"),
];

/// What must not be said: the secret words of [`CANARIES`].
fn secrets() -> impl Iterator<Item = (&'static str, &'static str)> {
    CANARIES.into_iter().map(|(name, value)| {
        let after = value.rsplit_once("user:").map_or(value, |(_, rest)| rest);
        (name, after.split('@').next().unwrap())
    })
}

/// Everything that a run with the stand-in can say, each with `-v`; with what a first command leaves to the next.
const WITH_THE_STAND_IN: [&[&str]; 34] = [
    &["sample", "--count", "2", "--output-dir", "drawn"],
    &["prepare"],
    &["validate", "output/dataset/train.jsonl", "--report-file", "report.html"],
    &["validate", "labels.csv"],
    &["estimate", "output/dataset/train.jsonl"],
    &["rule", "IMG001"],
    &["read", "photos/000.jpg"],
    &["label", "--output-file", "read.csv"],
    &["label", "--labeler", "converse", "--output-file", "asked.csv", "--yes"],
    &["label", "--labeler", "batch", "--output-file", "batched.csv", "--yes"],
    &["label", "--output-file", "parts.csv", "--shard", "1/2", "--parts", "parts"],
    &["label", "--output-file", "parts.csv", "--merge", "--parts", "parts"],
    &["consensus", "--labels", "a=labels.csv", "--labels", "b=labels.csv", "--output-file", "agreed.csv"],
    &["audit", "--report-file", "audit.html"],
    &["upload", "--dry-run"],
    &["upload"],
    &["upload", "--json"],
    &["run"],
    &["run", "--json"],
    &["job", "create", "--dry-run"],
    &["job", "create"],
    &["job", "status"],
    &["job", "list"],
    &["job", "policy"],
    &["job", "watch", "--deadline", "1s"],
    &["job", "stop"],
    &["metrics"],
    &["deploy", "create"],
    &["deploy", "status"],
    &["deploy", "delete"],
    &["evaluate"],
    &["clean", "--yes"],
    &["upload", "--input-dir", "nowhere"],
    &["local", "reset"],
];

/// What asks AWS: nobody answers at the endpoint, so each ends with an error that names where it was looked for.
const WITH_AWS: [&[&str]; 10] = [
    &["upload"],
    &["upload", "--yes"],
    &["run", "--yes", "--json", "--account-id", "123456789012"],
    &["job", "create", "--yes", "--role-arn", "arn:aws:iam::123456789012:role/r"],
    &["job", "status", "name"],
    &["job", "list"],
    &["job", "watch", "name", "--deadline", "1s"],
    &["metrics", "name"],
    &["deploy", "status", "name"],
    &["evaluate", "--yes", "--tuned", "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abcdefghijkl"],
];

/// A project with the canaries in its environment.
fn project() -> Project {
    let project = Project::with_photos(40).env("AWS_REGION", "us-east-1").env("AWS_MAX_ATTEMPTS", "1");
    CANARIES.into_iter().fold(project, |project, (name, value)| project.env(name, value))
}

fn assert_no_canary(said: &str) {
    for (name, canary) in secrets() {
        let around = said.find(canary).map(|at| said[at.saturating_sub(200)..].chars().take(300).collect::<String>());
        assert!(around.is_none(), "{name} was said: {around:?}");
    }
}

/// Every file that the commands have left, but for the settings.
fn written(project: &Project) -> String {
    let files = project.files(".").into_iter().filter(|(name, _)| name != "nova-ft.toml");
    files.map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

#[test]
fn canary_keys_appear_in_no_stream_log_error_or_file() {
    let project = project();
    let mut said = String::new();
    for args in WITH_THE_STAND_IN {
        let quiet = project.run(args).all();
        said.push_str(&quiet);
        if !args.contains(&"--json") {
            said.push_str(&project.run(&[args, &["-v"]].concat()).all());
        }
        // The stand-in's keys open the stand-in: they stand in its own file and in what `local serve` prints.
        if let Ok(file) = std::fs::read(project.path(".nova-ft/server.json")) {
            let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
            let secret = file["secret_access_key"].as_str().unwrap();
            assert!(secret.len() >= 20 && !said.contains(secret), "the stand-in's secret was said by {args:?}");
        }
    }
    said.push_str(&written(&project));
    assert_no_canary(&said);
    assert!(said.contains("backend: local"), "something was said");
}

#[test]
fn errors_of_an_endpoint_that_holds_a_password_do_not_show_it() {
    // Each in a folder of its own: they run at the same time.
    let said: Vec<_> = WITH_AWS
        .par_iter()
        .map(|args| {
            let own = project();
            let _ = own.run(&["prepare"]).exits(0);
            let verbose = own.run(&[&["--backend", "aws", "-v"], *args].concat());
            assert_ne!(verbose.code, 0, "nobody answers there: {}", verbose.all());
            verbose.all() + &written(&own)
        })
        .collect();
    let said = said.join("\n");
    assert_no_canary(&said);
    assert!(said.contains("not Amazon's"), "the aws backend was reached for");
}

#[test]
fn every_command_is_among_those_that_are_listened_to() {
    // The two that run until Ctrl-C: `local serve` prints the stand-in's keys, as it is for that; `review` has a test of its own.
    const SERVING: [&str; 2] = ["local serve", "review"];
    let page = include_str!("../../docs/cli.md");
    let commands: Vec<_> =
        page.lines().filter_map(|line| line.strip_prefix("## `nova-ft ")?.strip_suffix('`')).collect();
    // A group of commands, `job`, does nothing by itself.
    let is_group = |name: &str| commands.iter().any(|other| other.starts_with(&format!("{name} ")));
    for name in commands.iter().filter(|name| !is_group(name) && !SERVING.contains(name)) {
        let words: Vec<_> = name.split(' ').collect();
        assert!(WITH_THE_STAND_IN.iter().any(|args| args.starts_with(&words)), "{name}");
    }
    assert!(commands.len() > 20);
}
