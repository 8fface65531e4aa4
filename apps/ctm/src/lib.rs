//! Claude Token Monitor as a program: the command line, logging, and a home to look at.
//!
//! - [`cli`]: a file for each command;
//! - [`logging`]: lines to the terminal and to a file;
//! - [`demo`], [`progress`], `file_size`: a generated home, a bar to wait with, the limit of files;
//! - [`error`]: what ends a command, with its exit code.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod cli;
pub mod demo;
pub mod error;
mod file_size;
pub mod logging;
pub mod progress;
