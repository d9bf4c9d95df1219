//! What a notebook cell can use, as one dynamic library: the items of `nova_ft`, and polars, plotters and `serde_json`
//! as modules.
//!
//! A cell knows this crate by the name `nova_ft`, so that `use nova_ft::…` reads in a notebook as it does in a program.
//! Every cell links to the one library: statics are shared between cells and nothing is compiled twice
//! (docs/architecture.md, "Notebooks").

pub use nova_ft::notebook::Show;
pub use nova_ft::*;
pub use {plotters, polars, serde_json};
