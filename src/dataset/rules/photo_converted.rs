crate::rule! {
    /// ## What it does
    /// Tells of a photo that `prepare` encoded anew: BMP, TIFF, MPO, CMYK colours, a turn in the EXIF data, too large.
    ///
    /// ## Why is this bad?
    /// It is not: the photo in the data set is upright and in a format that Nova takes. The copy lies below the data set's
    /// `images/` and the manifest says why it was made. With `--no-convert` the photo is sent as it is and this is a
    /// warning: models do not read the EXIF turn. A file of several pictures (a TIFF of many pages, an animation) is a
    /// warning too: only the first is sent.
    ///
    /// ## Example
    /// `photo.jpg` is a BMP image.
    ///
    /// ## Use instead
    /// Nothing; or save the photo as an upright JPEG.
    ///
    /// ## Fix
    /// None needed.
    pub PHOTO_CONVERTED = "IMG005", "photo-converted", Note, Image, fix None;
}
