//! No secret in any output: canary keys in the environment, the stand-in's keys on disk, and every word that is said.

use crate::harness::Project;

const CANARIES: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "AKIACANARYCANARY0001"),
    ("AWS_SECRET_ACCESS_KEY", "canary-secret-0002"),
    ("AWS_SESSION_TOKEN", "canary-token-0003"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary-container-0004"),
];

#[test]
fn canary_keys_appear_in_no_stream_log_error_or_file() {
    let mut project =
        Project::with_photos(40).env("AWS_REGION", "us-east-1").env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    for (name, value) in CANARIES {
        project = project.env(name, value);
    }
    let mut said = String::new();
    let commands: [&[&str]; 12] = [
        &["prepare"],
        &["validate", "output/dataset/train.jsonl", "-v"],
        &["upload", "--dry-run", "-v"],
        &["upload", "-v"],
        &["upload", "--json"],
        &["run", "-v"],
        &["run", "--json"],
        &["--backend", "aws", "upload"],
        &["--backend", "aws", "upload", "--yes", "-v"],
        &["--backend", "aws", "run", "--yes", "--json", "--account-id", "123456789012"],
        &["upload", "--input-dir", "nowhere"],
        &["local", "reset"],
    ];
    for args in commands {
        let one = project.run(args);
        if args.contains(&"aws") {
            assert_eq!(one.code, 2, "nobody answers there: {}", one.all());
        }
        said.push_str(&one.all());
        // The stand-in's keys open the stand-in: they stand in its own file and in what `local serve` prints.
        if let Ok(file) = std::fs::read(project.path(".nova-ft/server.json")) {
            let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
            let secret = file["secret_access_key"].as_str().unwrap();
            assert!(secret.len() >= 20 && !said.contains(secret), "the stand-in's secret was said by {args:?}");
        }
    }
    for (name, bytes) in project.files(".") {
        if name != "nova-ft.toml" {
            said.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    for (name, canary) in CANARIES {
        assert!(!said.contains(canary), "{name} was said");
    }
    assert!(said.contains("not Amazon's"), "the aws backend was reached for");
}
