//! Synthetic photos of Chinese VAT invoices, with the true sellers.
//!
//! Nobody's data: companies, people, numbers and codes are invented from a seed, the region code was never assigned,
//! and every sheet says 样张 (specimen) across the table, in its title and in both seals.
//! The form, the light and the faults are those of real photos, so that everything downstream meets what it will meet.

mod company;
mod contact;
mod files;
mod form;
mod money;
mod paper;
mod photo;
mod seal;
mod sheet;
mod text;
mod trade;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

pub use company::{Company, UNASSIGNED_REGION};
pub use contact::contact_sheet;
pub use files::{LABELS_FILE, PHOTOS_FOLDER, Written, write};
pub use money::{capitals, figures};
pub use sheet::{Buyer, Kind, Layout, Line, Print, Sheet};

use foundation::{Error, Result};

/// What to make. The default is the sample committed under `data/`: 48 photos of 20 sheets of 12 sellers, seed 7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleOptions {
    /// Number of photos, at least `sheets`.
    pub count: usize,
    /// Number of invoices that they show, at least `sellers`. Each is photographed once to three times while that is
    /// enough. The first eight are plain; of the later ones some are printed a row too low or with glued labels, and a
    /// third of their photos are out of focus, dim or taken from too far.
    pub sheets: usize,
    /// Number of companies that sell, at least 2. One of them is the buyer on most sheets where it does not sell.
    pub sellers: usize,
    /// Chooses everything else. The same seed gives the same bytes on one platform; a sheet's facts and a photo's look
    /// do not change when `count` grows.
    pub seed: u64,
    /// Upper bound of a photo's size in bytes, kept by lowering the JPEG quality (not below 30).
    pub photo_limit_bytes: usize,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self::with_count(48)
    }
}

impl SampleOptions {
    /// Sheets and sellers in proportion to a number of photos: 12 photos show 8 sheets of 6 sellers, 48 photos 20 sheets
    /// of 12 sellers.
    pub fn with_count(count: usize) -> Self {
        let sheets = if count <= 12 { (count * 2).div_ceil(3) } else { 8 + (count - 12) / 3 };
        let sellers = if sheets <= 8 { (sheets * 3).div_ceil(4) } else { 6 + (sheets - 8) / 2 };
        Self { count, sheets, sellers, seed: 7, photo_limit_bytes: 124_000 }
    }

    /// Refuses numbers that do not fit together.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the number.
    pub fn check(&self) -> Result<()> {
        let fault = |origin: &str, what: String, hint: &str| {
            Err(Error::Setting { origin: origin.to_owned(), what, hint: hint.to_owned() })
        };
        let Self { count, sheets, sellers, .. } = *self;
        if count < 2 {
            let what = format!("{count} is too few");
            return fault("count", what, "ask for at least 2 photos: who sells on one buys on the other.");
        }
        if sellers < 2 {
            return fault("sellers", format!("{sellers} is too few"), "ask for at least 2 sellers (2 photos).");
        }
        if sheets < sellers {
            return fault("sheets", format!("{sheets} cannot show {sellers} sellers"), "ask for more sheets.");
        }
        if count < sheets {
            return fault("count", format!("{count} photos cannot show {sheets} sheets"), "ask for more photos.");
        }
        if count > 100_000 {
            return fault("count", format!("{count} photos would not fit in memory"), "ask for at most 100000.");
        }
        Ok(())
    }
}

/// A finished sample, in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The invoices, in order of their names.
    pub sheets: Vec<Sheet>,
    /// The photos, in order of their names.
    pub photos: Vec<SamplePhoto>,
}

/// One photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamplePhoto {
    /// `invoice_0001.jpg`.
    pub file_name: String,
    /// Name of the sheet that it shows.
    pub sheet: String,
    /// The true seller, as printed.
    pub seller: String,
    /// The JPEG file.
    pub jpeg: Vec<u8>,
    /// Width of the picture in pixels.
    pub width_px: u32,
    /// Height of the picture in pixels.
    pub height_px: u32,
}

