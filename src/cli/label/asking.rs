//! `label --labeler converse`: which model is asked, what it costs, and whether photos may go there.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::Summary;
use crate::cli::session::{Session, Yes};
use foundation::wording::{counted, grouped};
use nova_ft::aws::backend::{Backend, BackendKind};
use nova_ft::aws::inference::{AskOptions, Limits, Money, Patience, Services};
use nova_ft::error::{Error, Result};
use nova_ft::evaluate::{family_of, inference_id, limits_of};
use nova_ft::labels::labeler::{AskPlan, LabelOptions, LabelPrompt, Labelled, ModelOptions, label_by_model};
use nova_ft::pace::WallPace;
use nova_ft::pipeline::memory_key;
use nova_ft::readings::cached_reading;
use nova_ft::training::estimate::Prices;
use nova_ft::validate::Model;

/// Questions at the same time.
const CONCURRENCY: usize = 4;
/// What a model of another vendor is taken to take in a minute; it says so where that is too much.
const OTHERS: Limits = Limits { requests: 200, tokens: 4_000_000 };

/// Options of a labeler that is a model.
#[derive(Debug, Args)]
pub(super) struct AskingArgs {
    /// Model that labels: an id for inference, a profile or its ARN, of Nova or another vendor; lite, pro or lite-2
    /// [default: amazon.nova-lite-v1:0]
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// Region of the model
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Requests that the model is sent in a minute at most [default: what it takes; slower where it says so]
    #[arg(long, value_name = "N")]
    requests_per_minute: Option<u32>,
    /// Ask nothing that could cost more than this for all photos of the table, earlier runs included, US dollars; exit with 1
    /// where photos are left
    #[arg(long, value_name = "USD", allow_negative_numbers = true)]
    max_cost: Option<f64>,
    /// Price of 1,000 tokens in, US dollars [default: data/prices.toml for Nova]
    #[arg(long, value_name = "USD")]
    price_input: Option<f64>,
    /// Price of 1,000 tokens out, US dollars
    #[arg(long, value_name = "USD")]
    price_output: Option<f64>,
    /// Price list, in the form of data/prices.toml [default: the one that ships]
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Question to ask instead of our own, a text
    #[arg(long, value_name = "FILE")]
    prompt_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) yes: Yes,
}

/// What is asked, of whom, for how much.
pub(super) struct Asking {
    pub(super) model_id: String,
    pub(super) region: Option<String>,
    concurrency: usize,
    limits: Limits,
    pub(super) money: Option<Money>,
    pub(super) prompt: LabelPrompt,
    pub(super) yes: Yes,
}

impl Asking {
    pub(super) fn resolve(args: AskingArgs, concurrency: Option<usize>, session: &Session<'_>) -> Result<Self> {
        let own = session.settings.command("label");
        let model_id = model_id(own.value(args.model, "model")?)?;
        let concurrency = concurrency.unwrap_or(CONCURRENCY);
        AskOptions::check_concurrency(concurrency)?;
        let family = family_of(&model_id);
        let mut limits = family.map_or(OTHERS, limits_of);
        if let Some(requests) = own.value(args.requests_per_minute, "requests_per_minute")? {
            if requests == 0 {
                return Err(refused("--requests-per-minute", "0 requests a minute are none", "name 1 or more."));
            }
            limits.requests = requests;
        }
        let max_cost = amount(own.value(args.max_cost, "max_cost")?, "--max-cost")?;
        let input = amount(own.value(args.price_input, "price_input")?, "--price-input")?;
        let output = amount(own.value(args.price_output, "price_output")?, "--price-output")?;
        let list = own.path(args.prices, "prices")?;
        let prices = match (input, output) {
            (Some(input), Some(output)) => Some((input, output)),
            (None, None) => listed(family, list.as_deref())?,
            _ => {
                let what = "the price of tokens in and that of tokens out go together";
                return Err(refused("--price-input", what, "give --price-input and --price-output, or neither."));
            }
        };
        if prices.is_none() && max_cost.is_some() {
            let what = format!("what {model_id} costs is not known here, so nothing can be held to it");
            let hint = "give --price-input and --price-output, in US dollars for 1,000 tokens.";
            return Err(refused("--max-cost", &what, hint));
        }
        let money = prices.map(|(input_usd, output_usd)| Money { input_usd, output_usd, most_usd: max_cost });
        let prompt = own.path(args.prompt_file, "prompt_file")?;
        Ok(Self {
            model_id,
            region: own.value(args.region, "region")?,
            concurrency,
            limits,
            money,
            prompt: prompt.map_or_else(|| Ok(LabelPrompt::default()), |file| LabelPrompt::read(&file))?,
            yes: args.yes,
        })
    }

