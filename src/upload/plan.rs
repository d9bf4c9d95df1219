//! What to do with each object: pure, so that it can be printed, counted and tested.

use std::fmt;

use crate::error::shown;
use crate::store::RemoteObject;
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

/// An object and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedObject {
    /// The file and where it goes.
    pub object: DatasetObject,
    /// What is done.
    pub action: Action,
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
    use crate::store::S3Uri;

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

    #[test]
    fn a_line_names_the_source_and_the_object() {
        let put = PlannedObject { object: object(), action: Action::Put };
        assert_eq!(put.to_string(), "put data/images/1.jpg s3://bucket/p/images/1.jpg");
        let skip = PlannedObject { object: object(), action: Action::Skip };
        assert_eq!(skip.to_string(), "skip data/images/1.jpg s3://bucket/p/images/1.jpg (same content)");
    }
}
