//! The bodies of `/backups`.

use crate::problem::{FieldError, Problem};
use ctm_facts::{Comparison, Inspection, Missing, StorageError};
use ctm_ingest::backups::BackupFile;
use ctm_ingest::error::IngestError;
use ctm_report::wire::Time;
use ctm_types::printable::with_causes;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The backups of the database.
#[derive(Serialize, ToSchema)]
pub struct Backups {
    /// The backup folder of the database, which may not exist.
    pub folder: String,
    /// The backups in this folder, and databases that a restore or `ctm db forget` kept next to the present one; the
    /// latest first.
    pub items: Vec<Backup>,
}

/// A backup of the database.
#[derive(Serialize, ToSchema)]
pub struct Backup {
    /// Name of the file.
    pub name: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Time of the last change of the file.
    #[schema(value_type = String, format = DateTime)]
    pub modified_at: Time,
}

impl From<BackupFile> for Backup {
    fn from(file: BackupFile) -> Self {
        Self { name: file.name, size_bytes: file.size_bytes, modified_at: Time(file.modified) }
    }
}

/// A request to replace the database by a backup.
#[derive(Debug, PartialEq, Eq, ToSchema)]
pub struct RestoreRequest {
    /// Name of the backup.
    pub name: String,
    /// `true` to check and compare it only.
    pub dry_run: bool,
}

/// A restore, or what it would change.
#[derive(Serialize, ToSchema)]
pub struct Restore {
    /// Name of the backup.
    pub name: String,
    /// `true` if nothing was changed.
    pub dry_run: bool,
    /// Responses in the backup.
    pub responses: u64,
    /// Differences from the database; null if that is damaged or of an older version.
    pub comparison: Option<BackupComparison>,
    /// Name of the previous database, which is a backup now; null for a dry run.
    pub kept: Option<String>,
}

impl Restore {
    /// Returns a dry run.
    #[must_use]
    pub fn dry_run(name: String, found: &Inspection, comparison: Option<Comparison>) -> Self {
        let comparison = comparison.as_ref().map(BackupComparison::from);
        Self { name, dry_run: true, responses: found.responses, comparison, kept: None }
    }
}

/// Responses that either the backup or the database does not contain. Those of existing transcripts are read again
/// after a restore.
#[derive(Serialize, ToSchema)]
pub struct BackupComparison {
    /// Responses that the database does not contain: a restore adds them.
    pub only_in_backup: MissingResponses,
    /// Responses that the backup does not contain: a restore removes them, until their transcripts are read again.
    pub only_in_database: MissingResponses,
}

impl From<&Comparison> for BackupComparison {
    fn from(of: &Comparison) -> Self {
        Self { only_in_backup: of.only_in_backup.into(), only_in_database: of.only_in_database.into() }
    }
}

/// Number and period of some responses.
#[derive(Serialize, ToSchema)]
pub struct MissingResponses {
    /// Responses.
    pub responses: u64,
    /// Their tokens of all kinds.
    pub total_tokens: u64,
    /// UTC days that they are of.
    pub days: u64,
    /// Time of the first one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_at: Option<Time>,
    /// Time of the last one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Time>,
}

impl From<Missing> for MissingResponses {
    fn from(of: Missing) -> Self {
        Self {
            responses: of.responses,
            total_tokens: of.tokens,
            days: of.days,
            first_at: of.first_ms.map(Time::of),
            last_at: of.last_ms.map(Time::of),
        }
    }
}

/// Returns the requested restore, or all problems of the body.
///
/// # Errors
///
/// Fails with all invalid members.
pub fn restore_request(asked: &Map<String, Value>) -> Result<RestoreRequest, Problem> {
    let mut errors = Vec::new();
    let mut refuse = |field: &str, code, message: String| {
        errors.push(FieldError { field: field.to_owned(), code, message });
    };
    for name in asked.keys().filter(|name| !["name", "dry_run"].contains(&name.as_str())) {
        refuse(name, "unknown_parameter", format!("unknown field `{name}`; known: name, dry_run"));
    }
    let name = asked.get("name").and_then(Value::as_str);
    if name.is_none() {
        let code = if asked.contains_key("name") { "invalid" } else { "missing" };
        refuse("name", code, "`name` must be the name of a backup".to_owned());
    }
    let dry_run = asked.get("dry_run").and_then(Value::as_bool);
    if dry_run.is_none() {
        let code = if asked.contains_key("dry_run") { "invalid" } else { "missing" };
        refuse("dry_run", code, "`dry_run` must be true or false".to_owned());
    }
    match (name, dry_run) {
        (Some(name), Some(dry_run)) if errors.is_empty() => {
            Ok(RestoreRequest { name: name.to_owned(), dry_run })
        }
        _ => Err(Problem::BadRequest(errors)),
    }
}

/// Returns the problem of a failed backup or restore.
#[must_use]
pub fn problem(error: &IngestError) -> Problem {
    let status = match error {
        IngestError::DamagedBackup { .. } => 409,
        IngestError::Storage { source } => match source {
            StorageError::Locked { .. } | StorageError::DiskFull { .. } | StorageError::Io { .. } => 503,
            _ => 409,
        },
        IngestError::Io { .. } => 409,
        IngestError::Report(_) => return Problem::Internal,
    };
    let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
    Problem::Other(status, with_causes(error) + &advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(body: &Value) -> Result<RestoreRequest, Vec<String>> {
        restore_request(body.as_object().unwrap()).map_err(|problem| match problem {
            Problem::BadRequest(errors) => errors.into_iter().map(|error| error.field).collect(),
            problem => panic!("{problem:?}"),
        })
    }

    #[test]
    fn all_problems_of_a_request_are_listed() {
        let right = RestoreRequest { name: "a.db".to_owned(), dry_run: true };
        assert_eq!(parse(&json!({"name": "a.db", "dry_run": true})), Ok(right));
        let wrong = |body: Value, fields: &[&str]| assert_eq!(parse(&body).unwrap_err(), fields, "{body}");
        wrong(json!({}), &["name", "dry_run"]);
        wrong(json!({"name": 1, "dry_run": "no", "force": true}), &["force", "name", "dry_run"]);
    }
}
