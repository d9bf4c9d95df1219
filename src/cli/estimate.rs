use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::Summary;
use super::exit::Exit;
use super::session::Session;
use nova_ft::error::Result;
use nova_ft::training::estimate::{self, Estimate, EstimateOptions, ModelEstimate, Price};
use nova_ft::validate::Model;

#[derive(Debug, Args)]
pub(super) struct EstimateArgs {
    /// Training records, JSONL
    file: PathBuf,
    /// Validation records, JSONL
    #[arg(long, value_name = "FILE")]
    validation: Option<PathBuf>,
    /// Model that is marked in the table: micro, lite, pro, lite-2 [default: lite]
    #[arg(long, value_name = "MODEL")]
    model: Option<Model>,
    /// How often training goes through the records, 1 to 5 [default: 2]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    epoch_count: Option<u32>,
    /// Folder of the photos, whose sizes count [default: what the manifest beside FILE says]
    #[arg(long, value_name = "DIR")]
    input_dir: Option<PathBuf>,
    /// Price list, in the form of data/prices.toml [default: the one that ships]
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
}

/// A row of the table.
#[derive(Debug, Serialize)]
struct EstimateEvent<'a> {
    event: &'static str,
    model: Model,
    chosen: bool,
    refusals: &'a [String],
    tokens_low: Option<u64>,
    tokens_high: Option<u64>,
    training_low: Option<f64>,
    training_high: Option<f64>,
    validation_low: Option<f64>,
    validation_high: Option<f64>,
    storage_per_month: Option<f64>,
    currency: &'a str,
    too_long_low: Option<u64>,
    too_long_high: Option<u64>,
    prices: Value,
}

impl<'a> EstimateEvent<'a> {
    fn of(row: &'a ModelEstimate, estimate: &'a Estimate) -> Self {
        let can = row.refusals.is_empty();
        let prices = &row.prices;
        Self {
            event: "estimate",
            model: row.model,
            chosen: row.model == estimate.chosen,
            refusals: &row.refusals,
            tokens_low: can.then_some(row.tokens.low),
            tokens_high: can.then_some(row.tokens.high),
            training_low: can.then_some(row.training.low),
            training_high: can.then_some(row.training.high),
            validation_low: can.then_some(row.validation.low),
            validation_high: can.then_some(row.validation.high),
            storage_per_month: can.then_some(prices.storage.amount),
            currency: &estimate.currency,
            too_long_low: can.then_some(row.too_long.low),
            too_long_high: can.then_some(row.too_long.high),
            prices: json!({
                "training": price(&prices.training),
                "storage": price(&prices.storage),
                "input": price(&prices.input),
                "output": price(&prices.output),
            }),
        }
    }
}

fn price(price: &Price) -> Value {
    json!({
        "amount": price.amount,
        "date": price.date.to_string(),
        "status": price.status,
        "source": price.source,
    })
}

pub(super) fn execute(args: EstimateArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("estimate");
    let default = EstimateOptions::default();
    let options = EstimateOptions {
        file: args.file,
        validation: args.validation,
        model: own.value(args.model, "model")?.unwrap_or_default(),
        epoch_count: own.value(args.epoch_count, "epoch_count")?.unwrap_or(default.epoch_count),
        input_dir: own.path(args.input_dir, "input_dir")?,
        prices: own.path(args.prices, "prices")?,
    };
    let estimate = estimate::estimate(&options, session.ui)?;
    session.ui.page(estimate::render_table(&estimate).trim_end());
    for row in &estimate.models {
        session.ui.event(&EstimateEvent::of(row, &estimate));
    }
    let fits = estimate.of_chosen().is_some_and(|row| row.refusals.is_empty());
    let files = || std::iter::once(&estimate.train).chain(&estimate.validation);
    let held_out = estimate.validation.as_ref().map_or(0, |file| file.records);
    Ok(Summary::new(Exit::answer(fits))
        .with("train", estimate.train.records)
        .with("validation", held_out)
        .with("photos", files().map(|file| file.photos).sum::<usize>())
        .with("sized_photos", files().map(|file| file.sized_photos).sum::<usize>())
        .with("unread", files().map(|file| file.unread).sum::<usize>())
        .with("uncounted_blocks", files().map(|file| file.uncounted_blocks).sum::<usize>())
        .with("epochs", estimate.epoch_count)
        .with("steps", estimate.steps))
}
