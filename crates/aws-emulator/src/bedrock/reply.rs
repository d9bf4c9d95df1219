//! Answers as they go over the wire: JSON of Bedrock, XML of STS and IAM.

use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use s3s::Body;
use serde_json::{Value, json};

use super::fault::Fault;
use super::sigv4::Api;
use foundation::entropy::random_hex;
use foundation::markup::escape;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// The answer to a request that went well.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: ReplyBody,
}

/// What stands in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ReplyBody {
    Json(Value),
    /// The inside of an action's result, without the request id.
    Xml {
        api: Api,
        action: &'static str,
        result: String,
    },
}

impl Reply {
    /// 200 and a value.
    pub(super) fn ok(value: Value) -> Self {
        Self::json(200, value)
    }

    /// 200 and an object without members.
    pub(super) fn empty() -> Self {
        Self::ok(json!({}))
    }

    pub(super) fn json(status: u16, value: Value) -> Self {
        Self { status, body: ReplyBody::Json(value) }
    }

    /// As bytes.
    pub(super) fn into_response(self) -> Response<Body> {
        let id = request_id();
        match self.body {
            ReplyBody::Json(value) => response(self.status, "application/json", value.to_string(), &id),
            ReplyBody::Xml { api, action, result } => {
                let namespace = namespace(api);
                let text = format!(
                    "<{action}Response xmlns=\"{namespace}\">\n<{action}Result>{result}</{action}Result>\n\
                     <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata>\n</{action}Response>\n"
                );
                response(self.status, "text/xml", text, &id)
            }
        }
    }
}

/// A refusal as bytes, in the form of the service that was asked.
pub(super) fn refusal(api: Api, fault: &Fault) -> Response<Body> {
    let id = request_id();
    if api == Api::Bedrock {
        let body = json!({ "message": fault.message }).to_string();
        let mut response = response(fault.status, "application/json", body, &id);
        response.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(fault.code));
        return response;
    }
    let (namespace, message, code) = (namespace(api), escape(&fault.message), fault.code);
    let sender = if fault.status < 500 { "Sender" } else { "Receiver" };
    let text = format!(
        "<ErrorResponse xmlns=\"{namespace}\">\n<Error><Type>{sender}</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error>\n<RequestId>{id}</RequestId>\n</ErrorResponse>\n"
    );
    response(fault.status, "text/xml", text, &id)
}

fn namespace(api: Api) -> &'static str {
    match api {
        Api::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
        Api::Sts | Api::Bedrock => "https://sts.amazonaws.com/doc/2011-06-15/",
    }
}

/// In the form of a UUID, as AWS gives them.
fn request_id() -> String {
    // Without entropy there is no id; the answer is worth more than it.
    let hex = random_hex(16).unwrap_or_else(|_| "0".repeat(32));
    let groups = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    groups.join("-")
}

fn response(status: u16, content_type: &'static str, body: String, id: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
