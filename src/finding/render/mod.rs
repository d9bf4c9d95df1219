//! Reports as a person or a program reads them; one renderer, one file.

mod json;
mod text;

pub use json::{FindingEvent, render_json};
pub use text::render_text;

/// Whether a file's bytes are a report that one of these wrote, or nothing.
pub fn is_report(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let last = text.trim_end().lines().next_back().unwrap_or_default();
    let events = ["{\"event\":\"finding\",", "{\"event\":\"left_off\","];
    last.is_empty() || text::is_summary(last) || events.iter().any(|event| last.starts_with(event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;
    use crate::finding::{Finding, Levels, Report};
    use crate::labels::rules::EMPTY_LABEL;

    #[test]
    fn what_the_renderers_write_is_a_report_and_records_and_notes_are_none() {
        let mut report = Report::new(Levels::default());
        for _ in 0..2 {
            for text in [render_text(&report), render_json(&report)] {
                assert!(is_report(text.as_bytes()), "{text}");
            }
            report.extend([Finding::new(&EMPTY_LABEL, Place::line("a.csv", 2), "no seller")]);
        }
        for other in
            ["{\"messages\":[]}", "3 errors", "1 error, 2 warnings, many notes", "image,seller\n", "\u{FF}\u{D8}"]
        {
            assert!(!is_report(other.as_bytes()), "{other}");
        }
        assert!(!is_report(b"\xFF\xD8\xFF"));
    }
}
