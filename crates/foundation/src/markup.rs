//! Text of the data inside HTML and XML.

use maud::{Markup, html};

use crate::exact::shared_runs;
use crate::wording::visible;

/// A sentence as HTML; names of things between backticks are set as code.
pub fn sentence(text: &str) -> Markup {
    let text = visible(text);
    let pieces: Vec<&str> = text.split('`').collect();
    html! {
        @for (n, piece) in pieces.iter().enumerate() {
            @if n % 2 == 0 { (piece) }
            // A backtick without a second one belongs to the text.
            @else if n + 1 == pieces.len() { "`" (piece) }
            @else { code { (piece) } }
        }
    }
}

/// A name as HTML with what it does not share with another one marked.
pub fn marked(name: &str, reference: &str) -> Markup {
    html! {
        @for (run, is_shared) in shared_runs(name, reference) {
            @if is_shared { (visible(&run)) } @else { mark { (visible(&run)) } }
        }
    }
}

/// The text for XML and SVG that are written as strings: hidden characters as escapes (`\n`), markup as entities.
pub fn escape(text: &str) -> String {
    html! { (visible(text)) }.into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_become_plain_text() {
        assert_eq!(escape("<a href=\"x\">&'</a>"), "&lt;a href=&quot;x&quot;&gt;&amp;'&lt;/a&gt;");
        assert_eq!(escape("北京\n\u{1b}[31m（集团）"), r"北京\n\u{1b}[31m（集团）");
        assert_eq!(escape("\u{202e}gpj"), r"\u{202e}gpj");
    }

    #[test]
    fn names_between_backticks_are_code_and_a_single_backtick_stays() {
        let html = |text| sentence(text).into_string();
        assert_eq!(html("`a` and `<b>`"), "<code>a</code> and <code>&lt;b&gt;</code>");
        assert_eq!(html("one ` alone\u{202e}"), r"one ` alone\u{202e}");
    }

    #[test]
    fn what_two_names_do_not_share_is_marked() {
        let html = |name, reference| marked(name, reference).into_string();
        assert_eq!(html("南京坤山公司", "南京恒山有公司"), "南京<mark>坤</mark>山公司");
        assert_eq!(html("南京恒山有公司", "南京坤山公司"), "南京<mark>恒</mark>山<mark>有</mark>公司");
        assert_eq!((html("", "<b>"), html("<b>", "")), (String::new(), "<mark>&lt;b&gt;</mark>".to_owned()));
        assert_eq!((html("甲(北)", "甲（北）"), html("甲", "甲")), ("甲(北)".to_owned(), "甲".to_owned()));
    }
}
