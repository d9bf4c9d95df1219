use proptest::prelude::*;

use super::super::samples::{invoice, line};
use super::*;
use invoice_ocr::reader::{Point, Quad, TextLine};

#[test]
fn buyer_and_seller_are_candidates_in_reading_order_and_the_first_organisation_is_marked() {
    for seed in 0..20 {
        let sample = invoice(seed);
        let seen = look(&sample.page);
        let seller = seen.iter().position(|seen| seen.text == sample.label).unwrap();
        let marked: Vec<_> = seen
            .iter()
            .enumerate()
            .filter(|(_, seen)| seen.features.first().is_some_and(|(feature, _)| *feature == FIRST_ORGANISATION as u16))
            .map(|(at, _)| at)
            .collect();
        assert_eq!(marked.len(), 1, "{seed}");
        assert!(marked[0] < seller, "{seed}: the buyer stands above");
    }
}

#[test]
fn a_page_looks_the_same_tilted_larger_and_elsewhere_on_the_photo() {
    let page = invoice(3).page;
    let moved = |place: fn(Point) -> Point| {
        let line = |line: &TextLine| TextLine { quad: line.quad.map(place), ..line.clone() };
        look(&Page { lines: page.lines.iter().map(line).collect(), ..page.clone() })
    };
    let features = |seen: Vec<Seen>| -> Vec<Features> {
        let rounded = |(feature, value): (u16, f32)| (feature, (value * 100.0).round() / 100.0);
        seen.into_iter().map(|seen| seen.features.into_iter().map(rounded).collect()).collect()
    };
    let still = features(look(&page));
    assert_eq!(still, features(moved(|at| at.scaled(1.5))));
    assert_eq!(still, features(moved(|at| Point::new(at.x + 700.0, at.y + 50.0))));
    let tilts: [fn(Point) -> Point; 4] =
        [|at| at.rotated(-0.1), |at| at.rotated(-0.05), |at| at.rotated(0.05), |at| at.rotated(0.1)];
    for tilted in tilts.map(|tilt| features(moved(tilt))) {
        assert_eq!(still.len(), tilted.len());
        for (still, tilted) in still.iter().zip(&tilted) {
            assert_eq!(still.len(), tilted.len());
            // A place near the edge of its strip may fall into the next one.
            let moved = still.iter().filter(|feature| !tilted.contains(feature)).count();
            assert!(moved <= 1, "{still:?} {tilted:?}");
        }
    }
}

#[test]
fn names_of_the_form_and_of_a_bank_are_no_organisations() {
    assert!(is_organisation("澄川科学院自动化研究所") && is_organisation("澄川有限公司"));
    assert!(!is_organisation("样张银行股份有限公司") && !is_organisation("张文彬"));
}

#[test]
fn the_hash_is_the_same_on_every_machine() {
    assert_eq!(hash(&['公', '司']) % PAIRS as u64, 131);
    assert_ne!(hash(&['公', '司']), hash(&['司', '公']));
}

fn any_line() -> impl Strategy<Value = TextLine> {
    let text = prop_oneof![
        ".{0,20}",
        "[甲乙丙丁]{2,9}(有限公司|研究所|银行|支行)",
        Just("名称：".to_owned()),
        Just("销售方".to_owned()),
        Just("91110108MA01A2B3CF".to_owned()),
    ];
    let px = || prop_oneof![-100.0..3_000.0_f32, any::<f32>()];
    (text, px(), px(), any::<f32>(), any::<bool>()).prop_map(|(text, left, top, confidence, is_small)| {
        let line = line(&text, left, top);
        let quad = if is_small { Quad::rectangle(left, top, left, top) } else { line.quad };
        TextLine { confidence, quad, ..line }
    })
}

proptest! {
    #[test]
    fn any_page_has_features_that_are_numbers(lines in prop::collection::vec(any_line(), 0..30)) {
        let page = Page { width_px: 2_000, height_px: 1_000, lines, ..Page::default() };
        let seen = look(&page);
        prop_assert_eq!(&seen, &look(&page));
        for features in seen.iter().map(|seen| &seen.features) {
            prop_assert!(features.iter().all(|(feature, value)| usize::from(*feature) < COUNT && value.is_finite()));
            prop_assert!(features.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }
}
