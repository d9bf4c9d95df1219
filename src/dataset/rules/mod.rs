//! Rules that `prepare` applies to photos and to the split, one a file.

mod empty_training_side;
mod empty_validation_side;
pub(super) mod photo_changed_side;
mod photo_converted;
mod photo_passed_over;
mod photo_unusable;
mod photo_without_sheet;

pub use empty_training_side::EMPTY_TRAINING_SIDE;
pub use empty_validation_side::EMPTY_VALIDATION_SIDE;
pub use photo_changed_side::PHOTO_CHANGED_SIDE;
pub use photo_converted::PHOTO_CONVERTED;
pub use photo_passed_over::PHOTO_PASSED_OVER;
pub use photo_unusable::PHOTO_UNUSABLE;
pub use photo_without_sheet::PHOTO_WITHOUT_SHEET;

use crate::findings::Rule;

/// The rules of this stage.
pub static RULES: &[&Rule] = &[
    &EMPTY_TRAINING_SIDE,
    &EMPTY_VALIDATION_SIDE,
    &PHOTO_CONVERTED,
    &PHOTO_PASSED_OVER,
    &PHOTO_UNUSABLE,
    &PHOTO_WITHOUT_SHEET,
    &PHOTO_CHANGED_SIDE,
];
