//! Bodies as senders write them, in both encodings, and what is neither.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod attacks;
mod reports;
mod wire;
