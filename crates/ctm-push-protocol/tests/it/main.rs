//! The steps by which a machine pushes, with a hub and a journal that are as simple as the protocol permits.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod simulated;
mod steps;
