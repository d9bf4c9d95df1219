use std::fmt::Write as _;

use maud::{Markup, html};

use super::Content;
use crate::markup::sentence;
use crate::wording::visible;

/// On which side the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// What stands in a cell: text of the data, with the HTML that it shows as.
#[derive(Debug)]
pub(super) struct Cell {
    text: String,
    html: Markup,
}

impl Cell {
    /// Text as it is.
    pub(super) fn plain(text: &str) -> Self {
        let text = visible(text);
        Self { html: html! { (text) }, text }
    }

    /// A sentence in which names of things stand between backticks.
    pub(super) fn sentence(text: &str) -> Self {
        Self { text: visible(text), html: sentence(text) }
    }

    /// The same, below a picture that is a `data:` URI, where there is one.
    pub(super) fn with_picture(mut self, uri: Option<&str>) -> Self {
        if let Some(uri) = uri {
            self.html = html! { img width="240" alt="" src=(uri); br; (self.html) };
        }
        self
    }

    /// The same, with smaller text below it.
    pub(super) fn with_note(mut self, note: &str) -> Self {
        let note = visible(note);
        let _ = write!(self.text, " {note}");
        self.html = html! { (self.html) br; small { (note) } };
        self
    }
}

/// Text as it is; `None` is a missing value.
impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        let missing = || Self { text: "-".to_owned(), html: html! { i { "missing" } } };
        text.as_deref().map_or_else(missing, Self::plain)
    }
}

/// A table as HTML. Jupyter and GitHub drop style sheets, so the little style there is stands at each cell.
#[derive(Debug, Default)]
pub(super) struct Table {
    caption: String,
    columns: Vec<(String, String, Side)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with a line above it.
    pub(super) fn new(caption: impl Into<String>) -> Self {
        Self { caption: caption.into(), ..Self::default() }
    }

    /// Adds a column: its name, and a note under the name that may be empty.
    pub(super) fn column(mut self, name: &str, note: &str, side: Side) -> Self {
        self.columns.push((name.to_owned(), note.to_owned(), side));
        self
    }

    /// Adds a row.
    pub(super) fn push(&mut self, cells: impl IntoIterator<Item = impl Into<Cell>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The table as HTML and, its columns divided by tabs, as text.
    pub(super) fn to_content(&self) -> Content {
        Content::text(self.to_text()).with_html(self.to_html())
    }

    fn to_text(&self) -> String {
        let mut text = format!("{}\n", visible(&self.caption));
        let names: Vec<&str> = self.columns.iter().map(|(name, _, _)| name.as_str()).collect();
        let _ = writeln!(text, "{}", names.join("\t"));
        for row in &self.rows {
            let cells: Vec<&str> = row.iter().map(|cell| cell.text.as_str()).collect();
            let _ = writeln!(text, "{}", cells.join("\t"));
        }
        text
    }

    pub(super) fn to_html(&self) -> Markup {
        html! {
            p { (visible(&self.caption)) } "\n"
            table { "\n"
                thead { tr {
                    @for (name, note, side) in &self.columns {
                        th style=(style(*side)) { (visible(name)) @if !note.is_empty() { br; small { (visible(note)) } } }
                    }
                } } "\n"
                tbody { "\n"
                    @for row in &self.rows {
                        tr {
                            @for (cell, (_, _, side)) in row.iter().zip(&self.columns) {
                                td style=(style(*side)) { (cell.html) }
                            }
                        } "\n"
                    }
                } "\n"
            }
        }
    }
}

fn style(side: Side) -> &'static str {
    match side {
        Side::Left => "text-align:left",
        Side::Right => "text-align:right",
    }
}

/// `1 row`, `2 rows`.
pub(super) fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}
