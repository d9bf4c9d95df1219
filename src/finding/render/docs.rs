//! The documentation of a rule as HTML. Of Markdown it knows what rules are written in: headings, paragraphs, fenced code,
//! lists, names between backticks.

use std::fmt::Write as _;

use crate::finding::Rule;
use crate::markup::{escape, escape_sentence};

pub(super) fn docs_html(rule: &Rule) -> String {
    let text = rule.text();
    let mut html = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let code: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("```")).map(escape).collect();
            let _ = writeln!(html, "<pre><code>{}</code></pre>", code.join("\n"));
        } else if let Some(heading) = line.strip_prefix('#') {
            let _ = writeln!(html, "<h4>{}</h4>", escape_sentence(heading.trim_start_matches('#').trim()));
        } else if !line.trim().is_empty() {
            let mut paragraph = line.to_owned();
            while let Some(more) = lines.next_if(|line| is_within_paragraph(line)) {
                paragraph.push(' ');
                paragraph.push_str(more);
            }
            let _ = match paragraph.strip_prefix("- ") {
                Some(item) => writeln!(html, "<ul><li>{}</li></ul>", escape_sentence(item)),
                None => writeln!(html, "<p>{}</p>", escape_sentence(&paragraph)),
            };
        }
    }
    html
}

fn is_within_paragraph(line: &str) -> bool {
    !line.trim().is_empty() && !["#", "```", "- "].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::rule! {
        /// ## What it does
        /// Reports `<tea>` on
        /// a photo.
        ///
        /// ## Example
        /// ```json
        /// {"a": "<b>",
        ///   "c": 1}
        /// ```
        ///
        /// - one
        /// - two
        TEA = "IMG996", "tea", Note, Image, fix None;
    }

    #[test]
    fn headings_paragraphs_code_and_lists() {
        insta::assert_snapshot!(docs_html(&TEA), @"
        <h4>What it does</h4>
        <p>Reports <code>&lt;tea&gt;</code> on a photo.</p>
        <h4>Example</h4>
        <pre><code>{&quot;a&quot;: &quot;&lt;b&gt;&quot;,
          &quot;c&quot;: 1}</code></pre>
        <ul><li>one</li></ul>
        <ul><li>two</li></ul>
        ");
    }
}
