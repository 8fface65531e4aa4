//! Code shared by the development tasks and the benchmarks: a built `ctm`, run on a home with known totals.
//!
//! - [`repository`], [`packages`], [`process`]: the sources, packages of the system, other programs;
//! - [`home`], [`answer`]: generated homes, and the verification of results;
//! - [`server`], [`ready`], [`http`]: `ctm serve` as a child, and a client of it;
//! - [`engine`]: podman or docker; [`postgres`]: a PostgreSQL server;
//! - [`clock`]: the time.
//!
//! # Invariants
//!
//! It compiles quickly, because every task waits for it: no async runtime, no WebSocket, no tables.
//! Every error names the program, file or figure that is wrong, for the person at the terminal.

#![expect(clippy::missing_errors_doc, reason = "every error ends the task with its reason")]
#![expect(
    clippy::missing_panics_doc,
    reason = "they are about this code alone: a pipe that it made is there"
)]

pub mod answer;
pub mod clock;
pub mod engine;
pub mod home;
pub mod http;
pub mod packages;
#[cfg(unix)]
pub mod postgres;
pub mod process;
pub mod ready;
pub mod repository;
pub mod server;
