//! See `nova_ft::fuzzing::stand_in_http`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nova_ft::fuzzing::stand_in_http(data));
