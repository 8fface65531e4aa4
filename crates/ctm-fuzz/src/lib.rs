//! Fuzz targets: what reads or answers anything that comes from outside, fed with any bytes.
//!
//! - [`transcripts`], [`stats_cache`], [`status_line`]: what Claude Code writes;
//! - [`settings`], [`prices`]: files that users write;
//! - [`queries`], [`cursors`], [`bodies`], [`messages`]: what clients send to a [`server`], by [`http`] or WebSocket.
//!
//! A target is a function that panics when something is wrong. `corpus/<target>` holds inputs that are of
//! interest by themselves and those that a fault was found with; `cargo test` runs every target on each,
//! and `cargo xtask fuzz` continues from there, guided by the code that an input reaches.
//!
//! # Design
//!
//! Targets call what is public: the library of the reader, [`ctm_config::settings::Settings`], a server that runs
//! in this process. libFuzzer, which comes with LLVM, needs no nightly compiler as long as no sanitizer is
//! asked for, and there is no unsafe code here for one to look at. Of engines that run as ordinary tests
//! (proptest, bolero's own) none knows which code an input reaches.

#![expect(clippy::unwrap_used, reason = "a target panics when something is wrong")]

mod bodies;
mod cursors;
mod http;
mod messages;
mod prices;
mod queries;
mod server;
mod settings;
mod stats_cache;
mod status_line;
mod transcripts;

/// Something that takes any bytes.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its folder in the corpus.
    pub name: &'static str,
    run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 9] = [
    Target { name: "transcripts", run: transcripts::run },
    Target { name: "stats-cache", run: stats_cache::run },
    Target { name: "status-line", run: status_line::run },
    Target { name: "settings", run: settings::run },
    Target { name: "prices", run: prices::run },
    Target { name: "queries", run: queries::run },
    Target { name: "cursors", run: cursors::run },
    Target { name: "bodies", run: bodies::run },
    Target { name: "messages", run: messages::run },
];

impl Target {
    /// Returns the target of a name.
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

/// Takes the first byte of an input for a choice, and returns what is chosen and the rest.
fn choose<'a, T: Copy>(choices: &[T], input: &'a [u8]) -> Option<(T, &'a [u8])> {
    let (first, rest) = input.split_first()?;
    // Seeds are written by hand: the choice is a letter.
    let choice = first.wrapping_sub(b'a') as usize % choices.len();
    Some((choices[choice], rest))
}
