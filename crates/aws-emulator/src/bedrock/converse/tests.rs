use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::*;
use crate::ReaderSource;
use crate::tuning::samples::invoice;
use invoice_ocr::images::{Digest, samples};
use invoice_ocr::invoice::{Invoice, InvoiceReader, Reading, Scope};
use invoice_ocr::reader::Page;

/// Reads a photo of n px width as the invented invoice n; narrower ones are blank.
#[derive(Debug)]
struct Fake;

impl InvoiceReader for Fake {
    fn version(&self) -> String {
        "fake".to_owned()
    }

    fn read(&self, photo: &Path, _: Scope) -> foundation::error::Result<Reading> {
        let bytes = std::fs::read(photo).unwrap();
        let header = header_of_bytes(&bytes).map_err(|fault| fault.into_error(photo))?;
        let page = if header.width_px < 100 { Page::default() } else { invoice(u64::from(header.width_px)).page };
        Ok(Reading { pixels_sha256: Digest::from([0; 32]), page, invoice: Invoice::default() })
    }
}

fn photos() -> Photos {
    Photos::new(ReaderSource::Given(Arc::new(Fake)), PathBuf::from("unused"))
}

fn photo(width_px: u32) -> Vec<u8> {
    samples::png(&samples::picture(width_px, 60).into())
}

fn inline(format: &str, bytes: &[u8]) -> Value {
    json!({ "image": { "format": format, "source": { "bytes": BASE64_STANDARD.encode(bytes) } } })
}

fn in_s3(uri: &str, owner: &str) -> Value {
    json!({ "image": { "format": "png", "source": { "s3Location": { "uri": uri, "bucketOwner": owner } } } })
}

fn asked(blocks: &[Value]) -> Value {
    let content: Vec<Value> = [json!({ "text": "销售方是谁？" })].into_iter().chain(blocks.to_vec()).collect();
    json!({ "messages": [{ "role": "user", "content": content }] })
}

fn fetch(uri: &str) -> Result<Vec<u8>, Fault> {
    match uri.rsplit('/').next().and_then(|name| name.parse().ok()) {
        Some(width) => Ok(photo(width)),
        None => Err(Fault::validation(format!("no object {uri}"))),
    }
}

fn reply(body: &Value) -> Result<Value, Fault> {
    converse(body, &Ranker::naive(), &photos(), TokenCounter::default(), &fetch)
}

fn said(body: &Value) -> String {
    reply(body).unwrap()["output"]["message"]["content"][0]["text"].as_str().unwrap().to_owned()
}

/// What the untuned model reads off an invented invoice.
fn untuned(seed: u64) -> String {
    Ranker::naive().answer(&invoice(seed).page)
}

#[test]
fn a_photo_is_answered_with_the_name_that_the_ranker_takes_inline_and_from_s3() {
    assert!(untuned(120).ends_with("公司"));
    for block in [inline("png", &photo(120)), in_s3("s3://bucket-1/photos/120", ACCOUNT_ID)] {
        let reply = reply(&asked(&[block])).unwrap();
        assert_eq!(reply["output"]["message"]["role"], "assistant");
        assert_eq!(reply["output"]["message"]["content"], json!([{ "text": untuned(120) }]));
        assert_eq!(reply["stopReason"], "end_turn");
        let count = |name: &str| reply["usage"][name].as_u64().unwrap();
        assert!(count("inputTokens") > 500 && count("outputTokens") > 5, "{reply}");
        assert_eq!(count("totalTokens"), count("inputTokens") + count("outputTokens"));
        assert!(reply["metrics"]["latencyMs"].is_u64());
    }
    assert_eq!(said(&asked(&[inline("png", &photo(50))])), "未找到");
}

#[test]
fn every_photo_of_the_last_turn_is_read_and_earlier_ones_are_examples() {
    let body = json!({ "messages": [
        { "role": "user", "content": [inline("png", &photo(121))] },
        { "role": "assistant", "content": [{ "text": "甲公司" }] },
        { "role": "user", "content": [inline("png", &photo(122)), inline("png", &photo(123))] },
    ] });
    assert_eq!(said(&body), format!("{}\n{}", untuned(122), untuned(123)));
}

