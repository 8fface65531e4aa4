//! The figures, as written to a file and read again.

use super::count::Errors;
use super::rivals::LeftOut;
use super::statistics::{Latency, Spread};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// All figures of a run of the benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    /// The UTC day on which it was run.
    pub(crate) date: String,
    /// The machine of the measurement.
    pub(crate) machine: String,
    /// The measured version.
    pub(crate) version: String,
    /// Other programs that could not be installed.
    #[serde(default)]
    pub(crate) left_out: Vec<LeftOut>,
    /// Commands, by home.
    pub(crate) homes: Vec<HomeFigures>,
    /// Update latency to subscribers, on the first home.
    pub(crate) updates: Vec<UpdateFigures>,
    /// A server that has nothing to do, on the first home.
    pub(crate) idle: Option<IdleFigures>,
    /// The REST interface, by database.
    pub(crate) databases: Vec<DatabaseFigures>,
    /// A server under load.
    pub(crate) load: Option<LoadFigures>,
    /// A server that receives telemetry, by encoding.
    #[serde(default)]
    pub(crate) telemetry: Vec<TelemetryFigures>,
    /// Many items of one kind.
    #[serde(default)]
    pub(crate) costs: Vec<CostFigures>,
}

/// The commands on a home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct HomeFigures {
    /// Bytes of the transcripts.
    pub(crate) bytes: u64,
    /// Transcripts.
    pub(crate) files: u64,
    pub(crate) responses: u64,
    /// Share of tokens that the bare loop misses, because it repairs no lines.
    pub(crate) floor_misses_percent: Option<f64>,
    pub(crate) commands: Vec<CommandFigures>,
}

/// Figures of a command on a home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommandFigures {
    pub(crate) case: String,
    pub(crate) runs: usize,
    /// From its start to its end; of a server, until it was up to date.
    pub(crate) wall_s: Spread,
    pub(crate) cpu_s: Spread,
    pub(crate) peak_mb: Spread,
    /// From its start to the last byte of its result; of a server, until it listened.
    pub(crate) answer_s: Option<Spread>,
    /// The case that its times are compared with.
    pub(crate) base: Option<String>,
    pub(crate) wall_to_base: Option<f64>,
    /// More reliable than the wall time on a shared machine.
    pub(crate) cpu_to_base: Option<f64>,
    /// Size of the database in percent of the transcripts.
    pub(crate) database_percent: Option<f64>,
    /// Bytes that were written to a storage device, as a multiple of the database.
    #[serde(default)]
    pub(crate) written_to_database: Option<f64>,
    /// Errors of what another program counted; every answer of `ctm` is right.
    #[serde(default)]
    pub(crate) errors: Option<Errors>,
}

/// Latency from a line in a transcript to the notification of the last client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct UpdateFigures {
    pub(crate) clients: usize,
    pub(crate) latency: Latency,
}

/// A server with nothing to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct IdleFigures {
    pub(crate) seconds: u64,
    pub(crate) cpu_s: f64,
    /// CPU time in percent of one core.
    pub(crate) core_percent: f64,
    /// Memory that was resident at the end.
    pub(crate) resident_mb: f64,
}

/// `ctm daily` on a home with many items of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CostFigures {
    pub(crate) what: String,
    pub(crate) count: u64,
    /// With a new database.
    pub(crate) first: RunFigures,
    /// When nothing is new.
    pub(crate) again: RunFigures,
}

/// A run of a command.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunFigures {
    pub(crate) wall_s: f64,
    pub(crate) peak_mb: f64,
}

/// The REST interface on a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DatabaseFigures {
    pub(crate) responses: u64,
    pub(crate) endpoints: Vec<EndpointFigures>,
    /// The reports that explain usage.
    #[serde(default)]
    pub(crate) reports: Vec<ReportFigures>,
}

/// A request for a report that is computed from single responses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReportFigures {
    pub(crate) path: String,
    /// Size of the response in bytes.
    pub(crate) bytes: usize,
    /// The first request.
    pub(crate) first_ms: f64,
    /// Any other.
    pub(crate) others: Latency,
    /// The most memory of the server that was resident during the first request.
    pub(crate) peak_mb: Option<f64>,
}

/// A request to a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EndpointFigures {
    pub(crate) path: String,
    /// Size of the response in bytes.
    pub(crate) bytes: usize,
    /// The first response with a new line.
    pub(crate) cold: Latency,
    /// Any other.
    pub(crate) warm: Latency,
}

/// A server with many requests and subscribers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LoadFigures {
    pub(crate) responses: u64,
    /// Days that have any of the responses.
    pub(crate) days: usize,
    pub(crate) requests_at_a_time: usize,
    /// WebSockets that are connected meanwhile.
    pub(crate) watchers: usize,
    pub(crate) questions: Vec<QuestionFigures>,
    /// All questions about statistics in turn.
    pub(crate) mixed: Traffic,
    /// Many more WebSockets, without requests.
    pub(crate) update: UpdateFigures,
    /// The most memory that was resident at a time, in all of this.
    pub(crate) peak_mb: Option<f64>,
}

/// A request under load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct QuestionFigures {
    /// The path as the OpenAPI document has it.
    pub(crate) path: String,
    /// The requested path and query.
    pub(crate) address: String,
    /// Size of the response in bytes.
    pub(crate) bytes: usize,
    /// The first responses with a new line, if responses depend on lines.
    pub(crate) first: Option<Latency>,
    /// Any other.
    pub(crate) others: Traffic,
}

/// A server that receives telemetry in one encoding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TelemetryFigures {
    pub(crate) encoding: String,
    /// Bytes of a record, on average.
    pub(crate) record_bytes: f64,
    /// Records a second that are sent first.
    pub(crate) offered_per_s: f64,
    /// Seconds for which they are.
    pub(crate) seconds: f64,
    /// Answers to these.
    pub(crate) answers: Latency,
    /// CPU time of the server meanwhile, in percent of one core.
    pub(crate) core_percent: Option<f64>,
    /// Records a second that are stored when all senders send without a pause.
    pub(crate) most_per_s: Spread,
    /// The most memory that was resident at a time, in all of this.
    pub(crate) peak_mb: Option<f64>,
}

/// Requests, each connection's next one after its response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Traffic {
    pub(crate) seconds: f64,
    pub(crate) requests_per_s: f64,
    pub(crate) latency: Latency,
}

impl Report {
    /// Reads a report from a file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let shown = || format!("cannot read `{}`", path.display());
        serde_json::from_slice(&std::fs::read(path).with_context(shown)?).with_context(shown)
    }

    /// Writes the report to a file.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(path, json).with_context(|| format!("cannot write `{}`", path.display()))
    }
}
