//! The `ctm` binary.

use std::process::ExitCode;

/// glibc's allocator retains freed memory: a server would keep the peak of a flood for good.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    ctm::cli::run(std::env::args_os())
}
