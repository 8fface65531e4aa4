//! Every operation of the REST interface: its path, parameters and responses.
//!
//! Routes, parsing and the OpenAPI document are derived from this table.

use crate::backups::{Backups, Restore, RestoreRequest};
use crate::config::Config;
use crate::export::ExportRequest;
use crate::health::HealthAnswer;
use crate::parameter::Group;
use crate::parameters::{
    ACTIVE, BREAKDOWN, BUCKET, COMPARE, COMPARE_ITEMS, FAILED, FILTER, GROUP, HISTORY_FROM, HISTORY_TO, HOME,
    HOUR, LIMITS_FROM, METRIC, NONE, PAGE, SERIES, SORT, TO, TOOL, VERSION, WEEKDAY, ZONE,
};
use crate::rules::{ProjectRules, ProjectRulesChange};
use ctm_report::wire;
use std::borrow::Cow;
use utoipa::ToSchema;
use utoipa::openapi::{HttpMethod, RefOr, Schema};

/// An operation.
pub struct Operation {
    pub(crate) method: HttpMethod,
    /// The path, with variable parts in braces.
    pub path: &'static str,
    pub(crate) id: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) description: Option<&'static str>,
    /// The variable part of the path, with its description.
    pub(crate) variable: Option<(&'static str, &'static str)>,
    /// A required header, with its description.
    pub(crate) header: Option<(&'static str, &'static str)>,
    pub(crate) parameters: &'static [&'static Group],
    pub(crate) body: Option<Body>,
    pub(crate) answers: &'static [(&'static str, &'static str, ResponseBody)],
}

