use proptest::prelude::*;

use super::*;
use crate::readings::samples::{IDS, field, reading};

fn photo(number: &str) -> PhotoReading {
    reading(number, "甲公司", IDS[0], number)
}

/// Without code and number.
fn keyless(number: &str) -> PhotoReading {
    let mut photo = photo(number);
    (photo.invoice.code, photo.invoice.number) = (None, None);
    photo
}

fn doubtful(number: &str) -> PhotoReading {
    let mut photo = photo(number);
    photo.invoice.number = Some(field(number.to_owned(), 0.8));
    photo
}

fn with_total(mut photo: PhotoReading, total_fen: u64) -> PhotoReading {
    photo.invoice.total_fen = Some(field(total_fen, 0.99));
    photo
}

fn names(photos: &[PhotoReading]) -> Vec<String> {
    sheets_of(photos).into_iter().map(|name| name.unwrap_or_else(|| "alone".to_owned())).collect()
}

const FIRST: &str = "1100162130-09750785";
const SECOND: &str = "1100162130-09750786";

#[test]
fn code_and_number_make_a_sheet_and_neighbours_in_a_pad_are_two() {
    assert_eq!(names(&[photo("09750785"), photo("09750786"), photo("09750785")]), [FIRST, SECOND, FIRST]);
}

#[test]
fn a_photo_whose_number_cannot_be_read_goes_by_id_date_and_total() {
    assert_eq!(names(&[keyless(""), photo("09750785")]), [FIRST, FIRST]);
    let by_fields = format!("{}-2017-04-18-22600", IDS[0]);
    assert_eq!(names(&[keyless("a"), keyless("b")]), [by_fields.as_str(), &by_fields]);
    assert_eq!(names(&[with_total(keyless("a"), 1), photo("09750785")]), [&format!("{}-2017-04-18-1", IDS[0]), FIRST]);
}

#[test]
fn it_stands_alone_where_two_sheets_have_these_or_one_is_missing() {
    assert_eq!(names(&[keyless(""), photo("09750785"), photo("09750786")]), ["alone", FIRST, SECOND]);
    let mut no_date = keyless("");
    no_date.invoice.date = None;
    assert_eq!(names(&[no_date, photo("09750785")]), ["alone", FIRST]);
}

#[test]
fn the_part_of_the_number_that_was_read_decides_between_two_sheets() {
    let mut part = photo("09750786");
    part.invoice.code = None;
    assert_eq!(names(&[part.clone(), photo("09750785"), photo("09750786")]), [SECOND, FIRST, SECOND]);
    assert_eq!(names(&[part.clone(), photo("09750785")])[0], "alone", "another number is another sheet");
    let mut other = part.clone();
    other.invoice.number = Some(field("09750790".to_owned(), 0.99));
    let names = names(&[part, other, keyless("")]);
    assert!(names[0].ends_with("-09750786") && names[1].ends_with("-09750790"), "{names:?}");
    assert_eq!(names[2], "alone");
}

#[test]
fn the_number_alone_and_one_field_more_are_enough_and_a_field_against_it_is_too_much() {
    let mut number_and_date = photo("09750785");
    number_and_date.invoice.code = None;
    (number_and_date.invoice.seller_id, number_and_date.invoice.total_fen) = (None, None);
    assert_eq!(names(&[number_and_date.clone(), photo("09750785")]), [FIRST, FIRST]);
    let mut other_date = number_and_date.clone();
    other_date.invoice.date = Some(field("2017-04-19".to_owned(), 0.99));
    assert_eq!(names(&[other_date, photo("09750785")])[0], "alone");
    number_and_date.invoice.date = None;
    assert_eq!(names(&[number_and_date, photo("09750785")])[0], "alone");
}

#[test]
fn a_code_in_doubt_beside_the_same_number_is_the_sheets_where_all_else_agrees() {
    let misread = |confidence| {
        let mut photo = photo("09750785");
        photo.invoice.code = Some(field("1100167130".to_owned(), confidence));
        photo.invoice.code.as_mut().unwrap().value.replace_range(0..2, "77");
        photo
    };
    assert_eq!(names(&[misread(0.7), photo("09750785")]), [FIRST, FIRST]);
    assert_ne!(names(&[misread(0.99), photo("09750785")])[0], FIRST);
    assert_ne!(names(&[with_total(misread(0.7), 1), photo("09750785")])[0], FIRST);
}

