//! The rules of a hub, to which machines push their claims, independent of the database that it has.
//!
//! - [`secret`]: codes and tokens;
//! - [`enrolment`]: invites, what a machine gets when it enrols, what its token allows;
//! - [`receipt`]: signed positions;
//! - [`position`]: whether a push follows what is stored, and what is stored after it.
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
//! **Invariant:** this crate has no access to files, SQL, HTTP or a clock. Each rule has one implementation, whichever database the hub
//! has.

pub mod enrolment;
pub mod position;
pub mod receipt;
pub mod secret;

pub use enrolment::{EnrolError, Enrolled, Enrolment, FORMER_MS, MachineAccess, NewInvite};
pub use position::{Place, Position, PushOutcome, PushReceipt, Pusher};
pub use receipt::{Receipt, ReceiptKey};
pub use secret::{MachineToken, hash_of, new_code, random};
