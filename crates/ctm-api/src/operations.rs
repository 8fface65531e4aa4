//! Every operation of the REST interface: its path, parameters and responses.
//!
//! Routes, parsing and the OpenAPI document are derived from this table.

use crate::alerts::NewAlertRule;
use crate::backups::{Backups, Restore, RestoreRequest};
use crate::budgets::NewBudget;
use crate::config::Config;
use crate::export::ExportRequest;
use crate::health::HealthAnswer;
use crate::links::{CreatedLink, Links, NewLink};
use crate::notes::{NewNote, NoteChange};
use crate::parameter::Group;
use crate::parameters::{
    ACTIVE, ACTIVE_SESSIONS, BREAKDOWN, BUCKET, BUDGET_DAY, CACHE_ITEMS, CALIBRATION_FROM, CHANGED, COMPARE,
    COMPARE_ITEMS, COMPARISON, DAYS, DRIVER, FAILED, FILTER, GROUP, HISTORY_FROM, HISTORY_TO, HOME, HOUR,
    ITEMS, LIMITS_FROM, METRIC, MISSED, MOST_CHANGED, MOST_ITEMS, MOVERS, NONE, NOTES_FROM, NOTES_TO, PAGE,
    PROJECT, RESPONSE_SORT, SCENARIO, SEARCH, SERIES, SORT, SUMMED_METRIC, TO, TOOL, VERSION, WEEK_START,
    WEEKDAY, WRITTEN, ZONE,
};
use crate::push::{EnrolledMachine, LeftMachine, NewEnrolment, NewToken, PushPosition, Pushed};
use crate::queries::{NewQuery, QueryChange};
use crate::rules::{ProjectRules, ProjectRulesChange};
use crate::sql::NewStatement;
use crate::targets::{ChangeOfTargets, NowAnswer, Targets};
use crate::team::{NewTeamInvite, Team, TeamInvite};
use crate::telemetry::TelemetryAnswer;
use crate::views::{NewView, ViewChange};
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
    pub(crate) variable: Option<Variable>,
    /// A required header, with its description.
    pub(crate) header: Option<(&'static str, &'static str)>,
    pub(crate) parameters: &'static [&'static Group],
    pub(crate) body: Option<Body>,
    pub(crate) answers: &'static [(&'static str, &'static str, ResponseBody)],
}

/// The variable part of a path.
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// The allowed values; none if any text is allowed.
    pub(crate) values: fn() -> Vec<&'static str>,
}

impl Variable {
    const fn any(name: &'static str, description: &'static str) -> Self {
        Self { name, description, values: Vec::new }
    }
}

/// Returns the names of a list.
fn names<T>(of: &[(&'static str, T)]) -> Vec<&'static str> {
    of.iter().map(|(name, _)| *name).collect()
}

/// The body of a response.
pub(crate) enum ResponseBody {
    /// JSON.
    Json(Body),
    /// A text, of one of these media types.
    Text(&'static [&'static str]),
    /// JSON, or a text of one of these media types.
    JsonOrText(Body, &'static [&'static str]),
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

impl Operation {
    /// Returns what the operation does, in a sentence.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// Returns the name of the variable part of the path.
    #[must_use]
    pub fn variable(&self) -> Option<&'static str> {
        self.variable.as_ref().map(|variable| variable.name)
    }

    /// Returns whether the operation has a parameter, by its present or an older name.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        self.parameters.iter().copied().flatten().any(|parameter| parameter.is_called(name))
    }
}

impl Body {
    pub(crate) const fn of<T: ToSchema>() -> Self {
        Self { name: T::name, schema: T::schema, others: T::schemas }
    }
}

const fn json<T: ToSchema>(description: &'static str) -> (&'static str, &'static str, ResponseBody) {
    ("200", description, ResponseBody::Json(Body::of::<T>()))
}