#[test]
fn beside_a_sure_number_two_fields_outweigh_a_misread_total() {
    let mut code_in_doubt = with_total(photo("09750785"), 1);
    code_in_doubt.invoice.code = Some(field("1100162130".to_owned(), 0.6));
    assert_eq!(names(&[code_in_doubt.clone(), photo("09750785")]), [FIRST, FIRST]);
    code_in_doubt.invoice.code = None;
    assert_eq!(names(&[code_in_doubt.clone(), photo("09750785")]), [FIRST, FIRST]);
    code_in_doubt.invoice.date = Some(field("2018-01-01".to_owned(), 0.99));
    assert_ne!(names(&[code_in_doubt, photo("09750785")])[0], FIRST, "one field is not enough");
}

#[test]
fn a_digit_in_doubt_is_the_sheets_where_all_else_agrees() {
    assert_eq!(names(&[doubtful("09750735"), photo("09750785")]), [FIRST, FIRST]);
    assert_eq!(names(&[photo("09750735"), photo("09750785")])[0], "1100162130-09750735", "no doubt, no merging");
    let other_total = with_total(doubtful("09750735"), 1);
    assert_ne!(names(&[other_total, photo("09750785")])[0], FIRST);
    assert_ne!(names(&[doubtful("09750733"), photo("09750785")])[0], FIRST, "two digits are another number");
}

#[test]
fn a_digit_in_doubt_that_could_be_of_two_sheets_is_of_neither() {
    let names = names(&[doubtful("09750787"), photo("09750785"), photo("09750786")]);
    assert_eq!(names, ["1100162130-09750787", FIRST, SECOND]);
}

#[test]
fn a_number_in_doubt_counts_unless_the_photo_contradicts_it() {
    let mut bare = doubtful("09750785");
    (bare.invoice.seller_id, bare.invoice.total_fen) = (None, None);
    assert_eq!(names(&[bare, photo("09750785")]), [FIRST, FIRST]);
    let contradicted = names(&[with_total(doubtful("09750785"), 1), photo("09750785")]);
    assert_ne!(contradicted[0], contradicted[1]);
}

#[test]
fn a_photo_that_has_both_joins_two_groups() {
    let mut number_only = photo("09750785");
    number_only.invoice.date = None;
    assert_eq!(names(&[number_only.clone(), keyless("")])[1], format!("{}-2017-04-18-22600", IDS[0]));
    assert_eq!(names(&[number_only, keyless(""), photo("09750785")]), [FIRST; 3]);
}

#[test]
fn a_photo_of_something_else_stands_alone() {
    let nothing = PhotoReading { invoice: Invoice::default(), ..photo("1") };
    assert_eq!(names(&[nothing.clone(), nothing]), ["alone", "alone"]);
}

/// A photo of a fully digital e-invoice: a number of 20 digits, no code.
fn einvoice(number: &str) -> PhotoReading {
    let mut photo = photo(number);
    photo.invoice.code = None;
    photo
}

const EINVOICE: &str = "25990000000087654321";

#[test]
fn the_20_digit_number_of_an_einvoice_is_enough_without_a_code() {
    let mut bare = einvoice(EINVOICE);
    (bare.invoice.seller_id, bare.invoice.date, bare.invoice.total_fen) = (None, None, None);
    let name = format!("einvoice-{EINVOICE}");
    assert_eq!(names(&[einvoice(EINVOICE), bare.clone()]), [name.as_str(), &name]);
    // What else was read on both may differ: a number that was read with confidence is the document's.
    let misread_total = with_total(einvoice(EINVOICE), 1);
    assert_eq!(names(&[misread_total, einvoice(EINVOICE), bare]), [name.as_str(), &name, &name]);
}

