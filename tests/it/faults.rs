//! Uploads through a network and a service that fail: what can be tried again is, the rest is a clear error for each
//! object, nothing half-written counts as done, and the next run finishes.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nova_ft::aws::backend::{Backend, BackendOptions};
use nova_ft::aws::s3::S3Uri;

use crate::faulty::{Fault, Proxy, Request, first};
use crate::harness::{Project, Said};

const COUNT: usize = 12;
const BUCKET: &str = "test-bucket";

/// A data set for `--backend aws`, and the service that it goes to.
struct Scene {
    project: Project,
    service: Backend,
}

impl Scene {
    fn new() -> Self {
        let project = Project::with_photos(COUNT);
        let options = BackendOptions { state_dir: project.path("service"), ..BackendOptions::default() };
        let service = Backend::open(&options).unwrap();
        service.ensure_bucket(BUCKET).unwrap();
        let keys = service.local().unwrap().keys();
        let (id, secret) = (keys.access_key_id.clone(), keys.secret_access_key.reveal().to_owned());
        let project = project
            .env("AWS_REGION", service.region())
            .env("AWS_ACCESS_KEY_ID", &id)
            .env("AWS_SECRET_ACCESS_KEY", &secret);
        let _ = project.run(&["prepare", "--account-id", "123456789012", "--seed", "3"]).exits(0);
        Self { project, service }
    }

    fn endpoint(&self) -> String {
        self.service.local().unwrap().endpoint()
    }

    fn proxy(&self, rule: impl Fn(&Request) -> Option<Fault> + Send + Sync + 'static) -> Proxy {
        Proxy::before(&self.endpoint(), rule)
    }

    fn command(&self, endpoint: &str, timeout_s: &str) -> std::process::Command {
        let mut command = self.project.command(&["--backend", "aws", "upload", "--yes", "--timeout", timeout_s]);
        command.env("AWS_ENDPOINT_URL", endpoint);
        command
    }

    fn upload(&self, endpoint: &str) -> Said {
        self.upload_within(endpoint, "2")
    }

    fn upload_within(&self, endpoint: &str, timeout_s: &str) -> Said {
        Said::of(&self.command(endpoint, timeout_s).output().unwrap())
    }

    fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let store = self.service.object_store();
        let keys = store.list(BUCKET, "").unwrap();
        keys.into_iter().map(|key| (key.clone(), store.read(&S3Uri::new(BUCKET, &key)).unwrap())).collect()
    }

    fn has_receipt(&self) -> bool {
        self.project.path("output/dataset/receipt.json").exists()
    }

    /// Every object in the bucket is whole; the records are there only after all photos; no receipt before everything is.
    fn assert_nothing_half_done(&self, said: &Said) {
        let objects = self.objects();
        for (key, bytes) in &objects {
            let file = match key.strip_prefix("p/images/") {
                Some(photo) => format!("photos/{photo}"),
                None => format!("output/dataset/{}", key.strip_prefix("p/").unwrap()),
            };
            assert!(*bytes == std::fs::read(self.project.path(&file)).unwrap(), "{key}: {}", said.all());
        }
        let has_records = objects.keys().any(|key| key.contains(".jsonl"));
        let photos = objects.keys().filter(|key| key.contains("/images/")).count();
        assert!(!has_records || photos == COUNT, "{} {}", objects.len(), said.all());
        assert!(!self.has_receipt() || objects.len() == COUNT + 2, "{} {}", objects.len(), said.all());
    }

    /// The next run, over a network that works again, sends what is missing, and the one after it nothing.
    fn assert_the_next_run_finishes(&self) {
        let there = self.objects().len();
        let said = self.upload(&self.endpoint()).exits(0);
        assert_eq!(said.lines("put").len(), COUNT + 2 - there, "{}", said.all());
        self.assert_nothing_half_done(&said);
        assert!(self.has_receipt() && self.objects().len() == COUNT + 2);
        let said = self.upload(&self.endpoint()).exits(0);
        assert_eq!(said.lines("skip").len(), COUNT + 2, "{}", said.all());
    }
}