const fn created<T: ToSchema>(description: &'static str) -> (&'static str, &'static str, ResponseBody) {
    ("201", description, ResponseBody::Json(Body::of::<T>()))
}

/// Description of operations that change personal records.
const OWN_PAGE: &str = "A request without the token must come from a page of the server itself.";

/// Description of operations of machines.
const OF_MACHINE: &str = "Needs the token of the machine, which opens nothing else.";

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

/// Telemetry.
pub static TELEMETRY: Operation = Operation {
    parameters: &[&FILTER],
    answers: &[json::<TelemetryAnswer>("How much telemetry there is, and what it adds.")],
    ..get(
        "/api/v1/telemetry",
        "telemetry",
        "Statistics",
        "Telemetry of Claude Code: responses with a second witness, and requests that no transcript has.",
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

/// What changed between two periods.
pub static CHANGES: Operation = Operation {
    parameters: &[&FILTER, &[&CHANGED, &SUMMED_METRIC, &COMPARE, &MOST_CHANGED]],
    answers: &[json::<wire::ChangeStats>("The items that changed most, and the rest.")],
    ..get(
        "/api/v1/stats/changes",
        "changes",
        "Statistics",
        "What changed since the previous period, by model, project, tool or session.",
    )
};

/// Causes of a changed cost.
pub static WHY: Operation = Operation {
    parameters: &[&FILTER, &[&COMPARE, &MOVERS]],
    answers: &[json::<wire::WhyStats>("The causes, and the items that changed most.")],
    ..get(
        "/api/v1/why",
        "why",
        "Statistics",
        "The causes of the difference of cost since the previous period.",
    )
};

/// A written report.
pub static REPORT: Operation = Operation {
    parameters: &[&FILTER, &WRITTEN],
    answers: &[(
        "200",
        "The figures, or the report in the requested format.",
        ResponseBody::JsonOrText(Body::of::<wire::PeriodReport>(), &["text/markdown", "text/html"]),
    )],
    ..get(
        "/api/v1/report",
        "report",
        "Statistics",
        "A written report of a period: totals, what changed and why, and what was most expensive.",
    )
};

/// Usage by what responses were made for.
pub static BY: Operation = Operation {
    variable: Some(Variable {
        name: "what",
        description: "What the items are.",
        values: || names(&ctm_report::BY),
    }),
    parameters: &[&FILTER, &[&MOST_ITEMS]],
    answers: &[json::<wire::ByStats>("The items, the most expensive first, and the rest.")],
    ..get(
        "/api/v1/by/{what}",
        "by",
        "Statistics",
        "Usage by what responses were made for: each response is in exactly one item.",
    )
};

/// Use of the prompt cache.
pub static CACHE: Operation = Operation {
    parameters: &[&FILTER, &[&CACHE_ITEMS, &MOST_ITEMS]],
    answers: &[json::<wire::CacheStats>("The misses by cause and by item, and the cache by duration.")],
    ..get(
        "/api/v1/cache",
        "cache",
        "Statistics",
        "Misses of the prompt cache with their causes and extra cost, and the saving by each duration.",
    )
};

/// Usage by cost drivers.
pub static DRIVER_STATS: Operation = Operation {
    parameters: &[&FILTER],
    answers: &[json::<wire::DriverStats>("The drivers, the most expensive first.")],
    ..get(
        "/api/v1/drivers",
        "drivers",
        "Statistics",
        "Usage by cost driver: long prompts, subagents, parallel and long sessions, and large cache misses.",
    )
};

/// Runs of hooks.
pub static HOOKS: Operation = Operation {
    parameters: &[&FILTER],
    answers: &[json::<wire::HookStats>("The hooks, the longest time first.")],
    ..get("/api/v1/hooks", "hooks", "Statistics", "How often each hook ran, and how long it took.")
};

/// Sessions and subagents that are active at once.
pub static CONCURRENCY: Operation = Operation {
    parameters: &[&FILTER, &[&BUCKET]],
    answers: &[json::<wire::ConcurrencyStats>("The period, and its buckets.")],
    ..get(
        "/api/v1/concurrency",
        "concurrency",
        "Statistics",
        "For how long how many sessions and subagents are active at once, over time.",
    )
};

/// Versions or models compared.
pub static COMPARED: Operation = Operation {
    variable: Some(Variable {
        name: "what",
        description: "What is compared: versions of Claude Code, or models.",
        values: || names(&ctm_report::COMPARED_WHAT),
    }),
    parameters: &[&FILTER, &COMPARISON],
    answers: &[json::<wire::ComparisonStats>("The versions or models, without a name of a project.")],
    ..get(
        "/api/v1/compare/{what}",
        "compare",
        "Statistics",
        "Versions of Claude Code, or models, with what each did per prompt and per response.",
    )
};

/// The cost of the same usage otherwise.
pub static WHAT_IF: Operation = Operation {
    parameters: &[&FILTER, &SCENARIO],
    answers: &[json::<wire::WhatIfStats>("The cost as billed and in the scenario, by model and kind.")],
    ..get(
        "/api/v1/what-if",
        "what_if",
        "Statistics",
        "The cost of the same usage at other prices, of another model or with another cache: arithmetic, no \
         forecast.",
    )
};

/// Usage beside the price of plans.
pub static WORTH: Operation = Operation {
    parameters: &[&FILTER],
    answers: &[json::<wire::WorthStats>("The months, their total, and the plans.")],
    ..get(
        "/api/v1/worth",
        "worth",
        "Statistics",
        "Usage at list prices beside the price of the plans of the config file, by calendar month.",
    )
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

/// What official rate limits buy.
pub static CALIBRATION: Operation = Operation {
    parameters: &[&[&CALIBRATION_FROM, &TO, &ZONE, &HOME]],
    answers: &[json::<wire::LimitCalibrations>(
        "The limits with a report; their rates are empty with too few observations.",
    )],
    ..get(
        "/api/v1/limits/calibration",
        "calibration",
        "Limits",
        "What one percent of each official rate limit buys, with its spread, its changes, use from elsewhere and \
         early resets.",
    )
};

/// The present state.
pub static NOW: Operation = Operation {
    parameters: &[&[&ZONE, &WEEK_START, &PROJECT, &HOME]],
    answers: &[json::<NowAnswer>("The present state, of all usage unless projects or homes are named.")],
    ..get(
        "/api/v1/now",
        "now",
        "Statistics",
        "Active sessions with their pace, today by hour, the current day, week, month and windows, official \
         limits and targets.",
    )
};

/// Forecasts.
pub static FORECAST: Operation = Operation {
    parameters: &[&[&ZONE, &WEEK_START, &PROJECT, &HOME]],
    answers: &[json::<wire::Forecasts>("The forecasts, of all usage unless projects or homes are named.")],
    ..get(
        "/api/v1/forecast",
        "forecast",
        "Statistics",
        "Cost and tokens at the end of the active block and of the current day, week and month, each with an \
         interval.",
    )
};

/// Sessions.
pub static SESSIONS: Operation = Operation {
    parameters: &[&FILTER, &PAGE, &[&SORT, &SEARCH, &ACTIVE_SESSIONS], &[&COMPARE_ITEMS, &WEEKDAY, &HOUR]],
    answers: &[json::<wire::Sessions>("A page of sessions.")],
    ..get("/api/v1/sessions", "sessions", "Sessions", "Sessions with their usage.")
};

/// Operation of a single session.
pub static SESSION: Operation = Operation {
    variable: Some(Variable::any("id", "Id of the session.")),
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
    variable: Some(Variable::any("id", "Id of the session.")),
    parameters: &[&PAGE],
    answers: &[json::<wire::SessionResponses>("A page of responses, the earliest first.")],
    ..get("/api/v1/sessions/{id}/responses", "session_responses", "Sessions", "The responses of a session.")
};

/// The responses of a period.
pub static RESPONSES: Operation = Operation {
    parameters: &[
        &FILTER,
        &PAGE,
        &[&RESPONSE_SORT, &TOOL, &FAILED, &DRIVER, &MISSED, &WEEKDAY, &HOUR],
        &ITEMS,
    ],
    answers: &[json::<wire::Responses>("A page of responses, the latest first.")],
    ..get("/api/v1/responses", "responses", "Sessions", "The responses of a period.")
};

/// Operation of a single response.
pub static RESPONSE: Operation = Operation {
    variable: Some(Variable::any("key", "Key of the response.")),
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

/// The targets.
pub static TARGETS: Operation = Operation {
    answers: &[json::<Targets>("The targets.")],
    ..get(
        "/api/v1/targets",
        "targets",
        "Targets",
        "Budgets that charts show: of all usage in a 5-hour window, a day, a week and a month.",
    )
};

/// The budgets, and how they stand.
pub static BUDGETS: Operation = Operation {
    parameters: &[&[&BUDGET_DAY, &WEEK_START, &ZONE]],
    answers: &[json::<wire::Budgets>("The budgets.")],
    ..get("/api/v1/budgets", "budgets", "Budgets", "Budgets, and how they stand now or at the end of a day.")
};

/// A new budget.
pub static ADD_BUDGET: Operation = Operation {
    method: HttpMethod::Post,
    description: Some(OWN_PAGE),
    body: Some(Body::of::<NewBudget>()),
    answers: &[created::<wire::Budget>("The budget.")],
    ..get("/api/v1/budgets", "add_budget", "Budgets", "Adds a budget. Exceeding it stops nothing by itself.")
};

/// The level of a budget on past days.
pub static BUDGET_HISTORY: Operation = Operation {
    variable: Some(Variable::any("id", "Id or name of the budget.")),
    parameters: &[&[&LIMITS_FROM, &TO, &WEEK_START, &ZONE]],
    answers: &[json::<wire::BudgetHistory>("The budget, and how it stood on each day.")],
    ..get(
        "/api/v1/budgets/{id}",
        "budget_history",
        "Budgets",
        "A budget, and how it stood at the end of each day.",
    )
};

/// A removal of a budget.
pub static REMOVE_BUDGET: Operation = Operation {
    method: HttpMethod::Delete,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("id", "Id of the budget.")),
    answers: &[json::<wire::Budget>("The removed budget.")],
    ..get("/api/v1/budgets/{id}", "remove_budget", "Budgets", "Removes a stored budget.")
};

/// The alerts.
pub static ALERTS: Operation = Operation {
    answers: &[json::<wire::Alerts>("The alerts.")],
    ..get("/api/v1/alerts", "alerts", "Alerts", "The alerts that rules raised, the newest first.")
};

/// The alert rules.
pub static ALERT_RULES: Operation = Operation {
    answers: &[json::<wire::AlertRules>("The rules, and those that are suggested.")],
    ..get("/api/v1/alerts/rules", "alert_rules", "Alerts", "Alert rules, and those that are suggested.")
};

/// A new alert rule.
pub static ADD_ALERT_RULE: Operation = Operation {
    method: HttpMethod::Post,
    description: Some(OWN_PAGE),
    body: Some(Body::of::<NewAlertRule>()),
    answers: &[created::<wire::AlertRule>("The rule.")],
    ..get("/api/v1/alerts/rules", "add_alert_rule", "Alerts", "Adds an alert rule.")
};

/// An alert rule.
pub static ALERT_RULE: Operation = Operation {
    variable: Some(Variable::any("id", "Id of the rule.")),
    answers: &[json::<wire::AlertRule>("The rule.")],
    ..get("/api/v1/alerts/rules/{id}", "alert_rule", "Alerts", "An alert rule.")
};

/// A removal of an alert rule.
pub static REMOVE_ALERT_RULE: Operation = Operation {
    method: HttpMethod::Delete,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("id", "Id of the rule.")),
    answers: &[json::<wire::AlertRule>("The removed rule.")],
    ..get(
        "/api/v1/alerts/rules/{id}",
        "remove_alert_rule",
        "Alerts",
        "Removes an alert rule. The alerts that it raised stay.",
    )
};

/// A test of an alert rule.
pub static TEST_ALERT_RULE: Operation = Operation {
    method: HttpMethod::Post,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("id", "Id of the rule.")),
    answers: &[created::<wire::Alert>("The alert.")],
    ..get(
        "/api/v1/alerts/rules/{id}/test",
        "test_alert_rule",
        "Alerts",
        "Raises an alert of a rule with made-up figures, marked as a test.",
    )
};

/// The channels that alerts are sent to.
pub static ALERT_CHANNELS: Operation = Operation {
    answers: &[json::<wire::ListedChannels>("The channels.")],
    ..get("/api/v1/alerts/channels", "alert_channels", "Alerts", "The channels that alerts are sent to.")
};

/// A test of a channel.
pub static TEST_ALERT_CHANNEL: Operation = Operation {
    method: HttpMethod::Post,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("name", "Name of the channel.")),
    answers: &[json::<wire::AlertDelivery>("What the receiver answered, or why it received nothing.")],
    ..get(
        "/api/v1/alerts/channels/{name}/test",
        "test_alert_channel",
        "Alerts",
        "Sends a test to a channel once, and waits for its answer.",
    )
};

