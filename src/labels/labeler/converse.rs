//! Labels by a model on Bedrock: the photos' bytes go through Converse, an answer each.

use std::collections::HashSet;

use rayon::prelude::*;

use super::journal::Journal;
use super::plan::{AskPlan, Part};
use super::table::{Kept, Row, text, write_table};
use super::words::{Said, clean_answer};
use super::{Asking, Labelled, journal_file, kept_table};
use crate::ask::{Answer, AnswerJournal, Asker, ask, question};
use crate::error::Result;
use crate::finding::Report;
use crate::images::Photo;
use crate::labels::rules;
use crate::pace::Pace;
use crate::progress::Progress;
use crate::readings::{PhotoReading, sheets_of};
use crate::wording::{quoted, shortened, visible};

/// The columns of a table of a model's own.
const COLUMNS: [&str; 9] =
    ["image", "seller", "sheet", "labeler", "model", "prompt", "answer", "input_tokens", "output_tokens"];
/// What of an answer stands in a finding.
const LONGEST: usize = 80;

/// What is known of a photo without asking: the reader may have read it before.
pub type KnownReading<'a> = &'a (dyn Fn(&Photo) -> Option<PhotoReading> + Sync);

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
pub fn label_by_model<A: Asker>(
    plan: &AskPlan,
    open: &dyn Fn() -> A,
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
    let answers = ask(&plan.questions, &model.ask, open, &answers_journal, pace, progress)?;

    let mut report = Report::new(options.levels.clone());
    // Read again: a person may have written into the table while the model was asked.
    let kept = kept_table(options)?;
    let has_row = kept.as_ref().map(|kept| kept.photos(&plan.scan)).unwrap_or_default();
    let sheets = sheets(plan, known);
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
                Said::Name(seller) => rows.push(
                    Row::new(&photo.name, &seller)
                        .with("sheet", text(sheets.get(at).and_then(Option::as_deref)))
                        .with("labeler", options.labeler.to_string())
                        .with("model", model.ask.model_id.clone())
                        .with("prompt", model.prompt.version.clone())
                        .with("answer", visible(answer))
                        .with("input_tokens", input_tokens.to_string())
                        .with("output_tokens", output_tokens.to_string()),
                ),
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
        sheets: sheets.iter().flatten().collect::<HashSet<_>>().len(),
        confirmed: 0,
        report,
        asking: Some(asking(plan, &answers, asked)),
    })
}

/// What the questions came to.
fn asking(plan: &AskPlan, answers: &[Answer], asked: usize) -> Asking {
    let tokens = answers.iter().fold((0, 0), |sum, answer| match answer {
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

/// The sheets of the questions' photos, as far as the reader has read them before.
fn sheets(plan: &AskPlan, known: KnownReading<'_>) -> Vec<Option<String>> {
    let mut first: Vec<Option<&Photo>> = vec![None; plan.questions.len()];
    for (photo, part) in plan.scan.photos.iter().zip(&plan.parts) {
        if let Part::Asked(at) = part {
            first[*at].get_or_insert(photo);
        }
    }
    let read: Vec<(usize, PhotoReading)> =
        first.par_iter().enumerate().filter_map(|(at, photo)| Some((at, known((*photo)?)?))).collect();
    let readings: Vec<PhotoReading> = read.iter().map(|(_, reading)| reading.clone()).collect();
    let mut sheets = vec![None; first.len()];
    for ((at, _), sheet) in read.iter().zip(sheets_of(&readings)) {
        sheets[*at] = sheet;
    }
    sheets
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
