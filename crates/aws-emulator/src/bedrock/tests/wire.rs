//! What goes over the wire: signatures, hosts, headers, and the XML of STS and IAM.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::SystemTime;

use aws_types::sdk_config::TimeSource;

use super::*;

fn send(fixture: &Fixture, text: &str) -> String {
    let endpoint = fixture.server().bedrock_endpoint();
    let mut stream = TcpStream::connect(endpoint.trim_start_matches("http://")).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_request_without_a_signature_or_with_a_strange_host_is_refused() {
    let fixture = Fixture::new();
    let ask = |target: &str, host: &str| {
        send(&fixture, &format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"))
    };
    let answer = ask("/model-customization-jobs", "127.0.0.1");
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("\r\nx-amzn-errortype: MissingAuthenticationTokenException\r\n"), "{answer}");
    assert!(answer.contains("\r\ncontent-type: application/json\r\n"), "{answer}");
    assert!(answer.ends_with(r#"{"message":"Missing Authentication Token"}"#), "{answer}");
    let answer = ask("/", "localhost");
    assert!(
        answer.contains("<Code>MissingAuthenticationToken</Code>") && answer.starts_with("HTTP/1.1 403"),
        "{answer}"
    );
    for host in ["evil.example", "127.0.0.1.evil.example", "[::1]", ""] {
        let answer = ask("/model-customization-jobs", host);
        assert!(
            answer.starts_with("HTTP/1.1 403") && answer.contains("only requests to 127.0.0.1"),
            "{host}: {answer}"
        );
        assert!(answer.contains("\r\nx-amzn-errortype: AccessDeniedException\r\n"), "{answer}");
    }
    let of_server = format!("\r\nx-nova-ft-local: {}\r\n", fixture.keys().access_key_id);
    assert!(answer.contains(&of_server) && answer.contains("\r\nx-amzn-requestid: "), "{answer}");
}

#[test]
fn a_bucket_may_be_called_model() {
    let fixture = Fixture::new();
    block_on(fixture.s3().create_bucket().bucket("model").send()).unwrap().unwrap();
    let put = fixture.s3().put_object().bucket("model").key("us.amazon.nova-lite-v1:0/converse").body(vec![1].into());
    block_on(put.send()).unwrap().unwrap();
}

#[test]
fn only_the_keys_of_this_stand_in_are_believed() {
    let fixture = Fixture::new();
    let (endpoint, keys) = (fixture.server().bedrock_endpoint(), fixture.keys());
    let stranger = config_of(&endpoint, "AKIDSTRANGER", &keys.secret_access_key, |config| config);
    let guesser = config_of(&endpoint, &keys.access_key_id, &Secret::new("guess".to_owned()), |config| config);
    let unknown = "The security token included in the request is invalid.";
    let jobs = |config: &SdkConfig| refused!(aws_sdk_bedrock::Client::new(config).list_model_customization_jobs());
    assert_eq!(jobs(&stranger), ("UnrecognizedClientException".to_owned(), 403, unknown.to_owned()));
    let (code, status, message) = jobs(&guesser);
    assert_eq!((code.as_str(), status), ("InvalidSignatureException", 403), "{message}");
    let caller = |config: &SdkConfig| refused!(aws_sdk_sts::Client::new(config).get_caller_identity());
    assert_eq!(caller(&stranger), ("InvalidClientTokenId".to_owned(), 403, unknown.to_owned()));
    assert_eq!(caller(&guesser).0, "SignatureDoesNotMatch");
    let role = refused!(aws_sdk_iam::Client::new(&stranger).get_role().role_name("r"));
    assert_eq!(role, ("InvalidClientTokenId".to_owned(), 403, unknown.to_owned()));
}

#[derive(Debug)]
struct Early;

impl TimeSource for Early {
    fn now(&self) -> SystemTime {
        SystemTime::now() - Duration::from_mins(6)
    }
}

#[test]
fn a_request_of_six_minutes_ago_is_refused() {
    let fixture = Fixture::new();
    let config = fixture.config(|config| config.time_source(Early));
    let (code, status, message) = refused!(aws_sdk_bedrock::Client::new(&config).list_model_customization_jobs());
    assert_eq!((code.as_str(), status), ("InvalidSignatureException", 403), "{message}");
    assert!(message.starts_with("Signature expired: "), "{message}");
}

#[test]
fn an_operation_that_is_not_there_is_unknown() {
    let fixture = Fixture::new();
    let (code, status, _) = refused!(fixture.bedrock().list_guardrails());
    assert_eq!((code.as_str(), status), ("UnknownOperationException", 404));
    let (code, status, message) =
        refused!(aws_sdk_sts::Client::new(&fixture.config(|config| config)).get_session_token());
    assert_eq!((code.as_str(), status), ("InvalidAction", 400));
    assert_eq!(message, "Could not find operation GetSessionToken for version 2011-06-15");
    // Each of the two services has its own operations.
    let role = refused!(aws_sdk_iam::Client::new(&fixture.config(|config| config)).list_roles());
    assert_eq!(role.0, "InvalidAction");
}

#[test]
fn the_caller_is_a_user_of_the_account_and_roles_trust_whom_they_are_said_to() {
    let fixture = Fixture::new();
    let sts = aws_sdk_sts::Client::new(&fixture.config(|config| config));
    let caller = block_on(sts.get_caller_identity().send()).unwrap().unwrap();
    assert_eq!(caller.account(), Some("000000000000"));
    assert_eq!(caller.arn(), Some("arn:aws:iam::000000000000:user/nova-ft-local"));
    let iam = aws_sdk_iam::Client::new(&fixture.config(|config| config));
    let role = block_on(iam.get_role().role_name("BedrockRole").send()).unwrap().unwrap().role.unwrap();
    assert_eq!(role.arn(), ROLE);
    assert_eq!((role.path(), role.role_name(), role.role_id().len()), ("/", "BedrockRole", 21));
    let document = role.assume_role_policy_document().unwrap();
    assert!(document.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{document}");
    let policy = crate::bedrock::percent::decode(document).unwrap();
    let policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
    let statement = &policy["Statement"][0];
    assert_eq!(statement["Principal"]["Service"], "bedrock.amazonaws.com");
    assert_eq!(statement["Condition"]["StringEquals"]["aws:SourceAccount"], "000000000000");

    std::fs::write(fixture.dir.path().join("state/roles.json"), r#"{"Gone": null}"#).unwrap();
    let (code, status, message) = refused!(iam.get_role().role_name("Gone"));
    assert_eq!((code.as_str(), status), ("NoSuchEntity", 404));
    assert_eq!(message, "The role with name Gone cannot be found.");
    let (code, status, message) = refused!(iam.get_role().role_name("a b"));
    assert_eq!((code.as_str(), status), ("ValidationError", 400));
    assert!(message.starts_with("1 validation error detected: Value 'a b' at 'roleName'"), "{message}");
}

#[test]
fn nothing_shows_the_secret() {
    let fixture = Fixture::with_data();
    let (code, ..) = fixture.create("bad name", |create| create).unwrap_err();
    assert_eq!(code, "ValidationException");
    let secret = fixture.keys().secret_access_key.reveal();
    assert!(!format!("{:?}", fixture.server()).contains(secret));
    let state = fixture.dir.path().join("state/bedrock");
    fixture.create("job", |create| create).unwrap();
    fixture.completed("job");
    for folder in ["jobs", "models", "weights"] {
        for entry in std::fs::read_dir(state.join(folder)).unwrap() {
            assert!(!std::fs::read_to_string(entry.unwrap().path()).unwrap().contains(secret));
        }
    }
}
