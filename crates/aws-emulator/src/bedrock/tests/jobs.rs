//! A job from its creation to its model; tokens, names, stops.

use aws_sdk_bedrock::types::{JobStatusDetails, Tag};

use super::*;

#[test]
fn a_job_goes_through_its_phases_and_leaves_metrics_and_a_model() {
    let fixture = Fixture::with_data();
    fixture.put_data("validation.jsonl", &[20, 21, 22]);
    let arn = fixture.create("job", |create| create.validation_data_config(validation("validation.jsonl"))).unwrap();
    assert!(arn.starts_with(&format!("arn:aws:bedrock:us-east-1:000000000000:model-customization-job/{BASE}/")));
    let (job, training, validation) = fixture.completed("job");
    assert_eq!(job.job_arn(), arn);
    assert_eq!(fixture.job(&arn).job_name(), "job");
    let details = job.status_details().unwrap();
    let phases = [
        details.validation_details().unwrap().status(),
        details.data_processing_details().unwrap().status(),
        details.training_details().unwrap().status(),
    ];
    assert_eq!(phases, [Some(&JobStatusDetails::Completed); 3]);
    assert!(job.end_time().unwrap() >= job.creation_time());
    // Twelve samples are one step of eight in each of the two epochs.
    let training = String::from_utf8(training).unwrap();
    assert_eq!(training.lines().next(), Some("step_number,epoch_number,training_loss"));
    assert_eq!(training.lines().count(), 1 + 2, "{training}");
    let validation = String::from_utf8(validation.unwrap()).unwrap();
    assert_eq!(validation.lines().next(), Some("step_number,epoch_number,validation_loss"));
    let last_loss = |text: &str| text.lines().last().unwrap().rsplit(',').next().unwrap().parse::<f32>().unwrap();
    assert!((job.training_metrics().unwrap().training_loss().unwrap() - last_loss(&training)).abs() < 1e-3);
    assert!((job.validation_metrics()[0].validation_loss().unwrap() - last_loss(&validation)).abs() < 1e-3);
    assert!(fixture.get("out/.write_access_check_file.temp").is_some());

    let model = block_on(fixture.bedrock().get_custom_model().model_identifier("job-model").send()).unwrap().unwrap();
    assert_eq!(Some(model.model_arn()), job.output_model_arn());
    assert!(model.model_arn().starts_with(&format!("arn:aws:bedrock:us-east-1:000000000000:custom-model/{BASE}/")));
    assert_eq!((model.job_arn(), model.job_name()), (Some(arn.as_str()), Some("job")));
    assert_eq!(model.training_metrics().unwrap().training_loss(), job.training_metrics().unwrap().training_loss());
}

#[test]
fn the_same_request_gives_the_same_bytes_and_other_data_give_others() {
    let (left, right) = (Fixture::with_data(), Fixture::with_data());
    left.create("job", |create| create).unwrap();
    right.create("other", |create| create).unwrap();
    let (_, left_metrics, none) = left.completed("job");
    assert_eq!((&left_metrics, none), (&right.completed("other").1, None));
    left.put_data("train.jsonl", &(1..13).collect::<Vec<_>>());
    left.create("again", |create| create).unwrap();
    assert_ne!(left.completed("again").1, left_metrics);
}

#[test]
fn a_request_with_a_known_token_does_nothing_and_with_other_parameters_is_refused() {
    let mut fixture = Fixture::with_data();
    let first = fixture.create("job", |create| create.client_request_token("token-1")).unwrap();
    for _ in 0..2 {
        assert_eq!(fixture.create("job", |create| create.client_request_token("token-1")), Ok(first.clone()));
        // Known after a restart too.
        fixture.start();
    }
    let other =
        fixture.create("job", |create| create.client_request_token("token-1").hyper_parameters("epochCount", "3"));
    let (code, status, message) = other.unwrap_err();
    assert_eq!((code.as_str(), status), ("ConflictException", 400), "{message}");
    assert!(message.contains("clientRequestToken"), "{message}");
    let jobs = block_on(fixture.bedrock().list_model_customization_jobs().send()).unwrap().unwrap();
    assert_eq!(jobs.model_customization_job_summaries().len(), 1);
}

