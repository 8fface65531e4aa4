//! The `ctm` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ctm::cli::run(std::env::args_os())
}
