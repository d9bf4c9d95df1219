//! Taxpayer ids and their check characters.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::writing::plain;

/// A taxpayer id: 18 characters with a check character (GB 32100-2015), or the older 15 digits.
///
/// The older ids end in an organisation code, whose last character checks the others but may be an X; ids of that kind
/// are 14 digits and an X, and are taken only where it checks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxpayerId(String);

/// The text is no taxpayer id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a taxpayer id is 18 characters whose last one checks the others, or 15 digits")]
pub struct ParseTaxpayerIdError;

impl TaxpayerId {
    /// The id as it is printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id that a reading of it means: spaces, width and case do not count, and one character that readers take for
    /// another is corrected where exactly that makes the id valid.
    ///
    /// `None` where the reading has another length than 15 or 18, where it cannot be made valid, and where more than one
    /// correction would: a guess is worse than no id.
    pub fn from_reading(text: &str) -> Option<Self> {
        IdReading::of(text).map(|reading| reading.id)
    }

    /// Whether the organisation code in it has the right check character. All 18-character ids of enterprises pass, and so
    /// do the 15-digit ids of organisations; one in eleven account numbers does.
    pub(super) fn has_organisation_check(&self) -> bool {
        has_organisation_check(&self.0)
    }

    /// Whether it is one of 18 characters.
    pub(super) fn is_long(&self) -> bool {
        self.0.len() == 18
    }
}

impl fmt::Display for TaxpayerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for TaxpayerId {
    type Err = ParseTaxpayerIdError;

    fn from_str(text: &str) -> Result<Self, ParseTaxpayerIdError> {
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let valid = match text.len() {
            15 => is_digits(text) || (text.strip_suffix('X').is_some_and(is_digits) && has_organisation_check(text)),
            18 => text.bytes().all(|byte| ALPHABET.contains(&byte)) && text.ends_with(credit_check(text)),
            _ => false,
        };
        if valid { Ok(Self(text.to_owned())) } else { Err(ParseTaxpayerIdError) }
    }
}

impl Serialize for TaxpayerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TaxpayerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The characters of GB 32100-2015 in the order of their values: no I, O, S, V, Z.
pub const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Check character of a unified social credit code (GB 32100-2015, mod 31) over its first 17 characters.
pub fn credit_check(code: &str) -> char {
    let mut weight = 1_usize;
    let mut sum = 0;
    for byte in code.bytes().take(17) {
        let value = ALPHABET.iter().position(|symbol| *symbol == byte).unwrap_or(0);
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    char::from(ALPHABET[(31 - sum % 31) % 31])
}

/// Check character of an organisation code (GB 11714-1997, mod 11) over its first eight characters.
pub fn organisation_check(body: &str) -> char {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.chars().zip(WEIGHTS).map(|(char, weight)| char.to_digit(36).unwrap_or(0) * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        value => char::from_digit(value, 10).unwrap_or('0'),
    }
}

/// Whether the organisation code of an id, characters 9 to 17 of the longer and 7 to 15 of the older, checks.
fn has_organisation_check(id: &str) -> bool {
    let start = if id.len() == 18 { 8 } else { 6 };
    id.get(start..start + 9).is_some_and(|code| code.ends_with(organisation_check(code)))
}

/// What a reader takes for what: pairs in both directions.
const CONFUSABLE: [(u8, u8); 21] = [
    (b'O', b'0'),
    (b'D', b'0'),
    (b'Q', b'0'),
    (b'U', b'0'),
    (b'C', b'0'),
    (b'I', b'1'),
    (b'L', b'1'),
    (b'T', b'1'),
    (b'J', b'1'),
    (b'7', b'1'),
    (b'Z', b'2'),
    (b'T', b'7'),
    (b'S', b'5'),
    (b'B', b'8'),
    (b'3', b'8'),
    (b'R', b'8'),
    (b'G', b'6'),
    (b'A', b'4'),
    (b'V', b'Y'),
    (b'V', b'U'),
    (b'6', b'8'),
];

/// A taxpayer id, and whether it stands there as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IdReading {
    pub(super) id: TaxpayerId,
    /// One character was corrected.
    pub(super) corrected: bool,
}

impl IdReading {
    /// See [`TaxpayerId::from_reading`].
    pub(super) fn of(text: &str) -> Option<Self> {
        let read = plain(text).to_uppercase();
        if let Ok(id) = read.parse() {
            return Some(Self { id, corrected: false });
        }
        if !read.is_ascii() || !matches!(read.len(), 15 | 18) {
            return None;
        }
        // Of random errors the check character alone would let one in three pass, as there are ten characters to correct:
        // the form of the code and the organisation code in it must agree too.
        let mut found: Option<TaxpayerId> = None;
        for (place, byte) in read.bytes().enumerate() {
            for other in CONFUSABLE.iter().filter_map(|(a, b)| match byte {
                byte if byte == *a => Some(*b),
                byte if byte == *b => Some(*a),
                _ => None,
            }) {
                let mut bytes = read.clone().into_bytes();
                bytes[place] = other;
                let Ok(id) = String::from_utf8_lossy(&bytes).parse::<TaxpayerId>() else { continue };
                if !id.has_organisation_check() || !has_form(&id) {
                    continue;
                }
                if found.replace(id).is_some() {
                    return None;
                }
            }
        }
        found.map(|id| Self { id, corrected: true })
    }
}

