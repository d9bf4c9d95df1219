//! Reading invoices off photos: first what the field needs, at the size that suffices, and more only where the answer is
//! not sure.

use std::collections::BTreeMap;
use std::path::Path;

use image::RgbImage;

use super::organisation::is_fragment;
use super::{Field, Invoice, InvoiceReader, Reading, Scope, extract, is_einvoice_number};
use crate::images::{LoadedPicture, PictureLoader};
use crate::reader::{EngineError, Page, PageCache, Point, Quad, QuarterTurn, TextLine, TextReader, sort_for_reading};
use foundation::error::{Error, Result};
use foundation::exact::exact_form;

/// The longer side of a picture as it is read, px: print of 2 mm on a sheet of 24 cm is 34 px high then.
const LONGEST_SIDE_PX: u32 = 4096;
/// From this confidence on, the seller is not looked for again. Misread lines had up to 0.976 on real photos
/// (facts of the reader, 2026-11-22), so this asks for more than they reach.
const SURE: f32 = 0.98;
/// The seller's block begins below this share of the page's height, and ends before this share of its width.
const BLOCK_TOP: f32 = 0.56;
const BLOCK_RIGHT: f32 = 0.62;
/// Where the four rows of that block are on a photo that the sheet fills: left, top, right, bottom as shares of it. The form
/// has them at 0.72 to 0.90 of its height, and their cell ends at 0.57 of its width; the rest allows for a margin of the
/// photo, or a part of the sheet that is not on it. Half as large as the part below, and what is not found here is there.
const USUAL_BLOCK: [f32; 4] = [0.04, 0.62, 0.62, 0.94];
/// Height of a line's box there, as a share of the photo's width: a sheet has about 50 rows of print on 24 cm × 14 cm.
const USUAL_LINE: f32 = 0.021;
/// A sheet's width is 1.7 times its height; a photo of it is within these.
const USUAL_RATIO: std::ops::RangeInclusive<f32> = 1.3..=2.2;
/// How long the lines are, in their heights, that are read one after the other until the seller is sure: names and ids,
/// then addresses and accounts, which take the most time, then labels.
const STAGES: [std::ops::Range<f32>; 3] = [4.0..14.0, 14.0..f32::INFINITY, 0.0..4.0];

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

    /// Reads a photo in memory. `name` is what errors call it.
    ///
    /// # Errors
    /// Where the bytes cannot be decoded.
    pub fn read_bytes(&self, name: &Path, bytes: &[u8], scope: Scope) -> Result<Reading> {
        let loaded = self.pictures.load_bytes(bytes).map_err(|fault| fault.into_error(name))?;
        self.read_loaded(name, loaded, scope)
    }

    fn read_loaded(&self, photo: &Path, loaded: LoadedPicture, scope: Scope) -> Result<Reading> {
        let pixels_sha256 = loaded.pixels_sha256;
        let extent = scope.to_string();
        let known = self.cache.as_ref().and_then(|cache| cache.get(&pixels_sha256, &extent));
        let page = if let Some(page) = known {
            page
        } else {
            let factor = loaded.width_px as f32 / loaded.picture.width().max(1) as f32;
            let page = self.page(loaded.picture, scope).map_err(|error| {
                Error::input(photo, error.to_string(), "report this photo: the networks should take every picture.")
            })?;
            let page = in_photo(page, factor, loaded.width_px, loaded.height_px);
            if let Some(cache) = &self.cache {
                cache.put(&pixels_sha256, &extent, &page);
            }
            page
        };
        let invoice = extract(&page);
        Ok(Reading { pixels_sha256, page, invoice })
    }

    fn page(&self, picture: RgbImage, scope: Scope) -> Result<Page, EngineError> {
        let (picture, page) = self.found(picture, scope)?;
        self.with_beginning(&picture, page)
    }

    /// The page, and the picture turned as it is.
    fn found(&self, picture: RgbImage, scope: Scope) -> Result<(RgbImage, Page), EngineError> {
        if scope == Scope::Seller
            && let Some((part, line_height)) = usual_block(&picture)
            && let Some(page) = self.block(&picture, part, line_height, QuarterTurn::None)?
        {
            return Ok((picture, page));
        }
        let overview = self.text.overview(&picture)?;
        let Some(extent) = overview.extent() else {
            let (width_px, height_px) = picture.dimensions();
            return Ok((picture, Page { width_px, height_px, ..Page::default() }));
        };
        let turn = self.text.find_turn(&picture, &overview)?;
        let overview = overview.turned(turn, picture.width(), picture.height());
        let picture = turn.apply(picture);
        if scope == Scope::Seller {
            let part = lower_left(overview.extent().unwrap_or(extent));
            if let Some(page) = self.block(&picture, part, overview.line_height(), turn)? {
                return Ok((picture, page));
            }
        }
        let (width_px, height_px) = picture.dimensions();
        let mut page = Page { width_px, height_px, turn, lines: Vec::new() };
        let whole = [0.0, 0.0, width_px as f32, height_px as f32];
        let mut quads = self.text.find_lines(&picture, whole, overview.line_height())?;
        if scope != Scope::Page {
            let extent = overview.extent().unwrap_or(extent);
            let (now, later): (Vec<_>, Vec<_>) = quads.into_iter().partition(|quad| may_hold_a_field(quad, extent));
            page.lines = self.text.read_lines(&picture, &now)?;
            if is_complete(&extract(&page)) {
                return Ok((picture, page));
            }
            quads = later;
        }
        page.lines.extend(self.text.read_lines(&picture, &quads)?);
        sort_for_reading(&mut page.lines);
        let page = self.settled(&picture, page)?;
        if is_sure(&extract(&page)) || scope == Scope::Page {
            return Ok((picture, page));
        }
        let page = self.looked_closer(&picture, page, overview.line_height())?;
        Ok((picture, page))
    }

    /// Reads on to the left of the seller's name: where print is faint its first characters may be in no box, and what is
    /// left of it looks like a whole name. Two boxes of different length must find the same.
    fn with_beginning(&self, picture: &RgbImage, page: Page) -> Result<Page, EngineError> {
        /// How far the boxes reach, in heights of the line: past the gap behind the label, then into the label.
        const REACH: [f32; 2] = [3.0, 4.5];
        let Some(seller) = extract(&page).seller else { return Ok(page) };
        let Some(index) = line_at(&page, seller.quad.center()) else { return Ok(page) };
        let line = &page.lines[index];
        // Behind its label, or close behind another line, a name is whole.
        if !is_alone(&line.text) || page.lines.iter().any(|other| ends_before(&other.quad, &line.quad)) {
            return Ok(page);
        }
        let mut found: Option<(String, TextLine)> = None;
        for reach in REACH {
            let longer = reaching_left(&line.quad, reach * line.quad.height());
            let Some(again) = self.text.read_lines(picture, &[longer])?.pop() else { return Ok(page) };
            let Some(beginning) = beginning(&again.text, &line.text) else { return Ok(page) };
            if found.as_ref().is_some_and(|(earlier, _)| !beginning.ends_with(earlier.as_str())) {
                return Ok(page);
            }
            found = Some((beginning, again));
        }
        let Some((beginning, again)) = found else { return Ok(page) };
        let quad = reaching_left(&line.quad, beginning.chars().count() as f32 * line.quad.height());
        let text = beginning + &line.text;
        let (confidence, weakest) = (again.confidence.min(line.confidence), again.weakest.min(line.weakest));
        let mut longer = page.clone();
        longer.lines[index] = TextLine { text: text.clone(), confidence, weakest, quad };
        let is_name = extract(&longer).seller.is_some_and(|seller| exact_form(&seller.value) == exact_form(&text));
        Ok(if is_name { longer } else { page })
    }

    /// Reads what is around the seller again, larger and smaller, since faint print comes together to a line in one size
    /// and not in another; keeps the page on which the seller is surest.
    fn looked_closer(&self, picture: &RgbImage, page: Page, line_height: f32) -> Result<Page, EngineError> {
        const SIZES: [f32; 2] = [1.5, 0.75];
        // A name in doubt for a character is not read better in another size; one whose beginning is missing is.
        let seller = extract(&page).seller.filter(|seller| is_fragment(&seller.value));
        let Some(seller) = seller else { return Ok(page) };
        let [left, top, right, bottom] = seller.quad.bounds();
        let (width, height) = (page.width_px as f32, page.height_px as f32);
        // As far as a label and half a name to the left, half a name to the right, the rows of the block below.
        let part = [
            (left - 15.0 * line_height).max(0.0),
            (top - 2.0 * line_height).max(0.0),
            (right + 8.0 * line_height).min(width),
            (bottom + 4.0 * line_height).min(height),
        ];
        let inside = |at: Point| (part[0]..=part[2]).contains(&at.x) && (part[1]..=part[3]).contains(&at.y);
        let (mut best, mut confidence) = (page.clone(), seller.confidence);
        for size in SIZES {
            let mut closer = page.clone();
            closer.lines.retain(|line| !inside(line.quad.center()));
            closer.lines.extend(self.text.read_part(picture, part, line_height / size)?);
            sort_for_reading(&mut closer.lines);
            let closer = self.settled(picture, closer)?;
            let surer = extract(&closer).seller.map(|seller| seller.confidence).filter(|found| *found > confidence);
            if let Some(surer) = surer {
                (best, confidence) = (closer, surer);
            }
            if confidence >= SURE {
                break;
            }
        }
        Ok(best)
    }

    /// Reads the part where the seller's block should be; `None` where it is not surely there.
    fn block(
        &self,
        picture: &RgbImage,
        part: [f32; 4],
        line_height: f32,
        turn: QuarterTurn,
    ) -> Result<Option<Page>, EngineError> {
        let mut quads = self.text.find_lines(picture, part, line_height)?;
        let (width_px, height_px) = picture.dimensions();
        let mut page = Page { width_px, height_px, turn, lines: Vec::new() };
        for stage in STAGES {
            let (now, later): (Vec<_>, Vec<_>) =
                quads.into_iter().partition(|quad| stage.contains(&(quad.width() / quad.height().max(1.0))));
            quads = later;
            page.lines.extend(self.text.read_lines(picture, &now)?);
            let invoice = extract(&page);
            // A box beside the name may hold its other half.
            let (beside, later): (Vec<_>, Vec<_>) =
                quads.into_iter().partition(|quad| is_beside(quad, invoice.seller.as_ref()));
            quads = later;
            if is_sure(&invoice) && beside.is_empty() {
                return Ok(Some(page));
            }
            page.lines.extend(self.text.read_lines(picture, &beside)?);
            if is_sure(&extract(&page)) {
                return Ok(Some(page));
            }
        }
        let page = self.settled(picture, page)?;
        Ok(is_sure(&extract(&page)).then_some(page))
    }

    /// Where the seller's name is not sure: reads its line again in boxes a little larger, smaller and shifted, and takes
    /// what most of them say.
    fn settled(&self, picture: &RgbImage, page: Page) -> Result<Page, EngineError> {
        let Some(seller) = extract(&page).seller.filter(|seller| seller.confidence < SURE) else { return Ok(page) };
        let Some(index) = line_at(&page, seller.quad.center()) else { return Ok(page) };
        let line = &page.lines[index];
        let boxes: Vec<Quad> = VARIANTS.iter().map(|(grown, shifted)| varied(&line.quad, *grown, *shifted)).collect();
        let again = self.text.read_lines(picture, &boxes)?;
        let mut page = page.clone();
        page.lines[index] = elected(line, &again);
        Ok(page)
    }
}

