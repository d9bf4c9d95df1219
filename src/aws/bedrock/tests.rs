//! What goes over the wire, caught by a server that answers as told.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use serde_json::Value;

use super::*;
use crate::aws::s3::client::{Connections, LocalAccess};
use crate::error::Error;
use crate::settings::Secret;

/// Answers one request with this status and body; the request's line and body.
fn server(status: &'static str, headers: &'static str, body: String) -> (String, JoinHandle<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        let head_end = loop {
            let count = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..count]);
            if let Some(at) = request.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = String::from_utf8_lossy(&request[..head_end]).into_owned();
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        while request.len() < head_end + length.unwrap_or(0_usize) {
            let count = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..count]);
        }
        let length = body.len();
        write!(stream, "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
            .unwrap();
        (head.lines().next().unwrap_or_default().to_owned(), request[head_end..].to_vec())
    });
    (endpoint, thread)
}

fn client(endpoint: &str) -> BedrockClient {
    BedrockClient::local(&LocalAccess {
        endpoint: endpoint.to_owned(),
        access_key_id: "key".to_owned(),
        secret_access_key: Secret::new("secret".to_owned()),
        region: "us-east-1".to_owned(),
        connections: Connections::local(None),
    })
}

fn request() -> CreateJob {
    CreateJob {
        job_name: "sellers-0123abcd".to_owned(),
        custom_model_name: "sellers-0123abcd".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/tune".to_owned(),
        client_request_token: "0123abcd".to_owned(),
        base_model_identifier: "amazon.nova-lite-v1:0:300k".to_owned(),
        training_data_s3_uri: "s3://bucket/p/train.jsonl".to_owned(),
        validation_data_s3_uri: Some("s3://bucket/p/validation.jsonl".to_owned()),
        output_data_s3_uri: "s3://bucket/p/output/".to_owned(),
        hyper_parameters: BTreeMap::from([("epochCount".to_owned(), "2".to_owned())]),
    }
}

#[test]
fn what_is_sent_is_what_the_dry_run_prints() {
    for job in [request(), CreateJob { validation_data_s3_uri: None, ..request() }] {
        let (endpoint, thread) = server("201 Created", "", "{\"jobArn\":\"arn:job\"}".to_owned());
        assert_eq!(client(&endpoint).create_job(&job).unwrap(), "arn:job");
        let (line, body) = thread.join().unwrap();
        assert_eq!(line, "POST /model-customization-jobs HTTP/1.1");
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), job.to_json());
    }
}

#[test]
fn a_refusal_keeps_code_and_message_and_says_what_to_do() {
    let body = "{\"message\":\"The provided model identifier is invalid.\"}".to_owned();
    let (endpoint, thread) = server("400 Bad Request", "x-amzn-errortype: ValidationException\r\n", body);
    let error = client(&endpoint).create_job(&request()).unwrap_err();
    thread.join().unwrap();
    assert_eq!(
        error.to_string(),
        "CreateModelCustomizationJob sellers-0123abcd: ValidationException: The provided model identifier is invalid."
    );
    assert!(error.hint().unwrap().contains("amazon.nova-lite-v1:0:300k"));
}

#[test]
fn an_answer_that_cannot_be_read_is_no_refusal_and_may_be_asked_for_again() {
    let (endpoint, thread) = server("201 Created", "", "{\"jobArn\":\"arn:j".to_owned());
    let error = client(&endpoint).create_job(&request()).unwrap_err();
    thread.join().unwrap();
    assert!(error.to_string().contains("the answer (HTTP status 201) is damaged"), "{error}");
    assert!(error.hint().unwrap().contains("run the same command again"));
    assert!(error.is_transient());
}

#[test]
fn a_job_that_nobody_has_is_none_and_another_refusal_is_an_error() {
    let body = "{\"message\":\"no\"}".to_owned();
    let (endpoint, thread) = server("404 Not Found", "x-amzn-errortype: ResourceNotFoundException\r\n", body.clone());
    assert_eq!(client(&endpoint).find_job("sellers-1").unwrap(), None);
    assert_eq!(thread.join().unwrap().0, "GET /model-customization-jobs/sellers-1 HTTP/1.1");
    let (endpoint, thread) = server("403 Forbidden", "x-amzn-errortype: AccessDeniedException\r\n", body);
    let error = client(&endpoint).find_job("sellers-1").unwrap_err();
    thread.join().unwrap();
    assert!(matches!(error, Error::Service { code, .. } if code == "AccessDeniedException"));
}

