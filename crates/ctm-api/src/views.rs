//! The bodies of `POST /views` and `PATCH /views/{id}`.

use crate::fields::{Fields, checked};
use crate::problem::Problem;
use ctm_personal::View;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A new saved view.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct NewView {
    /// The name.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// The path of a page with its query, relative to the base path: `/trends?range=30d`.
    #[schema(min_length = 1, max_length = 4000)]
    path: String,
}

/// A change of a saved view; other fields are unchanged.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct ViewChange {
    /// The name, of 1 to 80 characters.
    name: Option<String>,
    /// The path of a page with its query, relative to the base path.
    path: Option<String>,
}

const FIELDS: [&str; 2] = ["name", "path"];

/// Returns the view of a body, or all problems of the body.
///
/// # Errors
///
/// Fails with all invalid fields.
pub fn view(body: &Map<String, Value>) -> Result<View, Problem> {
    let mut fields = Fields::new(body, &FIELDS);
    let name = fields.required("name", |name| checked(name, View::name_fault(name)));
    let path = fields.required("path", |path| checked(path, View::path_fault(path)));
    let view = name.zip(path).map(|(name, path)| View { name, path });
    fields.finish()?;
    view.ok_or_else(|| Problem::Malformed("`name` and `path` are missing".to_owned()))
}

/// Returns the requested change, or all problems of the body.
///
/// # Errors
///
/// Fails with all invalid fields.
pub fn view_change(body: &Map<String, Value>) -> Result<impl FnOnce(&mut View) + use<>, Problem> {
    let mut fields = Fields::new(body, &FIELDS);
    let name = fields.optional("name", |name| checked(name, View::name_fault(name)));
    let path = fields.optional("path", |path| checked(path, View::path_fault(path)));
    fields.finish()?;
    Ok(move |view: &mut View| {
        view.name = name.unwrap_or_else(|| view.name.clone());
        view.path = path.unwrap_or_else(|| view.path.clone());
    })
}
