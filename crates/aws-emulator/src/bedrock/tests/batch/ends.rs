//! Jobs that are stopped, cut off, or run out of time.

use super::*;

#[test]
fn a_job_is_stopped_while_it_waits_and_while_it_works_and_keeps_what_it_has_answered() {
    let fixture = Fixture::with_questions();
    fixture.reader.hold_after(40);
    let working = fixture.create_batch("working", |create| create).unwrap();
    fixture.reader.wait_for(41);
    let waiting = fixture.create_batch("waiting", |create| create).unwrap();
    let stop = |arn: &str| {
        outcome(block_on(fixture.bedrock().stop_model_invocation_job().job_identifier(arn).send()).unwrap())
    };
    stop(&waiting).unwrap();
    assert_eq!(fixture.batch(&waiting).status(), Some(&Status::Stopped));
    assert_eq!(fixture.batch(&working).status(), Some(&Status::InProgress));
    stop(&working).unwrap();
    stop(&working).unwrap();
    assert_eq!(fixture.batch(&working).status(), Some(&Status::Stopping));
    fixture.reader.release();
    let job = fixture.batch_ended(&working);
    assert_eq!((job.status(), job.processed_record_count()), (Some(&Status::Stopped), Some(48)));
    assert_eq!(lines(&fixture.answers(&working, "a.jsonl.out").unwrap()).len(), 48);
    let manifest = fixture.manifest(&working);
    assert_eq!(
        (manifest["totalRecordCount"].as_u64(), manifest["processedRecordCount"].as_u64()),
        (Some(120), Some(48))
    );
    assert_eq!(fixture.answers(&waiting, "manifest.json.out"), None);
    let (code, status, _) = stop(&working).unwrap_err();
    assert_eq!((code.as_str(), status), ("ConflictException", 400));
}

#[test]
fn a_job_cut_off_in_the_middle_goes_on_and_ends_with_the_same_bytes() {
    let undisturbed = Fixture::with_questions();
    let arn = undisturbed.create_batch("job", |create| create).unwrap();
    let expected = undisturbed.both(&arn);
    let manifest = undisturbed.manifest(&arn);

    let mut fixture = Fixture::with_questions();
    fixture.reader.hold_after(40);
    let arn = fixture.create_batch("job", |create| create).unwrap();
    fixture.reader.wait_for(41);
    let reader = fixture.reader.clone();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        reader.release();
    });
    fixture.server = None;
    release.join().unwrap();
    // A killed process also leaves a line that is cut off.
    let folder = fixture.dir.path().join("state/bedrock/batch-answers");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 70]).unwrap();
    let asked_before = bytes.split(|byte| *byte == b'\n').count() - 1;
    fixture.reader.hold_after(1_000);
    fixture.start();
    assert_eq!(fixture.both(&arn), expected);
    assert_eq!(fixture.manifest(&arn), manifest);
    let asked_after = fixture.reader.gate.lock().unwrap().asked;
    assert_eq!(asked_after, 120 - (asked_before - 1), "only what had no whole answer is answered again");
    assert_eq!(std::fs::read_dir(fixture.dir.path().join("state/bedrock/batch-answers")).unwrap().count(), 0);
}

#[test]
fn a_job_whose_time_is_up_has_expired_or_is_completed_in_part() {
    let mut fixture = Fixture::with_questions();
    fixture.reader.hold_after(40);
    let working = fixture.create_batch("working", |create| create).unwrap();
    fixture.reader.wait_for(41);
    let waiting = fixture.create_batch("waiting", |create| create.timeout_duration_in_hours(25)).unwrap();
    let reader = fixture.reader.clone();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        reader.release();
    });
    fixture.server = None;
    release.join().unwrap();
    let later = LocalOptions {
        clock: Clock::Fixed(OffsetDateTime::now_utc() + time::Duration::hours(26)),
        ..fixture.options()
    };
    fixture.server = Some(LocalServer::start(&later).unwrap());
    let job = fixture.batch_ended(&working);
    assert_eq!((job.status(), job.processed_record_count()), (Some(&Status::PartiallyCompleted), Some(48)));
    assert_eq!(lines(&fixture.answers(&working, "a.jsonl.out").unwrap()).len(), 48);
    assert_eq!(fixture.batch_ended(&waiting).status(), Some(&Status::Expired));
    assert_eq!(fixture.answers(&waiting, "manifest.json.out"), None);
}
