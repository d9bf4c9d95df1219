use std::error::Error as _;

use maud::html;

use super::{Content, Show};
use crate::error::Error;
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
        let lines: Vec<_> = lines.into_iter().map(|(label, text)| (label, visible(&text))).collect();
        let text = lines.iter().map(|(label, text)| format!("{label}: {text}\n")).collect::<Vec<_>>().concat();
        Content::text(text).with_html(html! {
            p {
                @for (n, (label, text)) in lines.iter().enumerate() { @if n > 0 { br; } b { (label) } ": " (text) }
            }
        })
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
