//! The hub: machines enrol with a code, and push their claims.
//!
//! # Design
//!
//! Up to where a machine's journal is stored is in the transaction of its claims. So a lost answer, a crash and a hub that was restored
//! from a backup heal by themselves: the hub says how far it is, and the machine continues from there.
//!
//! Each push is answered with a [`receipt`], which the next one returns. The receipts of one machine form a chain; a second
//! machine with the same identity, or the same one restored from a backup, continues from a receipt that the chain has left behind, and is
//! noticed without any property of hardware, and without a clock.
//!
//! Secrets are random and stored as their SHA-256 only: so that a stolen backup of the hub contains none that opens it. What a token
//! allows is decided by its own machine, and never by what a push claims to be.
//!
//! - [`secret`]: codes and tokens;
//! - [`receipt`]: signed positions;
//! - [`enrol`]: invites, enrolment, rotation and revocation;
//! - [`push`]: a push in one transaction.

mod enrol;
mod push;
mod receipt;
mod secret;

pub use enrol::{EnrolError, Enrolled, Enrolment, MachineAccess, NewInvite};
pub use push::{PushOutcome, PushReceipt, Pusher};
pub use secret::MachineToken;
