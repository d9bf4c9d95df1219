//! What stands in a data set more than once: 24 bytes for each thing seen, sorted when all are.

use std::path::Path;

use super::{image_on_both_sides, image_twice, prompt_on_both_sides, prompt_twice};
use crate::dataset::Side;
use crate::error::Place;
use crate::findings::Finding;
use crate::validate::record::{Kind, Spot};

/// A file, or a prompt of text alone, where it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    /// 64 bits of a digest: among a million things two are taken for one in 1 of 37 million data sets.
    identity: u64,
    /// That of a file, none of a prompt.
    kind: Option<Kind>,
    /// Whether it is of the validation side: the training side goes first.
    is_validation: bool,
    turn: u8,
    block: u8,
    line: u32,
    answer: u64,
}

impl Seen {
    /// Something with this identity and answer on a line; a file has a kind and stands at a place in its record.
    pub(super) fn new(identity: u64, answer: u64, side: Side, line: u64, file: Option<(Kind, Spot)>) -> Self {
        let short = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        let (turn, block) = file.map_or((0, 0), |(_, spot)| spot.numbers());
        Self {
            identity,
            kind: file.map(|(kind, _)| kind),
            is_validation: side == Side::Validation,
            turn: short(turn),
            block: short(block),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            answer,
        }
    }

    fn place(&self, files: [Option<&Path>; 2]) -> Place {
        let file = files[usize::from(self.is_validation)].unwrap_or(Path::new(""));
        let place = Place::line(file, u64::from(self.line));
        match self.kind {
            None => place,
            Some(kind) => place.member(format!("/messages/{}/content/{}/{}", self.turn, self.block, kind.key())),
        }
    }
}

/// Everything seen.
#[derive(Debug, Default)]
pub(super) struct Repeats(Vec<Seen>);

impl Repeats {
    pub(super) fn add(&mut self, seen: Seen) {
        self.0.push(seen);
    }

    /// Reports each thing that is the same as an earlier one.
    pub(super) fn find(mut self, files: [Option<&Path>; 2], report: &mut impl FnMut(Finding)) {
        self.0.sort_unstable();
        for same in self.0.chunk_by(|a, b| a.identity == b.identity && a.kind == b.kind) {
            let Some((first, others)) = same.split_first() else { continue };
            for other in others {
                let place = other.place(files);
                let is_same_answer = first.answer == other.answer;
                report(match (other.kind, first.is_validation == other.is_validation) {
                    (Some(kind), false) => image_on_both_sides::finding(place, thing(kind), first.line),
                    (Some(kind), true) if is_same_answer => image_twice::same_label(place, thing(kind), first.line),
                    (Some(kind), true) => image_twice::other_label(place, thing(kind), first.line),
                    (None, false) => prompt_on_both_sides::finding(place, first.line),
                    (None, true) if is_same_answer => prompt_twice::same_answer(place, first.line),
                    (None, true) => prompt_twice::other_answer(place, first.line),
                });
            }
        }
    }
}

/// What a kind of file is called.
fn thing(kind: Kind) -> &'static str {
    if kind == Kind::Image { "photo" } else { kind.key() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_seen_takes_24_bytes() {
        assert_eq!(size_of::<Seen>(), 24);
    }

    #[test]
    fn what_is_on_both_sides_is_reported_on_the_validation_side_in_whatever_order_it_was_added() {
        let train = Seen::new(7, 1, Side::Train, 5, None);
        let validation = Seen::new(7, 1, Side::Validation, 2, None);
        for order in [[train, validation], [validation, train]] {
            let mut found = Vec::new();
            Repeats(order.to_vec()).find([Some(Path::new("t")), Some(Path::new("v"))], &mut |one| found.push(one));
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].rule.code, found[0].place.clone()), ("SPL012", Place::line("v", 2)));
        }
    }

    #[test]
    fn an_image_and_a_prompt_of_one_identity_are_two_things() {
        let image = (Kind::Image, RecordSpot::image());
        let mut found = Vec::new();
        let seen = vec![Seen::new(7, 1, Side::Train, 1, None), Seen::new(7, 1, Side::Train, 2, Some(image))];
        Repeats(seen).find([Some(Path::new("t")), None], &mut |one| found.push(one));
        assert!(found.is_empty());
        // Nor are an image and a video, whatever stands between them.
        let video = (Kind::Video, image.1);
        let seen = [(Side::Train, image), (Side::Train, video), (Side::Validation, image)];
        let seen = seen.map(|(side, file)| Seen::new(7, 1, side, 1, Some(file))).to_vec();
        Repeats(seen).find([Some(Path::new("t")), Some(Path::new("v"))], &mut |one| found.push(one));
        assert_eq!(found.iter().map(|one| one.rule.code).collect::<Vec<_>>(), ["SPL002"]);
    }

    struct RecordSpot;

    impl RecordSpot {
        fn image() -> Spot {
            let json = r#"{"messages":[{"role":"user","content":[{"image":{}}]}]}"#;
            let value = crate::dataset::json::parse(json).unwrap();
            let record = crate::validate::record::RecordView::new(Path::new("t"), 1, &value);
            record.images().next().unwrap().pointer
        }
    }
}
