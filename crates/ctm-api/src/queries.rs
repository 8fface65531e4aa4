//! The bodies of `POST /queries` and `PATCH /queries/{id}`.

use crate::fields::{Fields, checked};
use crate::problem::Problem;
use ctm_personal::SavedQuery;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A new saved query.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct NewQuery {
    /// The name.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// The statement: one `SELECT` over the views.
    #[schema(min_length = 1, max_length = 16000)]
    sql: String,
}

/// A change of a saved query; other fields are unchanged.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct QueryChange {
    /// The name, of 1 to 80 characters.
    name: Option<String>,
    /// The statement.
    sql: Option<String>,
}

const FIELDS: [&str; 2] = ["name", "sql"];

/// Returns the query of a body, or all problems of the body.
///
/// # Errors
///
/// Fails with all invalid fields.
pub fn query(body: &Map<String, Value>) -> Result<SavedQuery, Problem> {
    let mut fields = Fields::new(body, &FIELDS);
    let name = fields.required("name", |name| checked(name, SavedQuery::name_fault(name)));
    let sql = fields.required("sql", |sql| checked(sql, SavedQuery::sql_fault(sql)));
    let query = name.zip(sql).map(|(name, sql)| SavedQuery { name, sql });
    fields.finish()?;
    query.ok_or_else(|| Problem::Malformed("`name` and `sql` are missing".to_owned()))
}

/// Returns the requested change, or all problems of the body.
///
/// # Errors
///
/// Fails with all invalid fields.
pub fn query_change(body: &Map<String, Value>) -> Result<impl FnOnce(&mut SavedQuery) + use<>, Problem> {
    let mut fields = Fields::new(body, &FIELDS);
    let name = fields.optional("name", |name| checked(name, SavedQuery::name_fault(name)));
    let sql = fields.optional("sql", |sql| checked(sql, SavedQuery::sql_fault(sql)));
    fields.finish()?;
    Ok(move |query: &mut SavedQuery| {
        query.name = name.unwrap_or_else(|| query.name.clone());
        query.sql = sql.unwrap_or_else(|| query.sql.clone());
    })
}
