//! A party of the invoice: its name and taxpayer id, found in its block.
//!
//! The print may stand a row above or below the labels: a value counts as what it looks like, and the id, the address and
//! the bank say in which row the name is.

use super::Field;
use super::block::{Block, Side, Zones, median};
use super::label::Label;
use super::organisation::{has_ending, is_address, is_bank, is_cipher, is_fragment, is_no_name, likeness};
use super::piece::{Piece, Pieces};
use super::taxpayer_id::{IdReading, TaxpayerId, ids_in};
use super::writing::{as_printed, digit_count, han_count};

/// A taxpayer id that was read somewhere.
#[derive(Debug)]
struct IdPlace<'a> {
    piece: &'a Piece,
    reading: IdReading,
}

/// What could be a party's name.
#[derive(Debug, Clone)]
pub(super) struct Name<'a> {
    /// As printed.
    pub(super) text: String,
    /// From left to right, top to bottom.
    pub(super) pieces: Vec<&'a Piece>,
    /// What speaks for it; a name in its place has 6 to 10.
    pub(super) score: f32,
}

/// A party as far as it was read.
#[derive(Debug)]
pub(super) struct Party<'a> {
    side: Side,
    pieces: &'a Pieces,
    zones: &'a Zones,
    block: Option<&'a Block>,
    /// The id of the block, and how much speaks for it.
    id: Option<(IdPlace<'a>, f32)>,
    /// Ids elsewhere in its zone: on the seal.
    seal_ids: Vec<IdPlace<'a>>,
    /// Where the name's row is according to the values below it, px.
    name_y: Option<f32>,
    /// How far the values stand below their labels, in rows.
    shift: Option<f32>,
}

/// What stands at an angle to the page's rows, as on a seal, radians.
const SKEWED: f32 = 0.055;

impl<'a> Party<'a> {
    /// Looks at a side of the page. `shift` is how far the print stands below the labels if the other party told that.
    pub(super) fn find(side: Side, pieces: &'a Pieces, zones: &'a Zones, shift: Option<f32>) -> Self {
        let block = match side {
            Side::Seller => zones.seller.as_ref(),
            Side::Buyer => zones.buyer.as_ref(),
        };
        let mut party = Self { side, pieces, zones, block, id: None, seal_ids: Vec::new(), name_y: None, shift };
        party.find_ids();
        party.find_rows();
        party
    }

    /// How far the print stands below the labels, in rows.
    pub(super) fn shift(&self) -> Option<f32> {
        self.shift
    }

    fn lean(&self, piece: &Piece) -> f32 {
        let lean = self.zones.lean(piece.x, piece.y);
        if self.side == Side::Seller { lean } else { -lean }
    }

    /// Whether a piece is in the column of the block's values.
    fn is_in_column(&self, piece: &Piece) -> bool {
        match self.block {
            Some(block) => piece.left > block.left - self.zones.unit && piece.x < self.zones.column_end(block),
            None => true,
        }
    }

    /// How well a row fits one of the block's, 0 to 1; the print may stand up to one row off.
    fn fit(&self, piece: &Piece, row: usize) -> Option<f32> {
        let block = self.block?;
        let off = (piece.y - block.rows[row]) / block.pitch;
        Some(match self.shift {
            Some(shift) => bell(off - shift, 0.45),
            None => bell(off, 0.35)
                .max(bell(off - 0.45, 0.35))
                .max(bell(off - 0.9, 0.3) * 0.8)
                .max(bell(off + 0.9, 0.3) * 0.5),
        })
    }

