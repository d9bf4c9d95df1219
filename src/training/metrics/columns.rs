use std::path::Path;

use csv::ByteRecord;

use crate::dataset::Side;
use crate::error::{Error, Place, Result};
use crate::files::too_many_columns;

const STEP: [&str; 5] = ["stepnumber", "step", "steps", "globalstep", "iteration"];
const EPOCH: [&str; 4] = ["epochnumber", "epoch", "epochs", "numepoch"];
const TRAINING_LOSS: [&str; 2] = ["trainingloss", "trainloss"];
const VALIDATION_LOSS: [&str; 4] = ["validationloss", "valloss", "evalloss", "evaluationloss"];
const LOSS: [&str; 1] = ["loss"];
const TRAINING_PERPLEXITY: [&str; 4] = ["trainingperplexity", "trainperplexity", "perplexity", "ppl"];
const VALIDATION_PERPLEXITY: [&str; 4] = ["validationperplexity", "valperplexity", "perplexity", "ppl"];
/// Header cells that an error quotes.
const MOST_QUOTED: usize = 8;

/// Which column is what. Names are matched without case, spaces and punctuation, in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) step: Option<usize>,
    pub(super) epoch: Option<usize>,
    pub(super) loss: Option<usize>,
    pub(super) perplexity: Option<usize>,
}

impl Columns {
    /// Reads the header; an error where nothing tells a loss.
    pub(super) fn of(header: &ByteRecord, file: &Path, side: Side) -> Result<Self> {
        if let Some(what) = too_many_columns(header.len()) {
            return Err(Error::input(Place::line(file, 1), what, "leave out what is neither step, epoch nor loss."));
        }
        let names: Vec<String> = header.iter().map(key).collect();
        let find = |known: &[&str]| known.iter().find_map(|known| names.iter().position(|name| name == known));
        let (own, other, perplexity) = match side {
            Side::Train => (&TRAINING_LOSS as &[_], &VALIDATION_LOSS as &[_], &TRAINING_PERPLEXITY),
            Side::Validation => (&VALIDATION_LOSS as &[_], &TRAINING_LOSS as &[_], &VALIDATION_PERPLEXITY),
        };
        let columns = Self {
            step: find(&STEP),
            epoch: find(&EPOCH),
            loss: find(own).or_else(|| find(&LOSS)),
            perplexity: find(perplexity),
        };
        if columns.loss.is_none() && find(other).is_some() {
            let (is, hint) = match side {
                Side::Train => {
                    ("validation", "give it with `validation_file`, and the training's file with `metrics_file`.")
                }
                Side::Validation => {
                    ("training", "give it with `metrics_file`, and the validation's file with `validation_file`.")
                }
            };
            return Err(Error::input(Place::line(file, 1), format!("these are the losses of {is}"), hint));
        }
        if columns.loss.is_none() && columns.perplexity.is_none() {
            // What is no table is not quoted: it may be anything.
            let what = match header.len() {
                1 => "there is one column, and it is not the loss".to_owned(),
                _ => format!("no column is the loss; there are {}", quoted(header)),
            };
            let hint = match side {
                Side::Train => {
                    "name it `training_loss` (or `loss`); beside it `step_number` and `epoch_number` are read."
                }
                Side::Validation => {
                    "name it `validation_loss` (or `loss`); beside it `step_number` and `epoch_number` are read."
                }
            };
            return Err(Error::input(Place::line(file, 1), what, hint));
        }
        Ok(columns)
    }
}

/// A column's name without what people write differently.
fn key(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn quoted(header: &ByteRecord) -> String {
    let cells = header.iter().take(MOST_QUOTED).map(|cell| crate::wording::quoted(&String::from_utf8_lossy(cell)));
    let mut text = cells.collect::<Vec<_>>().join(", ");
    if header.len() > MOST_QUOTED {
        text.push_str(", …");
    }
    text
}