    /// Asks the model, after the user where photos leave the machine.
    pub(super) fn label(self, options: &LabelOptions, session: &Session<'_>) -> Result<Labelled> {
        let backend = session.open_backend(self.region.clone())?;
        let model = ModelOptions {
            ask: AskOptions {
                memory_key: memory_key(&backend, &self.model_id),
                model_id: self.model_id,
                concurrency: self.concurrency,
                limits: self.limits,
                patience: Patience::default(),
                money: self.money,
            },
            prompt: self.prompt,
        };
        let model_id = model.ask.model_id.clone();
        let plan = AskPlan::read(options, model)?;
        say_plan(&plan, &model_id, &backend, session)?;
        if plan.unanswered() > 0 {
            session.need_models(&backend)?;
            let what = format!("{} for {model_id} in {}", counted(plan.unanswered(), "photo"), backend.region());
            session.ask_before_photos_are_shown(&backend, &what, &about(&plan), self.yes)?;
        }
        session.ui.set_interrupt_hint(format!(
            "the answers so far are in {}, and the same command goes on with the rest",
            plan.answers_file()?.display()
        ));
        let cache = session.page_cache();
        let services = Services { bedrock: backend.bedrock(), objects: backend.object_store() };
        let known =
            |photo: &nova_ft::images::Photo| cache.as_ref().and_then(|cache| cached_reading(cache, &photo.path));
        label_by_model(&plan, &services, &known, &WallPace::new(session.clock()), session.ui)
    }
}

/// The id of the model that is named; that of a family by its short name.
fn model_id(named: Option<String>) -> Result<String> {
    let id = match named {
        None => inference_id(Model::default()).to_owned(),
        Some(named) => named.parse::<Model>().map_or(named, |family| inference_id(family).to_owned()),
    };
    if family_of(&id).is_some_and(|family| !family.takes_images()) {
        let what = format!("{id} takes no images");
        return Err(refused("--model", &what, "name a model that does: amazon.nova-lite-v1:0."));
    }
    if id.is_empty() || id.contains(char::is_whitespace) {
        return Err(refused("--model", "this is no model's id", "name one as Bedrock does: amazon.nova-lite-v1:0."));
    }
    Ok(id)
}

/// The prices of the list for a family, in and out.
fn listed(family: Option<Model>, list: Option<&Path>) -> Result<Option<(f64, f64)>> {
    let prices = match list {
        Some(file) => Prices::read(file)?,
        None => Prices::shipped()?,
    };
    if prices.currency != "USD" {
        let what = format!("the prices are in {}, and costs are reckoned in US dollars", prices.currency);
        return Err(refused("--prices", &what, "give --price-input and --price-output."));
    }
    Ok(family.map(|family| {
        let (input, output) = prices.of(family).base();
        (input.amount, output.amount)
    }))
}

/// Refuses an amount that is none.
fn amount(usd: Option<f64>, option: &str) -> Result<Option<f64>> {
    match usd {
        Some(usd) if !(usd.is_finite() && usd >= 0.0) => {
            Err(refused(option, &format!("{usd} is no amount of money"), "name one in US dollars, 0.5."))
        }
        usd => Ok(usd),
    }
}

