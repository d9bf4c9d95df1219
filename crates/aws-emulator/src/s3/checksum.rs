//! The checksums of S3: one algorithm for an object, over all of it or over the checksums of its parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{Checksum, ChecksumAlgorithm, ChecksumType};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

/// A checksum as it is kept with an object or a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredChecksum {
    /// `SHA256`, `CRC32`, …
    pub(super) algorithm: String,
    /// Base64; of parts, followed by `-` and their number.
    pub(super) value: String,
    /// `FULL_OBJECT` or `COMPOSITE`.
    pub(super) kind: String,
}

impl StoredChecksum {
    /// The checksum of a whole body, from the values that its writer checked.
    pub(super) fn of_body(checksum: &Checksum) -> Option<Self> {
        let values = [
            (ChecksumAlgorithm::SHA256, &checksum.checksum_sha256),
            (ChecksumAlgorithm::SHA1, &checksum.checksum_sha1),
            (ChecksumAlgorithm::CRC64NVME, &checksum.checksum_crc64nvme),
            (ChecksumAlgorithm::CRC32C, &checksum.checksum_crc32c),
            (ChecksumAlgorithm::CRC32, &checksum.checksum_crc32),
        ];
        let (algorithm, value) = values.into_iter().find_map(|(name, value)| Some((name, value.clone()?)))?;
        Some(Self { algorithm: algorithm.to_owned(), value, kind: ChecksumType::FULL_OBJECT.to_owned() })
    }

    /// The checksum of the parts' checksums; `None` when a part has none.
    pub(super) fn of_parts<'a>(
        algorithm: &str,
        parts: impl Iterator<Item = Option<&'a Self>>,
    ) -> S3Result<Option<Self>> {
        let mut hasher = hasher(algorithm)?;
        let mut count = 0;
        for part in parts {
            let Some(bytes) = part.and_then(|checksum| STANDARD.decode(&checksum.value).ok()) else { return Ok(None) };
            hasher.update(&bytes);
            count += 1;
        }
        Ok(Self::of_body(&hasher.finalize()).map(|all| Self {
            value: format!("{}-{count}", all.value),
            kind: ChecksumType::COMPOSITE.to_owned(),
            ..all
        }))
    }

    /// In the shape that requests and answers have it.
    pub(super) fn fields(&self) -> Checksum {
        let mut fields = Checksum { checksum_type: Some(ChecksumType::from(self.kind.clone())), ..Checksum::default() };
        let value = Some(self.value.clone());
        match self.algorithm.as_str() {
            ChecksumAlgorithm::SHA256 => fields.checksum_sha256 = value,
            ChecksumAlgorithm::SHA1 => fields.checksum_sha1 = value,
            ChecksumAlgorithm::CRC64NVME => fields.checksum_crc64nvme = value,
            ChecksumAlgorithm::CRC32C => fields.checksum_crc32c = value,
            ChecksumAlgorithm::CRC32 => fields.checksum_crc32 = value,
            _ => {}
        }
        fields
    }
}

/// The fields of an answer for an object with or without a checksum.
pub(super) fn fields_of(checksum: Option<&StoredChecksum>) -> Checksum {
    checksum.map(StoredChecksum::fields).unwrap_or_default()
}

/// An answer with a checksum in it: `with_checksum!(checksum, Output { field: value, ..rest })`. S3 has the same fields in
/// many types, which have nothing else in common.
macro_rules! with_checksum {
    ($checksum:expr, $answer:ident { $($fields:tt)* }) => {{
        let checksum = $checksum;
        $answer {
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            checksum_type: checksum.checksum_type,
            $($fields)*
        }
    }};
}
pub(super) use with_checksum;

/// Something that computes one algorithm.
pub(super) fn hasher(algorithm: &str) -> S3Result<ChecksumHasher> {
    let mut hasher = ChecksumHasher::default();
    match algorithm {
        ChecksumAlgorithm::SHA256 => hasher.sha256 = Some(Sha256::new()),
        ChecksumAlgorithm::SHA1 => hasher.sha1 = Some(Sha1::new()),
        ChecksumAlgorithm::CRC64NVME => hasher.crc64nvme = Some(Crc64Nvme::new()),
        ChecksumAlgorithm::CRC32C => hasher.crc32c = Some(Crc32c::new()),
        ChecksumAlgorithm::CRC32 => hasher.crc32 = Some(Crc32::new()),
        _ => return Err(s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported.")),
    }
    Ok(hasher)
}