/// Makes a sample. Uses all cores; a sheet and a photo take about two thirds of a second each on one.
///
/// # Errors
/// [`Error::Setting`] for numbers that do not fit together.
pub fn generate(options: &SampleOptions) -> Result<Sample> {
    let (sheets, plan) = invent(options)?;
    let drawn: Vec<Vec<(usize, photo::Photo)>> = sheets
        .par_iter()
        .enumerate()
        .map(|(index, sheet)| {
            let paper = form::draw(sheet, &mut Stream::Drawing(index).rng(options.seed));
            let places = plan.iter().enumerate().filter(|(_, shot)| shot.sheet == index);
            places
                .map(|(place, shot)| {
                    let mut rng = Stream::Photo(index, shot.number).rng(options.seed);
                    let photo = photo::shoot(&paper, shot, options.photo_limit_bytes, &mut rng);
                    Ok((place, photo.map_err(encoding_failed)?))
                })
                .collect()
        })
        .collect::<Result<_>>()?;
    let mut photos: Vec<(usize, SamplePhoto)> = drawn
        .into_iter()
        .flatten()
        .map(|(place, photo)| {
            let sheet = &sheets[plan[place].sheet];
            let photo::Photo { jpeg, width_px, height_px } = photo;
            let file_name = file_name(place);
            (
                place,
                SamplePhoto {
                    file_name,
                    sheet: sheet.id.clone(),
                    seller: sheet.seller.name.clone(),
                    jpeg,
                    width_px,
                    height_px,
                },
            )
        })
        .collect();
    photos.sort_by_key(|(place, _)| *place);
    Ok(Sample { sheets, photos: photos.into_iter().map(|(_, photo)| photo).collect() })
}

fn encoding_failed(source: image::ImageError) -> Error {
    Error::System { action: "encode a JPEG".to_owned(), source: std::io::Error::other(source) }
}

fn file_name(place: usize) -> String {
    format!("invoice_{:04}.jpg", place + 1)
}

/// The `number`-th photo of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Take {
    /// Index of the sheet.
    sheet: usize,
    /// Counted from 0.
    number: usize,
}

/// The facts without the pictures: the sheets, and which of them each photo shows.
fn invent(options: &SampleOptions) -> Result<(Vec<Sheet>, Vec<Take>)> {
    options.check()?;
    let seed = options.seed;
    let companies = company::directory(options.sellers, |index| Stream::Company(index).rng(seed));
    let sheets = (0..options.sheets)
        .map(|index| {
            let mut rng = Stream::Sheet(index).rng(seed);
            let (buyer, seller) = parties(index, options.sellers, &mut rng);
            Sheet::invent(index, buyer.map(|buyer| &companies[buyer]), &companies[seller], &mut rng)
        })
        .collect();
    Ok((sheets, shots(options)))
}

/// Buyer (`None` for a private person) and seller of a sheet. Every company sells on one of the first sheets;
/// company 0, the buyer of three sheets in four, on the last of these and nowhere else.
fn parties(index: usize, sellers: usize, rng: &mut ChaCha8Rng) -> (Option<usize>, usize) {
    let seller = if index < sellers { (index + 1) % sellers } else { rng.random_range(1..sellers) };
    let other = 1 + (seller + rng.random_range(0..sellers.saturating_sub(2).max(1))) % (sellers - 1);
    let buyer = if seller == 0 {
        Some(other)
    } else if index % 4 != 1 {
        Some(0)
    } else {
        (other != seller && rng.random_bool(0.6)).then_some(other)
    };
    (buyer, seller)
}

/// Which sheet each photo shows: each sheet once; then by lot, two times in three among those with one photo only, so
/// that there are sheets with one, two and three; at last shuffled.
fn shots(options: &SampleOptions) -> Vec<Take> {
    let mut rng = Stream::Plan.rng(options.seed);
    let mut taken = vec![1_usize; options.sheets];
    let mut most = 3;
    for step in 0..options.count - options.sheets {
        if taken.iter().all(|number| *number >= most) {
            most += 1;
        }
        let wanted = if step % 3 == 1 { 2..most } else { 1..2 };
        let wanted = if taken.iter().any(|number| wanted.contains(number)) { wanted } else { 1..most };
        let open: Vec<usize> = (0..options.sheets).filter(|sheet| wanted.contains(&taken[*sheet])).collect();
        taken[open[rng.random_range(0..open.len())]] += 1;
    }
    let mut shots: Vec<Take> = taken
        .iter()
        .enumerate()
        .flat_map(|(sheet, count)| (0..*count).map(move |number| Take { sheet, number }))
        .collect();
    for last in (1..shots.len()).rev() {
        shots.swap(last, rng.random_range(0..=last));
    }
    shots
}

/// The independent sources of chance: each has a stream of its own, so that one more photo changes no other.
#[derive(Debug, Clone, Copy)]
enum Stream {
    Plan,
    Company(usize),
    Sheet(usize),
    Drawing(usize),
    Photo(usize, usize),
}

impl Stream {
    fn rng(self, seed: u64) -> ChaCha8Rng {
        let (kind, first, second) = match self {
            Self::Plan => (0, 0, 0),
            Self::Company(index) => (1, index, 0),
            Self::Sheet(index) => (2, index, 0),
            Self::Drawing(index) => (3, index, 0),
            Self::Photo(sheet, number) => (4, sheet, number),
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream((kind << 56) | ((first as u64) << 24) | second as u64);
        rng
    }
}

#[cfg(test)]
mod tests;
