use super::short;
use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a seller of one row that differs in one or two characters from a seller of at least three rows.
    ///
    /// ## Why is this bad?
    /// One or two wrong characters are the usual mistake of who reads an invoice, person or model. There are companies whose
    /// names differ so little; they are rare.
    ///
    /// ## Example
    /// `北京坤鸿睿科技有限公司` once, `北京恒鸿睿科技有限公司` three times.
    ///
    /// ## Use instead
    /// The name as the invoice prints it.
    ///
    /// ## Fix
    /// By hand: look at the photo.
    pub RARE_NAME_NEAR_FREQUENT = "LBL022", "rare-name-near-frequent", Warning, Label, fix None;
}

/// The finding for a rare name, with the frequent one that it is near to.
pub(in crate::labels) fn found(place: Place, seller: &str, frequent: &str, count: usize) -> Finding {
    let message = format!("\"{seller}\" is near to \"{}\", which {count} rows have", short(frequent));
    Finding::new(&RARE_NAME_NEAR_FREQUENT, place, message)
}
