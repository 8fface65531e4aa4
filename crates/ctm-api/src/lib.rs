//! The contract of the REST interface and the WebSocket, apart from the server that keeps it.
//!
//! - [`parameter`], [`parameters`]: what a parameter is, and each of them once;
//! - [`operations`]: every operation with its path, parameters and answers;
//! - [`params`]: the parameters of a request, parsed by that table;
//! - [`document`]: the OpenAPI document, written from that table;
//! - [`health`], [`config`], [`rules`], [`export`]: bodies that no report has;
//! - [`problem`], [`json`]: errors as problem details, and JSON that clients send;
//! - [`protocol`], [`topics`], [`requests`], [`messages`]: the WebSocket `ctm.v1`;
//! - [`metrics`]: the metrics of Prometheus;
//! - [`rate_limit`]: rate limits by network and of one connection.
//!
//! Nothing here opens a socket, names actix or asks for the time.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod config;
pub mod document;
pub mod export;
pub mod health;
pub mod json;
pub mod messages;
pub mod metrics;
pub mod operations;
pub mod parameter;
pub mod parameters;
pub mod params;
pub mod problem;
pub mod protocol;
pub mod rate_limit;
pub mod requests;
pub mod rules;
pub mod topics;
