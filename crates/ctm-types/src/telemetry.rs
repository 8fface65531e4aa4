//! What Claude Code's telemetry reports of a request, and **the rule of two witnesses**.
//!
//! A transcript is the first witness of a response, and the event `claude_code.api_request` of Claude Code's telemetry
//! the second one. They are about the same response if they name the same request.
//!
//! # Design
//!
//! Telemetry is folded like a transcript: [`Witness::join`] keeps the greatest of all reports of a request by a total
//! order, whole, and remembers whether any two of them counted differently. So the result is the same for any order,
//! any repetition and any loss of reports.
//!
//! [`reconcile`] then determines each figure from one of the two:
//!
//! | figure | witness |
//! |---|---|
//! | model, input, cache reads | transcript |
//! | five-minute and one-hour cache writes, iterations, geography, service tier, web searches | transcript: telemetry does not say them |
//! | output of a final response | transcript |
//! | output of a response without a final copy | telemetry, unless it says less than the transcript |
//! | speed | transcript; with an output of telemetry and no logged speed, telemetry: copies that are not final have none |
//!
//! The transcript stays the base of the bill, because only it has the terms that decide a price. Where both say
//! something and differ, the transcript's figure holds, and the difference is a [`Conflict`]: it is shown, never
//! averaged or dropped.

use crate::{Billing, Circumstance, EpochMs, RequestKey, TokenCounts};
use std::sync::Arc;

/// The tokens of a request, by the kinds that telemetry distinguishes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportedTokens {
    /// Tokens that the model wrote.
    pub output: u64,
    /// Prompt tokens that were neither read from nor written to the cache.
    pub input: u64,
    /// Prompt tokens read from the cache.
    pub cache_read: u64,
    /// Prompt tokens written to the cache, of either duration.
    pub cache_creation: u64,
}

impl ReportedTokens {
    /// Returns the sum of all kinds; saturates.
    #[must_use]
    pub fn total(&self) -> u64 {
        let Self { output, input, cache_read, cache_creation } = *self;
        [input, cache_read, cache_creation].into_iter().fold(output, u64::saturating_add)
    }

    /// Returns the tokens as billed, where no transcript says the duration of cache writes: five minutes.
    #[must_use]
    pub fn assumed(&self) -> TokenCounts {
        let Self { output, input, cache_read, cache_creation } = *self;
        TokenCounts { input, output, cache_read, cache_write_5m: cache_creation, cache_write_1h: 0 }
    }
}

impl From<TokenCounts> for ReportedTokens {
    fn from(tokens: TokenCounts) -> Self {
        let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = tokens;
        let cache_creation = cache_write_5m.saturating_add(cache_write_1h);
        Self { output, input, cache_read, cache_creation }
    }
}

/// One report of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestReport {
    /// Its tokens.
    pub tokens: ReportedTokens,
    /// Its cost as computed by Claude Code, in millionths of a US dollar.
    pub cost_micros: Option<u64>,
    /// Time of the report, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Session id.
    pub session: Option<String>,
    /// Model and speed; the other terms are never reported.
    pub billing: Arc<Billing>,
    /// What the request was for, such as `repl_main_thread` or `compact`.
    pub query_source: Option<String>,
    /// Version of Claude Code.
    pub version: Option<String>,
    /// Skill, plugin, agent, MCP server and tool, and effort.
    pub circumstance: Option<Arc<Circumstance>>,
}

/// What telemetry reports of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The request.
    pub request: RequestKey,
    /// The greatest of its reports.
    pub report: RequestReport,
    /// `true` if two reports counted differently.
    pub is_contested: bool,
}

impl Witness {
    /// Returns the witness of a single report.
    #[must_use]
    pub fn new(request: RequestKey, report: RequestReport) -> Self {
        Self { request, report, is_contested: false }
    }

    /// Joins another witness of the same request, and returns whether anything changed.
    pub fn join(&mut self, other: Self) -> bool {
        let is_contested =
            self.is_contested || other.is_contested || self.report.tokens != other.report.tokens;
        let is_less = self.report < other.report;
        let changed = is_less || is_contested != self.is_contested;
        self.is_contested = is_contested;
        if is_less {
            self.report = other.report;
        }
        changed
    }
}

/// What the transcripts log of a response, as far as telemetry reports it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged<'a> {
    /// The model.
    pub model: &'a str,
    /// The speed of the first part.
    pub speed: Option<&'a str>,
    /// The tokens of the first part.
    pub tokens: TokenCounts,
    /// Number of billed parts, at least one.
    pub parts: usize,
    /// `true` if a copy carries a final marker.
    pub is_final: bool,
}

/// A figure that the two witnesses of a response do not agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Conflict {
    /// The model.
    Model,
    /// Input tokens.
    Input,
    /// Output tokens of a final response, or fewer than a transcript already has.
    Output,
    /// Cache reads.
    CacheRead,
    /// Cache writes of both durations.
    CacheWrite,
    /// The speed, which decides the price.
    Speed,
    /// Reports of telemetry among themselves.
    Reports,
}

