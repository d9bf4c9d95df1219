use crate::findings::Finding;
use crate::findings::limits::{MAX_DOCUMENTS, MAX_IMAGES, MAX_VIDEOS};
use crate::validate::record::{Kind, RecordView};
use crate::validate::rules::Context;
use crate::wording::counted;

crate::rule! {
    /// ## What it does
    /// Reports a record with more than 10 images, more than one video or document, or with files of two kinds.
    ///
    /// ## Why is this bad?
    /// Bedrock refuses the data set. The documentation counts images by sample, AWS's validators by turn: the safe reading counts.
    ///
    /// ## Example
    /// All pages of a year's invoices in one record.
    ///
    /// ## Use instead
    /// A record for each invoice.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) TOO_MANY_MEDIA = "CNV007", "too-many-media", Error, Record, fix None;
}

/// Records with more files than a sample may have.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    let mut counts = [(Kind::Image, MAX_IMAGES, 0), (Kind::Video, MAX_VIDEOS, 0), (Kind::Document, MAX_DOCUMENTS, 0)];
    let mut first = None;
    for at in record.media() {
        for (kind, most, count) in &mut counts {
            if at.kind != *kind {
                continue;
            }
            *count += 1;
            if *count == *most + 1 {
                let message = format!("more than {} in one sample", counted(*most, kind.key()));
                findings.push(record.finding(&TOO_MANY_MEDIA, at.pointer, message));
            }
        }
        let shared = *first.get_or_insert(at.kind);
        if shared != at.kind {
            let message = format!("{}s and {}s in one sample; a data set has one of them", shared.key(), at.kind.key());
            findings.push(record.finding(&TOO_MANY_MEDIA, at.pointer, message));
            return;
        }
    }
}
