//! Maps and scores made of bytes, as if the networks had given them.

use super::detect::{DetectOptions, boxes};
use super::engine::{Heat, Scores};
use super::geometry::{Point, Quad};
use super::lines::{Page, TextLine, sort_for_reading};
use super::recognize::decode;

/// Words of an invoice, so that what is read means something to the fields.
const ALPHABET: [&str; 15] =
    ["名", "称", "：", "销售方", "购买方", "有限公司", "纳税人识别号", "9", "1", "A", "¥", ".", "年", "(", "银行"];

/// The page of some bytes: the first two are the size of a map, then its values, then scores of a line for each box.
pub fn page_of(data: &[u8]) -> Page {
    let (size, rest) = data.split_at(data.len().min(2));
    let side = |at: usize| usize::from(size.get(at).copied().unwrap_or_default() % 64) + 1;
    let (width, height) = (side(0), side(1));
    let (map, scores) = rest.split_at(rest.len().min(width * height));
    // Fewer values than pixels are possible too.
    let heat = Heat { width, height, values: map.iter().map(|byte| f32::from(*byte) / 255.0).collect() };
    let alphabet: Vec<String> = ALPHABET.iter().map(|text| (*text).to_owned()).collect();
    let mut quads = boxes(&heat, &DetectOptions::default());
    let numbers: Vec<f32> =
        scores.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
    if let [x, y, w, h, ..] = numbers[..] {
        let at = |x: f32, y: f32| Point::new(x, y);
        quads.push(Quad([at(x, y), at(x + w, y), at(x + w, y + h), at(x, y + h)]));
    }
    let mut lines: Vec<TextLine> = quads
        .into_iter()
        .enumerate()
        .map(|(n, quad)| {
            let values: Vec<f32> = numbers.iter().copied().skip(n * 7).collect();
            let classes = usize::from(scores.first().copied().unwrap_or_default() % 17);
            decode(&Scores { steps: values.len() / classes.max(1), classes, values }, &alphabet, quad)
        })
        .collect();
    sort_for_reading(&mut lines);
    Page { width_px: width as u32, height_px: height as u32, lines, ..Page::default() }
}
