//! The program from outside: its binary as a process, its server over HTTP and WebSocket.
//!
//! Support code of the tests:
//!
//! - [`place`]: a folder with a Claude home, a database and nothing else, and `ctm` run in it;
//! - [`running`], [`process`]: the server, in this process or in another; `terminal`: what is drawn on one;
//! - [`http`], [`socket`]: its clients; [`holder`]: another writer to its database;
//! - [`commands`]: every command with what it needs;
//! - [`contract`]: the OpenAPI document, which every answer is checked against;
//! - [`figures`]: answers with exact amounts, comparable with what has to be counted.
//!
//! Nothing waits for a time to pass: tests wait for a line, a message, or the end of a process.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[cfg(unix)]
mod commands;
mod contract;
mod converted;
mod figures;
#[cfg(target_os = "linux")]
mod floods;
mod forecasts;
mod holder;
mod http;
mod place;
#[cfg(unix)]
mod process;
mod running;
mod socket;
#[cfg(unix)]
mod terminal;

mod alerting;
mod calibrated;
mod calibration;
mod causes;
mod channels;
mod cli;
#[cfg(unix)]
mod collector;
mod dates;
mod demo;
mod details;
mod document;
#[cfg(unix)]
mod failures;
mod field;
mod golden;
#[cfg(unix)]
mod homes;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod hostile_directory;
#[cfg(unix)]
mod irregular;
mod kill;
mod limits;
mod live;
#[cfg(unix)]
mod logs;
mod loss;
#[cfg(unix)]
mod mcp;
#[cfg(target_os = "linux")]
mod memory;
mod mounts;
mod no_database;
mod noticing;
mod order;
mod owners;
#[cfg(unix)]
mod read_only;
mod rest;
#[cfg(unix)]
mod serve;
mod statusline;
mod stored;
#[cfg(unix)]
mod team;
mod telemetry;
#[cfg(unix)]
mod watch;
mod ws;
