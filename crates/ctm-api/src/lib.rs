//! The contract of the REST interface and the WebSocket, independent of the server that implements it.
//!
//! - [`parameter`], [`parameters`]: the definition of a parameter, and the table of all of them;
//! - [`operations`]: every operation with its path, parameters and responses;
//! - [`params`]: the parameters of a request, parsed by that table;
//! - [`document`], [`schema`]: the OpenAPI document and JSON schemas, generated from that table;
//! - [`health`], [`config`], [`rules`], [`links`], [`targets`], [`budgets`], [`alerts`], [`telemetry`], [`backups`], [`export`]: bodies other than
//!   reports;
//! - [`push`]: bodies for machines that push their usage;
//! - [`personal`], [`notes`], [`views`]: requests about personal records, and their problems;
//! - [`problem`], [`json`]: errors as problem details, and JSON from clients;
//! - [`protocol`], [`topics`], [`requests`], [`messages`]: the WebSocket `ctm.v1`;
//! - [`metrics`]: the metrics of Prometheus;
//! - [`rate_limit`]: rate limits per network and per connection.
//!
//! This crate opens no sockets, does not use actix, and does not read the clock.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod alerts;
pub mod backups;
pub mod budgets;
pub mod config;
pub mod document;
pub mod export;
mod fields;
pub mod health;
pub mod json;
pub mod links;
pub mod messages;
pub mod metrics;
pub mod notes;
pub mod operations;
pub mod parameter;
pub mod parameters;
pub mod params;
pub mod personal;
pub mod problem;
pub mod protocol;
pub mod push;
pub mod queries;
pub mod rate_limit;
pub mod requests;
pub mod rules;
pub mod schema;
pub mod sql;
pub mod targets;
pub mod team;
pub mod telemetry;
pub mod topics;
pub mod views;