/// The line that a place is in.
fn line_at(page: &Page, at: Point) -> Option<usize> {
    let distance = |line: &TextLine| line.quad.center().distance(at);
    let around = page.lines.iter().enumerate().filter(|(_, line)| line.quad.bounds_contain(at));
    around.min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b))).map(|(index, _)| index)
}

/// A box that begins so many px earlier.
fn reaching_left(quad: &Quad, px: f32) -> Quad {
    let [top_left, top_right, bottom_right, bottom_left] = quad.0;
    let share = px / quad.width().max(1.0);
    let back = |from: Point, to: Point| Point::new(from.x + (from.x - to.x) * share, from.y + (from.y - to.y) * share);
    Quad([back(top_left, top_right), top_right, bottom_right, back(bottom_left, bottom_right)])
}

/// Whether a box ends on the row of another one, so near before it that no character stands between them.
fn ends_before(quad: &Quad, name: &Quad) -> bool {
    let ([_, top, right, bottom], [left, name_top, _, name_bottom]) = (quad.bounds(), name.bounds());
    let height = name.height();
    let overlap = bottom.min(name_bottom) - top.max(name_top);
    overlap > 0.5 * height.min(quad.height()) && (-0.5 * height..height).contains(&(left - right))
}

/// Whether a line holds nothing but a name.
fn is_alone(text: &str) -> bool {
    !["名称", "称:", "称："].iter().any(|label| text.contains(label))
}

