use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a seller or a sheet with invisible characters inside, by Unicode's properties: control and format
    /// characters (zero-width spaces and joiners, marks of direction), and what fonts are told not to draw (fillers, variation
    /// selectors, tags). Combining marks after a Chinese character or a sign are among them. They are taken out, a tab becomes a
    /// space, and the row is kept. In a file of records they stay until they are repaired.
    ///
    /// ## Why is this bad?
    /// The same seller would count as two and stand on both sides of the split, and the model would learn to answer with
    /// characters that are not on the paper. They come with text that was copied from a web page or a chat.
    ///
    /// ## Example
    /// `北京` + U+200B (zero width space) + `宇音天下科技有限公司`
    ///
    /// ## Use instead
    /// `北京宇音天下科技有限公司`
    ///
    /// ## Fix
    /// None needed for a table: the one that is written back has no such characters. In a file of records `--unsafe-fixes` takes
    /// them out.
    pub LABEL_WITH_HIDDEN_CHARACTER = "LBL015", "label-with-hidden-character", Warning, Label, fix Unsafe;
}

/// The finding for a text of a row, without what was taken out; `column` is where it stands.
pub(in crate::labels) fn found(place: Place, column: &str, text: &str, unseen: &str) -> Finding {
    let message = format!("invisible characters were removed from \"{text}\": {unseen}");
    Finding::new(&LABEL_WITH_HIDDEN_CHARACTER, place.member(column), message)
}
