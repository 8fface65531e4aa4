//! The telemetry that Claude Code would have sent beside a home, and what it adds to the transcripts.
//!
//! # Design
//!
//! A response is reported when it is booked, with the output that it had, whatever its copies say. Requests that are in no
//! transcript are made up beside them, from chance of their own: a home is the same with and without its telemetry.
//! [`Telemetry::delivered`] then loses, repeats and reorders what was sent.

use crate::own_totals::OwnTotals;
use crate::random::Random;
use crate::response::{FAST, Response};
use ctm_types::TokenCounts;
use std::collections::BTreeSet;

/// A report of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// `request_id`.
    pub request: String,
    /// `session.id`.
    pub session: String,
    /// Time of the request, in UTC epoch milliseconds.
    pub at_ms: i64,
    /// `model`.
    pub model: &'static str,
    /// `speed`: `fast` or `normal`.
    pub speed: &'static str,
    /// `query_source`.
    pub query_source: &'static str,
    /// Its tokens, with the output that it had in the end.
    pub tokens: TokenCounts,
    /// The output that transcripts have, which nothing completes but this report; `None` where they have a final copy, and
    /// for a request that no transcript has.
    pub placeholder: Option<u64>,
    /// `true` if a transcript has a response to it.
    pub is_logged: bool,
}

/// The telemetry beside a home.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Telemetry {
    /// One report of each request.
    pub reports: Vec<Report>,
    /// Claude Code's own totals of sessions, which transcripts have.
    pub own_totals: OwnTotals,
}

/// What requests without a response are for.
const PURPOSES: [&str; 4] = ["generate_session_title", "compact", "prompt_suggestion", "auto_mode"];

/// Responses for each request that is in no transcript, about.
const UNLOGGED_ONE_IN: u64 = 12;

impl Report {
    /// Returns the report of a response, if that names its request.
    pub(crate) fn of(response: &Response, session: &str, at_ms: i64, sidechain: bool) -> Option<Self> {
        let placeholder = (!response.is_final()).then_some(response.tokens.output);
        // No copy of such a response has a speed, so that the home is the same.
        let is_fast = placeholder.is_some() && FAST.contains(&response.model) && at_ms % 2 == 0;
        Some(Self {
            request: response.request_id.clone()?,
            session: session.to_owned(),
            at_ms,
            model: response.model,
            speed: if is_fast || response.speed == "fast" { "fast" } else { "normal" },
            query_source: if sidechain { "Explore" } else { "repl_main_thread" },
            tokens: TokenCounts { output: response.output, ..response.tokens },
            placeholder,
            is_logged: true,
        })
    }

    /// Returns the report of a request that is in no transcript beside this one, by chance.
    pub(crate) fn unlogged_beside(&self, random: &mut Random) -> Option<Self> {
        random.one_in(UNLOGGED_ONE_IN).then(|| self.unlogged(random))
    }

    fn unlogged(&self, random: &mut Random) -> Self {
        let tokens = TokenCounts {
            input: random.within(200..=9_000),
            output: random.within(5..=900),
            cache_read: random.within(0..=40_000),
            // Telemetry does not say the duration; that of the reports is five minutes.
            cache_write_5m: random.within(0..=4_000),
            cache_write_1h: 0,
        };
        Self {
            request: random.id("req_011T"),
            query_source: *random.pick(&PURPOSES),
            speed: "normal",
            tokens,
            placeholder: None,
            is_logged: false,
            ..self.clone()
        }
    }
}

impl Telemetry {
    /// Returns what arrives of it: some reports are lost, some come twice, and all in another order.
    #[must_use]
    pub fn delivered(&self, seed: u64, lost_percent: u64) -> Vec<Report> {
        let mut random = Random::new(seed);
        let mut arriving = Vec::new();
        for report in &self.reports {
            if random.percent(lost_percent) {
                continue;
            }
            let times = if random.one_in(9) { 2 } else { 1 };
            arriving.extend(std::iter::repeat_n(report.clone(), times));
        }
        for last in (1..arriving.len()).rev() {
            arriving.swap(last, random.index(last + 1));
        }
        arriving
    }

    /// Returns what delivered reports add to the output of responses without a final copy, each with its report; and the
    /// requests that no transcript has.
    #[must_use]
    pub fn added(delivered: &[Report]) -> (Vec<(&Report, u64)>, Vec<&Report>) {
        let mut seen = BTreeSet::new();
        let (mut completed, mut unlogged) = (Vec::new(), Vec::new());
        for report in delivered.iter().filter(|report| seen.insert(&report.request)) {
            match report.placeholder {
                _ if !report.is_logged => unlogged.push(report),
                Some(placeholder) => completed.push((report, report.tokens.output - placeholder)),
                None => {}
            }
        }
        (completed, unlogged)
    }
}
