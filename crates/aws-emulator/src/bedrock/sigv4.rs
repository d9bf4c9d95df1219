//! Who asks: signature version 4 in the `Authorization` header, checked in full.

use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::http::request::Parts;
use sha2::{Digest as _, Sha256};
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::fault::Fault;
use super::percent;
use crate::state::Keys;
use foundation::entropy::hex;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far the time of a request may be from the time here.
const SKEW: Duration = Duration::minutes(5);
const TIME: &[time::format_description::BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// The service that a request is signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    /// Bedrock's control plane and its runtime, which share a name.
    Bedrock,
    Sts,
    Iam,
}

impl Api {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "bedrock" => Some(Self::Bedrock),
            "sts" => Some(Self::Sts),
            "iam" => Some(Self::Iam),
            _ => None,
        }
    }

    /// The one that an unsigned request looks like.
    fn of_unsigned(parts: &Parts) -> Self {
        if parts.uri.path() == "/" { Self::Sts } else { Self::Bedrock }
    }
}

/// What a good signature says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signer {
    pub(super) api: Api,
    /// The Region that is asked.
    pub(super) region: String,
}

/// Why a request is not believed, and in whose words that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) api: Api,
    pub(super) fault: Fault,
}

#[derive(Debug)]
enum Reason {
    NoSignature,
    Incomplete(String),
    UnknownKey,
    WrongSignature(String),
}

impl Reason {
    /// STS and IAM have names of their own for these faults.
    fn fault(self, api: Api) -> Fault {
        let json = api == Api::Bedrock;
        let named = |of_json, of_query| if json { of_json } else { of_query };
        match self {
            Self::NoSignature if json => {
                Fault::new("MissingAuthenticationTokenException", 403, "Missing Authentication Token")
            }
            Self::NoSignature => {
                Fault::new("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
            }
            Self::Incomplete(message) => {
                Fault::new(named("IncompleteSignatureException", "IncompleteSignature"), 400, message)
            }
            Self::UnknownKey => Fault::new(
                named("UnrecognizedClientException", "InvalidClientTokenId"),
                403,
                "The security token included in the request is invalid.",
            ),
            Self::WrongSignature(message) => {
                Fault::new(named("InvalidSignatureException", "SignatureDoesNotMatch"), 403, message)
            }
        }
    }
}

/// What the `Authorization` header says.
struct Authorization<'a> {
    key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(header: &'a str) -> Result<Self, Reason> {
        let wrong =
            |what: &str| Reason::Incomplete(format!("Authorization header requires {what}. Authorization={ALGORITHM}"));
        let fields = header.strip_prefix(ALGORITHM).ok_or_else(|| {
            Reason::Incomplete(format!("Unsupported AWS 'algorithm': only {ALGORITHM} is accepted by this endpoint."))
        })?;
        let field = |name: &str| {
            let values = fields.split(',').filter_map(|field| field.trim().split_once('='));
            let found = values.filter(|(key, _)| *key == name).map(|(_, value)| value).next();
            found.filter(|value| !value.is_empty()).ok_or_else(|| wrong(&format!("'{name}' parameter")))
        };
        let (credential, signed_headers, signature) =
            (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
        let parts: Vec<_> = credential.split('/').collect();
        match parts[..] {
            [key_id, date, region, service, "aws4_request"] => {
                Ok(Self { key_id, date, region, service, signed_headers, signature })
            }
            _ => Err(wrong("a 'Credential' of key/date/region/service/aws4_request")),
        }
    }
}

/// Checks the signature of a request. The body's own digest is computed, so a header that gives another one helps nobody.
pub(super) fn verify(parts: &Parts, body: &[u8], keys: &Keys, now: OffsetDateTime) -> Result<Signer, Refused> {
    let unsigned = Api::of_unsigned(parts);
    let refuse = |api: Api, reason: Reason| Refused { api, fault: reason.fault(api) };
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let header = header.ok_or_else(|| refuse(unsigned, Reason::NoSignature))?;
    let authorization = Authorization::parse(header).map_err(|reason| refuse(unsigned, reason))?;
    let api = Api::parse(authorization.service).ok_or_else(|| {
        let correct = if unsigned == Api::Bedrock { "bedrock" } else { "sts" };
        let message = format!("Credential should be scoped to correct service: '{correct}'. ");
        refuse(unsigned, Reason::WrongSignature(message))
    })?;
    check(parts, body, keys, now, &authorization).map_err(|reason| refuse(api, reason))?;
    Ok(Signer { api, region: authorization.region.to_owned() })
}

fn check(
    parts: &Parts,
    body: &[u8],
    keys: &Keys,
    now: OffsetDateTime,
    authorization: &Authorization<'_>,
) -> Result<(), Reason> {
    if authorization.key_id != keys.access_key_id || parts.headers.contains_key("x-amz-security-token") {
        return Err(Reason::UnknownKey);
    }
    let date = parts.headers.get("x-amz-date").and_then(|value| value.to_str().ok()).ok_or_else(|| {
        let message = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
        Reason::Incomplete(message.to_owned())
    })?;
    check_time(date, authorization.date, now)?;
    if authorization.region.is_empty() || !authorization.region.bytes().all(is_region_byte) {
        return Err(Reason::WrongSignature("Credential should be scoped to a valid region.".to_owned()));
    }
    let signed: Vec<_> = authorization.signed_headers.split(';').collect();
    if !signed.contains(&"host") {
        let message = "'host' or ':authority' must be a 'SignedHeader' in the AWS Authorization header.";
        return Err(Reason::WrongSignature(message.to_owned()));
    }
    let request = canonical_request(parts, body, &signed, authorization.signed_headers)?;
    let scope = format!("{}/{}/{}/aws4_request", authorization.date, authorization.region, authorization.service);
    let to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n{}", hex(&Sha256::digest(request)));
    let secret = format!("AWS4{}", keys.secret_access_key.reveal());
    let key = [authorization.date, authorization.region, authorization.service, "aws4_request"]
        .iter()
        .fold(secret.into_bytes(), |key, part| hmac(&key, part.as_bytes()).to_vec());
    if !is_same(&hex(&hmac(&key, to_sign.as_bytes())), authorization.signature) {
        return Err(Reason::WrongSignature(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details."
                .to_owned(),
        ));
    }
    Ok(())
}

fn is_region_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// The moment of the request must be near, and of the day that the key is derived for.
fn check_time(date: &str, day: &str, now: OffsetDateTime) -> Result<(), Reason> {
    let moment = PrimitiveDateTime::parse(date, TIME).map_err(|_| {
        Reason::Incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ))
    })?;
    if !date.starts_with(day) {
        let message = format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{day}' != '{date}'."
        );
        return Err(Reason::WrongSignature(message));
    }
    let text = |moment: OffsetDateTime| moment.format(TIME).unwrap_or_default();
    let moment = moment.assume_utc();
    if moment < now - SKEW {
        let (earliest, now) = (text(now - SKEW), text(now));
        let message = format!("Signature expired: {date} is now earlier than {earliest} ({now} - 5 min.)");
        return Err(Reason::WrongSignature(message));
    }
    if moment > now + SKEW {
        let (latest, now) = (text(now + SKEW), text(now));
        let message = format!("Signature not yet current: {date} is still later than {latest} ({now} + 5 min.)");
        return Err(Reason::WrongSignature(message));
    }
    Ok(())
}

