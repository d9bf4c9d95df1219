//! Batch inference: what comes of a job, what is refused, and what survives the end of a process.

use std::collections::BTreeMap;

use aws_sdk_bedrock::operation::create_model_invocation_job::builders::CreateModelInvocationJobFluentBuilder as CreateBatch;
use aws_sdk_bedrock::operation::get_model_invocation_job::GetModelInvocationJobOutput;
use aws_sdk_bedrock::types::{
    ModelInvocationJobInputDataConfig as Input, ModelInvocationJobOutputDataConfig as Output,
    ModelInvocationJobS3InputDataConfig as S3Input, ModelInvocationJobS3OutputDataConfig as S3Output,
    ModelInvocationJobStatus as Status, ModelInvocationJobSummary, ModelInvocationType, Tag,
};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::*;
use foundation::clock::Clock;

mod ends;

const MODEL: &str = "us.amazon.nova-lite-v1:0";

fn input(uri: &str) -> Input {
    Input::S3InputDataConfig(S3Input::builder().s3_uri(uri).build().unwrap())
}

fn output(uri: &str) -> Output {
    Output::S3OutputDataConfig(S3Output::builder().s3_uri(uri).build().unwrap())
}

/// A question about a photo.
fn question(source: &Value) -> Value {
    let image = json!({ "image": { "format": "png", "source": source } });
    json!({ "messages": [{ "role": "user", "content": [{ "text": "Who is the seller?" }, image] }] })
}

fn by_uri(name: &str) -> Value {
    question(&json!({ "s3Location": { "uri": format!("s3://{BUCKET}/{name}") } }))
}

fn line(id: &str, question: &Value) -> String {
    format!("{}\n", json!({ "recordId": id, "modelInput": question }))
}

fn photo_key(number: usize) -> String {
    format!("in/photos/{number}.png")
}

/// Lines of a file, by their records' ids, in their order.
fn lines(bytes: &[u8]) -> Vec<(String, Value)> {
    let text = std::str::from_utf8(bytes).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (line["recordId"].as_str().unwrap().to_owned(), line)).collect()
}

impl Fixture {
    /// A server with photos and questions about them: 90 in one file and 30 in another, in a folder below.
    fn with_questions() -> Self {
        let fixture = Self::new();
        fixture.put_questions();
        fixture
    }

    fn put_questions(&self) {
        for (key, numbers) in [("in/a.jsonl", 0..90), ("in/below/b.jsonl", 90..120)] {
            let lines: String = numbers
                .map(|number| {
                    self.put(&photo_key(number), photo(number));
                    line(&format!("r{number}"), &by_uri(&photo_key(number)))
                })
                .collect();
            self.put(key, lines);
        }
    }

    fn create_batch(&self, name: &str, change: impl FnOnce(CreateBatch) -> CreateBatch) -> Result<String, Refusal> {
        let create = self
            .bedrock()
            .create_model_invocation_job()
            .job_name(name)
            .role_arn(ROLE)
            .model_id(MODEL)
            .model_invocation_type(ModelInvocationType::Converse)
            .input_data_config(input(&format!("s3://{BUCKET}/in/")))
            .output_data_config(output(&format!("s3://{BUCKET}/out/")));
        outcome(block_on(change(create).send()).unwrap()).map(|created| created.job_arn)
    }

    fn batch(&self, arn: &str) -> GetModelInvocationJobOutput {
        block_on(self.bedrock().get_model_invocation_job().job_identifier(arn).send()).unwrap().unwrap()
    }