/// A change of the targets.
pub static CHANGE_TARGETS: Operation = Operation {
    method: HttpMethod::Patch,
    body: Some(Body::of::<ChangeOfTargets>()),
    answers: &[json::<Targets>("The targets.")],
    ..get(
        "/api/v1/targets",
        "change_targets",
        "Targets",
        "Sets and removes the budgets that charts show. Exceeding one stops nothing.\nA request without the token must come from a \
         page of the server itself.",
    )
};

/// Markers and notes.
pub static MARKERS: Operation = Operation {
    parameters: &[&DAYS],
    answers: &[json::<wire::Markers>("The markers and notes of the period.")],
    ..get(
        "/api/v1/markers",
        "markers",
        "Personal",
        "Changed prices, first uses of models and versions of Claude Code, and notes, by day.",
    )
};

/// Notes.
pub static NOTES: Operation = Operation {
    parameters: &[&[&NOTES_FROM, &NOTES_TO]],
    answers: &[json::<wire::Notes>("The notes, the oldest day first.")],
    ..get("/api/v1/notes", "notes", "Personal", "Notes about days.")
};

/// A new note.
pub static ADD_NOTE: Operation = Operation {
    method: HttpMethod::Post,
    description: Some(OWN_PAGE),
    body: Some(Body::of::<NewNote>()),
    answers: &[created::<wire::Note>("The note.")],
    ..get("/api/v1/notes", "add_note", "Personal", "Adds a note about a day.")
};

