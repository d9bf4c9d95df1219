//! The price list: what ships with the program, or a file of the same form.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use time::Date;
use time::macros::format_description;

use crate::error::{Error, IoContext, Place, Result};
use crate::files::{self, MAX_SETTINGS_BYTES};
use crate::validate::Model;

/// The name of the list that ships, as errors and notes call it.
const SHIPPED: &str = "data/prices.toml";

/// What tuning and using each model costs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Of all amounts: `USD`.
    pub currency: String,
    /// Where they hold.
    pub region: String,
    micro: ModelPrices,
    lite: ModelPrices,
    pro: ModelPrices,
    #[serde(rename = "lite-2")]
    lite_2: ModelPrices,
}

/// The prices of one model, tuned; before tuning they are the same where nothing else is said.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelPrices {
    /// 1,000 tokens of training.
    pub training: Price,
    /// A month of keeping the tuned model.
    pub storage: Price,
    /// 1,000 tokens in, on demand.
    pub input: Price,
    /// 1,000 tokens out, on demand.
    pub output: Price,
    /// 1,000 tokens in of the model before tuning, where that differs.
    #[serde(default)]
    pub base_input: Option<Price>,
    /// 1,000 tokens out of the model before tuning, where that differs.
    #[serde(default)]
    pub base_output: Option<Price>,
}

impl ModelPrices {
    /// 1,000 tokens in and out of the model before tuning, on demand.
    pub fn base(&self) -> (&Price, &Price) {
        (self.base_input.as_ref().unwrap_or(&self.input), self.base_output.as_ref().unwrap_or(&self.output))
    }
}

/// A price, of which day, from where, and how far it can be trusted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// In the list's currency; 0 or more.
    #[serde(deserialize_with = "amount")]
    pub amount: f64,
    /// The day that it is of.
    #[serde(deserialize_with = "date")]
    pub date: Date,
    /// How far it can be trusted.
    pub status: PriceStatus,
    /// The page that it was read on, or what else it is known from.
    pub source: String,
}

/// How far a price can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriceStatus {
    /// AWS says so itself.
    Confirmed,
    /// Others say that AWS says so.
    SecondHand,
    /// Derived, or found in one place only.
    Unconfirmed,
}

impl fmt::Display for PriceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Confirmed => "confirmed",
            Self::SecondHand => "second-hand",
            Self::Unconfirmed => "unconfirmed",
        })
    }
}

impl Prices {
    /// The list that ships with the program.
    ///
    /// # Errors
    /// Never in a build that passed its tests.
    pub fn shipped() -> Result<Self> {
        Self::parse(Path::new(SHIPPED), include_str!("../../../data/prices.toml"))
    }

    /// A list of the user's.
    ///
    /// # Errors
    /// [`Error::Input`] with the line where the file is no price list.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = files::read(path, MAX_SETTINGS_BYTES).at("read", path)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::input(path, "a price list is a text in UTF-8", "save it again as UTF-8."))?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            let place = match error.span() {
                Some(Range { start, .. }) => Place::line(path, line_at(text, start)),
                None => Place::file(path),
            };
            let hint = format!("write it as {SHIPPED} of nova-ft is written.");
            Error::input(place, format!("not a price list: {}", error.message().trim()), hint)
        })
    }

    /// The prices of a model.
    pub fn of(&self, model: Model) -> &ModelPrices {
        match model {
            Model::Micro => &self.micro,
            Model::Lite => &self.lite,
            Model::Pro => &self.pro,
            Model::Lite2 => &self.lite_2,
        }
    }
}

/// The line, counted from 1, that an offset lies on.
fn line_at(text: &str, offset: usize) -> u64 {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count() as u64
}

fn amount<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let amount = f64::deserialize(deserializer)?;
    if amount.is_finite() && amount >= 0.0 {
        return Ok(amount);
    }
    Err(serde::de::Error::custom(format!("{amount} is no price: 0 or more is needed")))
}

fn date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    Date::parse(&text, format_description!("[year]-[month]-[day]"))
        .map_err(|_| serde::de::Error::custom(format!("`{text}` is no date: write \"2026-09-01\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        Prices::parse(Path::new("my.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn the_list_that_ships_is_whole_and_names_its_sources() {
        let prices = Prices::shipped().unwrap();
        assert_eq!((prices.currency.as_str(), prices.region.as_str()), ("USD", "us-east-1"));
        for model in Model::ALL {
            let of = prices.of(model);
            let (base_input, base_output) = of.base();
            for price in [&of.training, &of.storage, &of.input, &of.output, base_input, base_output] {
                assert!(price.amount > 0.0 && !price.source.is_empty(), "{model}: {price:?}");
                assert!(price.date.year() >= 2026, "{model}: {price:?}");
            }
            assert!(base_input.amount >= of.input.amount && base_output.amount >= of.output.amount, "{model}");
        }
        assert_eq!(prices.of(Model::Lite2).base().0.amount.to_string(), "0.00033");
    }

    #[test]
    fn a_broken_list_is_an_error_with_its_line() {
        let shipped = include_str!("../../../data/prices.toml");
        let line = |needle: &str| line_at(shipped, shipped.find(needle).unwrap());
        let lite = line("[lite]");
        let broken = shipped.replace("amount = 0.002,", "amount = -1,");
        assert_eq!(
            error_of(&broken),
            format!("my.toml:{}: not a price list: -1 is no price: 0 or more is needed", lite + 1)
        );
        let broken = shipped.replace("2026-01-07", "last year");
        assert!(error_of(&broken).starts_with(&format!("my.toml:{}: not a price list: `last year`", lite + 1)));
        let broken = shipped.replace("[pro]", "[premier]");
        assert!(error_of(&broken).contains("unknown field `premier`"), "{}", error_of(&broken));
        assert!(error_of("currency = \"USD\nregion = 1").starts_with("my.toml:1: not a price list"));
        assert!(error_of("").contains("missing field `currency`"), "{}", error_of(""));
        assert!(Prices::read(Path::new("no/such/list.toml")).unwrap_err().hint().is_some());
    }
}
