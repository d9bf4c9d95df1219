//! Who may ask: only a browser on this machine that was given the address.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode};

use crate::settings::Secret;

/// Nothing but what this server serves: no inline script or style, no frame, no form, no other address.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every answer carries.
const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    // The address holds the token: it goes nowhere.
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// What a request must have.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) token: Secret,
    pub(super) port: u16,
}

impl Door {
    /// Whether a request is for this server by one of its own names, comes from no other site, and knows the token.
    pub(super) fn is_open_to(&self, request: &Request<Body>) -> bool {
        // All three are looked at, so that an answer's time tells nothing of one of them.
        self.is_for_us(request) & self.is_from_us(request) & self.has_token(request.uri().path())
    }

    /// A web page can make a browser call 127.0.0.1 under a name of its own (DNS rebinding), but not under ours.
    fn is_for_us(&self, request: &Request<Body>) -> bool {
        let mut hosts = request.headers().get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        host.to_str().is_ok_and(|host| self.is_own(host))
    }

    fn is_own(&self, host: &str) -> bool {
        let Some((name, port)) = host.rsplit_once(':') else { return false };
        port.parse() == Ok(self.port) && (name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost"))
    }

    fn is_from_us(&self, request: &Request<Body>) -> bool {
        request.headers().get_all(ORIGIN).iter().all(|origin| {
            let host = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
            host.is_some_and(|host| self.is_own(host))
        })
    }

    /// Whether the first part of the path is the token.
    fn has_token(&self, path: &str) -> bool {
        let said = path.strip_prefix('/').unwrap_or(path).split('/').next().unwrap_or_default();
        is_same(said.as_bytes(), self.token.reveal().as_bytes())
    }
}

/// Whether two texts are the same, in a time that does not depend on where they differ.
fn is_same(said: &[u8], wanted: &[u8]) -> bool {
    let differing = wanted.iter().enumerate().fold(0, |differing, (at, byte)| {
        // Past the end of what was said, any other byte.
        differing | (byte ^ said.get(at).copied().unwrap_or(!byte))
    });
    std::hint::black_box(differing) == 0 && said.len() == wanted.len()
}

/// The answer to whom the door is closed: nothing.
pub(super) fn forbidden() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

/// Adds what every answer carries.
pub(super) fn guarded(mut response: Response<Body>) -> Response<Body> {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(host: &str, origin: Option<&str>, path: &str) -> bool {
        let door = Door { token: Secret::new("0123456789abcdef"), port: 4711 };
        let mut request = Request::builder().uri(path).header(HOST, host);
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        door.is_open_to(&request.body(Body::empty()).unwrap())
    }

    #[test]
    fn only_our_names_our_port_and_the_whole_token_open_the_door() {
        let ours = ["127.0.0.1:4711", "localhost:4711", "LocalHost:4711"];
        for host in ours {
            assert!(asks(host, None, "/0123456789abcdef/api/state"), "{host}");
        }
        for host in ["127.0.0.1", "127.0.0.1:80", "evil.example:4711", "127.0.0.1.evil.example:4711", "[::1]:4711", ""]
        {
            assert!(!asks(host, None, "/0123456789abcdef/"), "{host}");
        }
        for path in [
            "/",
            "/0123456789abcde/",
            "/0123456789abcdef0/",
            "/x/0123456789abcdef/",
            "/0123456789ABCDEF/",
            "//0123456789abcdef",
        ] {
            assert!(!asks(ours[0], None, path), "{path}");
        }
    }

    #[test]
    fn a_request_of_another_site_is_turned_away() {
        let asks = |origin| asks("127.0.0.1:4711", Some(origin), "/0123456789abcdef/");
        assert!(asks("http://127.0.0.1:4711") && asks("http://localhost:4711"));
        for origin in ["null", "http://evil.example", "https://127.0.0.1:4711", "http://127.0.0.1:4712", "file://"] {
            assert!(!asks(origin), "{origin}");
        }
    }

    #[test]
    fn two_hosts_are_none() {
        let door = Door { token: Secret::new("t"), port: 1 };
        let request = Request::builder().uri("/t").header(HOST, "127.0.0.1:1").header(HOST, "127.0.0.1:1");
        assert!(!door.is_open_to(&request.body(Body::empty()).unwrap()));
    }
}
