use std::sync::Arc;
use std::sync::atomic::Ordering;

use image::{Rgb, RgbImage};

use super::*;
use crate::images::samples;
use crate::reader::painted::{Asked, PaintedEngine, paint};
use crate::reader::{ReadOptions, Threads};

const NAME: &str = "北京甲乙丙科技有限公司";
const ID: &str = "91110108MA01A2B3CF";

/// A sheet of 1000 × 600 px: in its lower left the labels and values of a seller, above them the buyer.
fn sheet() -> RgbImage {
    let mut sheet = RgbImage::from_pixel(1000, 600, Rgb([255; 3]));
    // Words: 0 label of the name, 1 the seller, 2 label of the id, 3 the id, 4 the buyer.
    for (word, length, left, top) in
        [(0, 3, 120, 60), (4, 14, 220, 60), (0, 3, 120, 420), (1, 14, 220, 420), (2, 5, 80, 480), (3, 18, 220, 480)]
    {
        paint(&mut sheet, word, length, left, top);
    }
    sheet
}

fn reader(sure_of_the_name: f32, cache: Option<PageCache>) -> (PhotoReader, Arc<Asked>) {
    let words =
        [("名称：", 1.0), (NAME, sure_of_the_name), ("纳税人识别号：", 1.0), (ID, 1.0), ("上海丁戊贸易有限公司", 1.0)];
    let engine = PaintedEngine::new(&words);
    let asked = engine.asked();
    (PhotoReader::new(TextReader::with_engine(Box::new(engine), ReadOptions::default(), Threads::One), cache), asked)
}

fn photo(folder: &Path, picture: &RgbImage) -> std::path::PathBuf {
    let path = folder.join("photo.png");
    std::fs::write(&path, samples::png(&picture.clone().into())).unwrap();
    path
}

fn seller(reading: &Reading) -> Option<(&str, &str)> {
    let invoice = &reading.invoice;
    Some((invoice.seller.as_ref()?.value.as_str(), invoice.seller_id.as_ref()?.value.as_str()))
}

#[test]
fn for_the_seller_a_corner_of_a_usual_photo_is_read_and_no_more_where_that_is_sure() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, asked) = reader(0.999, None);
    let reading = reader.read(&photo(folder.path(), &sheet()), Scope::Seller).unwrap();
    assert_eq!(seller(&reading), Some((NAME, ID)));
    assert_eq!(asked.detections.load(Ordering::SeqCst), 1, "one look at the corner");
    assert!(reading.page.lines.len() <= 3, "{:?}", reading.page.lines);
}

#[test]
fn a_name_in_doubt_is_read_again_in_other_boxes_and_the_vote_is_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, asked) = reader(0.97, None);
    let reading = reader.read(&photo(folder.path(), &sheet()), Scope::Seller).unwrap();
    assert_eq!(seller(&reading), Some((NAME, ID)));
    let confidence = reading.invoice.seller.as_ref().unwrap().confidence;
    assert!(confidence >= SURE, "seven readings agree: {confidence}");
    assert_eq!(asked.detections.load(Ordering::SeqCst), 1);
    assert!(asked.strips.load(Ordering::SeqCst) >= VARIANTS.len() + 2);
}

#[test]
fn where_the_corner_does_not_say_the_whole_page_is_read_whichever_way_up() {
    let folder = tempfile::tempdir().unwrap();
    for turn in QuarterTurn::ALL {
        let (reader, _) = reader(0.999, None);
        let reading = reader.read(&photo(folder.path(), &turn.apply(sheet())), Scope::Seller).unwrap();
        assert_eq!(seller(&reading), Some((NAME, ID)), "{turn:?}");
        let [left, top, ..] = reading.invoice.seller.as_ref().unwrap().quad.bounds();
        assert!((left - 220.0).abs() < 20.0 && (top - 420.0).abs() < 20.0, "{turn:?}: {left} {top}");
    }
}

#[test]
fn a_page_that_was_read_is_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = photo(folder.path(), &sheet());
    let cache = || Some(PageCache::new(&folder.path().join("pages"), "v"));
    let (first, _) = reader(0.999, cache());
    let (second, asked) = reader(0.999, cache());
    assert_eq!(first.read(&path, Scope::Fields).unwrap(), second.read(&path, Scope::Fields).unwrap());
    assert_eq!(asked.detections.load(Ordering::SeqCst), 0);
    let _ = second.read(&path, Scope::Page).unwrap();
    assert!(asked.detections.load(Ordering::SeqCst) > 0, "another extent is another page");
}

