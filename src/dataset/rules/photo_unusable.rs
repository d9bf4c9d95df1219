crate::rule! {
    /// ## What it does
    /// Reports a labelled photo whose bytes Nova does not take and that cannot be converted here: a PDF, a HEIC picture, a
    /// file that ends in the middle, something that is no picture. With `--no-convert` also BMP, TIFF and MPO.
    ///
    /// ## Why is this bad?
    /// Nova reads JPEG, PNG, GIF and WebP. A job with one other file fails as a whole.
    ///
    /// ## Example
    /// `scan_07.jpg` is a PDF that somebody renamed.
    ///
    /// ## Use instead
    /// Export the page or the picture as JPEG under the same name.
    ///
    /// ## Fix
    /// By hand; what can be converted, `nova-ft prepare` converts by itself.
    pub PHOTO_UNUSABLE = "IMG004", "photo-unusable", Error, Image, fix None;
}
