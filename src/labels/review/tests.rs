use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::desk::{Refusal, Word};
use super::history::How;
use super::queue::sheet;
use super::*;
use crate::images::samples;
use crate::line_journal::read_lines;

mod late;

/// A folder with photos `0.jpg` and so on, and a table.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(photos: usize, table: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder };
        std::fs::create_dir(place.path("photos")).unwrap();
        for n in 0..photos {
            let photo = samples::jpeg(&samples::picture(40 + n as u32, 30));
            std::fs::write(place.path(&format!("photos/{n}.jpg")), photo).unwrap();
        }
        place.write(table);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn options(&self) -> ReviewOptions {
        ReviewOptions { labels: self.path("labels.csv"), input_dir: self.path("photos"), ..ReviewOptions::default() }
    }

    fn open(&self) -> Result<Desk> {
        Review::open(&self.options(), Clock::fixed_at("2026-11-22T11:03:36Z").unwrap()).map(|review| review.desk)
    }

    fn desk(&self) -> Desk {
        self.open().unwrap()
    }

    fn write(&self, table: &str) {
        std::fs::write(self.path("labels.csv"), table).unwrap();
    }

    fn table(&self) -> String {
        read(&self.path("labels.csv"))
    }

    fn journal(&self) -> String {
        read(&self.path("labels.csv.review.jsonl"))
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn decide(desk: &mut Desk, photo: usize, name: &str) -> Result<(), Refusal> {
    let seen = desk.sellers(photo);
    desk.decide(photo, &seen, &Word::Seller(name.to_owned()))
}

fn status(desk: &Desk, photo: usize) -> String {
    let sheet = serde_json::to_value(sheet(desk, photo).unwrap()).unwrap();
    sheet["status"].as_str().unwrap().to_owned()
}

const THREE: &str = "image,seller,note\n0.jpg,甲公司,\"a, b\"\n1.jpg,乙公司,\r\n2.jpg,,x";

#[test]
fn a_decision_is_in_the_journal_and_in_the_table_and_the_rest_of_it_stays() {
    let place = Place::new(3, THREE);
    let mut desk = place.desk();
    assert_eq!(["0", "1", "2"].map(|n| status(&desk, n.parse().unwrap())), ["fine", "fine", "open"]);
    decide(&mut desk, 2, " 丙公司\u{200b} ").unwrap();
    decide(&mut desk, 0, "甲公司").unwrap();
    assert_eq!(place.table(), THREE.replace("2.jpg,,", "2.jpg,丙公司,"));
    assert_eq!(read(&place.path("labels.csv.before-review")), THREE);
    let lines: Vec<Value> = read_lines(&place.path("labels.csv.review.jsonl")).unwrap();
    let said: Vec<_> = lines.iter().map(|line| line["how"].as_str().unwrap_or("written")).collect();
    assert_eq!(said, ["typed", "written", "accepted"]);
    assert_eq!(lines[0]["rows"], serde_json::json!([{"line": 4, "before": "", "after": "丙公司"}]));
    assert_eq!([2, 0].map(|photo| status(&desk, photo)), ["settled", "settled"]);
}

#[test]
fn what_was_decided_when_the_process_was_killed_is_written_by_the_next_one() {
    let place = Place::new(3, THREE);
    decide(&mut place.desk(), 0, "丁公司").unwrap();
    let (table, journal) = (place.table(), place.journal());
    // Killed after the journal and before the table, and in the middle of a line that nobody was told of.
    place.write(THREE);
    let cut = journal.find("{\"kind\":\"written\"").unwrap();
    std::fs::write(place.path("labels.csv.review.jsonl"), format!("{}{}", &journal[..cut], &journal[..40])).unwrap();
    let desk = place.desk();
    assert_eq!(place.table(), table);
    assert_eq!((status(&desk, 0).as_str(), desk.history.pending.len()), ("settled", 0));
    // Killed after the table and before the line that says so.
    drop(desk);
    std::fs::write(place.path("labels.csv.review.jsonl"), &journal[..cut]).unwrap();
    assert_eq!(status(&place.desk(), 0), "settled");
    assert_eq!(place.table(), table);
}

#[test]
fn what_another_program_has_written_stays() {
    let place = Place::new(3, THREE);
    let mut desk = place.desk();
    decide(&mut desk, 0, "丁公司").unwrap();
    let seen = desk.sellers(1);
    place.write(&place.table().replace("丁公司", "戊公司").replace("乙公司", "己公司"));
    assert_eq!(desk.decide(1, &seen, &Word::Seller("庚公司".to_owned())), Err(Refusal::Changed));
    assert_eq!((status(&desk, 0).as_str(), desk.sellers(1)), ("open", vec!["己公司".to_owned()]));
    decide(&mut desk, 1, "庚公司").unwrap();
    assert!(place.table().contains("戊公司") && place.table().contains("庚公司"), "{}", place.table());
    // Also when it was written while nobody was there, and what it wrote is what was there at first.
    drop(desk);
    place.write(THREE);
    let desk = place.desk();
    assert_eq!(place.table(), THREE);
    assert_eq!(status(&desk, 1), "open");
    let reasons = serde_json::to_value(sheet(&desk, 1).unwrap()).unwrap()["reasons"][0]["text"].to_string();
    assert!(reasons.contains("庚公司") && reasons.contains("Another program"), "{reasons}");
}

#[test]
fn a_table_that_cannot_be_read_for_a_while_loses_no_decision() {
    let place = Place::new(3, THREE);
    let mut desk = place.desk();
    place.write("image,seller,note\n0.jpg,\"甲");
    decide(&mut desk, 0, "丁公司").unwrap();
    assert!(desk.trouble.as_ref().unwrap().contains("a quote is left open"), "{:?}", desk.trouble);
    assert_eq!(desk.sellers(0), ["丁公司"]);
    place.write(THREE);
    desk.refresh();
    assert_eq!(desk.trouble, None);
    assert_eq!(place.table(), THREE.replace("甲公司", "丁公司"));
}

#[test]
fn decisions_are_undone_one_after_the_other() {
    let place = Place::new(3, THREE);
    let mut desk = place.desk();
    decide(&mut desk, 0, "丁公司").unwrap();
    decide(&mut desk, 0, "戊公司").unwrap();
    let seen = desk.sellers(2);
    desk.decide(2, &seen, &Word::Skip).unwrap();
    assert_eq!(status(&desk, 2), "skipped");
    assert_eq!(desk.undo(), Ok((2, true)));
    assert_eq!(status(&desk, 2), "open");
    assert_eq!(desk.undo(), Ok((0, true)));
    assert_eq!(desk.sellers(0), ["丁公司"]);
    drop(desk);
    // Another process goes on with it.
    let mut desk = place.desk();
    assert_eq!(desk.history.last().unwrap().how, How::Typed);
    assert_eq!(desk.undo(), Ok((0, true)));
    assert_eq!(desk.undo(), Err(Refusal::Nothing));
    assert_eq!(place.table(), THREE);
}

#[test]
fn undoing_leaves_what_another_program_has_written_since() {
    let place = Place::new(1, "image,seller\n0.jpg,甲公司\n");
    let mut desk = place.desk();
    decide(&mut desk, 0, "丁公司").unwrap();
    place.write("image,seller\n0.jpg,戊公司\n");
    assert_eq!(desk.undo(), Ok((0, false)));
    assert_eq!(place.table(), "image,seller\n0.jpg,戊公司\n");
    assert_eq!(desk.undo(), Err(Refusal::Nothing));
}

#[test]
fn a_photo_without_a_row_gets_one_and_loses_it_again() {
    let table = "no,image,seller\r\n1,0.jpg,甲公司\r\n";
    let place = Place::new(2, table);
    let mut desk = place.desk();
    assert_eq!(status(&desk, 1), "open");
    decide(&mut desk, 1, "乙, 公司").unwrap();
    assert_eq!(place.table(), format!("{table},1.jpg,\"乙, 公司\"\r\n"));
    assert_eq!(desk.undo(), Ok((1, true)));
    assert_eq!(place.table(), table);
    // A row that somebody has filled in stays.
    decide(&mut desk, 1, "乙公司").unwrap();
    place.write(&place.table().replace(",1.jpg", "2,1.jpg"));
    desk.undo().unwrap();
    assert_eq!(place.table(), format!("{table}2,1.jpg,乙公司\r\n"));
}

#[test]
fn rows_of_one_photo_are_settled_together_and_undone_to_what_they_were() {
    let table = "image,seller\n0.jpg,甲公司\n./0.JPG,乙公司\n";
    let place = Place::new(1, table);
    let mut desk = place.desk();
    assert_eq!(status(&desk, 0), "open");
    decide(&mut desk, 0, "乙公司").unwrap();
    assert_eq!(place.table(), table.replace('甲', "乙"));
    assert_eq!(status(&desk, 0), "settled");
    desk.undo().unwrap();
    assert_eq!(place.table(), table);
}

#[test]
fn the_labelers_columns_are_candidates_and_disagreement_waits() {
    let table = "image,seller,by:reader,by:nova@p1\n0.jpg,甲公司,甲公司,甲公司\n1.jpg,,乙公司,丙公司\n2.jpg,丁公司,丁公司,戊公司\n";
    let place = Place::new(3, table);
    let mut desk = place.desk();
    assert_eq!([0, 1, 2].map(|n| status(&desk, n)), ["fine", "open", "open"]);
    let names: Vec<_> = desk.candidates(1).into_iter().map(|one| (one.name, one.who.join(" "))).collect();
    assert_eq!(names, [("乙公司".to_owned(), "reader".to_owned()), ("丙公司".to_owned(), "nova@p1".to_owned())]);
    decide(&mut desk, 1, "丙公司").unwrap();
    assert!(place.journal().contains("\"how\":\"picked\""), "{}", place.journal());
    // No seller before disagreement.
    let list = serde_json::to_value(overview(&place_without(&place))).unwrap();
    let order: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| item["photo"].as_u64().unwrap()).collect();
    assert_eq!(order, [1, 2, 0]);
}

