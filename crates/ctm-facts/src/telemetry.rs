//! Telemetry as a back end returns it: second witnesses of responses, and requests without a response.

use ctm_types::{EpochMs, ReportedTokens, UsageRow};

/// What telemetry reports of a stored response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredWitness {
    /// Its tokens.
    pub tokens: ReportedTokens,
    /// Its cost as computed by Claude Code, in millionths of a US dollar.
    pub cost_micros: Option<u64>,
    /// Time of the report, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// The model.
    pub model: String,
    /// The speed.
    pub speed: Option<String>,
    /// What the request was for.
    pub query_source: Option<String>,
    /// Output of the transcripts.
    pub logged_output: u64,
    /// `true` if its output completes the response, no copy of which is final.
    pub is_completing: bool,
    /// `true` if the speed of the response is that of telemetry, because no transcript has one.
    pub is_speed_added: bool,
    /// The public names of the figures that the witnesses do not agree on.
    pub conflicts: Vec<&'static str>,
}

/// A request that telemetry reports, and no transcript has a response to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnloggedRequest {
    /// Its usage: one response.
    pub usage: UsageRow,
    /// What the request was for.
    pub query_source: Option<String>,
}

/// How much telemetry there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TelemetryCounts {
    /// Requests that it reports.
    pub requests: u64,
    /// Time of the last one, in UTC epoch milliseconds.
    pub last_ms: Option<EpochMs>,
    /// Those that are the second witness of a response.
    pub joined: u64,
    /// Responses that telemetry completes.
    pub completed: u64,
    /// Requests with reports that count differently.
    pub contested: u64,
    /// Responses since the first request, which telemetry can be a witness of.
    pub responses_since: u64,
}

impl TelemetryCounts {
    /// Returns the part of the responses since the first request that have a second witness, from 0 to 1; `None` without
    /// any.
    #[must_use]
    pub fn witnessed_share(&self) -> Option<f64> {
        let share = || self.joined as f64 / self.responses_since as f64;
        (self.responses_since > 0).then(|| share().min(1.0))
    }
}

/// Effect of reports on what is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WitnessesAdded {
    /// Requests that were unknown.
    pub new: u64,
    /// Requests whose witness changed.
    pub changed: u64,
    /// Requests that are left out because they were forgotten.
    pub forgotten: u64,
}
