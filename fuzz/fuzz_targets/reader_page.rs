//! See `nova_ft::fuzzing::reader_page`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nova_ft::fuzzing::reader_page(data));
