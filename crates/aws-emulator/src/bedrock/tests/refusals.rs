//! Everything that AWS refuses, with its code, status and message.

use aws_sdk_bedrock::types::{CustomizationType, JobStatusDetails};

use super::*;

/// What is said of a job that is refused when it is created.
fn refusal(fixture: &Fixture, change: impl FnOnce(Create) -> Create) -> Refusal {
    fixture.create("refused", change).unwrap_err()
}

fn says(refusal: &Refusal, code: &str, status: u16, message: &str) {
    assert_eq!((refusal.0.as_str(), refusal.1), (code, status), "{}", refusal.2);
    assert!(refusal.2.starts_with(message), "{}: not {message}", refusal.2);
}

#[test]
fn what_the_service_model_forbids_is_said_in_its_words() {
    let fixture = Fixture::with_data();
    let refused = refusal(&fixture, |create| create.job_name("my_job"));
    let pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9\\+\\-\\.])*";
    let message =
        format!("1 validation error detected: Value 'my_job' at 'jobName' failed to satisfy constraint: {pattern}");
    says(&refused, "ValidationException", 400, &message);
    let refused = refusal(&fixture, |create| create.custom_model_name("a--b").role_arn("role"));
    says(&refused, "ValidationException", 400, "2 validation errors detected: Value 'a--b' at 'customModelName'");
    let at_uri = "1 validation error detected: Value 's3://bucket/发票.jsonl' at 'trainingDataConfig.s3Uri'";
    says(
        &refusal(&fixture, |create| create.training_data_config(training("发票.jsonl"))),
        "ValidationException",
        400,
        at_uri,
    );
    let long = "x".repeat(64);
    let refused = refusal(&fixture, |create| create.job_name(long));
    assert!(refused.2.ends_with("Member must have length less than or equal to 63"), "{}", refused.2);
    let refused = refusal(&fixture, |create| create.client_request_token("-"));
    assert!(refused.2.contains("at 'clientRequestToken'"), "{}", refused.2);
    let refused = refusal(&fixture, |create| create.customization_type(CustomizationType::from("TUNING")));
    assert!(refused.2.contains("Member must satisfy enum value set: [FINE_TUNING, "), "{}", refused.2);
    // Nothing of all that became a job.
    let jobs = block_on(fixture.bedrock().list_model_customization_jobs().send()).unwrap().unwrap();
    assert!(jobs.model_customization_job_summaries().is_empty());
}

#[test]
fn models_that_cannot_be_tuned_are_invalid() {
    let fixture = Fixture::with_data();
    for model in [
        "us.amazon.nova-lite-v1:0",
        "amazon.nova-lite-v1:0",
        "us.anthropic.claude-3-haiku-20240307-v1:0",
        "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0:300k",
        "no-such-model",
    ] {
        let refused = refusal(&fixture, |create| create.base_model_identifier(model));
        says(&refused, "ValidationException", 400, "The provided model identifier is invalid.");
    }
    // Nova is tuned in one Region alone.
    let elsewhere = fixture.bedrock_in("us-west-2");
    let create = elsewhere
        .create_model_customization_job()
        .job_name("job")
        .custom_model_name("model")
        .role_arn(ROLE)
        .base_model_identifier(BASE)
        .training_data_config(training("train.jsonl"))
        .output_data_config(output("out"));
    says(&refused!(create), "ValidationException", 400, "The provided model identifier is invalid.");
    let refused = refusal(&fixture, |create| create.customization_type(CustomizationType::Distillation));
    says(&refused, "ValidationException", 400, "The local stand-in supports");
    let arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k";
    fixture.create("by-arn", |create| create.base_model_identifier(arn)).unwrap();
}