/// Whether the region code is figures, as it must be.
fn has_form(id: &TaxpayerId) -> bool {
    let region = if id.is_long() { 2..8 } else { 0..6 };
    id.0.as_bytes().get(region).is_some_and(|region| region.iter().all(u8::is_ascii_digit))
}

/// The ids in a line of text, each with the number of characters of the line before it. Runs of other lengths and runs
/// after a hyphen (account numbers) are none.
pub(super) fn ids_in(text: &str) -> Vec<(usize, IdReading)> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut start = 0;
    while start < chars.len() {
        let end = (start..chars.len()).find(|at| !chars[*at].is_ascii_alphanumeric()).unwrap_or(chars.len());
        let hyphened = start > 0 && chars[start - 1] == '-' || chars.get(end) == Some(&'-');
        if matches!(end - start, 15 | 18) && !hyphened {
            let run: String = chars[start..end].iter().collect();
            found.extend(IdReading::of(&run).map(|reading| (start, reading)));
        }
        start = end + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An id that belongs to nobody: region 99 was never assigned.
    fn made(region: u32, body: u32) -> String {
        let body = format!("MA{body:06}");
        let code = format!("9199{region:04}{body}{}", organisation_check(&body));
        format!("{code}{}", credit_check(&code))
    }

    #[test]
    fn check_characters_agree_with_published_codes() {
        for code in ["91110108MA0022L4XP", "91330106673959654P"] {
            assert_eq!(credit_check(code), char::from(code.as_bytes()[17]), "{code}");
            assert!(code.parse::<TaxpayerId>().unwrap().has_organisation_check());
        }
        assert_eq!(organisation_check("MA0022L4"), 'X');
    }

    #[test]
    fn fifteen_digits_are_an_id_and_other_lengths_and_letters_are_none() {
        for text in ["990108400010945", "99010840001094X", "", "1", "91110108MA0022L4X", "91110108MA0022L4XPP", "税"] {
            assert_eq!(text.parse::<TaxpayerId>().is_ok(), text == "990108400010945", "{text}");
        }
        let code = "99010878";
        let check = (0..100).map(|n| format!("{code}{n:06}")).find(|id| organisation_check(&id[6..]) == 'X').unwrap();
        assert!(format!("{check}X").parse::<TaxpayerId>().is_ok());
    }

    #[test]
    fn spaces_width_and_case_do_not_count() {
        let id = TaxpayerId::from_reading(" ９１１1 0108 ma0022l4xp ").unwrap();
        assert_eq!(id.as_str(), "91110108MA0022L4XP");
    }

    #[test]
    fn a_letter_for_a_figure_is_corrected_and_lengths_are_not() {
        for reading in ["9111O108MA0022L4XP", "9111010BMA0022L4XP", "91110108MA00Z2L4XP", "9I110108MA0022L4XP"] {
            let read = IdReading::of(reading).unwrap();
            assert_eq!((read.id.as_str(), read.corrected), ("91110108MA0022L4XP", true), "{reading}");
        }
        for reading in
            ["9111010MA0022L4XP", "911110108MA0022L4XP", "91110108MA0022L4X?", "发票专用章发票专用章发票专用"]
        {
            assert_eq!(TaxpayerId::from_reading(reading), None, "{reading}");
        }
    }

    #[test]
    fn an_id_is_found_among_other_characters_and_an_account_is_none() {
        let found = ids_in("纳税人识别号:91110108MA0022L4XP(章)");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0, found[0].1.id.as_str()), (7, "91110108MA0022L4XP"));
        assert!(ids_in("农行支行11-250101040012109").is_empty());
        assert!(ids_in("0419000103000000416").is_empty());
    }

    proptest! {
        #[test]
        fn every_made_id_parses(region in 0_u32..10_000, body in 0_u32..1_000_000) {
            let id = made(region, body);
            prop_assert_eq!(id.parse::<TaxpayerId>().unwrap().to_string(), id.clone());
            prop_assert_eq!(IdReading::of(&id).map(|read| read.corrected), Some(false));
        }

        #[test]
        fn every_single_substitution_is_refused_or_corrected_to_a_valid_id(
            region in 0_u32..10_000, body in 0_u32..1_000_000, place in 0_usize..18, other in 0_usize..36,
        ) {
            let id = made(region, body);
            let mut bytes = id.clone().into_bytes();
            let other = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[other];
            prop_assume!(bytes[place] != other);
            bytes[place] = other;
            let read = String::from_utf8(bytes).unwrap();
            prop_assert!(read.parse::<TaxpayerId>().is_err(), "{read}");
            if let Some(reading) = IdReading::of(&read) {
                prop_assert!(reading.corrected);
                prop_assert!(reading.id.as_str().parse::<TaxpayerId>().is_ok());
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,24}") {
            if let Some(id) = TaxpayerId::from_reading(&text) {
                prop_assert!(id.as_str().parse::<TaxpayerId>().is_ok());
            }
            ids_in(&text);
        }
    }
}