#[test]
fn what_a_consensus_has_accepted_does_not_wait_although_one_labeler_says_something_else() {
    let table = "image,seller,verdict,by:a,by:b,by:c\n0.jpg,甲公司,accepted,甲公司,甲公司,乙公司\n1.jpg,甲公司,open,甲公司,,乙公司\n";
    let place = Place::new(2, table);
    let desk = place.desk();
    assert_eq!([0, 1].map(|n| status(&desk, n)), ["fine", "open"]);
}

#[test]
fn a_photo_with_spaces_around_its_name_is_settled_once() {
    let place = Place::new(1, "image,seller\n0.jpg,甲公司\n");
    let rename =
        |from: &str, to: &str| std::fs::rename(place.path("photos").join(from), place.path("photos").join(to)).unwrap();
    rename("0.jpg", " 0.jpg");
    place.write("image,seller\n");
    let mut desk = place.desk();
    decide(&mut desk, 0, "乙公司").unwrap();
    assert_eq!(status(&desk, 0), "settled");
    decide(&mut desk, 0, "丙公司").unwrap();
    assert_eq!(place.table(), "image,seller\n 0.jpg,丙公司\n");
    desk.undo().unwrap();
    desk.undo().unwrap();
    assert_eq!(place.table(), "image,seller\n");
}

