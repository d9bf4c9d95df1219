//! Several processes on one folder, and processes that die: the next run ends with the same bytes and the same objects.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::harness::{Project, Said, interrupt_after};
use nova_ft::aws::backend::{Backend, BackendOptions};
use nova_ft::dataset::FolderLock;

const COUNT: usize = 60;

/// What a run ends with.
#[derive(PartialEq, Eq)]
struct Ending {
    dataset: Vec<(String, Vec<u8>)>,
    objects: BTreeMap<String, Vec<u8>>,
}

/// The bytes of the data set and of every object.
fn result(project: &Project) -> Ending {
    let options = BackendOptions { state_dir: project.path(".nova-ft"), ..BackendOptions::default() };
    let backend = Backend::open(&options).unwrap();
    let store = backend.object_store();
    let keys = store.list("test-bucket", "").unwrap();
    let read = |key: String| {
        let bytes = store.read(&nova_ft::aws::s3::S3Uri::new("test-bucket", &key)).unwrap();
        (key, bytes)
    };
    // What is remembered of the photos' files is each folder's own.
    let mut dataset = project.files("output/dataset");
    dataset.retain(|(name, _)| !name.starts_with('.'));
    Ending { dataset, objects: keys.into_iter().map(read).collect() }
}

fn spawn(project: &Project) -> Child {
    project.spawn(&["run"])
}

#[test]
fn a_run_killed_at_any_line_is_finished_by_the_next() {
    let whole = Project::with_photos(COUNT);
    let _ = whole.run(&["run"]).exits(0);
    let expected = result(&whole);
    assert_eq!(expected.objects.len(), COUNT + 2);
    for lines in [0, 1, 2, 4, 9, 30, COUNT + 3] {
        let project = Project::with_photos(COUNT);
        let mut child = spawn(&project);
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..lines {
            said.next().unwrap().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let next = project.run(&["run"]).exits(0);
        assert_eq!(next.lines("put").len() + next.lines("skip").len(), COUNT + 2, "{}", next.all());
        assert!(expected == result(&project), "killed after {lines} lines: the results differ");
    }
}

#[test]
fn two_runs_at_once_on_one_folder_both_end_well_with_one_result() {
    let whole = Project::with_photos(COUNT);
    let _ = whole.run(&["run"]).exits(0);
    let expected = result(&whole);
    let project = Project::with_photos(COUNT);
    let children = [spawn(&project), spawn(&project), spawn(&project)];
    for child in children {
        let _ = Said::of(&child.wait_with_output().unwrap()).exits(0);
    }
    let next = project.run(&["run"]).exits(0);
    assert!(next.lines("put").is_empty(), "{}", next.all());
    assert!(expected == result(&project), "the results differ");
}

#[test]
fn when_the_serving_process_is_killed_another_takes_over_and_its_requests_go_through() {
    let project = Project::with_photos(COUNT);
    let mut server = project.command(&["local", "serve"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
    let endpoint = said.find(|line| line.as_ref().unwrap().contains("AWS_ENDPOINT_URL_S3")).unwrap().unwrap();
    let mut client = spawn(&project);
    let mut lines = BufReader::new(client.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let port = endpoint.rsplit(':').next().unwrap();
    assert!(first.contains(port), "the run uses the serving process: {first} {endpoint}");
    server.kill().unwrap();
    server.wait().unwrap();
    let rest: Vec<_> = lines.map(Result::unwrap).collect();
    assert!(client.wait().unwrap().success(), "{rest:#?}");
    assert_eq!(result(&project).objects.len(), COUNT + 2);
}

#[test]
fn a_port_that_is_asked_for_while_another_is_served_is_an_error_that_says_where() {
    let project = Project::empty();
    let mut server = project.command(&["local", "serve"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
    let endpoint = said.find(|line| line.as_ref().unwrap().contains("AWS_ENDPOINT_URL_S3")).unwrap().unwrap();
    let port: u16 = endpoint.rsplit(':').next().unwrap().parse().unwrap();
    let refused = project.run(&["local", "serve", "--port", &(port ^ 1).to_string()]).exits(2);
    server.kill().unwrap();
    server.wait().unwrap();
    let expected =
        format!("error: --port: process {} serves .nova-ft already, at http://127.0.0.1:{port}", server.id());
    assert!(refused.stderr.contains(&expected), "{expected}: {}", refused.all());
    assert!(refused.stderr.contains("hint: leave --port out to use that one"), "{}", refused.all());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130_and_says_how_to_go_on() {
    let project = Project::with_photos(8);
    let held = FolderLock::acquire(&project.path("output/dataset"), &nova_ft::progress::Silent).unwrap();
    let ended = interrupt_after(project.spawn(&["prepare"]), "waiting for another nova-ft").exits(130);
    assert!(ended.stderr.ends_with("interrupted: run the same command again: it resumes\n"));
    assert_eq!(ended.stdout, "", "{}", ended.all());
    drop(held);
    let _ = project.run(&["prepare", "--validation-fraction", "0"]).exits(0);
}

#[cfg(unix)]
#[test]
fn ctrl_c_is_how_serving_ends_and_it_says_what_stays() {
    let project = Project::with_photos(8);
    let ended = interrupt_after(project.spawn(&["local", "serve"]), "stop with Ctrl-C").exits(0);
    assert!(ended.stderr.ends_with("# stopped; its objects stay in .nova-ft\n"), "{}", ended.all());
    for service in ["S3", "BEDROCK", "BEDROCK_RUNTIME", "STS", "IAM"] {
        let line = format!("export AWS_ENDPOINT_URL_{service}=http://127.0.0.1:");
        assert!(ended.stdout.contains(&line), "{}", ended.all());
    }
    let _ = project.run(&["local", "reset"]).exits(0);
}

#[test]
fn two_runs_with_different_seeds_take_turns_and_each_folder_is_of_one_piece() {
    let project = Project::with_photos(COUNT);
    let seeded = |seed| project.spawn(&["run", "--seed", seed]);
    for _ in 0..4 {
        for child in [seeded("1"), seeded("2")] {
            let _ = Said::of(&child.wait_with_output().unwrap()).exits(0);
        }
        let manifest: serde_json::Value = serde_json::from_str(&project.read("output/dataset/manifest.json")).unwrap();
        for file in manifest["records"].as_array().unwrap() {
            let bytes = project.read(&format!("output/dataset/{}", file["path"].as_str().unwrap()));
            assert_eq!(nova_ft::images::hash_bytes(bytes.as_bytes()).to_string(), file["sha256"].as_str().unwrap());
        }
    }
}