/// What is signed: the path is encoded once more than it was sent (only S3 does without), the query is sorted.
fn canonical_request(parts: &Parts, body: &[u8], signed: &[&str], signed_headers: &str) -> Result<String, Reason> {
    let mut query: Vec<_> = percent::pairs(parts.uri.query().unwrap_or_default())
        .ok_or_else(|| Reason::WrongSignature("The query cannot be decoded.".to_owned()))?
        .iter()
        .map(|(name, value)| (percent::encode(name), percent::encode(value)))
        .collect();
    query.sort();
    let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let lines = signed.iter().map(|name| {
        let value = header_value(&parts.headers, name).ok_or_else(|| {
            Reason::WrongSignature(format!("The header '{name}' is signed, but the request does not have it."))
        })?;
        Ok(format!("{name}:{value}\n"))
    });
    let headers = lines.collect::<Result<String, Reason>>()?;
    let (method, path) = (parts.method.as_str(), percent::encode_path(parts.uri.path()));
    let digest = hex(&Sha256::digest(body));
    Ok(format!("{method}\n{path}\n{}\n{headers}\n{signed_headers}\n{digest}", query.join("&")))
}

/// All values of a header, with single spaces.
fn header_value(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(name).iter().map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

/// Compares in a time that does not depend on where the first difference is.
fn is_same(left: &str, right: &str) -> bool {
    left.len() == right.len() && left.bytes().zip(right.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests;
