//! Pages of a bucket's listing.

use std::ops::Bound;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{CommonPrefix, EncodingType, Object, ObjectStorageClass};
use s3s::{S3Result, s3_error};

use super::catalog::{Objects, Record};

/// Keys and common prefixes of a page, whatever is asked for.
const MAX_PAGE: usize = 1000;
/// Characters that are percent-encoded in a key.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// Which part of a listing is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pub(super) prefix: String,
    /// Keys that go on with this text are folded into one common prefix.
    pub(super) delimiter: Option<String>,
    pub(super) after: After,
    /// At most this many keys and common prefixes.
    pub(super) max_keys: usize,
}

impl Query {
    /// # Errors
    /// For a page of less than no key.
    pub(super) fn new(
        prefix: Option<String>,
        delimiter: Option<&String>,
        after: After,
        max_keys: Option<i32>,
    ) -> S3Result<Self> {
        let max_keys = page_size(max_keys)?;
        Ok(Self { prefix: prefix.unwrap_or_default(), delimiter: delimiter.cloned(), after, max_keys })
    }
}

fn page_size(max_keys: Option<i32>) -> S3Result<usize> {
    let asked = max_keys.map_or(Ok(MAX_PAGE), usize::try_from);
    let asked = asked
        .map_err(|_| s3_error!(InvalidArgument, "Argument maxKeys must be an integer between 0 and 2147483647"))?;
    Ok(asked.min(MAX_PAGE))
}

/// Where a page begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum After {
    /// With the first key.
    #[default]
    Nothing,
    /// With the key after this one.
    Key(String),
    /// With the first key that does not have this common prefix.
    Group(String),
}

impl After {
    /// As a continuation token: opaque to the client.
    pub(super) fn token(&self) -> Option<String> {
        let text = match self {
            Self::Nothing => return None,
            Self::Key(key) => format!("k{key}"),
            Self::Group(prefix) => format!("g{prefix}"),
        };
        Some(URL_SAFE_NO_PAD.encode(text))
    }

    /// The place that a continuation token names.
    pub(super) fn parse(token: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        match text.split_at_checked(1)? {
            ("k", key) => Some(Self::Key(key.to_owned())),
            ("g", prefix) => Some(Self::Group(prefix.to_owned())),
            _ => None,
        }
    }

    /// The key or prefix itself, as the older `ListObjects` gives it.
    pub(super) fn marker(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Key(text) | Self::Group(text) => Some(text.clone()),
        }
    }
}

/// One page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) objects: Vec<Arc<Record>>,
    pub(super) prefixes: Vec<String>,
    /// Where the next page begins; `None` at the end.
    pub(super) next: Option<After>,
}

impl Page {
    /// Keys and common prefixes together.
    pub(super) fn len(&self) -> usize {
        self.objects.len() + self.prefixes.len()
    }

    /// Reads one page out of the objects of a bucket.
    pub(super) fn read(objects: &Objects, query: &Query) -> Self {
        let mut page = Self::default();
        if query.max_keys == 0 {
            return page;
        }
        let prefix = query.prefix.as_str();
        let (start, skipped) = match &query.after {
            After::Key(key) if key.as_str() >= prefix => (Bound::Excluded(key.as_str()), None),
            After::Group(group) if group.as_str() >= prefix => (Bound::Included(group.as_str()), Some(group.as_str())),
            _ => (Bound::Included(prefix), None),
        };
        let mut last = After::Nothing;
        for (key, record) in objects.range::<str, _>((start, Bound::Unbounded)) {
            if !key.starts_with(prefix) {
                break;
            }
            if skipped.is_some_and(|group| key.starts_with(group)) {
                continue;
            }
            let group = group_of(key, prefix, query.delimiter.as_deref());
            if let (Some(group), After::Group(previous)) = (group, &last)
                && group == previous
            {
                continue;
            }
            if page.len() == query.max_keys {
                page.next = Some(last);
                return page;
            }
            if let Some(group) = group {
                page.prefixes.push(group.to_owned());
                last = After::Group(group.to_owned());
            } else {
                page.objects.push(record.clone());
                last = After::Key(key.clone());
            }
        }
        page
    }

    /// The objects in the shape of an answer.
    pub(super) fn contents(&self, encoding: Option<&EncodingType>) -> Vec<Object> {
        let object = |record: &Arc<Record>| Object {
            key: Some(encode(&record.key, encoding)),
            size: i64::try_from(record.size_bytes).ok(),
            e_tag: Some(record.etag()),
            last_modified: Some(record.modified()),
            storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
            checksum_algorithm: record.checksum.as_ref().map(|checksum| vec![checksum.algorithm.clone().into()]),
            checksum_type: record.checksum.as_ref().map(|checksum| checksum.kind.clone().into()),
            ..Object::default()
        };
        self.objects.iter().map(object).collect()
    }

