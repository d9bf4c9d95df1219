//! What to do with each object: pure, so that it can be printed, counted and tested.

use std::collections::HashMap;
use std::fmt;

use super::receipt::{Receipt, ReceiptObject};
use crate::error::shown;
use crate::store::{Listing, RemoteObject};
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

/// What is known of all objects before a single one is asked for: one listing, and the receipt of the last upload.
///
/// A first upload thus asks for nothing, and neither does one that changes nothing.
#[derive(Debug, Default)]
pub(super) struct Survey<'a> {
    listing: Option<Listing>,
    sent: HashMap<&'a str, &'a ReceiptObject>,
}

/// What a survey says of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Glance {
    /// It is not there, or has another length.
    Differs,
    /// It is there as the last upload left it, under this `ETag`.
    Same(String),
    /// Only a look at the object itself can tell.
    Unclear,
}

impl<'a> Survey<'a> {
    /// `validation` is what is known of the data set now; a receipt that says otherwise says nothing.
    pub(super) fn new(listing: Option<Listing>, receipt: Option<&'a Receipt>, validation: &str) -> Self {
        let receipt = receipt.filter(|receipt| receipt.validation().to_string() == validation);
        Self { listing, sent: receipt.map(Receipt::by_uri).unwrap_or_default() }
    }

    /// What is known of an object.
    pub(super) fn glance(&self, object: &DatasetObject) -> Glance {
        let Some(listing) = &self.listing else { return Glance::Unclear };
        let Some(there) = listing.get(&object.uri.key) else { return Glance::Differs };
        if there.size_bytes != object.size_bytes {
            return Glance::Differs;
        }
        let sent = self.sent.get(object.uri.to_string().as_str()).filter(|sent| sent.sha256 == object.sha256);
        match (&there.etag, sent.and_then(|sent| sent.etag.as_ref())) {
            (Some(now), Some(then)) if now == then => Glance::Same(now.clone()),
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
    use crate::images::hash_bytes;
    use crate::store::{ListedObject, S3Uri};

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

    fn listed(size_bytes: u64, etag: &str) -> Option<Listing> {
        let there = ListedObject { size_bytes, etag: Some(etag.to_owned()) };
        Some(Listing::from([(object().uri.key, there)]))
    }

    fn receipt_of(sha256: &[u8], etag: Option<&str>) -> Receipt {
        let object = ReceiptObject {
            uri: object().uri.to_string(),
            sha256: hash_bytes(sha256),
            size_bytes: 3,
            etag: etag.map(str::to_owned),
        };
        Receipt {
            backend: "local".to_owned(),
            validated: true,
            allowed: Vec::new(),
            training_data_s3_uri: String::new(),
            validation_data_s3_uri: None,
            objects: vec![object],
        }
    }

    #[test]
    fn an_object_that_is_listed_as_the_receipt_left_it_is_not_asked_for() {
        let glance = |listing, receipt: &Receipt| Survey::new(listing, Some(receipt), "passed").glance(&object());
        let receipt = receipt_of(b"one", Some("\"e1\""));
        assert_eq!(glance(listed(3, "\"e1\""), &receipt), Glance::Same("\"e1\"".to_owned()));
        assert_eq!(glance(listed(3, "\"e2\""), &receipt), Glance::Unclear);
        assert_eq!(glance(listed(4, "\"e1\""), &receipt), Glance::Differs);
        assert_eq!(glance(Some(Listing::new()), &receipt), Glance::Differs);
        assert_eq!(glance(None, &receipt), Glance::Unclear);
        assert_eq!(glance(listed(3, "\"e1\""), &receipt_of(b"two", Some("\"e1\""))), Glance::Unclear);
        assert_eq!(glance(listed(3, "\"e1\""), &receipt_of(b"one", None)), Glance::Unclear);
    }

    #[test]
    fn a_receipt_of_an_upload_without_a_look_says_nothing_of_one_with() {
        let unvalidated = Receipt { validated: false, ..receipt_of(b"one", Some("\"e1\"")) };
        let glance = |word| Survey::new(listed(3, "\"e1\""), Some(&unvalidated), word).glance(&object());
        assert_eq!(glance("passed"), Glance::Unclear);
        assert_eq!(glance("skipped"), Glance::Same("\"e1\"".to_owned()));
    }

    #[test]
    fn a_line_names_the_source_and_the_object() {
        let put = PlannedObject { object: object(), action: Action::Put, etag: None };
        assert_eq!(put.to_string(), "put data/images/1.jpg s3://bucket/p/images/1.jpg");
        let skip = PlannedObject { object: object(), action: Action::Skip, etag: None };
        assert_eq!(skip.to_string(), "skip data/images/1.jpg s3://bucket/p/images/1.jpg (same content)");
    }
}
