//! Labels that cannot all be right: of one sheet, or of one taxpayer id, by what was read of the photos.

use std::collections::BTreeMap;
use std::path::Path;

use super::{AuditedLabel, Verdict};
use crate::error::Place;
use crate::exact::exact_form;
use crate::findings::Finding;
use crate::labels::rules::{sheet_with_two_sellers, taxpayer_id_with_two_sellers};

/// The rows that name another seller than the row of their sheet, or of their taxpayer id, that the photo confirms; where none
/// is, than the first one.
pub(super) fn disagreeing(file: &Path, labels: &[AuditedLabel]) -> Vec<Finding> {
    let place = |label: &AuditedLabel| Place::line(file, label.row.line).member("seller");
    let mut findings = Vec::new();
    others(
        labels,
        |label| label.sheet.clone(),
        |label, sheet, first| {
            findings.push(sheet_with_two_sellers::found(place(label), sheet, &label.row.seller, &first.row));
        },
    );
    let id = |label: &AuditedLabel| Some(label.vote.as_ref()?.seller_id.as_ref()?.to_string());
    others(labels, id, |label, id, first| {
        findings.push(taxpayer_id_with_two_sellers::found(place(label), id, &label.row.seller, &first.row));
    });
    findings
}

/// Tells of each label of a group that names another seller than the one of the group that is trusted most.
fn others<'a>(
    labels: &'a [AuditedLabel],
    key: impl Fn(&AuditedLabel) -> Option<String>,
    mut found: impl FnMut(&AuditedLabel, &str, &'a AuditedLabel),
) {
    let mut groups: BTreeMap<String, Vec<&AuditedLabel>> = BTreeMap::new();
    for label in labels {
        if let Some(key) = key(label) {
            groups.entry(key).or_default().push(label);
        }
    }
    for (key, group) in &groups {
        let Some(first) = group.iter().find(|label| label.verdict == Verdict::Right).or(group.first()) else {
            continue;
        };
        let name = exact_form(&first.row.seller);
        let doubted = group.iter().filter(|label| label.verdict != Verdict::Right);
        doubted.filter(|label| exact_form(&label.row.seller) != name).for_each(|label| found(label, key, first));
    }
}
