//! How results show themselves in a notebook: tables, pictures and charts in place of debug text.
//!
//! With [`Show`] in scope a value that ends a cell is shown, and [`Show::show`] shows one anywhere in it. A cell has
//! room for one result: the last one shown stays.
//!
//! This is the only module that writes to stdout. [`Show::content`] is what would be written.

mod consensus;
mod content;
mod error;
mod evaluation;
mod frame;
mod gallery;
mod job;
mod metrics;
mod reading;
mod readings;
mod report;
mod stages;
mod table;
mod thumbnail;

use std::io::{self, Write as _};

pub use content::Content;
pub use gallery::Gallery;
pub use reading::ReadPhoto;
pub use thumbnail::Thumbnail;

use crate::charts::Chart;

/// Something that can show itself in a notebook.
pub trait Show {
    /// The value in the forms that a notebook can choose from. Text of the data is escaped in all of them.
    fn content(&self) -> Content;

    /// Shows the value in the cell that is running. Outside a notebook this prints the blocks that a notebook reads.
    fn show(&self) {
        // One write, so that nothing else comes between; without a reader there is nothing to say and nobody to tell.
        let _ = io::stdout().lock().write_all(self.content().to_blocks().as_bytes());
    }

    /// What evcxr calls on the last expression of a cell.
    #[doc(hidden)]
    fn evcxr_display(&self) {
        self.show();
    }
}

/// Jupyter shows the SVG of a trusted notebook alone: one that was just cloned shows the PNG.
impl Show for Chart {
    fn content(&self) -> Content {
        Content::text(format!("{} (a chart)", self.title)).with_svg(self.to_svg()).with_png(self.to_png())
    }
}

#[cfg(test)]
mod tests;
