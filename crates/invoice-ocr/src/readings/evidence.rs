//! What a label table tells of a reading's evidence, read again.

use std::str::FromStr;

/// The signals of a [`Vote`](super::Vote), as its [`evidence`](super::Vote::evidence) says them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReadEvidence {
    /// How surely the name was read on the photo itself, 0 to 1; `None` where it was not.
    pub own: Option<f32>,
    /// Photos of the sheet on which it was read, where there are others than this one.
    pub on_sheet: usize,
    /// Photos under the same taxpayer id on which it was read, where there are others than this one.
    pub under_id: usize,
}

impl ReadEvidence {
    /// Photos beside this one that show the name, where there are two or more with it.
    pub fn photos(&self) -> usize {
        self.on_sheet.max(self.under_id)
    }
}

impl FromStr for ReadEvidence {
    type Err = NoEvidence;

    fn from_str(text: &str) -> Result<Self, NoEvidence> {
        let mut clauses = text.split("; ");
        let first = clauses.next().unwrap_or_default();
        let own = match first.strip_prefix("read at ") {
            Some(sureness) => {
                Some(sureness.parse::<f32>().ok().filter(|own| (0.0..=1.0).contains(own)).ok_or(NoEvidence)?)
            }
            None if first.starts_with("read as ") || first == "not read here" => None,
            None => return Err(NoEvidence),
        };
        let mut evidence = Self { own, on_sheet: 0, under_id: 0 };
        for clause in clauses {
            let sheet = clause.strip_prefix("same name on ").and_then(|rest| rest.strip_suffix(" of the sheet"));
            let id = clause.strip_prefix("id ").and_then(|rest| Some(rest.split_once(" on ")?.1));
            match (sheet, id) {
                (Some(photos), _) => evidence.on_sheet = count(photos)?,
                (None, Some(photos)) => evidence.under_id = count(photos)?,
                // A name with a semicolon, outvoted: the clauses after it are those that count.
                (None, None) if own.is_none() => {}
                (None, None) => return Err(NoEvidence),
            }
        }
        Ok(evidence)
    }
}

/// `3 photos`, `1,234 photos`.
fn count(photos: &str) -> Result<usize, NoEvidence> {
    let number = photos.strip_suffix(" photos").or_else(|| photos.strip_suffix(" photo")).ok_or(NoEvidence)?;
    number.replace(',', "").parse().map_err(|_| NoEvidence)
}

/// A text that no reader wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no evidence of a reading")]
pub struct NoEvidence;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readings::Vote;

    #[test]
    fn what_a_vote_says_of_itself_is_read_again() {
        for (own, outvoted) in [(Some(0.99), None), (None, None), (None, Some("甲; 乙公司".to_owned()))] {
            for (on_sheet, under_id) in [(1, 1), (3, 1), (2, 1_234), (0, 0)] {
                let vote = Vote {
                    seller: "丙公司".to_owned(),
                    confidence: 0.99,
                    own,
                    outvoted: outvoted.clone(),
                    on_sheet,
                    seller_id: Some("91110108MA01A2B3CF".parse().unwrap()),
                    under_id,
                    best: 0.99,
                };
                let read: ReadEvidence = vote.evidence().parse().unwrap();
                let told = |photos: usize| if photos > usize::from(own.is_some()) { photos } else { 0 };
                let expected = ReadEvidence { own, on_sheet: told(on_sheet), under_id: told(under_id) };
                assert_eq!(read, expected, "{}", vote.evidence());
            }
        }
    }

    #[test]
    fn other_texts_are_no_evidence() {
        for text in ["", "read at", "read at 7", "read at 0.99; trust me", "same name on 3 photos of the sheet", "yes"]
        {
            assert_eq!(text.parse::<ReadEvidence>(), Err(NoEvidence), "{text}");
        }
    }
}
