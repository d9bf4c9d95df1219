//! Labels by a model on Bedrock: the photos' bytes go through Converse, an answer each.

use std::collections::HashSet;

use super::journal::Journal;
use super::model_row::{COLUMNS, KnownReading, Source, known_sheets, row};
use super::plan::{AskPlan, Part};
use super::table::{Kept, write_table};
use super::words::{Said, clean_answer};
use super::{Asking, Labelled, journal_file, kept_table};
use crate::aws::inference::{Answer, AnswerJournal, AskOptions, Asker, Money, Question, ask, question};
use crate::error::Result;
use crate::findings::Report;
use crate::images::Digest;
use crate::labels::rules;
use crate::pace::Pace;
use crate::progress::Progress;
use crate::wording::{quoted, shortened};

/// What of an answer stands in a finding.
const LONGEST: usize = 80;

/// Asks a model for the seller of each photo of a plan, and writes the table.
///
/// Each distinct photo is asked about once, and each answer goes into a journal beside the table at once, by the photo's bytes,
/// the model and the words of the question: a run that was stopped goes on. A photo without a name in its answer, and one
/// that was not answered, has no row and a finding. The table is written in one step at the end, and never over the work of
/// somebody else: see [`Existing`](super::Existing).
///
/// # Errors
/// Where the table or a journal cannot be written, a table that somebody has written into is in the way, or the model would
/// answer nobody.
pub fn label_by_model(
    plan: &AskPlan,
    asker: &dyn Asker,
    known: KnownReading<'_>,
    pace: &(dyn Pace + Sync),
    progress: &dyn Progress,
) -> Result<Labelled> {
    let (options, model) = (&plan.options, &plan.model);
    let journal = Journal::open(&journal_file(&options.output_file)?)?;
    let answers_journal = AnswerJournal::open(&plan.answers_file()?)?;
    let recalled: Vec<bool> = plan
        .questions
        .iter()
        .map(|about| answers_journal.recall(&question(about, &model.ask.memory_key, about.sha256)).is_some())
        .collect();
    let before = spent_on_rows(plan, &answers_journal);
    let answers = ask(&plan.questions, &with_less_money(&model.ask, before), asker, &answers_journal, pace, progress)?;

    let mut report = Report::new(options.levels.clone());
    // Read again: a person may have written into the table while the model was asked.
    let kept = kept_table(options)?;
    let has_row = kept.as_ref().map(|kept| kept.photos(&plan.scan)).unwrap_or_default();
    let asked = plan.scan.photos.iter().zip(&plan.parts).filter_map(|(photo, part)| match part {
        Part::Asked(at) => Some((plan.questions[*at].sha256, photo)),
        _ => None,
    });
    let sheets = known_sheets(asked, known);
    let mut rows = Vec::new();
    for (photo, part) in plan.scan.photos.iter().zip(&plan.parts) {
        let at = match part {
            _ if has_row.contains(&photo.name) => continue,
            Part::HasRow => continue,
            Part::Asked(at) => *at,
            Part::Unusable(why) => {
                report.push(rules::photo_not_read::found(&photo.path, why));
                continue;
            }
        };
        match &answers[at] {
            Answer::Unasked => {}
            Answer::Failed(why) => report.push(rules::photo_not_read::not_labelled(&photo.path, why)),
            Answer::Given { text: answer, input_tokens, output_tokens } => match clean_answer(answer) {
                Said::NoName(why) => {
                    let why = format!("{why} ({}), so it has no row", said(answer));
                    report.push(rules::seller_not_read::found(photo.path.as_path(), &why));
                }
                Said::Name(seller) => {
                    let source = Source {
                        labeler: "converse",
                        model_id: &model.ask.model_id,
                        prompt: &model.prompt.version,
                        answer,
                        input_tokens: *input_tokens,
                        output_tokens: *output_tokens,
                    };
                    let sheet = sheets.get(&plan.questions[at].sha256).map(String::as_str);
                    rows.push(row(&photo.name, &seller, sheet, source));
                }
            },
        }
    }
    report.sort();
    write_table(kept.as_ref(), &COLUMNS, &rows, &options.output_file, &journal)?;
    let is_given = |at: usize| matches!(answers[at], Answer::Given { .. });
    let asked = (0..answers.len()).filter(|at| is_given(*at) && !recalled[*at]).count();
    let recalled_photos = plan.parts.iter().filter(|part| matches!(part, Part::Asked(at) if recalled[*at])).count();
    Ok(Labelled {
        file: options.output_file.clone(),
        photos: plan.scan.photos.len(),
        recalled: recalled_photos,
        rows: rows.len(),
        kept: kept.map_or(0, |kept: Kept| kept.row_count),
        sheets: sheets.values().collect::<HashSet<_>>().len(),
        confirmed: 0,
        report,
        asking: Some(asking(plan, &answers, asked, before)),
    })
}

/// Tokens in and out of the answers about photos that have their rows: no questions now, and paid for all the same.
fn spent_on_rows(plan: &AskPlan, journal: &AnswerJournal) -> (u64, u64) {
    let (model, prompt) = (&plan.model.ask.memory_key, plan.model.prompt.sha256());
    let question = |photo: &Digest| Question { model: model.clone(), photo: *photo, prompt };
    let given = plan.unasked.iter().filter_map(|photo| journal.recall(&question(photo)));
    given.fold((0, 0), |sum, given| (sum.0 + given.input_tokens, sum.1 + given.output_tokens))
}

/// The options with what is left of the money after so many tokens.
fn with_less_money(ask: &AskOptions, (input_tokens, output_tokens): (u64, u64)) -> AskOptions {
    let money = ask.money.map(|money| {
        let spent = money.cost_usd(input_tokens, output_tokens);
        Money { most_usd: money.most_usd.map(|most| (most - spent).max(0.0)), ..money }
    });
    AskOptions { money, ..ask.clone() }
}

/// What the questions came to, with the tokens of those that were asked `before` about photos that have their rows.
fn asking(plan: &AskPlan, answers: &[Answer], asked: usize, before: (u64, u64)) -> Asking {
    let tokens = answers.iter().fold(before, |sum, answer| match answer {
        Answer::Given { input_tokens, output_tokens, .. } => (sum.0 + input_tokens, sum.1 + output_tokens),
        _ => sum,
    });
    Asking {
        model: plan.model.ask.model_id.clone(),
        distinct: answers.len(),
        asked,
        left: answers.iter().filter(|answer| **answer == Answer::Unasked).count(),
        input_tokens: tokens.0,
        output_tokens: tokens.1,
        cost_usd: plan.model.ask.money.map(|money| money.cost_usd(tokens.0, tokens.1)),
    }
}

/// An answer in a finding.
fn said(answer: &str) -> String {
    if answer.trim().is_empty() {
        return "it says nothing".to_owned();
    }
    format!("it says {}", quoted(&shortened(answer.trim(), LONGEST)))
}

#[cfg(test)]
mod tests;
