use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::aws::bedrock::{JobState, JobStatus};
use crate::aws::s3::Encryption;
use crate::findings::Severity;
use crate::findings::render::render_text;
use crate::images::hash_bytes;
use crate::progress::Silent;
use crate::training::job::submit::{Found, Submitted, find_same, submit};
use crate::training::job::testing::{ACCOUNT, World, job_of, records, spec};
use crate::training::job::{JobSpec, tuning_id};
use crate::validate::Model;

fn options() -> PreflightOptions {
    PreflightOptions { region: "us-east-1".to_owned(), ..PreflightOptions::default() }
}

fn report(spec: &JobSpec, world: &World) -> Report {
    preflight(spec, &world.services(), &options(), &Silent).unwrap()
}

/// The codes of findings that are no notes.
fn codes(spec: &JobSpec, world: &World) -> Vec<&'static str> {
    let report = report(spec, world);
    let worth = report.findings().iter().filter(|finding| finding.severity > Severity::Note);
    let codes: BTreeSet<_> = worth.map(|finding| finding.rule.code).collect();
    codes.into_iter().collect()
}

#[test]
fn a_job_with_which_nothing_is_wrong_has_no_finding_but_the_note_about_permissions() {
    let report = report(&spec(), &World::new());
    let found: Vec<_> = report.findings().iter().map(|finding| (finding.rule.code, finding.severity)).collect();
    assert_eq!(found, [("JOB022", Severity::Note)]);
}

#[test]
fn a_model_that_this_region_does_not_offer_is_named() {
    let pro = JobSpec { base_model_id: tuning_id(Model::Pro).to_owned(), ..spec() };
    assert_eq!(codes(&pro, &World::new()), Vec::<&str>::new());
    let world = World { tunable: vec!["amazon.nova-lite-v1:0:300k".to_owned()], ..World::new() };
    assert_eq!(codes(&pro, &world), ["JOB018"]);
    let arn = format!("arn:aws:bedrock:us-east-1::foundation-model/{}", tuning_id(Model::Lite));
    assert_eq!(codes(&JobSpec { base_model_id: arn, ..spec() }, &world), Vec::<&str>::new());
    // What can be tuned nowhere is said once.
    let claude = JobSpec { base_model_id: "anthropic.claude-3-haiku-20240307-v1:0".to_owned(), ..spec() };
    assert_eq!(codes(&claude, &world), ["JOB010"]);
}

#[test]
fn a_model_in_the_legacy_state_takes_no_new_job() {
    let world = World { legacy: BTreeSet::from(["amazon.nova-lite-v1:0:300k"]), ..World::new() };
    assert_eq!(codes(&spec(), &world), ["JOB018"]);
    let report = report(&spec(), &world);
    let finding = report.findings().iter().find(|finding| finding.rule.code == "JOB018").unwrap();
    assert_eq!(
        (finding.severity, finding.message.as_str()),
        (
            Severity::Error,
            "`amazon.nova-lite-v1:0:300k` is in the Legacy state in us-east-1 since 2026-10-05 (end of life 2027-04-05): it \
             takes no new fine-tuning jobs; offered are `amazon.nova-pro-v1:0:300k`"
        )
    );
    let pro = JobSpec { base_model_id: tuning_id(Model::Pro).to_owned(), ..spec() };
    assert_eq!(codes(&pro, &world), Vec::<&str>::new(), "another model's state is not its own");
}

#[test]
fn a_model_that_this_version_does_not_know_is_decided_by_bedrocks_list() {
    let new = JobSpec { base_model_id: "amazon.nova-2-pro-v1:0:256k".to_owned(), ..spec() };
    let severity = |report: &Report, code: &str| {
        report.findings().iter().find(|finding| finding.rule.code == code).map(|finding| finding.severity)
    };
    let mut world = World::new();
    let unlisted = report(&new, &world);
    assert_eq!((severity(&unlisted, "JOB018"), severity(&unlisted, "JOB010")), (Some(Severity::Error), None));
    world.tunable.push(new.base_model_id.clone());
    let listed = report(&new, &world);
    assert_eq!((severity(&listed, "JOB018"), severity(&listed, "JOB010")), (None, Some(Severity::Warning)));
    assert_eq!(listed.count(Severity::Error), 0, "{:?}", listed.findings());
    world.denied.insert("ListFoundationModels");
    let unasked = report(&new, &world);
    assert_eq!((severity(&unasked, "JOB010"), unasked.count(Severity::Error)), (Some(Severity::Warning), 0));
    let offline = check_offline(&new, Some(40), &Levels::default());
    assert_eq!((severity(&offline, "JOB010"), offline.count(Severity::Error)), (Some(Severity::Warning), 0));
}

