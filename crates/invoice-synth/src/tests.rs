use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::*;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The facts without drawing, as the table that `data/` has.
fn table(options: &SampleOptions) -> String {
    let (sheets, plan) = invent(options).unwrap();
    let mut text = "image,seller,sheet\n".to_owned();
    for (place, shot) in plan.iter().enumerate() {
        let sheet = &sheets[shot.sheet];
        writeln!(text, "{},{},{}", file_name(place), sheet.seller.name, sheet.id).unwrap();
    }
    text
}

#[test]
fn the_committed_table_is_what_the_default_options_make() {
    assert_eq!(fs::read_to_string(root().join("data").join(LABELS_FILE)).unwrap(), table(&SampleOptions::default()));
}

#[test]
fn the_committed_photos_are_those_of_the_table_and_small() {
    let (_, plan) = invent(&SampleOptions::default()).unwrap();
    let mut sizes = 0;
    for place in 0..plan.len() {
        let path = root().join("data").join(PHOTOS_FOLDER).join(file_name(place));
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.starts_with(&[0xFF, 0xD8, 0xFF]) && bytes.len() <= 150_000, "{}", path.display());
        sizes += bytes.len();
    }
    assert!(sizes <= 6_000_000, "{sizes}");
}

#[test]
fn a_sample_has_what_makes_labels_hard() {
    for (options, wanted_sheets, wanted_sellers) in
        [(SampleOptions::with_count(12), 8, 6), (SampleOptions::with_count(48), 20, 12)]
    {
        let (sheets, plan) = invent(&options).unwrap();
        assert_eq!(sheets.len(), wanted_sheets);
        let sellers: BTreeSet<&str> = sheets.iter().map(|sheet| sheet.seller.name.as_str()).collect();
        assert_eq!(sellers.len(), wanted_sellers);
        assert!(sellers.iter().any(|name| name.contains('（') && name.contains('）')));

        let mut bought: BTreeMap<&str, usize> = BTreeMap::new();
        for sheet in &sheets {
            assert_ne!(sheet.buyer.name(), sheet.seller.name);
            *bought.entry(sheet.buyer.name()).or_default() += 1;
        }
        let (often, times) = bought.iter().max_by_key(|(_, times)| **times).unwrap();
        assert!(*times * 2 >= sheets.len(), "{often} buys on {times} of {} sheets", sheets.len());
        assert_eq!(sheets.iter().filter(|sheet| sheet.seller.name == *often).count(), 1);

        let mut photos = vec![0; sheets.len()];
        for shot in plan {
            photos[shot.sheet] += 1;
        }
        assert!(photos.iter().all(|count| (1..=3).contains(count)), "{photos:?}");
        assert!((1..=3).all(|count| photos.contains(&count)), "{photos:?}");
    }
}

#[test]
fn a_sheet_is_the_same_however_many_photos_are_asked_for() {
    let facts = |count| invent(&SampleOptions { count, ..SampleOptions::with_count(12) }).unwrap().0;
    assert_eq!(facts(12), facts(20));
    let more = SampleOptions { count: 12, sheets: 12, ..SampleOptions::with_count(12) };
    assert_eq!(facts(12)[..], invent(&more).unwrap().0[..8]);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let options = SampleOptions { count: 3, sheets: 2, sellers: 2, ..SampleOptions::default() };
    let sample = generate(&options).unwrap();
    assert_eq!(sample, generate(&options).unwrap());
    let other = invent(&SampleOptions { seed: 8, ..options.clone() }).unwrap().0;
    assert_ne!(sample.sheets, other);

    // Two photos show one sheet, and differ.
    assert_eq!(sample.photos.len(), 3);
    let jpegs: BTreeSet<&[u8]> = sample.photos.iter().map(|photo| photo.jpeg.as_slice()).collect();
    assert_eq!(jpegs.len(), 3);
    for photo in &sample.photos {
        assert!(photo.jpeg.len() <= options.photo_limit_bytes);
        let picture = image::load_from_memory(&photo.jpeg).unwrap();
        assert_eq!((picture.width(), picture.height()), (photo.width_px, photo.height_px));
        assert!((1_600..=2_000).contains(&photo.width_px) && (1_000..=1_300).contains(&photo.height_px));
    }
    assert!(contact_sheet(&sample, 2, 200).unwrap().starts_with(&[0xFF, 0xD8]));
}

#[test]
fn numbers_that_do_not_fit_together_are_refused() {
    for count in 0..200 {
        assert_eq!(invent(&SampleOptions::with_count(count)).is_ok(), count >= 2, "{count}");
    }
    let refused = |options: SampleOptions| invent(&options).unwrap_err().to_string();
    let usual = || SampleOptions::with_count(12);
    insta::assert_snapshot!(refused(SampleOptions { count: 5, ..usual() }), @"count: 5 photos cannot show 8 sheets");
    insta::assert_snapshot!(refused(SampleOptions { sheets: 5, ..usual() }), @"sheets: 5 cannot show 6 sellers");
    insta::assert_snapshot!(refused(SampleOptions { sellers: 1, ..usual() }), @"sellers: 1 is too few");
}

/// `cargo test --lib sample::tests::write_the_committed_sample -- --ignored`, after moving the old files away.
#[test]
#[ignore = "writes data/ and docs/sample.jpg; run it by hand when the generator has changed"]
fn write_the_committed_sample() {
    let sample = generate(&SampleOptions::default()).unwrap();
    write(&sample, &root().join("data")).unwrap();
    fs::create_dir_all(root().join("docs")).unwrap();
    fs::write(root().join("docs/sample.jpg"), contact_sheet(&sample, 6, 380).unwrap()).unwrap();
}
