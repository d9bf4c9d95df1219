//! What to do with each object: pure, so that it can be printed, counted and tested.

use std::fmt;

use super::sent::Sent;
use crate::aws::s3::{Listing, RemoteObject};
use crate::error::shown;
use crate::validate::DatasetObject;

/// What is done with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is sent.
    Put,
    /// It is there already, with the same bytes.
    Skip,
}

impl Action {
    /// | there | sha256 known | same length and sha256 | same word on validity | action |
    /// |---|---|---|---|---|
    /// | no | | | | put |
    /// | yes | no | | | put |
    /// | yes | yes | no | | put |
    /// | yes | yes | yes | no | put |
    /// | yes | yes | yes | yes | skip |
    pub fn of(object: &DatasetObject, validation: &str, remote: Option<&RemoteObject>) -> Self {
        let same = |remote: &RemoteObject| {
            remote.size_bytes == object.size_bytes
                && remote.sha256 == Some(object.sha256)
                && remote.validation.as_deref() == Some(validation)
        };
        if remote.is_some_and(same) { Self::Skip } else { Self::Put }
    }
}

/// What is known of all objects before a single one is asked for: one listing, and what the last upload left.
///
/// A first upload thus asks for nothing, and neither does one that changes nothing.
#[derive(Debug)]
pub(super) struct Survey<'a> {
    listing: Option<&'a Listing>,
    sent: Option<&'a Sent>,
}

/// What a survey says of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Glance {
    /// It is not there, or has another length.
    Differs,
    /// It is there as the last upload left it, under this `ETag`.
    Same(Option<String>),
    /// Only a look at the object itself can tell.
    Unclear,
}

impl<'a> Survey<'a> {
    /// What was sent to another backend, or when something else was known of the data set, says nothing.
    pub(super) fn new(listing: Option<&'a Listing>, sent: &'a Sent, backend: &str, validation: &str) -> Self {
        let says_something = sent.backend == backend && sent.validation == validation;
        Self { listing, sent: says_something.then_some(sent) }
    }

    /// What is known of an object.
    pub(super) fn glance(&self, object: &DatasetObject) -> Glance {
        let Some(listing) = &self.listing else { return Glance::Unclear };
        let Some(there) = listing.get(&object.uri.key) else { return Glance::Differs };
        if there.size_bytes != object.size_bytes {
            return Glance::Differs;
        }
        let sent = self.sent.and_then(|sent| sent.objects.get(&object.uri.to_string()));
        match sent {
            Some(sent) if sent.sha256 == object.sha256 && sent.is_untouched(there) => Glance::Same(there.etag.clone()),
            _ => Glance::Unclear,
        }
    }
}

/// An object and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedObject {
    /// The file and where it goes.
    pub object: DatasetObject,
    /// What is done.
    pub action: Action,
    /// What S3 calls the object's state, once these bytes are there.
    pub etag: Option<String>,
}

impl fmt::Display for PlannedObject {
    /// The line that the real run and the dry run print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (source, uri) = (shown(&self.object.path), &self.object.uri);
        match self.action {
            Action::Put => write!(f, "put {source} {uri}"),
            Action::Skip => write!(f, "skip {source} {uri} (same content)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::s3::{ListedObject, S3Uri};
    use crate::images::hash_bytes;
    use crate::upload::sent::SentObject;

    fn object() -> DatasetObject {
        DatasetObject {
            path: "output/dataset/../../data/images/1.jpg".into(),
            uri: S3Uri::new("bucket", "p/images/1.jpg"),
            sha256: hash_bytes(b"one"),
            size_bytes: 3,
            content_type: "image/jpeg".to_owned(),
            is_records: false,
        }
    }

    fn remote(size_bytes: u64, sha256: Option<&[u8]>, validation: &str) -> RemoteObject {
        let validation = Some(validation.to_owned());
        RemoteObject { size_bytes, sha256: sha256.map(hash_bytes), etag: None, validation }
    }

    #[test]
    fn only_an_object_known_to_have_the_same_bytes_and_the_same_word_on_validity_is_skipped() {
        let action = |remote: Option<RemoteObject>| Action::of(&object(), "passed", remote.as_ref());
        assert_eq!(action(None), Action::Put);
        assert_eq!(action(Some(remote(3, None, "passed"))), Action::Put);
        assert_eq!(action(Some(remote(3, Some(b"two"), "passed"))), Action::Put);
        assert_eq!(action(Some(remote(4, Some(b"one"), "passed"))), Action::Put);
        assert_eq!(action(Some(remote(3, Some(b"one"), "skipped"))), Action::Put);
        assert_eq!(action(Some(remote(3, Some(b"one"), "passed"))), Action::Skip);
    }

    fn listed(size_bytes: u64, etag: &str, modified_unix_s: i64) -> Listing {
        let etag = Some(etag.to_owned());
        Listing::from([(object().uri.key, ListedObject { size_bytes, etag, modified_unix_s: Some(modified_unix_s) })])
    }

    fn sent(bytes: &[u8], validation: &str) -> Sent {
        let there = listed(3, "e1", 7);
        let sent = SentObject::new(hash_bytes(bytes), Some("e1"), there.values().next()).unwrap();
        Sent {
            backend: "local".to_owned(),
            validation: validation.to_owned(),
            objects: [(object().uri.to_string(), sent)].into(),
        }
    }

    #[test]
    fn an_object_that_is_listed_as_it_was_left_is_not_asked_for() {
        let glance =
            |listing: Option<&Listing>, sent: &Sent| Survey::new(listing, sent, "local", "passed").glance(&object());
        let left = sent(b"one", "passed");
        assert_eq!(glance(Some(&listed(3, "e1", 7)), &left), Glance::Same(Some("e1".to_owned())));
        assert_eq!(glance(Some(&listed(3, "e2", 7)), &left), Glance::Unclear, "other bytes");
        assert_eq!(glance(Some(&listed(3, "e1", 8)), &left), Glance::Unclear, "the same bytes, put again");
        assert_eq!(glance(Some(&listed(4, "e1", 7)), &left), Glance::Differs);
        assert_eq!(glance(Some(&Listing::new()), &left), Glance::Differs);
        assert_eq!(glance(None, &left), Glance::Unclear);
        assert_eq!(glance(Some(&listed(3, "e1", 7)), &sent(b"two", "passed")), Glance::Unclear);
        assert_eq!(glance(Some(&listed(3, "e1", 7)), &Sent::default()), Glance::Unclear);
        assert_eq!(glance(Some(&listed(3, "e1", 7)), &sent(b"one", "skipped")), Glance::Unclear);
        let elsewhere = Sent { backend: "aws".to_owned(), ..left };
        assert_eq!(glance(Some(&listed(3, "e1", 7)), &elsewhere), Glance::Unclear);
    }

    #[test]
    fn what_somebody_else_put_in_between_is_not_remembered_as_ours() {
        let there = listed(3, "theirs", 7);
        assert_eq!(SentObject::new(hash_bytes(b"one"), Some("ours"), there.values().next()), None);
    }

    #[test]
    fn a_line_names_the_source_and_the_object() {
        let put = PlannedObject { object: object(), action: Action::Put, etag: None };
        assert_eq!(put.to_string(), "put data/images/1.jpg s3://bucket/p/images/1.jpg");
        let skip = PlannedObject { object: object(), action: Action::Skip, etag: None };
        assert_eq!(skip.to_string(), "skip data/images/1.jpg s3://bucket/p/images/1.jpg (same content)");
    }
}
