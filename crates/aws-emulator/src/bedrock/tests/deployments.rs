//! Deployments, and the models that answer in them and without.

use aws_sdk_bedrock::types::{CustomModelDeploymentStatus, CustomModelDeploymentUpdateStatus};
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, ImageBlock, ImageFormat, ImageSource, Message, S3Location,
};

use super::*;

fn question(image: ImageSource) -> Message {
    let image = ImageBlock::builder().format(ImageFormat::Png).source(image).build().unwrap();
    Message::builder()
        .role(ConversationRole::User)
        .content(ContentBlock::Text("Who is the seller?".to_owned()))
        .content(ContentBlock::Image(image))
        .build()
        .unwrap()
}

fn bytes(number: usize) -> ImageSource {
    ImageSource::Bytes(Blob::new(photo(number)))
}

fn in_s3(key: &str) -> ImageSource {
    ImageSource::S3Location(S3Location::builder().uri(format!("s3://{BUCKET}/{key}")).build().unwrap())
}

fn ask(fixture: &Fixture, model: &str, image: ImageSource) -> Result<String, Refusal> {
    let request = fixture.runtime().converse().model_id(model).messages(question(image));
    outcome(block_on(request.send()).unwrap()).map(|answer| {
        let message = answer.output.unwrap().as_message().unwrap().clone();
        message.content()[0].as_text().unwrap().clone()
    })
}

/// A fixture with a model that was trained long enough to be right, and the ARN of that model.
fn trained() -> (Fixture, String) {
    let fixture = Fixture::with_data();
    fixture.put_data("many.jsonl", &(0..60).collect::<Vec<_>>());
    let create = |create: Create| {
        create
            .training_data_config(training("many.jsonl"))
            .set_hyper_parameters(None)
            .hyper_parameters("epochCount", "5")
            .hyper_parameters("learningRate", "0.0001")
    };
    fixture.create("job", create).unwrap();
    let arn = fixture.completed("job").0.output_model_arn().unwrap().to_owned();
    (fixture, arn)
}

fn deploy(fixture: &Fixture, name: &str, model: &str) -> Result<String, Refusal> {
    let request = fixture.bedrock().create_custom_model_deployment().model_deployment_name(name).model_arn(model);
    outcome(block_on(request.send()).unwrap()).map(|created| created.custom_model_deployment_arn)
}

