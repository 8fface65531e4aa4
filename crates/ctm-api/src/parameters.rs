//! Definition of every parameter of the REST interface, used by parsing, error messages, request bodies
//! and the OpenAPI document. [`super::operations`] assigns parameters to operations.

use crate::parameter::{Described, Group, List, Parameter, Values};
use chrono::{DateTime, NaiveDate, Weekday};
use chrono_tz::Tz;
use ctm_aggregate::what_if::RepricedPart;
use ctm_aggregate::{Metric, RangePreset, Split, Step};
use ctm_document::Language;
use ctm_export::Format;
use ctm_facts::drivers::Driven;
use ctm_report::export::Dataset;
use ctm_report::wire::ReportNames;
use ctm_report::{
    BY, ByWhat, CACHE_BY, CACHE_SCENARIOS, CHANGED_BY, COMPARED, COMPARED_WHAT, CacheBy, CacheScenario,
    ChangedBy, Compare, ComparedWhat, DRIVEN, MAX_LIMIT, METRICS, Missed, Order, PARTS, PageSort,
    REPORT_NAMES, RESPONSE_SORTS, ResponseSort, SPLITS, STEPS, SUMMED, WEEKDAYS,
};
use ctm_types::EpochMs;
use std::convert::identity;
use utoipa::openapi::KnownFormat;

/// The usage filter of every report.
pub(crate) static FILTER: [&'static dyn Described; 14] = [
    &FROM,
    &TO,
    &RANGE,
    &WEEK_START,
    &SINCE,
    &UNTIL,
    &ZONE,
    &PROJECT,
    &FOLDER,
    &MODEL,
    &SESSION,
    &HOME,
    &SIDECHAIN,
    &UNLOGGED,
];

