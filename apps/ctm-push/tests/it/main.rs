//! The program as a process, with a small hub on this machine that plays each answer.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod generated;
mod hub;
mod place;
mod privacy;
mod pushing;
