//! Where the seller's and the buyer's blocks are on the page.

use super::label::Label;
use super::organisation::{is_cipher, is_no_name, likeness};
use super::piece::{Piece, Pieces};
use super::taxpayer_id::ids_in;
use super::writing::{digit_count, han_count};

/// A party of the invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Buyer,
    Seller,
}

/// The labels of a party's rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// Where the labels of name, taxpayer id, address and bank stand, or would: middles, px.
    pub(super) rows: [f32; 4],
    /// From row to row, px.
    pub(super) pitch: f32,
    /// Where the labels begin and end, px.
    pub(super) left: f32,
    pub(super) right: f32,
    /// How many of its rows' labels were read.
    pub(super) count: usize,
}

/// What divides the page. All px along and across its rows.
#[derive(Debug, Default)]
pub(super) struct Zones {
    pub(super) unit: f32,
    pub(super) seller: Option<Block>,
    pub(super) buyer: Option<Block>,
    /// The row of the total, above the seller.
    pub(super) total: Option<f32>,
    /// The head of the table of goods, below the buyer.
    pub(super) goods: Option<f32>,
    /// The row 收款人 … 开票人, below the seller.
    pub(super) foot: Option<f32>,
    /// Where the seller's half begins, on forms that have the parties side by side.
    pub(super) divide: Option<f32>,
    boxes: Vec<(Side, f32, f32)>,
    cipher: Option<(f32, f32)>,
    /// Where 密码区 and 备注 begin, right of the parties.
    margins: Vec<(f32, f32)>,
}

impl Zones {
    pub(super) fn of(pieces: &Pieces) -> Self {
        let unit = pieces.unit;
        let middle = |labels: &[Label]| median(pieces.labels(labels).map(|piece| piece.y).collect());
        let mut zones = Self {
            unit,
            total: middle(&[Label::Total]).or_else(|| middle(&[Label::Figures])),
            goods: middle(&[Label::Goods]),
            foot: middle(&[Label::Person]),
            divide: divide(pieces),
            boxes: boxes(pieces),
            margins: pieces.labels(&[Label::Cipher, Label::Remark]).map(|piece| (piece.left, piece.y)).collect(),
            ..Self::default()
        };
        let ciphers = pieces.values().filter(|piece| is_cipher(&piece.text));
        zones.cipher = ciphers.fold(None, |range, piece| {
            let (top, bottom) = range.unwrap_or((piece.y, piece.y));
            Some((piece.y.min(top), piece.y.max(bottom)))
        });
        zones.place_blocks(pieces);
        zones
    }

    /// How much speaks for the seller's zone at a place (more than 0) or the buyer's (less).
    pub(super) fn lean(&self, x: f32, y: f32) -> f32 {
        let unit = self.unit;
        let mut lean = self.evidence(x, y);
        for (block, sign) in [(&self.seller, 1.0), (&self.buyer, -1.0)] {
            let Some(block) = block else { continue };
            let inside = y > block.rows[0] - 1.6 * block.pitch && y < block.rows[3] + 1.6 * block.pitch;
            if inside && x > block.left - unit && (self.divide.is_none() || self.is_of_half(x, sign > 0.0)) {
                lean += 1.5 * sign;
            }
        }
        lean
    }

    fn is_of_half(&self, x: f32, seller: bool) -> bool {
        self.divide.is_none_or(|divide| (x >= divide) == seller)
    }

