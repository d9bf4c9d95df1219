//! What tuning costs: tokens and dollars as ranges, for all models side by side.
//!
//! [`estimate`] reads the records one batch after the other, and of the photos only the headers. Nothing is sent.

mod count;
mod prices;
mod record;
mod table;

use std::path::PathBuf;

pub use count::FileTokens;
pub use prices::{ModelPrices, Price, PriceStatus, Prices};
pub use table::render_table;

use crate::aws::tokens::TokenRange;
use crate::dataset::FolderLock;
use crate::error::{Error, Result};
use crate::findings::limits::{DEFAULT_EPOCH_COUNT, EPOCH_COUNT, MAX_SAMPLES, MIN_SAMPLES};
use crate::progress::Progress;
use crate::validate::{Model, PhotoIndex};

/// What [`estimate`] needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstimateOptions {
    /// The training records.
    pub file: PathBuf,
    /// The validation records.
    pub validation: Option<PathBuf>,
    /// The model that is marked.
    pub model: Model,
    /// How often training goes through the records.
    pub epoch_count: u32,
    /// Where the photos are; without it, the manifest beside the file says so, and without that sizes are not known.
    pub input_dir: Option<PathBuf>,
    /// A price list instead of the one that ships.
    pub prices: Option<PathBuf>,
}

impl Default for EstimateOptions {
    fn default() -> Self {
        Self {
            file: PathBuf::new(),
            validation: None,
            model: Model::default(),
            epoch_count: DEFAULT_EPOCH_COUNT,
            input_dir: None,
            prices: None,
        }
    }
}

impl EstimateOptions {
    /// Checks what can be checked without a file.
    ///
    /// # Errors
    /// [`Error::Setting`] where Bedrock takes no such number of epochs.
    pub fn check(&self) -> Result<()> {
        let (least, most) = EPOCH_COUNT;
        if (least..=most).contains(&self.epoch_count) {
            return Ok(());
        }
        Err(Error::Setting {
            origin: "epoch_count".to_owned(),
            what: format!("{} is not from {least} to {most}", self.epoch_count),
            hint: format!("Bedrock trains Nova for {least} to {most} epochs."),
        })
    }
}

/// What tuning on a data set costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The training records.
    pub train: FileTokens,
    /// The validation records, where there are any.
    pub validation: Option<FileTokens>,
    /// How often training goes through the records.
    pub epoch_count: u32,
    /// About how many training steps that is for the chosen model; see [`training_steps`].
    pub steps: u64,
    /// Of all amounts.
    pub currency: String,
    /// Where the prices hold.
    pub region: String,
    /// A row for each model.
    pub models: Vec<ModelEstimate>,
    /// The model that was chosen.
    pub chosen: Model,
}

/// What tuning one model costs.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelEstimate {
    /// The model.
    pub model: Model,
    /// Why it cannot be tuned on these data; nothing where it can.
    pub refusals: Vec<String>,
    /// Tokens of the training records, once through.
    pub tokens: TokenRange,
    /// What training costs, all epochs.
    pub training: CostRange,
    /// What it would cost more if the validation records were billed like an epoch; whether they are is not known.
    pub validation: CostRange,
    /// Training samples that are longer than a sample may be, at least and at most.
    pub too_long: TokenRange,
    /// The prices it is reckoned with.
    pub prices: ModelPrices,
}

/// At least and at most so much money.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CostRange {
    /// At least.
    pub low: f64,
    /// At most.
    pub high: f64,
}

impl CostRange {
    /// What tokens cost at a price for 1,000.
    fn of(tokens: TokenRange, price: &Price) -> Self {
        let cost = |tokens: u64| tokens as f64 / 1_000.0 * price.amount;
        Self { low: cost(tokens.low), high: cost(tokens.high) }
    }
}

impl Estimate {
    /// The row of the chosen model.
    pub fn of_chosen(&self) -> Option<&ModelEstimate> {
        self.models.iter().find(|row| row.model == self.chosen)
    }
}

/// Returns the approximate number of training steps, by [`Model::samples_per_step`]: observed once for Nova Lite (50 samples in 3
/// epochs made 18 steps), inferred for the other models.
pub fn training_steps(model: Model, samples: u64, epoch_count: u32) -> u64 {
    (samples * u64::from(epoch_count) / model.samples_per_step()).max(1)
}

/// Estimates what tuning on these records costs with each model.
///
/// # Errors
/// Where a file cannot be read, or the price list is none. Lines that are no records are counted and passed over.
pub fn estimate(options: &EstimateOptions, progress: &dyn Progress) -> Result<Estimate> {
    options.check()?;
    let prices = match &options.prices {
        Some(path) => Prices::read(path)?,
        None => Prices::shipped()?,
    };
    // Both files as one run of `prepare` wrote them.
    let paths = std::iter::once(&options.file).chain(&options.validation).map(PathBuf::as_path);
    let _held = FolderLock::shared_around(paths, progress);
    let photos = PhotoIndex::beside(&options.file, options.input_dir.as_deref())?;
    let train = count::count_file(&options.file, &photos, progress)?;
    let validation = match &options.validation {
        Some(file) => Some(count::count_file(file, &photos, progress)?),
        None => None,
    };
    let row = |model| model_estimate(model, &train, validation.as_ref(), options.epoch_count, &prices);
    Ok(Estimate {
        models: Model::ALL.into_iter().map(row).collect(),
        steps: training_steps(options.model, train.records as u64, options.epoch_count),
        epoch_count: options.epoch_count,
        currency: prices.currency.clone(),
        region: prices.region.clone(),
        chosen: options.model,
        train,
        validation,
    })
}

fn model_estimate(
    model: Model,
    train: &FileTokens,
    validation: Option<&FileTokens>,
    epoch_count: u32,
    prices: &Prices,
) -> ModelEstimate {
    let prices = prices.of(model).clone();
    let tokens = train.of(model);
    let of_validation = validation.map(|file| file.of(model)).unwrap_or_default();
    ModelEstimate {
        model,
        refusals: refusals(model, train, validation),
        tokens: tokens.total,
        training: CostRange::of(tokens.total * u64::from(epoch_count), &prices.training),
        validation: CostRange::of(of_validation.total, &prices.training),
        too_long: tokens.too_long,
        prices,
    }
}

/// Why a model cannot be tuned on these data.
fn refusals(model: Model, train: &FileTokens, validation: Option<&FileTokens>) -> Vec<String> {
    let held_out = validation.map_or(0, |file| file.records);
    let photos = train.photos + validation.map_or(0, |file| file.photos);
    let mut refusals = Vec::new();
    if photos > 0 && !model.takes_images() {
        refusals.push("takes no photos".to_owned());
    }
    if train.records < MIN_SAMPLES {
        refusals.push(format!("needs {MIN_SAMPLES} samples, here {}", train.records));
    }
    if train.records + held_out > MAX_SAMPLES {
        refusals.push(format!("takes {MAX_SAMPLES} samples, here {}", train.records + held_out));
    }
    if held_out > 0 && !model.takes_validation() {
        refusals.push("takes no validation file".to_owned());
    }
    refusals
}

#[cfg(test)]
mod tests;
