//! The values that the stages hand on.

use std::fmt::Write as _;

use maud::{PreEscaped, html};

use crate::dataset::conversation::Record;
use crate::dataset::{Manifest, ManifestPhoto, Prepared, Side};
use crate::images::{Photo, Scan};
use crate::labels::{Analysis, Labels};
use crate::training::estimate::{Estimate, render_table};
use crate::upload::{Action, DryRun, Outcome, Uploaded};
use crate::validate::{Readiness, Validated};
use crate::wording::visible;

use super::job::json_block;
use super::table::{Cell, Side as Stand, Table, count};
use super::{Content, Show};

/// Rows of a list that are shown; the caption says how many there are.
pub(super) const MOST_ROWS: usize = 20;
/// So many of them are the last of an upload: the records, which go after all photos.
const LAST_ROWS: usize = 3;

impl Show for Scan {
    fn content(&self) -> Content {
        let faulty = self.photos.iter().filter(|photo| photo.header.is_err()).count();
        let mut caption = format!("{} in {}", count(self.photos.len(), "photo"), self.folder.display());
        if faulty > 0 {
            let _ = write!(caption, ", {faulty} of them unusable");
        }
        let mut table = Table::new(cut(caption, self.photos.len()))
            .column("photo", "", Stand::Left)
            .column("is a", "by its bytes", Stand::Left)
            .column("picture", "px, upright", Stand::Right)
            .column("file", "kB", Stand::Right);
        for photo in self.photos.iter().take(MOST_ROWS) {
            table.push(photo_row(photo));
        }
        table.to_content()
    }
}

impl Show for Estimate {
    fn content(&self) -> Content {
        Content::text(render_table(self))
    }
}

fn photo_row(photo: &Photo) -> Vec<Option<String>> {
    let is = match (photo.misnomer(), &photo.header) {
        (Some(misnomer), Ok(_)) => misnomer.to_string(),
        (_, Ok(header)) => header.format.to_string(),
        (_, Err(fault)) => fault.to_string(),
    };
    let size = photo.header.as_ref().ok().map(|header| {
        let (width, height) = header.upright_size_px();
        format!("{width} × {height}")
    });
    vec![Some(photo.name.clone()), Some(is), size, Some(kilobytes(photo.size_bytes))]
}

impl Show for Labels {
    fn content(&self) -> Content {
        self.frame().content()
    }
}

impl Show for Analysis {
    fn content(&self) -> Content {
        let lengths = &self.name_lengths;
        let mut caption = format!(
            "{} of {}; names of {} to {} characters",
            count(self.row_count, "row"),
            count(self.seller_count, "seller"),
            lengths.min_chars,
            lengths.max_chars
        );
        if !self.repeated_images.is_empty() {
            let _ = write!(caption, "; {} on more than one row", count(self.repeated_images.len(), "photo"));
        }
        if !self.spellings.is_empty() {
            let _ = write!(caption, "; {} spelled in several ways", count(self.spellings.len(), "seller"));
        }
        let mut table = Table::new(cut(caption, self.counts_by_seller.len())).column("seller", "", Stand::Left).column(
            "rows",
            "",
            Stand::Right,
        );
        for seller in self.counts_by_seller.iter().take(MOST_ROWS) {
            table.push([seller.seller.clone(), seller.row_count.to_string()].map(Some));
        }
        table.to_content()
    }
}

impl Show for Prepared {
    fn content(&self) -> Content {
        let report = self.report.content();
        let Some(manifest) = &self.manifest else {
            let text = "Nothing was written: fix what the findings name.";
            return above(text, report);
        };
        let converted = manifest.photos.iter().filter(|photo| photo.converted.is_some()).count();
        let caption = format!("{}: {}, {converted} converted", self.folder.display(), photos(manifest));
        let mut table = Table::new(cut(caption, manifest.photos.len()))
            .column("photo", "", Stand::Left)
            .column("seller", "the answer to learn", Stand::Left)
            .column("group", "stays together", Stand::Left)
            .column("side", "", Stand::Left);
        for photo in manifest.photos.iter().take(MOST_ROWS) {
            let ManifestPhoto { image, seller, group, side, .. } = photo;
            table.push([image, seller, group, &side.to_string()].map(|text| Cell::plain(text)));
        }
        let content = table.to_content();
        if self.report.is_empty() { content } else { below(content, &report) }
    }
}

