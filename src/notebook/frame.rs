use polars::prelude::{AnyValue, Column, DataFrame, IntoColumn, LazyFrame, Series};

use super::table::{Side, Table, count};
use super::{Content, Show};
use crate::wording::visible;

/// Rows of a table that are shown; the caption says how many there are.
const MOST_ROWS: usize = 20;

impl Show for DataFrame {
    fn content(&self) -> Content {
        let (rows, columns) = self.shape();
        let shown = rows.min(MOST_ROWS);
        let first = if shown < rows { format!(", the first {shown}") } else { String::new() };
        let mut table = Table::new(format!("{} × {}{first}", count(rows, "row"), count(columns, "column")));
        for column in self.columns() {
            let side = if column.dtype().is_numeric() { Side::Right } else { Side::Left };
            table = table.column(column.name(), &column.dtype().to_string(), side);
        }
        for row in 0..shown {
            table.push(self.columns().iter().map(|column| cell(column, row)));
        }
        Content::text(self.to_string()).with_html(table.to_html())
    }
}

/// A table of one column.
impl Show for Series {
    fn content(&self) -> Content {
        self.clone().into_column().into_frame().content()
    }
}

/// The table that it makes: polars works it out now.
impl Show for LazyFrame {
    fn content(&self) -> Content {
        match self.clone().collect() {
            Ok(frame) => frame.content(),
            Err(error) => Content::text(format!("error: {}", visible(&error.to_string()))),
        }
    }
}

/// A value as text, strings without quotes; `None` where it is null.
fn cell(column: &Column, row: usize) -> Option<String> {
    match column.get(row) {
        Ok(AnyValue::Null) | Err(_) => None,
        Ok(value) => Some(value.get_str().map_or_else(|| value.to_string(), ToOwned::to_owned)),
    }
}