/// A change of a note.
pub static CHANGE_NOTE: Operation = Operation {
    method: HttpMethod::Patch,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("id", "Id of the note.")),
    body: Some(Body::of::<NoteChange>()),
    answers: &[json::<wire::Note>("The changed note.")],
    ..get("/api/v1/notes/{id}", "change_note", "Personal", "Changes a note.")
};

/// A removal of a note.
pub static REMOVE_NOTE: Operation = Operation {
    method: HttpMethod::Delete,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("id", "Id of the note.")),
    answers: &[json::<wire::Note>("The removed note.")],
    ..get("/api/v1/notes/{id}", "remove_note", "Personal", "Removes a note.")
};

/// Saved views.
pub static VIEWS: Operation = Operation {
    answers: &[json::<wire::Views>("The views, by name.")],
    ..get("/api/v1/views", "views", "Personal", "Saved views: pages with their range and filter.")
};

/// A new view.
pub static ADD_VIEW: Operation = Operation {
    method: HttpMethod::Post,
    description: Some(OWN_PAGE),
    body: Some(Body::of::<NewView>()),
    answers: &[created::<wire::View>("The view.")],
    ..get("/api/v1/views", "add_view", "Personal", "Saves a view.")
};

/// A change of a view.
pub static CHANGE_VIEW: Operation = Operation {
    method: HttpMethod::Patch,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("id", "Id of the view.")),
    body: Some(Body::of::<ViewChange>()),
    answers: &[json::<wire::View>("The changed view.")],
    ..get("/api/v1/views/{id}", "change_view", "Personal", "Renames a view, or sets its page.")
};