#[test]
fn a_job_is_read_with_its_request_phases_and_losses() {
    let body = serde_json::json!({
        "jobArn": "arn:aws:bedrock:us-east-1:1:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghijkl",
        "jobName": "sellers-0123abcd", "outputModelName": "sellers-0123abcd",
        "clientRequestToken": "0123abcd", "roleArn": "arn:aws:iam::123456789012:role/tune", "status": "InProgress",
        "statusDetails": {
            "validationDetails": {"status": "Completed", "creationTime": "2026-11-22T10:00:00Z", "lastModifiedTime": "2026-11-22T10:05:00Z"},
            "trainingDetails": {"status": "NotStarted"}},
        "creationTime": "2026-11-22T10:00:00.5Z",
        "baseModelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
        "hyperParameters": {"epochCount": "2"},
        "trainingDataConfig": {"s3Uri": "s3://bucket/p/train.jsonl"},
        "validationDataConfig": {"validators": [{"s3Uri": "s3://bucket/p/validation.jsonl"}]},
        "outputDataConfig": {"s3Uri": "s3://bucket/p/output/"},
        "trainingMetrics": {"trainingLoss": 0.5}, "validationMetrics": [{"validationLoss": 0.25}],
    });
    let (endpoint, thread) = server("200 OK", "", body.to_string());
    let state = client(&endpoint).find_job("sellers-0123abcd").unwrap().unwrap();
    thread.join().unwrap();
    assert_eq!(state.request, request());
    assert_eq!(state.status, JobStatus::InProgress);
    let phases: Vec<_> = state.phases.iter().map(|phase| (phase.phase, phase.status.clone())).collect();
    assert_eq!(phases, [(Phase::Validation, PhaseStatus::Completed), (Phase::Training, PhaseStatus::NotStarted)]);
    assert_eq!(state.phases[0].changed.unwrap().minute(), 5);
    assert_eq!((state.training_loss, state.validation_losses), (Some(0.5), vec![0.25]));
}

#[test]
fn a_models_lifecycle_is_read_where_the_service_reports_one() {
    let model = |id: &str| serde_json::json!({"modelArn": format!("arn:aws:bedrock:us-east-1::foundation-model/{id}"), "modelId": id});
    let with = |id: &str, lifecycle: Value| {
        let mut model = model(id);
        model["modelLifecycle"] = lifecycle;
        model
    };
    let body = serde_json::json!({"modelSummaries": [
        model("amazon.nova-a-v1:0:1k"),
        with("amazon.nova-b-v1:0:1k", serde_json::json!({"status": "ACTIVE"})),
        with("amazon.nova-c-v1:0:1k", serde_json::json!({"status": "LEGACY", "legacyTime": "2026-10-05T00:00:00Z",
            "endOfLifeTime": "2027-04-05T00:00:00Z"})),
    ]});
    let (endpoint, thread) = server("200 OK", "", body.to_string());
    let models = client(&endpoint).list_tunable_models().unwrap();
    assert_eq!(thread.join().unwrap().0, "GET /foundation-models?byCustomizationType=FINE_TUNING HTTP/1.1");
    let status = |at: usize| models[at].lifecycle.as_ref().map(|lifecycle| lifecycle.status.clone());
    assert_eq!([0, 1, 2].map(status), [None, Some(LifecycleStatus::Active), Some(LifecycleStatus::Legacy)]);
    let legacy = models[2].lifecycle.as_ref().unwrap();
    let days = [legacy.legacy, legacy.end_of_life].map(|at| at.unwrap().date().to_string());
    assert_eq!(days, ["2026-10-05", "2027-04-05"]);
}

#[test]
fn a_conversation_sends_the_photo_and_reads_the_answer() {
    let body = serde_json::json!({"output": {"message": {"role": "assistant", "content": [{"text": "甲公司"}]}},
        "stopReason": "end_turn", "usage": {"inputTokens": 7, "outputTokens": 3, "totalTokens": 10},
        "metrics": {"latencyMs": 1}});
    let (endpoint, thread) = server("200 OK", "", body.to_string());
    let conversation = Conversation {
        model_id: "us.amazon.nova-lite-v1:0".to_owned(),
        system: Some("Be short.".to_owned()),
        user: vec![
            Piece::Text("Who?".to_owned()),
            Piece::Image { format: "jpeg".to_owned(), bytes: vec![0xFF, 0xD8, 0xFF] },
        ],
        max_tokens: 64,
        temperature: 0.0,
    };
    let reply = client(&endpoint).converse(&conversation).unwrap();
    let (line, sent) = thread.join().unwrap();
    assert_eq!(line, "POST /model/us.amazon.nova-lite-v1%3A0/converse HTTP/1.1");
    let sent: Value = serde_json::from_slice(&sent).unwrap();
    assert_eq!(sent.pointer("/messages/0/content/1/image/source/bytes").unwrap(), "/9j/");
    assert_eq!(sent.pointer("/system/0/text").unwrap(), "Be short.");
    assert_eq!((reply.text.as_str(), reply.input_tokens, reply.output_tokens), ("甲公司", 7, 3));
}

