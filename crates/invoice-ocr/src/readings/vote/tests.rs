use super::*;
use crate::readings::samples::{IDS, reading, unsure};
use crate::readings::sheets_of;

const NAME: &str = "北京恒远睿科技有限公司";
const MISREAD_NAME: &str = "北京坤远睿科技有限公司";

fn votes(photos: &[PhotoReading]) -> Vec<Option<Vote>> {
    vote(photos, &sheets_of(photos))
}

fn sellers(photos: &[PhotoReading]) -> Vec<String> {
    votes(photos).into_iter().map(|vote| vote.map_or("nobody".to_owned(), |vote| vote.seller)).collect()
}

/// On the sheet 1, with the first id.
fn photo(name: &str, seller: &str) -> PhotoReading {
    reading(name, seller, IDS[0], "00000001")
}

fn unread(name: &str) -> PhotoReading {
    let mut photo = photo(name, "");
    photo.invoice.seller = None;
    photo
}

#[test]
fn a_doubtful_reading_gives_way_to_a_confident_one_of_its_sheet_and_says_so() {
    let photos = [unsure(photo("a", MISREAD_NAME), 0.7), photo("b", NAME)];
    assert_eq!(sellers(&photos), [NAME, NAME]);
    let [Some(vote), Some(other)] = &votes(&photos)[..] else { panic!() };
    assert_eq!(
        vote.evidence(),
        format!("read as {MISREAD_NAME} here, outvoted; same name on 1 photo of the sheet; id {} on 1 photo", IDS[0])
    );
    assert!(!vote.is_confirmed(), "one other photo is one signal");
    assert_eq!((vote.own, other.own), (None, Some(0.99)));
}

#[test]
fn a_confident_reading_gives_way_to_a_majority() {
    let photos = [unsure(photo("a", MISREAD_NAME), 0.97), photo("b", NAME), photo("c", NAME)];
    assert_eq!(sellers(&photos), [NAME; 3]);
    assert!(votes(&photos)[0].as_ref().unwrap().is_confirmed());
    assert_eq!(sellers(&photos[..2]), [MISREAD_NAME, NAME], "one against one, both confident: each keeps its own");
}

#[test]
fn photos_of_other_sheets_count_under_the_same_taxpayer_id() {
    let photos = [
        unsure(reading("a", MISREAD_NAME, IDS[0], "00000001"), 0.8),
        reading("b", NAME, IDS[0], "00000002"),
        reading("c", NAME, IDS[0], "00000003"),
        reading("d", MISREAD_NAME, IDS[1], "00000004"),
    ];
    assert_eq!(sellers(&photos), [NAME, NAME, NAME, MISREAD_NAME]);
    let vote = votes(&photos)[1].clone().unwrap();
    assert_eq!((vote.on_sheet, vote.under_id), (1, 2));
    assert_eq!(vote.evidence(), format!("read at 0.99; id {} on 2 photos", IDS[0]));
}

#[test]
fn an_altogether_different_name_under_the_same_id_makes_the_id_doubtful_and_not_the_name() {
    let other = "上海易达电子商务有限公司";
    let photos = [
        reading("a", other, IDS[0], "00000001"),
        reading("b", NAME, IDS[0], "00000002"),
        reading("c", NAME, IDS[0], "00000003"),
    ];
    assert_eq!(sellers(&photos), [other, NAME, NAME]);
}

#[test]
fn a_photo_without_a_legible_name_has_that_of_its_sheet_if_it_is_sure() {
    assert_eq!(sellers(&[unread("a"), photo("b", NAME)]), [NAME, NAME]);
    assert_eq!(sellers(&[unread("a"), unsure(photo("b", NAME), 0.5)]), ["nobody", NAME]);
    assert_eq!(
        votes(&[unread("a"), photo("b", NAME)])[0].as_ref().unwrap().evidence().split(';').next(),
        Some("not read here")
    );
}

#[test]
fn a_photo_alone_has_its_own_reading_and_no_second_signal() {
    let vote = votes(&[photo("a", NAME)]).remove(0).unwrap();
    assert!(vote.is_confident() && !vote.is_confirmed());
    assert_eq!(vote.evidence(), "read at 0.99");
    assert!((vote.confidence - 0.99).abs() < 1e-4);
    assert_eq!(sellers(&[unread("a")]), ["nobody"]);
}

#[test]
fn copies_of_one_photo_are_one_witness() {
    let copies = vec![photo("a", NAME); 5];
    assert!(votes(&copies).iter().all(|vote| !vote.as_ref().unwrap().is_confirmed()));
    let second = [copies, vec![photo("b", NAME)]].concat();
    assert!(votes(&second).iter().all(|vote| vote.as_ref().unwrap().is_confirmed()));
}

#[test]
fn brackets_and_width_are_no_disagreement_and_more_photos_make_surer() {
    let photos = [unsure(photo("a", "恒远(北京)公司"), 0.6), photo("b", "恒远（北京）公司")];
    let votes = votes(&photos);
    assert!(votes.iter().all(|vote| vote.as_ref().unwrap().seller == "恒远（北京）公司"));
    assert!(votes[0].as_ref().unwrap().confidence > 0.99);
}