#[test]
fn photos_whose_names_differ_by_outer_spaces_alone_are_refused_with_what_to_do() {
    let place = Place::new(1, "image,seller\n0.jpg,甲公司\n");
    std::fs::copy(place.path("photos/0.jpg"), place.path("photos/ 0.jpg")).unwrap();
    let mut desk = place.desk();
    let Err(Refusal::Unusable(why)) = decide(&mut desk, 0, "乙公司") else { panic!("was taken") };
    assert!(why.contains("rename one of the files"), "{why}");
    assert_eq!((place.table().as_str(), place.journal().as_str()), ("image,seller\n0.jpg,甲公司\n", ""));
    decide(&mut desk, 1, "丙公司").unwrap();
    assert_eq!(place.table(), "image,seller\n0.jpg,丙公司\n");
}

#[test]
fn several_names_in_a_labelers_cell_are_several_candidates() {
    let place = Place::new(1, "image,seller,by:nova\n0.jpg,,\"甲公司\n乙公司\"\n");
    let names: Vec<_> = place.desk().candidates(0).into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["甲公司", "乙公司"]);
    let why = serde_json::to_string(&sheet(&place.desk(), 0).unwrap()).unwrap();
    assert!(why.contains("One labeler names 2 sellers."), "{why}");
}

/// The same photos and table as at first, without a journal.
fn place_without(place: &Place) -> Desk {
    let other = ReviewOptions { output_file: Some(place.path("other.csv")), ..place.options() };
    std::fs::write(place.path("labels.csv"), read(&place.path("labels.csv.before-review"))).unwrap();
    Review::open(&other, Clock::default()).unwrap().desk
}

#[test]
fn names_that_are_none_are_refused_and_odd_ones_are_taken() {
    let place = Place::new(1, "image,seller\n0.jpg,甲公司\n");
    let mut desk = place.desk();
    let long = "字".repeat(201);
    for name in ["", " \u{3000}", "\u{3164}", "甲\n公司", "甲\t公司", long.as_str()] {
        assert!(matches!(decide(&mut desk, 0, name), Err(Refusal::Unusable(_))), "{name:?}");
    }
    assert_eq!(place.journal(), "");
    decide(&mut desk, 0, "<script>alert(1)</script>").unwrap();
    assert!(place.table().contains("0.jpg,<script>alert(1)</script>\n"));
    assert!(matches!(desk.decide(7, &Vec::new(), &Word::Skip), Err(Refusal::Unusable(_))));
}

