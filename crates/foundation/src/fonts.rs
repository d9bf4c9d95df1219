//! The fonts that charts and the sample are drawn with, inside the library: Chinese shows on machines without a Chinese font.
//!
//! Subsets of Noto Sans SC and Noto Serif SC (SIL Open Font License, `fonts/OFL.txt`), made by `fonts/make_subsets.sh`.

/// Noto Sans SC Regular: GB 2312 whole, and Latin.
pub static SANS_SC: &[u8] = include_bytes!("../fonts/NotoSansSC-Regular.otf");
/// Noto Serif SC Regular: GB 2312 level 1, and what the sample prints.
pub static SERIF_SC: &[u8] = include_bytes!("../fonts/NotoSerifSC-Regular.otf");
