//! A photo with what was read of it.

use std::path::Path;

use maud::{PreEscaped, html};

use super::gallery::picture;
use super::stages::above;
use super::table::{Side, Table, count};
use super::{Content, Show, Thumbnail};
use crate::error::Result;
use crate::images::decode_upright;
use crate::invoice::Reading;

/// Wide enough to read the names inside their boxes.
const WIDTH_PX: u32 = 720;

/// A photo with a box around each line and field: lines in blue, fields in green, the seller in red.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadPhoto {
    /// What was read.
    pub reading: Reading,
    picture: Thumbnail,
}

impl ReadPhoto {
    /// Draws the boxes of a reading over its photo.
    ///
    /// # Errors
    /// Where the photo cannot be read or decoded.
    pub fn open(photo: &Path, reading: &Reading) -> Result<Self> {
        let drawn = reading.draw_over(decode_upright(photo)?);
        Ok(Self { reading: reading.clone(), picture: Thumbnail::new(&drawn, WIDTH_PX) })
    }
}

impl Show for ReadPhoto {
    fn content(&self) -> Content {
        let mut content = self.reading.content();
        let alt = "the photo with a box around each line that was read";
        let boxes = picture(alt, None, "image/jpeg", &self.picture.to_jpeg());
        content.html = content.html.map(|html| html! { (boxes) "\n" (PreEscaped(html)) }.into_string());
        content
    }
}

impl Show for Reading {
    fn content(&self) -> Content {
        let fields = self.invoice.shown_fields();
        let mut caption = format!("{} of {}", count(fields.len(), "field"), count(self.page.lines.len(), "line"));
        let degrees = self.page.turn.degrees();
        if degrees != 0 {
            caption = format!("{caption}, turned by {degrees}° to be read");
        }
        let mut table = Table::new(caption).column("field", "", Side::Left).column("reading", "", Side::Left).column(
            "confidence",
            "0 to 1",
            Side::Right,
        );
        for field in fields {
            table.push([field.key.to_owned(), field.value, format!("{:.2}", field.confidence)].map(Some));
        }
        if self.invoice.seller.is_some() {
            return table.to_content();
        }
        above("No seller: none of the lines is a seller's name.", table.to_content())
    }
}
