//! The tools: which operations they are, under which names.

use ctm_api::operations::{self, Operation};
use ctm_api::schema;
use rmcp::model::{JsonObject, Tool as Listed, ToolAnnotations};
use serde_json::Value;
use std::sync::Arc;

/// Period of a tool without one.
const RANGE: &str = "30d";

/// Items of a page without a limit.
const LIMIT: u64 = 10;

/// Parameters that are accepted and not described, because they are rarely needed: descriptions of tools are in the
/// context of every conversation.
const UNDESCRIBED: [&str; 7] = ["folder", "order", "series", "since", "unlogged", "until", "week_start"];

/// A tool.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) operation: &'static Operation,
    pub(crate) report: Report,
}

/// The report of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    Stats,
    Daily,
    Models,
    Projects,
    By,
    Why,
    Changes,
    Cache,
    Drivers,
    Worth,
    WhatIf,
    Compare,
    Now,
    Budgets,
    Limits,
    Sessions,
    Session,
    Responses,
    Response,
}

const fn tool(name: &'static str, operation: &'static Operation, report: Report) -> Tool {
    Tool { name, operation, report }
}

/// All tools.
pub(crate) static TOOLS: [Tool; 19] = [
    tool("now", &operations::NOW, Report::Now),
    tool("usage", &operations::STATS, Report::Stats),
    tool("usage_by_day", &operations::DAILY, Report::Daily),
    tool("usage_by_model", &operations::MODELS, Report::Models),
    tool("usage_by_project", &operations::PROJECTS, Report::Projects),
    tool("usage_by", &operations::BY, Report::By),
    tool("why", &operations::WHY, Report::Why),
    tool("changes", &operations::CHANGES, Report::Changes),
    tool("drivers", &operations::DRIVER_STATS, Report::Drivers),
    tool("cache", &operations::CACHE, Report::Cache),
    tool("budgets", &operations::BUDGETS, Report::Budgets),
    tool("limits", &operations::LIMITS, Report::Limits),
    tool("worth", &operations::WORTH, Report::Worth),
    tool("what_if", &operations::WHAT_IF, Report::WhatIf),
    tool("compare", &operations::COMPARED, Report::Compare),
    tool("sessions", &operations::SESSIONS, Report::Sessions),
    tool("session", &operations::SESSION, Report::Session),
    tool("responses", &operations::RESPONSES, Report::Responses),
    tool("explain_response", &operations::RESPONSE, Report::Response),
];

impl Tool {
    /// Returns the tool with a name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        TOOLS.iter().find(|tool| tool.name == name)
    }

    /// Returns the name of the argument that is a part of the operation's path, and the argument of a call.
    pub(crate) fn take_variable(&self, arguments: &mut JsonObject) -> Option<(&'static str, Option<Value>)> {
        let name = self.operation.variable()?;
        Some((name, arguments.remove(name)))
    }

    /// Adds the period and the limit of a call that has none.
    pub(crate) fn add_defaults(&self, arguments: &mut JsonObject) {
        let has_period =
            ["range", "from", "to", "since", "until"].iter().any(|name| arguments.contains_key(*name));
        if self.operation.takes("range") && !has_period {
            arguments.insert("range".to_owned(), RANGE.into());
        }
        if self.operation.takes("limit") && !arguments.contains_key("limit") {
            arguments.insert("limit".to_owned(), LIMIT.into());
        }
    }

    /// Returns the description for clients.
    pub(crate) fn listed(&self) -> Listed {
        let annotations = ToolAnnotations::new().read_only(true).idempotent(true).open_world(false);
        Listed::new_with_raw(self.name, Some(self.description().into()), Arc::new(self.arguments()))
            .with_raw_output_schema(Arc::new(schema::result(self.operation)))
            .with_annotations(annotations)
    }

    fn description(&self) -> String {
        let mut text = self.operation.summary().to_owned();
        if self.operation.takes("range") {
            text.push_str(" Without a period: the last 30 days.");
        }
        text
    }

    fn arguments(&self) -> JsonObject {
        let mut schema = schema::arguments(self.operation, &UNDESCRIBED);
        if let Some(limit) = schema.get_mut("properties").and_then(|all| all.get_mut("limit")) {
            limit["default"] = LIMIT.into();
        }
        schema
    }
}
