//! The hub of a team from outside, on servers that the tests start themselves. The same tests run on the hub of a single machine, which
//! is SQLite.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod connection;
mod corpora;
mod hub;
mod kills;
mod removal;
mod replay;
mod row_security;
mod support;
mod winner;
