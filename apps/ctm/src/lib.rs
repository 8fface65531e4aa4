//! Claude Token Monitor as a program: the command line, logging, and the demo.
//!
//! - [`cli`]: a file for each command;
//! - `channels`: the channels of the config file, as the server sends alerts to them;
//! - [`logging`]: lines to the terminal and to a file;
//! - [`demo`], [`progress`], `file_size`, `wrapping`: a generated home, a progress bar, the file size limit, the width of lines;
//! - [`error`]: errors that end a command, with their exit codes.

#![warn(clippy::print_stderr, clippy::print_stdout)]

mod channels;
pub mod cli;
mod collector;
pub mod demo;
pub mod error;
mod file_size;
pub mod logging;
pub mod progress;
mod wrapping;