/// The body of a response.
pub(crate) enum ResponseBody {
    /// JSON.
    Json(Body),
    /// A text of a media type.
    Text(&'static str),
    /// A table in any export format.
    Table,
}

/// A type with a schema.
pub(crate) struct Body {
    pub(crate) name: fn() -> Cow<'static, str>,
    pub(crate) schema: fn() -> RefOr<Schema>,
    /// Adds the types that the schema refers to.
    pub(crate) others: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Body {
    pub(crate) const fn of<T: ToSchema>() -> Self {
        Self { name: T::name, schema: T::schema, others: T::schemas }
    }
}

const fn json<T: ToSchema>(description: &'static str) -> (&'static str, &'static str, ResponseBody) {
    ("200", description, ResponseBody::Json(Body::of::<T>()))
}

const fn get(path: &'static str, id: &'static str, tag: &'static str, summary: &'static str) -> Operation {
    Operation {
        method: HttpMethod::Get,
        path,
        id,
        tag,
        summary,
        description: None,
        variable: None,
        header: None,
        parameters: NONE,
        body: None,
        answers: &[],
    }
}

/// Totals of a period.
pub static STATS: Operation = Operation {
    parameters: &[&FILTER, &[&COMPARE]],
    answers: &[json::<wire::Stats>("The totals.")],
    ..get(
        "/api/v1/stats",
        "stats",
        "Statistics",
        "Totals of a period and of today, and the change from the previous period.",
    )
};

/// Usage by day.
pub static DAILY: Operation = Operation {
    parameters: &[&FILTER, &[&BREAKDOWN]],
    answers: &[json::<wire::DailyStats>("Every day of the period; days without usage are zero.")],
    ..get("/api/v1/stats/daily", "daily", "Statistics", "Usage by day.")
};

/// Usage by model.
pub static MODELS: Operation = Operation {
    parameters: &[&FILTER, &[&COMPARE_ITEMS]],
    answers: &[json::<wire::ModelStats>("The models, the most expensive first.")],
    ..get("/api/v1/stats/models", "models", "Statistics", "Usage by model, with the price of each.")
};

/// Usage by project.
pub static PROJECTS: Operation = Operation {
    parameters: &[&FILTER, &PAGE, &[&SORT], &[&COMPARE_ITEMS]],
    answers: &[json::<wire::ProjectStats>("A page of projects.")],
    ..get("/api/v1/stats/projects", "projects", "Statistics", "Usage by project.")
};

/// Usage by home.
pub static SOURCES: Operation = Operation {
    parameters: &[&FILTER],
    answers: &[json::<wire::SourceStats>("The homes, the most expensive first.")],
    ..get(
        "/api/v1/stats/sources",
        "sources",
        "Statistics",
        "Usage by Claude home, such as accounts or copies of other machines' homes.",
    )
};

/// Calls by tool.
pub static TOOLS: Operation = Operation {
    parameters: &[&FILTER, &[&COMPARE_ITEMS]],
    answers: &[json::<wire::ToolStats>("The tools, the most called first.")],
    ..get("/api/v1/stats/tools", "tools", "Statistics", "Tools with their numbers of calls and failures.")
};

/// Snapshots and coverage.
pub static HISTORY: Operation = Operation {
    parameters: &[&[&HISTORY_FROM, &HISTORY_TO], &PAGE],
    answers: &[json::<wire::History>("A page of snapshots, and the coverage of every day.")],
    ..get(
        "/api/v1/stats/history",
        "history",
        "Statistics",
        "Snapshots of the totals, and the data coverage of each day.",
    )
};

/// A metric over time.
pub static TRENDS: Operation = Operation {
    parameters: &[&FILTER, &[&METRIC, &BUCKET, &GROUP, &SERIES], &[&COMPARE]],
    answers: &[json::<wire::TrendStats>("Columns, for charts.")],
    ..get("/api/v1/stats/trends", "trends", "Statistics", "A metric over time, split into series.")
};

/// A metric by weekday and hour.
pub static ACTIVITY: Operation = Operation {
    parameters: &[&FILTER, &[&METRIC]],
    answers: &[json::<wire::ActivityStats>("The hours of the week.")],
    ..get("/api/v1/stats/activity", "activity", "Statistics", "A metric by weekday and hour.")
};

/// Blocks of five hours.
pub static BLOCKS: Operation = Operation {
    parameters: &[&FILTER, &PAGE, &[&ACTIVE]],
    answers: &[json::<wire::Blocks>("The active block, and a page of all blocks.")],
    ..get(
        "/api/v1/blocks",
        "blocks",
        "Limits",
        "Five-hour blocks: an estimate of the windows of subscription limits.",
    )
};

/// Official rate limits.
pub static LIMITS: Operation = Operation {
    parameters: &[&[&LIMITS_FROM, &TO, &ZONE, &HOME]],
    answers: &[json::<wire::Limits>("Nothing is estimated.")],
    ..get(
        "/api/v1/limits",
        "limits",
        "Limits",
        "Official rate limits, as reported by Claude Code to `ctm statusline`: present, over time, and \
         times at which they were reached.",
    )
};

/// Sessions.
pub static SESSIONS: Operation = Operation {
    parameters: &[&FILTER, &PAGE, &[&SORT], &[&COMPARE_ITEMS, &WEEKDAY, &HOUR]],
    answers: &[json::<wire::Sessions>("A page of sessions.")],
    ..get("/api/v1/sessions", "sessions", "Sessions", "Sessions with their usage.")
};

/// Operation of a single session.
pub static SESSION: Operation = Operation {
    variable: Some(("id", "Id of the session.")),
    parameters: &[&[&ZONE]],
    answers: &[json::<wire::SessionDetail>("The session.")],
    ..get(
        "/api/v1/sessions/{id}",
        "session",
        "Sessions",
        "A session over all time, with its transcripts, tools and versions.",
    )
};

/// The responses of a session.
pub static SESSION_RESPONSES: Operation = Operation {
    variable: Some(("id", "Id of the session.")),
    parameters: &[&PAGE],
    answers: &[json::<wire::SessionResponses>("A page of responses, the earliest first.")],
    ..get("/api/v1/sessions/{id}/responses", "session_responses", "Sessions", "The responses of a session.")
};

/// The responses of a period.
pub static RESPONSES: Operation = Operation {
    parameters: &[&FILTER, &PAGE, &[&TOOL, &FAILED, &WEEKDAY, &HOUR]],
    answers: &[json::<wire::Responses>("A page of responses, the latest first.")],
    ..get("/api/v1/responses", "responses", "Sessions", "The responses of a period.")
};

/// Operation of a single response.
pub static RESPONSE: Operation = Operation {
    variable: Some(("key", "Key of the response.")),
    answers: &[json::<wire::ExplainedResponse>(
        "Every copy, every billed part, the price and the calculation.",
    )],
    ..get(
        "/api/v1/responses/{key}",
        "response",
        "Sessions",
        "Explains how a response was counted, down to the lines of the transcripts.",
    )
};

/// Projects with their folders.
pub static PROJECT_FOLDERS: Operation = Operation {
    parameters: &[&FILTER, &PAGE, &[&SORT]],
    answers: &[json::<wire::ProjectFolders>("A page of projects.")],
    ..get(
        "/api/v1/projects/folders",
        "folders",
        "Projects",
        "Projects with their folders, and the reason of each assignment.",
    )
};

/// The rules of project names.
pub static PROJECT_RULES: Operation = Operation {
    answers: &[json::<ProjectRules>("The effective rules.")],
    ..get(
        "/api/v1/projects/rules",
        "rules",
        "Projects",
        "The rules that assign folders to projects, and the file that contains them.",
    )
};

/// A change of the rules of project names.
pub static CHANGE_PROJECT_RULES: Operation = Operation {
    method: HttpMethod::Patch,
    header: Some(("If-Match", "The `ETag` of the rules that the change is based on.")),
    body: Some(Body::of::<ProjectRulesChange>()),
    answers: &[json::<ProjectRules>("The effective rules.")],
    ..get(
        "/api/v1/projects/rules",
        "change_rules",
        "Projects",
        "Joins, renames and splits projects. Changes the table `project` of the config file, with \
         immediate effect.\n`If-Match` must contain the `ETag` of the rules that the change is based \
         on. A request without the token must\ncome from a page of the server itself.",
    )
};

/// The preview of a change of the rules of project names.
pub static PREVIEW_PROJECT_RULES: Operation = Operation {
    method: HttpMethod::Post,
    body: Some(Body::of::<ProjectRulesChange>()),
    answers: &[json::<wire::ProjectPreview>("The moved folders, and the totals of their projects.")],
    ..get(
        "/api/v1/projects/rules/preview",
        "preview_rules",
        "Projects",
        "Shows what a change of the rules would change: totals of the projects before and after. Nothing is \
         stored.",
    )
};

/// The backups of the database.
pub static BACKUPS: Operation = Operation {
    answers: &[json::<Backups>("The backups, the latest first.")],
    ..get("/api/v1/backups", "backups", "Backups", "The backups of the database.")
};

/// A new backup.
pub static CREATE_BACKUP: Operation = Operation {
    method: HttpMethod::Put,
    description: Some(
        "Each request makes another backup. One without the token must come from a page of the server itself.",
    ),
    answers: &[json::<Backups>("The backups, the latest first.")],
    ..get("/api/v1/backups", "create_backup", "Backups", "Copies the database to its backup folder.")
};

/// A restore.
pub static RESTORE_BACKUP: Operation = Operation {
    method: HttpMethod::Put,
    description: Some(
        "The backup is copied and checked, and compared with the database. Then reading and queries wait until it has \
         replaced the\ndatabase, which is kept as a backup. Existing transcripts are read again. A request without the \
         token must come from a page of\nthe server itself.",
    ),
    body: Some(Body::of::<RestoreRequest>()),
    answers: &[json::<Restore>("The restore, or what it would change.")],
    ..get(
        "/api/v1/backups/restore",
        "restore_backup",
        "Backups",
        "Replaces the database by a backup, or shows what that would change.",
    )
};

/// Line accounting.
pub static AUDIT: Operation = Operation {
    parameters: &[&FILTER],
    answers: &[json::<wire::Audit>("Every line is accounted for.")],
    ..get(
        "/api/v1/audit",
        "audit",
        "Server",
        "Line accounting, and Claude Code's own figures for comparison.",
    )
};

/// A table as a file.
pub static EXPORT: Operation = Operation {
    method: HttpMethod::Post,
    description: Some("Responses are streamed, so that memory does not depend on their number."),
    body: Some(Body::of::<ExportRequest>()),
    answers: &[("200", "The file; `x-row-count` holds the number of rows.", ResponseBody::Table)],
    ..get(
        "/api/v1/export",
        "export",
        "Statistics",
        "Exports a table as a file: days, models, projects, sessions or responses.",
    )
};

/// Operation of the effective settings.
pub static CONFIG: Operation = Operation {
    answers: &[json::<Config>("Secrets are never included.")],
    ..get(
        "/api/v1/config",
        "config",
        "Server",
        "Effective settings with the source of each, and the price table.",
    )
};

/// Health.
pub static HEALTH: Operation = Operation {
    answers: &[
        json::<HealthAnswer>("Healthy or degraded."),
        (
            "503",
            "Unhealthy: nothing is stored, or queries fail.",
            ResponseBody::Json(Body::of::<HealthAnswer>()),
        ),
    ],
    ..get("/api/v1/health", "health", "Server", "Health, and the progress of reading.")
};

/// Metrics of Prometheus.
pub static METRICS: Operation = Operation {
    description: Some("While the database does not respond, only the metrics of the server."),
    answers: &[("200", "OpenMetrics text.", ResponseBody::Text("application/openmetrics-text"))],
    ..get("/metrics", "metrics", "Server", "Metrics of usage, lines and the server, for Prometheus.")
};

/// The WebSocket, which OpenAPI cannot describe.
pub static WEBSOCKET: Operation = Operation {
    parameters: &[&[&ZONE, &VERSION]],
    ..get("/api/v1/ws", "ws", "Server", "Notifications of changes.")
};

/// The operations that the OpenAPI document describes.
pub(crate) static ALL: [&Operation; 28] = [
    &HEALTH,
    &CONFIG,
    &STATS,
    &DAILY,
    &MODELS,
    &PROJECTS,
    &SOURCES,
    &TRENDS,
    &ACTIVITY,
    &TOOLS,
    &HISTORY,
    &SESSIONS,
    &SESSION,
    &SESSION_RESPONSES,
    &RESPONSES,
    &RESPONSE,
    &BLOCKS,
    &AUDIT,
    &LIMITS,
    &EXPORT,
    &PROJECT_FOLDERS,
    &PROJECT_RULES,
    &CHANGE_PROJECT_RULES,
    &PREVIEW_PROJECT_RULES,
    &BACKUPS,
    &CREATE_BACKUP,
    &RESTORE_BACKUP,
    &METRICS,
];