fn batch() -> CreateBatch {
    CreateBatch {
        job_name: "sellers-0123abcd-1".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/batch".to_owned(),
        client_request_token: "0123abcd".to_owned(),
        model_id: "us.amazon.nova-lite-v1:0".to_owned(),
        input_s3_uri: "s3://bucket/p/job/input/".to_owned(),
        output_s3_uri: "s3://bucket/p/job/output/".to_owned(),
    }
}

/// A batch job as the service tells of it.
fn batch_json() -> Value {
    serde_json::json!({
        "jobArn": "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/abcdefghijkl",
        "jobName": "sellers-0123abcd-1", "modelId": "us.amazon.nova-lite-v1:0", "clientRequestToken": "0123abcd",
        "roleArn": "arn:aws:iam::123456789012:role/batch", "status": "PartiallyCompleted", "message": "",
        "submitTime": "2026-11-22T10:00:00Z", "jobExpirationTime": "2026-11-23T10:00:00Z",
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://bucket/p/job/input/", "s3InputFormat": "JSONL"}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket/p/job/output/"}},
        "totalRecordCount": 5, "processedRecordCount": 4, "successRecordCount": 3, "errorRecordCount": 1,
    })
}

#[test]
fn what_is_sent_for_a_batch_is_what_its_json_says() {
    let (endpoint, thread) = server("200 OK", "", "{\"jobArn\":\"arn:job\"}".to_owned());
    assert_eq!(client(&endpoint).create_batch(&batch()).unwrap(), "arn:job");
    let (line, body) = thread.join().unwrap();
    assert_eq!(line, "POST /model-invocation-job HTTP/1.1");
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), batch().to_json());
}

#[test]
fn a_batch_is_read_with_its_request_and_counts_alone_and_in_a_list() {
    let (endpoint, thread) = server("200 OK", "", batch_json().to_string());
    let found = client(&endpoint).find_batch("abcdefghijkl").unwrap().unwrap();
    assert_eq!(thread.join().unwrap().0, "GET /model-invocation-job/abcdefghijkl HTTP/1.1");
    assert_eq!((&found.request, found.id(), found.message.as_deref()), (&batch(), "abcdefghijkl", None));
    assert_eq!(found.counts, BatchCounts { total: 5, processed: 4, succeeded: 3, failed: 1 });
    assert!(found.status == BatchStatus::PartiallyCompleted && found.status.is_over());
    assert_eq!((found.expires.unwrap() - found.submitted.unwrap()).whole_hours(), 24);

    let page = serde_json::json!({"invocationJobSummaries": [batch_json()], "nextToken": "more"});
    let (endpoint, thread) = server("200 OK", "", page.to_string());
    assert_eq!(client(&endpoint).list_batches("0123abcd", 1).unwrap(), [found]);
    let line = thread.join().unwrap().0;
    let query = "maxResults=1&nameContains=0123abcd&sortBy=CreationTime&sortOrder=Descending";
    let (path, sent) = line.trim_end_matches(" HTTP/1.1").split_once('?').unwrap();
    let mut sent: Vec<_> = sent.split('&').collect();
    sent.sort_unstable();
    assert_eq!((path, sent.join("&").as_str()), ("GET /model-invocation-jobs", query));
}

#[test]
fn a_batch_that_nobody_has_is_none_and_one_at_its_end_cannot_be_stopped() {
    let body = "{\"message\":\"no\"}".to_owned();
    let (endpoint, thread) = server("404 Not Found", "x-amzn-errortype: ResourceNotFoundException\r\n", body.clone());
    assert_eq!(client(&endpoint).find_batch("abcdefghijkl").unwrap(), None);
    thread.join().unwrap();
    let (endpoint, thread) = server("400 Bad Request", "x-amzn-errortype: ConflictException\r\n", body);
    let error = client(&endpoint).stop_batch("abcdefghijkl").unwrap_err();
    assert_eq!(thread.join().unwrap().0, "POST /model-invocation-job/abcdefghijkl/stop HTTP/1.1");
    assert!(matches!(error, Error::Service { code, .. } if code == "ConflictException"));
}
