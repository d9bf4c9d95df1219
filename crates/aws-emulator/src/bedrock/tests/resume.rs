//! Jobs that were cut off: the next process that serves goes on, and comes to the same bytes.

use serde_json::{Value, json};

use super::*;

/// The file of the one job.
fn job_file(fixture: &Fixture) -> std::path::PathBuf {
    let folder = fixture.dir.path().join("state/bedrock/jobs");
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files.next().unwrap();
    assert_eq!(files.next(), None);
    file
}

/// The metrics of a job that nothing disturbed.
fn expected() -> Vec<u8> {
    let fixture = Fixture::with_data();
    fixture.create("job", |create| create).unwrap();
    fixture.completed("job").1
}

/// Puts a completed job back to where it was in the middle, as a killed process would have left it.
fn put_back(fixture: &mut Fixture, status: &str, phases: [&str; 3]) {
    fixture.create("job", |create| create).unwrap();
    let (job, ..) = fixture.completed("job");
    let id = job.job_arn().rsplit('/').next().unwrap().to_owned();
    let model = block_on(fixture.bedrock().get_custom_model().model_identifier("job-model").send()).unwrap().unwrap();
    let model_id = model.model_arn().rsplit('/').next().unwrap().to_owned();
    let metrics = format!("out/model-customization-job-{id}/training_artifacts/step_wise_training_metrics.csv");
    block_on(fixture.s3().delete_object().bucket(BUCKET).key(metrics).send()).unwrap().unwrap();
    fixture.server = None;
    let state = fixture.dir.path().join("state/bedrock");
    std::fs::remove_file(state.join(format!("models/{model_id}.json"))).unwrap();
    std::fs::remove_file(state.join(format!("weights/{model_id}.json"))).unwrap();
    let file = job_file(fixture);
    let mut record: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    record["status"] = status.into();
    record.as_object_mut().unwrap().retain(|name, _| !["ended", "training_loss"].contains(&name.as_str()));
    for (name, status) in ["validationDetails", "dataProcessingDetails", "trainingDetails"].iter().zip(phases) {
        record["phases"][name] = json!({ "status": status });
    }
    std::fs::write(&file, record.to_string()).unwrap();
    fixture.start();
}

#[test]
fn a_job_cut_off_in_any_phase_goes_on_and_ends_with_the_same_bytes() {
    let expected = expected();
    for phases in [
        ["NotStarted", "NotStarted", "NotStarted"],
        ["InProgress", "NotStarted", "NotStarted"],
        ["Completed", "NotStarted", "NotStarted"],
        ["Completed", "InProgress", "NotStarted"],
        ["Completed", "Completed", "NotStarted"],
        ["Completed", "Completed", "InProgress"],
    ] {
        let mut fixture = Fixture::with_data();
        put_back(&mut fixture, "InProgress", phases);
        let (job, metrics, _) = fixture.completed("job");
        assert!(metrics == expected, "{phases:?}");
        let model = job.output_model_arn().unwrap();
        block_on(fixture.bedrock().get_custom_model().model_identifier(model).send()).unwrap().unwrap();
    }
}

#[test]
fn a_server_that_stops_in_the_middle_leaves_the_job_to_the_next() {
    let mut fixture = Fixture::with_data();
    fixture.reader.hold_after(3);
    let arn = fixture.create("job", |create| create).unwrap();
    fixture.reader.wait_for(4);
    // The next call of another process takes over, and the job with it.
    let connected = LocalServer::join(&fixture.options()).unwrap();
    let reader = fixture.reader.clone();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        reader.release();
    });
    fixture.server = None;
    release.join().unwrap();
    connected.ensure_served();
    assert!(connected.is_serving());
    drop(connected);
    fixture.start();
    let (job, metrics, _) = fixture.completed("job");
    assert_eq!(job.job_arn(), arn);
    assert_eq!(metrics, expected());
}

#[test]
fn a_job_that_was_being_stopped_is_stopped_by_the_next_process() {
    let mut fixture = Fixture::with_data();
    put_back(&mut fixture, "Stopping", ["Completed", "Stopping", "NotStarted"]);
    assert_eq!(fixture.ended("job").status(), Some(&ModelCustomizationJobStatus::Stopped));
}

#[test]
fn everything_is_there_after_a_restart() {
    let mut fixture = Fixture::with_data();
    fixture.create("job", |create| create).unwrap();
    let (before, metrics, _) = fixture.completed("job");
    let model = before.output_model_arn().unwrap();
    let create = fixture.bedrock().create_custom_model_deployment().model_deployment_name("d").model_arn(model);
    let arn = block_on(create.send()).unwrap().unwrap().custom_model_deployment_arn;
    fixture.start();
    let (after, again, _) = fixture.completed("job");
    let times = |job: &GetModelCustomizationJobOutput| {
        (*job.creation_time(), job.last_modified_time().copied(), job.end_time().copied())
    };
    assert_eq!((after.job_arn(), times(&after), again), (before.job_arn(), times(&before), metrics));
    assert_eq!(
        (after.status_details(), after.training_metrics()),
        (before.status_details(), before.training_metrics())
    );
    assert_eq!(
        (after.hyper_parameters(), after.client_request_token()),
        (before.hyper_parameters(), before.client_request_token())
    );
    let deployment =
        block_on(fixture.bedrock().get_custom_model_deployment().custom_model_deployment_identifier("d").send());
    assert_eq!(deployment.unwrap().unwrap().custom_model_deployment_arn(), arn);
    // Forgotten with everything else.
    let state_dir = fixture.options().state_dir;
    fixture.server = None;
    crate::reset(&state_dir).unwrap();
    fixture.start();
    let jobs = block_on(fixture.bedrock().list_model_customization_jobs().send()).unwrap().unwrap();
    assert!(jobs.model_customization_job_summaries().is_empty());
}

#[test]
fn a_job_waits_where_the_models_of_the_reader_are_missing_for_a_process_that_has_them() {
    let mut fixture = Fixture::with_data();
    fixture.server = None;
    let reader = ReaderSource::Models { folder: Some(fixture.dir.path().join("no-models")), roots: Vec::new() };
    fixture.server = Some(LocalServer::start(&LocalOptions { reader, ..fixture.options() }).unwrap());
    fixture.create("job", |create| create).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let is_there = |job: &GetModelCustomizationJobOutput| {
        let details = job.status_details().and_then(|details| details.data_processing_details());
        details.and_then(|details| details.status()).is_some_and(|status| status.as_str() == "InProgress")
    };
    while !is_there(&fixture.job("job")) {
        assert!(Instant::now() < deadline, "{:?}", fixture.job("job"));
        std::thread::sleep(Duration::from_millis(10));
    }
    // The server waits for its thread: what that had to say of the job is written.
    fixture.start();
    let (_, metrics, _) = fixture.completed("job");
    assert_eq!(metrics, expected());
}