    /// What the rest of the form says about a place: total, goods, foot, names beside the blocks.
    fn evidence(&self, x: f32, y: f32) -> f32 {
        let unit = self.unit;
        if let Some(divide) = self.divide {
            let below = [self.goods, self.total].into_iter().flatten().reduce(f32::min);
            if below.is_none_or(|below| y < below - 0.5 * unit) {
                return if x >= divide { 4.0 } else { -4.0 };
            }
            return -1.0;
        }
        let mut lean = 0.0;
        if let Some(total) = self.total {
            lean += if y > total + 0.4 * unit { 2.0 } else { -2.0 };
        }
        if let Some(goods) = self.goods {
            lean += if y < goods { -2.0 } else { 0.5 };
        }
        if let Some(foot) = self.foot {
            lean += match (foot - y) / unit {
                above if above < -0.8 => -0.5,
                above if above < 8.0 => 1.5,
                _ => -0.5,
            };
        }
        for (side, top, bottom) in &self.boxes {
            if y > top - 0.7 * unit && y < bottom + 0.9 * unit {
                lean += if *side == Side::Seller { 2.0 } else { -2.0 };
            }
        }
        if let Some((top, bottom)) = self.cipher
            && y > top - unit
            && y < bottom + unit
        {
            lean -= 1.5;
        }
        lean
    }

    /// Where the column of a block's values ends: at the box 密码区 or 备注, or as far as a long address may run.
    pub(super) fn column_end(&self, block: &Block) -> f32 {
        let unit = self.unit;
        let span = block.rows[0] - 2.0 * unit..block.rows[3] + 2.0 * unit;
        let margin = self
            .margins
            .iter()
            .filter(|(left, y)| span.contains(y) && *left > block.right + 6.0 * unit)
            .map(|(left, _)| *left)
            .reduce(f32::min);
        let half = self.divide.filter(|divide| block.left < *divide);
        [margin, half].into_iter().flatten().reduce(f32::min).unwrap_or(block.right + 24.0 * unit)
    }

    /// Finds the labels of each party's rows.
    fn place_blocks(&mut self, pieces: &Pieces) {
        let mut clusters = clusters(pieces);
        let evidence = |cluster: &[(usize, &Piece, Option<Side>)]| {
            let sum: f32 = cluster
                .iter()
                .map(|(_, piece, side)| match side {
                    Some(Side::Seller) => 8.0,
                    Some(Side::Buyer) => -8.0,
                    None => self.evidence(piece.x, piece.y),
                })
                .sum();
            sum / cluster.len().max(1) as f32
        };
        // The more complete ones first: stray words elsewhere must not take their place.
        clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.len()));
        clusters.truncate(4);
        let mut placed: Vec<(f32, f32, Block)> = clusters
            .iter()
            .map(|cluster| {
                (evidence(cluster), cluster.first().map_or(0.0, |first| first.1.y), block(cluster, self.unit))
            })
            .collect();
        placed.extend(stacks(pieces, &placed).into_iter().map(|block| {
            let (x, y) = (block.right + self.unit, block.rows[1]);
            (self.evidence(x, y), y, block)
        }));
        if self.divide.is_none() {
            let middles: Vec<f32> = placed.iter().map(|(_, y, _)| *y).collect();
            let far = 5.0 * self.unit;
            for (evidence, y, _) in &mut placed {
                // Of two the lower one is the seller's; a single one is, too: the reader looks for it first.
                let above = middles.iter().any(|other| *y - other > far);
                let below = middles.iter().any(|other| other - *y > far);
                *evidence += match (above, below) {
                    (_, false) => 0.75,
                    (_, true) => -0.75,
                };
            }
        }
        let best = |sign: f32| {
            placed
                .iter()
                .filter(|(evidence, ..)| evidence * sign > 0.0)
                .max_by(|a, b| (a.0 * sign + a.2.count as f32).total_cmp(&(b.0 * sign + b.2.count as f32)))
                .map(|(.., block)| block.clone())
        };
        let (seller, buyer) = (best(1.0), best(-1.0));
        (self.seller, self.buyer) = (seller, buyer);
    }
}