/// What stands before a name in a longer reading of its line, where that is more than the end of a label (名称, 识别号, 电话:
/// the print may stand a row off) and the title of the block.
fn beginning(longer: &str, name: &str) -> Option<String> {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let before = longer.strip_suffix(name)?;
    let before = before.rsplit(|c| !is_han(c) || ['称', '号', '话'].contains(&c)).next().unwrap_or_default();
    let is_form = before.contains(['名', '销', '售']);
    (!before.is_empty() && !is_form).then(|| before.to_owned())
}

/// How a box is changed to be read again: its height grows by this share, and it is shifted down by this share of it.
const VARIANTS: [(f32, f32); 6] = [(-0.12, 0.0), (0.12, 0.0), (0.28, 0.0), (0.08, 0.08), (0.08, -0.08), (0.45, 0.0)];

/// A box whose height grows on both sides, and that is shifted down.
fn varied(quad: &Quad, grown: f32, shifted: f32) -> Quad {
    let [top_left, top_right, bottom_right, bottom_left] = quad.0;
    let along = |from: Point, to: Point, share: f32| {
        Point::new(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share)
    };
    let (upper, lower) = (shifted - grown / 2.0, 1.0 + shifted + grown / 2.0);
    Quad([
        along(top_left, bottom_left, upper),
        along(top_right, bottom_right, upper),
        along(top_right, bottom_right, lower),
        along(top_left, bottom_left, lower),
    ])
}

