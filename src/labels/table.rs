use std::borrow::Cow;
use std::path::{Path, PathBuf};

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, PolarsError, Series};
use serde::Serialize;

use super::cell::{cell, image_cell, is_formula};
use super::csv::{Parsed, Row, read_rows, trim};
use super::rules;
use super::systematic::fold;
use crate::atomic;
use crate::error::{Error, IoContext, Place, Result};
use crate::files::{self, MAX_DOCUMENT_BYTES};
use crate::findings::Finding;
use crate::source_access;
use crate::wording::{is_blank, is_line_break, unseen_in, without_unseen};

/// Which photo shows which seller: a table with the columns `image`, `seller`, `sheet` where the file has it, the file's
/// other columns, and `line`.
#[derive(Debug, Clone)]
pub struct Labels {
    file: PathBuf,
    frame: DataFrame,
}

/// A label file, read.
#[derive(Debug, Clone)]
pub struct ReadLabels {
    /// The rows that can be used.
    pub labels: Labels,
    /// What was wrong with the others.
    pub findings: Vec<Finding>,
    /// Code and line of every finding, also of those that `findings` has folded into one.
    pub(crate) flagged: Vec<(&'static str, u64)>,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct LabelRow {
    /// The photo's name as the file writes it.
    pub image: String,
    /// The seller's name: what the model is to answer.
    pub seller: String,
    /// The sheet of paper that the photo shows, where the file says so.
    pub sheet: Option<String>,
    /// The line of the file that the row begins on, counted from 1.
    pub line: u64,
}

impl Labels {
    /// Reads a CSV file with the header `image,seller` or `图片名称,销售方`.
    ///
    /// UTF-8, UTF-16 with its mark and GBK are told apart by the bytes; columns may be separated by commas, tabs or
    /// semicolons and stand in any order. Bad rows are findings, the others are kept.
    ///
    /// # Errors
    /// When the file cannot be read, or is no table with these two columns and at least one row.
    pub fn read(path: &Path) -> Result<ReadLabels> {
        source_access::note(path);
        let bytes = files::read(path, MAX_DOCUMENT_BYTES).at("read", path)?;
        Self::parse(path, &bytes)
    }

    /// The same for bytes in memory; `file` is what errors and findings name.
    pub fn parse(file: &Path, bytes: &[u8]) -> Result<ReadLabels> {
        let Parsed { columns, rows, row_count, mut findings } = read_rows(file, bytes)?;
        let mut kept = Vec::with_capacity(rows.len());
        let names = columns.names();
        for mut row in rows {
            findings.extend(formulas(&row, &names, columns.seller, file));
            let sound = [(columns.image, "image"), (columns.seller, "seller")]
                .map(|(at, column)| clean(&mut row, at, column, file, &mut findings));
            let place = Place::line(file, row.line);
            let image = row.fields.get(columns.image).map_or("", String::as_str);
            if !sound.contains(&false) {
                if image.is_empty() {
                    findings.push(rules::label_without_image::found(place));
                } else if row.fields.get(columns.seller).is_none_or(|seller| seller.chars().all(is_blank)) {
                    findings.push(rules::empty_label::found(place, image));
                } else {
                    let sheet = columns.sheet.and_then(|at| row.fields.get_mut(at));
                    if let Some(sheet) = sheet {
                        *sheet = trim(sheet).to_owned();
                        take_out_unseen(sheet, place, "sheet", &mut findings);
                    }
                    kept.push(row);
                }
            }
        }
        findings.sort_by(|a, b| a.place.cmp(&b.place));
        let flagged = findings.iter().filter_map(|finding| Some((finding.rule.code, finding.place.line?))).collect();
        let findings = fold(findings, row_count);

        let text = |at: usize| kept.iter().map(|row| row.fields.get(at).map_or("", String::as_str)).collect::<Vec<_>>();
        let mut table = vec![column("image", &text(columns.image)), column("seller", &text(columns.seller))];
        if let Some(at) = columns.sheet {
            let sheets: Vec<_> =
                text(at).into_iter().map(|sheet| Some(trim(sheet)).filter(|sheet| !sheet.is_empty())).collect();
            table.push(Series::new("sheet".into(), sheets).into());
        }
        for (at, name) in &columns.others {
            // `line` is ours.
            let name = if name.eq_ignore_ascii_case("line") { "line_" } else { name };
            table.push(column(name, &text(*at)));
        }
        let lines: Vec<_> = kept.iter().map(|row| row.line).collect();
        table.push(Series::new("line".into(), lines).into());
        let frame = DataFrame::new_infer_height(table).map_err(|error| refused(file, &error))?;
        Ok(ReadLabels { labels: Self { file: file.to_path_buf(), frame }, findings, flagged })
    }

    /// Makes labels of a table, such as one that was filtered.
    ///
    /// It needs the text columns `image` and `seller` without gaps; `sheet` is text too. Without a column `line` the rows
    /// get the lines that they will have when written.
    ///
    /// # Errors
    /// When a column is missing, of another type, or has gaps.
    pub fn from_frame(file: &Path, frame: DataFrame) -> Result<Self> {
        let mut frame = frame;
        let wrong = |what: String| Error::input(file, what, "give the table the text columns `image` and `seller`.");
        for name in ["image", "seller", "sheet"] {
            match frame.column(name) {
                Ok(column) if column.dtype() != &DataType::String => {
                    return Err(wrong(format!("the column {name} is not text but {}", column.dtype())));
                }
                Ok(column) if name != "sheet" && column.null_count() > 0 => {
                    return Err(wrong(format!("the column {name} has gaps")));
                }
                Err(_) if name != "sheet" => return Err(wrong(format!("there is no column {name}"))),
                _ => {}
            }
        }
        let lines = match frame.column("line") {
            Ok(lines) if lines.null_count() == 0 => {
                lines.strict_cast(&DataType::UInt64).map_err(|error| refused(file, &error))?
            }
            _ => Series::new("line".into(), (2..).take(frame.height()).collect::<Vec<u64>>()).into(),
        };
        frame.with_column(lines).map_err(|error| refused(file, &error))?;
        Ok(Self { file: file.to_path_buf(), frame })
    }