impl Conflict {
    /// Returns the public name of the figure.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Input => "input",
            Self::Output => "output",
            Self::CacheRead => "cache_read",
            Self::CacheWrite => "cache_write",
            Self::Speed => "speed",
            Self::Reports => "reports",
        }
    }
}

/// A response according to both witnesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    /// Output tokens of the first part.
    pub output: u64,
    /// `true` if the output is that of telemetry, which completes a response without a final copy.
    pub is_completed: bool,
    /// The speed that telemetry adds to a completed response; `None` where the transcript holds.
    pub added_speed: Option<String>,
    /// What they do not agree on, in the order of [`Conflict`].
    pub conflicts: Vec<Conflict>,
}

/// Returns a response according to both witnesses.
///
/// The parts of a response with several are not compared: telemetry counts the response as a whole, and a transcript with
/// several parts is final.
#[must_use]
pub fn reconcile(logged: &Logged<'_>, witness: &Witness) -> Reconciled {
    let said = ReportedTokens::from(logged.tokens);
    let reported = witness.report.tokens;
    let is_whole = logged.parts == 1;
    let is_completed = !logged.is_final && is_whole && reported.output >= said.output;
    let speed = witness.report.billing.speed.as_deref();
    let added_speed = speed.filter(|_| is_completed && logged.speed.is_none());
    let is_other_speed = |logged: &str| speed.is_some_and(|speed| !speed.eq_ignore_ascii_case(logged));
    let differs = |conflict, one: u64, other: u64| (is_whole && one != other).then_some(conflict);
    let output = if is_completed { None } else { differs(Conflict::Output, said.output, reported.output) };
    let conflicts = [
        (!is_same_model(logged.model, &witness.report.billing.model)).then_some(Conflict::Model),
        differs(Conflict::Input, said.input, reported.input),
        output,
        differs(Conflict::CacheRead, said.cache_read, reported.cache_read),
        differs(Conflict::CacheWrite, said.cache_creation, reported.cache_creation),
        (is_whole && logged.speed.is_some_and(is_other_speed)).then_some(Conflict::Speed),
        witness.is_contested.then_some(Conflict::Reports),
    ];
    Reconciled {
        output: if is_completed { reported.output } else { said.output },
        is_completed,
        added_speed: added_speed.map(str::to_owned),
        conflicts: conflicts.into_iter().flatten().collect(),
    }
}

