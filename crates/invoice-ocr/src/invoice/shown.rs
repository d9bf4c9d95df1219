//! The fields of an invoice as text, and drawn over the photo.

use image::RgbImage;

use super::{Field, Invoice, Reading};
use crate::reader::{Quad, draw_boxes};

const LINE: [u8; 3] = [70, 130, 220];
const FIELD: [u8; 3] = [20, 150, 70];
const SELLER: [u8; 3] = [220, 30, 60];

/// A field as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownField {
    /// `seller`, `seller_id` …: the field's name in [`Invoice`]; of the total `total`, which is shown in yuan.
    pub key: &'static str,
    /// What it says.
    pub value: String,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// Where it stands, px of the page.
    pub quad: Quad,
}

impl Invoice {
    /// The fields that were read, the seller first.
    pub fn shown_fields(&self) -> Vec<ShownField> {
        fn shown<T>(key: &'static str, field: Option<&Field<T>>, value: impl Fn(&T) -> String) -> Option<ShownField> {
            let field = field?;
            Some(ShownField { key, value: value(&field.value), confidence: field.confidence, quad: field.quad })
        }
        let yuan = |fen: &u64| format!("{}.{:02}", fen / 100, fen % 100);
        let all = [
            shown("seller", self.seller.as_ref(), String::clone),
            shown("seller_id", self.seller_id.as_ref(), ToString::to_string),
            shown("buyer", self.buyer.as_ref(), String::clone),
            shown("buyer_id", self.buyer_id.as_ref(), ToString::to_string),
            shown("code", self.code.as_ref(), String::clone),
            shown("number", self.number.as_ref(), String::clone),
            shown("date", self.date.as_ref(), String::clone),
            shown("total", self.total_fen.as_ref(), yuan),
        ];
        all.into_iter().flatten().collect()
    }
}

impl Reading {
    /// The photo, upright by EXIF, turned as it is read: lines in blue, fields in green, the seller in red.
    pub fn draw_over(&self, photo: RgbImage) -> RgbImage {
        let mut picture = self.page.turn.apply(photo);
        let lines = self.page.lines.iter().map(|line| (line.quad, LINE));
        let fields = self.invoice.shown_fields().into_iter();
        let fields = fields.map(|field| (field.quad, if field.key == "seller" { SELLER } else { FIELD }));
        draw_boxes(&mut picture, &lines.chain(fields).collect::<Vec<_>>());
        picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::hash_bytes;
    use crate::reader::{Page, QuarterTurn, TextLine};

    #[test]
    fn the_seller_is_drawn_in_red_over_its_line_on_the_photo_turned_to_be_read() {
        let quad = Quad::rectangle(10.0, 10.0, 60.0, 20.0);
        let seller = Field { value: "甲公司".to_owned(), confidence: 0.9, quad };
        let invoice = Invoice { seller: Some(seller), total_fen: None, ..Invoice::default() };
        let line = |quad| TextLine { text: "甲公司".to_owned(), confidence: 0.9, weakest: 0.9, quad };
        let lines = vec![line(quad), line(Quad::rectangle(10.0, 30.0, 60.0, 40.0))];
        let page = Page { width_px: 100, height_px: 50, turn: QuarterTurn::Right, lines };
        let reading = Reading { pixels_sha256: hash_bytes(b""), page, invoice };
        let picture = reading.draw_over(RgbImage::new(50, 100));
        assert_eq!(picture.dimensions(), (100, 50));
        assert_eq!([picture.get_pixel(30, 10).0, picture.get_pixel(30, 30).0], [SELLER, LINE]);
    }

    #[test]
    fn a_total_is_shown_in_yuan() {
        let quad = Quad::rectangle(0.0, 0.0, 1.0, 1.0);
        let total = Field { value: 22_605, confidence: 0.5, quad };
        let fields = Invoice { total_fen: Some(total), ..Invoice::default() }.shown_fields();
        assert_eq!((fields[0].key, fields[0].value.as_str()), ("total", "226.05"));
    }
}
