//! Labelers beside each other.

use super::stages::{above, below};
use super::table::{Cell, Side, Table, count};
use super::{Content, Show};
use crate::labels::consensus::{Agreement, Consensus, Standing};

/// Photos that are listed; the caption says how many there are.
const MOST_ROWS: usize = 20;

/// The matrix of agreement, then the photos on which labelers differ or that are open.
impl Show for Consensus {
    fn content(&self) -> Content {
        let mut matrix = Table::new("Share of the photos that both name, and Cohen's kappa.".to_owned());
        matrix = matrix.column("labeler", "as accepted", Side::Left);
        for labeler in &self.labelers {
            matrix = matrix.column(&labeler.name, &count(labeler.named, "photo"), Side::Right);
        }
        for (row, labeler) in self.labelers.iter().enumerate() {
            let accepted = format!("{} of {}", labeler.as_accepted, labeler.beside_accepted);
            let cells = (0..self.labelers.len()).map(|column| agreement(self.agreement(row, column)));
            matrix.push(std::iter::once(Cell::plain(&labeler.name).with_note(&accepted)).chain(cells));
        }
        let differences = self.differences();
        let first = if differences.len() > MOST_ROWS { format!(", the first {MOST_ROWS}") } else { String::new() };
        let mut photos = Table::new(format!("{} open or disputed{first}", count(differences.len(), "photo")));
        photos = photos.column("photo", "", Side::Left).column("verdict", "", Side::Left);
        for labeler in &self.labelers {
            photos = photos.column(&labeler.name, "", Side::Left);
        }
        for photo in differences.into_iter().take(MOST_ROWS) {
            let verdict = photo.ground.verdict();
            let said = (0..self.labelers.len()).map(|labeler| {
                let Some(saying) = photo.labels.sayings.iter().find(|one| one.labeler == labeler) else {
                    return Cell::from(None);
                };
                let cell = Cell::plain(&saying.seller);
                match (saying.standing, photo.distance(saying)) {
                    (Standing::Nothing, _) => cell.with_note(saying.fault.unwrap_or_default()),
                    (_, 0) => cell,
                    (_, edits) => cell.with_note(&count(edits, "edit")),
                }
            });
            let own = [Cell::plain(&photo.labels.image), Cell::plain(verdict).with_note(photo.ground.name())];
            photos.push(own.into_iter().chain(said));
        }
        let tables = below(matrix.to_content(), &photos.to_content());
        above(&format!("{}.", self.summary()), tables)
    }
}

fn agreement(agreement: Option<&Agreement>) -> Cell {
    let Some(agreement) = agreement else { return Cell::plain("–") };
    let Some(share) = agreement.share() else { return Cell::plain("no photo") };
    let kappa = agreement.kappa.map_or_else(|| "κ not defined".to_owned(), |kappa| format!("κ {kappa:.2}"));
    Cell::plain(&format!("{share:.2}")).with_note(&kappa)
}
