//! What every back end promises, asked of each.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod batches;
