//! Settings: values of the command line, the environment and files, validated.
//!
//! - [`settings`]: every setting, its layers and its value; rules of project names;
//! - [`prices`]: the effective price book;
//! - [`channel`], [`secret`]: channels that alerts are sent to, and their secrets;
//! - [`collector`]: the collector that is sent ctm's own metrics;
//! - [`networks`], [`origin`], [`base_path`]: values of settings that the server compares with requests;
//! - [`machine`]: the identity of the machine, beside the database;
//! - [`error`]: what can be wrong with settings.
//!
//! This crate is independent of servers, databases and middleware.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod base_path;
pub mod channel;
pub mod collector;
pub mod error;
pub mod machine;
pub mod networks;
pub mod origin;
pub mod prices;
pub mod secret;
pub mod settings;
