use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, IntoLazy, NamedFrom, PolarsResult, Series, SortMultipleOptions, col, len};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::table::Labels;
use crate::error::{Error, Result};

/// What a label table holds, counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// Rows.
    pub row_count: usize,
    /// Different sellers, by their exact text.
    pub seller_count: usize,
    /// How often each seller occurs: the most frequent first, equal ones by name.
    pub counts_by_seller: Vec<SellerCount>,
    /// How long the names are.
    pub name_lengths: LengthSummary,
    /// Images that stand on more than one row, by name.
    pub repeated_images: Vec<RepeatedImage>,
    /// Sellers that differ only by width, kind of bracket or spaces: probably one seller, spelled in several ways.
    pub spellings: Vec<Vec<String>>,
}

/// A seller and its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SellerCount {
    /// The name.
    pub seller: String,
    /// How many rows have it.
    pub row_count: usize,
}

/// Lengths of the sellers' names in characters, over all rows. All zero when there is no row.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LengthSummary {
    /// The shortest.
    pub min_chars: usize,
    /// The longest.
    pub max_chars: usize,
    /// The mean.
    pub mean_chars: f64,
    /// The median; of two middle ones the lower.
    pub median_chars: usize,
    /// How many rows have each length, from short to long, lengths without a row left out.
    pub histogram: Vec<LengthCount>,
}

/// A length and its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LengthCount {
    /// Characters of the name.
    pub chars: usize,
    /// How many rows have a name of this length.
    pub row_count: usize,
}

/// An image that stands on more than one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepeatedImage {
    /// The name.
    pub image: String,
    /// Its lines.
    pub lines: Vec<u64>,
}

/// Counts a label table.
///
/// # Errors
/// When polars refuses the table, which one that [`Labels`] let in never makes it do.
pub fn analyze(labels: &Labels) -> Result<Analysis> {
    let counts_by_seller =
        count_by_seller(labels).map_err(|error| Error::input(labels.file(), error.to_string(), ""))?;
    let rows = labels.rows();
    let mut lines: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for row in &rows {
        lines.entry(&row.image).or_default().push(row.line);
    }
    let mut spellings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for SellerCount { seller, .. } in &counts_by_seller {
        let folded = seller.nfkc().filter(|c| !c.is_whitespace()).collect();
        spellings.entry(folded).or_default().push(seller.clone());
    }
    Ok(Analysis {
        row_count: rows.len(),
        seller_count: counts_by_seller.len(),
        name_lengths: summarize_lengths(rows.iter().map(|row| row.seller.chars().count()).collect()),
        counts_by_seller,
        repeated_images: lines
            .into_iter()
            .filter(|(_, lines)| lines.len() > 1)
            .map(|(image, lines)| RepeatedImage { image: image.to_owned(), lines })
            .collect(),
        spellings: spellings.into_values().filter(|sellers| sellers.len() > 1).collect(),
    })
}

impl Analysis {
    /// The counts as a table: `seller` (text), `row_count` (u64).
    pub fn to_frame(&self) -> Result<DataFrame> {
        let sellers: Vec<_> = self.counts_by_seller.iter().map(|count| count.seller.as_str()).collect();
        let counts: Vec<_> = self.counts_by_seller.iter().map(|count| count.row_count as u64).collect();
        frame(vec![Series::new("seller".into(), sellers).into(), Series::new("row_count".into(), counts).into()])
    }
}

impl LengthSummary {
    /// The histogram as a table: `chars` (u64), `row_count` (u64).
    pub fn to_frame(&self) -> Result<DataFrame> {
        let chars: Vec<_> = self.histogram.iter().map(|count| count.chars as u64).collect();
        let counts: Vec<_> = self.histogram.iter().map(|count| count.row_count as u64).collect();
        frame(vec![Series::new("chars".into(), chars).into(), Series::new("row_count".into(), counts).into()])
    }
}

