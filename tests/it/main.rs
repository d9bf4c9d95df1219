//! The program as its users meet it: one module a command or promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "a test's input is short; it should read like what it makes"
)]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod architecture;
mod bad_input;
mod consensus;
mod corpus;
mod dependencies;
mod documentation;
mod endless_responses;
mod estimate;
mod exposure;
mod faults;
mod faulty;
mod fuzz_jsonl;
mod harness;
mod job;
mod json_events;
mod json_schema;
mod label_shards;
mod labels;
mod metrics;
mod not_written_over;
mod notebooks;
mod own_files;
mod photo_rules;
mod pictures;
mod prepare;
mod process_model;
mod reading;
mod refused_early;
mod real_photos;
mod review;
mod rule_cases;
mod run;
mod secrets;
mod special_files;
mod streams;
mod upload;
mod validate;
mod whole_run;
mod worked_pages;
mod written_pages;
