//! The bodies of `GET` and `PATCH /projects/rules`, and of the preview of a change.

use crate::problem::{FieldError, Problem};
use ctm_ingest::rules::{RuleEdits, RulesError};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The rules of project names.
#[derive(Serialize, ToSchema)]
pub struct ProjectRules {
    /// The version of the rules: the `ETag` without quotation marks.
    pub version: String,
    /// The config file with the rules, in its table `project`; it may not exist yet. Null if there is no
    /// config folder.
    pub file: Option<String>,
    /// `true` if the server permits changes (`project_edits`).
    pub editable: bool,
    /// The project of each folder with a rule. A rule applies to everything below its folder; the rule of the
    /// nearest parent takes precedence.
    pub folders: BTreeMap<String, String>,
    /// The change that undoes the latest change; null if there is none, or the rules were changed otherwise
    /// since. At most the 20 latest changes can be undone, one after the other.
    pub undo: Option<BTreeMap<String, Option<String>>>,
}

/// A change of rules; other rules are unchanged.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct ProjectRulesChange {
    /// The project of each changed folder: a name to assign it to that project, null to remove its rule.
    folders: BTreeMap<String, Option<String>>,
}

/// Returns the requested change, or all problems of the body.
///
/// # Errors
///
/// Fails with all invalid members.
pub fn edits(asked: &serde_json::Map<String, Value>) -> Result<RuleEdits, Problem> {
    let mut errors = Vec::new();
    let mut refuse = |field: &str, code, message: &str| {
        errors.push(FieldError { field: field.to_owned(), code, message: message.to_owned() });
    };
    for name in asked.keys().filter(|name| *name != "folders") {
        refuse(name, "unknown_parameter", &format!("unknown field `{name}`; known: folders"));
    }
    let mut change = RuleEdits::new();
    match asked.get("folders") {
        Some(Value::Object(folders)) => {
            for (folder, name) in folders {
                match name {
                    Value::Null => _ = change.insert(folder.clone(), None),
                    Value::String(name) => _ = change.insert(folder.clone(), Some(name.clone())),
                    _ => {
                        let message = format!("the project of `{folder}` must be a string or null");
                        refuse(&format!("folders.{folder}"), "invalid", &message);
                    }
                }
            }
        }
        Some(_) => {
            refuse("folders", "invalid", "`folders` must be an object of folders with their projects");
        }
        None => refuse(
            "folders",
            "missing",
            "`folders` is missing; it is an object of folders with their projects",
        ),
    }
    if errors.is_empty() { Ok(change) } else { Err(Problem::BadRequest(errors)) }
}

/// Returns the problem of a failed change.
#[must_use]
pub fn problem(error: RulesError) -> Problem {
    match error {
        RulesError::Fixed => Problem::Forbidden(
            "this server changes no rules (`project_edits` is `refuse`); change the config file by hand"
                .to_owned(),
        ),
        RulesError::OfMachines => Problem::OfMachines(
            "on a hub on PostgreSQL, projects are called as the machines name them; change the rules there"
                .to_owned(),
        ),
        RulesError::Changed { version } => Problem::Other(
            412,
            format!("the rules have changed, their version is `{version}`; reload them and try again"),
        ),
        RulesError::Invalid(faults) => {
            let error = |(folder, message)| FieldError {
                field: format!("folders.{folder}"),
                code: "invalid",
                message,
            };
            Problem::BadRequest(faults.into_iter().map(error).collect())
        }
        RulesError::Unwritable { message, toml } => Problem::Unwritable { message, toml },
    }
}
