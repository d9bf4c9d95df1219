//! The program `nova-ft`: arguments in, results out; everything else is the library's.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os())
}
