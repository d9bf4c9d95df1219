//! The sides of a data set's groups, in view of the one that the folder holds.
//!
//! A group's side is a hash of its name. Names change when photos show that two groups are one, and sides must not: what a
//! model has trained on must not test it. So a group keeps the side of the oldest group that lives on in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Manifest, ManifestGroup, ManifestMove, PrepareOptions, Side, SplitBy, side_of};

/// A photo and the group that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member<'a> {
    /// The photo's name.
    pub(super) image: &'a str,
    /// The group.
    pub(super) group: String,
    /// Whether nobody knows what other photos belong to it: then it is never held out.
    pub(super) is_alone: bool,
}

/// Where the photos stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Placement {
    /// Of each photo.
    pub(super) sides: Vec<Side>,
    /// All groups, the oldest first.
    pub(super) groups: Vec<ManifestGroup>,
    /// The photos whose side was another one before these photos were put together so.
    pub(super) moved: Vec<ManifestMove>,
    /// Whether they move now, and did not when the data set was made before.
    pub(super) is_moving: bool,
}

/// Gives each photo a side. The data set that was there before counts where it was split by the same means, with the same
/// seed and fraction.
pub(super) fn place(
    members: &[Member<'_>],
    split_by: SplitBy,
    before: Option<&Manifest>,
    options: &PrepareOptions,
) -> Placement {
    let is_alike = |before: &&Manifest| {
        let is_same_fraction = (before.validation_fraction - options.validation_fraction).abs() < f64::EPSILON;
        before.seed == options.seed && before.split_by == split_by && is_same_fraction
    };
    let before = before.filter(is_alike).map(Before::of).unwrap_or_default();
    let ancestors = before.ancestors(members);
    let mut groups: BTreeMap<&str, (Side, usize, bool)> = BTreeMap::new();
    for member in members {
        let (_, photos, is_alone) = groups.entry(&member.group).or_insert_with(|| {
            let hashed = || side_of(&member.group, options.seed, options.validation_fraction);
            (ancestors.get(member.group.as_str()).map_or_else(hashed, |ancestor| ancestor.side), 0, false)
        });
        *photos += 1;
        *is_alone |= member.is_alone;
    }
    for (side, _, is_alone) in groups.values_mut() {
        if *is_alone {
            *side = Side::Train;
        }
    }
    let sides: Vec<_> = members.iter().filter_map(|member| Some(groups.get(member.group.as_str())?.0)).collect();
    let moved = members.iter().zip(&sides).filter_map(|(member, to)| {
        let from = before.photos.get(member.image)?.side;
        (from != *to).then(|| ManifestMove {
            image: member.image.to_owned(),
            from,
            to: *to,
            group: member.group.clone(),
        })
    });
    let moved: Vec<_> = moved.collect();
    let is_unchanged = before.photos.len() == members.len()
        && members.iter().all(|member| before.photos.get(member.image).is_some_and(|one| one.group == member.group));
    let mut by_age: Vec<_> = groups.into_iter().collect();
    by_age.sort_by_key(|(name, _)| (ancestors.get(name).map_or(usize::MAX, |ancestor| ancestor.age), *name));
    let group =
        |(name, (side, photos, _)): (&str, (Side, usize, bool))| ManifestGroup { name: name.to_owned(), side, photos };
    Placement {
        sides,
        is_moving: !moved.is_empty(),
        groups: by_age.into_iter().map(group).collect(),
        // Made again of the same photos, the data set still says what moved when they came.
        moved: if moved.is_empty() && is_unchanged { before.moved } else { moved },
    }
}

/// A group of the data set that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ancestor {
    /// 0 for the oldest.
    age: usize,
    side: Side,
}

/// A photo of it.
#[derive(Debug, Clone, Copy)]
struct Earlier<'a> {
    group: &'a str,
    side: Side,
}

/// The data set that was there before.
#[derive(Debug, Default)]
struct Before<'a> {
    photos: BTreeMap<&'a str, Earlier<'a>>,
    ages: BTreeMap<&'a str, usize>,
    moved: Vec<ManifestMove>,
}

