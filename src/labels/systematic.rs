//! A fault that half of the rows have is one fault of the table, and one finding.

use std::collections::BTreeMap;

use crate::findings::Finding;

/// Up to so many rows with one fault have a finding each, however short the table is.
const FEW: usize = 5;
/// So many lines of more rows are named.
const NAMED: usize = 3;

/// Findings about rows, those with one cause made one: where a rule fires on more than a few rows and on at least half of
/// `row_count`, the first finding tells how many rows there are like it and the lines of the next few.
pub(super) fn fold(findings: Vec<Finding>, row_count: usize) -> Vec<Finding> {
    let cause =
        |finding: &Finding| finding.place.line.map(|line| ((finding.rule.code, finding.place.member.clone()), line));
    let mut lines: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    for (cause, line) in findings.iter().filter_map(cause) {
        lines.entry(cause).or_default().push(line);
    }
    for lines in lines.values_mut() {
        lines.sort_unstable();
    }
    lines.retain(|_, lines| lines.len() > FEW && lines.len() * 2 >= row_count);
    let one_for_all = |mut finding: Finding| {
        let Some((of_rule, line)) = cause(&finding) else { return Some(finding) };
        let Some(lines) = lines.get(&of_rule) else { return Some(finding) };
        let (first, others) = lines.split_first()?;
        let named: Vec<_> = others.iter().take(NAMED).map(u64::to_string).collect();
        let (message, named) = (&finding.message, named.join(", "));
        finding.message = format!("{message}; so it is on {} more lines: {named} …", others.len());
        (line == *first).then_some(finding)
    };
    findings.into_iter().filter_map(one_for_all).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::labels::Labels;

    /// Line, code and message of what is found in rows.
    fn found(rows: &str) -> Vec<String> {
        let read = Labels::parse(Path::new("labels.csv"), format!("image,seller\n{rows}").as_bytes()).unwrap();
        let line = |finding: &crate::findings::Finding| {
            format!("{} {} {}", finding.place.line.unwrap(), finding.rule.code, finding.message)
        };
        read.findings.iter().map(line).collect()
    }

    #[test]
    fn a_fault_of_half_the_rows_is_one_finding_with_their_number_and_the_first_lines() {
        let rows = |numbers: std::ops::Range<u32>, seller: &str| {
            numbers.map(|n| format!("{n}.jpg,{seller}\n")).collect::<Vec<_>>().concat()
        };
        let bad = rows(0..7, " 甲");
        assert_eq!(found(&bad), ["2 LBL007 spaces around \"甲\" were cut off; so it is on 6 more lines: 3, 4, 5 …"]);
        let good = rows(7..14, "甲");
        assert_eq!(found(&format!("{good}x.jpg,\n{bad}")).len(), 1 + 7, "7 of 15 rows are less than half");
        assert_eq!(found(&format!("x.jpg,\n{bad}")).len(), 1 + 1, "another fault is another finding");
    }

    #[test]
    fn a_few_rows_are_named_one_by_one() {
        assert_eq!(found(&"a.jpg,\n".repeat(5)).len(), 5);
        assert_eq!(found(&"a.jpg,\n".repeat(6)).len(), 1);
    }
}
