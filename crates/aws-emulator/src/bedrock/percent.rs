//! Percent-encoding as SigV4 and AWS's query protocol want it.

use std::fmt::Write as _;

/// Encodes everything but letters, digits and `-._~`.
pub(super) fn encode(text: &str) -> String {
    encode_except(text, "")
}

/// Encodes a path, whose slashes stay.
pub(super) fn encode_path(path: &str) -> String {
    encode_except(path, "/")
}

fn encode_except(text: &str, kept: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// Decodes `%XX`; `None` for what is no such text.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let (digits, after) = after.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// The pairs of a query, in their order; `None` where one cannot be decoded.
pub(super) fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

/// The pairs of a form, where a `+` is a space.
pub(super) fn form_pairs(form: &str) -> Option<Vec<(String, String)>> {
    pairs(&form.replace('+', "%20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_again_and_what_is_no_encoding_is_refused() {
        for text in ["", "a b/ü%", "arn:aws:x::y/z", "%41"] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        }
        assert_eq!(encode("arn:a/b %"), "arn%3Aa%2Fb%20%25");
        assert_eq!(encode_path("/a%3Ab/c:d"), "/a%253Ab/c%3Ad");
        for bad in ["%", "%4", "%4g", "%+1", "%ff"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs("a=1&&b=x%3Dy&c"), Some(vec![pair("a", "1"), pair("b", "x=y"), pair("c", "")]));
        assert_eq!(form_pairs("a=b+c"), Some(vec![pair("a", "b c")]));
    }
}
