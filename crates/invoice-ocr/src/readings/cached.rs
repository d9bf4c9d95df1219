//! Readings of pages that the reader has kept: nothing is read for them.

use std::path::Path;

use super::PhotoReading;
use crate::images::hash_pixels;
use crate::invoice::{Scope, extract};
use crate::reader::PageCache;

/// What is known of a photo whose fields were read before.
pub fn cached_reading(cache: &PageCache, photo: &Path) -> Option<PhotoReading> {
    let pixels_sha256 = hash_pixels(photo).ok()?;
    let page =
        [Scope::Page, Scope::Fields].into_iter().find_map(|scope| cache.get(&pixels_sha256, &scope.to_string()))?;
    Some(PhotoReading { pixels_sha256, invoice: extract(&page) })
}