/// A removal of a view.
pub static REMOVE_VIEW: Operation = Operation {
    method: HttpMethod::Delete,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("id", "Id of the view.")),
    answers: &[json::<wire::View>("The removed view.")],
    ..get("/api/v1/views/{id}", "remove_view", "Personal", "Removes a view.")
};

/// The views for statements of SQL.
pub static SQL_VIEWS: Operation = Operation {
    answers: &[json::<wire::SqlViews>("The views with their columns.")],
    ..get(
        "/api/v1/sql",
        "sql_views",
        "SQL",
        "The views that a statement of SQL can read, and the bounds of a statement.",
    )
};

/// A statement of SQL.
pub static SQL: Operation = Operation {
    method: HttpMethod::Post,
    description: Some(
        "The statement runs on a connection that only reads the views. The setting `sql` decides whether the server runs \
         any.\nA request without the token must come from a page of the server itself.",
    ),
    body: Some(Body::of::<NewStatement>()),
    answers: &[json::<wire::SqlRows>("The rows, cut off at a bound.")],
    ..get("/api/v1/sql", "sql", "SQL", "Runs one `SELECT` over the views.")
};

/// Saved queries.
pub static QUERIES: Operation = Operation {
    answers: &[json::<wire::SavedQueries>("The queries, by name.")],
    ..get("/api/v1/queries", "queries", "SQL", "Saved queries: statements of SQL, by name.")
};

