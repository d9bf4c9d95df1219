//! The table's rows, and findings for the photos that have none.

use std::collections::HashSet;

use super::work::{Left, Work};
use crate::finding::Report;
use crate::images::Digest;
use crate::labels::labeler::table::Row;
use crate::labels::labeler::words::{Said, clean_answer};
use crate::labels::rules;
use crate::wording::visible;

/// The columns of a table of its own.
pub(super) const COLUMNS: [&str; 8] =
    ["image", "seller", "labeler", "model", "prompt", "answer", "input_tokens", "output_tokens"];

/// A row for each file whose photo has a seller.
pub(super) fn rows(work: &Work<'_>, left: Option<Left>, has_row: &HashSet<String>, report: &mut Report) -> Vec<Row> {
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
            Said::Name(name) => rows.push(
                Row::new(&photo.name, &name)
                    .with("labeler", "batch".to_owned())
                    .with("model", work.batch.model_id.clone())
                    .with("prompt", work.batch.prompt.version.clone())
                    .with("answer", visible(&given.text))
                    .with("input_tokens", given.input_tokens.to_string())
                    .with("output_tokens", given.output_tokens.to_string()),
            ),
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
        None => format!("{said}the model has not answered"),
    }
}
