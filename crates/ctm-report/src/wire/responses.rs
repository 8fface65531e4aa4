//! Single responses, and how they were counted.

use super::{Certainty, Meta, Price, Time, Usd, Witness};
use serde::Serialize;
use utoipa::ToSchema;

/// The responses of a session.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SessionResponses {
    /// A page of responses.
    pub items: Vec<Response>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
    /// Number of responses on all pages.
    pub total: u64,
}

/// The responses of a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Responses {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// A page of responses.
    pub items: Vec<Response>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
    /// Number of responses on all pages.
    pub total: u64,
}

/// Tokens by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Tokens {
    /// Input tokens outside the cache.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Prompt tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Prompt tokens written to the cache for five minutes.
    pub cache_write_5m_tokens: u64,
    /// Prompt tokens written to the cache for an hour.
    pub cache_write_1h_tokens: u64,
    /// Tokens of all kinds.
    pub total_tokens: u64,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Response {
    /// The response key, which all of its copies share.
    pub key: String,
    /// Time of the response.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Its session.
    pub session: String,
    /// Its project.
    pub project: String,
    /// The working directory, or the name of the transcript's folder if no line has one.
    pub cwd: String,
    /// The model of its first billed part, as logged.
    pub model: String,
    /// Its cost; null when nothing could be priced.
    pub cost_usd: Option<Usd>,
    /// How much of the response the cost covers.
    pub certainty: Certainty,
    /// Tokens that are not included in the cost.
    pub unpriced_tokens: u64,
    /// Web searches, which are included in the cost.
    pub web_searches: u64,
    /// The prompt size of its last part: the used part of the context window.
    pub context_tokens: u64,
    /// Names of the called tools.
    pub tools: Vec<String>,
    /// Names of the tools with a failed call, once for each call. The text of the error is not stored.
    pub failed_tools: Vec<String>,
    /// `true` for a response of a subagent.
    pub sidechain: bool,
    /// Id of the subagent.
    pub agent: Option<String>,
    /// Type of the subagent.
    pub agent_kind: Option<String>,
    /// Lines that log it.
    pub copies: u64,
    /// `true` if a final record exists or telemetry reports the output; otherwise the output may be incomplete.
    pub r#final: bool,
    /// The line that counts.
    pub source: Place,
    /// Details besides usage.
    #[serde(flatten)]
    pub details: ResponseDetails,
    /// Its tokens.
    #[serde(flatten)]
    pub tokens: Tokens,
}

/// Details of a response besides its usage, as logged; null if no line has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ResponseDetails {
    /// Skill that it is attributed to.
    pub skill: Option<String>,
    /// Plugin that it is attributed to.
    pub plugin: Option<String>,
    /// Name of the agent that it is attributed to.
    pub attributed_agent: Option<String>,
    /// MCP server that it is attributed to.
    pub mcp_server: Option<String>,
    /// MCP tool that it is attributed to.
    pub mcp_tool: Option<String>,
    /// Requested effort, such as `high`.
    pub effort: Option<String>,
    /// Thinking tokens, which are part of `output_tokens`.
    pub thinking_tokens: Option<u64>,
    /// Reason of the cache miss, such as `tools_changed`.
    pub cache_miss_reason: Option<String>,
    /// Tokens that were not read from the prompt cache because it was missed.
    pub cache_missed_tokens: Option<u64>,
    /// Category of the model's refusal.
    pub refusal_category: Option<String>,
    /// Entrypoint of Claude Code, such as `cli` or `claude-vscode`.
    pub entrypoint: Option<String>,
    /// Team that the session is a member of.
    pub team: Option<String>,
    /// Name of the session in the team.
    pub teammate: Option<String>,
}

/// Position of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    /// The transcript.
    pub file: String,
    /// Offset of the line's first byte.
    pub line_offset: u64,
}