/// Labels of rows that stand one below the other, each kind once: its row, the label, whose it says it is.
fn clusters(pieces: &Pieces) -> Vec<Vec<(usize, &Piece, Option<Side>)>> {
    let unit = pieces.unit;
    let mut labels: Vec<(usize, &Piece, Option<Side>)> = pieces
        .all
        .iter()
        .filter(|piece| !piece.vertical)
        .filter_map(|piece| {
            let (row, side) = match piece.label? {
                Label::Name => (0, None),
                Label::Id => (1, None),
                Label::Address => (2, None),
                Label::Bank => (3, None),
                Label::SellerName => (0, Some(Side::Seller)),
                Label::SellerId => (1, Some(Side::Seller)),
                Label::BuyerName => (0, Some(Side::Buyer)),
                Label::BuyerId => (1, Some(Side::Buyer)),
                _ => return None,
            };
            Some((row, piece, side))
        })
        .collect();
    labels.sort_by(|a, b| a.1.y.total_cmp(&b.1.y));
    let mut clusters: Vec<Vec<(usize, &Piece, Option<Side>)>> = Vec::new();
    for label in labels {
        let home = clusters.iter_mut().find(|cluster| {
            cluster.last().is_some_and(|last| {
                label.1.y - last.1.y < 4.2 * unit
                    && (label.1.left - last.1.left).abs() < 9.0 * unit
                    && last.2 == label.2
                    // 名 and 称 of one row are two pieces.
                    && (label.0 > last.0 || (label.0 == last.0 && label.1.y - last.1.y < 0.7 * unit))
            })
        });
        match home {
            Some(cluster) => cluster.push(label),
            None => clusters.push(vec![label]),
        }
    }
    clusters
}

/// Blocks of which the values say where they are, labels or not: a line with a name in it above a taxpayer id.
fn stacks(pieces: &Pieces, placed: &[(f32, f32, Block)]) -> Vec<Block> {
    let unit = pieces.unit;
    let mut stacks = Vec::new();
    for id in pieces.values().filter(|piece| piece.skew.abs() < 0.055) {
        if !ids_in(&id.text).iter().any(|(_, read)| read.id.is_long() || read.id.has_organisation_check()) {
            continue;
        }
        let name = pieces.values().find(|name| {
            let up = id.y - name.y;
            up > 0.5 * unit
                && up < 1.9 * unit
                && (name.left - id.left).abs() < 4.0 * unit
                && (likeness(&name.text) > 0.8 || (han_count(&name.text) >= 2 && digit_count(&name.text) == 0))
                && !is_no_name(&name.text)
        });
        let Some(name) = name else { continue };
        let has_labels = placed
            .iter()
            .any(|(.., block)| id.y > block.rows[0] - 2.0 * block.pitch && id.y < block.rows[3] + 2.0 * block.pitch);
        if has_labels {
            continue;
        }
        let pitch = id.y - name.y;
        stacks.push(Block {
            rows: std::array::from_fn(|row| name.y + row as f32 * pitch),
            pitch,
            left: name.left.min(id.left) - 8.0 * unit,
            right: name.left.min(id.left) - 0.5 * unit,
            count: 0,
        });
    }
    stacks
}

/// The rows of a block from the labels that were read.
fn block(labels: &[(usize, &Piece, Option<Side>)], unit: f32) -> Block {
    let mut pitches = Vec::new();
    for (index, a) in labels.iter().enumerate() {
        for b in labels.iter().skip(index + 1).filter(|b| b.0 > a.0) {
            pitches.push((b.1.y - a.1.y) / (b.0 - a.0) as f32);
        }
    }
    let pitch = median(pitches).filter(|pitch| *pitch > 0.5 * unit).unwrap_or(1.2 * unit);
    let count = labels.len().max(1) as f32;
    let first = labels.iter().map(|(row, piece, _)| piece.y - *row as f32 * pitch).sum::<f32>() / count;
    // The rows that were read stand where they stand.
    let rows = std::array::from_fn(|row| {
        median(labels.iter().filter(|label| label.0 == row).map(|label| label.1.y).collect())
            .unwrap_or(first + row as f32 * pitch)
    });
    let mut kinds: Vec<usize> = labels.iter().map(|label| label.0).collect();
    kinds.dedup();
    Block {
        rows,
        pitch,
        left: labels.iter().map(|label| label.1.left).reduce(f32::min).unwrap_or_default(),
        right: labels.iter().map(|label| label.1.right).reduce(f32::max).unwrap_or_default(),
        count: kinds.len(),
    }
}

