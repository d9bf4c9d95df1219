//! How far labelers agree, in figures.

use std::collections::BTreeMap;

/// How far two labelers agree on the photos that both name a seller for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// The places of the two among the labelers.
    pub pair: (usize, usize),
    /// Photos that both name a seller for.
    pub both: usize,
    /// Of these, photos for which they name the same one.
    pub agree: usize,
    /// Cohen's kappa; `None` where it is not defined: no photo that both name, or one and the same seller everywhere.
    pub kappa: Option<f64>,
}

impl Agreement {
    /// The share that agrees, 0 to 1; `None` where there is no photo that both name.
    pub fn share(&self) -> Option<f64> {
        (self.both > 0).then(|| self.agree as f64 / self.both as f64)
    }

    /// Of the sellers that two labelers name for the photos that both name.
    pub(super) fn of(pair: (usize, usize), named: &[(&str, &str)]) -> Self {
        let agree = named.iter().filter(|(left, right)| left == right).count();
        Self { pair, both: named.len(), agree, kappa: kappa(named) }
    }
}

/// Cohen's kappa: by how much two labelers agree beyond what they would by chance, if each named the sellers as often as it
/// does and otherwise at random.
///
/// (p − e) / (1 − e), where p is the share of the photos for which both name the same seller, and e the sum over all sellers of
/// the share of photos for which the one names it times the share for which the other does. Sellers are the same by their exact
/// form; the shares are of the photos that both name a seller for. Not defined where e is 1.
fn kappa(named: &[(&str, &str)]) -> Option<f64> {
    let mut counts: BTreeMap<&str, (u128, u128)> = BTreeMap::new();
    for (left, right) in named {
        counts.entry(left).or_default().0 += 1;
        counts.entry(right).or_default().1 += 1;
    }
    // In whole numbers, times the square of the number of photos: nothing is lost before the division.
    let total = named.len() as u128;
    let chance: u128 = counts.values().map(|(left, right)| left * right).sum();
    let same = total * named.iter().filter(|(left, right)| left == right).count() as u128;
    let room = total * total - chance;
    (room > 0).then(|| (same as f64 - chance as f64) / room as f64)
}

/// Krippendorff's alpha for names, over all labelers and photos at once: 1 − (disagreement seen) / (disagreement by chance).
///
/// `photos` holds the sellers that are named for each photo; those with fewer than two names say nothing. Not defined where no
/// photo has two names, or all names are one.
pub(super) fn alpha(photos: &[Vec<&str>]) -> Option<f64> {
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    let mut seen = 0.0;
    for names in photos.iter().filter(|names| names.len() >= 2) {
        let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
        for name in names {
            *counts.entry(name).or_default() += 1.0;
            *totals.entry(name).or_default() += 1.0;
        }
        let count = names.len() as f64;
        let differing = count * count - counts.values().map(|of_name| of_name * of_name).sum::<f64>();
        seen += differing / (count - 1.0);
    }
    let total: f64 = totals.values().sum();
    let by_chance = total * total - totals.values().map(|of_name| of_name * of_name).sum::<f64>();
    (by_chance > 0.0).then(|| 1.0 - (total - 1.0) * seen / by_chance)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_near(left: Option<f64>, right: f64) -> bool {
        left.is_some_and(|left| (left - right).abs() < 1e-9)
    }

    #[test]
    fn kappa_is_that_of_the_textbook() {
        // 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: 0.7 agree, 0.5 would by chance.
        let cells = [("y", "y", 20), ("y", "n", 5), ("n", "y", 10), ("n", "n", 15)];
        let named: Vec<_> = cells.iter().flat_map(|(a, b, n)| std::iter::repeat_n((*a, *b), *n)).collect();
        assert!(is_near(kappa(&named), 0.4));
        let agreement = Agreement::of((0, 1), &named);
        assert_eq!((agreement.both, agreement.agree), (50, 35));
    }

    #[test]
    fn kappa_and_alpha_are_not_defined_where_there_is_nothing_to_tell_apart() {
        assert_eq!(kappa(&[]), None);
        assert_eq!(Agreement::of((0, 1), &[]).share(), None);
        assert_eq!(kappa(&[("a", "a"), ("a", "a")]), None);
        assert_eq!(kappa(&[("a", "b"), ("a", "b")]), Some(0.0));
        assert_eq!(alpha(&[]), None);
        assert_eq!(alpha(&[vec!["a"], vec!["b"]]), None);
        assert_eq!(alpha(&[vec!["a", "a"], vec!["a", "a"]]), None);
    }

    #[test]
    fn alpha_is_that_of_krippendorffs_example() {
        // The nominal data of "Computing Krippendorff's Alpha-Reliability" (2011), C: four observers, twelve units, gaps.
        let rows = [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
            [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
        ];
        let names = ["", "a", "b", "c", "d", "e"];
        let photos: Vec<Vec<&str>> = (0..12)
            .map(|unit| rows.iter().map(|row| row[unit]).filter(|value| *value > 0).map(|value| names[value]).collect())
            .collect();
        let found = alpha(&photos).unwrap();
        assert!((found - 0.743).abs() < 5e-4, "{found}");
    }

    proptest! {
        #[test]
        fn kappa_is_symmetric_and_at_most_one(named in prop::collection::vec(("[abc]", "[abc]"), 0..40)) {
            let pairs: Vec<_> = named.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            let turned: Vec<_> = pairs.iter().map(|(a, b)| (*b, *a)).collect();
            prop_assert_eq!(kappa(&pairs), kappa(&turned));
            prop_assert!(kappa(&pairs).is_none_or(|kappa| (-1.0..=1.0).contains(&kappa)));
            prop_assert!(kappa(&pairs).is_none_or(|kappa| (kappa >= 1.0) == pairs.iter().all(|(a, b)| a == b)));
        }

        #[test]
        fn equal_labels_of_two_sellers_have_a_kappa_and_an_alpha_of_one(names in prop::collection::vec("[ab]", 2..40)) {
            let pairs: Vec<_> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
            let photos: Vec<_> = names.iter().map(|name| vec![name.as_str(); 3]).collect();
            let expected = (names.iter().any(|name| *name != names[0])).then_some(1.0);
            prop_assert_eq!(kappa(&pairs), expected);
            prop_assert_eq!(alpha(&photos), expected);
        }
    }
}