#[test]
fn in_another_region_the_list_of_that_region_decides() {
    let west = PreflightOptions { region: "us-west-2".to_owned(), s3: S3Check::Skip, ..options() };
    let errors = |world: &World| {
        let report = preflight(&spec(), &world.services(), &west, &Silent).unwrap();
        assert!(report.findings().iter().any(|finding| finding.rule.code == "JOB012"));
        let errors = report.findings().iter().filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.rule.code).collect::<Vec<_>>()
    };
    // The role's trust policy of this world names no Region.
    assert_eq!(errors(&World::new()), Vec::<&str>::new());
    assert_eq!(errors(&World { tunable: Vec::new(), ..World::new() }), ["JOB018"]);
}

#[test]
fn a_base_model_is_checked_by_itself_before_an_upload() {
    let check = |id: &str, region: &str, world: &World| {
        let report = check_base_model(id, region, world, &Levels::default()).unwrap();
        report.findings().iter().map(|finding| (finding.rule.code, finding.severity)).collect::<Vec<_>>()
    };
    let id = tuning_id(Model::Lite);
    assert_eq!(check(id, "us-east-1", &World::new()), []);
    assert_eq!(check("us.amazon.nova-lite-v1:0", "us-east-1", &World::new()), [("JOB010", Severity::Error)]);
    assert_eq!(check(id, "us-west-2", &World::new()), [("JOB012", Severity::Warning)]);
    let legacy = World { legacy: BTreeSet::from([tuning_id(Model::Lite)]), ..World::new() };
    assert_eq!(check(id, "us-east-1", &legacy), [("JOB018", Severity::Error)]);
    let denied = World { denied: BTreeSet::from(["ListFoundationModels"]), ..World::new() };
    assert_eq!(check(id, "us-east-1", &denied), [("JOB022", Severity::Warning)]);
    let down = World { is_down: true, ..World::new() };
    assert!(check_base_model(id, "us-east-1", &down, &Levels::default()).is_err());
}

#[test]
fn a_role_is_of_the_callers_account_is_there_and_trusts_bedrock() {
    let foreign = JobSpec { role_arn: "arn:aws:iam::999999999999:role/tune".to_owned(), ..spec() };
    assert_eq!(codes(&foreign, &World::new()), ["JOB019"]);
    let missing = JobSpec { role_arn: format!("arn:aws:iam::{ACCOUNT}:role/tunee"), ..spec() };
    assert_eq!(codes(&missing, &World::new()), ["JOB020"]);
    let mut world = World::new();
    let trust = |principal: &str, account: &str| {
        json!({"Statement": {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}}}})
        .to_string()
    };
    for (principal, account, expected) in [
        ("sagemaker.amazonaws.com", ACCOUNT, vec!["JOB021"]),
        ("bedrock.amazonaws.com", "999999999999", vec!["JOB021"]),
        ("bedrock.amazonaws.com", ACCOUNT, vec![]),
    ] {
        world.roles.insert("tune".to_owned(), trust(principal, account));
        assert_eq!(codes(&spec(), &world), expected, "{principal} {account}");
    }
}

