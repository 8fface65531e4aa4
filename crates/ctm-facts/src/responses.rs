//! Responses one by one, and the lines that log each.

use crate::telemetry::StoredWitness;
use ctm_types::{
    Billing, BillingId, Conflict, Details, EpochMs, EventId, Locus, Logged, LoggedLine, Part, Projects,
    RankRule, Reconciled, Response, TokenCounts, Witness, reconcile,
};
use std::cmp::Reverse;
use std::sync::Arc;

/// A response, and what was around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// Its key.
    pub key: String,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Session id.
    pub session: String,
    /// Project.
    pub project: String,
    /// The working directory.
    pub folder: String,
    /// Git branch.
    pub branch: Option<String>,
    /// Version of Claude Code.
    pub version: Option<String>,
    /// Id of the subagent.
    pub agent: Option<String>,
    /// Type of the subagent.
    pub agent_kind: Option<String>,
    /// `true` for a subagent, `false` for the main conversation.
    pub sidechain: bool,
    /// Entrypoint of Claude Code.
    pub entrypoint: Option<String>,
    /// Team that the session is a member of.
    pub team: Option<String>,
    /// Name of the session in the team.
    pub teammate: Option<String>,
    /// Details.
    pub details: Details,
    /// The billed parts, at least one.
    pub parts: Vec<Part>,
    /// Web searches of the first part, from results of its tool calls instead of its usage.
    pub searches_of_calls: u64,
    /// `true` if a copy carries a final marker, or telemetry completes the response.
    pub is_final: bool,
    /// The second witness, if there is one.
    pub witness: Option<StoredWitness>,
    /// Names of the tools that it called, once for each call, by name.
    pub tools: Vec<String>,
    /// Names of the tools with a failed call, once for each call, by name.
    pub failed_tools: Vec<String>,
    /// Number of lines that log it, including the winning one.
    pub copies: u64,
    /// Path of the transcript with the line that counts.
    pub path: String,
    /// Offset of that line in bytes.
    pub offset_bytes: u64,
    /// The Claude home of its earliest copy, by canonical path.
    pub home: String,
}

/// Facts of a response besides those of its lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The folder that its session was started in, where that is known.
    pub started_in: Option<String>,
    /// Type of the subagent.
    pub agent_kind: Option<String>,
    /// Web searches from results of its tool calls.
    pub searches_of_calls: u64,
    /// Names of the tools that it called, once for each call.
    pub tools: Vec<String>,
    /// Names of the tools with a failed call, once for each call.
    pub failed_tools: Vec<String>,
    /// Lines that log it and do not count.
    pub superseded: u64,
    /// The Claude home of its earliest copy, by canonical path.
    pub home: String,
}

impl StoredResponse {
    /// Returns a response with its surroundings. `naming` determines the names of projects.
    #[must_use]
    pub fn of(key: String, response: &Response, around: Surroundings, naming: &Projects) -> Self {
        let Surroundings { started_in, agent_kind, searches_of_calls, superseded, home, .. } = around;
        let Surroundings { mut tools, mut failed_tools, .. } = around;
        let conversation = &*response.attribution.conversation;
        let mut parts = response.parts.clone();
        if let Some(first) = parts.first_mut() {
            first.web_searches = first.web_searches.saturating_add(searches_of_calls);
        }
        tools.sort_unstable();
        failed_tools.sort_unstable();
        Self {
            key,
            at_ms: response.attribution.at_ms,
            session: conversation.session.clone(),
            project: naming.name(started_in.as_deref().unwrap_or(&conversation.folder)),
            folder: conversation.folder.clone(),
            branch: conversation.branch.clone(),
            version: conversation.version.clone(),
            agent: conversation.agent.clone(),
            agent_kind,
            sidechain: conversation.sidechain,
            entrypoint: conversation.entrypoint.clone(),
            team: conversation.team.clone(),
            teammate: conversation.teammate.clone(),
            details: response.details.clone(),
            parts,
            searches_of_calls,
            is_final: response.winner.is_final,
            witness: None,
            tools,
            failed_tools,
            copies: superseded.saturating_add(1),
            path: response.winner.locus.file.full(),
            offset_bytes: response.winner.locus.offset_bytes,
            home,
        }
    }

