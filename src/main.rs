//! The program `nova-ft`: arguments in, results out; everything else is the library's.

use std::process::ExitCode;

fn main() -> ExitCode {
    nova_ft::cli::run(std::env::args_os())
}
