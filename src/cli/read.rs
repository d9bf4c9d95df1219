use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::Summary;
use super::event::PathEvent;
use super::exit::Exit;
use super::session::Session;
use foundation::wording::counted;
use nova_ft::charts::picture_file;
use nova_ft::error::{Error, IoContext as _, Result};
use nova_ft::images::decode_upright;
use nova_ft::invoice::{InvoiceReader as _, Reading, Scope, ShownField};
use nova_ft::reader::{Quad, Threads};

/// What to do where another file has the picture's name.
const ELSEWHERE: &str = "name another file with --boxes.";

#[derive(Debug, Args)]
pub(super) struct ReadArgs {
    /// Photos
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// How much to read: seller (least time), fields, page
    #[arg(long, value_name = "SCOPE", default_value_t)]
    scope: Scope,
    /// Write the photo with a box around each line and field, as PNG (one photo)
    #[arg(long, value_name = "PNG")]
    boxes: Option<PathBuf>,
}

pub(super) fn execute(args: &ReadArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    if args.boxes.is_some() && args.images.len() > 1 {
        return Err(Error::Setting {
            origin: "--boxes".to_owned(),
            what: format!("{} photos do not fit into one picture", args.images.len()),
            hint: "name one photo.".to_owned(),
        });
    }
    args.boxes.as_deref().map_or(Ok(()), |path| picture_file::check(path, ELSEWHERE))?;
    let reader = session.open_invoice_reader(Threads::All)?;
    let (mut sellers, mut failed) = (0, Vec::new());
    for image in &args.images {
        match reader.read(image, args.scope) {
            Ok(reading) => {
                sellers += usize::from(reading.invoice.seller.is_some());
                show(image, &reading, session);
                if let Some(boxes) = &args.boxes {
                    draw(image, &reading, boxes)?;
                    session.ui.result(&format!("wrote {}", boxes.display()));
                    session.ui.event(&PathEvent::written("boxes", boxes));
                }
            }
            // One photo is a question: without an answer the command could not run. Of many, the others are read.
            Err(error) if args.images.len() == 1 => return Err(error),
            Err(error) => {
                session.ui.error(&error);
                failed.push(image);
            }
        }
    }
    let photos = args.images.len();
    if photos > 1 {
        let unread = if failed.is_empty() { String::new() } else { format!(", {} not read", failed.len()) };
        session.ui.result(&format!("{}: {}{unread}", counted(photos, "photo"), counted(sellers, "seller")));
    }
    let summary = Summary::new(Exit::answer(sellers == photos));
    Ok(summary.with("photos", photos).with("sellers", sellers).with("failed", failed.len()))
}

#[derive(Debug, Serialize)]
struct FieldEvent {
    value: String,
    confidence: f32,
    quad: Quad,
}

#[derive(Debug, Serialize)]
struct LineEvent<'a> {
    text: &'a str,
    confidence: f32,
    quad: Quad,
}

#[derive(Debug, Serialize)]
struct ReadingEvent<'a> {
    event: &'static str,
    image: String,
    pixels_sha256: String,
    turn_degrees: u32,
    width_px: u32,
    height_px: u32,
    fields: BTreeMap<&'static str, FieldEvent>,
    lines: Vec<LineEvent<'a>>,
}

fn show(image: &Path, reading: &Reading, session: &Session<'_>) {
    let page = &reading.page;
    let degrees = page.turn.degrees();
    let turned = if degrees == 0 { String::new() } else { format!(", turned by {degrees}° to be read") };
    let lines = counted(page.lines.len(), "line");
    session.ui.result(&format!("{}: {lines}{turned}", image.display()));
    let fields = reading.invoice.shown_fields();
    if reading.invoice.seller.is_none() {
        let why = if page.lines.is_empty() { "there is no text on it" } else { "none of its lines is a seller's name" };
        session.ui.result(&format!("  no seller: {why}"));
    }
    for field in &fields {
        session.ui.result(&format!("  {:<10} {:.3}  {}", field.key, field.confidence, field.value));
    }
    for line in &page.lines {
        session.ui.result(&format!("  {:<10} {:.3}  {}", "|", line.confidence, line.text));
    }
    let event = |field: ShownField| {
        (field.key, FieldEvent { value: field.value, confidence: field.confidence, quad: field.quad })
    };
    session.ui.event(&ReadingEvent {
        event: "reading",
        image: image.display().to_string(),
        pixels_sha256: reading.pixels_sha256.to_string(),
        turn_degrees: degrees,
        width_px: page.width_px,
        height_px: page.height_px,
        fields: fields.into_iter().map(event).collect(),
        lines: page
            .lines
            .iter()
            .map(|line| LineEvent { text: &line.text, confidence: line.confidence, quad: line.quad })
            .collect(),
    });
}

/// Writes the photo with its boxes.
fn draw(image: &Path, reading: &Reading, path: &Path) -> Result<()> {
    let picture = reading.draw_over(decode_upright(image)?);
    let mut png = std::io::Cursor::new(Vec::new());
    let written = picture.write_to(&mut png, image::ImageFormat::Png);
    written.map_err(std::io::Error::other).at("write", path)?;
    picture_file::write_png(path, png.get_ref(), ELSEWHERE)
}
