//! Which side of the split a photo stands on.
//!
//! The side belongs to the group and is a seeded hash of it: adding photos never moves those that were there, and two
//! photos of one group never part.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::images::hash_bytes;

/// A side of the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The model learns from it.
    Train,
    /// The model never sees it in training.
    Validation,
}

impl Side {
    /// The JSONL file of this side.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Train => super::TRAIN_FILE,
            Self::Validation => super::VALIDATION_FILE,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Train => "train",
            Self::Validation => "validation",
        })
    }
}

/// What makes a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SplitBy {
    /// Photos of one sheet of paper: the column `sheet` of the label table.
    Sheet,
    /// Photos with one seller: stricter, the validation side shows only sellers that training never saw.
    Seller,
}

impl fmt::Display for SplitBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sheet => "sheet",
            Self::Seller => "seller",
        })
    }
}

impl FromStr for SplitBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "sheet" => Ok(Self::Sheet),
            "seller" => Ok(Self::Seller),
            _ => Err("expected `sheet` or `seller`".to_owned()),
        }
    }
}

/// The side of a group: validation for about `validation_fraction` (0 to 1) of all groups, decided by seed and group alone.
pub fn side_of(group: &str, seed: u64, validation_fraction: f64) -> Side {
    let digest = hash_bytes(format!("{seed}:{group}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest.as_bytes()[..8]);
    // 53 bits: every value is exact as f64 and below 1.
    let uniform = (u64::from_be_bytes(first) >> 11) as f64 / (1_u64 << 53) as f64;
    if uniform < validation_fraction { Side::Validation } else { Side::Train }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_the_asked_fraction_of_groups_is_held_out() {
        let held_out = (0..10_000).filter(|n| side_of(&format!("group {n}"), 7, 0.2) == Side::Validation).count();
        assert!((1_850..2_150).contains(&held_out), "{held_out}");
    }

    #[test]
    fn the_extremes_hold_out_nothing_and_everything() {
        assert!((0..500).all(|n| side_of(&n.to_string(), 7, 0.0) == Side::Train));
        assert!((0..500).all(|n| side_of(&n.to_string(), 7, 1.0) == Side::Validation));
    }

    #[test]
    fn a_larger_fraction_only_adds_groups_to_the_validation_side() {
        for n in 0..500 {
            let group = n.to_string();
            if side_of(&group, 7, 0.1) == Side::Validation {
                assert_eq!(side_of(&group, 7, 0.3), Side::Validation);
            }
        }
    }

    #[test]
    fn another_seed_holds_out_other_groups() {
        let sides = |seed| (0..100).map(|n| side_of(&n.to_string(), seed, 0.5)).collect::<Vec<_>>();
        assert_ne!(sides(7), sides(8));
        assert_eq!(sides(7), sides(7));
    }
}