#[test]
fn decisions_may_go_into_a_copy_and_never_over_somebody_elses_file() {
    let place = Place::new(3, THREE);
    let options = ReviewOptions { output_file: Some(place.path("out.csv")), ..place.options() };
    let mut desk = Review::open(&options, Clock::default()).unwrap().desk;
    decide(&mut desk, 0, "丁公司").unwrap();
    drop(desk);
    assert_eq!((place.table().as_str(), read(&place.path("out.csv"))), (THREE, THREE.replace("甲公司", "丁公司")));
    assert_eq!(status(&Review::open(&options, Clock::default()).unwrap().desk, 0), "settled");
    std::fs::write(place.path("theirs.csv"), "mine").unwrap();
    let options = ReviewOptions { output_file: Some(place.path("theirs.csv")), ..options };
    let error = Review::open(&options, Clock::default()).unwrap_err();
    assert!(error.to_string().contains("no review wrote it"), "{error}");
    // The same file by another name is the table itself.
    let options = ReviewOptions { output_file: Some(place.path("photos/../labels.csv")), ..options };
    assert_eq!(Review::open(&options, Clock::default()).unwrap().table(), place.path("labels.csv"));
}

#[test]
fn one_process_reviews_a_table_at_a_time() {
    let place = Place::new(3, THREE);
    let desk = place.desk();
    let error = place.open().unwrap_err();
    assert!(error.hint().unwrap().contains("its page"), "{error}");
    drop(desk);
    place.desk();
}

#[test]
fn a_journal_that_cannot_be_written_decides_nothing() {
    let place = Place::new(3, THREE);
    let mut desk = place.desk();
    decide(&mut desk, 0, "丁公司").unwrap();
    // A folder in the journal's place: what is open is written still, what must be opened cannot be.
    let journal = place.path("labels.csv.review.jsonl");
    let kept = place.journal();
    desk.close_journal();
    std::fs::remove_file(&journal).unwrap();
    std::fs::create_dir(&journal).unwrap();
    assert!(matches!(decide(&mut desk, 1, "戊公司"), Err(Refusal::Lost(_))));
    assert!(place.table().contains("乙公司"));
    std::fs::remove_dir(&journal).unwrap();
    std::fs::write(&journal, kept).unwrap();
    decide(&mut desk, 1, "戊公司").unwrap();
    assert!(place.table().contains("丁公司") && place.table().contains("戊公司"));
}

#[test]
fn a_linked_table_is_written_where_it_is() {
    let place = Place::new(1, "image,seller\n0.jpg,甲公司\n");
    #[cfg(unix)]
    {
        std::fs::rename(place.path("labels.csv"), place.path("real.csv")).unwrap();
        std::os::unix::fs::symlink("real.csv", place.path("labels.csv")).unwrap();
        decide(&mut place.desk(), 0, "乙公司").unwrap();
        assert!(place.path("labels.csv").is_symlink());
        assert!(read(&place.path("real.csv")).contains("乙公司"));
    }
}

#[test]
fn what_the_reader_has_seen_is_a_candidate_with_its_block_and_an_audit() {
    use crate::images::{ScanOptions, hash_pixels, scan};
    use crate::invoice::testing::{SELLER, page, sheet as sheet_of_paper};
    let place = Place::new(2, "image,seller\n0.jpg,乙有限公司\n1.jpg,丙有限公司\n");
    let page = page(&sheet_of_paper(0.0));
    let pages = PageCache::new(&place.path("pages"), "v");
    pages.put(&hash_pixels(&place.path("photos/0.jpg")).unwrap(), "fields", &page);
    let mut desk = place.desk();
    let scan = scan(&place.path("photos"), &ScanOptions::default()).unwrap();
    desk.known = Known::look_up(&scan, &place.path("labels.csv"), &pages).unwrap();
    assert_eq!(desk.known.photos[&0].seller.as_deref(), Some(SELLER));
    let shown = serde_json::to_value(sheet(&desk, 0).unwrap()).unwrap();
    assert_eq!((&shown["status"], &shown["candidates"][1]["name"]), (&"open".into(), &SELLER.into()), "{shown}");
    let top = shown["block"]["area"][1].as_f64().unwrap();
    assert!((0.6..0.8).contains(&top), "{shown}");
    // Of the other nobody has read anything, and that is no finding.
    let other = serde_json::to_value(sheet(&desk, 1).unwrap()).unwrap();
    assert_eq!((&other["status"], &other["block"]), (&"fine".into(), &Value::Null), "{other}");
}