#[test]
fn what_the_caller_may_not_ask_is_a_warning_and_a_service_that_is_down_is_an_error() {
    for operation in [
        "GetRole",
        "GetCallerIdentity",
        "ListFoundationModels",
        "GetModelCustomizationJob",
        "ListCustomModels",
        "GetObject",
    ] {
        let world = World { denied: BTreeSet::from([operation]), ..World::new() };
        let report = report(&spec(), &world);
        let warnings: Vec<_> =
            report.findings().iter().filter(|finding| finding.severity == Severity::Warning).collect();
        assert!(!warnings.is_empty(), "{operation}");
        assert!(warnings.iter().all(|finding| finding.rule.code == "JOB022"), "{operation}: {warnings:?}");
        assert_eq!(report.count(Severity::Error), 0, "{operation}");
    }
    let down = World { is_down: true, ..World::new() };
    let error = preflight(&spec(), &down.services(), &options(), &Silent).unwrap_err();
    assert!(error.to_string().contains("Unreachable"), "{error}");
}

#[test]
fn records_and_photos_are_there_in_one_bucket() {
    let mut world = World::new();
    world.objects.remove(&S3Uri::new("bucket", "p/validation.jsonl"));
    assert_eq!(codes(&spec(), &world), ["JOB023"]);
    let mut world = World::new();
    world.objects.remove(&S3Uri::new("bucket", "p/images/39.jpg"));
    world.objects.remove(&S3Uri::new("bucket", "p/images/17.jpg"));
    let report = report(&spec(), &world);
    let photos: Vec<_> = report.findings().iter().filter(|finding| finding.rule.code == "JOB024").collect();
    assert_eq!(photos.len(), 1, "of the validation records all photos are there");
    assert!(
        photos[0].message.starts_with(
            "2 of 40 photos of s3://bucket/p/train.jsonl are not in S3, the first s3://bucket/p/images/17.jpg (line 18)"
        ),
        "{}",
        photos[0].message
    );
    let elsewhere = records(40, "other-bucket");
    let mut world = World::new();
    world.put("p/train.jsonl", elsewhere.as_bytes(), Some("passed"));
    let spec = JobSpec { training_sha256: Some(hash_bytes(elsewhere.as_bytes())), ..spec() };
    assert_eq!(codes(&spec, &world), ["JOB025"]);
}

#[test]
fn buckets_are_in_the_jobs_region_writable_and_without_a_key_of_their_own() {
    let mut world = World::new();
    world.buckets.insert("bucket".to_owned(), ("eu-central-1".to_owned(), Encryption::Plain));
    let found = report(&spec(), &world);
    let found = found.findings().iter().filter(|finding| finding.rule.code == "JOB026");
    let pointers: Vec<_> = found.filter_map(|finding| finding.place.member.as_deref()).collect();
    assert_eq!(
        pointers,
        ["/outputDataConfig/s3Uri", "/trainingDataConfig/s3Uri", "/validationDataConfig/validators/0/s3Uri"]
    );
    let mut world = World::new();
    world.buckets.insert("bucket".to_owned(), ("us-east-1".to_owned(), Encryption::Kms(Some("key".to_owned()))));
    assert_eq!(codes(&spec(), &world), ["JOB028"]);
    let world = World { writable: BTreeSet::new(), ..World::new() };
    assert_eq!(codes(&spec(), &world), ["JOB027"]);
    let none = JobSpec { output_s3_uri: "s3://no-such-bucket/out/".to_owned(), ..spec() };
    assert_eq!(codes(&none, &World::new()), ["JOB026", "JOB027"]);
}

#[test]
fn the_output_is_tried_below_its_prefix_and_not_in_a_dry_run() {
    let world = World::new();
    preflight(&spec(), &world.services(), &options(), &Silent).unwrap();
    let name = spec().request().job_name;
    let probe = S3Uri::new("bucket", format!("p/output/.write_access_check_file.{name}.tmp"));
    assert_eq!(*world.probes.borrow(), [probe]);
    let dry = PreflightOptions { write: WriteCheck::Skip, ..options() };
    let no_s3 = PreflightOptions { s3: S3Check::Skip, ..options() };
    for options in [dry, no_s3] {
        let world = World { writable: BTreeSet::new(), ..World::new() };
        let report = preflight(&spec(), &world.services(), &options, &Silent).unwrap();
        assert_eq!((report.count(Severity::Error), world.probes.borrow().len()), (0, 0));
    }
}

