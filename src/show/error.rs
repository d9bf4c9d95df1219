use std::error::Error as _;
use std::fmt::Write as _;

use super::{Content, Show};
use crate::error::Error;
use crate::markup::escape;
use crate::wording::visible;

/// An error as the program prints it: what, caused by, hint.
impl Show for Error {
    fn content(&self) -> Content {
        let mut lines = vec![("error", self.to_string())];
        let mut cause = self.source();
        while let Some(error) = cause {
            lines.push(("caused by", error.to_string()));
            cause = error.source();
        }
        lines.extend(self.hint().map(|hint| ("hint", hint)));
        let mut content = Content::default();
        let mut html = String::from("<p>");
        for (n, (label, text)) in lines.iter().enumerate() {
            let _ = writeln!(content.text, "{label}: {}", visible(text));
            let line_break = if n == 0 { "" } else { "<br>" };
            let _ = write!(html, "{line_break}<b>{label}</b>: {}", escape(text));
        }
        html.push_str("</p>");
        content.with_html(html)
    }
}

/// A result shows its value or its error.
impl<T: Show> Show for Result<T, Error> {
    fn content(&self) -> Content {
        match self {
            Ok(value) => value.content(),
            Err(error) => error.content(),
        }
    }
}
