use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A value as text, and as the richer forms it has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// As plain text: for a terminal, a search, a reader that shows nothing else.
    pub text: String,
    /// As a fragment of HTML.
    pub html: Option<String>,
    /// As an SVG document.
    pub svg: Option<String>,
    /// As the bytes of a PNG file.
    pub png: Option<Vec<u8>>,
    /// As the bytes of a JPEG file.
    pub jpeg: Option<Vec<u8>>,
}

impl Content {
    /// Content with plain text only.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The same, with a fragment of HTML.
    #[must_use]
    pub fn with_html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// The same, with an SVG document.
    #[must_use]
    pub fn with_svg(mut self, svg: String) -> Self {
        self.svg = Some(svg);
        self
    }

    /// The same, with the bytes of a PNG file.
    #[must_use]
    pub fn with_png(mut self, png: Vec<u8>) -> Self {
        self.png = Some(png);
        self
    }

    /// The same, with the bytes of a JPEG file.
    #[must_use]
    pub fn with_jpeg(mut self, jpeg: Vec<u8>) -> Self {
        self.jpeg = Some(jpeg);
        self
    }

    /// The blocks that evcxr reads from a cell's stdout: one for each form, between two marks.
    pub(super) fn to_blocks(&self) -> String {
        let [png, jpeg] = [&self.png, &self.jpeg].map(|bytes| bytes.as_ref().map(|bytes| STANDARD.encode(bytes)));
        let forms = [
            ("text/html", self.html.as_deref()),
            ("image/svg+xml", self.svg.as_deref()),
            ("image/png", png.as_deref()),
            ("image/jpeg", jpeg.as_deref()),
            ("text/plain", Some(self.text.as_str())),
        ];
        let mut out = String::new();
        for (mime, content) in forms {
            let Some(content) = content else { continue };
            out.push_str("EVCXR_BEGIN_CONTENT ");
            out.push_str(mime);
            out.push('\n');
            for line in content.lines() {
                // Text of the data must not be taken for the end of the block, or for another message to the kernel.
                if line.starts_with("EVCXR_") {
                    out.push(' ');
                }
                out.push_str(line);
                out.push('\n');
            }
            out.push_str("EVCXR_END_CONTENT\n");
        }
        out
    }
}