    fn batch_ended(&self, arn: &str) -> GetModelInvocationJobOutput {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let job = self.batch(arn);
            let is_over =
                [Status::Completed, Status::PartiallyCompleted, Status::Failed, Status::Stopped, Status::Expired];
            if job.status().is_some_and(|status| is_over.contains(status)) {
                return job;
            }
            assert!(Instant::now() < deadline, "{job:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A file that a job wrote.
    fn answers(&self, arn: &str, name: &str) -> Option<Vec<u8>> {
        self.get(&format!("out/{}/{name}", arn.rsplit('/').next().unwrap()))
    }

    fn manifest(&self, arn: &str) -> Value {
        serde_json::from_slice(&self.answers(arn, "manifest.json.out").unwrap()).unwrap()
    }

    /// Both files of answers of a job that was completed.
    fn both(&self, arn: &str) -> [Vec<u8>; 2] {
        let job = self.batch_ended(arn);
        assert_eq!(job.status(), Some(&Status::Completed), "{job:?}");
        ["a.jsonl.out", "below/b.jsonl.out"].map(|name| self.answers(arn, name).unwrap())
    }
}

fn text_of(line: &Value) -> &str {
    line["modelOutput"]["output"]["message"]["content"][0]["text"].as_str().unwrap()
}

#[test]
fn each_record_has_the_answer_of_converse_in_an_order_of_its_own() {
    let fixture = Fixture::with_questions();
    let arn = fixture.create_batch("job", |create| create).unwrap();
    let [first, second] = fixture.both(&arn);
    let job = fixture.batch(&arn);
    assert_eq!(job.job_name(), Some("job"));
    let counts = [job.total_record_count(), job.processed_record_count(), job.success_record_count()];
    assert_eq!((counts, job.error_record_count()), ([Some(120); 3], Some(0)));
    assert!(job.end_time().is_some() && job.job_expiration_time().is_some() && job.message().is_none());

    let (first, second) = (lines(&first), lines(&second));
    assert_eq!((first.len(), second.len()), (90, 30));
    let numbers =
        |lines: &[(String, Value)]| -> Vec<usize> { lines.iter().map(|(id, _)| id[1..].parse().unwrap()).collect() };
    let order = numbers(&first);
    assert!(!order.is_sorted() && !order.iter().rev().is_sorted(), "{order:?}");
    let (mut all, mut input_tokens) = (order, 0);
    all.extend(numbers(&second));
    all.sort_unstable();
    assert_eq!(all, (0..120).collect::<Vec<_>>());
    for (id, line) in first.iter().chain(&second) {
        assert_eq!(line["modelInput"], by_uri(&photo_key(id[1..].parse().unwrap())));
        input_tokens += line["modelOutput"]["usage"]["inputTokens"].as_u64().unwrap();
    }
    let manifest = fixture.manifest(&arn);
    let counts =
        ["totalRecordCount", "processedRecordCount", "successRecordCount", "errorRecordCount", "inputTokenCount"];
    assert_eq!(counts.map(|name| manifest[name].as_u64().unwrap()), [120, 120, 120, 0, input_tokens]);

    let (_, line) = first.iter().find(|(id, _)| id == "r7").unwrap();
    let image = aws_sdk_bedrockruntime::types::ImageBlock::builder()
        .format(aws_sdk_bedrockruntime::types::ImageFormat::Png)
        .source(aws_sdk_bedrockruntime::types::ImageSource::Bytes(photo(7).into()))
        .build()
        .unwrap();
    let message = aws_sdk_bedrockruntime::types::Message::builder()
        .role(aws_sdk_bedrockruntime::types::ConversationRole::User)
        .content(aws_sdk_bedrockruntime::types::ContentBlock::Text("Who is the seller?".to_owned()))
        .content(aws_sdk_bedrockruntime::types::ContentBlock::Image(image))
        .build()
        .unwrap();
    let asked = block_on(fixture.runtime().converse().model_id(MODEL).messages(message).send()).unwrap().unwrap();
    let said = asked.output().unwrap().as_message().unwrap().content()[0].as_text().unwrap();
    assert_eq!(text_of(line), said);
    assert_eq!(line["modelOutput"]["stopReason"], "end_turn");
}

#[test]
fn a_job_is_found_by_arn_and_id_and_not_by_its_name() {
    let fixture = Fixture::with_questions();
    let arn = fixture.create_batch("job", |create| create.client_request_token("token")).unwrap();
    let id = arn.rsplit('/').next().unwrap();
    assert_eq!(arn, format!("arn:aws:bedrock:us-east-1:000000000000:model-invocation-job/{id}"));
    assert_eq!(fixture.batch(id).job_arn(), arn);
    let get = |name: &str| refused!(fixture.bedrock().get_model_invocation_job().job_identifier(name));
    let (code, status, message) = get("job");
    assert_eq!((code.as_str(), status), ("ValidationException", 400));
    assert!(message.contains("'job' at 'jobIdentifier' failed to satisfy constraint"), "{message}");
    assert_eq!((get("abcdefghijkl").0.as_str(), get("abcdefghijkl").1), ("ResourceNotFoundException", 404));
    let elsewhere = refused!(fixture.bedrock_in("us-west-2").get_model_invocation_job().job_identifier(id));
    assert_eq!(elsewhere.0, "ResourceNotFoundException");

    // The same request again is the same job, also after its end; another has a name and a token of its own.
    assert_eq!(fixture.create_batch("job", |create| create.client_request_token("token")).unwrap(), arn);
    fixture.both(&arn);
    assert_eq!(fixture.create_batch("job", |create| create.client_request_token("token")).unwrap(), arn);
    for (name, token) in [("job", "other"), ("other", "token")] {
        let (code, status, message) =
            fixture.create_batch(name, |create| create.client_request_token(token)).unwrap_err();
        assert_eq!((code.as_str(), status), ("ConflictException", 400), "{message}");
    }
}

#[test]
fn jobs_are_listed_in_pages_by_name_and_status_and_can_be_tagged() {
    let fixture = Fixture::new();
    let tag = || Tag::builder().key("a").value("1").build().unwrap();
    let arns: Vec<_> = (0..3)
        .map(|number| fixture.create_batch(&format!("none-{number}"), |create| create.tags(tag())).unwrap())
        .collect();
    for arn in &arns {
        assert_eq!(fixture.batch_ended(arn).status(), Some(&Status::Failed));
    }
    let bedrock = fixture.bedrock();
    let list = || bedrock.list_model_invocation_jobs().name_contains("none-");
    let first = block_on(list().max_results(2).status_equals(Status::Failed).send()).unwrap().unwrap();
    let rest = block_on(list().max_results(2).next_token(first.next_token().unwrap()).send()).unwrap().unwrap();
    assert_eq!(rest.next_token(), None);
    let jobs = [first.invocation_job_summaries(), rest.invocation_job_summaries()].concat();
    assert_eq!(
        jobs.iter().map(ModelInvocationJobSummary::job_name).collect::<Vec<_>>(),
        ["none-2", "none-1", "none-0"]
    );
    assert!(jobs.iter().all(|job| job.message().is_some()));
    let none = block_on(list().status_equals(Status::Completed).send()).unwrap().unwrap();
    assert!(none.invocation_job_summaries().is_empty());
    let (code, ..) = refused!(list().status_equals(Status::from("Done")));
    assert_eq!(code, "ValidationException");
    let tags = block_on(bedrock.list_tags_for_resource().resource_arn(&arns[0]).send()).unwrap().unwrap();
    assert_eq!(tags.tags()[0].key(), "a");
}

#[test]
fn what_the_service_would_refuse_at_once_is_refused_and_makes_no_job() {
    let fixture = Fixture::with_questions();
    std::fs::write(fixture.options().state_dir.join("roles.json"), r#"{"Gone": null}"#).unwrap();
    let refused = |change: fn(CreateBatch) -> CreateBatch| fixture.create_batch("job", change).unwrap_err();
    for (change, part) in [
        ((|create| create.job_name("a_b")) as fn(CreateBatch) -> CreateBatch, "at 'jobName'"),
        (|create| create.client_request_token("-"), "at 'clientRequestToken'"),
        (|create| create.timeout_duration_in_hours(23), "have value greater than or equal to 24"),
        (|create| create.model_invocation_type(ModelInvocationType::from("Chat")), "[InvokeModel, Converse]"),
        (|create| create.input_data_config(input("s3://bucket/发票")), "at 'inputDataConfig.s3InputDataConfig.s3Uri'"),
        (|create| create.model_id("a b"), "at 'modelId'"),
        (|create| create.model_id("amazon.nova-none-v1:0"), "The provided model identifier is invalid."),
        (|create| create.model_id("amazon.nova-2-lite-v1:0"), "with on-demand throughput"),
        (
            |create| {
                let model =
                    "arn:aws:bedrock:us-east-1:000000000000:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl";
                create.model_id(model)
            },
            "Batch inference is not supported",
        ),
        (|create| create.role_arn("arn:aws:iam::000000000000:role/Gone"), "Could not assume provided IAM role"),
    ] {
        let (code, status, message) = refused(change);
        assert_eq!((code.as_str(), status), ("ValidationException", 400), "{message}");
        assert!(message.contains(part), "{message}");
    }
    let (code, status, _) = refused(|create| create.role_arn("arn:aws:iam::123456789012:role/Other"));
    assert_eq!((code.as_str(), status), ("AccessDeniedException", 403));
    let jobs = block_on(fixture.bedrock().list_model_invocation_jobs().send()).unwrap().unwrap();
    assert!(jobs.invocation_job_summaries().is_empty());
}

#[test]
fn files_that_are_not_as_they_should_be_fail_the_job_and_nothing_is_answered() {
    let fixture = Fixture::new();
    let good = line("r", &json!({ "messages": [] }));
    let cases = [
        ("few/a.jsonl", good.repeat(99), "contains less records (99) than the required minimum of: 100"),
        ("many/a.jsonl", good.repeat(50_001), "contains more records (50001) than the allowed maximum of: 50000"),
        ("text/a.jsonl", good.repeat(100) + "no record\n", "line 101 of s3://bucket/text/a.jsonl is invalid"),
        ("blank/a.jsonl", good.repeat(60) + "\n" + &good.repeat(60), "line 61 of"),
        ("input/a.jsonl", good.repeat(100) + "{\"recordId\":\"r\"}\n", "modelInput"),
        ("other/a.json", good.repeat(100), "There is no .jsonl file"),
    ];
    for (number, (key, text, part)) in cases.into_iter().enumerate() {
        fixture.put(key, text);
        let uri = format!("s3://{BUCKET}/{}", key.split('/').next().unwrap());
        let arn = fixture.create_batch(&format!("j{number}"), |create| create.input_data_config(input(&uri))).unwrap();
        let job = fixture.batch_ended(&arn);
        assert_eq!(job.status(), Some(&Status::Failed));
        assert!(job.message().unwrap().contains(part), "{:?}", job.message());
        assert_eq!(fixture.answers(&arn, "manifest.json.out"), None);
    }
    for (name, change) in [
        (
            "no-file",
            (|create| create.input_data_config(input("s3://bucket/none.jsonl"))) as fn(CreateBatch) -> CreateBatch,
        ),
        ("no-bucket", |create| create.output_data_config(output("s3://nobodys-bucket/out"))),
    ] {
        fixture.put("in/a.jsonl", good.repeat(100));
        let arn = fixture.create_batch(name, change).unwrap();
        let job = fixture.batch_ended(&arn);
        assert!(job.message().unwrap().contains("permissions to access Amazon S3 bucket"), "{:?}", job.message());
    }
}

#[test]
fn a_record_that_cannot_be_answered_is_an_error_in_its_line_and_the_others_go_on() {
    let fixture = Fixture::new();
    fixture.put("elsewhere/0.png", photo(0));
    fixture.put(&photo_key(0), photo(0));
    fixture.put(&photo_key(1), "no photo");
    let good = by_uri(&photo_key(0));
    let mut text: String = (0..100).map(|number| line(&format!("good{number}"), &good)).collect();
    text += &line("missing", &by_uri("in/photos/none.png"));
    text += &line("outside", &by_uri("elsewhere/0.png"));
    text += &line("damaged", &by_uri(&photo_key(1)));
    text += &line("empty", &json!({}));
    text += &line("good0", &good);
    text.push_str(&json!({ "modelInput": good }).to_string());
    text.push('\n');
    fixture.put("in/a.jsonl", text);
    let arn = fixture.create_batch("job", |create| create).unwrap();
    let job = fixture.batch_ended(&arn);
    assert_eq!((job.status(), job.error_record_count()), (Some(&Status::Completed), Some(4)));
    assert_eq!(fixture.manifest(&arn)["successRecordCount"], 102);
    let lines = lines(&fixture.answers(&arn, "a.jsonl.out").unwrap());
    let errors: BTreeMap<_, _> = lines
        .iter()
        .filter(|(_, line)| line.get("modelOutput").is_none())
        .map(|(id, line)| {
            (
                id.as_str(),
                (line["error"]["errorCode"].as_u64().unwrap(), line["error"]["errorMessage"].as_str().unwrap()),
            )
        })
        .collect();
    assert_eq!(errors.keys().copied().collect::<Vec<_>>(), ["damaged", "empty", "missing", "outside"]);
    assert!(errors.values().all(|(code, _)| *code == 400));
    assert!(errors["missing"].1.contains("GetObject") && errors["outside"].1.contains("not below the folder"));
    assert_eq!(lines.iter().filter(|(id, _)| id == "good0").count(), 2, "a repeated id is answered twice");
    let added: Vec<_> = lines.iter().filter(|(id, _)| id.len() == 11 && !id.starts_with("good")).collect();
    assert_eq!(added.len(), 1, "a record without an id gets one");
}

#[test]
fn a_job_on_one_file_may_name_no_photo_but_may_bring_them() {
    let fixture = Fixture::with_questions();
    let inline = question(&json!({ "bytes": BASE64_STANDARD.encode(photo(3)) }));
    let text: String = (0..100).map(|number| line(&number.to_string(), &inline)).collect();
    fixture.put("one.jsonl", text);
    let one = |create: CreateBatch| create.input_data_config(input("s3://bucket/one.jsonl"));
    let arn = fixture.create_batch("inline", one).unwrap();
    assert_eq!(fixture.batch_ended(&arn).success_record_count(), Some(100));
    let text: String = (0..100).map(|number| line(&number.to_string(), &by_uri(&photo_key(number)))).collect();
    fixture.put("one.jsonl", text);
    let arn = fixture.create_batch("named", one).unwrap();
    assert_eq!(fixture.batch_ended(&arn).error_record_count(), Some(100));
}

#[test]
fn nova_s_own_messages_get_its_own_answer() {
    let fixture = Fixture::new();
    fixture.put(&photo_key(0), photo(0));
    let mut native = by_uri(&photo_key(0));
    native["schemaVersion"] = "messages-v1".into();
    fixture.put("in/a.jsonl", (0..100).map(|number| line(&number.to_string(), &native)).collect::<String>());
    let invoke = |create: CreateBatch| create.model_invocation_type(ModelInvocationType::InvokeModel);
    let arn = fixture.create_batch("job", invoke).unwrap();
    assert_eq!(fixture.batch_ended(&arn).success_record_count(), Some(100));
    let lines = lines(&fixture.answers(&arn, "a.jsonl.out").unwrap());
    assert_eq!(lines[0].1["modelOutput"]["usage"]["cacheReadInputTokenCount"], 0);
}