/// A new saved query.
pub static ADD_QUERY: Operation = Operation {
    method: HttpMethod::Post,
    description: Some(OWN_PAGE),
    body: Some(Body::of::<NewQuery>()),
    answers: &[created::<wire::SavedQuery>("The query.")],
    ..get("/api/v1/queries", "add_query", "SQL", "Saves a query, which is not run.")
};

/// A change of a saved query.
pub static CHANGE_QUERY: Operation = Operation {
    method: HttpMethod::Patch,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("id", "Id of the query.")),
    body: Some(Body::of::<QueryChange>()),
    answers: &[json::<wire::SavedQuery>("The changed query.")],
    ..get("/api/v1/queries/{id}", "change_query", "SQL", "Renames a saved query, or sets its statement.")
};

/// A removal of a saved query.
pub static REMOVE_QUERY: Operation = Operation {
    method: HttpMethod::Delete,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("id", "Id of the query.")),
    answers: &[json::<wire::SavedQuery>("The removed query.")],
    ..get("/api/v1/queries/{id}", "remove_query", "SQL", "Removes a saved query.")
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
        "Exports a table as a file: days, models, projects, sessions, tools, blocks, changes, responses, notes, views or charges.",
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

/// The sealed months.
pub static SEALS: Operation = Operation {
    description: Some(
        "Each seal is compared with the present facts. A change that `ctm close` has not noticed yet has no time; this request stores nothing.",
    ),
    answers: &[json::<wire::SealedMonths>("The sealed months, in order.")],
    ..get(
        "/api/v1/seals",
        "seals",
        "Seals",
        "Sealed months, whether their seals hold, and what changed of them since.",
    )
};

