//! The SQLite store of usage facts: schema, migrations and every SQL statement.
//!
//! - [`Store`] opens the database and runs queries on a small pool of readers;
//! - [`Writer`] is the one writer: it takes batches of facts and commits them together with
//!   their checkpoints;
//! - [`ctm_facts::UsageFilter`] and [`Store::usage`] ask the one coarse question that reports are folded from;
//! - [`Store::tool_usage`] does the same for tool calls, [`Store::facet_usage`] for what responses were made for,
//!   [`Store::cache_usage`] for the prompt cache, [`Store::hook_usage`] for hooks,
//!   [`Store::concurrency`] for how many sessions are active at once;
//! - [`inspect`], [`copy`], [`compare`] and [`Alone`] maintain the file;
//! - [`Store::forget`] removes what a [`ctm_facts::Selection`] means, and keeps it from being read again;
//! - [`Store::query_views`] runs a statement that a person writes;
//! - [`Store::edit_personal_records`] changes what a person has written down;
//! - [`Store::seals`] returns sealed months, and [`Store::seal_corrections`] what changed of them;
//! - [`Store::reported_responses`] returns responses for other machines, and [`Store::import_claims`] takes theirs;
//! - [`Store::invite`], [`Store::enrol`] and [`Store::push`] are a hub, to which machines push;
//! - [`Store::add_push_target`] begins a journal of changed responses, and [`Store::push_page`] returns those that a hub lacks;
//! - [`Store::responses`] and [`Store::response`] show responses one by one, and the lines behind them.
//!
//! # Invariants
//!
//! - A batch and its checkpoint commit in one transaction: a crash at any moment loses nothing
//!   and counts nothing twice.
//! - After any failure the writer works again. No file is written that is not at its path any more.
//! - Applying a batch again, or batches in another order, leaves the same facts.
//! - A fact is never deleted because its transcript was truncated, changed or deleted; it is deleted when a
//!   user forgets it, and then it stays excluded.
//! - This crate is independent of Claude's file formats, HTTP, prices and the clock.

mod audit;
mod cache;
mod change;
mod claims;
mod compare;
mod concurrency;
mod connect;
mod convert;
mod days;
mod dictionary;
mod drivers;
mod event_pages;
mod events;
mod facets;
mod files;
mod foreign;
mod forget;
mod forgotten;
mod hooks;
mod hub;
mod imports;
mod limits;
mod loading;
mod machines;
mod maintenance;
mod outlines;
mod overlap;
mod personal;
mod prompt_caches;
mod push;
mod refusals;
mod reported;
mod responses;
mod schema;
mod seals;
mod session_facts;
mod sessions;
mod snapshots;
mod starts;
mod stats_cache;
mod store;
mod telemetry;
mod tools;
mod triggers;
mod unlogged;
mod usage;
mod values;
mod versions;
mod views;
mod workloads;
mod writer;

pub use cache::MissedResponses;
pub use compare::compare;
pub use concurrency::ConcurrencyParts;
pub use ctm_facts::StorageError;
pub use ctm_sqlite::select::{Bounds, Cut, Selection, SqlValue};
pub use facets::{FacetDetails, FacetParts};
pub use foreign::{ForeignError, read_foreign};
pub use maintenance::{Alone, copy, inspect, newest_schema_version};
pub use reported::known_response;
pub use store::Store;
pub use views::{PartPrice, SelectError, SqlFunctions};
pub use writer::Writer;
