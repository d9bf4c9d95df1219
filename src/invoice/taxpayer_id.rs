use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A taxpayer id: 18 characters with a check character (GB 32100-2015), or the older 15 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxpayerId(String);

/// The text is no taxpayer id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a taxpayer id is 18 characters whose last one checks the others, or 15 digits")]
pub struct ParseTaxpayerIdError;

impl TaxpayerId {
    /// The id as it is printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaxpayerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for TaxpayerId {
    type Err = ParseTaxpayerIdError;

    fn from_str(text: &str) -> Result<Self, ParseTaxpayerIdError> {
        match text.len() {
            15 | 18 => Ok(Self(text.to_owned())),
            _ => Err(ParseTaxpayerIdError),
        }
    }
}

impl Serialize for TaxpayerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TaxpayerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
