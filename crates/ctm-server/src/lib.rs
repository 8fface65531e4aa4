//! The server: REST, WebSocket and the web page. The only crate that uses actix.
//!
//! - `http`: basics: problems, request ids, authentication;
//! - `line`, `guard`, `base`: connections, and the middleware in front of every route;
//! - `api`, `mcp`, `otlp`, `login`, `page`: the handlers;
//! - [`alerts`]: evaluation of the alert rules; [`channels`], `deliveries`: delivery of the alerts, with the written reports of
//!   [`alert_reports`];
//! - [`collector`]: export of the metrics;
//! - [`server`]: the assembled server; [`open_files`]: the maximum number of connections;
//! - [`error`]: its errors.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod alert_reports;
pub mod alerts;
mod api;
mod base;
pub mod channels;
pub mod collector;
mod deliveries;
pub mod error;
mod follow_team;
mod guard;
mod http;
mod line;
mod login;
mod mcp;
pub mod open_files;
mod otlp;
mod page;
pub mod server;
