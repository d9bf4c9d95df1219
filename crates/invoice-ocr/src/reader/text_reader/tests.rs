use image::{Rgb, RgbImage};

use super::*;
use crate::reader::painted::{PaintedEngine, paint};

/// A page of 720 × 420 px with four lines of two words.
fn page() -> RgbImage {
    let mut page = RgbImage::from_pixel(720, 420, Rgb([255; 3]));
    for (word, left, top) in [(0, 40, 60), (1, 400, 64), (1, 60, 200), (0, 80, 330)] {
        paint(&mut page, word, 13, left, top);
    }
    page
}

fn reader() -> TextReader {
    let engine = PaintedEngine::new(&[("甲", 0.99), ("乙", 0.9)]);
    TextReader::with_engine(Box::new(engine), ReadOptions::default(), Threads::All)
}

fn texts(page: &Page) -> String {
    page.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_page_is_read_row_by_row_whichever_way_up_it_is() {
    for turn in QuarterTurn::ALL {
        let read = reader().read_page(&turn.apply(page())).unwrap();
        assert_eq!(turn.then(read.turn), QuarterTurn::None, "{turn:?}");
        assert_eq!((read.width_px, read.height_px), (720, 420), "{turn:?}");
        assert_eq!(texts(&read), "甲 乙 乙 甲", "{turn:?}");
        let center = read.lines[0].quad.center();
        assert!(center.distance(crate::reader::Point::new(170.0, 72.0)) < 6.0, "{turn:?}: {center:?}");
        assert!((read.lines[1].confidence - 0.9).abs() < 1e-6);
    }
}

#[test]
fn a_part_has_its_lines_alone_and_at_their_places_on_the_page() {
    let lines = reader().read_part(&page(), [0.0, 150.0, 720.0, 300.0], 40.0).unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].text, "乙");
    let [left, top, right, bottom] = lines[0].quad.bounds();
    assert!((left - 60.0).abs() < 30.0 && (right - 320.0).abs() < 30.0, "{left} {right}");
    assert!((top - 200.0).abs() < 30.0 && (bottom - 224.0).abs() < 30.0, "{top} {bottom}");
}

#[test]
fn blank_and_tiny_pictures_have_no_lines() {
    for (width, height) in [(1, 1), (4_000, 1), (1, 900), (300, 200)] {
        let read = reader().read_page(&RgbImage::from_pixel(width, height, Rgb([255; 3]))).unwrap();
        assert_eq!(read.lines, [], "{width}×{height}");
    }
}

#[test]
fn an_overview_knows_its_extent_and_the_height_of_its_lines() {
    let overview = reader().overview(&page()).unwrap();
    let [left, top, right, bottom] = overview.extent().unwrap();
    assert!((left - 40.0).abs() < 30.0 && (right - 660.0).abs() < 30.0, "{left} {right}");
    assert!((top - 60.0).abs() < 30.0 && (bottom - 354.0).abs() < 30.0, "{top} {bottom}");
    assert!((24.0..72.0).contains(&overview.line_height()), "{}", overview.line_height());
    assert!(!overview.lies_on_its_side());
    assert!(overview.turned(QuarterTurn::Left, 720, 420).lies_on_its_side());
    assert_eq!(Overview::default().extent(), None);
}
