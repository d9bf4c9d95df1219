//! Which labels not to trust, as far as the table tells without a look at the photos.

use std::collections::{BTreeMap, HashMap};

use super::name::check_name;
use super::rules;
use super::table::{LabelRow, Labels};
use crate::error::Place;
use crate::exact::exact_form;
use crate::findings::Finding;

/// A name of so many rows is frequent.
const FREQUENT: usize = 3;
/// Names further apart are not compared: so many characters more or less, or other.
const NEAR: usize = 2;
/// Names shorter than this are near to everything.
const SHORTEST: usize = 6;
/// Characters of rare names, times frequent names, that are compared: beyond 20 million pairs of 20 characters, rare names are
/// not looked at.
const MOST_COMPARED: usize = 400_000_000;
/// Columns that hold the seller's taxpayer id, and the buyer.
const ID_COLUMNS: [&str; 4] = ["seller_id", "taxpayer_id", "销售方纳税人识别号", "纳税人识别号"];
pub(super) const BUYER_COLUMNS: [&str; 3] = ["buyer", "购买方", "购买方名称"];

/// What is odd about the sellers of a table: each name by itself, and beside those of the other rows. A fault that half of
/// the rows have is one finding.
pub fn audit(labels: &Labels) -> Vec<Finding> {
    super::systematic::fold(audit_rows(labels), labels.row_count())
}

/// The same with a finding for each row.
pub(crate) fn audit_rows(labels: &Labels) -> Vec<Finding> {
    let rows = labels.rows();
    let place = |row: &LabelRow| Place::line(labels.file(), row.line).member("seller");
    let mut findings = Vec::new();
    for row in &rows {
        findings.extend(check_name(&row.seller).into_iter().map(|fault| {
            let mut finding = Finding::new(fault.rule, place(row), fault.message);
            finding.severity = fault.severity;
            finding
        }));
    }
    let sheets: Vec<_> = rows.iter().map(|row| row.sheet.clone()).collect();
    disagreeing(&rows, &sheets, |row, sheet, first| {
        findings.push(rules::sheet_with_two_sellers::found(place(row), sheet, &row.seller, first));
    });
    if let Some(ids) = ID_COLUMNS.iter().find_map(|name| labels.column(name)) {
        disagreeing(&rows, &ids, |row, id, first| {
            findings.push(rules::taxpayer_id_with_two_sellers::found(place(row), id, &row.seller, first));
        });
    }
    if let Some(buyers) = BUYER_COLUMNS.iter().find_map(|name| labels.column(name)) {
        let is_buyer = |row: &LabelRow, buyer: &Option<String>| {
            buyer.as_ref().is_some_and(|buyer| exact_form(buyer) == exact_form(&row.seller))
        };
        let such = rows.iter().zip(&buyers).filter(|(row, buyer)| is_buyer(row, buyer));
        findings.extend(such.map(|(row, _)| rules::buyer_for_seller::found(place(row), &row.seller)));
    }
    findings.extend(
        rare_names(&rows).into_iter().map(|(row, frequent, count)| {
            rules::rare_name_near_frequent::found(place(row), &row.seller, frequent, count)
        }),
    );
    findings.sort_by(|a, b| (&a.place, a.rule.code).cmp(&(&b.place, b.rule.code)));
    findings
}

/// Rows with one key and different sellers: each but the first of a key, with that one.
fn disagreeing<'a>(
    rows: &'a [LabelRow],
    keys: &[Option<String>],
    mut found: impl FnMut(&LabelRow, &str, &'a LabelRow),
) {
    let mut first_of: HashMap<String, (&LabelRow, String)> = HashMap::new();
    for (row, key) in rows.iter().zip(keys) {
        let Some(key) = key.as_ref().filter(|key| !key.trim().is_empty()) else { continue };
        let seller = exact_form(&row.seller);
        let (first, name) = first_of.entry(exact_form(key)).or_insert_with(|| (row, seller.clone()));
        if *name != seller {
            found(row, key, first);
        }
    }
}

