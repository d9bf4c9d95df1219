//! The rules by which a label is taken without a look. This is the one place where they stand; `docs/consensus.md` says the
//! same, and a test holds the two together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::witness::Witness;
use super::{Decision, PhotoLabels, Saying, Standing};
use crate::exact::group_form;

/// Why a photo's label is taken, or left for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ground {
    /// All say the same, two independent witnesses at least.
    Unanimous,
    /// Two independent witnesses at least against one, and another photo says so too.
    ConfirmedMajority,
    /// Nobody names a seller.
    NoName,
    /// All say the same, and they are one witness.
    OneWitness,
    /// They say different things, and there are not two independent witnesses against one.
    NoMajority,
    /// There are, and no other photo says so too.
    NoSignal,
    /// Photos of one sheet, or of one taxpayer id, would have different sellers.
    Contradicted,
}

impl Ground {
    /// All of them, in the order in which they are looked for.
    pub const ALL: [Self; 7] = [
        Self::NoName,
        Self::Unanimous,
        Self::OneWitness,
        Self::ConfirmedMajority,
        Self::NoSignal,
        Self::NoMajority,
        Self::Contradicted,
    ];

    /// Its name in tables and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unanimous => "unanimous",
            Self::ConfirmedMajority => "confirmed-majority",
            Self::NoName => "no-name",
            Self::OneWitness => "one-witness",
            Self::NoMajority => "no-majority",
            Self::NoSignal => "no-signal",
            Self::Contradicted => "contradicted",
        }
    }

    /// Whether the label is taken.
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Unanimous | Self::ConfirmedMajority)
    }

    /// Whether the label is taken, in a word.
    pub(crate) fn verdict(self) -> &'static str {
        if self.is_accepted() { "accepted" } else { "open" }
    }

    /// When it holds, as a sentence of the documentation.
    pub fn when(self) -> &'static str {
        match self {
            Self::NoName => "No labeler names a seller that counts.",
            Self::Unanimous => {
                "Every name that counts is the same, and two independent witnesses at least speak for it."
            }
            Self::OneWitness => "Every name that counts is the same, and one witness, or only a tuned model, says so.",
            Self::ConfirmedMajority => {
                "Two independent witnesses at least name one seller, exactly one names another, and another photo says what the \
                 majority says: the reader belongs to it and read the name, with a confidence of 0.9 at least, on two photos of \
                 the sheet or under the taxpayer id; or another photo of the sheet was accepted with it as unanimous."
            }
            Self::NoSignal => "The same majority, and no other photo says so.",
            Self::NoMajority => {
                "Different names, and not two independent witnesses for one of them against exactly one witness."
            }
            Self::Contradicted => {
                "By the rules above, photos of one sheet or under one taxpayer id would be accepted with different sellers: all of \
                 them are left open."
            }
        }
    }
}

/// The rules as the table of `docs/consensus.md`.
pub fn rules_table() -> String {
    let mut table = String::from("| rule | verdict | holds where |\n|---|---|---|\n");
    for ground in Ground::ALL {
        let verdict = if ground.is_accepted() { "**accepted**" } else { "open" };
        let _ = writeln!(table, "| `{}` | {verdict} | {} |", ground.name(), ground.when());
    }
    table
}

/// Who speaks for which name on a photo.
#[derive(Debug, Default)]
struct Count<'a> {
    /// By name, the witnesses that say it and nothing else.
    speakers: BTreeMap<&'a str, BTreeSet<&'a Witness>>,
    /// By name, the witnesses that say another one at least.
    against: BTreeMap<&'a str, BTreeSet<&'a Witness>>,
    /// The names.
    names: BTreeSet<&'a str>,
}

impl<'a> Count<'a> {
    fn of(sayings: &'a [Saying]) -> Self {
        let mut said: BTreeMap<&Witness, BTreeSet<&str>> = BTreeMap::new();
        let mut may_speak: BTreeMap<&Witness, bool> = BTreeMap::new();
        for saying in sayings.iter().filter(|saying| saying.standing != Standing::Nothing) {
            said.entry(&saying.witness).or_default().insert(&saying.form);
            *may_speak.entry(&saying.witness).or_insert(true) &= saying.standing == Standing::Counts;
        }
        let mut count = Self { names: said.values().flatten().copied().collect(), ..Self::default() };
        for (witness, forms) in &said {
            let counts = may_speak.get(witness).copied().unwrap_or_default() && witness.may_speak_for();
            if let (1, true, Some(form)) = (forms.len(), counts, forms.first()) {
                count.speakers.entry(form).or_default().insert(witness);
            }
            for name in &count.names {
                if forms.iter().any(|form| form != name) {
                    count.against.entry(name).or_default().insert(witness);
                }
            }
        }
        count
    }

    /// How many witnesses are for and against a name.
    fn of_name(&self, name: &str) -> (usize, usize) {
        let len = |map: &BTreeMap<&str, BTreeSet<&Witness>>| map.get(name).map_or(0, BTreeSet::len);
        (len(&self.speakers), len(&self.against))
    }

    /// The name that most witnesses are for, where it is one.
    fn leader(&self) -> Option<&'a str> {
        let most = self.speakers.values().map(BTreeSet::len).max()?;
        let mut leaders = self.speakers.iter().filter(|(_, witnesses)| witnesses.len() == most).map(|(name, _)| *name);
        leaders.next().filter(|_| leaders.next().is_none())
    }
}