    /// Joins what telemetry reports of it.
    pub fn join(&mut self, witness: &Witness) {
        let Some(first) = self.parts.first() else { return };
        let Billing { model, speed, .. } = &*first.billing;
        let speed = speed.as_deref();
        let logged =
            Logged { model, speed, tokens: first.tokens, parts: self.parts.len(), is_final: self.is_final };
        let logged_output = first.tokens.output;
        let Reconciled { output, is_completed, added_speed, conflicts } = reconcile(&logged, witness);
        let is_speed_added = added_speed.is_some();
        self.parts[0].tokens.output = output;
        if is_speed_added {
            let billing = Arc::make_mut(&mut self.parts[0].billing);
            billing.speed = added_speed;
        }
        self.is_final |= is_completed;
        let report = &witness.report;
        self.witness = Some(StoredWitness {
            tokens: report.tokens,
            cost_micros: report.cost_micros,
            at_ms: report.at_ms,
            model: report.billing.model.clone(),
            speed: report.billing.speed.clone(),
            query_source: report.query_source.clone(),
            logged_output,
            is_completing: is_completed,
            is_speed_added,
            conflicts: conflicts.into_iter().map(Conflict::name).collect(),
        });
    }
}

/// What is compared of a response when many are sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The number of its first part.
    pub id: EventId,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// The billed parts, at least one.
    pub parts: Vec<OutlinePart>,
}

/// A part of an outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutlinePart {
    /// Its billing terms.
    pub billing: BillingId,
    /// Its tokens.
    pub tokens: TokenCounts,
    /// Its web searches, including those of the results of tool calls.
    pub web_searches: u64,
}

/// A response with all the lines that log it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedResponse {
    /// The response.
    pub response: StoredResponse,
    /// Path of the transcript with the earliest copy, which decides time and place.
    pub origin_path: String,
    /// Offset of the earliest copy's line in bytes.
    pub origin_offset_bytes: u64,
    /// The lines, the winning one first and the others by rank.
    pub copies: Vec<StoredCopy>,
}

/// A line that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupersededLine {
    /// The line.
    pub line: LoggedLine,
    /// `true` if its transcript no longer exists.
    pub gone: bool,
}

impl ExplainedResponse {
    /// Returns a response with its lines: `superseded` are those that do not count, and `winner_gone` is
    /// `true` if the transcript of the winning line no longer exists.
    #[must_use]
    pub fn of(
        stored: StoredResponse,
        response: &Response,
        winner_gone: bool,
        mut superseded: Vec<SupersededLine>,
    ) -> Self {
        superseded.sort_by(|one, other| Reverse(one.line.rank()).cmp(&Reverse(other.line.rank())));
        let copy = |line: &LoggedLine, gone, lost_by| StoredCopy::of(line, &response.origin, gone, lost_by);
        let winner = copy(&response.winner, winner_gone, None);
        let lost = superseded.iter().map(|SupersededLine { line, gone }| {
            copy(line, *gone, Some(response.winner.deciding_rule(line)))
        });
        Self {
            response: stored,
            origin_path: response.origin.file.full(),
            origin_offset_bytes: response.origin.offset_bytes,
            copies: [winner].into_iter().chain(lost).collect(),
        }
    }
}

/// A line that logs a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCopy {
    /// Path of its transcript.
    pub path: String,
    /// Offset of the line in bytes.
    pub offset_bytes: u64,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// `true` if it carries a final marker.
    pub is_final: bool,
    /// `true` for a progress record that embeds the copy.
    pub embedded: bool,
    /// `true` for a line on a sidechain.
    pub sidechain: bool,
    /// `true` if its file is named after its session.
    pub in_own_file: bool,
    /// `output_tokens` of the top level, the figure that lines are compared by.
    pub output: u64,
    /// The tokens of all its parts.
    pub tokens: TokenCounts,
    /// `true` for the winning line.
    pub wins: bool,
    /// The rule that ranks the winning line above it; `None` for the winning line.
    pub lost_by: Option<RankRule>,
    /// `true` for the earliest copy, which determines time and place.
    pub is_origin: bool,
    /// `true` if its transcript no longer exists.
    pub gone: bool,
}

impl StoredCopy {
    fn of(line: &LoggedLine, origin: &Locus, gone: bool, lost_by: Option<RankRule>) -> Self {
        Self {
            path: line.locus.file.full(),
            offset_bytes: line.locus.offset_bytes,
            at_ms: line.at_ms,
            is_final: line.is_final,
            embedded: line.embedded,
            sidechain: line.sidechain,
            in_own_file: line.in_own_file,
            output: line.output,
            tokens: line.tokens,
            wins: lost_by.is_none(),
            lost_by,
            is_origin: line.locus == *origin,
            gone,
        }
    }
}

/// A response that is nothing but an attempt that a model refused before any output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedResponse {
    /// The number of its first part.
    pub id: EventId,
    /// The Claude home with the line that counts: its canonical path.
    pub home: String,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Its model and price terms.
    pub billing: Billing,
}
