//! `ctm-push`: pushes the responses of this machine to hubs.
//!
//! Read the modules in this order:
//!
//! - [`cli`], [`args`], [`generate`]: the command line, its completions and manual;
//! - [`enrol`], [`run`], [`shown`]: what its commands do;
//! - [`agent`]: one push after the other, by the steps of [`ctm_push_protocol`];
//! - [`body`]: what a push contains;
//! - [`http`], [`address`]: the requests, and where they may go;
//! - [`machine`]: the database, and the files beside it;
//! - [`output`], [`error`]: what is printed, and errors with their exit codes.
//!
//! # Design
//!
//! `ctm` itself pushes nothing: this is a program of its own, which a person starts.
//! It reads the database and no transcripts, and sends what [`ctm_push_format::Level`] discloses and nothing else.

mod address;
mod agent;
mod args;
mod body;
mod cli;
mod enrol;
mod error;
mod generate;
mod http;
mod machine;
mod output;
mod run;
mod shown;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