    /// The common prefixes in the shape of an answer.
    pub(super) fn common_prefixes(&self, encoding: Option<&EncodingType>) -> Vec<CommonPrefix> {
        self.prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(encode(prefix, encoding)) }).collect()
    }
}

/// The common prefix that a key is folded into: as far as the end of the first delimiter after the asked prefix.
fn group_of<'a>(key: &'a str, prefix: &str, delimiter: Option<&str>) -> Option<&'a str> {
    let delimiter = delimiter.filter(|delimiter| !delimiter.is_empty())?;
    let position = key.get(prefix.len()..)?.find(delimiter)?;
    key.get(..prefix.len() + position + delimiter.len())
}

/// A text of an answer, percent-encoded when the client asked for that.
pub(super) fn encode(text: &str, encoding: Option<&EncodingType>) -> String {
    if encoding.is_none_or(|encoding| encoding.as_str() != EncodingType::URL) {
        return text.to_owned();
    }
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(keys: &[&str]) -> Objects {
        let record = |key: &str| Record {
            key: key.to_owned(),
            blob: String::new(),
            size_bytes: 0,
            etag: String::new(),
            modified_unix_s: 0,
            checksum: None,
            upload_id: None,
        };
        keys.iter().map(|key| ((*key).to_owned(), Arc::new(record(key)))).collect()
    }

    /// Every page of a listing, as text: keys, then common prefixes.
    fn pages(objects: &Objects, mut query: Query) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            let page = Page::read(objects, &query);
            let keys = page.objects.iter().map(|record| record.key.clone());
            all.push(keys.chain(page.prefixes).collect::<Vec<_>>().join(" "));
            let Some(next) = page.next else { return all };
            // Through the token, as a client does it.
            query.after = After::parse(&next.token().unwrap()).unwrap();
        }
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_repetition() {
        let objects = objects(&["a", "a/1", "a/2", "a/3", "b", "c/1", "c/2", "d"]);
        let query = |delimiter: Option<&str>| Query {
            max_keys: 2,
            delimiter: delimiter.map(str::to_owned),
            ..Query::default()
        };
        assert_eq!(pages(&objects, query(None)), ["a a/1", "a/2 a/3", "b c/1", "c/2 d"]);
        assert_eq!(pages(&objects, query(Some("/"))), ["a a/", "b c/", "d"]);
        assert_eq!(pages(&objects, Query { prefix: "a/".into(), ..query(Some("/")) }), ["a/1 a/2", "a/3"]);
        assert_eq!(pages(&objects, Query { prefix: "x".into(), ..query(None) }), [""]);
        assert_eq!(pages(&objects, Query { after: After::Key("c".into()), ..query(Some("/")) }), ["d c/"]);
        assert_eq!(pages(&objects, Query { max_keys: 0, ..query(None) }), [""]);
    }

    #[test]
    fn a_delimiter_may_be_long_and_not_ascii() {
        let objects = objects(&["一票二票三", "一票四", "五"]);
        let query = Query { delimiter: Some("票".to_owned()), max_keys: 1000, ..Query::default() };
        assert_eq!(pages(&objects, query), ["五 一票"]);
    }

    #[test]
    fn keys_are_percent_encoded_when_the_client_asks() {
        let url = EncodingType::from_static(EncodingType::URL);
        assert_eq!(encode("发/a+b c%.jpg", Some(&url)), "%E5%8F%91/a%2Bb%20c%25.jpg");
        assert_eq!(encode("a b", None), "a b");
    }

    #[test]
    fn a_token_that_is_not_ours_is_refused() {
        for token in ["", "!", "eA", "7w"] {
            assert_eq!(After::parse(token), None, "{token}");
        }
    }

    proptest::proptest! {
        #[test]
        fn paging_gives_what_one_large_page_gives(
            keys in proptest::collection::btree_set("[ab/票]{1,5}", 0..20),
            prefix in "[ab/]{0,2}",
            max_keys in 1_usize..5,
        ) {
            let keys: Vec<_> = keys.iter().map(String::as_str).collect();
            let objects = objects(&keys);
            let query = Query { prefix, delimiter: Some("/".to_owned()), max_keys, ..Query::default() };
            let sorted = |pages: Vec<String>| {
                let mut all: Vec<_> = pages.iter().flat_map(|page| page.split_whitespace()).map(str::to_owned).collect();
                all.sort();
                all
            };
            let whole = sorted(pages(&objects, Query { max_keys: 1000, ..query.clone() }));
            proptest::prop_assert_eq!(sorted(pages(&objects, query)), whole);
        }
    }
}
