//! The table's rows, and findings for the photos that have none.

use std::collections::{HashMap, HashSet};

use super::work::{Left, Work};
use crate::findings::Report;
use crate::images::Digest;
use crate::labels::labeler::model_row::{Source, row};
use crate::labels::labeler::table::Row;
use crate::labels::labeler::words::{Said, clean_answer};
use crate::labels::rules;

/// A row for each file whose photo has a seller.
pub(super) fn rows(
    work: &Work<'_>,
    left: Option<Left>,
    has_row: &HashSet<String>,
    sheets: &HashMap<Digest, String>,
    report: &mut Report,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for (photo, shown) in work.album.files.iter().filter(|(photo, _)| !has_row.contains(&photo.name)) {
        let digest = match shown {
            Ok(digest) => *digest,
            Err(why) => {
                report.push(rules::photo_not_read::found(&photo.path, why));
                continue;
            }
        };
        let Some(given) = work.answers.recall(&work.question(digest)) else {
            report.push(rules::photo_not_read::not_labelled(&photo.path, &why_not(work, left, digest)));
            continue;
        };
        match clean_answer(&given.text) {
            Said::NoName(why) => {
                report.push(rules::seller_not_read::found(photo.path.as_path(), &format!("{why}; it has no row")));
            }
            Said::Name(name) => {
                let source = Source {
                    labeler: "batch",
                    model_id: &work.batch.model_id,
                    prompt: &work.batch.prompt.version,
                    answer: &given.text,
                    input_tokens: given.input_tokens,
                    output_tokens: given.output_tokens,
                };
                rows.push(row(&photo.name, &name, sheets.get(&digest).map(String::as_str), source));
            }
        }
    }
    rows
}

/// Why a photo has no answer.
fn why_not(work: &Work<'_>, left: Option<Left>, photo: Digest) -> String {
    let (tries, said) = work.tries(photo);
    let said = if tries > 0 { format!("{said}; ") } else { String::new() };
    match left {
        _ if tries >= super::MOST_TRIES => {
            format!("{said}asked about {tries} times; --labeler converse asks once more")
        }
        Some(Left::TooFew(few)) => format!(
            "{said}not asked about again: {few} left, and a batch job takes {} or more; --labeler converse asks about them",
            work.batch.limits.min_records
        ),
        Some(Left::Stopped) => format!("{said}the job was stopped; the same command asks about what is left"),
        Some(Left::TimeUp) => {
            format!("{said}the job's time was up before its turn came; the same command asks about what is left")
        }
        Some(Left::TooDear(_)) => {
            format!("{said}not asked about: that could cost more than --max-cost; a higher one goes on with the rest")
        }
        Some(Left::Declined) => {
            format!("{said}not asked about: nobody agreed; the same command asks about what is left")
        }
        None => format!("{said}the model has not answered"),
    }
}