impl<'a> Before<'a> {
    fn of(manifest: &'a Manifest) -> Self {
        let earlier = |photo: &'a super::ManifestPhoto| {
            (photo.image.as_str(), Earlier { group: photo.group.as_str(), side: photo.side })
        };
        let photos: BTreeMap<_, _> = manifest.photos.iter().map(earlier).collect();
        let listed = manifest.groups.iter().map(|group| group.name.as_str());
        // A manifest of an earlier version lists none.
        let unlisted: BTreeSet<_> = photos.values().map(|photo| photo.group).collect();
        let mut ages = BTreeMap::new();
        for (age, group) in listed.chain(unlisted).enumerate() {
            ages.entry(group).or_insert(age);
        }
        Self { photos, ages, moved: manifest.moved.clone() }
    }

    /// For each group that has one: the oldest of the earlier groups that live on in it. A group lives on where most of its
    /// photos are; what was left behind of it elsewhere counts for nothing there.
    fn ancestors<'b>(&self, members: &'b [Member<'_>]) -> BTreeMap<&'b str, Ancestor> {
        let mut heirs: BTreeMap<&str, BTreeMap<&'b str, usize>> = BTreeMap::new();
        for member in members {
            if let Some(earlier) = self.photos.get(member.image) {
                *heirs.entry(earlier.group).or_default().entry(&member.group).or_default() += 1;
            }
        }
        let sides: BTreeMap<_, _> = self.photos.values().map(|photo| (photo.group, photo.side)).collect();
        let mut ancestors: BTreeMap<&'b str, Ancestor> = BTreeMap::new();
        for (group, heirs) in &heirs {
            let heir = heirs.iter().max_by_key(|(name, photos)| (**photos, std::cmp::Reverse(**name)));
            let (Some((heir, _)), Some(age), Some(side)) = (heir, self.ages.get(group), sides.get(group)) else {
                continue;
            };
            let ancestor = Ancestor { age: *age, side: *side };
            let oldest = ancestors.entry(*heir).or_insert(ancestor);
            if ancestor.age < oldest.age {
                *oldest = ancestor;
            }
        }
        ancestors
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{ManifestFile, ManifestPhoto, Prompt};
    use crate::images::{Format, hash_bytes};

    fn options() -> PrepareOptions {
        PrepareOptions { validation_fraction: 0.5, ..PrepareOptions::default() }
    }

    fn members<'a>(photos: &[(&'a str, &str)]) -> Vec<Member<'a>> {
        let member = |(image, group): &(&'a str, &str)| Member {
            image,
            group: (*group).to_owned(),
            is_alone: group.starts_with("photo "),
        };
        photos.iter().map(member).collect()
    }

    /// The manifest of a data set placed so.
    fn manifest(photos: &[(&str, &str)], before: Option<&Manifest>) -> Manifest {
        let members = members(photos);
        let placement = place(&members, SplitBy::Sheet, before, &options());
        let sha256 = hash_bytes(b"");
        let photos = members.iter().zip(placement.sides).map(|(member, side)| ManifestPhoto {
            image: member.image.to_owned(),
            source: member.image.into(),
            sha256,
            size_bytes: 1,
            format: Format::Jpeg,
            seller: "甲公司".to_owned(),
            sheet: Some(member.group.clone()),
            group: member.group.clone(),
            side,
            key: member.image.to_owned(),
            renamed: false,
            converted: None,
        });
        let options = options();
        Manifest {
            version: Manifest::VERSION,
            nova_ft: String::new(),
            labels: ManifestFile { path: "labels.csv".into(), sha256, size_bytes: 1, count: 1 },
            prompt: Prompt::default(),
            seed: options.seed,
            validation_fraction: options.validation_fraction,
            split_by: SplitBy::Sheet,
            s3_bucket: String::new(),
            s3_prefix: String::new(),
            account_id: String::new(),
            records: Vec::new(),
            photos: photos.collect(),
            groups: placement.groups,
            moved: placement.moved,
        }
    }

    fn side(manifest: &Manifest, image: &str) -> Side {
        manifest.photos.iter().find(|photo| photo.image == image).unwrap().side
    }

    /// Names of groups that the hash puts on this side.
    fn named(side: Side, count: usize) -> Vec<String> {
        (0..)
            .map(|n| format!("sheet {n}"))
            .filter(|name| side_of(name, options().seed, 0.5) == side)
            .take(count)
            .collect()
    }

    #[test]
    fn without_a_data_set_before_the_hash_decides() {
        let (train, validation) = (&named(Side::Train, 1)[0], &named(Side::Validation, 1)[0]);
        let first = manifest(&[("1", train), ("2", validation), ("3", "photo 3")], None);
        assert_eq!(["1", "2", "3"].map(|image| side(&first, image)), [Side::Train, Side::Validation, Side::Train]);
        assert!(first.moved.is_empty());
    }

    #[test]
    fn a_group_that_gets_another_name_keeps_its_side() {
        let (train, validation) = (&named(Side::Train, 1)[0], &named(Side::Validation, 1)[0]);
        let first = manifest(&[("1", train), ("2", train)], None);
        let second = manifest(&[("1", validation), ("2", validation), ("3", validation)], Some(&first));
        assert!(second.photos.iter().all(|photo| photo.side == Side::Train));
        assert!(second.moved.is_empty());
    }

    #[test]
    fn a_photo_that_joins_two_groups_takes_the_older_ones_side_and_the_manifest_says_what_moved() {
        let (train, validation) = (&named(Side::Train, 1)[0], &named(Side::Validation, 1)[0]);
        let first = manifest(&[("1", validation)], None);
        let second = manifest(&[("1", validation), ("2", train)], Some(&first));
        assert_eq!(second.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), [validation, train]);
        let joined: Vec<_> = ["1", "2", "3"].map(|image| (image, train.as_str())).to_vec();
        let third = manifest(&joined, Some(&second));
        assert!(third.photos.iter().all(|photo| photo.side == Side::Validation));
        let moved = ManifestMove { image: "2".into(), from: Side::Train, to: Side::Validation, group: train.clone() };
        assert_eq!(third.moved, [moved]);
        assert_eq!(manifest(&joined, Some(&third)), third, "made again, it is the same");
    }

    #[test]
    fn a_photo_that_goes_to_another_group_does_not_take_that_group_with_it() {
        let (train, validation) = (&named(Side::Train, 1)[0], &named(Side::Validation, 1)[0]);
        let first = manifest(&[("1", validation), ("2", validation), ("3", validation), ("4", train)], None);
        let second = manifest(&[("1", validation), ("2", validation), ("3", train), ("4", train)], Some(&first));
        assert_eq!(
            ["1", "2", "3", "4"].map(|image| side(&second, image)).map(|side| side == Side::Train),
            [false, false, true, true]
        );
        assert_eq!(second.moved.len(), 1);
    }

    #[test]
    fn a_photo_alone_is_never_held_out_and_another_seed_forgets_what_was() {
        let validation = &named(Side::Validation, 1)[0];
        let first = manifest(&[("1", validation)], None);
        assert_eq!(side(&manifest(&[("1", "photo 1")], Some(&first)), "1"), Side::Train);
        let other_seed = Manifest { seed: 8, ..first };
        let train = &named(Side::Train, 1)[0];
        let second = manifest(&[("1", train)], Some(&other_seed));
        assert_eq!((side(&second, "1"), second.moved.len()), (Side::Train, 0));
    }
}