/// An upload of which these requests fail so, once, goes through.
fn is_retried(fault: Fault, times: usize, concerns: impl Fn(&Request) -> bool + Send + Sync + 'static) {
    let scene = Scene::new();
    let met = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&met);
    let proxy = scene.proxy(move |request| {
        let fails = concerns(request) && seen.fetch_add(1, Ordering::SeqCst) < times;
        fails.then_some(fault)
    });
    let said = scene.upload(&proxy.endpoint()).exits(0);
    assert!(met.load(Ordering::SeqCst) > times, "each fault was met, and the request came again: {met:?}");
    assert_eq!(said.lines("put").len(), COUNT + 2, "{}", said.all());
    scene.assert_nothing_half_done(&said);
    assert!(scene.has_receipt(), "{}", said.all());
    scene.assert_the_next_run_finishes();
}

/// An upload of which these requests always fail so: its exit code and what it says.
fn fails(scene: &Scene, code: i32, fault: Fault, concerns: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Said {
    let proxy = scene.proxy(move |request| concerns(request).then_some(fault));
    let said = scene.upload(&proxy.endpoint()).exits(code);
    scene.assert_nothing_half_done(&said);
    assert!(!scene.has_receipt(), "{}", said.all());
    said
}

const BUSY: Fault = Fault::Answer(503, "SlowDown", "Please reduce your request rate.");

#[test]
fn a_busy_service_is_asked_again() {
    is_retried(BUSY, 2, |request| request.puts("003.jpg"));
}

#[test]
fn too_many_requests_are_sent_again() {
    let fault = Fault::Answer(429, "TooManyRequests", "Please reduce your request rate.");
    is_retried(fault, 3, |request| request.method == "PUT");
}

#[test]
fn a_connection_cut_in_the_middle_of_a_body_is_made_again() {
    is_retried(Fault::CutBody, 2, |request| request.puts("005.jpg"));
}

#[test]
fn a_connection_cut_before_the_answer_leaves_one_whole_object() {
    is_retried(Fault::CutAnswer, 1, |request| request.puts("train.jsonl"));
}

#[test]
fn bytes_damaged_on_the_way_are_sent_again() {
    is_retried(Fault::Damage, 2, |request| request.puts("007.jpg"));
}

#[test]
fn a_service_that_does_not_answer_is_asked_again_after_the_timeout() {
    is_retried(Fault::Silence, 1, |request| request.puts("001.jpg"));
}

#[test]
fn the_listing_and_the_look_at_the_bucket_are_tried_again_too() {
    is_retried(BUSY, 2, |request| request.method == "HEAD" || request.target.contains("list-type"));
}

#[test]
fn a_service_that_stays_busy_for_one_object_leaves_the_others_sent() {
    let scene = Scene::new();
    let said = fails(&scene, 1, BUSY, |request| request.puts("003.jpg"));
    assert_eq!(said.lines("put").len(), COUNT - 1, "{}", said.all());
    let error = said.lines("error")[0];
    assert!(error.contains("photos/003.jpg") && error.contains("SlowDown"), "{}", said.all());
    assert!(said.stderr.contains("it resumes"), "{}", said.all());
    scene.assert_the_next_run_finishes();
}

#[test]
fn bytes_damaged_every_time_are_an_error_of_that_object() {
    let scene = Scene::new();
    let said = fails(&scene, 1, Fault::Damage, |request| request.puts("003.jpg"));
    assert_eq!(said.lines("put").len(), COUNT - 1, "{}", said.all());
    assert!(said.stderr.contains("the bytes changed on the way"), "{}", said.all());
    scene.assert_the_next_run_finishes();
}

#[test]
fn the_hint_for_one_object_that_was_not_sent_names_the_option() {
    let scene = Scene::new();
    let said = fails(&scene, 1, Fault::Silence, |request| request.puts("003.jpg"));
    assert!(said.stderr.contains("hint: check the network, allow more time with --timeout,"), "{}", said.all());
}

#[test]
fn a_service_that_never_answers_a_put_is_an_error_of_the_whole_upload() {
    let scene = Scene::new();
    let said = fails(&scene, 2, Fault::Silence, |request| request.method == "PUT");
    assert!(said.stderr.contains("TimedOut: no response from"), "{}", said.all());
    scene.assert_the_next_run_finishes();
}

#[test]
fn access_denied_to_some_objects_names_each_and_holds_the_records_back() {
    let scene = Scene::new();
    let denied = Fault::Answer(403, "AccessDenied", "Access Denied");
    let said = fails(&scene, 1, denied, |request| request.puts("003.jpg") || request.puts("004.jpg"));
    assert_eq!((said.lines("put").len(), said.lines("error").len()), (COUNT - 2, 4), "{}", said.all());
    assert!(said.stdout.contains("held back, because 2 photos are missing"), "{}", said.all());
    assert!(said.stderr.contains("may not do this"), "{}", said.all());
    scene.assert_the_next_run_finishes();
}

#[test]
fn access_denied_to_a_look_at_the_bucket_does_not_stop_whoever_may_put() {
    let scene = Scene::new();
    let proxy = scene.proxy(|request| {
        let looks = request.method == "HEAD" || request.method == "GET";
        looks.then_some(Fault::Answer(403, "AccessDenied", "Access Denied"))
    });
    let said = scene.upload(&proxy.endpoint()).exits(0);
    assert_eq!(said.lines("put").len(), COUNT + 2, "{}", said.all());
    scene.assert_the_next_run_finishes();
}

#[test]
fn credentials_that_expire_under_way_are_said_and_new_ones_finish() {
    let scene = Scene::new();
    let valid = first(4);
    let expired = Fault::Answer(400, "ExpiredToken", "The provided token has expired.");
    let said = fails(&scene, 1, expired, move |request| request.method == "PUT" && !valid());
    assert_eq!(said.lines("put").len(), 4, "{}", said.all());
    assert!(said.stderr.contains("the credentials have expired: get new ones"), "{}", said.all());
    scene.assert_the_next_run_finishes();
}

#[test]
fn expired_credentials_a_wrong_clock_and_wrong_keys_end_the_upload_at_the_first_request() {
    let scene = Scene::new();
    for (fault, says) in [
        (Fault::Answer(400, "ExpiredToken", "The provided token has expired."), "the credentials have expired"),
        (
            Fault::Answer(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            ),
            "this machine's clock is wrong",
        ),
        (
            Fault::Answer(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            ),
            "not valid here",
        ),
    ] {
        let said = fails(&scene, 2, fault, |_| true);
        assert!(said.stderr.contains(says), "{}", said.all());
        assert!(scene.objects().is_empty());
    }
    scene.assert_the_next_run_finishes();
}

#[test]
fn a_bucket_that_is_missing_or_vanishes_is_named() {
    let scene = Scene::new();
    let gone = Fault::Answer(404, "NoSuchBucket", "The specified bucket does not exist");
    let said = fails(&scene, 2, gone, |_| true);
    assert!(said.stderr.contains("s3://test-bucket") && said.stderr.contains("create the bucket"), "{}", said.all());
    let said = fails(&scene, 2, gone, |request| request.method == "PUT");
    assert!(said.stderr.contains("NoSuchBucket"), "{}", said.all());
    scene.assert_the_next_run_finishes();
}

#[test]
fn parts_of_a_large_object_are_sent_again_and_what_stays_broken_is_taken_back() {
    let scene = Scene::new();
    // Records of 20 MB are the simplest large object.
    let long = "长".repeat(1_000_000);
    let settings = scene.project.read("nova-ft.toml");
    scene.project.write("nova-ft.toml", format!("{settings}allow = ['TXT003']\n[prompt]\nuser = '{long}'\n"));
    let _ = scene.project.run(&["prepare", "--account-id", "123456789012", "--validation-fraction", "0"]).exits(0);
    let size = std::fs::metadata(scene.project.path("output/dataset/train.jsonl")).unwrap().len();
    assert!(size > 2 * nova_ft::aws::s3::MULTIPART_FROM_BYTES, "{size}");

    let aborted = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&aborted);
    let proxy = scene.proxy(move |request| {
        if request.method == "DELETE" && request.target.contains("uploadId") {
            seen.fetch_add(1, Ordering::SeqCst);
        }
        request.puts("partNumber=2").then_some(Fault::Damage)
    });
    let said = scene.upload_within(&proxy.endpoint(), "60").exits(1);
    assert_eq!((said.lines("put").len(), said.lines("error").len()), (COUNT, 1), "{}", said.all());
    assert_eq!(aborted.load(Ordering::SeqCst), 1, "the parts that went through are given up");
    assert!(!scene.objects().contains_key("p/train.jsonl"));

    let (damaged, cut) = (first(2), first(1));
    let met = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&met);
    let proxy = scene.proxy(move |request| {
        let fault = match request {
            _ if request.puts("partNumber=2") => damaged().then_some(Fault::Damage),
            _ if request.puts("partNumber=3") => cut().then_some(Fault::CutBody),
            _ => None,
        };
        seen.fetch_add(usize::from(fault.is_some()), Ordering::SeqCst);
        fault
    });
    let said = scene.upload_within(&proxy.endpoint(), "60").exits(0);
    assert_eq!((said.lines("put").len(), met.load(Ordering::SeqCst)), (1, 3), "{}", said.all());
    assert_eq!(
        scene.objects()["p/train.jsonl"],
        std::fs::read(scene.project.path("output/dataset/train.jsonl")).unwrap()
    );
}

