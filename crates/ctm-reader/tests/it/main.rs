//! Complete homes, read as an application would, with their totals.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod details;
mod edge_cases;
mod home;
mod properties;
mod real;
#[cfg(feature = "serde")]
mod stored;
