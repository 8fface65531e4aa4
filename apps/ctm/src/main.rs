//! The `ctm` binary.

use std::process::ExitCode;

/// glibc's allocator keeps what is freed: a server would hold for good what a flood took.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    ctm::cli::run(std::env::args_os())
}
