//! Fuzz targets: every parser of input from outside, run on arbitrary bytes.
//!
//! - [`transcripts`], [`stats_cache`], [`status_line`]: files and output of Claude Code;
//! - [`settings`], [`prices`]: files written by users;
//! - [`queries`], [`cursors`], [`bodies`], [`messages`]: requests of clients to a [`server`], by [`http`] or WebSocket;
//! - [`telemetry`]: what Claude Code sends;
//! - [`facts`]: what another machine reports of its responses;
//! - [`imports`]: files of other programs.
//!
//! A target is a function that panics when it finds a fault. `corpus/<target>` contains interesting inputs
//! and those that revealed a fault; `cargo test` runs every target on each, and `cargo xtask fuzz` continues
//! from there, guided by code coverage.
//!
//! # Design
//!
//! Targets call public interfaces: the library of the reader, [`ctm_config::settings::Settings`], a server that runs
//! in this process. libFuzzer, which comes with LLVM, needs no nightly compiler without a sanitizer, and
//! this workspace has no unsafe code for one to check. Engines that run as ordinary tests
//! (proptest, bolero's own) are not guided by coverage.

#![expect(clippy::unwrap_used, reason = "a target panics when something is wrong")]

mod bodies;
mod cursors;
mod facts;
mod http;
mod imports;
mod messages;
mod prices;
mod queries;
mod server;
mod settings;
mod stats_cache;
mod status_line;
mod telemetry;
mod transcripts;

/// A function that takes any bytes.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, which is also the name of its folder in the corpus.
    pub name: &'static str,
    run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 12] = [
    Target { name: "transcripts", run: transcripts::run },
    Target { name: "stats-cache", run: stats_cache::run },
    Target { name: "status-line", run: status_line::run },
    Target { name: "settings", run: settings::run },
    Target { name: "prices", run: prices::run },
    Target { name: "queries", run: queries::run },
    Target { name: "cursors", run: cursors::run },
    Target { name: "bodies", run: bodies::run },
    Target { name: "messages", run: messages::run },
    Target { name: "telemetry", run: telemetry::run },
    Target { name: "facts", run: facts::run },
    Target { name: "imports", run: imports::run },
];

impl Target {
    /// Returns the target with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.into_iter().find(|target| target.name == name)
    }

    /// Runs it on an input.
    ///
    /// # Panics
    ///
    /// Panics when the input shows a fault.
    pub fn run(self, input: &[u8]) {
        (self.run)(input);
    }
}

/// Takes the first byte of an input as a choice, and returns the chosen item and the rest.
fn choose<'a, T: Copy>(choices: &[T], input: &'a [u8]) -> Option<(T, &'a [u8])> {
    let (first, rest) = input.split_first()?;
    // Seeds are written by hand: the choice is a letter.
    let choice = first.wrapping_sub(b'a') as usize % choices.len();
    Some((choices[choice], rest))
}
