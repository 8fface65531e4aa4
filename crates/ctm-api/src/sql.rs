//! The body of `POST /sql`.

use crate::fields::{Fields, checked};
use crate::parameters::ZONE;
use crate::problem::{FieldError, Problem};
use chrono_tz::Tz;
use ctm_personal::{FieldFault, SavedQuery};
use ctm_report::{MOST_SQL_ROWS, SQL_ROWS};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A statement of SQL.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct NewStatement {
    /// One `SELECT` over the views.
    #[schema(min_length = 1, max_length = 16000)]
    sql: String,
    /// The time zone of days; defaults to that of the server.
    tz: Option<String>,
    /// Maximum number of rows, 1 to 10000; defaults to 1000.
    #[schema(minimum = 1, maximum = 10000)]
    limit: Option<u32>,
}

/// A statement with its zone, if given, and the maximum number of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The statement.
    pub sql: String,
    /// The zone of days.
    pub tz: Option<Tz>,
    /// Maximum number of rows.
    pub rows: usize,
}

/// Returns the statement of a body, or all problems of the body.
///
/// # Errors
///
/// Fails with all invalid fields.
pub fn statement(body: &Map<String, Value>) -> Result<Statement, Problem> {
    let mut texts = body.clone();
    let limit = texts.remove("limit").filter(|limit| !limit.is_null());
    let mut fields = Fields::new(&texts, &["sql", "tz"]);
    let sql = fields.required("sql", |sql| checked(sql, SavedQuery::sql_fault(sql)));
    let tz = fields.optional("tz", |name| {
        let unknown = || FieldFault { field: "tz", message: format!("unknown time zone `{name}`") };
        ZONE.parse(name).ok_or_else(unknown)
    });
    let rows = limit.map_or(Ok(SQL_ROWS), |limit| rows(&limit));
    let mut errors = match fields.finish() {
        Err(Problem::BadRequest(errors)) => errors,
        Err(problem) => return Err(problem),
        Ok(()) => Vec::new(),
    };
    match (sql, rows) {
        (Some(sql), Ok(rows)) if errors.is_empty() => Ok(Statement { sql, tz, rows }),
        (_, rows) => {
            errors.extend(rows.err());
            Err(Problem::BadRequest(errors))
        }
    }
}

fn rows(limit: &Value) -> Result<usize, FieldError> {
    let rows = limit.as_u64().and_then(|rows| usize::try_from(rows).ok());
    rows.filter(|rows| (1..=MOST_SQL_ROWS).contains(rows)).ok_or_else(|| FieldError {
        field: "limit".to_owned(),
        code: "invalid",
        message: format!("`limit` must be a whole number from 1 to {MOST_SQL_ROWS}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parsed(body: &Value) -> Result<Statement, Vec<String>> {
        statement(body.as_object().unwrap()).map_err(|problem| match problem {
            Problem::BadRequest(errors) => errors.into_iter().map(|error| error.field).collect(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn all_problems_of_a_body_are_reported_at_once() {
        let statement = |tz, rows| Ok(Statement { sql: "SELECT 1".to_owned(), tz, rows });
        assert_eq!(parsed(&json!({"sql": "SELECT 1"})), statement(None, SQL_ROWS));
        let given = json!({"sql": "SELECT 1", "tz": "Europe/Berlin", "limit": 5});
        assert_eq!(parsed(&given), statement(Some(Tz::Europe__Berlin), 5));
        let bad = json!({"tz": "Mars", "limit": 0, "limits": 5});
        assert_eq!(parsed(&bad).unwrap_err(), ["limits", "sql", "tz", "limit"]);
        for limit in [json!(10_001), json!(-1), json!(1.5), json!("5")] {
            assert_eq!(parsed(&json!({"sql": "SELECT 1", "limit": limit})).unwrap_err(), ["limit"]);
        }
    }
}
