//! What AWS puts on every answer and into every error, and s3s leaves out: the id of the request, a message, the resource.

use hyper::Response;
use hyper::header::{HeaderName, HeaderValue};
use s3s::Body;

use foundation::entropy::random_hex;
use foundation::markup::escape;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// Messages of the errors that s3s gives without one, as AWS words them.
const MESSAGES: [(&str, &str); 9] = [
    (
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    ),
    ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
    ("AccessDenied", "Access Denied"),
    ("BadDigest", "The Content-MD5 you specified did not match what we received."),
    ("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"),
    ("InternalError", "We encountered an internal error. Please try again."),
    ("InvalidBucketName", "The specified bucket is not valid."),
    ("InvalidURI", "Couldn't parse the specified URI."),
    ("KeyTooLongError", "Your key is too long"),
];
/// The one that s3s words in its own way.
const REWORDED: &str = "RequestTimeTooSkewed";

/// Completes the answer to a request for `resource`, the path of its URL.
pub(super) fn complete(mut response: Response<Body>, resource: &str) -> Response<Body> {
    // Without entropy there is no id; the answer is worth more than it.
    let id = random_hex(8).unwrap_or_default().to_uppercase();
    if response.status().is_client_error() || response.status().is_server_error() {
        let text = response.body().bytes().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        if let Some(text) = text.and_then(|text| error_document(&text, resource, &id)) {
            *response.body_mut() = Body::from(text);
        }
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The document of an error with everything in it; `None` when the text is none.
fn error_document(text: &str, resource: &str, id: &str) -> Option<String> {
    let code = element(text, "Code")?;
    let usual = MESSAGES.iter().find(|(of, _)| *of == code).map(|(_, message)| *message);
    let own = element(text, "Message").filter(|_| code != REWORDED);
    let message = own.or(usual).unwrap_or(code);
    let resource = escape(resource);
    Some(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <Resource>{resource}</Resource><RequestId>{id}</RequestId></Error>"
    ))
}

/// The text of an element that holds no other and occurs once. It stays escaped.
fn element<'a>(document: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}
