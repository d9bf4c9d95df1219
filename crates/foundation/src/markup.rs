//! Text of the data inside HTML and SVG.

use std::fmt::Write as _;

use crate::wording::is_hidden;

/// The text as HTML and XML show it: markup characters as entities; control characters, which no document may hold,
/// and those that nobody sees as escapes (`\n`).
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_hidden(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// A sentence, escaped, in which names of things stand between backticks; those are set as code.
pub fn escape_sentence(text: &str) -> String {
    let escaped = escape(text);
    let mut pieces = escaped.split('`');
    let mut html = pieces.next().unwrap_or_default().to_owned();
    while let Some(piece) = pieces.next() {
        // A backtick without a second one is one of the data.
        let _ = match pieces.next() {
            Some(after) => write!(html, "<code>{piece}</code>{after}"),
            None => write!(html, "`{piece}"),
        };
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_become_plain_text() {
        assert_eq!(escape("<a href='x'>&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;");
        assert_eq!(escape("北京\n\u{1b}[31m（集团）"), r"北京\n\u{1b}[31m（集团）");
        assert_eq!(escape("\u{202e}gpj"), r"\u{202e}gpj");
    }
}