#[test]
fn without_a_look_at_s3_nothing_is_said_of_it() {
    let mut world = World::new();
    world.objects.clear();
    world.buckets.clear();
    let options = PreflightOptions { s3: S3Check::Skip, ..options() };
    let report = preflight(&spec(), &world.services(), &options, &Silent).unwrap();
    assert_eq!(report.count(Severity::Error), 0, "{:?}", report.findings());
}

#[test]
fn names_that_are_taken_are_findings_and_the_same_job_is_none() {
    let world = World { models: vec![spec().request().custom_model_name], ..World::new() };
    assert_eq!(codes(&spec(), &world), ["JOB030"]);
    let longer = World { models: vec![format!("{}-2", spec().request().custom_model_name)], ..World::new() };
    assert_eq!(codes(&spec(), &longer), Vec::<&str>::new());
    let same = World::new();
    same.jobs.borrow_mut().push(job_of(&spec().request()));
    assert_eq!(codes(&spec(), &same), Vec::<&str>::new());
    let other = World::new();
    let request = CreateJobOf::other_epochs();
    other.jobs.borrow_mut().push(job_of(&request));
    assert_eq!(codes(&spec(), &other), ["JOB029"]);
}

/// A job of our name that somebody made by hand.
struct CreateJobOf;

impl CreateJobOf {
    fn other_epochs() -> crate::aws::bedrock::CreateJob {
        let mut request = spec().request();
        request.hyper_parameters.insert("epochCount".to_owned(), "5".to_owned());
        request
    }
}

#[test]
fn the_object_is_the_file_that_was_validated() {
    let bytes = records(40, "bucket");
    let mut world = World::new();
    for (validation, expected) in [
        (Some("passed"), vec![]),
        (Some("skipped"), vec!["JOB031"]),
        (Some("allowed IMG001"), vec!["JOB031"]),
        // Put by another program: no sha256 either, and its records, whose photos are those to validate with, are looked at.
        (None, vec!["JOB031", "JOB032", "SPL002"]),
    ] {
        world.put("p/train.jsonl", bytes.as_bytes(), validation);
        assert_eq!(codes(&spec(), &world), expected, "{validation:?}");
    }
    world.put("p/train.jsonl", records(39, "bucket").as_bytes(), Some("passed"));
    assert_eq!(codes(&spec(), &world), ["JOB032"]);
    let unknown = JobSpec { training_sha256: None, ..spec() };
    assert_eq!(codes(&unknown, &world), Vec::<&str>::new(), "without a receipt nothing is expected");
}

#[test]
fn records_that_nobody_validated_are_validated_where_they_lie() {
    let good = records(40, "bucket");
    let spec = JobSpec { training_sha256: None, validation_data_s3_uri: None, ..spec() };
    let bad = [
        ("the format jpg", good.replacen("\"jpeg\"", "\"jpg\"", 1)),
        ("no s3://", good.replacen("s3://", "", 1)),
        ("a blank line", good.replacen('\n', "\n\n", 1)),
        ("no answer", good.replacen("assistant", "user", 1)),
    ];
    for (what, bad) in bad {
        let errors = |validation: Option<&str>| {
            let mut world = World::new();
            world.put("p/train.jsonl", bad.as_bytes(), validation);
            let report = report(&spec, &world);
            let errors = report.findings().iter().filter(|finding| finding.severity == Severity::Error);
            let places = errors.map(|error| error.place.clone()).collect::<Vec<_>>();
            assert!(places.iter().all(|place| place.file == Some("s3://bucket/p/train.jsonl".into())), "{places:?}");
            assert!(report.findings().iter().all(|finding| finding.fix.is_none()));
            places.into_iter().map(|place| place.line).collect::<Vec<_>>()
        };
        let line = if what == "a blank line" { 2 } else { 1 };
        assert_eq!(errors(None), [Some(line)], "{what}");
        assert!(errors(Some("skipped")).is_empty(), "{what}: who sent it has said that it is not validated");
    }
}

