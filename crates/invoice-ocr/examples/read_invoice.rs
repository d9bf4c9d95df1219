//! Prints the fields of one invoice, step by step:
//!
//! ```sh
//! make models
//! cargo run -p invoice-ocr --example read_invoice -- data/images/invoice_0003.jpg
//! ```
#![expect(clippy::print_stdout, reason = "a program prints")]

use std::error::Error;
use std::path::{Path, PathBuf};

use invoice_ocr::images::decode_upright;
use invoice_ocr::invoice::extract;
use invoice_ocr::reader::{Models, TextReader, Threads};

fn main() -> Result<(), Box<dyn Error>> {
    let image = std::env::args().nth(1).ok_or("usage: read_invoice IMAGE")?;
    let models = Models::find(None, &[PathBuf::from(".")])?;
    let reader = TextReader::open(&models, Threads::All)?;
    // 1. Decode, turned as the EXIF orientation says.
    let picture = decode_upright(Path::new(&image))?;
    // 2. Detect where text is, find the page's orientation, detect and recognise its lines.
    let page = reader.read_page(&picture)?;
    println!("{} lines, turned by {}°", page.lines.len(), page.turn.degrees());
    // 3. Find the fields among the lines.
    let invoice = extract(&page);
    for (name, field) in [("seller", &invoice.seller), ("buyer", &invoice.buyer), ("number", &invoice.number)] {
        match field {
            Some(field) => println!("{name}: {} (confidence {:.2})", field.value, field.confidence),
            None => println!("{name}: not found"),
        }
    }
    Ok(())
}
