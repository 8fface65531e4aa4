//! Telemetry: the second witness of responses, and requests that no transcript has a response to.

use super::{Meta, Time, Usage, Usd};
use serde::Serialize;
use utoipa::ToSchema;

/// What telemetry there is, and what it adds to the transcripts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Telemetry {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// Requests that telemetry reports, over all time.
    pub requests: u64,
    /// Time of the last one; null without any.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Time>,
    /// Those that are the second witness of a response.
    pub joined: u64,
    /// Responses without a final record whose output telemetry reports.
    pub completed: u64,
    /// Requests with reports that count differently.
    pub contested: u64,
    /// Responses with a request id since the first report.
    pub responses_since: u64,
    /// The part of these that have a second witness, from 0 to 1; null without any.
    pub witnessed_share: Option<f64>,
    /// Requests of the period that no transcript has a response to, by what they were for and by model; the most
    /// expensive first.
    pub unlogged: Vec<UnloggedItem>,
    /// Their sum.
    pub totals: Usage,
}

/// Requests without a response in a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UnloggedItem {
    /// What they were for, such as `compact` or `generate_session_title`; null where that is not reported.
    pub query_source: Option<String>,
    /// The model.
    pub model: String,
    /// Their usage. Cache writes count as five-minute ones: telemetry does not say the duration.
    #[serde(flatten)]
    pub usage: Usage,
}

/// How much of a period no transcript has: requests that only telemetry reports.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Unlogged {
    /// Requests.
    pub requests: u64,
    /// Their tokens.
    pub total_tokens: u64,
    /// Their cost; null when nothing could be priced.
    pub cost_usd: Option<Usd>,
    /// `true` if they are included in the figures.
    pub included: bool,
}

/// What telemetry reports of a response.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Witness {
    /// Time of the report.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// The model.
    pub model: String,
    /// The speed: `fast` or `standard`.
    pub speed: Option<String>,
    /// What the request was for.
    pub query_source: Option<String>,
    /// Input tokens outside the cache.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Prompt tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Prompt tokens written to the cache, of either duration.
    pub cache_creation_tokens: u64,
    /// The cost as computed by Claude Code.
    pub claude_code_cost_usd: Option<Usd>,
    /// Output tokens according to the transcripts.
    pub logged_output_tokens: u64,
    /// `true` if the output of the response is that of telemetry, because no transcript has a final record.
    pub completes: bool,
    /// `true` if the speed of the response is that of telemetry, because no transcript has one.
    pub completes_speed: bool,
    /// Figures that both do not agree on: `model`, `input`, `output`, `cache_read`, `cache_write`, `speed`, or `reports`
    /// if telemetry reported the request more than once with different counts. Those of the transcript hold.
    pub conflicts: Vec<&'static str>,
}