/// A response with its lines, price and calculation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ExplainedResponse {
    /// The response.
    #[serde(flatten)]
    pub response: Response,
    /// Git branch.
    pub branch: Option<String>,
    /// Version of Claude Code that wrote it.
    pub version: Option<String>,
    /// Every line that logs it; the first one counts.
    pub lines: Vec<LoggedLine>,
    /// The billed parts, usually one, followed by unbilled attempts.
    pub parts: Vec<BilledPart>,
    /// Web searches counted from the results of `WebSearch` calls, included in the searches of the parts.
    /// Claude Code makes these searches in separate requests, which the usage does not include.
    pub searches_of_calls: u64,
    /// What telemetry reports of it; null without telemetry.
    pub witness: Option<Witness>,
    /// Notes: `unfinalised`, `completed_by_telemetry`, `witnesses_differ`, `cache_duration_assumed`, `unpriced`, `unbilled_refusal`,
    /// `unknown_refusal` (treated as unbilled), and the flags of the price.
    pub flags: Vec<String>,
    /// Version of the price table.
    pub price_version: String,
}

/// A line that logs a response.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LoggedLine {
    /// The transcript.
    pub file: String,
    /// Offset of the line's first byte.
    pub line_offset: u64,
    /// `true` if the transcript still exists.
    pub present: bool,
    /// Time of the line.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// `true` if it has a final record.
    pub r#final: bool,
    /// `true` for a response of a subagent.
    pub sidechain: bool,
    /// `true` for a progress record of the parent's conversation that embeds the copy.
    pub embedded: bool,
    /// The usage that it logs.
    pub tokens: Tokens,
    /// `true` for the winning copy, whose tokens count.
    pub counts: bool,
    /// `true` for the original, which determines the time, session and project of the response.
    pub original: bool,
    /// Rule that made another line win: `final`, `more_output`, `own_line`, `main_conversation`,
    /// `own_file`, `smallest_path`, `latest_line` or `smallest_home`; null for the line that counts.
    pub lost_by: Option<&'static str>,
}

/// A billed part of a response, and the calculation of its cost.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BilledPart {
    /// The model, as logged.
    pub model: String,
    /// `fast` or `standard`, as logged.
    pub speed: Option<String>,
    /// Service tier, as logged.
    pub service_tier: Option<String>,
    /// Region of inference, as logged.
    pub inference_geo: Option<String>,
    /// For an attempt that the model refused before any output: the category of the refusal, or
    /// `uncategorised`.
    pub refusal: Option<String>,
    /// `true` if it is billed. An unbilled refusal is not included in any total.
    pub billed: bool,
    /// The model of the price table whose price was applied; null without a price.
    pub priced_as: Option<String>,
    /// The price, multipliers included.
    pub price: Option<Price>,
    /// The listed price, before multipliers.
    pub listed: Option<Price>,
    /// The multipliers of the listed token rates, in order.
    pub multipliers: Vec<Multiplier>,
    /// The reason for the missing price, and the remedy.
    pub unpriced_reason: Option<String>,
    /// The terms of the calculation: one for each nonzero kind.
    pub terms: Vec<CostTerm>,
    /// The sum of the terms; null when nothing could be priced.
    pub cost_usd: Option<Usd>,
    /// Its tokens.
    #[serde(flatten)]
    pub tokens: Tokens,
}

/// A multiplier of the token rates of a part.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Multiplier {
    /// Its reason, such as `batch`.
    pub name: &'static str,
    /// The factor, as a decimal text.
    pub factor: String,
}

/// A term of the cost calculation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CostTerm {
    /// The kind: a kind of tokens, or `web_searches`.
    pub kind: &'static str,
    /// The quantity.
    pub count: u64,
    /// US dollars per unit; null without a rate.
    pub usd_each: Option<Usd>,
    /// `count` times `usd_each`.
    pub cost_usd: Option<Usd>,
}

/// The calculation of a sum: the billed amounts of its responses, grouped by price.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Arithmetic {
    /// Responses, each counted once.
    pub responses: u64,
    /// Lines that log them; one for each response counts.
    pub lines: u64,
    /// Responses without a final record, whose output may be incomplete.
    pub unfinalised_responses: u64,
    /// The billed amounts by model, terms and price, highest cost first, followed by unbilled attempts.
    pub parts: Vec<BilledPart>,
    /// The sum of the parts; null when nothing could be priced.
    pub cost_usd: Option<Usd>,
    /// Tokens that are not included in the cost.
    pub unpriced_tokens: u64,
    /// Version of the price table.
    pub price_version: String,
    /// The tokens of all parts.
    #[serde(flatten)]
    pub tokens: Tokens,
}
