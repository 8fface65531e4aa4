//! Settings: what is asked for on the command line, in the environment and in files, checked.
//!
//! - [`settings`]: every setting, its layers and its value; rules of project names;
//! - [`prices`]: the price book in force;
//! - [`networks`], [`origin`], [`base_path`]: values of settings that the server compares with requests;
//! - [`machine`]: the identity of the machine, beside the database;
//! - [`error`]: what can be wrong with settings.
//!
//! Nothing here knows of a server, a database or a middleware.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod base_path;
pub mod error;
pub mod machine;
pub mod networks;
pub mod origin;
pub mod prices;
pub mod settings;
