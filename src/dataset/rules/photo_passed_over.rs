crate::rule! {
    /// ## What it does
    /// Reports a file in the photo folder that cannot be looked at: its name is not UTF-8, it is a link to a file that is
    /// not there, or it cannot be opened.
    ///
    /// ## Why is this bad?
    /// It may be a photo that somebody counts on. No label can refer to a name that is not UTF-8.
    ///
    /// ## Example
    /// A name from an old archive in GBK.
    ///
    /// ## Use instead
    /// Rename the file, give yourself access to it, or put back what the link leads to.
    ///
    /// ## Fix
    /// By hand.
    pub PHOTO_PASSED_OVER = "IMG007", "photo-passed-over", Warning, Image, fix None;
}
