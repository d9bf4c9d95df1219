//! Reading invoices off photos: first what the field needs, at the size that suffices, and more only where the answer is
//! not sure.

use std::path::Path;

use image::RgbImage;

use super::{Invoice, InvoiceReader, Reading, Scope, extract};
use crate::error::{Error, Result};
use crate::images::PictureLoader;
use crate::reader::{EngineError, Overview, Page, PageCache, Point, QuarterTurn, TextLine, TextReader};

/// The longer side of a picture as it is read, px: print of 2 mm on a sheet of 24 cm is 34 px high then.
const LONGEST_SIDE_PX: u32 = 4096;
/// From this confidence on, the seller is not looked for again. Misread lines had up to 0.976 on real photos
/// (facts of the reader, 2026-11-22), so this asks for more than they reach.
const SURE: f32 = 0.98;
/// Where the seller's block is on a photo that the sheet fills: left, top, right, bottom as shares of width and height.
const USUAL_BLOCK: [f32; 4] = [0.0, 0.56, 0.62, 1.0];
/// Height of a line's box there, as a share of the photo's width: a sheet has about 50 rows of print on 24 cm × 14 cm.
const USUAL_LINE: f32 = 0.021;
/// A sheet's width is 1.7 times its height; a photo of it is within these.
const USUAL_RATIO: std::ops::RangeInclusive<f32> = 1.3..=2.2;
/// A box so many times as long as high may hold a name, an id or an address; the others hold labels.
const LONG: f32 = 4.0;

/// Reads photos with the networks, and remembers pages.
#[derive(Debug)]
pub struct PhotoReader {
    text: TextReader,
    pictures: PictureLoader,
    cache: Option<PageCache>,
}

impl PhotoReader {
    /// A reader that keeps its pages in `cache`.
    pub fn new(text: TextReader, cache: Option<PageCache>) -> Self {
        Self { text, pictures: PictureLoader::new(LONGEST_SIDE_PX), cache }
    }

    fn page(&self, picture: RgbImage, scope: Scope) -> Result<Page, EngineError> {
        if scope == Scope::Seller
            && let Some(page) = self.usual_block(&picture)?
        {
            return Ok(page);
        }
        let overview = self.text.overview(&picture)?;
        if overview.quads.is_empty() {
            let (width_px, height_px) = picture.dimensions();
            return Ok(Page { width_px, height_px, ..Page::default() });
        }
        let turn = self.text.find_turn(&picture, &overview)?;
        let overview = overview.turned(turn, picture.width(), picture.height());
        let picture = turn.apply(picture);
        let page = self.whole(&picture, turn, &overview)?;
        self.again_larger(&picture, page, &overview)
    }

    /// The seller's block where it usually is; `None` where it is not surely there.
    fn usual_block(&self, picture: &RgbImage) -> Result<Option<Page>, EngineError> {
        let (width_px, height_px) = picture.dimensions();
        let (width, height) = (width_px as f32, height_px as f32);
        if !USUAL_RATIO.contains(&(width / height)) {
            return Ok(None);
        }
        let [left, top, right, bottom] = USUAL_BLOCK;
        let part = [left * width, top * height, right * width, bottom * height];
        let quads = self.text.find_lines(picture, part, USUAL_LINE * width)?;
        let (long, short): (Vec<_>, Vec<_>) = quads.into_iter().partition(|quad| quad.width() >= LONG * quad.height());
        let mut lines = self.text.read_lines(picture, &long)?;
        let page = |lines: Vec<TextLine>| Page { width_px, height_px, turn: QuarterTurn::None, lines };
        let first = page(lines.clone());
        if is_sure(&extract(&first)) {
            return Ok(Some(first));
        }
        lines.extend(self.text.read_lines(picture, &short)?);
        let second = page(lines);
        Ok(is_sure(&extract(&second)).then_some(second))
    }

    fn whole(&self, picture: &RgbImage, turn: QuarterTurn, overview: &Overview) -> Result<Page, EngineError> {
        let (width_px, height_px) = picture.dimensions();
        let part = [0.0, 0.0, width_px as f32, height_px as f32];
        let lines = self.text.read_part(picture, part, overview.line_height())?;
        Ok(Page { width_px, height_px, turn, lines })
    }

    /// Reads the seller's surroundings once more, at one and a half times the size, where the first answer is not sure.
    fn again_larger(&self, picture: &RgbImage, page: Page, overview: &Overview) -> Result<Page, EngineError> {
        let invoice = extract(&page);
        let Some(seller) = invoice.seller.as_ref().filter(|_| !is_sure(&invoice)) else { return Ok(page) };
        let line = overview.line_height();
        let [left, top, right, bottom] = seller.quad.bounds();
        let (width, height) = (page.width_px as f32, page.height_px as f32);
        let part = [
            (left - 12.0 * line).max(0.0),
            (top - 3.0 * line).max(0.0),
            (right + 8.0 * line).min(width),
            (bottom + 4.0 * line).min(height),
        ];
        let closer = self.text.read_part(picture, part, line / 1.5)?;
        let inside = |at: Point| (part[0]..=part[2]).contains(&at.x) && (part[1]..=part[3]).contains(&at.y);
        let outside = page.lines.iter().filter(|line| !inside(line.quad.center())).cloned();
        let second = Page { lines: outside.chain(closer).collect(), ..page.clone() };
        let confidence = |invoice: &Invoice| invoice.seller.as_ref().map_or(0.0, |seller| seller.confidence);
        Ok(if confidence(&extract(&second)) > confidence(&invoice) { second } else { page })
    }
}

/// Whether the seller need not be looked for again: a name of high confidence beside a taxpayer id that checks.
fn is_sure(invoice: &Invoice) -> bool {
    invoice.seller_id.is_some() && invoice.seller.as_ref().is_some_and(|seller| seller.confidence >= SURE)
}

impl InvoiceReader for PhotoReader {
    fn version(&self) -> String {
        self.text.version()
    }

    fn read(&self, photo: &Path, scope: Scope) -> Result<Reading> {
        let loaded = self.pictures.load(photo)?;
        let pixels_sha256 = loaded.pixels_sha256;
        let known = self.cache.as_ref().and_then(|cache| cache.get(&pixels_sha256, &scope.to_string()));
        let page = match known {
            Some(page) => page,
            None => {
                let factor = loaded.width_px as f32 / loaded.picture.width().max(1) as f32;
                let page = self.page(loaded.picture, scope).map_err(|error| {
                    Error::input(photo, error.to_string(), "report this photo: the networks should take every picture.")
                })?;
                let page = in_photo(page, factor, loaded.width_px, loaded.height_px);
                if let Some(cache) = &self.cache {
                    cache.put(&pixels_sha256, &scope.to_string(), &page);
                }
                page
            }
        };
        let invoice = extract(&page);
        Ok(Reading { pixels_sha256, page, invoice })
    }
}

/// A page in the pixels of the photo instead of those of the picture that was read.
fn in_photo(page: Page, factor: f32, width_px: u32, height_px: u32) -> Page {
    let lies = matches!(page.turn, QuarterTurn::Left | QuarterTurn::Right);
    let (width_px, height_px) = if lies { (height_px, width_px) } else { (width_px, height_px) };
    let lines = page.lines.into_iter().map(|line| {
        let quad = line.quad.map(|corner| corner.scaled(factor));
        TextLine { quad, ..line }
    });
    Page { width_px, height_px, turn: page.turn, lines: lines.collect() }
}
