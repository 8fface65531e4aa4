//! Sums of stored facts: the one shape from which every report is folded.

use crate::{Billing, BillingId, EpochMs, FolderId, HomeId, ProjectId, SessionId, Slot, TokenCounts};
use std::collections::HashMap;

/// The sum of the events that agree in everything a report can group or price by.
///
/// Names are numbers here; [`Catalog`] maps them to texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageRow {
    /// Its slot.
    pub slot: Slot,
    /// Session, a key of [`Catalog::sessions`].
    pub session: SessionId,
    /// Project, a key of [`Catalog::projects`].
    pub project: ProjectId,
    /// Working directory.
    pub folder: FolderId,
    /// Claude home of the original line, a key of [`Catalog::homes`].
    pub home: HomeId,
    /// Model and price terms, a key of [`Catalog::billings`].
    pub billing: BillingId,
    /// Number of the price table's long-context thresholds that each event's prompt exceeded.
    pub context_band: u8,
    /// `true` for usage of subagents, `false` for that of main conversations.
    pub sidechain: bool,
    /// Tokens.
    pub tokens: TokenCounts,
    /// Web searches.
    pub web_searches: u64,
    /// Responses: events that are the first part of theirs.
    pub responses: u64,
    /// Responses without a final copy, whose output may be incomplete.
    pub unfinalised: u64,
    /// Time of the first event, in UTC epoch milliseconds.
    pub first_ms: EpochMs,
    /// Time of the last event, in UTC epoch milliseconds.
    pub last_ms: EpochMs,
}

/// The fields that distinguish events of a slot: the numbers of a [`UsageRow`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageKey {
    /// Session.
    pub session: SessionId,
    /// Project.
    pub project: ProjectId,
    /// Working directory.
    pub folder: FolderId,
    /// Claude home.
    pub home: HomeId,
    /// Model and price terms.
    pub billing: BillingId,
    /// Context band of the event's prompt.
    pub context_band: u8,
    /// `true` for a subagent, `false` for the main conversation.
    pub sidechain: bool,
}

/// The part of an event that goes into a [`UsageRow`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageEvent {
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Tokens.
    pub tokens: TokenCounts,
    /// Web searches.
    pub web_searches: u64,
    /// `true` for the first part of its response, which counts as the response.
    pub is_first: bool,
    /// `true` if a copy of its response carries a final marker.
    pub is_final: bool,
}

impl UsageRow {
    /// Returns the row of one event.
    #[must_use]
    pub fn of(event: &UsageEvent, key: &UsageKey) -> Self {
        let UsageKey { session, project, folder, home, billing, context_band, sidechain } = *key;
        Self {
            slot: Slot::of(event.at_ms),
            session,
            project,
            folder,
            home,
            billing,
            context_band,
            sidechain,
            tokens: event.tokens,
            web_searches: event.web_searches,
            responses: u64::from(event.is_first),
            unfinalised: u64::from(event.is_first && !event.is_final),
            first_ms: event.at_ms,
            last_ms: event.at_ms,
        }
    }

    /// Returns the fields that distinguish it from other rows of its slot.
    #[must_use]
    pub fn key(&self) -> UsageKey {
        let Self { session, project, folder, home, billing, context_band, sidechain, .. } = *self;
        UsageKey { session, project, folder, home, billing, context_band, sidechain }
    }

    /// Adds an event that agrees with the row in everything it can be grouped by.
    pub fn add(&mut self, event: &UsageEvent) {
        self.tokens += event.tokens;
        self.web_searches = self.web_searches.saturating_add(event.web_searches);
        self.responses += u64::from(event.is_first);
        self.unfinalised += u64::from(event.is_first && !event.is_final);
        self.first_ms = self.first_ms.min(event.at_ms);
        self.last_ms = self.last_ms.max(event.at_ms);
    }

    /// Adds a row of other events that agrees with it in everything that rows can be grouped by.
    pub fn join(&mut self, other: &Self) {
        self.tokens += other.tokens;
        self.web_searches = self.web_searches.saturating_add(other.web_searches);
        self.responses = self.responses.saturating_add(other.responses);
        self.unfinalised = self.unfinalised.saturating_add(other.unfinalised);
        self.first_ms = self.first_ms.min(other.first_ms);
        self.last_ms = self.last_ms.max(other.last_ms);
    }
}

/// Returns how many of the thresholds, in tokens, a prompt exceeds: its context band.
#[must_use]
pub fn context_band(prompt_tokens: u64, thresholds: &[u64]) -> u8 {
    let exceeded = thresholds.iter().filter(|&&threshold| prompt_tokens > threshold);
    u8::try_from(exceeded.count()).unwrap_or(u8::MAX)
}

/// The texts behind the numbers of [`UsageRow`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// Session ids.
    pub sessions: HashMap<SessionId, String>,
    /// Projects, by the number of the folder that a session was started in.
    pub projects: HashMap<ProjectId, String>,
    /// Claude homes: canonical paths.
    pub homes: HashMap<HomeId, String>,
    /// Models and price terms.
    pub billings: HashMap<BillingId, Billing>,
}

/// Details of a session besides its usage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionDetails {
    /// Its id.
    pub session: String,
    /// Git branch of its last response.
    pub branch: Option<String>,
    /// Version of Claude Code that wrote its last response.
    pub version: Option<String>,
    /// Subagents with responses in it.
    pub subagents: u64,
    /// Typed prompts.
    pub prompts: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Tool calls that failed.
    pub tool_errors: u64,
}

/// Calls of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolUsage {
    /// Its name.
    pub tool: String,
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Sessions with calls.
    pub sessions: u64,
    /// Time of the last response that called it, in UTC epoch milliseconds.
    pub last_ms: EpochMs,
}

/// The use of a version of Claude Code in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionUse {
    /// The version.
    pub version: String,
    /// The session.
    pub session: SessionId,
    /// Its first use in the session, in UTC epoch milliseconds; `None`: the start of the session, which has no other
    /// version.
    pub first_ms: Option<EpochMs>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_quarters_of_an_hour_before_and_after_the_epoch() {
        let slots = |times: [i64; 4]| times.map(|at_ms| Slot::of(EpochMs(at_ms)).0);
        assert_eq!(slots([-1, 0, Slot::MILLIS - 1, Slot::MILLIS]), [-1, 0, 0, 1]);
        assert_eq!(Slot(-1).start(), EpochMs(-Slot::MILLIS));
        assert_eq!([-1, 0, 1].map(|at_ms| Slot::after(EpochMs(at_ms)).0), [0, 0, 1]);
    }

    #[test]
    fn every_time_is_in_a_slot() {
        for at_ms in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX].map(EpochMs) {
            let slot = Slot::of(at_ms);
            assert!((0..Slot::MILLIS).contains(&at_ms.since(slot.start())), "{at_ms:?}");
        }
        assert_eq!([i64::MIN, i64::MAX].map(|slot| Slot(slot).start()), [EpochMs::MIN, EpochMs::MAX]);
    }
}