#[test]
fn of_many_that_create_one_job_at_once_one_succeeds_or_all_get_the_same() {
    let fixture = Fixture::with_data();
    let create = |token: Option<&str>| {
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let name = token.unwrap_or("job");
            let create = || fixture.create(name, |create| create.set_client_request_token(token.map(str::to_owned)));
            let threads: Vec<_> = (0..6).map(|_| scope.spawn(create)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        outcomes
    };
    let without = create(None);
    assert_eq!(without.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{without:?}");
    let with = create(Some("token"));
    assert!(with.iter().all(|outcome| outcome.is_ok() && *outcome == with[0]), "{with:?}");
}

#[test]
fn names_are_taken_by_jobs_for_ever_and_by_models_until_they_are_deleted() {
    let fixture = Fixture::with_data();
    fixture.create("job", |create| create).unwrap();
    let taken = |name: &str, model: &str| {
        let (code, status, message) = fixture.create(name, |create| create.custom_model_name(model)).unwrap_err();
        assert_eq!((code.as_str(), status), ("ConflictException", 400), "{message}");
        message
    };
    assert_eq!(taken("job", "other"), "The provided job name is currently in use.");
    assert_eq!(taken("next", "job-model"), "The provided model name is currently in use.");
    fixture.completed("job");
    assert_eq!(taken("next", "job-model"), "The provided model name is currently in use.");
    block_on(fixture.bedrock().delete_custom_model().model_identifier("job-model").send()).unwrap().unwrap();
    assert_eq!(taken("job", "job-model"), "The provided job name is currently in use.");
    fixture.create("next", |create| create.custom_model_name("job-model")).unwrap();
    fixture.completed("next");
}

#[test]
fn a_job_is_stopped_while_it_works_and_while_it_waits() {
    let fixture = Fixture::with_data();
    fixture.reader.hold_after(1);
    fixture.create("working", |create| create).unwrap();
    fixture.reader.wait_for(2);
    fixture.create("waiting", |create| create).unwrap();
    let stop = |name: &str| {
        let request = fixture.bedrock().stop_model_customization_job().job_identifier(name);
        outcome(block_on(request.send()).unwrap())
    };
    stop("waiting").unwrap();
    assert_eq!(fixture.job("waiting").status(), Some(&ModelCustomizationJobStatus::Stopped));
    stop("working").unwrap();
    stop("working").unwrap();
    let stopping = fixture.job("working");
    assert_eq!(stopping.status(), Some(&ModelCustomizationJobStatus::Stopping));
    let status = stopping.status_details().unwrap().data_processing_details().unwrap().status();
    assert_eq!(status, Some(&JobStatusDetails::Stopping));
    fixture.reader.release();
    let stopped = fixture.ended("working");
    assert_eq!(stopped.status(), Some(&ModelCustomizationJobStatus::Stopped));
    assert!(stopped.end_time().is_some() && stopped.output_model_arn().is_none());
    let details = stopped.status_details().unwrap();
    assert_eq!(details.validation_details().unwrap().status(), Some(&JobStatusDetails::Completed));
    assert_eq!(details.data_processing_details().unwrap().status(), Some(&JobStatusDetails::Stopped));
    assert_eq!(details.training_details().unwrap().status(), Some(&JobStatusDetails::NotStarted));
    let (code, status, message) = stop("working").unwrap_err();
    assert_eq!((code.as_str(), status), ("ConflictException", 400), "{message}");
    // The name of its model is free.
    fixture.create("next", |create| create.custom_model_name("working-model")).unwrap();
    fixture.completed("next");
}

#[test]
fn a_second_round_starts_from_a_custom_model() {
    let fixture = Fixture::with_data();
    fixture.create("first", |create| create).unwrap();
    let (first, metrics, _) = fixture.completed("first");
    let arn = first.output_model_arn().unwrap();
    fixture.create("second", |create| create.base_model_identifier(arn)).unwrap();
    let (second, others, _) = fixture.completed("second");
    assert_eq!(second.base_model_arn(), first.base_model_arn());
    assert_ne!(others, metrics);
    let model =
        block_on(fixture.bedrock().get_custom_model().model_identifier("second-model").send()).unwrap().unwrap();
    assert_eq!(model.base_model_arn(), Some(arn));
}

#[test]
fn tags_come_with_a_job_and_its_model_and_are_changed_one_by_one() {
    let mut fixture = Fixture::with_data();
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let create =
        |create: Create| create.job_tags(tag("a", "1")).job_tags(tag("b", "2")).custom_model_tags(tag("m", ""));
    let arn = fixture.create("job", create).unwrap();
    let (job, ..) = fixture.completed("job");
    let bedrock = fixture.bedrock();
    block_on(bedrock.tag_resource().resource_arn(&arn).tags(tag("b", "3")).tags(tag("c", "4")).send())
        .unwrap()
        .unwrap();
    block_on(bedrock.untag_resource().resource_arn(&arn).tag_keys("a").tag_keys("none").send()).unwrap().unwrap();
    fixture.start();
    let bedrock = fixture.bedrock();
    let tags = |arn: &str| {
        let tags = block_on(bedrock.list_tags_for_resource().resource_arn(arn).send()).unwrap().unwrap();
        tags.tags().iter().map(|tag| format!("{}={}", tag.key(), tag.value())).collect::<Vec<_>>()
    };
    assert_eq!(tags(&arn), ["b=3", "c=4"]);
    assert_eq!(tags(job.output_model_arn().unwrap()), ["m="]);
    let missing = arn.replace("/amazon", "/bmazon");
    let (code, status, _) = refused!(bedrock.list_tags_for_resource().resource_arn(missing));
    assert_eq!((code.as_str(), status), ("ResourceNotFoundException", 404));
    let many = (0..51).map(|number| tag(&format!("t{number}"), "")).collect();
    let (code, status, _) = refused!(bedrock.tag_resource().resource_arn(&arn).set_tags(Some(many)));
    assert_eq!((code.as_str(), status), ("TooManyTagsException", 400));
    let (code, _, message) = refused!(bedrock.tag_resource().resource_arn(&arn).tags(tag("发票", "x")));
    assert_eq!(code, "ValidationException");
    assert!(message.starts_with("1 validation error detected: Value '发票' at 'tags.1.member.key'"), "{message}");
}

#[test]
fn a_bug_fails_its_job_and_not_the_next_one() {
    let fixture = Fixture::with_data();
    fixture.reader.gate.lock().unwrap().panics = true;
    fixture.create("buggy", |create| create).unwrap();
    let job = fixture.ended("buggy");
    assert_eq!(job.status(), Some(&ModelCustomizationJobStatus::Failed));
    assert_eq!(job.failure_message(), Some("The local stand-in failed while working on this job."));
    fixture.reader.gate.lock().unwrap().panics = false;
    fixture.create("next", |create| create).unwrap();
    fixture.completed("next");
}

#[test]
fn a_job_waits_while_this_machine_cannot_write_what_came_of_it() {
    let fixture = Fixture::with_data();
    // A file stands where the weights' folder should be, as a full disk would.
    let weights = fixture.options().state_dir.join("bedrock/weights");
    let _ = std::fs::remove_dir_all(&weights);
    std::fs::write(&weights, "").unwrap();
    fixture.create("job", |create| create).unwrap();
    let is_training = |job: &GetModelCustomizationJobOutput| {
        let details = job.status_details().and_then(|details| details.training_details());
        details.and_then(|details| details.status()).is_some_and(|status| status.as_str() == "InProgress")
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_training(&fixture.job("job")) {
        assert!(Instant::now() < deadline, "{:?}", fixture.job("job"));
        std::thread::sleep(Duration::from_millis(10));
    }
    std::fs::remove_file(&weights).unwrap();
    fixture.completed("job");
}
