//! See `nova_ft::fuzzing::jsonl_records`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nova_ft::fuzzing::jsonl_records(data));