    fn find_ids(&mut self) {
        let unit = self.zones.unit;
        let places: Vec<IdPlace<'a>> = self
            .pieces
            .values()
            // Behind another label it is something else: a check code (校验码), an account.
            .filter(|piece| {
                matches!(piece.under, None | Some(Label::Id | Label::SellerId | Label::BuyerId))
                    && !is_cipher(&piece.text)
            })
            .flat_map(|piece| ids_in(&piece.text).into_iter().map(move |(_, reading)| IdPlace { piece, reading }))
            .filter(|place| self.lean(place.piece) > 0.0 || is_own(self.side, place.piece))
            .collect();
        let banks: Vec<&Piece> = self
            .pieces
            .values()
            .filter(|piece| is_bank(&piece.text) && han_count(&piece.text) > 1)
            .chain(self.pieces.labels(&[Label::Bank]))
            .collect();
        let mut best: Option<(usize, f32)> = None;
        for (index, place) in places.iter().enumerate() {
            let (piece, id) = (place.piece, &place.reading.id);
            if !self.is_in_column(piece) || piece.skew.abs() > SKEWED {
                continue;
            }
            let mut score = if id.is_long() || id.has_organisation_check() { 2.0 } else { -1.0 };
            if piece.under == Some(Label::Id) || is_own(self.side, piece) {
                score += 3.0;
            }
            score += 2.0 * self.fit(piece, 1).unwrap_or(0.5);
            // An account of 15 figures may stand in a piece of its own.
            let beside_bank = |bank: &&Piece| {
                (bank.y - piece.y).abs() < 0.55 * unit && bank.line != piece.line && bank.left < piece.left
            };
            if !id.is_long() && banks.iter().any(beside_bank) {
                score -= if id.has_organisation_check() { 1.5 } else { 4.0 };
            }
            if place.reading.corrected {
                score -= 0.5;
            }
            if score > 1.0 && best.is_none_or(|(_, most)| score > most) {
                best = Some((index, score));
            }
        }
        for (index, place) in places.into_iter().enumerate() {
            match best {
                Some((chosen, score)) if chosen == index => self.id = Some((place, score)),
                _ if place.reading.id.is_long() || place.reading.id.has_organisation_check() => {
                    self.seal_ids.push(place);
                }
                _ => {}
            }
        }
    }

    /// The row of the name, from the rows of the other values.
    fn find_rows(&mut self) {
        let unit = self.zones.unit;
        let pitch = self.block.map_or(1.25 * unit, |block| block.pitch);
        let id_y = self.id.as_ref().map(|(place, _)| place.piece.y);
        if let (Some(y), Some(block)) = (id_y, self.block) {
            self.shift = Some(((y - block.rows[1]) / pitch).clamp(-1.2, 1.3));
        }
        let own = |piece: &&Piece| self.lean(piece) > 0.0 && self.is_in_column(piece) && piece.skew.abs() <= SKEWED;
        let row_of = |is_kind: fn(&str) -> bool| {
            let rows =
                self.pieces.values().filter(own).filter(|piece| is_kind(&piece.text) && han_count(&piece.text) > 3);
            median(rows.map(|piece| piece.y).collect())
        };
        self.name_y = match (id_y, self.block) {
            (Some(y), _) => Some(y - pitch),
            // Without the id, what looks like an address or a bank is in its row, if it is one near its label.
            (None, Some(block)) => [(row_of(is_address), 2), (row_of(is_bank), 3)].into_iter().find_map(|(y, row)| {
                let y = y.filter(|y| (y - block.rows[row]).abs() < 1.3 * pitch)?;
                self.shift = self.shift.or(Some((y - block.rows[row]) / pitch));
                Some(y - row as f32 * pitch)
            }),
            (None, None) => None,
        };
        if self.name_y.is_none()
            && let (Some(shift), Some(block)) = (self.shift, self.block)
        {
            self.name_y = Some(block.rows[0] + shift * pitch);
        }
    }