/// The days of a report that depends on no further filter.
pub(crate) static DAYS: [&'static dyn Described; 5] = [&FROM, &TO, &RANGE, &WEEK_START, &ZONE];

/// The page of a list.
pub(crate) static PAGE: [&'static dyn Described; 3] = [&LIMIT, &CURSOR, &ORDER];

/// Parameters of an export, in the request body next to the filter.
pub(crate) static EXPORTED: [&'static dyn Described; 3] = [&FORMAT, &DATASET, &FIELDS];

/// Filters of lists in the filter of an export, next to those of every report.
pub(crate) static EXPORT_FILTER: [&'static dyn Described; 26] = [
    &TOOL,
    &FAILED,
    &WEEKDAY,
    &HOUR,
    &SEARCH,
    &ACTIVE_SESSIONS,
    &CHANGED,
    &SUMMED_METRIC,
    &COMPARE,
    &DRIVER,
    &MISSED,
    &SKILL,
    &PLUGIN,
    &AGENT,
    &MCP,
    &ONLY_TOOL,
    &EFFORT,
    &ENTRYPOINT,
    &CLAUDE_VERSION,
    &BRANCH,
    &TICKET,
    &PULL_REQUEST,
    &WITHOUT,
    &SEVERAL_TOOLS,
    &ONLY_MODEL,
    &IN_SAME_PROJECTS,
];

/// No parameters.
pub(crate) const NONE: &[&Group] = &[];

const fn day(name: &'static str, description: &'static str) -> Parameter<NaiveDate> {
    let values = Values::Text {
        parse: day_of,
        allowed: "a day as YYYY-MM-DD",
        format: Some(KnownFormat::Date),
        pattern: None,
    };
    Parameter::new(name, description, values)
}

/// Parses a day in its only form: years have four digits and no sign.
pub(crate) fn day_of(text: &str) -> Option<NaiveDate> {
    text.parse().ok().filter(|day: &NaiveDate| day.to_string() == text)
}

/// Parses any text.
const fn text(allowed: &'static str) -> Values<String> {
    Values::Text { parse: |text| Some(text.to_owned()), allowed, format: None, pattern: None }
}

pub(crate) static FROM: Parameter<NaiveDate> =
    day("from", "First day; defaults to the first day with usage.");

pub(crate) static TO: Parameter<NaiveDate> = day("to", "Last day; defaults to today.");

pub(crate) static HISTORY_FROM: Parameter<NaiveDate> =
    day("from", "First day, in UTC; defaults to the first day with data.");

pub(crate) static HISTORY_TO: Parameter<NaiveDate> = day("to", "Last day, in UTC; defaults to today.");

pub(crate) static NOTES_FROM: Parameter<NaiveDate> =
    day("from", "First day; defaults to the day of the first note.");

pub(crate) static NOTES_TO: Parameter<NaiveDate> =
    day("to", "Last day; defaults to the day of the last note.");

pub(crate) static LIMITS_FROM: Parameter<NaiveDate> =
    day("from", "First day; defaults to 29 days before the last day.");

pub(crate) static CALIBRATION_FROM: Parameter<NaiveDate> =
    day("from", "First day; defaults to 89 days before the last day.");

pub(crate) static BUDGET_DAY: Parameter<NaiveDate> =
    day("at", "The day at whose end budgets are shown; defaults to now.");

pub(crate) static RANGE: Parameter<RangePreset> = Parameter {
    name: "range",
    description: "Days relative to today, in place of `from` and `to`: `today`, `yesterday`, `this-week`, `last-week`,\n\
                  `this-month`, `last-month`, `1d` to `3660d`, `1y`, `all`.",
    values: Values::Text {
        parse: |text| text.parse().ok(),
        allowed: RangePreset::NAMES,
        format: None,
        pattern: Some(RangePreset::PATTERN),
    },
    example: Some("30d"),
};

pub(crate) static WEEK_START: Parameter<Weekday> =
    Parameter::new("week_start", "First day of a week; defaults to `monday`.", Values::Choice(&WEEKDAYS));

pub(crate) static WEEKDAY: Parameter<Weekday> = Parameter::new(
    "weekday",
    "Only usage on this day of the week, in the hour that `hour` names.",
    Values::Choice(&WEEKDAYS),
);

pub(crate) static HOUR: Parameter<usize> = Parameter::new(
    "hour",
    "Only usage in this hour of the day, 0 to 23, on the day that `weekday` names.",
    Values::Text {
        parse: |text| text.parse().ok().filter(|hour| *hour < 24),
        allowed: "0 to 23",
        format: None,
        pattern: Some("^([0-9]|1[0-9]|2[0-3])$"),
    },
);

const fn moment(name: &'static str, description: &'static str) -> Parameter<EpochMs> {
    let values = Values::Text {
        parse: |text| DateTime::parse_from_rfc3339(text).ok().map(|at| EpochMs(at.timestamp_millis())),
        allowed: "a time as 2026-03-07T15:00:00Z",
        format: Some(KnownFormat::DateTime),
        pattern: None,
    };
    Parameter::new(name, description, values)
}

pub(crate) static SINCE: Parameter<EpochMs> = moment(
    "since",
    "Only usage from this time on, within the period; from the quarter of an hour that contains it.",
);

pub(crate) static UNTIL: Parameter<EpochMs> =
    moment("until", "Only usage before this time, within the period; up to the end of a quarter of an hour.");

pub(crate) static ZONE: Parameter<Tz> = Parameter {
    name: "tz",
    description: "IANA time zone of the days; defaults to the server's.",
    values: Values::Text {
        parse: |text| text.parse().ok(),
        allowed: "an IANA time zone such as Europe/Berlin",
        format: None,
        pattern: None,
    },
    example: Some("Europe/Berlin"),
};

const fn list(name: &'static str, description: &'static str) -> List {
    List { name, older: None, description }
}

pub(crate) static PROJECT: List = list("project", "Only these projects, by name.");

pub(crate) static FOLDER: List = list("cwd", "Only usage from these working directories.");

pub(crate) static MODEL: List = list("model", "Only these models, as logged.");

pub(crate) static SESSION: List = list("session", "Only these sessions, by id.");

pub(crate) static HOME: List =
    List { name: "home", older: Some("source"), description: "Only these Claude homes, by label." };

pub(crate) static SIDECHAIN: Parameter<bool> = Parameter::new(
    "sidechain",
    "Only usage of subagents, or only usage of main conversations.",
    Values::Switch(identity),
);

pub(crate) static UNLOGGED: Parameter<bool> = Parameter::new(
    "unlogged",
    "`true`: include requests that only telemetry reports; defaults to the setting `count_unlogged`.",
    Values::Switch(identity),
);

pub(crate) static TOOL: Parameter<String> =
    Parameter::new("tool", "Only responses that called this tool, by name.", text("the name of a tool"));

pub(crate) static FAILED: Parameter<bool> = Parameter::new(
    "failed",
    "`true`: only responses with a tool call that failed; with `tool`, with a failed call of this tool.",
    Values::Switch(identity),
);

pub(crate) static DRIVER: Parameter<Driven> = Parameter::new(
    "driver",
    "Only responses with this cost driver, or with `none`.",
    Values::Choice(&DRIVEN),
);

pub(crate) static MISSED: Parameter<Missed> = Parameter::new(
    "cache_miss",
    "Only responses that miss the prompt cache: `any`, or those with a cause of `GET /cache`, as `logged:tools_changed` or\n\
     `inferred:expired`.",
    Values::Text {
        parse: Missed::named,
        allowed: "any, logged:CAUSE or inferred:CAUSE",
        format: None,
        pattern: None,
    },
);

static SKILL: Parameter<String> = Parameter::new(
    "skill",
    "Only responses of this skill, as in `GET /by/skill`.",
    text("the name of a skill"),
);

static PLUGIN: Parameter<String> = Parameter::new(
    "plugin",
    "Only responses of this plugin, as in `GET /by/plugin`.",
    text("the name of a plugin"),
);

static AGENT: Parameter<String> = Parameter::new(
    "agent",
    "Only responses of subagents of this type, as in `GET /by/agent`.",
    text("a type of subagents"),
);

static MCP: Parameter<String> = Parameter::new(
    "mcp",
    "Only responses of this MCP server, as in `GET /by/mcp`.",
    text("the name of an MCP server"),
);

static EFFORT: Parameter<String> = Parameter::new(
    "effort",
    "Only responses with this requested effort, as in `GET /by/effort`.",
    text("an effort"),
);

static ENTRYPOINT: Parameter<String> = Parameter::new(
    "entrypoint",
    "Only responses of this entrypoint, as in `GET /by/entrypoint`.",
    text("an entrypoint such as cli"),
);

static CLAUDE_VERSION: Parameter<String> = Parameter::new(
    "version",
    "Only responses of this version of Claude Code, as in `GET /by/version`.",
    text("a version of Claude Code"),
);

static BRANCH: Parameter<String> = Parameter::new(
    "branch",
    "Only responses on this git branch, as in `GET /by/branch`.",
    text("the name of a branch"),
);

static TICKET: Parameter<String> = Parameter::new(
    "ticket",
    "Only responses on branches with this ticket, as in `GET /by/ticket`.",
    text("a ticket in the names of branches"),
);

static PULL_REQUEST: Parameter<String> = Parameter::new(
    "pr",
    "Only responses of this pull request, as in `GET /by/pr`.",
    text("a pull request such as owner/name#12"),
);

static ONLY_TOOL: Parameter<String> = Parameter::new(
    "only_tool",
    "Only responses that call this tool and no other, as in `GET /by/tool`.",
    text("the name of a tool"),
);

pub(crate) static WITHOUT: Parameter<ByWhat> = Parameter::new(
    "without",
    "Only responses of the item of `GET /by/{what}` that has no name.",
    Values::Choice(&BY),
);

pub(crate) static SEVERAL_TOOLS: Parameter<bool> = Parameter::new(
    "several_tools",
    "`true`: only responses that call several tools, as in `GET /by/tool`.",
    Values::Switch(identity),
);

pub(crate) static ONLY_MODEL: Parameter<String> = Parameter::new(
    "only_model",
    "Only responses of this model, as in `GET /compare/model`: `model` also selects those with a further part of it.",
    text("a model, as logged"),
);

pub(crate) static IN_SAME_PROJECTS: Parameter<ComparedWhat> = Parameter::new(
    "same_projects",
    "Only responses in the projects in which every version or model of the period was used, as `same_projects` of\n\
     `GET /compare/{what}` selects them.",
    Values::Choice(&COMPARED_WHAT),
);

/// The parameters of an item of `GET /by/{what}` or `GET /compare/{what}`.
pub(crate) static ITEMS: [&'static dyn Described; 15] = [
    &SKILL,
    &PLUGIN,
    &AGENT,
    &MCP,
    &ONLY_TOOL,
    &EFFORT,
    &ENTRYPOINT,
    &CLAUDE_VERSION,
    &BRANCH,
    &TICKET,
    &PULL_REQUEST,
    &WITHOUT,
    &SEVERAL_TOOLS,
    &ONLY_MODEL,
    &IN_SAME_PROJECTS,
];

/// The parameter of the name of an item.
pub(crate) fn item_of(by: ByWhat) -> &'static Parameter<String> {
    match by {
        ByWhat::Skill => &SKILL,
        ByWhat::Plugin => &PLUGIN,
        ByWhat::Agent => &AGENT,
        ByWhat::Mcp => &MCP,
        ByWhat::Tool => &ONLY_TOOL,
        ByWhat::Effort => &EFFORT,
        ByWhat::Entrypoint => &ENTRYPOINT,
        ByWhat::Version => &CLAUDE_VERSION,
        ByWhat::Branch => &BRANCH,
        ByWhat::Ticket => &TICKET,
        ByWhat::PullRequest => &PULL_REQUEST,
    }
}

pub(crate) static LIMIT: Parameter<usize> = Parameter::new(
    "limit",
    "Number of items per page.",
    Values::Number { min: 1, max: MAX_LIMIT, default: 50, of: identity },
);

pub(crate) static CURSOR: Parameter<String> =
    Parameter::new("cursor", "The `next_cursor` of the previous page.", text("the `next_cursor` of a page"));

pub(crate) static ORDER: Parameter<Order> = Parameter::new(
    "order",
    "Sort order.",
    Values::Choice(&[("asc", Order::Ascending), ("desc", Order::Descending)]),
);

pub(crate) static SORT: Parameter<PageSort> = Parameter::new(
    "sort",
    "Sort key.",
    Values::Choice(&[
        ("started_at", PageSort::StartedAt),
        ("last_at", PageSort::LastAt),
        ("cost_usd", PageSort::Cost),
        ("total_tokens", PageSort::Tokens),
    ]),
);

pub(crate) static RESPONSE_SORT: Parameter<ResponseSort> = Parameter::new(
    "sort",
    "Sort key; defaults to `at`. By cost or output, every page reads all responses of the filter.",
    Values::Choice(&RESPONSE_SORTS),
);

pub(crate) static COMPARE: Parameter<Compare> = Parameter::new(
    "compare",
    "The previous period (the default), the same days of the week before, or the same days a year earlier. A month is\n\
     compared with the month before it, and a period that is not over with the same part of the other one.",
    Values::Choice(&COMPARED),
);

pub(crate) static COMPARE_ITEMS: Parameter<Compare> = Parameter::new(
    "compare",
    "Include the usage of each item in the previous period, in the same days of the week before, or in the same days a\n\
     year earlier; defaults to `none`.",
    Values::Choice(&COMPARED),
);

pub(crate) static BREAKDOWN: Parameter<bool> = Parameter::new(
    "breakdown",
    "Include a per-model breakdown for each day.",
    Values::Choice(&[("model", true), ("none", false)]),
);

pub(crate) static METRIC: Parameter<Metric> =
    Parameter::new("metric", "The metric; defaults to the cost.", Values::Choice(&METRICS));

pub(crate) static CHANGED: Parameter<ChangedBy> = Parameter::new(
    "by",
    "The items; defaults to `model`. Tools are compared by their calls.",
    Values::Choice(&CHANGED_BY),
);

pub(crate) static SUMMED_METRIC: Parameter<Metric> =
    Parameter::new("metric", "The metric; defaults to the cost.", Values::Choice(&SUMMED));

pub(crate) static MOST_CHANGED: Parameter<usize> = Parameter::new(
    "limit",
    "Maximum number of items, besides the rest.",
    Values::Number { min: 1, max: MAX_LIMIT, default: 20, of: identity },
);

pub(crate) static MOVERS: Parameter<usize> = Parameter::new(
    "limit",
    "Maximum number of items of each kind, besides the rest.",
    Values::Number { min: 1, max: MAX_LIMIT, default: 5, of: identity },
);

pub(crate) static MOST_ITEMS: Parameter<usize> = Parameter::new(
    "limit",
    "Maximum number of named items, besides the rest.",
    Values::Number { min: 1, max: MAX_LIMIT, default: 100, of: identity },
);

pub(crate) static CACHE_ITEMS: Parameter<CacheBy> =
    Parameter::new("by", "The items; defaults to `project`.", Values::Choice(&CACHE_BY));

/// What a written report has, and its form.
pub(crate) static WRITTEN: [&'static dyn Described; 5] =
    [&COMPARE, &REPORT_ITEMS, &NAMES, &LANGUAGE, &REPORT_FORMAT];

pub(crate) static REPORT_ITEMS: Parameter<usize> = Parameter::new(
    "limit",
    "Maximum number of projects, models and sessions, besides the rest.",
    Values::Number { min: 1, max: MAX_LIMIT, default: 10, of: identity },
);

pub(crate) static NAMES: Parameter<ReportNames> = Parameter::new(
    "names",
    "`numbered`: projects are called by letters, and there are no ids and titles of sessions; defaults to `shown`.",
    Values::Choice(&REPORT_NAMES),
);

pub(crate) static LANGUAGE: Parameter<Language> = Parameter::new(
    "language",
    "Language of a report as Markdown or HTML; defaults to `en`.",
    Values::Choice(&Language::ALL),
);

/// The format of a written report; `None` is JSON.
pub(crate) static REPORT_FORMAT: Parameter<Option<ctm_document::Format>> = Parameter::new(
    "format",
    "The figures (the default), or the report as Markdown or as one HTML file without scripts.",
    Values::Choice(&[
        ("json", None),
        ("md", Some(ctm_document::Format::Markdown)),
        ("html", Some(ctm_document::Format::Html)),
    ]),
);

/// What usage is priced by instead.
pub(crate) static SCENARIO: [&'static dyn Described; 4] = [&AS_MODEL, &PRICES_ON, &CACHE, &PART];

/// What a comparison has.
pub(crate) static COMPARISON: [&'static dyn Described; 2] = [&ITEM, &SAME_PROJECTS];

pub(crate) static ITEM: List = list("item", "Only these versions or models, by name.");

pub(crate) static SAME_PROJECTS: Parameter<bool> = Parameter::new(
    "same_projects",
    "`true`: only projects in which every item was used.",
    Values::Switch(identity),
);

pub(crate) static AS_MODEL: Parameter<String> = Parameter::new(
    "as_model",
    "Price the usage as that of this model, by a name that has a price.",
    text("the name of a model with a price"),
);

pub(crate) static PRICES_ON: Parameter<NaiveDate> =
    day("prices_on", "Price the usage by the price table of this UTC day, which may be to come.");

pub(crate) static CACHE: Parameter<CacheScenario> = Parameter::new(
    "cache",
    "Price the usage without a cache, with the 5-minute cache only, or with the 1-hour cache only; defaults to `actual`.",
    Values::Choice(&CACHE_SCENARIOS),
);

pub(crate) static PART: Parameter<RepricedPart> = Parameter::new(
    "part",
    "Price only main conversations or only subagents anew; defaults to `all`.",
    Values::Choice(&PARTS),
);

pub(crate) static BUCKET: Parameter<Step> = Parameter::new(
    "bucket",
    "Length of a bucket; defaults to a day. In a period of more than 10,000 buckets,\n\
     buckets without usage are omitted.",
    Values::Choice(&STEPS),
);

pub(crate) static GROUP: Parameter<Split> = Parameter::new(
    "group",
    "Split of the series; `kind` applies to the cost and to all tokens.",
    Values::Choice(&SPLITS),
);

pub(crate) static SERIES: Parameter<usize> = Parameter::new(
    "series",
    "Maximum number of series, besides one for the rest.",
    Values::Number { min: 1, max: 100, default: 8, of: identity },
);

pub(crate) static ACTIVE: Parameter<bool> =
    Parameter::new("active", "Only the active block, or only past blocks.", Values::Switch(identity));

pub(crate) static SEARCH: Parameter<String> = Parameter::new(
    "search",
    "Only sessions with all of these words in their project or branch, or at the beginning of their id;\n\
     upper and lower case are the same.",
    text("words"),
);

pub(crate) static ACTIVE_SESSIONS: Parameter<bool> =
    Parameter::new("active", "Only active sessions, or only others.", Values::Switch(identity));

pub(crate) static FORMAT: Parameter<Format> =
    Parameter::new("format", "The format of the file.", Values::Named(&Format::ALL, Format::name));

pub(crate) static DATASET: Parameter<Dataset> =
    Parameter::new("dataset", "The kind of rows.", Values::Named(&Dataset::ALL, Dataset::name));

pub(crate) static FIELDS: List = list("fields", "The fields, in order; defaults to all fields of the rows.");

/// Version of the WebSocket protocol. The protocol itself refuses unsupported ones.
pub(crate) static VERSION: Parameter<String> =
    Parameter::new("v", "Version of the protocol.", text("a version"));