    /// The file that the labels come from.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.frame.height()
    }

    /// The table: `image`, `seller`, `sheet` where the file has it (null where a row has none), the file's other columns
    /// as text, and `line` (u64).
    pub fn frame(&self) -> DataFrame {
        self.frame.clone()
    }

    /// The rows, in the order of the table.
    pub fn rows(&self) -> Vec<LabelRow> {
        let [images, sellers, sheets] = ["image", "seller", "sheet"].map(|name| self.texts(name));
        images
            .into_iter()
            .zip(sellers)
            .zip(sheets)
            .zip(self.lines())
            .map(|(((image, seller), sheet), line)| LabelRow {
                image: image.unwrap_or_default(),
                seller: seller.unwrap_or_default(),
                sheet,
                line,
            })
            .collect()
    }

    /// Writes the table as CSV, without the column `line`: UTF-8, commas, quotes where needed. What stood in the file
    /// before is replaced in one step.
    pub fn write(&self, path: &Path) -> Result<()> {
        let columns: Vec<_> = self.frame.columns().iter().filter(|column| column.name() != "line").collect();
        let names: Vec<_> = columns.iter().map(|column| column.name().as_str()).collect();
        let columns: Vec<_> = columns.into_iter().map(|column| self.texts_of(Some(column))).collect();
        let mut writer = csv::Writer::from_writer(Vec::new());
        let written = writer.write_record(names.iter().map(|name| cell(name).into_owned())).and_then(|()| {
            (0..self.row_count()).try_for_each(|row| {
                let cells = columns.iter().zip(&names).map(|(column, name)| {
                    let text = column.get(row).and_then(Option::as_deref).unwrap_or("");
                    if *name == "image" { image_cell(text) } else { cell(text) }
                });
                writer.write_record(cells.map(Cow::into_owned))
            })
        });
        written.map_err(|error| Error::input(path, error.to_string(), ""))?;
        let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error).at("write", path)?;
        atomic::write(path, &bytes)
    }

    /// A column's texts, row by row; `None` where the file has no such column.
    pub(super) fn column(&self, name: &str) -> Option<Vec<Option<String>>> {
        self.frame.column(name).is_ok().then(|| self.texts(name))
    }

    /// A column as text, all gaps when there is no such column.
    fn texts(&self, name: &str) -> Vec<Option<String>> {
        self.texts_of(self.frame.column(name).ok())
    }

    fn texts_of(&self, column: Option<&Column>) -> Vec<Option<String>> {
        let column = column.and_then(|column| column.cast(&DataType::String).ok());
        match column.as_ref().map(|column| column.str()) {
            Some(Ok(texts)) => texts.iter().map(|text| text.map(str::to_owned)).collect(),
            _ => vec![None; self.frame.height()],
        }
    }

    fn lines(&self) -> Vec<u64> {
        match self.frame.column("line").map(|column| column.u64()) {
            Ok(Ok(lines)) => lines.iter().map(Option::unwrap_or_default).collect(),
            _ => vec![0; self.frame.height()],
        }
    }
}

fn column(name: &str, texts: &[&str]) -> Column {
    Series::new(name.into(), texts).into()
}

fn refused(file: &Path, error: &PolarsError) -> Error {
    Error::input(file, error.to_string(), "")
}

/// Trims a field, takes out what nobody sees, and says so; `false` when it has a line break inside.
fn clean(row: &mut Row, at: usize, column: &str, file: &Path, findings: &mut Vec<Finding>) -> bool {
    let Some(field) = row.fields.get_mut(at) else { return true };
    let place = Place::line(file, row.line);
    let trimmed = trim(field);
    if trimmed.contains(is_line_break) {
        findings.push(rules::label_with_line_break::found(place, column, trimmed));
        return false;
    }
    if trimmed.len() != field.len() {
        if !trimmed.is_empty() {
            findings.push(rules::label_with_outer_space::found(place, column, trimmed));
        }
        *field = trimmed.to_owned();
    }
    // The name of a file may really have such characters.
    if column != "image" {
        take_out_unseen(field, Place::line(file, row.line), column, findings);
    }
    true
}

/// Takes out of a text what nobody sees, and says so.
fn take_out_unseen(text: &mut String, place: Place, column: &str, findings: &mut Vec<Finding>) {
    let unseen = unseen_in(text);
    if !unseen.is_empty() {
        *text = trim(&without_unseen(text)).to_owned();
        findings.push(rules::label_with_hidden_character::found(place, column, text, &unseen));
    }
}

/// What a spreadsheet would execute in a row. Of sellers the rules for names say it.
fn formulas(row: &Row, names: &[String], seller: usize, file: &Path) -> Vec<Finding> {
    let cells = names.iter().zip(&row.fields).enumerate();
    let others = cells.filter(|(at, (_, text))| *at != seller && is_formula(text));
    others.map(|(_, (name, text))| rules::spreadsheet_formula::found(Place::line(file, row.line), name, text)).collect()
}

#[cfg(test)]
mod tests;