/// The names beside the blocks: side, top and bottom.
fn boxes(pieces: &Pieces) -> Vec<(Side, f32, f32)> {
    let unit = pieces.unit;
    pieces
        .labels(&[Label::SellerBox, Label::BuyerBox])
        .map(|piece| {
            let side = if piece.label == Some(Label::SellerBox) { Side::Seller } else { Side::Buyer };
            // Of one that is read character by character the block goes on below.
            let below = match piece.text.as_str() {
                "销" | "购" => 4.0 * unit,
                "售" | "买" => 2.5 * unit,
                _ => 0.0,
            };
            (side, piece.top, piece.bottom + below)
        })
        .collect()
}

/// Where the seller's half begins, if the parties stand side by side: the same label, or 购买方 and 销售方, twice in a row.
fn divide(pieces: &Pieces) -> Option<f32> {
    let unit = pieces.unit;
    let pair = |left: &[Label], right: &[Label], rows: f32| {
        pieces.labels(left).find_map(|a| {
            pieces
                .labels(right)
                .find(|b| (a.y - b.y).abs() < rows * unit && b.left - a.right > 8.0 * unit)
                .map(|b| b.left - unit)
        })
    };
    pair(&[Label::BuyerBox], &[Label::SellerBox], 2.5)
        .or_else(|| pair(&[Label::Id], &[Label::Id], 1.2))
        .or_else(|| pair(&[Label::Name], &[Label::Name], 1.2).filter(|_| pieces.labels(&[Label::Name]).count() >= 2))
}

/// The median of some values.
pub(super) fn median(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{column, line, page};
    use super::*;

    fn labels(left: f32, top: f32) -> Vec<crate::reader::TextLine> {
        ["名称：", "纳税人识别号：", "地址、电话：", "开户行及账号："]
            .iter()
            .enumerate()
            .map(|(row, text)| line(text, left, top + 40.0 * row as f32))
            .collect()
    }

    #[test]
    fn the_block_under_the_total_is_the_sellers() {
        let mut lines = [labels(200.0, 200.0), labels(200.0, 800.0)].concat();
        lines.push(line("价税合计（大写）", 200.0, 740.0));
        let zones = Zones::of(&Pieces::of(&page(&lines)));
        let (seller, buyer) = (zones.seller.as_ref().unwrap(), zones.buyer.as_ref().unwrap());
        assert!((seller.rows[0] - 815.0).abs() < 0.1 && (buyer.rows[3] - 335.0).abs() < 0.1);
        assert!(zones.lean(600.0, 850.0) > 0.0 && zones.lean(600.0, 250.0) < 0.0);
    }

    #[test]
    fn a_row_whose_label_is_missing_is_where_it_would_be() {
        let lines = &labels(200.0, 800.0)[1..3];
        let zones = Zones::of(&Pieces::of(&page(lines)));
        let seller = zones.seller.unwrap();
        assert!((seller.rows[0] - 815.0).abs() < 0.1 && (seller.rows[3] - 935.0).abs() < 0.1);
        assert!(zones.buyer.is_none(), "a single block is the seller's");
    }

    #[test]
    fn of_blocks_side_by_side_the_left_one_is_the_buyers() {
        let mut lines = [labels(200.0, 200.0), labels(1_100.0, 200.0)].concat();
        lines.extend([column("购买方信息", 100.0, 190.0), column("销售方信息", 1_000.0, 190.0)]);
        let zones = Zones::of(&Pieces::of(&page(&lines)));
        assert!(zones.lean(1_300.0, 215.0) > 0.0 && zones.lean(500.0, 215.0) < 0.0);
    }
}
