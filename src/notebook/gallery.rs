//! Photos side by side.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use super::table::count;
use super::{Content, Show};
use crate::images::JpegThumbnails;
use crate::wording::visible;

/// Photos that are shown; the caption says how many there are.
const MOST: usize = 12;
const IN_A_ROW: usize = 4;

/// Photos, small and side by side, each with words below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gallery {
    /// How many photos there are.
    total: usize,
    /// Those that are shown: the words, and the picture as a `data:` URI where it can be decoded.
    pictures: Vec<(String, Option<String>)>,
}

impl Gallery {
    /// Photos with the words below each.
    pub fn new<P: AsRef<Path>, W: Into<String>>(photos: impl IntoIterator<Item = (P, W)>) -> Self {
        let photos: Vec<(P, String)> = photos.into_iter().map(|(photo, words)| (photo, words.into())).collect();
        let shown: Vec<&Path> = photos.iter().take(MOST).map(|(photo, _)| photo.as_ref()).collect();
        let uris = JpegThumbnails.data_uris(&shown);
        let total = photos.len();
        Self { total, pictures: photos.into_iter().map(|(_, words)| words).zip(uris).collect() }
    }
}

impl Show for Gallery {
    fn content(&self) -> Content {
        let first = if self.total > MOST { format!(", the first {MOST}") } else { String::new() };
        let caption = format!("{}{first}", count(self.total, "photo"));
        let html = html! {
            p { (caption) } "\n"
            table { "\n"
                tbody { "\n"
                    @for row in self.pictures.chunks(IN_A_ROW) {
                        tr {
                            @for (words, uri) in row {
                                @let words = visible(words);
                                td style="text-align:left" {
                                    @if let Some(uri) = uri { img alt=(words) src=(uri); } @else { i { "no picture" } }
                                    br; (words)
                                }
                            }
                        } "\n"
                    }
                } "\n"
            }
        };
        let words: Vec<String> = self.pictures.iter().map(|(words, _)| visible(words)).collect();
        Content::text(format!("{caption}\n{}", words.join("\n"))).with_html(html)
    }
}

/// A picture inside a page, from the bytes of a file of that type.
pub(super) fn picture(alt: &str, width_px: Option<u32>, mime: &str, bytes: &[u8]) -> Markup {
    html! { img alt=(visible(alt)) width=[width_px] src={ "data:" (mime) ";base64," (STANDARD.encode(bytes)) }; }
}
