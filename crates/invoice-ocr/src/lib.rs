//! Reads Chinese VAT invoices on this machine: from an image to the text on it, and from the text to the fields of the invoice.
//!
//! The steps are public and build on each other: [`images`] finds, checks and decodes image files, [`reader`] detects and recognises
//! lines of text with the networks of PP-OCRv6, [`invoice`] finds the fields among the lines, [`readings`] groups images that show
//! one document and compares what was read.

pub mod images;
pub mod reader;
pub mod invoice;
pub mod readings;
