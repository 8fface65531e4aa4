//! What a machine does next when it pushes its responses to a hub: from how far it is and what the hub answered, a step.
//!
//! - [`answer`]: what a hub can answer;
//! - [`course`]: the steps.
//!
//! # Design
//!
//! The cursor is the hub's: it commits with the claims, so that a lost answer, a crash or a hub that goes back to an earlier
//! state ends with the hub's own statement of what it has. The machine only ever sends what is after that. All that
//! distinguishes a restored backup or a copy of a machine from it is that the hub has entries that this machine never sent: then
//! it begins a journal of its own with a greater epoch, whose claims replace the earlier ones. Two that do this in turn are two
//! machines with one identity, and stop.
//!
//! **Invariant:** this crate has no access to files, SQL, HTTP, a clock or random numbers: the present and a random number are
//! arguments.

pub mod answer;
pub mod course;

pub use answer::{Answer, Hello, Taken};
pub use course::{Course, Step};
