//! Other programs that append rows to the table while decisions are written.

use std::fs::File;
use std::io::Write as _;

use super::*;
use crate::labels::replace::testing::{before_compare, before_exchange};

const TWO: &str = "image,seller\n0.jpg,甲公司\n1.jpg,乙公司\n";

fn open(place: &Place) -> File {
    File::options().append(true).open(place.path("labels.csv")).unwrap()
}

fn append(path: PathBuf, text: &'static str) -> impl FnOnce() + 'static {
    move || File::options().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap()
}

fn conflict(place: &Place) -> String {
    read(&place.path("labels.csv.conflict-1"))
}

#[test]
fn a_row_that_is_appended_between_reading_and_replacing_stays() {
    let place = Place::new(2, TWO);
    let mut desk = place.desk();
    before_compare(append(place.path("labels.csv"), "other.jpg,丙公司\n"));
    decide(&mut desk, 0, "丁公司").unwrap();
    assert_eq!(place.table(), TWO.replace("甲", "丁") + "other.jpg,丙公司\n");
    before_exchange(append(place.path("labels.csv"), "1.jpg,戊公司\n"));
    decide(&mut desk, 0, "己公司").unwrap();
    assert_eq!(place.table(), TWO.replace("甲", "己") + "other.jpg,丙公司\n1.jpg,戊公司\n");
    assert_eq!(desk.sellers(1), ["乙公司", "戊公司"]);
    assert_eq!((desk.finish(), desk.history.pending.len()), (vec![], 0));
}

#[test]
fn rows_of_a_program_that_keeps_the_table_open_are_kept_over_many_decisions() {
    let place = Place::new(2, TWO);
    let mut desk = place.desk();
    let mut writer = open(&place);
    for n in 0..100 {
        decide(&mut desk, 0, &format!("第{n}公司")).unwrap();
        if n < 60 {
            writer.write_all(format!("x{n}.jpg,外公司\n").as_bytes()).unwrap();
        }
    }
    drop(desk.finish());
    let rows: Vec<_> = (0..60).map(|n| format!("x{n}.jpg,外公司\n")).collect();
    assert_eq!(place.table(), TWO.replace("甲公司", "第99公司") + &rows.concat());
    assert!(!place.path("labels.csv.conflict-1").exists());
}

#[test]
fn a_late_row_is_kept_when_the_table_changes_before_it_is_written() {
    let place = Place::new(2, TWO);
    let mut desk = place.desk();
    let mut writer = open(&place);
    decide(&mut desk, 0, "丁公司").unwrap();
    writer.write_all("x.jpg,外公司\n".as_bytes()).unwrap();
    before_compare(append(place.path("labels.csv"), "y.jpg,丙公司\n"));
    desk.refresh();
    assert_eq!(place.table(), TWO.replace("甲", "丁") + "y.jpg,丙公司\nx.jpg,外公司\n");
}

#[test]
fn a_row_in_the_oldest_watched_version_is_in_the_table_at_the_next_look() {
    let place = Place::new(2, TWO);
    let mut desk = place.desk();
    let mut writer = open(&place);
    // As many versions as are watched while no program writes into them.
    for n in 0..64 {
        decide(&mut desk, 0, &format!("第{n}公司")).unwrap();
    }
    // The next decision makes the oldest one too many, and finds this row while it closes it.
    before_exchange(move || writer.write_all("x.jpg,外公司\n".as_bytes()).unwrap());
    decide(&mut desk, 0, "末公司").unwrap();
    desk.refresh();
    assert!(place.table().ends_with("x.jpg,外公司\n"), "{}", place.table());
}

#[test]
fn a_row_that_is_written_in_two_pieces_is_kept_whole() {
    let place = Place::new(2, TWO);
    let mut desk = place.desk();
    let mut writer = open(&place);
    decide(&mut desk, 0, "丁公司").unwrap();
    writer.write_all("a.jpg,子公司\nb.jpg,丑".as_bytes()).unwrap();
    desk.refresh();
    assert_eq!(place.table(), TWO.replace("甲", "丁") + "a.jpg,子公司\n");
    writer.write_all("公司\nc.jpg,寅公司".as_bytes()).unwrap();
    desk.refresh();
    assert_eq!(place.table(), TWO.replace("甲", "丁") + "a.jpg,子公司\nb.jpg,丑公司\n");
    // At the end also the row that has no line break.
    assert_eq!(desk.finish(), [""; 0]);
    assert_eq!(place.table(), TWO.replace("甲", "丁") + "a.jpg,子公司\nb.jpg,丑公司\nc.jpg,寅公司\n");
}

#[test]
fn a_table_in_another_encoding_gets_the_rows_in_its_own() {
    for encoding in [encoding_rs::GB18030, encoding_rs::UTF_16LE] {
        let encode = |text: &str| match encoding.name() {
            "UTF-16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
            _ => encoding.encode(text).0.into_owned(),
        };
        let mark = if encoding.name() == "UTF-16LE" { vec![0xFF, 0xFE] } else { Vec::new() };
        let place = Place::new(2, TWO);
        std::fs::write(place.path("labels.csv"), [mark.clone(), encode(TWO)].concat()).unwrap();
        let mut desk = place.desk();
        let mut writer = open(&place);
        decide(&mut desk, 0, "丁公司").unwrap();
        writer.write_all(&encode("a.jpg,子公司\n")).unwrap();
        desk.refresh();
        let expected = [mark, encode(&(TWO.replace("甲", "丁") + "a.jpg,子公司\n"))].concat();
        assert_eq!(std::fs::read(place.path("labels.csv")).unwrap(), expected, "{}", encoding.name());
    }
}

#[test]
fn the_rest_of_a_row_that_was_half_written_is_kept_beside_the_table_and_reported() {
    let place = Place::new(2, &(TWO.to_owned() + "a.jpg,子"));
    let mut desk = place.desk();
    let mut writer = open(&place);
    decide(&mut desk, 0, "丁公司").unwrap();
    writer.write_all("公司\n".as_bytes()).unwrap();
    desk.refresh();
    assert_eq!(place.table(), TWO.replace("甲", "丁") + "a.jpg,子");
    assert_eq!(conflict(&place), TWO.to_owned() + "a.jpg,子公司\n");
    let shown = serde_json::to_value(overview(&desk)).unwrap();
    assert!(shown["trouble"].as_str().unwrap().contains("labels.csv.conflict-1"), "{shown}");
    let warnings = desk.finish();
    assert!(warnings.len() == 1 && warnings[0].contains("labels.csv.conflict-1"), "{warnings:?}");
}

#[test]
fn a_change_that_is_no_appended_row_is_kept_beside_the_table_and_reported() {
    let place = Place::new(2, TWO);
    let mut desk = place.desk();
    let path = place.path("labels.csv");
    // Opened with truncation, as a spreadsheet saves; the bytes of the decision stay in the table.
    before_exchange(move || std::fs::write(path, TWO.replace("乙", "辛")).unwrap());
    decide(&mut desk, 0, "丁公司").unwrap();
    assert_eq!(place.table(), TWO.replace("甲", "丁"));
    assert_eq!(conflict(&place), TWO.replace("乙", "辛"));
    assert_eq!(desk.finish().len(), 1);
}

#[test]
fn rows_that_would_make_the_table_unreadable_are_kept_beside_it_and_reported() {
    let place = Place::new(2, TWO);
    let mut desk = place.desk();
    let mut writer = open(&place);
    decide(&mut desk, 0, "丁公司").unwrap();
    writer.write_all("a.jpg,\"子公司\n".as_bytes()).unwrap();
    decide(&mut desk, 1, "戊公司").unwrap();
    assert_eq!(place.table(), TWO.replace("甲", "丁").replace("乙", "戊"));
    assert!(conflict(&place).ends_with("a.jpg,\"子公司\n"));
    assert_eq!(desk.finish().len(), 1);
}