#[test]
fn a_large_photo_is_read_smaller_and_its_places_are_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let large = image::imageops::resize(&sheet(), 6_000, 3_600, image::imageops::FilterType::Nearest);
    let (reader, _) = reader(0.999, None);
    let reading = reader.read(&photo(folder.path(), &large), Scope::Seller).unwrap();
    assert_eq!(seller(&reading), Some((NAME, ID)));
    assert_eq!((reading.page.width_px, reading.page.height_px), (6_000, 3_600));
    let [left, top, ..] = reading.invoice.seller.as_ref().unwrap().quad.bounds();
    assert!((left - 1_320.0).abs() < 120.0 && (top - 2_520.0).abs() < 120.0, "{left} {top}");
}

#[test]
fn a_photo_of_nothing_has_no_fields_and_a_broken_one_is_an_error_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, _) = reader(0.999, None);
    let blank = photo(folder.path(), &RgbImage::from_pixel(800, 500, Rgb([255; 3])));
    assert_eq!(reader.read(&blank, Scope::Fields).unwrap().invoice, Invoice::default());
    std::fs::write(&blank, "no picture").unwrap();
    assert!(reader.read(&blank, Scope::Fields).unwrap_err().to_string().contains("photo.png: "));
}

fn line(text: &str, confidence: f32) -> TextLine {
    TextLine { text: text.to_owned(), confidence, weakest: confidence, quad: Quad::rectangle(0.0, 0.0, 9.0, 1.0) }
}

#[test]
fn the_likeliest_reading_is_elected_and_a_split_vote_costs_confidence() {
    let again = [line("宇", 0.9), line("宇", 0.9), line("字", 0.95)];
    let elected = elected(&line("字", 0.8), &again);
    assert_eq!(elected.text, "宇", "1.8 against 1.75");
    assert!((elected.confidence - 0.9 * 1.8 / 3.55).abs() < 1e-5, "{}", elected.confidence);
    let agreed = super::elected(&line("宇", 0.9), &[line("宇", 0.9), line("宇", 0.9)]);
    assert!((agreed.confidence - 0.95).abs() < 1e-5, "{}", agreed.confidence);
}

#[test]
fn varied_boxes_grow_on_both_sides_and_move() {
    let quad = Quad::rectangle(0.0, 100.0, 50.0, 110.0);
    assert_eq!(varied(&quad, 0.2, 0.0), Quad::rectangle(0.0, 99.0, 50.0, 111.0));
    assert_eq!(varied(&quad, 0.0, 0.1), Quad::rectangle(0.0, 101.0, 50.0, 111.0));
}

#[test]
fn the_beginning_of_a_name_is_what_stands_between_it_and_its_label() {
    let name = "自百佳技术服务有限公司";
    let found = |before: &str| beginning(&format!("{before}{name}"), name);
    for before in ["北京中", "称：北京中", "名 称：北京中", "称北京中", "：北京中"] {
        assert_eq!(found(before).as_deref(), Some("北京中"), "{before}");
    }
    for before in ["", "称：", "名称:", "销名称", "销", "名", "销售", "| ", "汉利号", "识别号：", "电话"]
    {
        assert_eq!(found(before), None, "{before}");
    }
    assert_eq!(beginning("北京中百佳技术服务有限公司", name), None, "another reading of the name itself");
    assert!(is_alone(name) && !is_alone("名称：自百佳技术服务有限公司"));
}

#[test]
fn a_box_reaches_back_along_its_line() {
    let tilted =
        Quad([Point::new(100.0, 10.0), Point::new(200.0, 20.0), Point::new(200.0, 30.0), Point::new(100.0, 20.0)]);
    let longer = reaching_left(&tilted, 0.5 * tilted.width());
    assert_eq!((longer.0[1], longer.0[2]), (tilted.0[1], tilted.0[2]), "its end stays");
    let near = |a: Point, b: Point| a.distance(b) < 0.01;
    assert!(near(longer.0[0], Point::new(50.0, 5.0)) && near(longer.0[3], Point::new(50.0, 15.0)), "{longer:?}");
}

#[test]
fn a_box_ends_before_a_name_where_it_is_on_its_row_and_leaves_no_gap_for_a_character() {
    let name = Quad::rectangle(100.0, 50.0, 300.0, 70.0);
    let label = |right: f32, top: f32| Quad::rectangle(right - 60.0, top, right, top + 20.0);
    assert!(ends_before(&label(95.0, 52.0), &name));
    assert!(!ends_before(&label(75.0, 52.0), &name), "a character may stand in the gap");
    assert!(!ends_before(&label(95.0, 75.0), &name), "another row");
    assert!(!ends_before(&label(180.0, 50.0), &name), "across the name");
    assert!(!ends_before(&Quad::rectangle(310.0, 50.0, 400.0, 70.0), &name), "behind the name");
}
