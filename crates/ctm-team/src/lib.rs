//! The hub of a team on PostgreSQL: schema, migrations and every SQL statement.
//!
//! Read the modules in this order:
//!
//! - [`schema`], [`connection`], [`error`]: migrations, connections and transactions, and their errors;
//! - [`claim`], [`names`]: claims and what they refer to, as they are stored;
//! - [`enrolment`], [`machines`]: who may push, and the machines that do;
//! - [`push`]: a push in one transaction;
//! - [`settling`]: which claim counts where several machines have one;
//! - [`days`]: the sums of a machine's day;
//! - [`removal`]: a machine is removed as if it had never been there;
//! - [`usage`]: sums for reports.
//!
//! # Design
//!
//! A response has one row in `response`: the claim that counts. It is what two machines conflict on that push the same response at
//! once, so that the second one waits for the first. The claims that do not count are in `further_claim`. One table of all claims with a
//! flag would be simpler, but two transactions can insert their claims without noticing each other, and then both count; a table of keys to
//! lock costs a row and an index entry for each response, where most are of one machine.
//!
//! SQL never decides which claim counts. It finds conflicts, and [`ctm_types::MachineClaim`] has the order.
//!
//! Sums are packed by machine and day in the form that the database of one machine has as well ([`ctm_facts::days`]), by the same code. A
//! push computes those of its own machine anew. Days of other machines are only marked: a transaction never locks
//! the row of another machine. A reader sums a marked day from its responses, so that the figures are always exact.
//!
//! Locks are taken in one order: the machine, names, responses by key, marks of other machines by machine and day, the machine's
//! own marks. So two transactions never wait for each other. Those that the database cancels all the same are repeated.
//!
//! There is no `LISTEN`, no advisory lock, no foreign key, no sequence, no prepared statement that outlives its transaction and no statement
//! outside of one: any pooler and any engine that speaks PostgreSQL's protocol has what is left. The data version is the sum of the machines' versions, because a
//! counter in one row would have all pushes of a tenant commit one after the other.
//!
//! # Invariants
//!
//! - In any order of pushes, replays and removals, what counts is the fold of [`ctm_types::ResponseClaims`].
//! - A push that arrives twice changes no row.
//! - Stored sums that are not marked equal the sums of the responses.

mod claim;
mod connection;
mod days;
mod enrolment;
mod error;
mod machines;
mod names;
mod push;
mod removal;
mod schema;
mod settling;
mod usage;

pub use connection::{TeamStore, TenantId};