fn wait_for_active(fixture: &Fixture, name: &str) {
    let get = || {
        let get = fixture.bedrock().get_custom_model_deployment().custom_model_deployment_identifier(name);
        block_on(get.send()).unwrap().unwrap()
    };
    assert_eq!(get().status(), &CustomModelDeploymentStatus::Creating);
    let deadline = Instant::now() + Duration::from_secs(10);
    while get().status() != &CustomModelDeploymentStatus::Active {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_deployed_model_answers_from_the_photo_and_better_than_the_base() {
    let (fixture, model) = trained();
    let arn = deploy(&fixture, "mine", &model).unwrap();
    assert!(arn.starts_with("arn:aws:bedrock:us-east-1:000000000000:custom-model-deployment/"));
    let (code, status, _) = ask(&fixture, &arn, bytes(0)).unwrap_err();
    assert_eq!((code.as_str(), status), ("ModelNotReadyException", 429));
    wait_for_active(&fixture, "mine");
    let right = |model: &str| {
        let is_right = |number: &usize| ask(&fixture, model, bytes(*number)).unwrap() == label_of(&photo(*number));
        (100..112).filter(is_right).count()
    };
    let (tuned, base) = (right(&arn), right("us.amazon.nova-lite-v1:0"));
    assert!(tuned > base + 5, "tuned {tuned}, base {base} of 12");
    // The same photo by its place in S3, and through InvokeModel.
    let answer = ask(&fixture, &arn, in_s3("images/7.png")).unwrap();
    assert_eq!(answer, ask(&fixture, &arn, bytes(7)).unwrap());
    let body = serde_json::json!({
        "schemaVersion": "messages-v1",
        "messages": [{ "role": "user", "content": [
            { "image": { "format": "png", "source": { "s3Location": { "uri": "s3://bucket/images/7.png" } } } },
            { "text": "Who is the seller?" },
        ] }],
    });
    let invoke = fixture.runtime().invoke_model().model_id(&arn).content_type("application/json");
    let invoked = block_on(invoke.body(Blob::new(body.to_string())).send()).unwrap().unwrap();
    let invoked: serde_json::Value = serde_json::from_slice(invoked.body().as_ref()).unwrap();
    assert_eq!(invoked["output"]["message"]["content"][0]["text"], answer);
}

#[test]
fn what_cannot_be_asked_has_the_refusal_that_aws_gives() {
    let fixture = Fixture::with_data();
    let refused = |model: &str, image: ImageSource| {
        let (code, status, message) = ask(&fixture, model, image).unwrap_err();
        assert!(!message.is_empty());
        (code, status)
    };
    let (not_found, invalid) = (("ResourceNotFoundException".to_owned(), 404), ("ValidationException".to_owned(), 400));
    assert_eq!(refused("amazon.nova-lite-v1:0:300k", bytes(0)), not_found);
    assert_eq!(refused("amazon.nova-2-lite-v1:0", bytes(0)), invalid);
    assert_eq!(refused("amazon.titan-v1", bytes(0)), invalid);
    assert_eq!(refused("us.amazon.nova-micro-v1:0", bytes(0)), invalid);
    let nobody = "arn:aws:bedrock:us-east-1:000000000000:custom-model-deployment/abcdefghij12";
    assert_eq!(refused(nobody, bytes(0)), not_found);
    assert_eq!(refused("us.amazon.nova-lite-v1:0", in_s3("images/none.png")), invalid);
    let model = format!("arn:aws:bedrock:us-east-1:000000000000:custom-model/{BASE}/abcdefghij12");
    assert_eq!(refused(&model, bytes(0)), invalid);
}

#[test]
fn a_deployment_is_created_listed_updated_and_deleted() {
    let fixture = Fixture::with_data();
    fixture.create("one", |create| create).unwrap();
    fixture.create("two", |create| create).unwrap();
    let model = |name: &str| fixture.completed(name).0.output_model_arn().unwrap().to_owned();
    let (one, two) = (model("one"), model("two"));
    let bedrock = fixture.bedrock();
    let create = || {
        let create = bedrock.create_custom_model_deployment().model_deployment_name("d-1").model_arn(&one);
        create.description("of the test").client_request_token("token-1")
    };
    let arn = block_on(create().send()).unwrap().unwrap().custom_model_deployment_arn;
    assert_eq!(block_on(create().send()).unwrap().unwrap().custom_model_deployment_arn, arn);
    assert_eq!(refused!(create().description("other")).0, "ConflictException");
    assert_eq!(refused!(create().client_request_token("token-2")).0, "ValidationException");
    let missing = one.replace("/amazon.nova-lite", "/amazon.nova-none");
    let (code, status, _) = deploy(&fixture, "d-2", &missing).unwrap_err();
    assert_eq!((code.as_str(), status), ("ResourceNotFoundException", 404));
    let (_, _, message) = deploy(&fixture, "d--2", &one).unwrap_err();
    assert!(message.contains("at 'modelDeploymentName' failed to satisfy constraint"), "{message}");
    let update = |model: &str| {
        bedrock.update_custom_model_deployment().custom_model_deployment_identifier("d-1").model_arn(model)
    };
    assert_eq!(refused!(update(&two)).0, "ValidationException");
    wait_for_active(&fixture, "d-1");

    let delete_model = |name: &str| bedrock.delete_custom_model().model_identifier(name);
    let (code, status, _) = refused!(delete_model("one-model"));
    assert_eq!((code.as_str(), status), ("ConflictException", 400));
    block_on(update(&two).send()).unwrap().unwrap();
    let get = || {
        let get = bedrock.get_custom_model_deployment().custom_model_deployment_identifier(&arn);
        block_on(get.send()).unwrap().unwrap()
    };
    let updating = get();
    assert_eq!(updating.model_arn(), one);
    let details = updating.update_details().unwrap();
    assert_eq!(
        (details.model_arn(), details.update_status()),
        (two.as_str(), &CustomModelDeploymentUpdateStatus::Updating)
    );
    let deadline = Instant::now() + Duration::from_secs(10);
    while get().update_details().unwrap().update_status() == &CustomModelDeploymentUpdateStatus::Updating {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!((get().model_arn(), get().description()), (two.as_str(), Some("of the test")));
    block_on(delete_model("one-model").send()).unwrap().unwrap();
    assert_eq!(refused!(delete_model(&two)).0, "ConflictException");

    let list = |model: &str| {
        let page = block_on(bedrock.list_custom_model_deployments().model_arn_equals(model).send()).unwrap().unwrap();
        page.model_deployment_summaries()
            .iter()
            .map(|it| it.custom_model_deployment_name().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!((list(&two), list(&one)), (vec!["d-1".to_owned()], vec![]));
    let delete = || bedrock.delete_custom_model_deployment().custom_model_deployment_identifier("d-1");
    block_on(delete().send()).unwrap().unwrap();
    assert_eq!(refused!(delete()).0, "ResourceNotFoundException");
    block_on(delete_model("two-model").send()).unwrap().unwrap();
    let (code, status, _) = refused!(bedrock.get_custom_model().model_identifier("two-model"));
    assert_eq!((code.as_str(), status), ("ResourceNotFoundException", 404));
}