/// The machines whose usage is imported.
pub static MACHINES: Operation = Operation {
    answers: &[json::<wire::Machines>("The machines.")],
    ..get(
        "/api/v1/machines",
        "machines",
        "Machines",
        "Machines whose usage was imported from files of facts.",
    )
};

/// The removal of a machine.
pub static REMOVE_MACHINE: Operation = Operation {
    method: HttpMethod::Delete,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("id", "Id of the machine.")),
    answers: &[json::<wire::Machine>("The removed machine.")],
    ..get(
        "/api/v1/machines/{id}",
        "remove_machine",
        "Machines",
        "Removes what was imported of a machine, as if it had never been.",
    )
};

/// The machines of a hub.
pub static TEAM: Operation = Operation {
    answers: &[json::<Team>("The machines that enrolled and were not removed.")],
    ..get("/api/v1/team", "team", "Team", "Machines that push to this server, with their last push.")
};

/// A new invite.
pub static CREATE_INVITE: Operation = Operation {
    method: HttpMethod::Post,
    description: Some(OWN_PAGE),
    body: Some(Body::of::<NewTeamInvite>()),
    answers: &[("201", "The code, which is not stored.", ResponseBody::Json(Body::of::<TeamInvite>()))],
    ..get("/api/v1/team/invites", "create_invite", "Team", "Creates a code with which machines enrol.")
};

/// The revocation of a token.
pub static REVOKE_TOKEN: Operation = Operation {
    method: HttpMethod::Delete,
    description: Some(OWN_PAGE),
    variable: Some(Variable::any("id", "Id of the machine.")),
    answers: &[json::<Team>("The machines.")],
    ..get(
        "/api/v1/team/machines/{id}/token",
        "revoke_token",
        "Team",
        "Revokes the token of a machine, with immediate effect. What it pushed stays.",
    )
};

/// The position of a machine.
pub static PUSH_POSITION: Operation = Operation {
    description: Some(OF_MACHINE),
    answers: &[json::<PushPosition>("What is stored of the machine.")],
    ..get("/api/v1/push", "push_position", "Push", "Up to where the hub has the journal of a machine.")
};

/// A push.
pub static PUSH: Operation = Operation {
    method: HttpMethod::Post,
    description: Some(
        "The body is one section of the format of files of facts, as `application/x-ndjson`, compressed with gzip: at most 1 MiB, \
         and 8 MiB without the compression.\nThe responses and the position are stored in one transaction. The same again changes \
         nothing.\nA problem 409 has the `code` `behind`, with the last stored entry as `acked`, or `fork`; 410 means that the \
         machine was removed, 426 that the version is not read.\nNeeds the token of the machine, which opens nothing else.",
    ),
    answers: &[json::<Pushed>("It is stored.")],
    ..get("/api/v1/push", "push", "Push", "Stores responses of a machine, up to an entry of its journal.")
};

/// The removal of a machine by itself.
pub static LEAVE: Operation = Operation {
    method: HttpMethod::Delete,
    description: Some(OF_MACHINE),
    answers: &[json::<LeftMachine>("The machine is removed.")],
    ..get("/api/v1/push", "leave", "Push", "Removes all that a machine pushed, and the machine.")
};

/// The enrolment of a machine.
pub static ENROL: Operation = Operation {
    method: HttpMethod::Post,
    description: Some("The code is that of `ctm team invite`; no token is needed."),
    body: Some(Body::of::<NewEnrolment>()),
    answers: &[json::<EnrolledMachine>("The token of the machine, and what it needs to push.")],
    ..get("/api/v1/push/enrolment", "enrol", "Push", "Enrols a machine with the code of an invite.")
};

/// The rotation of a token.
pub static ROTATE_TOKEN: Operation = Operation {
    method: HttpMethod::Post,
    description: Some(OF_MACHINE),
    answers: &[json::<NewToken>("The token; the one before is valid for a day more.")],
    ..get("/api/v1/push/token", "rotate_token", "Push", "Replaces the token of a machine.")
};

