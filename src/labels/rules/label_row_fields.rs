use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a row with more or fewer fields than the header has. The row is left out.
    ///
    /// ## Why is this bad?
    /// Nobody can say which field is the seller. Most often the name itself contains a comma.
    ///
    /// ## Example
    /// ```csv
    /// image,seller
    /// vat_0001.jpg,Smith, Jones & Co
    /// vat_0002.jpg，北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller
    /// vat_0001.jpg,"Smith, Jones & Co"
    /// vat_0002.jpg,北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Fix
    /// By hand: put a name that contains a comma into quotes; use the comma of a Western keyboard between the columns.
    pub LABEL_ROW_FIELDS = "LBL003", "label-row-fields", Error, Label, fix None;
}

/// The finding for a row with these fields where `count` are wanted.
pub(in crate::labels) fn found(place: Place, fields: &[String], count: usize) -> Finding {
    let has = match fields.len() {
        1 => "1 field".to_owned(),
        fields => format!("{fields} fields"),
    };
    let advice = if fields.len() > count {
        "; a name with a comma in it needs quotes"
    } else if fields.iter().any(|field| field.contains('，')) {
        "; a full-width comma (，) does not separate columns"
    } else {
        ""
    };
    Finding::new(&LABEL_ROW_FIELDS, place, format!("the row has {has} and the header {count}{advice}"))
}
