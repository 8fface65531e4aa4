//! Records of sessions besides responses and prompts.
//!
//! Claude Code deletes transcripts, so these are stored even if no report shows them yet. Every fact has an
//! identity and an order that decides between several readings, so that the order of reading, and reading a
//! line twice, do not matter.

use crate::{EpochMs, PicoUsd};
use std::collections::BTreeMap;

/// Records of sessions in a stretch of a transcript.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SessionFacts {
    /// Turns, hooks and pull requests.
    pub records: Vec<SessionRecord>,
    /// The last name of each kind, by session.
    #[cfg_attr(feature = "serde", serde(with = "crate::stored::pairs"))]
    pub names: BTreeMap<(String, NameKind), SessionName>,
    /// Claude Code's own totals, by session: the greatest of the stretch.
    pub cost_states: BTreeMap<String, CostState>,
}

impl SessionFacts {
    /// Returns how many facts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let models: usize = self.cost_states.values().map(|state| state.models.len()).sum();
        self.records.len() + self.names.len() + self.cost_states.len() + models
    }

    /// Returns whether the list is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a session's own totals; the greatest are kept, because they only grow and their lines have no time.
    pub fn add_cost_state(&mut self, session: String, state: CostState) {
        match self.cost_states.get_mut(&session) {
            Some(known) if *known >= state => {}
            Some(known) => *known = state,
            None => {
                self.cost_states.insert(session, state);
            }
        }
    }
}

/// Something that happened in a session at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SessionRecord {
    /// Identity, equal in all copies of its line.
    pub id: String,
    /// Session of the line.
    pub session: String,
    /// Time of the line, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// The kind of event.
    pub what: Recorded,
}

/// An event of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Recorded {
    /// A turn ended.
    Turn {
        /// Duration, in milliseconds.
        duration_ms: u64,
    },
    /// A hook ran.
    Hook {
        /// File name of its program, where the command begins with one. The rest of the command is not kept.
        program: Option<String>,
        /// The event that it ran at, such as `PreToolUse`; `None` in the summary of a turn, which is of `Stop`.
        event: Option<String>,
        /// Duration, in milliseconds.
        duration_ms: Option<u64>,
        /// How it ended; `None` where the line does not say it of this hook.
        outcome: Option<HookOutcome>,
    },
    /// A pull request was linked.
    PullRequest {
        /// Repository, such as `owner/name`.
        repository: String,
        /// Number in the repository.
        number: u64,
        /// Address, without query and credentials.
        url: Option<String>,
    },
}

/// How a hook ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum HookOutcome {
    /// It passed.
    Passed,
    /// It blocked what it ran for, such as a call of a tool.
    Blocked,
    /// It failed, and blocked nothing.
    Failed,
    /// It was ended because it took too long.
    TimedOut,
    /// It was cancelled, such as by the user.
    Cancelled,
}

impl HookOutcome {
    /// Returns the stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Kinds of names that a session has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum NameKind {
    /// Title set by the user (`custom-title`).
    Title,
    /// Name of the session among others, usually its title (`agent-name`).
    Agent,
}

impl NameKind {
    /// Returns the stored name of the kind.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Agent => "agent",
        }
    }
}

/// A name of a session. The latest line of the session's own file takes precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SessionName {
    /// The name.
    pub name: String,
    /// Offset of the line in bytes.
    pub offset_bytes: u64,
    /// `true` if the file is named after the session.
    pub in_own_file: bool,
}

/// Claude Code's own totals of a session (`cost-state`). They include requests that are in no transcript, and are
/// never added to responses. The greatest takes precedence, compared field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CostState {
    /// Cost by Claude Code's own prices.
    pub cost: PicoUsd,
    /// Time spent in requests, in milliseconds.
    pub api_duration_ms: u64,
    /// Time spent in tools, in milliseconds.
    pub tool_duration_ms: u64,
    /// Time since the session began, in milliseconds.
    pub duration_ms: u64,
    /// Lines of code added.
    pub lines_added: u64,
    /// Lines of code removed.
    pub lines_removed: u64,
    /// Totals by model.
    pub models: BTreeMap<String, ModelCost>,
}

/// Claude Code's own totals of a model in a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ModelCost {
    /// Cost by Claude Code's own prices.
    pub cost: PicoUsd,
    /// Input tokens outside the cache.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
    /// Thinking tokens, which are part of the output.
    pub thinking: u64,
    /// Prompt tokens read from the cache.
    pub cache_read: u64,
    /// Prompt tokens written to the cache.
    pub cache_write: u64,
    /// Web searches.
    pub web_searches: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_totals_of_a_session_the_greatest_hold() {
        let state =
            |cost, duration_ms| CostState { cost: PicoUsd(cost), duration_ms, ..CostState::default() };
        let states = [state(5, 9), state(7, 1), state(7, 2), state(1, 99)];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            let mut facts = SessionFacts::default();
            for at in order {
                facts.add_cost_state("s".to_owned(), states[at].clone());
            }
            assert_eq!(facts.cost_states["s"], states[2]);
        }
    }
}