/// What becomes of each photo. It depends on nothing but what is said of the photos.
pub(super) fn decide(photos: &[PhotoLabels]) -> Vec<Decision> {
    let groups: Vec<Groups> = photos.iter().map(Groups::of).collect();
    let mut decisions: Vec<Decision> = photos.iter().map(alone).collect();
    open_contradicted(photos, &groups, &mut decisions);
    decisions = confirmed(photos, &groups, &decisions);
    open_contradicted(photos, &groups, &mut decisions);
    // A majority that rested on a photo that is open now rests on nothing.
    confirmed(photos, &groups, &decisions)
}

/// What a photo has in common with others, in the form in which it is compared.
#[derive(Debug)]
struct Groups {
    sheet: Option<String>,
    seller_id: Option<String>,
}

impl Groups {
    fn of(photo: &PhotoLabels) -> Self {
        Self { sheet: photo.sheet.as_deref().map(group_form), seller_id: photo.seller_id.as_deref().map(group_form) }
    }
}

/// What a photo's own labels come to.
fn alone(photo: &PhotoLabels) -> Decision {
    let count = Count::of(&photo.sayings);
    let names: Vec<_> = count.names.iter().copied().collect();
    let ground = match names[..] {
        [] => Ground::NoName,
        [name] if count.of_name(name).0 >= 2 => Ground::Unanimous,
        [_] => Ground::OneWitness,
        _ => match count.leader().map(|name| count.of_name(name)) {
            Some((2.., 1)) => Ground::NoSignal,
            _ => Ground::NoMajority,
        },
    };
    let name = match ground {
        Ground::NoSignal => count.leader(),
        _ => names.first().copied().filter(|_| names.len() == 1),
    };
    Decision { ground, form: name.map(str::to_owned), signal: None }
}

/// The decisions, with what another photo adds to each majority.
fn confirmed(photos: &[PhotoLabels], groups: &[Groups], decisions: &[Decision]) -> Vec<Decision> {
    // By sheet and seller, the first photo that is unanimous. A majority is none, so that no photo confirms itself.
    let mut unanimous: BTreeMap<(&str, &str), &PhotoLabels> = BTreeMap::new();
    for ((photo, groups), decision) in photos.iter().zip(groups).zip(decisions) {
        if let (Ground::Unanimous, Some(sheet), Some(form)) = (decision.ground, &groups.sheet, &decision.form) {
            unanimous.entry((sheet, form)).or_insert(photo);
        }
    }
    let all = photos.iter().zip(groups).zip(decisions);
    all.map(|((photo, groups), decision)| {
        let of_sheet = |form: &str| unanimous.get(&(groups.sheet.as_deref()?, form)).copied();
        confirm(photo, decision, of_sheet)
    })
    .collect()
}

/// What another photo adds to a majority.
fn confirm<'a>(
    photo: &PhotoLabels,
    decision: &Decision,
    of_sheet: impl Fn(&str) -> Option<&'a PhotoLabels>,
) -> Decision {
    let (Ground::NoSignal | Ground::ConfirmedMajority, Some(form)) = (decision.ground, &decision.form) else {
        return decision.clone();
    };
    let is_readers = |saying: &&Saying| {
        saying.witness == Witness::Reader && saying.form == *form && saying.standing == Standing::Counts
    };
    let read_on = photo.sayings.iter().filter(is_readers).filter_map(|saying| saying.confirmed_by).max();
    let signal = match read_on {
        Some(photos) => Some(format!("the reader saw it on {photos} photos of the sheet or the taxpayer id")),
        None => of_sheet(form).map(|other| format!("{} of the same sheet is unanimous", other.image)),
    };
    let ground = if signal.is_some() { Ground::ConfirmedMajority } else { Ground::NoSignal };
    Decision { ground, signal, form: decision.form.clone() }
}

/// Leaves open what was accepted with different sellers for one sheet, or for one taxpayer id. What is contradicted already takes
/// part: a photo that is accepted later is held beside it too.
fn open_contradicted(photos: &[PhotoLabels], groups: &[Groups], decisions: &mut [Decision]) {
    type Key<T> = fn(&T) -> Option<&str>;
    let keys: [(&str, Key<Groups>, Key<PhotoLabels>); 2] = [
        ("sheet", |groups| groups.sheet.as_deref(), |photo| photo.sheet.as_deref()),
        ("taxpayer id", |groups| groups.seller_id.as_deref(), |photo| photo.seller_id.as_deref()),
    ];
    let mut contradicted: BTreeMap<usize, String> = BTreeMap::new();
    for (what, group, written) in keys {
        let mut members_of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, (groups, decision)) in groups.iter().zip(&*decisions).enumerate() {
            let takes_part = decision.ground.is_accepted() || decision.ground == Ground::Contradicted;
            if let Some(group) = group(groups).filter(|_| takes_part) {
                members_of.entry(group).or_default().push(at);
            }
        }
        for members in members_of.values() {
            let forms: BTreeSet<_> = members.iter().map(|at| &decisions[*at].form).collect();
            if forms.len() > 1 {
                for at in members {
                    let key = written(&photos[*at]).unwrap_or_default();
                    contradicted
                        .entry(*at)
                        .or_insert_with(|| format!("the {what} {key} would have {} sellers", forms.len()));
                }
            }
        }
    }
    for (at, why) in contradicted {
        decisions[at].ground = Ground::Contradicted;
        decisions[at].signal = Some(why);
    }
}