/// Names of one row that are near to a frequent one: the row, that name and how many rows have it.
fn rare_names(rows: &[LabelRow]) -> Vec<(&LabelRow, &str, usize)> {
    let mut by_name: BTreeMap<String, Vec<&LabelRow>> = BTreeMap::new();
    for row in rows {
        by_name.entry(exact_form(&row.seller)).or_default().push(row);
    }
    let letters = |name: &str| name.chars().collect::<Vec<_>>();
    let frequent: Vec<_> = by_name.iter().filter(|(_, rows)| rows.len() >= FREQUENT).collect();
    let frequent: Vec<_> = frequent.into_iter().map(|(name, rows)| (letters(name), rows)).collect();
    let rare: Vec<_> = by_name.iter().filter(|(_, rows)| rows.len() == 1).collect();
    let rare: Vec<_> = rare.into_iter().map(|(name, rows)| (letters(name), rows)).collect();
    if rare.iter().map(|(name, _)| name.len()).sum::<usize>().saturating_mul(frequent.len()) > MOST_COMPARED {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (own, rows) in rare {
        if own.len() < SHORTEST {
            continue;
        }
        let near = frequent.iter().find(|(other, _)| is_near(&own, other, NEAR));
        if let (Some(row), Some((_, others))) = (rows.first(), near) {
            found.extend(others.first().map(|other| (*row, other.seller.as_str(), others.len())));
        }
    }
    found
}

/// Whether one name becomes the other by at most `edits` characters put in, left out or changed.
fn is_near(left: &[char], right: &[char], edits: usize) -> bool {
    let same = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    match (&left[same..], &right[same..]) {
        ([], rest) | (rest, []) => rest.len() <= edits,
        (left @ [_, left_rest @ ..], right @ [_, right_rest @ ..]) => {
            let is_near = |left, right| is_near(left, right, edits - 1);
            edits > 0 && (is_near(left_rest, right_rest) || is_near(left_rest, right) || is_near(left, right_rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn found(table: &str) -> Vec<String> {
        let read = Labels::parse(Path::new("labels.csv"), table.as_bytes()).unwrap();
        assert_eq!(read.findings, []);
        audit(&read.labels)
            .iter()
            .map(|finding| format!("{} {} {}", finding.place.line.unwrap(), finding.rule.code, finding.message))
            .collect()
    }

    #[test]
    fn a_sheet_and_a_taxpayer_id_have_one_seller() {
        let table = "image,seller,sheet,seller_id\n1.jpg,甲科技有限公司,a,911\n2.jpg,乙贸易有限公司,a,922\n3.jpg,甲（科技）有限公司,b,911\n4.jpg,甲科技有限公司,,\n";
        assert_eq!(
            found(table),
            [
                "3 LBL020 the sheet \"a\" has \"乙贸易有限公司\" here and \"甲科技有限公司\" on line 2",
                "4 LBL021 the taxpayer id 911 has \"甲（科技）有限公司\" here and \"甲科技有限公司\" on line 2",
            ]
        );
    }

    #[test]
    fn brackets_and_width_make_no_second_seller() {
        assert_eq!(
            found("image,seller,sheet\n1.jpg,甲（京）公司,a\n2.jpg,甲(京)公司,a\n"),
            ["3 LBL019 half-width brackets, where invoices print full-width ones"]
        );
    }

    #[test]
    fn the_buyer_is_not_the_seller() {
        let table = "image,seller,购买方\n1.jpg,中国科学院自动化研究所,中国科学院自动化研究所\n2.jpg,甲公司,乙公司\n3.jpg,甲公司,\n";
        assert_eq!(found(table), ["2 LBL023 \"中国科学院自动化研究所\" is the buyer of this row"]);
    }

    #[test]
    fn a_name_of_one_row_near_to_one_of_many_is_named() {
        let rows = (0..3).map(|n| format!("{n}.jpg,北京恒鸿睿科技有限公司\n")).collect::<Vec<_>>().concat();
        let table = format!("image,seller\n{rows}8.jpg,北京坤鸿睿科技有限公司\n9.jpg,上海远方贸易有限公司\n");
        let near = "5 LBL022 \"北京坤鸿睿科技有限公司\" is near to \"北京恒鸿睿科技有限公司\", which 3 rows have";
        assert_eq!(found(&table), [near]);
    }

    #[test]
    fn two_characters_are_near_and_three_are_not() {
        let near = |left: &str, right: &str| {
            is_near(&left.chars().collect::<Vec<_>>(), &right.chars().collect::<Vec<_>>(), NEAR)
        };
        assert!(near("甲乙丙丁", "甲乙丙丁") && near("甲乙丙丁", "甲戊丙己") && near("甲乙丙丁", "丙丁"));
        assert!(!near("甲乙丙丁", "戊己庚丁") && !near("甲乙丙丁", "丁"));
    }

    #[test]
    fn long_names_that_are_near_are_found_in_linear_time() {
        let long = "甲".repeat(1_000_000).chars().collect::<Vec<_>>();
        let mut other = long.clone();
        (other[0], other[999_999]) = ('乙', '乙');
        assert!(is_near(&long, &other, 2) && !is_near(&long, &other, 1));
    }

    #[test]
    #[ignore = "needs the real photos: set NOVA_FT_REAL_PHOTOS"]
    fn real_sellers_have_no_error() {
        let Some(folder) = crate::images::samples::real_photos() else { return };
        let read = Labels::read(&folder.join("vat_train_sellers.csv")).unwrap();
        let errors = audit(&read.labels).into_iter().filter(|one| one.severity == crate::findings::Severity::Error);
        assert_eq!(errors.count(), 0);
    }
}
