use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a quote that is opened and never closed. The row is left out, and with it all rows after it.
    ///
    /// ## Why is this bad?
    /// Everything up to the end of the file counts as one field.
    ///
    /// ## Example
    /// ```csv
    /// image,seller
    /// vat_0001.jpg,"北京宇音天下科技有限公司
    /// vat_0002.jpg,佳作天成（北京）科技有限公司
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller
    /// vat_0001.jpg,北京宇音天下科技有限公司
    /// vat_0002.jpg,佳作天成（北京）科技有限公司
    /// ```
    ///
    /// ## Fix
    /// By hand: close the quote or remove it. A quote inside a quoted name is written twice.
    pub LABEL_QUOTE_UNCLOSED = "LBL008", "label-quote-unclosed", Error, Label, fix None;
}

/// The finding for the row where the quote opens.
pub(in crate::labels) fn found(place: Place) -> Finding {
    let message = "a quote is opened here and never closed: this row and all after it are left out";
    Finding::new(&LABEL_QUOTE_UNCLOSED, place, message)
}
