//! The server: REST, WebSocket and the web page. The only crate that names actix.
//!
//! - `http`: what all of it stands on: problems, request ids, who asks;
//! - `line`, `guard`, `base`: connections, and the middleware in front of every route;
//! - `api`, `login`, `page`: what is answered;
//! - [`server`]: all of it together; [`open_files`]: how many connections there can be;
//! - [`error`]: what can go wrong.

#![warn(clippy::print_stderr, clippy::print_stdout)]

mod api;
mod base;
pub mod error;
mod guard;
mod http;
mod line;
mod login;
pub mod open_files;
mod page;
pub mod server;
