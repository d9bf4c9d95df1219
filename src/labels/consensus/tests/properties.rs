use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_tables_does_not_matter_and_nothing_is_accepted_on_one_word(
        rows in prop::collection::vec(prop::collection::vec(0_usize..4, 6), 3),
        order in Just([0_usize, 1, 2]).prop_shuffle(),
    ) {
        let sellers = ["", "甲公司", "乙公司", "提取失败"];
        let images = ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg"];
        let of = |at: usize| -> Vec<(&str, &str)> {
            let all = images.iter().zip(&rows[at]).map(|(image, seller)| (*image, sellers[*seller]));
            all.filter(|(_, seller)| !seller.is_empty()).chain([("0.jpg", "丙公司")]).collect()
        };
        let read: Vec<_> = of(0).iter().map(|(image, seller)| (*image, *seller, &image[..1], 1 + image.len() % 2)).collect();
        let texts = [reader(&read), model(NOVA, "p1", &of(1)), model(CLAUDE, "p1", &of(2))];
        let tables = Tables::of(&[("r", &texts[0]), ("n", &texts[1]), ("c", &texts[2])]);
        let found = tables.consensus();
        let turned = order.iter().map(|at| tables.tables[*at].clone()).collect();
        let turned = consensus(&ConsensusOptions { tables: turned, ..ConsensusOptions::default() }).unwrap();
        prop_assert_eq!(&found, &turned);
        for photo in found.photos.iter().filter(|photo| photo.ground.is_accepted()) {
            let form = exact_form(photo.seller.as_deref().unwrap());
            let own = photo.labels.sayings.iter().filter(|one| one.form == form && one.standing == Standing::Counts);
            prop_assert!(own.map(|one| &one.witness).collect::<BTreeSet<_>>().len() >= 2);
        }
        for photo in &found.photos {
            prop_assert_eq!(photo.seller.is_some(), photo.ground.is_accepted());
        }
    }

    #[test]
    fn no_photo_of_a_contradicted_sheet_is_accepted(
        rows in prop::collection::vec((prop::sample::select(vec!["s", "t"]), 1_usize..3, prop::collection::vec(0_usize..3, 3)), 1..8),
    ) {
        let sellers = ["", "甲公司", "乙公司"];
        let images: Vec<String> = (0..rows.len()).map(|n| format!("{n}.jpg")).collect();
        let named = || images.iter().zip(&rows).map(|(image, (sheet, seen, said))| (image.as_str(), *sheet, *seen, said));
        let read: Vec<_> = named().map(|(image, sheet, seen, said)| (image, sellers[said[0].max(1)], sheet, seen)).collect();
        let of = |at: usize| -> Vec<_> {
            let all = named().map(|(image, _, _, said)| (image, sellers[said[at]]));
            all.filter(|(_, seller)| !seller.is_empty()).chain([("z.jpg", "丙公司")]).collect()
        };
        let texts = [reader(&read), model(NOVA, "p1", &of(1)), model(CLAUDE, "p1", &of(2))];
        let found = Tables::of(&[("r", &texts[0]), ("n", &texts[1]), ("c", &texts[2])]).consensus();
        for sheet in ["s", "t"] {
            let members: Vec<_> = found.photos.iter().filter(|one| one.labels.sheet.as_deref() == Some(sheet)).collect();
            let accepted: BTreeSet<_> = members.iter().filter_map(|one| one.seller.as_deref()).collect();
            let is_contradicted = members.iter().any(|one| one.ground == Ground::Contradicted);
            prop_assert!(accepted.len() <= usize::from(!is_contradicted), "{accepted:?}, {is_contradicted}");
        }
    }
}
