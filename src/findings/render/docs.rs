//! The documentation of a rule as HTML. Of Markdown it knows what rules are written in: headings, paragraphs, fenced code,
//! lists, names between backticks.

use maud::{Markup, html};

use crate::findings::Rule;
use crate::markup::sentence;

pub(super) fn docs_html(rule: &Rule) -> Markup {
    let text = rule.text();
    let mut lines = text.lines().peekable();
    html! {
        @while let Some(line) = lines.next() {
            @if line.starts_with("```") {
                @let code: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
                pre { code { (code.join("\n")) } } "\n"
            } @else if let Some(heading) = line.strip_prefix('#') {
                h4 { (sentence(heading.trim_start_matches('#').trim())) } "\n"
            } @else if !line.trim().is_empty() {
                @let more = std::iter::from_fn(|| lines.next_if(|line| is_within_paragraph(line)));
                @let paragraph = std::iter::once(line).chain(more).collect::<Vec<_>>().join(" ");
                @if let Some(item) = paragraph.strip_prefix("- ") { ul { li { (sentence(item)) } } }
                @else { p { (sentence(&paragraph)) } }
                "\n"
            }
        }
    }
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
        insta::assert_snapshot!(docs_html(&TEA).into_string(), @"
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