#[test]
fn findings_in_s3_that_are_too_many_to_keep_are_counted() {
    let mut world = World::new();
    let count = crate::findings::KEPT_PER_CODE + 5;
    let bad = records(40, "bucket").lines().next().unwrap().replace("\"jpeg\"", "\"jpg\"") + "\n";
    world.put("p/train.jsonl", bad.repeat(count).as_bytes(), None);
    let spec = JobSpec { training_sha256: None, validation_data_s3_uri: None, ..spec() };
    let report = report(&spec, &world);
    assert_eq!(report.count(Severity::Error), count, "{:?}", report.counts());
    assert_eq!((report.fixable(), report.fixable_unsafe()), (0, 0), "an object in S3 is not repaired");
}

#[test]
fn everything_that_is_wrong_stands_in_one_report() {
    let mut world = World::new();
    world.objects.remove(&S3Uri::new("bucket", "p/images/3.jpg"));
    world.roles.clear();
    world.tunable.clear();
    let spec = JobSpec { epoch_count: 9, warmup_steps: 30, ..spec() };
    let report = report(&spec, &world);
    insta::assert_snapshot!(render_text(&report, None).replace(&spec.request().job_name, "JOB"));
    let allowed =
        PreflightOptions { levels: Levels { allow: vec!["JOB".to_owned()], ..Levels::default() }, ..options() };
    let report = preflight(&spec, &world.services(), &allowed, &Silent).unwrap();
    assert!(report.findings().is_empty());
}

#[test]
fn offline_the_request_alone_is_checked() {
    let codes = |spec: &JobSpec| {
        let report = check_offline(spec, Some(40), &Levels::default());
        report.findings().iter().map(|finding| finding.rule.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&spec()), Vec::<&str>::new());
    assert_eq!(codes(&JobSpec { learning_rate: 1.0, ..spec() }), ["JOB005"]);
    assert_eq!(codes(&JobSpec { training_data_s3_uri: "s3://bucket/p/".to_owned(), ..spec() }), ["JOB014"]);
}

#[test]
fn a_job_is_created_once_and_found_again() {
    let world = World::new();
    let request = spec().request();
    assert_eq!(find_same(&request, &world.services()).unwrap(), Found::Nothing);
    let created = submit(&request, &world.services()).unwrap();
    assert!(matches!(created, Submitted::Created(_)));
    assert!(
        matches!(find_same(&request, &world.services()).unwrap(), Found::Same(job) if job.job_arn == created.job_arn())
    );
    let again = submit(&request, &world.services()).unwrap();
    assert_eq!((again.job_arn(), world.created.get()), (created.job_arn(), 1));
    assert!(matches!(again, Submitted::Adopted(_)));
}

#[test]
fn a_job_that_is_joined_is_told_of_as_it_stands() {
    let world = World::new();
    let failed = JobState { status: JobStatus::Failed, failure: Some("no".to_owned()), ..job_of(&spec().request()) };
    world.jobs.borrow_mut().push(failed.clone());
    assert_eq!(submit(&spec().request(), &world.services()).unwrap(), Submitted::Adopted(Box::new(failed)));
}

#[test]
fn a_conflict_is_told_to_who_may_not_look_at_the_job_in_the_way() {
    let mut world = World::new();
    world.jobs.borrow_mut().push(job_of(&spec().request()));
    world.denied.insert("GetModelCustomizationJob");
    let error = submit(&spec().request(), &world.services()).unwrap_err();
    assert!(error.to_string().contains("ConflictException"), "{error}");
}

#[test]
fn a_rival_with_the_same_job_is_joined_and_with_another_is_an_error() {
    let world = World { has_rival: true, ..World::new() };
    assert!(matches!(submit(&spec().request(), &world.services()).unwrap(), Submitted::Adopted(_)));
    assert_eq!(world.created.get(), 0);
    let world = World::new();
    world.jobs.borrow_mut().push(job_of(&CreateJobOf::other_epochs()));
    let error = submit(&spec().request(), &world.services()).unwrap_err();
    assert!(error.to_string().contains("ConflictException"), "{error}");
    let Found::Other(_, differences) = find_same(&spec().request(), &world.services()).unwrap() else { panic!() };
    assert_eq!(differences, ["epochCount"]);
}