/// What most readings of a line say, weighted by their confidence. A split vote lowers the confidence, an unanimous one
/// halves the doubt.
fn elected(line: &TextLine, again: &[TextLine]) -> TextLine {
    let mut votes: BTreeMap<String, Vec<&TextLine>> = BTreeMap::new();
    for reading in again.iter().chain([line]) {
        votes.entry(exact_form(&reading.text)).or_default().push(reading);
    }
    let weight = |readings: &[&TextLine]| readings.iter().map(|reading| reading.confidence).sum::<f32>();
    let all: f32 = votes.values().map(|readings| weight(readings)).sum();
    let best = votes.into_values().max_by(|a, b| weight(a).total_cmp(&weight(b)));
    let Some((readings, first)) = best.and_then(|readings| Some((readings.clone(), *readings.first()?))) else {
        return line.clone();
    };
    let count = readings.len();
    let mean = weight(&readings) / count as f32;
    let confidence = if count > again.len() { 1.0 - (1.0 - mean) / 2.0 } else { mean * weight(&readings) / all };
    let weakest = readings.iter().map(|reading| reading.weakest).fold(0.0, f32::max).min(confidence);
    TextLine { text: first.text.clone(), confidence, weakest, quad: line.quad }
}

/// The part of a photo that the seller's block is in when the sheet fills the photo, and how high its lines' boxes are
/// there; `None` for a photo of another shape.
fn usual_block(picture: &RgbImage) -> Option<([f32; 4], f32)> {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let [left, top, right, bottom] = USUAL_BLOCK;
    let part = [left * width, top * height, right * width, bottom * height];
    USUAL_RATIO.contains(&(width / height)).then_some((part, USUAL_LINE * width))
}

/// The part of a page that the seller's block is in.
fn lower_left([left, top, right, bottom]: [f32; 4]) -> [f32; 4] {
    [left, top + (bottom - top) * BLOCK_TOP, left + (right - left) * BLOCK_RIGHT, bottom]
}

/// Whether the seller need not be looked for again: a name of high confidence beside a taxpayer id that checks.
fn is_sure(invoice: &Invoice) -> bool {
    invoice.seller_id.is_some() && invoice.seller.as_ref().is_some_and(|seller| seller.confidence >= SURE)
}

/// Whether a box stands on the row of a name, so near that it may be a part of it.
fn is_beside(quad: &Quad, name: Option<&Field<String>>) -> bool {
    let Some(name) = name else { return false };
    let ([left, top, right, bottom], [name_left, name_top, name_right, name_bottom]) =
        (quad.bounds(), name.quad.bounds());
    let height = name.quad.height().max(1.0);
    let overlap = bottom.min(name_bottom) - top.max(name_top);
    let gap = (name_left - right).max(left - name_right);
    overlap > 0.5 * height.min(quad.height()) && gap < 1.5 * height
}

/// Whether every field that tells sheets and sellers apart is there, and the seller is sure.
fn is_complete(invoice: &Invoice) -> bool {
    is_sure(invoice)
        && invoice.number.as_ref().is_some_and(|number| invoice.code.is_some() || is_einvoice_number(&number.value))
        && invoice.date.is_some()
        && invoice.total_fen.is_some()
        && invoice.buyer.is_some()
}

/// Whether a line may hold a field by where it is on the page: neither in the table of goods, nor in the cipher at the
/// right of the buyer, nor in a column on the margin.
fn may_hold_a_field(quad: &Quad, [left, top, right, bottom]: [f32; 4]) -> bool {
    let center = quad.center();
    let across = (center.x - left) / (right - left).max(1.0);
    let down = (center.y - top) / (bottom - top).max(1.0);
    let is_column = quad.height() > 3.0 * quad.width();
    let in_cipher = across > 0.6 && (0.2..0.36).contains(&down);
    let in_table = (0.36..0.55).contains(&down);
    !(is_column || in_cipher || in_table)
}

impl InvoiceReader for PhotoReader {
    fn version(&self) -> String {
        /// Counts changes of how fields are found among the lines.
        const FIELDS: u32 = 2;
        format!("{}-fields-{FIELDS}", self.text.version())
    }

    fn read(&self, photo: &Path, scope: Scope) -> Result<Reading> {
        self.read_loaded(photo, self.pictures.load(photo)?, scope)
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

#[cfg(test)]
mod tests;
