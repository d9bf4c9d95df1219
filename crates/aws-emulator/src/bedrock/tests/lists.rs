//! Filters, order and pages of the lists.

use aws_sdk_bedrock::primitives::DateTime;
use aws_sdk_bedrock::types::{InferenceType, ModelCustomization, ModelModality, ModelStatus, SortJobsBy, SortOrder};

use super::*;

#[test]
fn jobs_are_listed_by_status_name_and_time_in_pages_of_any_size() {
    let mut fixture = Fixture::with_data();
    for number in 0..5 {
        fixture.create(&format!("job-{number}"), |create| create).unwrap();
        fixture.completed(&format!("job-{number}"));
    }
    fixture.put("bad.jsonl", record("s3://bucket/images/0.png", "x"));
    fixture.create("bad", |create| create.training_data_config(training("bad.jsonl"))).unwrap();
    assert_eq!(fixture.ended("bad").status(), Some(&ModelCustomizationJobStatus::Failed));
    fixture.start();
    let bedrock = fixture.bedrock();
    let names = |list: aws_sdk_bedrock::operation::list_model_customization_jobs::builders::ListModelCustomizationJobsFluentBuilder| {
        let page = block_on(list.send()).unwrap().unwrap();
        let names = page.model_customization_job_summaries().iter().map(|job| job.job_name().to_owned());
        (names.collect::<Vec<_>>(), page.next_token().map(str::to_owned))
    };
    let list = || bedrock.list_model_customization_jobs();
    let newest_first = ["bad", "job-4", "job-3", "job-2", "job-1", "job-0"];
    assert_eq!(names(list()), (newest_first.map(str::to_owned).to_vec(), None));
    let up = list().sort_by(SortJobsBy::CreationTime).sort_order(SortOrder::Ascending);
    assert_eq!(names(up).0.first().map(String::as_str), Some("job-0"));
    assert_eq!(names(list().name_contains("b-4")).0, ["job-4"]);
    let failed = aws_sdk_bedrock::types::FineTuningJobStatus::Failed;
    assert_eq!(names(list().status_equals(failed)).0, ["bad"]);
    for size in 1..=7 {
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let (page, next) = names(list().max_results(size).set_next_token(token));
            assert!(!page.is_empty() && page.len() <= size as usize);
            all.extend(page);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(all, newest_first, "{size}");
    }
    let created = *fixture.job("job-2").creation_time();
    let around = |seconds: i64| DateTime::from_secs_and_nanos(created.secs() + seconds, created.subsec_nanos());
    assert_eq!(names(list().creation_time_after(created)).0, ["bad", "job-4", "job-3"]);
    assert_eq!(names(list().creation_time_before(created)).0, ["job-1", "job-0"]);
    assert_eq!(names(list().creation_time_before(around(-3600))).0, Vec::<String>::new());
    let (code, status, _) = refused!(list().next_token("nonsense"));
    assert_eq!((code.as_str(), status), ("ValidationException", 400));
    let (_, _, message) = refused!(list().max_results(1001));
    assert_eq!(
        message,
        "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have \
         value less than or equal to 1000"
    );
    // Another Region has nothing of it.
    let elsewhere = fixture.bedrock_in("us-west-2");
    let jobs = block_on(elsewhere.list_model_customization_jobs().send()).unwrap().unwrap();
    assert!(jobs.model_customization_job_summaries().is_empty());

    let models = |list: aws_sdk_bedrock::operation::list_custom_models::builders::ListCustomModelsFluentBuilder| {
        let page = block_on(list.send()).unwrap().unwrap();
        page.model_summaries().iter().map(|model| model.model_name().to_owned()).collect::<Vec<_>>()
    };
    let base = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k";
    assert_eq!(models(bedrock.list_custom_models().max_results(2)), ["job-4-model", "job-3-model"]);
    assert_eq!(models(bedrock.list_custom_models().foundation_model_arn_equals(base)).len(), 5);
    assert_eq!(models(bedrock.list_custom_models().base_model_arn_equals(base.replace("lite", "pro"))).len(), 0);
    assert_eq!(models(bedrock.list_custom_models().name_contains("job-3").is_owned(true)), ["job-3-model"]);
    assert_eq!(models(bedrock.list_custom_models().is_owned(false)).len(), 0);
    assert_eq!(models(bedrock.list_custom_models().model_status(ModelStatus::Creating)).len(), 0);
}

#[test]
fn the_models_that_can_be_tuned_are_those_of_the_guide_and_only_in_their_region() {
    let fixture = Fixture::new();
    let bedrock = fixture.bedrock();
    let ids =
        |list: aws_sdk_bedrock::operation::list_foundation_models::builders::ListFoundationModelsFluentBuilder| {
            let models = block_on(list.send()).unwrap().unwrap();
            models.model_summaries().iter().map(|model| model.model_id().to_owned()).collect::<Vec<_>>()
        };
    let tunable = ids(bedrock.list_foundation_models().by_customization_type(ModelCustomization::FineTuning));
    let expected = [
        "amazon.nova-micro-v1:0:128k",
        "amazon.nova-lite-v1:0:300k",
        "amazon.nova-pro-v1:0:300k",
        "amazon.nova-2-lite-v1:0:256k",
    ];
    assert_eq!(tunable, expected);
    let asked = ids(bedrock.list_foundation_models().by_inference_type(InferenceType::OnDemand).by_provider("amazon"));
    assert_eq!(asked, ["amazon.nova-micro-v1:0", "amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0"]);
    assert_eq!(ids(bedrock.list_foundation_models().by_provider("Anthropic")).len(), 0);
    assert_eq!(ids(bedrock.list_foundation_models().by_output_modality(ModelModality::Image)).len(), 0);
    let elsewhere = fixture.bedrock_in("us-west-2");
    assert_eq!(ids(elsewhere.list_foundation_models().by_customization_type(ModelCustomization::FineTuning)).len(), 0);

    let get = |id: &str| bedrock.get_foundation_model().model_identifier(id);
    for id in ["amazon.nova-lite-v1:0:300k", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"] {
        let details = block_on(get(id).send()).unwrap().unwrap().model_details.unwrap();
        assert_eq!(details.model_id(), "amazon.nova-lite-v1:0:300k");
        assert_eq!(details.customizations_supported(), [ModelCustomization::FineTuning]);
    }
    let (code, status, _) = refused!(get("amazon.nova-none-v1:0"));
    assert_eq!((code.as_str(), status), ("ResourceNotFoundException", 404));
}
