//! Labels beside their photos.

use super::stages::above;
use super::table::{Cell, Side as Stand, Table, count};
use super::{Content, Show};
use crate::labels::audit::Audited;
use crate::labels::labeler::Labelled;

/// Labels that are shown; the caption says how many there are.
const MOST_ROWS: usize = 20;

impl Show for Labelled {
    fn content(&self) -> Content {
        let (rows, photos, sheets) =
            (count(self.rows, "row"), count(self.photos, "photo"), count(self.sheets, "sheet"));
        let (file, confirmed) = (self.file.display(), self.confirmed);
        let sentence = format!("{file}: {rows} for {photos} of {sheets}, {confirmed} confirmed by a second signal.");
        above(&sentence, self.report.content())
    }
}

impl Show for Audited {
    fn content(&self) -> Content {
        let more = if self.labels.len() > MOST_ROWS { format!("; the worst {MOST_ROWS}") } else { String::new() };
        let mut table = Table::new(format!("{}{more}", self.summary()))
            .column("photo", "", Stand::Left)
            .column("verdict", "", Stand::Left)
            .column("label", "", Stand::Left)
            .column("reading", "and why", Stand::Left)
            .column("rules", "", Stand::Left);
        for label in self.worst_first().into_iter().take(MOST_ROWS) {
            let reading = match &label.vote {
                Some(vote) => Cell::plain(&vote.seller).with_note(&vote.evidence()),
                None => Cell::from(None),
            };
            let codes: Vec<_> = label.codes.iter().map(|(code, _)| *code).collect();
            let [photo, verdict, seller, codes] =
                [&label.row.image, &label.verdict.to_string(), &label.row.seller, &codes.join(" ")]
                    .map(|text| Cell::plain(text));
            table.push([photo, verdict, seller, reading, codes]);
        }
        table.to_content()
    }
}
