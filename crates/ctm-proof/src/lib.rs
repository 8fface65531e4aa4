//! Proofs of usage: seals of months, and bundles of sessions that anybody can check.
//!
//! # Design
//!
//! - [`digest`]: SHA-256 of texts;
//! - [`key`]: keys that sign, and signatures (Ed25519);
//! - [`figures`]: facts as lines of text, price lines, and sums of both;
//! - [`seal`]: the facts of a month as one statement, chained to that of the month before;
//! - [`chain`]: which month can be sealed next, and whether stored seals hold;
//! - [`bundle`]: the usage of a session without texts, paths and ids;
//! - [`verify`]: everything in a bundle, computed again;
//! - [`schema`]: the forms of both as JSON Schema.
//!
//! A digest is that of a text which is kept as it is: nobody needs to know how this crate writes JSON to compute it again. A bundle is the
//! exception, of which the digest is that of its statement without white space.
//!
//! **Invariant:** this crate opens no files, and is independent of SQL, HTTP and the clock.

pub mod bundle;
pub mod chain;
pub mod digest;
pub mod figures;
pub mod key;
pub mod schema;
pub mod seal;
pub mod verify;

pub use bundle::{BundleSession, ProofBundle};
pub use chain::{SealRefusal, SealState, StoredSealText, check_next, states};
pub use figures::{FactSums, PriceLine, ProofTotals, ProvableResponse, SummedDay, SummedFacts};
pub use key::{KeyError, KeySignature, SigningKey};
pub use seal::SealStatement;
pub use verify::{Finding, Verdict, verify};