fn photos(manifest: &Manifest) -> String {
    let side = |side| manifest.photos_of(side).count();
    format!("{} to train with, {} held out", count(side(Side::Train), "photo"), side(Side::Validation))
}

impl Show for Record {
    fn content(&self) -> Content {
        json_block(&serde_json::to_string_pretty(self).unwrap_or_else(|error| error.to_string()))
    }
}

impl Show for Readiness {
    fn content(&self) -> Content {
        match self {
            Self::Ready(ready, report) => {
                above(&format!("Ready to upload: {}.", count(ready.objects().len(), "object")), report.content())
            }
            Self::NotReady(report) => above("Not ready: fix the errors first.", report.content()),
        }
    }
}

impl Show for Validated {
    fn content(&self) -> Content {
        let looked_at = format!(
            "Looked at {} to train with, {} held out, {}.",
            count(self.train_count, "record"),
            self.validation_count,
            count(self.photo_count, "photo")
        );
        above(&looked_at, self.report.content())
    }
}

impl Show for Uploaded {
    fn content(&self) -> Content {
        let failed = self.failed().count();
        let (sent, done) = match self.dry_run {
            DryRun::No => ("sent", "done"),
            DryRun::Yes => ("to send", "to do"),
        };
        let caption = format!("{} {sent}, {} there already, {failed} failed", self.put_count(), self.skip_count());
        let mut table = Table::new(caption).column(done, "", Stand::Left).column("object", "", Stand::Left).column(
            "size",
            "kB",
            Stand::Right,
        );
        let mut outcomes: Vec<&Outcome> = self.outcomes.iter().collect();
        outcomes.sort_by_key(|outcome| !matches!(outcome, Outcome::Failed(..)));
        let first = MOST_ROWS - LAST_ROWS;
        let left_out = outcomes.len().saturating_sub(MOST_ROWS);
        for (n, outcome) in outcomes.into_iter().enumerate() {
            if left_out > 0 && n == first {
                table.push(["…", &format!("{left_out} more"), ""].map(Cell::plain));
            }
            if (first..first + left_out).contains(&n) {
                continue;
            }
            let (done, object) = match outcome {
                Outcome::Done(planned) if planned.action == Action::Put => ("put".to_owned(), &planned.object),
                Outcome::Done(planned) => ("skip (same content)".to_owned(), &planned.object),
                Outcome::Failed(object, error) => (format!("error: {error}"), object),
            };
            table.push([done, object.uri.to_string(), kilobytes(object.size_bytes)].map(Some));
        }
        table.to_content()
    }
}

fn kilobytes(size_bytes: u64) -> String {
    format!("{:.1}", size_bytes as f64 / 1000.0)
}

fn cut(caption: String, rows: usize) -> String {
    if rows > MOST_ROWS { format!("{caption}; the first {MOST_ROWS}") } else { caption }
}

/// A sentence above the content.
pub(super) fn above(sentence: &str, mut content: Content) -> Content {
    content.text = format!("{sentence}\n{}", content.text);
    content.html = content.html.map(|html| html! { p { (visible(sentence)) } "\n" (PreEscaped(html)) }.into_string());
    content
}

/// More content below.
pub(super) fn below(mut content: Content, more: &Content) -> Content {
    content.text = format!("{}\n{}", content.text, more.text);
    content.html = content.html.zip(more.html.as_ref()).map(|(html, more)| format!("{html}\n{more}"));
    content
}
