//! Claude Code's own totals of sessions beside those of their responses.

use super::Usd;
use ctm_types::PicoUsd;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The sessions of the period with totals of Claude Code, compared over all time. These totals are in no sum of a report.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuditedSessions {
    /// Number of compared sessions.
    pub sessions: u64,
    /// Cost of their responses; sessions without any price are left out.
    pub cost_usd: Usd,
    /// Cost by Claude Code, of the same sessions.
    pub claude_code_usd: Usd,
    /// `claude_code_usd` less `cost_usd`.
    pub difference_usd: Usd,
    /// Sessions by reason for a difference.
    pub reasons: BTreeMap<&'static str, u64>,
    /// The twenty sessions with the largest differences, the largest first.
    pub largest: Vec<ComparedSession>,
}

/// A session in both counts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComparedSession {
    /// Its id.
    pub session: String,
    /// Cost of its responses; null without any price.
    pub cost_usd: Option<Usd>,
    /// Its cost by Claude Code, including requests that are in no transcript.
    pub claude_code_usd: Usd,
    /// `claude_code_usd` less `cost_usd`; null without any price.
    pub difference_usd: Option<Usd>,
    /// Both counts by model.
    pub models: Vec<ComparedSessionModel>,
    /// Reasons for the differences.
    pub reasons: Vec<SessionReason>,
}

/// A model of a session in both counts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComparedSessionModel {
    /// The model.
    pub model: String,
    /// Tokens of its responses; null when the transcripts have none.
    pub tokens: Option<OwnTokens>,
    /// Cost of its responses; null without a price.
    pub cost_usd: Option<Usd>,
    /// Tokens by Claude Code; null when its totals lack the model.
    pub claude_code_tokens: Option<OwnTokens>,
    /// Cost by Claude Code; null when its totals lack the model.
    pub claude_code_usd: Option<Usd>,
    /// `claude_code_usd` less `cost_usd`; null when either is.
    pub difference_usd: Option<Usd>,
}

/// Tokens in the kinds that Claude Code's own totals distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct OwnTokens {
    /// Input tokens outside the cache.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Prompt tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Prompt tokens written to the cache.
    pub cache_write_tokens: u64,
}

/// Reason for a difference of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionReason {
    /// The code of the reason: `unlogged`, `unfinalised`, `behind`, `dropped_model`, `price` or `unpriced`.
    pub code: &'static str,
    /// The model.
    pub model: String,
    /// The reason in plain English.
    pub text: String,
}

impl AuditedSessions {
    /// Sums compared sessions, and lists those with the largest differences.
    pub(crate) fn of(mut sessions: Vec<ComparedSession>, listed: usize) -> Self {
        let priced = || sessions.iter().filter(|session| session.cost_usd.is_some());
        let cost: PicoUsd = priced().filter_map(|session| session.cost_usd).map(|usd| usd.0).sum();
        let claude_code: PicoUsd = priced().map(|session| session.claude_code_usd.0).sum();
        let mut reasons: BTreeMap<&'static str, u64> = BTreeMap::new();
        for session in &sessions {
            let codes: std::collections::BTreeSet<_> =
                session.reasons.iter().map(|reason| reason.code).collect();
            codes.into_iter().for_each(|code| *reasons.entry(code).or_default() += 1);
        }
        let count = sessions.len() as u64;
        sessions.sort_by_cached_key(|session| {
            let difference = session.difference_usd.map_or(0, |usd| usd.0.0.unsigned_abs());
            (Reverse(difference), session.session.clone())
        });
        sessions.truncate(listed);
        Self {
            sessions: count,
            cost_usd: Usd(cost),
            claude_code_usd: Usd(claude_code),
            difference_usd: Usd(claude_code - cost),
            reasons,
            largest: sessions,
        }
    }
}

impl OwnTokens {
    /// Returns the prompt tokens of each kind beyond those of another count.
    pub(crate) fn prompt_beyond(&self, other: &Self) -> u64 {
        let kinds = [
            (self.input_tokens, other.input_tokens),
            (self.cache_read_tokens, other.cache_read_tokens),
            (self.cache_write_tokens, other.cache_write_tokens),
        ];
        kinds.iter().fold(0, |sum: u64, (one, other)| sum.saturating_add(one.saturating_sub(*other)))
    }

    /// Returns the tokens of each kind beyond those of another count.
    pub(crate) fn beyond(&self, other: &Self) -> u64 {
        let output = self.output_tokens.saturating_sub(other.output_tokens);
        self.prompt_beyond(other).saturating_add(output)
    }
}
