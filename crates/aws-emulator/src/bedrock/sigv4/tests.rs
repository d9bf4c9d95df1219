use hyper::Request;

use super::*;
use foundation::Secret;

fn keys() -> Keys {
    Keys {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
    }
}

fn moment(text: &str) -> OffsetDateTime {
    PrimitiveDateTime::parse(text, TIME).unwrap().assume_utc()
}

/// The example of the guide to signature version 4, with its published signature.
const EXAMPLE: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                       SignedHeaders=content-type;host;x-amz-date, \
                       Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";

fn example(change: impl FnOnce(&mut Parts)) -> Parts {
    let request = Request::builder()
        .uri("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08")
        .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        .header("Host", "iam.amazonaws.com")
        .header("X-Amz-Date", "20150830T123600Z")
        .header("Authorization", EXAMPLE);
    let mut parts = request.body(()).unwrap().into_parts().0;
    change(&mut parts);
    parts
}

fn verdict(parts: &Parts, body: &[u8], now: &str) -> Result<Signer, (Api, &'static str, u16, String)> {
    verify(parts, body, &keys(), moment(now))
        .map_err(|refused| (refused.api, refused.fault.code, refused.fault.status, refused.fault.message))
}

#[test]
fn the_published_example_is_believed() {
    let signer = verdict(&example(|_| {}), b"", "20150830T123600Z").unwrap();
    assert_eq!(signer, Signer { api: Api::Iam, region: "us-east-1".to_owned() });
}

#[test]
fn whatever_is_changed_in_a_signed_request_makes_the_signature_wrong() {
    let changes: [fn(&mut Parts); 6] = [
        |parts| parts.uri = "https://iam.amazonaws.com/?Action=ListRoles&Version=2010-05-08".parse().unwrap(),
        |parts| parts.uri = "https://iam.amazonaws.com/x?Action=ListUsers&Version=2010-05-08".parse().unwrap(),
        |parts| parts.method = hyper::Method::POST,
        |parts| drop(parts.headers.insert("host", "sts.amazonaws.com".parse().unwrap())),
        |parts| drop(parts.headers.insert("x-amz-date", "20150830T123601Z".parse().unwrap())),
        |parts| drop(parts.headers.remove("content-type")),
    ];
    for change in changes {
        let (api, code, status, message) = verdict(&example(change), b"", "20150830T123600Z").unwrap_err();
        assert_eq!((api, code, status), (Api::Iam, "SignatureDoesNotMatch", 403), "{message}");
    }
    let (_, code, ..) = verdict(&example(|_| {}), b"x", "20150830T123600Z").unwrap_err();
    assert_eq!(code, "SignatureDoesNotMatch");
    // What was not signed may change, and so may the order of the query.
    let unsigned = example(|parts| drop(parts.headers.insert("user-agent", "x".parse().unwrap())));
    assert!(verdict(&unsigned, b"", "20150830T123600Z").is_ok());
    let turned =
        example(|parts| parts.uri = "https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers".parse().unwrap());
    assert!(verdict(&turned, b"", "20150830T123600Z").is_ok());
}

#[test]
fn five_minutes_are_allowed_and_not_more() {
    for now in ["20150830T123100Z", "20150830T124100Z"] {
        assert!(verdict(&example(|_| {}), b"", now).is_ok(), "{now}");
    }
    let late = verdict(&example(|_| {}), b"", "20150830T124101Z").unwrap_err();
    assert_eq!((late.1, late.2), ("SignatureDoesNotMatch", 403));
    let said = "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)";
    assert_eq!(late.3, said);
    let early = verdict(&example(|_| {}), b"", "20150830T123059Z").unwrap_err();
    let said =
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)";
    assert_eq!(early.3, said);
}

#[test]
fn a_header_that_is_no_signature_is_refused_in_the_words_of_the_service_asked() {
    let with = |header: &'static str, path: &str| {
        let parts = example(|parts| {
            parts.uri = format!("https://x{path}").parse().unwrap();
            drop(parts.headers.insert("authorization", header.parse().unwrap()));
        });
        let (api, code, status, _) = verdict(&parts, b"", "20150830T123600Z").unwrap_err();
        (api, code, status)
    };
    let jobs = "/model-customization-jobs";
    assert_eq!(with("Bearer x", jobs), (Api::Bedrock, "IncompleteSignatureException", 400));
    assert_eq!(with("AWS4-HMAC-SHA256 Credential=a", "/"), (Api::Sts, "IncompleteSignature", 400));
    let short = "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=x";
    assert_eq!(with(short, jobs), (Api::Bedrock, "IncompleteSignatureException", 400));
    let s3 =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x";
    assert_eq!(with(s3, jobs), (Api::Bedrock, "InvalidSignatureException", 403));
    let stranger =
        "AWS4-HMAC-SHA256 Credential=AKIA/20150830/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=x";
    assert_eq!(with(stranger, jobs), (Api::Bedrock, "UnrecognizedClientException", 403));
    let stranger =
        "AWS4-HMAC-SHA256 Credential=AKIA/20150830/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=x";
    assert_eq!(with(stranger, "/"), (Api::Sts, "InvalidClientTokenId", 403));
    let no_host = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request, SignedHeaders=x-amz-date, Signature=x";
    assert_eq!(with(no_host, jobs), (Api::Bedrock, "InvalidSignatureException", 403));
    let other_day = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150831/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=x";
    assert_eq!(with(other_day, jobs), (Api::Bedrock, "InvalidSignatureException", 403));
    let nothing = example(|parts| drop(parts.headers.remove("authorization")));
    assert_eq!(verdict(&nothing, b"", "20150830T123600Z").unwrap_err().1, "MissingAuthenticationToken");
}

#[test]
fn the_hash_is_hmac_of_sha256() {
    // RFC 4231, cases 2 and 6.
    let short = hmac(b"Jefe", b"what do ya want for nothing?");
    assert_eq!(hex(&short), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    let long = hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
    assert_eq!(hex(&long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