pub(super) fn refused(option: &str, what: &str, hint: &str) -> Error {
    Error::Setting { origin: option.to_owned(), what: what.to_owned(), hint: hint.to_owned() }
}

/// What asking costs, as a clause.
fn about(plan: &AskPlan) -> String {
    match plan.cost_usd() {
        Some((low, high)) => format!("asking costs about {} to {}", dollars(low), dollars(high)),
        None => "what asking costs is not known here".to_owned(),
    }
}

/// Says what will be asked.
fn say_plan(plan: &AskPlan, model_id: &str, backend: &Backend, session: &Session<'_>) -> Result<()> {
    let (distinct, unanswered) = (grouped(plan.distinct() as u64), grouped(plan.unanswered() as u64));
    let mut line = format!("{}, {distinct} distinct; {unanswered} to ask about", counted(plan.photos(), "photo"));
    if plan.unanswered() > 0 {
        match backend.kind() {
            BackendKind::Local => line.push_str("; the stand-in is asked, and nothing leaves this machine"),
            BackendKind::Aws => {
                let (region, cost) = (backend.region(), about(plan));
                let _ = write!(line, "; these photos leave this machine for {model_id} in {region}; {cost}");
            }
        }
    }
    session.ui.status(&line);
    session.ui.detail(&format!("answers: {}", plan.answers_file()?.display()));
    Ok(())
}

/// What was asked, after the table.
pub(super) fn show(labelled: &Labelled, session: &Session<'_>) {
    let Some(asking) = &labelled.asking else { return };
    let cost = asking.cost_usd.map_or_else(String::new, |usd| format!(", {} by the price list", dollars(usd)));
    session.ui.status(&format!(
        "{} asked about {} now; tokens of all answers: {} in, {} out{cost}",
        asking.model,
        counted(asking.asked, "photo"),
        grouped(asking.input_tokens),
        grouped(asking.output_tokens),
    ));
    if asking.left > 0 {
        let left = counted(asking.left, "photo");
        session.ui.warning(&format!(
            "{left} left without a question: the next one could pass --max-cost; a higher one goes on with the rest"
        ));
    }
}

/// The summary's keys.
pub(super) fn with_keys(summary: Summary, labelled: &Labelled) -> Summary {
    let Some(asking) = &labelled.asking else { return summary };
    summary
        .with("model", asking.model.clone())
        .with("distinct", asking.distinct)
        .with("asked", asking.asked)
        .with("left", asking.left)
        .with("input_tokens", asking.input_tokens)
        .with("output_tokens", asking.output_tokens)
        .with("cost_usd", asking.cost_usd)
}

/// An amount, small ones with more digits.
pub(super) fn dollars(usd: f64) -> String {
    if usd < 1.0 { format!("${usd:.4}") } else { format!("${usd:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_named_by_id_or_family_and_one_without_eyes_is_refused() {
        assert_eq!(model_id(None).unwrap(), "amazon.nova-lite-v1:0");
        assert_eq!(model_id(Some("pro".to_owned())).unwrap(), "amazon.nova-pro-v1:0");
        let claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
        assert_eq!(model_id(Some(claude.to_owned())).unwrap(), claude);
        for blind in ["micro", "us.amazon.nova-micro-v1:0"] {
            assert!(model_id(Some(blind.to_owned())).unwrap_err().to_string().contains("takes no images"));
        }
        assert!(model_id(Some(String::new())).is_err() && model_id(Some("a b".to_owned())).is_err());
    }

    #[test]
    fn prices_are_those_before_tuning_and_other_vendors_have_none() {
        assert_eq!(listed(Some(Model::Lite), None).unwrap(), Some((0.00006, 0.00024)));
        assert_eq!(listed(Some(Model::Lite2), None).unwrap(), Some((0.00033, 0.00275)));
        assert_eq!(listed(None, None).unwrap(), None);
        assert!(amount(Some(f64::NAN), "--max-cost").is_err() && amount(Some(-1.0), "--max-cost").is_err());
        assert_eq!(dollars(0.01234), "$0.0123");
    }
}