/// The read-only links.
pub static LINKS: Operation = Operation {
    answers: &[json::<Links>("The links, without their secrets.")],
    ..get("/api/v1/links", "links", "Links", "Read-only links, with their scope, end and last use.")
};

/// A new read-only link.
pub static CREATE_LINK: Operation = Operation {
    method: HttpMethod::Post,
    body: Some(Body::of::<NewLink>()),
    answers: &[(
        "201",
        "The link, with the address that contains its secret.",
        ResponseBody::Json(Body::of::<CreatedLink>()),
    )],
    ..get("/api/v1/links", "create_link", "Links", "Creates a read-only link. Needs a server with a token.")
};

/// The removal of a read-only link.
pub static REMOVE_LINK: Operation = Operation {
    method: HttpMethod::Delete,
    variable: Some(Variable::any("id", "Id of the link.")),
    answers: &[json::<Links>("The remaining links.")],
    ..get("/api/v1/links/{id}", "remove_link", "Links", "Removes a read-only link, with immediate effect.")
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
    answers: &[(
        "200",
        "Metrics as OpenMetrics, if `Accept` names it, or in the text format 0.0.4 of Prometheus.",
        ResponseBody::Text(&["application/openmetrics-text", "text/plain"]),
    )],
    ..get("/metrics", "metrics", "Server", "Metrics of usage, lines and the server, for Prometheus.")
};

/// The WebSocket, which OpenAPI cannot describe.
pub static WEBSOCKET: Operation = Operation {
    parameters: &[&[&ZONE, &VERSION]],
    ..get("/api/v1/ws", "ws", "Server", "Notifications of changes.")
};

/// The operations that the OpenAPI document describes.
pub(crate) static ALL: &[&Operation] = &[
    &HEALTH,
    &CONFIG,
    &NOW,
    &STATS,
    &DAILY,
    &MODELS,
    &PROJECTS,
    &SOURCES,
    &TELEMETRY,
    &TRENDS,
    &CHANGES,
    &REPORT,
    &WHY,
    &BY,
    &CACHE,
    &DRIVER_STATS,
    &HOOKS,
    &CONCURRENCY,
    &FORECAST,
    &COMPARED,
    &WHAT_IF,
    &WORTH,
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
    &CALIBRATION,
    &EXPORT,
    &PROJECT_FOLDERS,
    &PROJECT_RULES,
    &CHANGE_PROJECT_RULES,
    &PREVIEW_PROJECT_RULES,
    &BACKUPS,
    &CREATE_BACKUP,
    &RESTORE_BACKUP,
    &SEALS,
    &MACHINES,
    &REMOVE_MACHINE,
    &PUSH_POSITION,
    &PUSH,
    &LEAVE,
    &ENROL,
    &ROTATE_TOKEN,
    &TEAM,
    &CREATE_INVITE,
    &REVOKE_TOKEN,
    &LINKS,
    &CREATE_LINK,
    &REMOVE_LINK,
    &BUDGETS,
    &ADD_BUDGET,
    &BUDGET_HISTORY,
    &REMOVE_BUDGET,
    &ALERTS,
    &ALERT_RULES,
    &ADD_ALERT_RULE,
    &ALERT_RULE,
    &REMOVE_ALERT_RULE,
    &TEST_ALERT_RULE,
    &ALERT_CHANNELS,
    &TEST_ALERT_CHANNEL,
    &TARGETS,
    &CHANGE_TARGETS,
    &MARKERS,
    &NOTES,
    &ADD_NOTE,
    &CHANGE_NOTE,
    &REMOVE_NOTE,
    &VIEWS,
    &ADD_VIEW,
    &CHANGE_VIEW,
    &REMOVE_VIEW,
    &SQL_VIEWS,
    &SQL,
    &QUERIES,
    &ADD_QUERY,
    &CHANGE_QUERY,
    &REMOVE_QUERY,
    &METRICS,
];
