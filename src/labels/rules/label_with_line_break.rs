use crate::error::Place;
use crate::findings::Finding;
use crate::wording::is_line_break;

crate::rule! {
    /// ## What it does
    /// Reports a seller (or image name) with a line break inside, any of those that Unicode knows. The row is left out. A line break before or after the
    /// name is only a space too many: LBL007. In a file of records it is a warning.
    ///
    /// ## Why is this bad?
    /// The model learns to answer on two lines. Most often it is a name that was copied out of a table cell, where it was
    /// broken for lack of room; sometimes it is two names.
    ///
    /// ## Example
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,"北京宇音天下
    /// 科技有限公司"
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Fix
    /// By hand: join the lines, or keep the one that is the seller.
    pub LABEL_WITH_LINE_BREAK = "LBL006", "label-with-line-break", Error, Label, fix None;
}

/// The finding for a text of a row; `column` is where it stands.
pub(in crate::labels) fn found(place: Place, column: &str, text: &str) -> Finding {
    let count = text.split(is_line_break).filter(|line| !line.is_empty()).count();
    let message = format!("the text goes over {count} lines; joined, it is \"{}\"", join(text));
    Finding::new(&LABEL_WITH_LINE_BREAK, place.member(column), message)
}

/// The lines as one: with a space between Western words, without one beside a Chinese character.
fn join(text: &str) -> String {
    let mut joined = String::new();
    for line in text.split(is_line_break).map(str::trim).filter(|line| !line.is_empty()) {
        let western = |c: Option<char>| c.is_some_and(|c| c.is_ascii());
        if western(joined.chars().next_back()) && western(line.chars().next()) {
            joined.push(' ');
        }
        joined.push_str(line);
    }
    joined
}

#[cfg(test)]
mod tests {
    #[test]
    fn chinese_lines_are_joined_without_a_space_and_western_ones_with() {
        assert_eq!(super::join("北京宇音天下\r\n 科技有限公司"), "北京宇音天下科技有限公司");
        assert_eq!(super::join("Smith\n\nand Sons"), "Smith and Sons");
    }
}
