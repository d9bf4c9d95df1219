//! The lines of a job: a question each; and the lines of its answers.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::inference::{Given, MAX_TOKENS};
use crate::aws::s3::S3Uri;
use crate::images::Digest;
use crate::labels::labeler::words::LabelPrompt;

/// The question about a photo, as Converse takes it: the photo goes before the words.
pub(super) fn record(photo: Digest, format: &str, uri: &S3Uri, prompt: &LabelPrompt) -> String {
    let image = json!({ "format": format, "source": { "s3Location": { "uri": uri.to_string() } } });
    let mut input = json!({
        "messages": [{ "role": "user", "content": [{ "image": image }, { "text": prompt.user }] }],
        "inferenceConfig": { "maxTokens": MAX_TOKENS, "temperature": 0 },
    });
    if let Some(system) = &prompt.system {
        input["system"] = json!([{ "text": system }]);
    }
    format!("{}\n", json!({ "recordId": record_id(photo), "modelInput": input }))
}

/// What a photo's record is called: the service wants letters and digits.
pub(super) fn record_id(photo: Digest) -> String {
    photo.to_string().chars().take(32).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    record_id: String,
    model_output: Option<Value>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fault {
    error_code: Option<Value>,
    error_message: Option<String>,
}

/// What the files of answers say.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answers {
    /// By photo; of several answers to one question, the first.
    pub(super) given: HashMap<Digest, Given>,
    /// What the service said of those without an answer.
    pub(super) errors: HashMap<Digest, String>,
    /// Lines that are cut off, say nothing, or answer nobody's question.
    pub(super) odd: usize,
}

impl Answers {
    /// Joins answers with the photos that were asked about.
    pub(super) fn read(files: &[Vec<u8>], photos: &[Digest]) -> Self {
        let by_id: HashMap<_, _> = photos.iter().map(|photo| (record_id(*photo), *photo)).collect();
        let mut answers = Self::default();
        let lines = files.iter().flat_map(|file| file.split(|byte| *byte == b'\n'));
        for line in lines.filter(|line| !line.trim_ascii().is_empty()) {
            let line: Option<Line> = serde_json::from_slice(line).ok();
            let Some((line, photo)) = line.and_then(|line| by_id.get(&line.record_id).map(|photo| (line, *photo)))
            else {
                answers.odd += 1;
                continue;
            };
            match (line.model_output.as_ref().and_then(given), line.error) {
                (Some(given), _) => {
                    answers.given.entry(photo).or_insert(given);
                }
                (None, Some(fault)) => {
                    answers.errors.insert(photo, fault.said());
                }
                (None, None) => answers.odd += 1,
            }
        }
        answers.errors.retain(|photo, _| !answers.given.contains_key(photo));
        answers
    }

    /// What two readings of the same files come to: a line that was damaged on the way the first time is whole in the other.
    pub(super) fn with(mut self, again: Self) -> Self {
        for (photo, given) in again.given {
            self.given.entry(photo).or_insert(given);
        }
        self.errors.extend(again.errors);
        let given = &self.given;
        self.errors.retain(|photo, _| !given.contains_key(photo));
        self.odd = self.odd.min(again.odd);
        self
    }
}

impl Fault {
    fn said(self) -> String {
        let code = self.error_code.map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned));
        let message = self.error_message.unwrap_or_else(|| "the service says no more".to_owned());
        code.map_or_else(|| message.clone(), |code| format!("{code}: {message}"))
    }
}

