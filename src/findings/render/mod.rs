//! Reports as a person or a program reads them; one renderer, one file.

mod docs;
mod groups;
mod html;
mod json;
mod markdown;
#[cfg(test)]
mod samples;
mod subject;
mod text;

pub(crate) use html::{HtmlFrame, photo_figure};
pub use html::{NoThumbnails, Thumbnails, render_html};
pub use json::{FindingEvent, render_json};
pub use markdown::render_markdown;
pub(crate) use markdown::{MarkdownFrame, code_span};
pub use subject::Subject;
pub use text::{render_text, summary_line};

/// How the last line of an evaluation's text begins.
pub(crate) const EVALUATION_END: &str = "evaluated: ";
/// How the last line of a consensus' text begins.
pub(crate) const CONSENSUS_END: &str = "consensus: ";

/// Whether a file's bytes are a report that one of these wrote, whole and with nothing added, or nothing.
pub fn is_report(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let text = text.trim_end();
    let last = text.lines().next_back().unwrap_or_default();
    let events = [
        "{\"event\":\"finding\",",
        "{\"event\":\"left_off\",",
        "{\"event\":\"verdict\",",
        "{\"event\":\"evaluation\",",
        "{\"event\":\"consensus\",",
    ];
    let markdown = [MarkdownFrame::VALIDATE, MarkdownFrame::AUDIT, MarkdownFrame::EVALUATE, MarkdownFrame::CONSENSUS]
        .map(|frame| (frame.first_line(), MarkdownFrame::LAST_LINE));
    let pages = [HtmlFrame::VALIDATE, HtmlFrame::AUDIT, HtmlFrame::EVALUATE, HtmlFrame::CONSENSUS]
        .map(|frame| (frame.beginning(), HtmlFrame::END));
    last.is_empty()
        || last.starts_with(EVALUATION_END)
        || last.starts_with(CONSENSUS_END)
        || text::is_summary(last)
        || (events.iter().any(|event| last.starts_with(event))
            && text.lines().all(|line| line.starts_with("{\"event\":")))
        || markdown.iter().chain(&pages).any(|(first, last)| text.starts_with(first.as_str()) && text.ends_with(*last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;
    use crate::findings::{Finding, Levels, Report};
    use crate::labels::rules::EMPTY_LABEL;

    #[test]
    fn what_the_renderers_write_is_a_report_and_records_and_notes_are_none() {
        let mut report = Report::new(Levels::default());
        let subject = samples::subject();
        for _ in 0..3 {
            let (text, json) = (render_text(&report, Some(&subject)), render_json(&report));
            let (markdown, html) = (render_markdown(&report, &subject), render_html(&report, &subject, &NoThumbnails));
            for text in [text, json] {
                assert!(is_report(text.as_bytes()), "{text}");
            }
            for text in [markdown, html] {
                assert!(is_report(text.as_bytes()), "{text}");
                assert!(!is_report(format!("{text}\nA note of mine.\n").as_bytes()), "what a person added is kept");
                assert!(!is_report(format!("A note of mine.\n{text}").as_bytes()));
                assert!(!is_report(&text.as_bytes()[..text.len() / 2]));
            }
            report.extend([Finding::new(&EMPTY_LABEL, Place::line("a.csv", 2), "no seller")]);
        }
        let others = [
            "{\"messages\":[]}",
            "3 errors",
            "1 error, 2 warnings, many notes",
            "image,seller\n",
            "\u{FF}\u{D8}",
            "<!doctype html>\n<html lang=\"en\">\n<body>a page</body>\n</html>\n",
            "# Notes\n\n<!-- end of the report -->\n",
        ];
        for other in others {
            assert!(!is_report(other.as_bytes()), "{other}");
        }
        assert!(!is_report(b"\xFF\xD8\xFF"));
    }
}
