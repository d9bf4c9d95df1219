//! What lines say: strips go through the recognition network, and the likeliest characters become text.

use image::RgbImage;

use super::crop::{strip, strip_width};
use super::engine::{Engine, EngineError, Scores};
use super::geometry::Quad;
use super::lines::TextLine;
use super::parallel;
use super::standard::standard_form;

/// A box so many times as high as wide is a column of text and is read lying on its side, as in training.
const COLUMN: f32 = 1.5;
/// Strips that go through the network together.
const BATCH: usize = 4;

/// Reads the lines in these boxes; one answer a box, empty where nothing was recognized.
pub(super) fn recognize(
    engine: &dyn Engine,
    picture: &RgbImage,
    quads: &[Quad],
    workers: usize,
) -> Result<Vec<TextLine>, EngineError> {
    // Strips of one size go together; the longest first, so that no worker begins one when the others have finished.
    let lying: Vec<Quad> = quads.iter().map(laid_down).collect();
    let mut order: Vec<usize> = (0..quads.len()).collect();
    order.sort_by_key(|at| lying.get(*at).map_or(0, |quad| usize::MAX - strip_width(quad)));
    let width = |at: usize| lying.get(at).map_or(0, strip_width);
    let batches: Vec<&[usize]> =
        order.chunk_by(|a, b| width(*a) == width(*b)).flat_map(|same| same.chunks(BATCH)).collect();
    let read = parallel::map(&batches, workers, |batch| {
        let strips = batch.iter().filter_map(|at| lying.get(*at)).map(|quad| strip(picture, quad)).collect();
        engine.recognize(strips)
    });
    let mut lines: Vec<Option<TextLine>> = vec![None; quads.len()];
    for (batch, scores) in batches.iter().zip(read) {
        for (at, scores) in batch.iter().zip(scores?) {
            if let (Some(line), Some(quad)) = (lines.get_mut(*at), quads.get(*at)) {
                *line = Some(decode(&scores, engine.alphabet(), *quad));
            }
        }
    }
    lines.into_iter().collect::<Option<Vec<_>>>().ok_or_else(|| EngineError("a strip was left unread".to_owned()))
}

/// A column's box with its right edge on top: the text lies on its side then.
fn laid_down(quad: &Quad) -> Quad {
    let [top_left, top_right, bottom_right, bottom_left] = quad.0;
    if quad.height() >= COLUMN * quad.width() {
        return Quad([top_right, bottom_right, bottom_left, top_left]);
    }
    *quad
}

/// The likeliest character of each step, in its standard form; a character that goes on over several steps stands once,
/// and the blank parts two.
pub(super) fn decode(scores: &Scores, alphabet: &[String], quad: Quad) -> TextLine {
    let mut text = String::new();
    let mut likely: Vec<f32> = Vec::new();
    let mut before = 0;
    for step in scores.values.chunks(scores.classes.max(1)) {
        let best = step.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let Some((class, probability)) = best else { continue };
        if class != before
            && let Some(character) = class.checked_sub(1).and_then(|at| alphabet.get(at))
        {
            text.push_str(&standard_form(character));
            likely.push(*probability);
        }
        before = class;
    }
    let confidence = if likely.is_empty() { 0.0 } else { likely.iter().sum::<f32>() / likely.len() as f32 };
    let weakest = likely.iter().copied().fold(confidence, f32::min);
    TextLine { text: text.trim().to_owned(), confidence, weakest, quad }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::Point;

    fn scores(steps: &[(usize, f32)]) -> Scores {
        let classes = 4;
        let values = steps.iter().flat_map(|(class, probability)| {
            let mut step = vec![(1.0 - probability) / 3.0; classes];
            step[*class] = *probability;
            step
        });
        Scores { steps: steps.len(), classes, values: values.collect() }
    }

    #[test]
    fn a_character_that_goes_on_stands_once_and_the_blank_parts_two() {
        let alphabet = ["甲", "乙", " "].map(str::to_owned);
        let steps = [(0, 0.9), (1, 0.9), (1, 0.5), (2, 0.7), (0, 0.9), (2, 0.8), (3, 1.0)];
        let line = decode(&scores(&steps), &alphabet, Quad::default());
        assert_eq!(line.text, "甲乙乙");
        assert!((line.confidence - 0.85).abs() < 1e-6, "the first step of each character: {}", line.confidence);
        assert!((line.weakest - 0.7).abs() < 1e-6);
        let nothing = decode(&scores(&[(0, 0.99)]), &alphabet, Quad::default());
        assert_eq!((nothing.text.as_str(), nothing.confidence, nothing.weakest), ("", 0.0, 0.0));
    }

    #[test]
    fn a_column_is_laid_on_its_side_and_a_line_is_not() {
        let column = Quad::rectangle(0.0, 0.0, 10.0, 100.0);
        let laid = laid_down(&column);
        assert_eq!((laid.width(), laid.height()), (100.0, 10.0));
        assert_eq!(laid.0[0], Point::new(10.0, 0.0));
        let line = Quad::rectangle(0.0, 0.0, 100.0, 10.0);
        assert_eq!(laid_down(&line), line);
    }
}