fn frame(columns: Vec<Column>) -> Result<DataFrame> {
    DataFrame::new_infer_height(columns)
        .map_err(|error| Error::input(crate::error::Place::default(), error.to_string(), ""))
}

fn count_by_seller(labels: &Labels) -> PolarsResult<Vec<SellerCount>> {
    let order = SortMultipleOptions::default().with_order_descending_multi([true, false]);
    let counts = labels
        .frame()
        .lazy()
        .group_by([col("seller")])
        .agg([len().alias("row_count")])
        .sort(["row_count", "seller"], order)
        .collect()?;
    let (sellers, row_counts) = (counts.column("seller")?.str()?, counts.column("row_count")?.u32()?);
    let pairs = sellers.iter().zip(row_counts.iter());
    Ok(pairs
        .map(|(seller, row_count)| SellerCount {
            seller: seller.unwrap_or_default().to_owned(),
            row_count: row_count.unwrap_or_default() as usize,
        })
        .collect())
}

fn summarize_lengths(mut lengths: Vec<usize>) -> LengthSummary {
    lengths.sort_unstable();
    let (Some(min_chars), Some(max_chars)) = (lengths.first().copied(), lengths.last().copied()) else {
        return LengthSummary::default();
    };
    let histogram = lengths
        .chunk_by(usize::eq)
        .filter_map(|run| Some(LengthCount { chars: *run.first()?, row_count: run.len() }))
        .collect();
    LengthSummary {
        min_chars,
        max_chars,
        mean_chars: lengths.iter().sum::<usize>() as f64 / lengths.len() as f64,
        median_chars: lengths.get((lengths.len() - 1) / 2).copied().unwrap_or_default(),
        histogram,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn analysis(rows: &str) -> Analysis {
        let read = Labels::parse(Path::new("labels.csv"), format!("image,seller\n{rows}").as_bytes()).unwrap();
        analyze(&read.labels).unwrap()
    }

    #[test]
    fn sellers_are_counted_the_most_frequent_first_and_equal_ones_by_name() {
        let analysis = analysis("1,乙\n2,甲\n3,丙公司\n4,丙公司\n");
        let counts: Vec<_> =
            analysis.counts_by_seller.iter().map(|count| (count.seller.as_str(), count.row_count)).collect();
        assert_eq!(counts, [("丙公司", 2), ("乙", 1), ("甲", 1)]);
        assert_eq!((analysis.row_count, analysis.seller_count), (4, 3));
        assert_eq!(analysis.to_frame().unwrap().shape(), (3, 2));
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let lengths = analysis("1,乙\n2,甲\n3,丙公司\n4,abcd\n").name_lengths;
        assert_eq!((lengths.min_chars, lengths.max_chars, lengths.median_chars), (1, 4, 1));
        assert!((lengths.mean_chars - 2.25).abs() < f64::EPSILON);
        let histogram: Vec<_> = lengths.histogram.iter().map(|count| (count.chars, count.row_count)).collect();
        assert_eq!(histogram, [(1, 2), (3, 1), (4, 1)]);
        assert_eq!(lengths.to_frame().unwrap().shape(), (3, 2));
    }

    #[test]
    fn repeated_images_and_spellings_of_one_seller_are_listed() {
        let analysis = analysis("b,甲(北京)公司\na,甲（北京）公司\nb,甲（北京） 公司\nc,乙\n");
        assert_eq!(analysis.repeated_images, [RepeatedImage { image: "b".to_owned(), lines: vec![2, 4] }]);
        assert_eq!(analysis.spellings.len(), 1);
        assert_eq!(analysis.spellings[0].len(), 3);
    }

    #[test]
    fn a_table_without_rows_is_all_zero() {
        let analysis = analysis(",\n,\nx,\n");
        assert_eq!((analysis.row_count, analysis.seller_count), (0, 0));
        assert_eq!(analysis.name_lengths, LengthSummary::default());
    }
}