/// Returns whether two names can be of the same model: telemetry may append the size of the context, such as `[1m]`.
fn is_same_model(logged: &str, reported: &str) -> bool {
    let bare = |name: &str| name.split('[').next().unwrap_or_default().to_ascii_lowercase();
    reported.is_empty() || bare(logged) == bare(reported)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn billing(model: &str) -> Arc<Billing> {
        Arc::new(Billing { model: model.to_owned(), ..Billing::default() })
    }

    /// A witness that reports a speed.
    fn at_speed(speed: &str, output: u64) -> Witness {
        let mut witness = witness(output);
        witness.report.billing =
            Arc::new(Billing { speed: Some(speed.to_owned()), ..(*billing("m")).clone() });
        witness
    }

    fn witness(output: u64) -> Witness {
        let tokens = ReportedTokens { output, input: 1, cache_read: 100, cache_creation: 1_010 };
        let report = RequestReport { tokens, billing: billing("m"), ..RequestReport::default() };
        Witness::new(RequestKey(1), report)
    }

    fn logged(output: u64, is_final: bool) -> Logged<'static> {
        let tokens =
            TokenCounts { input: 1, output, cache_read: 100, cache_write_5m: 10, cache_write_1h: 1_000 };
        Logged { model: "m", speed: None, tokens, parts: 1, is_final }
    }

    #[test]
    fn telemetry_completes_a_response_without_a_final_copy() {
        let check = |output, is_final, reported, expected: (u64, bool, &[Conflict])| {
            let found = reconcile(&logged(output, is_final), &witness(reported));
            assert_eq!((found.output, found.is_completed, &*found.conflicts), expected);
        };
        check(3, false, 900, (900, true, &[]));
        check(900, false, 900, (900, true, &[]));
        check(901, false, 900, (901, false, &[Conflict::Output]));
        check(900, true, 900, (900, false, &[]));
        check(3, true, 900, (3, false, &[Conflict::Output]));
    }

    #[test]
    fn the_transcript_holds_where_both_differ_and_every_difference_is_named() {
        let mut other = witness(900);
        other.report.billing = billing("n");
        other.report.tokens = ReportedTokens { output: 900, input: 2, cache_read: 3, cache_creation: 4 };
        other.is_contested = true;
        let found = reconcile(&logged(900, true), &other);
        let expected =
            [Conflict::Model, Conflict::Input, Conflict::CacheRead, Conflict::CacheWrite, Conflict::Reports];
        assert_eq!((found.output, &*found.conflicts), (900, &expected[..]));
        assert_eq!(expected.map(Conflict::name).join(" "), "model input cache_read cache_write reports");
    }

    #[test]
    fn the_speed_of_a_completed_response_is_that_of_telemetry_if_no_transcript_has_one() {
        let check = |speed, is_final, reported, added: Option<&str>, conflicts: &[Conflict]| {
            let found = reconcile(&Logged { speed, ..logged(900, is_final) }, &at_speed(reported, 900));
            assert_eq!((found.added_speed.as_deref(), &*found.conflicts), (added, conflicts));
        };
        check(None, false, "fast", Some("fast"), &[]);
        check(None, true, "fast", None, &[]);
        check(Some("fast"), false, "fast", None, &[]);
        check(Some("Fast"), true, "fast", None, &[]);
        check(Some("standard"), false, "fast", None, &[Conflict::Speed]);
        check(Some("fast"), true, "standard", None, &[Conflict::Speed]);
        assert_eq!(reconcile(&logged(901, false), &at_speed("fast", 900)).added_speed, None);
        assert_eq!(reconcile(&logged(3, false), &witness(900)).added_speed, None);
    }

    #[test]
    fn parts_of_a_response_are_not_compared_with_the_whole() {
        let logged = Logged { parts: 2, speed: Some("standard"), ..logged(3, true) };
        assert_eq!(reconcile(&logged, &at_speed("fast", 900)).conflicts, []);
        assert_eq!(reconcile(&logged, &witness(900)).output, 3);
    }

    #[test]
    fn the_size_of_the_context_is_no_other_model() {
        assert!(is_same_model("claude-opus-4-5", "claude-opus-4-5[1m]"));
        assert!(!is_same_model("claude-opus-4-5", "claude-opus-4-1[1m]"));
    }

    fn reports() -> impl Strategy<Value = Witness> {
        let count = || 0..3_u64;
        let name = || prop::option::of(prop::sample::select(vec!["a", "b"]));
        let counts = (count(), count(), count(), count(), prop::option::of(count()));
        (counts, 0..3_i64, name(), name()).prop_map(|(counts, at_ms, source, model)| {
            let (output, input, cache_read, cache_creation, cost_micros) = counts;
            let report = RequestReport {
                tokens: ReportedTokens { output, input, cache_read, cache_creation },
                cost_micros,
                at_ms: EpochMs(at_ms),
                session: Some("s".to_owned()),
                billing: billing(model.unwrap_or_default()),
                query_source: source.map(str::to_owned),
                version: None,
                circumstance: None,
            };
            Witness::new(RequestKey(1), report)
        })
    }

    /// Joins reports from the left.
    fn joined(of: &[&Witness]) -> Witness {
        let mut all = of[0].clone();
        for other in &of[1..] {
            all.join((*other).clone());
        }
        all
    }

    proptest! {
        #[test]
        fn reports_are_joined_in_any_order_grouping_and_number(
            [one, two, three] in [reports(), reports(), reports()]
        ) {
            let all = joined(&[&one, &two, &three]);
            let mut of_two = two.clone();
            of_two.join(three.clone());
            prop_assert_eq!(&joined(&[&one, &of_two]), &all);
            for order in [[&three, &one, &two], [&two, &three, &one], [&three, &two, &one]] {
                prop_assert_eq!(&joined(&order), &all);
            }
            prop_assert_eq!(&joined(&[&all, &three, &one, &all]), &all);
            let counts = [&one, &two, &three].map(|of| of.report.tokens);
            prop_assert_eq!(all.is_contested, counts.iter().any(|of| *of != counts[0]));
        }

        #[test]
        fn joining_says_whether_anything_changed([one, two] in [reports(), reports()]) {
            let mut both = one.clone();
            prop_assert_eq!(both.join(two.clone()), both != one);
            let known = both.clone();
            prop_assert!(!both.join(one) && !both.join(two) && both == known);
        }

        #[test]
        fn no_output_is_less_than_what_the_transcript_has_and_no_logged_speed_is_replaced(
            output in 0..5_u64, reported in 0..5_u64, is_final: bool, parts in 1..3_usize,
            speed in prop::option::of(prop::sample::select(vec!["fast", "standard"])), is_fast: bool
        ) {
            let logged = Logged { parts, speed, ..logged(output, is_final) };
            let reported_speed = if is_fast { "fast" } else { "standard" };
            let found = reconcile(&logged, &at_speed(reported_speed, reported));
            let added_speed = found.added_speed.as_deref();
            prop_assert_eq!(added_speed, (found.is_completed && speed.is_none()).then_some(reported_speed));
            let is_other = parts == 1 && speed.is_some_and(|speed| speed != reported_speed);
            prop_assert_eq!(found.conflicts.contains(&Conflict::Speed), is_other);
            prop_assert!(found.output >= output);
            prop_assert!(!is_final || found.output == output);
            prop_assert_eq!(found.is_completed, found.output == reported && !is_final && parts == 1);
        }
    }
}