/// The words of an answer of Converse; none where it has not even a message.
fn given(output: &Value) -> Option<Given> {
    let content = output.pointer("/output/message/content")?.as_array()?;
    let text = content.iter().filter_map(|block| block.get("text").and_then(Value::as_str)).collect();
    let tokens = |name: &str| output["usage"][name].as_u64().unwrap_or_default();
    Some(Given { text, input_tokens: tokens("inputTokens"), output_tokens: tokens("outputTokens") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::hash_bytes;

    fn answer(photo: Digest, text: &str) -> Value {
        json!({ "recordId": record_id(photo), "modelInput": {}, "modelOutput": {
            "output": { "message": { "role": "assistant", "content": [{ "text": text }] } },
            "usage": { "inputTokens": 7, "outputTokens": 2 } } })
    }

    fn error(photo: Digest) -> Value {
        json!({ "recordId": record_id(photo), "modelInput": {}, "error": { "errorCode": 400, "errorMessage": "bad" } })
    }

    #[test]
    fn answers_are_joined_by_their_ids_whatever_their_order_and_what_stands_between() {
        let photos: Vec<_> = (0..5_u8).map(|number| hash_bytes(&[number])).collect();
        let [one, two, three, four, five] = [0, 1, 2, 3, 4].map(|at| photos[at]);
        let first = format!("{}\n\n{}\nno JSON\n{}\n", answer(three, "丙"), answer(one, "甲"), error(two));
        // A second answer, an error beside an answer, nobody's question, a line that says nothing, one that is cut off.
        let cut = answer(five, "戊").to_string();
        let second = format!(
            "{}\n{}\n{}\n{}\n{}",
            answer(one, "other"),
            error(three),
            answer(hash_bytes(b"stranger"), "x"),
            json!({ "recordId": record_id(four) }),
            &cut[..cut.len() - 9]
        );
        let read = Answers::read(&[first.into_bytes(), second.into_bytes()], &photos);
        let said: HashMap<_, _> = read.given.iter().map(|(photo, given)| (*photo, given.text.as_str())).collect();
        assert_eq!(said, HashMap::from([(one, "甲"), (three, "丙")]));
        assert_eq!(read.errors, HashMap::from([(two, "400: bad".to_owned())]));
        assert_eq!(read.odd, 4);
    }

    #[test]
    fn what_one_reading_lacks_the_other_has() {
        let photos: Vec<_> = (0..3_u8).map(|number| hash_bytes(&[number])).collect();
        let lines = [answer(photos[0], "甲"), answer(photos[1], "乙"), error(photos[2])].map(|line| line.to_string());
        let read = |damaged: usize| {
            let mut lines = lines.clone();
            lines[damaged].truncate(9);
            Answers::read(&[lines.join("\n").into_bytes()], &photos)
        };
        let both = read(0).with(read(1));
        assert_eq!((both.given.len(), both.errors.len(), both.odd), (2, 1, 1));
        let both = read(2).with(read(2));
        assert_eq!((both.given.len(), both.errors.len(), both.odd), (2, 0, 1), "it is so in the bucket");
    }

    #[test]
    fn files_of_anything_at_all_are_read_without_a_panic() {
        let photos = [hash_bytes(b"1")];
        let whole = format!("{}\n{}\n", answer(photos[0], "甲"), error(photos[0])).into_bytes();
        for end in 0..=whole.len() {
            let mut bytes = whole.clone();
            bytes.truncate(end);
            Answers::read(&[bytes], &photos);
            let mut bytes = whole.clone();
            if let Some(byte) = bytes.get_mut(end) {
                *byte ^= 0x15;
            }
            Answers::read(&[bytes], &photos);
        }
    }

    #[test]
    fn a_record_is_a_question_of_converse_about_an_object() {
        let photo = hash_bytes(b"1");
        let prompt = LabelPrompt::default();
        let line = record(photo, "png", &S3Uri::new("b", "k.png"), &prompt);
        let value: Value = serde_json::from_str(&line).unwrap();
        assert!(line.ends_with("}\n") && line.matches('\n').count() == 1);
        assert_eq!(value["recordId"], record_id(photo));
        assert!(record_id(photo).chars().all(|char| char.is_ascii_alphanumeric()));
        let content = &value["modelInput"]["messages"][0]["content"];
        assert_eq!(content[0]["image"]["source"]["s3Location"]["uri"], "s3://b/k.png");
        assert_eq!(content[1]["text"], prompt.user);
        assert_eq!(value["modelInput"]["system"][0]["text"], prompt.system.unwrap());
    }
}