#[test]
fn nobody_at_the_endpoint_is_an_error_of_the_whole_upload() {
    let scene = Scene::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let said = scene.upload(&format!("http://127.0.0.1:{port}")).exits(2);
    assert!(said.stderr.contains("Unreachable") && said.stderr.contains("check the network"), "{}", said.all());
    scene.assert_the_next_run_finishes();
}

#[test]
fn a_file_that_changes_or_goes_after_the_check_is_an_error_of_that_object() {
    let scene = Scene::new();
    let [changed, gone] = ["photos/003.jpg", "photos/004.jpg"].map(|name| scene.project.path(name));
    let before = [std::fs::read(&changed).unwrap(), std::fs::read(&gone).unwrap()];
    let other: Vec<u8> = before[0].iter().rev().copied().collect();
    let (changed_too, gone_too) = (changed.clone(), gone.clone());
    let once = first(1);
    let proxy = scene.proxy(move |request| {
        if request.target.contains("list-type") && once() {
            std::fs::write(&changed_too, &other).unwrap();
            std::fs::remove_file(&gone_too).unwrap();
            std::fs::create_dir(&gone_too).unwrap();
        }
        None
    });
    let said = scene.upload(&proxy.endpoint()).exits(1);
    assert_eq!(said.lines("put").len(), COUNT - 2, "{}", said.all());
    assert!(said.stdout.contains("003.jpg: the file changed after it was checked"), "{}", said.all());
    assert!(said.stdout.contains("error photos/004.jpg"), "{}", said.all());
    assert!(!scene.has_receipt());
    std::fs::remove_dir(&gone).unwrap();
    std::fs::write(&changed, &before[0]).unwrap();
    std::fs::write(&gone, &before[1]).unwrap();
    scene.assert_the_next_run_finishes();
}

#[cfg(unix)]
#[test]
fn ctrl_c_under_way_ends_with_130_and_the_next_run_goes_on() {
    let scene = Scene::new();
    let (tell, told) = std::sync::mpsc::channel();
    let passed = first(3);
    let proxy = scene.proxy(move |request| {
        let held = request.method == "PUT" && !passed();
        if held {
            let _ = tell.send(());
        }
        held.then_some(Fault::Silence)
    });
    let mut command = scene.command(&proxy.endpoint(), "60");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    told.recv().unwrap();
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let said = Said::of(&child.wait_with_output().unwrap()).exits(130);
    assert!(said.stderr.contains("interrupted: run the same command again"), "{}", said.all());
    scene.assert_nothing_half_done(&said);
    assert!(!scene.has_receipt());
    scene.assert_the_next_run_finishes();
}
