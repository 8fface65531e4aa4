//! Channels as the config file has them, against servers and commands on this machine.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod attacks;
mod collector;
mod commands;
mod config;
mod errors;
mod kinds;
mod mail;
mod mail_server;
mod server;
#[cfg(target_os = "linux")]
mod tls;