    /// What could be the name, best first.
    pub(super) fn names(&self) -> Vec<Name<'a>> {
        let mut names: Vec<Name<'a>> = self
            .pieces
            .values()
            .filter(|piece| piece.under.is_none_or(is_name_label))
            .filter_map(|piece| {
                let pieces = self.joined(piece);
                let text = as_printed(&pieces.iter().map(|piece| piece.text.as_str()).collect::<String>());
                if han_count(&text) < 2 || is_no_name(&text) || ids_in(&text).iter().any(|(_, read)| read.id.is_long())
                {
                    return None;
                }
                let score = self.score(&pieces, &text);
                Some(Name { text, pieces, score })
            })
            .collect();
        names.sort_by(|a, b| b.score.total_cmp(&a.score));
        // What was joined to a better one is no candidate of its own.
        let mut taken: Vec<usize> = Vec::new();
        names.retain(|name| {
            let lines: Vec<usize> = name.pieces.iter().map(|piece| piece.line).collect();
            let free = !lines.iter().any(|line| taken.contains(line));
            taken.extend(lines);
            free
        });
        names
    }

    /// What speaks for pieces as the name of the party.
    fn score(&self, pieces: &[&Piece], text: &str) -> f32 {
        let Some(piece) = pieces.first() else { return 0.0 };
        let unit = self.zones.unit;
        let y = pieces.iter().map(|piece| piece.y).sum::<f32>() / pieces.len() as f32;
        let looks = likeness(&text.replace('（', "(").replace('）', ")"));
        let mut score = looks * 2.5;
        // The whole name is worth more than its end alone.
        score += 0.3 * (pieces.len() - 1) as f32;
        let pitch = self.block.map_or(1.25 * unit, |block| block.pitch);
        score += match (self.name_y, self.fit(piece, 0)) {
            (Some(name_y), _) => 3.0 * bell((y - name_y) / pitch, 0.5),
            (None, Some(fit)) => 2.5 * fit,
            (None, None) => 0.0,
        };
        match piece.under {
            Some(Label::Name) if self.lean(piece) > 0.0 => score += 2.0,
            Some(Label::SellerName | Label::BuyerName) => score += if is_own(self.side, piece) { 6.0 } else { -6.0 },
            _ => {}
        }
        let lean = self.lean(piece);
        score += if lean > 0.0 { (lean * 0.2).min(0.8) } else { (lean - 3.0).max(-6.0) };
        if !self.is_in_column(piece) {
            score -= 2.5;
        }
        if let Some((id, _)) = &self.id
            && (piece.left - id.piece.left).abs() < 6.0 * unit
        {
            score += 0.8;
        }
        if piece.skew.abs() > SKEWED && piece.right - piece.left > 3.0 * unit {
            score -= 2.0;
        }
        if is_address(text) {
            score -= 3.0;
        }
        if is_bank(text) {
            score -= 2.5;
        }
        if han_count(text) < 4 && self.side == Side::Seller {
            score -= 1.0;
        }
        if self.side == Side::Seller && self.zones.foot.is_some_and(|foot| piece.y > foot - 0.3 * unit) {
            score -= 4.0;
        }
        score - 3.0 * digit_count(text) as f32 / text.chars().count().max(1) as f32 + (piece.confidence - 0.9) * 2.0
    }

    /// A piece with what goes on behind it or in the line below.
    fn joined(&self, first: &'a Piece) -> Vec<&'a Piece> {
        let unit = self.zones.unit;
        let mut pieces = vec![first];
        let goes_on = |piece: &&Piece| {
            piece.under.is_none()
                && han_count(&piece.text) * 3 >= piece.text.chars().count() * 2
                && (piece.skew - first.skew).abs() < SKEWED
                && !is_address(&piece.text)
                && !is_bank(&piece.text)
                && !is_no_name(&piece.text)
                && self.is_in_column(piece)
                && self.lean(piece) * self.lean(first) > 0.0
        };
        let mut last = first;
        while let Some(next) = self.pieces.values().filter(goes_on).find(|piece| {
            let gap = piece.left - last.right;
            piece.line != last.line && (piece.y - last.y).abs() < 0.4 * unit && gap > -0.6 * unit && gap < 0.9 * unit
        }) {
            pieces.push(next);
            last = next;
            if pieces.len() == 4 {
                break;
            }
        }
        let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let below = self.pieces.values().filter(goes_on).find(|piece| {
            let down = piece.y - first.y;
            down > 0.5 * unit
                && down < 1.35 * unit
                && (piece.left - first.left).abs() < 3.0 * unit
                && !pieces.iter().any(|taken| taken.line == piece.line)
        });
        if let Some(below) = below {
            // A branch's name may stand alone in the second line.
            let branch = below.text.ends_with("分公司") && below.text.chars().count() < 10;
            let whole = format!("{text}{}", below.text);
            let longer = !text.ends_with("公司") && !has_ending(&text) && has_ending(&whole) && han_count(&text) >= 4;
            if longer || (branch && text.ends_with("公司")) {
                pieces.push(below);
            }
        }
        pieces
    }

    /// The name, if enough speaks for one.
    pub(super) fn name(&self) -> Option<Field<String>> {
        /// Less than a name in its place, more than an organisation elsewhere.
        const LEAST: f32 = 3.0;
        let names = self.names();
        let best = names.first().filter(|name| name.score >= LEAST)?;
        let count = best.pieces.len() as f32;
        let mut confidence = best.pieces.iter().map(|piece| piece.confidence).sum::<f32>() / count;
        if self.block.is_none() && self.id.is_none() {
            confidence *= 0.7;
        }
        if self.name_y.is_none() && self.block.is_some() {
            confidence *= 0.9;
        }
        if self.side == Side::Seller && !has_ending(&best.text) {
            confidence *= 0.8;
        }
        if names.get(1).is_some_and(|second| second.text != best.text && best.score - second.score < 1.0) {
            confidence *= 0.7;
        }
        if best.score < LEAST + 1.5 {
            confidence *= 0.8;
        }
        // One character may be wrong though the mean is high.
        let weakest = best.pieces.iter().map(|piece| piece.weakest).fold(1.0, f32::min);
        if is_fragment(&best.text) {
            confidence *= 0.3;
        }
        confidence *= 0.75 + 0.25 * (weakest / 0.8).min(1.0);
        if self.is_on_seal(best) {
            confidence = 1.0 - (1.0 - confidence) * 0.6;
        }
        Some(Field { value: best.text.clone(), confidence, quad: self.pieces.around(&best.pieces) })
    }

    /// Whether five characters of the name in a row were read again at an angle: along the seal's edge.
    fn is_on_seal(&self, name: &Name<'_>) -> bool {
        let lines: Vec<usize> = name.pieces.iter().map(|piece| piece.line).collect();
        self.side == Side::Seller
            && self.pieces.values().filter(|piece| !lines.contains(&piece.line) && piece.skew.abs() > SKEWED).any(
                |piece| {
                    let arc: Vec<char> = piece.text.chars().collect();
                    arc.windows(5).any(|part| name.text.contains(&part.iter().collect::<String>()))
                },
            )
    }

    /// The taxpayer id: the block's, else the seal's.
    pub(super) fn taxpayer_id(&self) -> Option<Field<TaxpayerId>> {
        let of = |place: &IdPlace<'_>, confidence: f32| Field {
            value: place.reading.id.clone(),
            confidence: confidence * if place.reading.corrected { 0.8 } else { 1.0 },
            quad: place.piece.quad,
        };
        let Some((place, score)) = &self.id else {
            if self.side == Side::Buyer {
                return None;
            }
            let seal = self.seal_ids.iter().max_by(|a, b| a.piece.confidence.total_cmp(&b.piece.confidence))?;
            return Some(of(seal, seal.piece.confidence * 0.8));
        };
        let id = &place.reading.id;
        let mut confidence = place.piece.confidence;
        if !id.is_long() && !id.has_organisation_check() {
            confidence *= 0.7;
        }
        if *score < 2.5 {
            confidence *= 0.8;
        }
        if self.seal_ids.iter().any(|seal| seal.reading.id == *id) {
            confidence = 1.0 - (1.0 - confidence) * 0.3;
        } else if self.side == Side::Seller && !self.seal_ids.is_empty() {
            confidence *= 0.8;
        }
        Some(of(place, confidence))
    }
}

/// 1 at 0, falling to both sides.
fn bell(off: f32, width: f32) -> f32 {
    (-(off / width).powi(2)).exp()
}

fn is_name_label(label: Label) -> bool {
    matches!(label, Label::Name | Label::SellerName | Label::BuyerName)
}

/// Whether the label before a value names the side.
fn is_own(side: Side, piece: &Piece) -> bool {
    matches!(
        (side, piece.under),
        (Side::Seller, Some(Label::SellerName | Label::SellerId))
            | (Side::Buyer, Some(Label::BuyerName | Label::BuyerId))
    )
}
