//! OTLP over HTTP: what Claude Code's telemetry reports of requests, the answers to its senders, and ctm's own metrics for a collector.
//!
//! Read the modules in this order:
//!
//! - [`body`]: encodings, and the size of a body, compressed or not;
//! - [`fields`]: the attributes of a record that are read; every other one is skipped unseen;
//! - [`protobuf`], [`json`]: the records of a body, one at a time;
//! - [`logs`], [`metrics`]: reports of requests, and the number of data points;
//! - [`status`]: answers, in the encoding of the request;
//! - [`export`]: the other direction: ctm's own metrics for a collector.
//!
//! # Design
//!
//! The messages are walked rather than decoded as a whole: a body of a few megabytes can hold millions of empty records, and
//! a message type of each would take a hundred times its size. So memory is bounded by the size of a body and of one
//! record, nesting is skipped without recursion, and an attribute that is not read never becomes a text.
//!
//! The crate `opentelemetry-proto` was rejected: its messages come with the SDK and tonic, and hold every attribute; those of [`export`] are few.
//!
//! # Invariants
//!
//! - No attribute leaves this crate that is not named in [`fields::Field`].
//! - No input causes a panic, and none takes more memory than stated in [`body`].
//! - This crate is independent of files, SQL, sockets and the clock.

pub mod body;
pub mod export;
pub mod fields;
pub mod json;
pub mod logs;
pub mod metrics;
pub mod protobuf;
pub mod status;

pub use body::{BodyError, Encoding};
pub use logs::{Logs, Rejection};
