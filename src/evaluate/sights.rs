//! What stands on a photo beside the label, where somebody has read it already.

use std::path::Path;

use crate::images::hash_pixels;
use crate::invoice::{Scope, extract};
use crate::labels::audit::Block;
use crate::reader::PageCache;

/// What a reading knows of a photo.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sight {
    /// The buyer's name.
    pub buyer: Option<String>,
    /// Where the seller's name stands.
    pub block: Option<Block>,
}

/// Knows photos.
pub trait Sights: Sync {
    /// What is known of a photo; `None` where nobody has read it.
    fn look(&self, photo: &Path) -> Option<Sight>;
}

/// Knows none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSights;

impl Sights for NoSights {
    fn look(&self, _photo: &Path) -> Option<Sight> {
        None
    }
}

/// The pages that the reader has kept: nothing is read for this.
#[derive(Debug, Clone)]
pub struct CachedSights(pub PageCache);

impl Sights for CachedSights {
    fn look(&self, photo: &Path) -> Option<Sight> {
        let pixels = hash_pixels(photo).ok()?;
        // The page that has most.
        let scopes = [Scope::Page, Scope::Fields, Scope::Seller];
        let page = scopes.into_iter().find_map(|scope| self.0.get(&pixels, &scope.to_string()))?;
        let invoice = extract(&page);
        let block = invoice.seller.as_ref().map(|seller| Block {
            turn: page.turn,
            seller: seller.quad,
            page_width_px: page.width_px,
        });
        Some(Sight { buyer: invoice.buyer.map(|buyer| buyer.value), block })
    }
}
