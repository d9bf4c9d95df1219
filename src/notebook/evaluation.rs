//! Base against tuned.

use super::stages::{above, below};
use super::table::{Cell, Side, Table};
use super::{Content, Show};
use crate::evaluate::{Evaluation, STAND_IN_NOTE, comparison_line, rows, shown};
use crate::labels::audit::crop::block_uri;

/// Photos that are listed, the worst first; the caption says how many there are.
const MOST_ROWS: usize = 8;
/// Of these the seller's block is shown: a picture takes up to 60 kB of the notebook.
const MOST_PICTURES: usize = 3;

/// The figures side by side, then photos with both answers, the worst first.
impl Show for Evaluation {
    fn content(&self) -> Content {
        let mut figures = Table::new(comparison_line(self)).column("figure", "held out", Side::Left);
        for model in ["base", "tuned"] {
            figures = figures.column(model, "", Side::Right);
        }
        for row in rows(self) {
            figures.push([row.name.trim(), &row.base, &row.tuned].map(Cell::plain));
        }
        let places = self.worst_first();
        let first = if places.len() > MOST_ROWS { format!(", the worst {MOST_ROWS}") } else { String::new() };
        let mut cases = Table::new(format!("{} photos{first}", places.len()));
        for name in ["photo", "tuning", "label", "base said", "tuned said"] {
            cases = cases.column(name, "", Side::Left);
        }
        for (n, at) in places.into_iter().take(MOST_ROWS).enumerate() {
            let case = &self.cases[at];
            let block = self.sights[at].as_ref().and_then(|sight| sight.block);
            let picture = case.file.as_deref().filter(|_| n < MOST_PICTURES).and_then(|file| block_uri(file, block));
            let words = [self.change(at).words(), &case.label];
            let [change, label] = words.map(Cell::plain);
            let [base, tuned] = [&self.base, &self.tuned].map(|asked| Cell::plain(&shown(&asked.answers[at])));
            cases.push([Cell::plain(&case.image).with_picture(picture.as_deref()), change, label, base, tuned]);
        }
        let content = above(&format!("{}.", self.verdict()), below(figures.to_content(), &cases.to_content()));
        if self.is_local { above(STAND_IN_NOTE, content) } else { content }
    }
}
