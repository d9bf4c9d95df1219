//! See `nova_ft::fuzzing::image_header`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nova_ft::fuzzing::image_header(data));
