//! See `nova_ft::fuzzing::label_csv`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nova_ft::fuzzing::label_csv(data));