#[test]
fn without_a_photo_it_says_what_it_is() {
    let text = said(&asked(&[]));
    assert!(text.contains("local stand-in") && text.contains("not a language model"), "{text}");
}

#[test]
fn an_answer_ends_where_the_tokens_or_a_stop_sequence_end_it() {
    let mut body = asked(&[inline("png", &photo(120))]);
    body["inferenceConfig"] = json!({ "maxTokens": 4 });
    let cut = reply(&body).unwrap();
    let text = cut["output"]["message"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(cut["stopReason"], "max_tokens");
    assert!(!text.is_empty() && text.len() < untuned(120).len() && untuned(120).starts_with(text), "{text}");
    assert!(cut["usage"]["outputTokens"].as_u64().unwrap() <= 4);
    body["inferenceConfig"] = json!({ "maxTokens": 1 });
    assert_eq!(said(&body).chars().count(), 1);
    body["inferenceConfig"] = json!({ "stopSequences": ["公司", "有限"] });
    let stopped = reply(&body).unwrap();
    assert_eq!(stopped["stopReason"], "stop_sequence");
    assert_eq!(stopped["output"]["message"]["content"][0]["text"], untuned(120).split("有限").next().unwrap());
}

#[test]
fn invoke_answers_in_novas_own_format() {
    let mut body = asked(&[inline("png", &photo(120))]);
    body["schemaVersion"] = json!("messages-v1");
    body["inferenceConfig"] = json!({ "max_new_tokens": 100 });
    let answer = invoke(&body, &Ranker::naive(), &photos(), TokenCounter::default(), &fetch).unwrap();
    assert_eq!(answer["output"]["message"]["content"], json!([{ "text": untuned(120) }]));
    assert_eq!(answer["stopReason"], "end_turn");
    assert!(answer["usage"]["inputTokens"].is_u64() && answer.get("metrics").is_none());
    body["max_tokens"] = json!(1);
    let fault = invoke(&body, &Ranker::naive(), &photos(), TokenCounter::default(), &fetch).unwrap_err();
    assert!(fault.message.contains("extraneous key [max_tokens] is not permitted"), "{fault}");
}

#[test]
fn an_image_that_is_not_what_it_says_is_refused_with_its_place() {
    let refusal = |block: Value| {
        let fault = reply(&asked(&[block])).unwrap_err();
        assert_eq!((fault.code, fault.status), ("ValidationException", 400));
        fault.message
    };
    assert_eq!(
        refusal(inline("jpeg", &photo(120))),
        "The model returned the following errors: The provided image does not match the specified image format."
    );
    let bitmap = invoice_ocr::images::samples::bmp(&invoice_ocr::images::samples::noise(32, 32));
    assert!(
        refusal(inline("png", &bitmap)).ends_with("does not match the specified image format."),
        "not even by name"
    );
    let said = refusal(inline("png", b"no picture"));
    assert!(said.starts_with("The model returned the following errors: messages.0.content.1: not an image"), "{said}");
    let said = refusal(inline("png", &photo(8_001)));
    assert!(said.ends_with("messages.0.content.1: 8001×60 px, more than 8000 a side"), "{said}");
    assert_eq!(refusal(in_s3("s3://bucket-1/none", ACCOUNT_ID)), "no object s3://bucket-1/none");
    let fault = reply(&asked(&[in_s3("s3://bucket-1/120", "111122223333")])).unwrap_err();
    assert_eq!((fault.code, fault.status), ("AccessDeniedException", 403));
}

#[test]
fn missing_models_are_the_stand_ins_trouble_and_say_how_to_get_them() {
    let folder = tempfile::tempdir().unwrap();
    let source = ReaderSource::Models { folder: None, roots: vec![folder.path().to_path_buf()] };
    let photos = Photos::new(source, folder.path().to_path_buf());
    let body = asked(&[inline("png", &photo(120))]);
    let fault = converse(&body, &Ranker::naive(), &photos, TokenCounter::default(), &fetch).unwrap_err();
    assert_eq!((fault.code, fault.status), ("InternalServerException", 500));
    assert!(fault.message.contains("make models"), "{fault}");
}