#[test]
fn roles_of_others_and_roles_that_do_not_trust_bedrock_are_refused() {
    let fixture = Fixture::with_data();
    let refused = refusal(&fixture, |create| create.role_arn("arn:aws:iam::123456789012:role/BedrockRole"));
    says(&refused, "AccessDeniedException", 403, "Cross-account pass role is not allowed");
    let trusts_lambda = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
    let roles = format!(r#"{{"Lambda": {trusts_lambda}, "Gone": null}}"#);
    std::fs::write(fixture.dir.path().join("state/roles.json"), roles).unwrap();
    for name in ["Lambda", "path/Lambda", "Gone"] {
        let refused = refusal(&fixture, |create| create.role_arn(format!("arn:aws:iam::000000000000:role/{name}")));
        says(&refused, "ValidationException", 400, "Could not assume provided IAM role");
    }
    fixture.create("job", |create| create.role_arn("arn:aws:iam::000000000000:role/path/Other")).unwrap();
}

#[test]
fn places_that_are_no_jsonl_object_or_cannot_be_written_are_refused() {
    let mut fixture = Fixture::with_data();
    fixture.put("folder/a.json", "{}");
    for place in ["folder/", "folder", "folder/a.json"] {
        let refused = refusal(&fixture, |create| create.training_data_config(training(place)));
        says(&refused, "ValidationException", 400, "Provided S3 location is invalid");
        assert!(refused.2.ends_with("must be in .jsonl format"), "{}", refused.2);
    }
    let missing = "Could not validate GetObject permissions to access Amazon S3 bucket: bucket at key none.jsonl";
    let refused = refusal(&fixture, |create| create.training_data_config(training("none.jsonl")));
    says(&refused, "ValidationException", 400, missing);
    let refused = refusal(&fixture, |create| create.validation_data_config(validation("none.jsonl")));
    says(&refused, "ValidationException", 400, missing);
    let elsewhere = OutputDataConfig::builder().s3_uri("s3://no-such-bucket/out").build().unwrap();
    let refused = refusal(&fixture, |create| create.output_data_config(elsewhere));
    let message = "Amazon S3 perms missing (PutObject): Could not validate PutObject permissions to access Amazon S3 \
                   bucket: no-such-bucket at key out/.write_access_check_file.temp";
    says(&refused, "ValidationException", 400, message);
    // A bucket of another Region.
    let constraint = aws_sdk_s3::types::CreateBucketConfiguration::builder();
    let constraint = constraint.location_constraint(aws_sdk_s3::types::BucketLocationConstraint::EuWest1).build();
    let create = fixture.s3().create_bucket().bucket("far-away").create_bucket_configuration(constraint);
    block_on(create.send()).unwrap().unwrap();
    let far = OutputDataConfig::builder().s3_uri("s3://far-away/out").build().unwrap();
    let refused = refusal(&fixture, |create| create.output_data_config(far));
    says(&refused, "ValidationException", 400, "Provided S3 location is invalid: the bucket far-away is in eu-west-1");
    fixture.start();
}

#[test]
fn hyperparameters_and_validation_data_that_a_model_does_not_take_are_refused() {
    let fixture = Fixture::with_data();
    for (name, value) in
        [("epochCount", "6"), ("learningRate", "1"), ("learningRateWarmupSteps", "101"), ("batchSize", "8")]
    {
        let refused = refusal(&fixture, |create| create.hyper_parameters(name, value));
        let message = format!("The provided hyperparameter {name} has the invalid value {value}: it must be between");
        says(&refused, "ValidationException", 400, &message);
    }
    let refused = refusal(&fixture, |create| create.hyper_parameters("epochs", "1"));
    says(&refused, "ValidationException", 400, "The provided hyperparameter epochs is not supported");
    let two = |create: Create| {
        create.base_model_identifier("amazon.nova-2-lite-v1:0:256k").validation_data_config(validation("train.jsonl"))
    };
    says(&refusal(&fixture, two), "ValidationException", 400, "Validation data is not supported for this model.");
}

#[test]
fn data_of_the_wrong_shape_are_refused_at_once() {
    let fixture = Fixture::with_data();
    let good = record("s3://bucket/images/0.png", "甲公司");
    for (bad, reason) in [
        (good.replace("\"png\"", "\"jpg\""), "unknown variant `jpg`"),
        (good.replace("s3://bucket/images", "images"), "is no S3 URI"),
        (format!("\n{good}"), "the line is blank"),
        (good.replace("},", "},\n"), "Data files must conform to JSONL format"),
        (good.replace("\"assistant\"", "\"user\""), "the roles must alternate"),
        ("{\"prompt\":\"p\",\"completion\":\"c\"}\n".to_owned(), "missing field `messages`"),
    ] {
        fixture.put("bad.jsonl", format!("{good}{bad}"));
        let message = "Unable to parse S3 file due to invalid data schema/format: s3://bucket/bad.jsonl, line 2: ";
        let refused = refusal(&fixture, |create| create.training_data_config(training("bad.jsonl")));
        says(&refused, "ValidationException", 400, message);
        assert!(refused.2.contains(reason), "{}", refused.2);
        let refused = refusal(&fixture, |create| create.validation_data_config(validation("bad.jsonl")));
        says(&refused, "ValidationException", 400, message);
    }
}

/// What a job with these data says after it failed, and the phase in which it did.
fn failure(
    fixture: &Fixture,
    name: &str,
    text: impl Into<Vec<u8>>,
    change: impl FnOnce(Create) -> Create,
) -> (String, usize) {
    fixture.put("bad.jsonl", text);
    fixture.create(name, |create| change(create.training_data_config(training("bad.jsonl")))).unwrap();
    let job = fixture.ended(name);
    assert_eq!(job.status(), Some(&ModelCustomizationJobStatus::Failed), "{job:?}");
    assert!(job.end_time().is_some() && job.output_model_arn().is_none());
    let details = job.status_details().unwrap();
    let phases = [
        details.validation_details().unwrap().status(),
        details.data_processing_details().unwrap().status(),
        details.training_details().unwrap().status(),
    ];
    let failed = phases.iter().position(|phase| *phase == Some(&JobStatusDetails::Failed)).unwrap();
    (job.failure_message().unwrap().to_owned(), failed)
}

#[test]
fn data_that_cannot_be_trained_on_fail_the_job() {
    let fixture = Fixture::with_data();
    let good = |count: usize| (0..count).map(|_| record("s3://bucket/images/0.png", "甲公司")).collect::<String>();
    let with = |line: String| format!("{}{line}", good(8));
    fixture.put("images/text.png", "no image");
    fixture.put("images/tiny.png", images::samples::png(&images::samples::noise(8, 8).into()));
    fixture.put("images/jpeg.png", images::samples::jpeg(&images::samples::noise(32, 32)));
    let whole = photo(3);
    fixture.put("images/cut.png", &whole[..whole.len() / 2]);
    let mut broken = whole.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 0xff;
    fixture.put("images/broken.png", broken);
    let of_image = |name: &str| with(record(&format!("s3://bucket/images/{name}"), "甲公司"));
    let same = |create: Create| create;
    let cases = [
        (good(7), "The number of training samples 7 is below the minimum of 8"),
        (
            of_image("none.png"),
            "Could not validate GetObject permissions to access Amazon S3 bucket: bucket at key images/none.png",
        ),
        (with(record("s3://other/images/0.png", "甲公司")), "the image s3://other/images/0.png is not in the bucket"),
        (
            with(record("s3://bucket/images/0.png", "User: 甲公司")),
            "line 9: the text contains the reserved word `User:`",
        ),
        (of_image("text.png"), "Invalid image s3://bucket/images/text.png"),
        (of_image("cut.png"), "Invalid image s3://bucket/images/cut.png: a PNG image that is cut off"),
        (of_image("tiny.png"), "its sides must have between 25 and 8000 pixels"),
        (of_image("jpeg.png"), "Invalid image s3://bucket/images/jpeg.png: the record calls"),
    ];
    for (number, (text, message)) in cases.into_iter().enumerate() {
        let (said, phase) = failure(&fixture, &format!("bad-{number}"), text, same);
        assert!(said.contains(message), "{said}");
        assert_eq!(phase, 0, "{said}");
    }
    // What only whoever decodes the whole picture sees.
    let (said, phase) = failure(&fixture, "broken", of_image("broken.png"), same);
    assert!(said.starts_with("Unable to process the images: ") && said.contains("images/broken.png"), "{said}");
    assert_eq!(phase, 1, "{said}");
    let micro = |create: Create| create.base_model_identifier("amazon.nova-micro-v1:0:128k");
    assert!(failure(&fixture, "micro", good(8), micro).0.contains("images are not supported for this model"));
    let two = |create: Create| create.base_model_identifier("amazon.nova-2-lite-v1:0:256k");
    assert!(failure(&fixture, "two", good(7), two).0.contains("7 is below the minimum of 8"));
    let text_only =
        r#"{"messages":[{"role":"user","content":[{"text":"q"}]},{"role":"assistant","content":[{"text":"a"}]}]}"#;
    let many = format!("{text_only}\n").repeat(20_001);
    assert!(failure(&fixture, "many", many, same).0.contains("above the maximum of 20000"));
    // The jobs after a failed one go on.
    fixture.create("good", same).unwrap();
    fixture.completed("good");
    // AWS's validators expect 200 samples for Nova 2 Lite; the service takes 8.
    fixture.put("eight.jsonl", good(8));
    fixture.create("eight", |create| two(create).training_data_config(training("eight.jsonl"))).unwrap();
    fixture.completed("eight");
}

#[test]
fn what_is_not_there_is_not_found() {
    let fixture = Fixture::new();
    let bedrock = fixture.bedrock();
    let arn = format!("arn:aws:bedrock:us-east-1:000000000000:model-customization-job/{BASE}/abcdefghij12");
    for id in ["none", arn.as_str()] {
        let get = refused!(bedrock.get_model_customization_job().job_identifier(id));
        says(&get, "ResourceNotFoundException", 404, "Could not find the model customization job");
        let stop = refused!(bedrock.stop_model_customization_job().job_identifier(id));
        says(&stop, "ResourceNotFoundException", 404, "Could not find the model customization job");
    }
    says(&refused!(bedrock.get_custom_model().model_identifier("none")), "ResourceNotFoundException", 404, "Could not");
    says(
        &refused!(bedrock.delete_custom_model().model_identifier("none")),
        "ResourceNotFoundException",
        404,
        "Could not",
    );
    let get = bedrock.get_custom_model_deployment().custom_model_deployment_identifier("none");
    says(&refused!(get), "ResourceNotFoundException", 404, "Could not");
}
