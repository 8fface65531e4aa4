//! Reports as tools of the Model Context Protocol, for programs that work with models.
//!
//! - [`tools`]: the tools, each an operation of REST with its parameters, checks and result;
//! - [`answer`]: the answer of a tool, from the same reports as REST and the command line;
//! - [`documents`]: documentation as resources;
//! - [`server`]: the server, on standard input and output;
//! - [`over_http`]: the server over HTTP.
//!
//! # Invariants
//!
//! - Tools only read. No result has the text of a prompt, of a response or of a tool.
//! - A result is the body of the REST operation with the same arguments: figures cannot differ.
//! - Without a period, a tool covers the last 30 days, and without a limit, a page has 10 items: a result is read by a
//!   model, whose context it fills.

#![warn(clippy::print_stderr, clippy::print_stdout)]

mod answer;
mod documents;
mod over_http;
mod server;
mod tools;

pub use answer::Reports;
pub use over_http::{Answer, McpService, Request};
pub use server::{McpError, McpServer, Refresh};
