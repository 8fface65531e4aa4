//! Personal records: what a person sets or writes down, beside the facts.
//!
//! - [`Personal`] lists, adds, changes and removes the records of a [`Kind`];
//! - each kind is a module of its own: its content, and the check of it: [`Note`], [`View`], [`SavedQuery`];
//! - [`StoredRule`] is an alert rule, and [`Personal::raise_alerts`] stores the [`Alert`]s that rules raise.
//!
//! # Design
//!
//! All kinds share one table of the database, with the content as JSON: they are few, small, and never joined with
//! facts. A kind therefore needs no schema and no statement, and is part of every backup. A kind has a maximum number
//! of records, so that all of them can be read at once.
//!
//! # Invariants
//!
//! - No report depends on a personal record.
//! - A record that cannot be parsed, as from another version, is omitted from lists and kept in the database.
//! - This crate is independent of SQL, HTTP and the clock.

mod alert;
mod budget;
mod delivery;
mod error;
mod link;
mod note;
mod queue;
mod records;
mod saved_query;
mod targets;
mod text;
mod view;

pub use alert::{Alert, AlertContext, AlertDays, StoredRule};
pub use budget::StoredBudget;
pub use delivery::{Delivery, DeliveryState};
pub use error::{FieldFault, PersonalError};
pub use link::{Link, LinkScope, hash_of};
pub use note::Note;
pub use queue::{AttemptEnd, DueDelivery};
pub use records::{Kind, Personal, Record};
pub use saved_query::SavedQuery;
pub use targets::{TargetSpan, Targets, TargetsChange};
pub use view::View;