#[test]
fn a_machine_number_that_is_taken_for_a_code_does_not_split_an_einvoice() {
    let mut with_code = einvoice(EINVOICE);
    with_code.invoice.code = Some(field("661500000000".to_owned(), 0.95));
    let names = names(&[with_code, einvoice(EINVOICE)]);
    assert_eq!(names[0], names[1]);
}

#[test]
fn two_einvoices_that_differ_in_one_digit_are_two_documents_whatever_else_agrees() {
    let next = "25990000000087654322";
    assert_eq!(
        names(&[einvoice(EINVOICE), einvoice(next)]),
        [format!("einvoice-{EINVOICE}"), format!("einvoice-{next}")]
    );
    // One in doubt between the two is neither's.
    let mut between = einvoice("25990000000087654323");
    between.invoice.number.as_mut().unwrap().confidence = 0.7;
    let names = names(&[between, einvoice(EINVOICE), einvoice(next)]);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 3, "{names:?}");
}

#[test]
fn an_einvoice_number_read_with_less_than_half_confidence_is_no_evidence() {
    let mut faint = einvoice(EINVOICE);
    faint.invoice.number.as_mut().unwrap().confidence = 0.4;
    (faint.invoice.seller_id, faint.invoice.date) = (None, None);
    assert_eq!(names(&[faint, einvoice(EINVOICE)])[0], "alone");
}

#[test]
fn eight_digits_without_a_code_are_still_not_enough() {
    let mut bare = einvoice("87654321");
    (bare.invoice.seller_id, bare.invoice.date, bare.invoice.total_fen) = (None, None, None);
    assert_eq!(names(&[bare.clone(), bare]), ["alone", "alone"]);
}

fn any_photo() -> impl Strategy<Value = PhotoReading> {
    let part = |values: &'static [&'static str]| {
        (prop::sample::select(values), prop::sample::select(vec![0.3_f32, 0.8, 0.99]), prop::bool::weighted(0.8))
            .prop_map(|(value, confidence, is_there)| is_there.then(|| field(value.to_owned(), confidence)))
    };
    let codes = part(&["1100162130", "1100162131"]);
    let numbers = part(&["09750785", "09750786", "09750735", "12345678", EINVOICE, "25990000000087654322"]);
    (codes, numbers, 0..3_usize, 0..2_u64, prop::bool::weighted(0.8)).prop_map(|(code, number, id, total, has_date)| {
        let mut photo = with_total(reading("x", "甲公司", IDS[id], ""), total);
        (photo.invoice.code, photo.invoice.number) = (code, number);
        photo.invoice.date = photo.invoice.date.filter(|_| has_date);
        photo
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_photos_does_not_matter(
        (photos, order) in prop::collection::vec(any_photo(), 0..12)
            .prop_flat_map(|photos| {
                let order = Just((0..photos.len()).collect::<Vec<_>>()).prop_shuffle();
                (Just(photos), order)
            })
    ) {
        let names = sheets_of(&photos);
        let shuffled: Vec<_> = order.iter().map(|at| photos[*at].clone()).collect();
        let expected: Vec<_> = order.iter().map(|at| names[*at].clone()).collect();
        prop_assert_eq!(sheets_of(&shuffled), expected);
    }

    #[test]
    fn sure_keys_that_differ_are_never_merged(photos in prop::collection::vec(any_photo(), 0..12)) {
        let names = sheets_of(&photos);
        let sure = |photo: &PhotoReading| Clues::of(&photo.invoice).has_sure_key().then(|| {
            let number = photo.invoice.number.clone().unwrap().value;
            let code = photo.invoice.code.clone().filter(|_| number.len() == 8).map_or("einvoice".to_owned(), |code| code.value);
            format!("{code}-{number}")
        });
        for (photo, name) in photos.iter().zip(&names) {
            if let Some(key) = sure(photo) {
                prop_assert_eq!(name.as_deref(), Some(key.as_str()));
            }
        }
    }

    #[test]
    fn a_copy_of_a_photo_is_on_its_sheet(photos in prop::collection::vec(any_photo(), 1..12)) {
        let mut photos = photos;
        photos.push(photos[0].clone());
        let names = sheets_of(&photos);
        prop_assert_eq!(&names[0], &names[photos.len() - 1]);
    }
}
