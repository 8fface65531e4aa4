//! Endpoints of projects: their folders, and the rules that join them.

use super::Context;
use super::params::Params;
use super::queries::{FilterQuery, PageQuery, SortQuery};
use super::stats::answer;
use crate::http::check_change;
use crate::http::{FieldError, Problem, Problems};
use crate::http::{Object, json_body};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, EntityTag, Header, IF_MATCH, IfMatch, IfNoneMatch};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use ctm_ingest::rules::{RuleEdits, RulesError};
use ctm_report::{Order, PageSort, wire};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The rules of project names.
#[derive(Serialize, ToSchema)]
pub(super) struct ProjectRules {
    /// The version of the rules: the `ETag` without quotation marks.
    version: String,
    /// The config file that they are kept in, in its table `project`; it need not be there. Null where no
    /// config folder is known.
    file: Option<String>,
    /// Whether the server is set to change them (`project_edits`).
    editable: bool,
    /// The project of each folder that a rule names. A folder has all below it, and the nearest one decides.
    folders: BTreeMap<String, String>,
}

/// A change of rules; what it does not name stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is there for what it says of itself")]
pub(super) struct ProjectRulesChange {
    /// The project of each folder that changes: a name to join it to that project, null to take its rule away.
    folders: BTreeMap<String, Option<String>>,
}

/// Projects with the folders that sessions were started in, and why each belongs to its project.
#[utoipa::path(get, path = "/api/v1/projects/folders", tag = "Projects", params(FilterQuery, PageQuery, SortQuery),
    responses((status = 200, description = "A page of projects.", body = wire::ProjectFolders), Problems))]
pub(super) async fn folders(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of_filtered_list(&request, &["sort"]);
    let (query, sort) = (params.query(&context), params.sort(PageSort::Cost));
    let page = params.page(sort, Order::Descending);
    answer(&request, &context, params, &query, None, || context.reporter.project_folders(&query, &page)).await
}

/// The rules that join folders to projects, and where they are kept.
#[utoipa::path(get, path = "/api/v1/projects/rules", tag = "Projects", responses(
    (status = 200, description = "The rules in force.", body = ProjectRules), Problems))]
pub(super) async fn rules(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    if let Err(problem) = Params::of(&request, [].iter()).finish() {
        return problem.response(&request);
    }
    let tag = EntityTag::new_strong(context.rules.version().to_string());
    let known = request.headers().contains_key("if-none-match").then(|| IfNoneMatch::parse(&request));
    let is_known = match known {
        Some(Ok(IfNoneMatch::Any)) => true,
        Some(Ok(IfNoneMatch::Items(known))) => known.iter().any(|known| known.weak_eq(&tag)),
        _ => false,
    };
    if is_known {
        return HttpResponse::NotModified()
            .insert_header((CACHE_CONTROL, "private, no-cache"))
            .insert_header((ETAG, tag))
            .finish();
    }
    in_force(&context)
}

/// Joins folders to projects, renames projects or takes folders out of them. The table `project` of the config
/// file is changed, and holds at once. `If-Match` has to have the `ETag` of the rules that the change is based on.
/// A request without the token has to come from a page of the server itself.
#[utoipa::path(patch, path = "/api/v1/projects/rules", tag = "Projects", request_body = ProjectRulesChange,
    params(("If-Match" = String, Header, description = "The `ETag` of the rules that the change is based on.")),
    responses((status = 200, description = "The rules in force now.", body = ProjectRules), Problems))]
pub(super) async fn change_rules(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    match change(&request, &body, &context).await {
        Ok(()) => in_force(&context),
        Err(problem) => problem.response(&request),
    }
}

/// Returns the answer that shows the rules in force.
fn in_force(context: &Context) -> HttpResponse {
    let version = context.rules.version().to_string();
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((ETAG, EntityTag::new_strong(version.clone())))
        .json(ProjectRules {
            version,
            file: context.rules.path().map(|path| path.display().to_string()),
            editable: context.rules.is_editable(),
            folders: context.rules.current(),
        })
}

async fn change(request: &HttpRequest, body: &[u8], context: &Context) -> Result<(), Problem> {
    check_change(request)?;
    Params::of(request, [].iter()).finish()?;
    let Object(asked) = json_body(request, body)?;
    let change = understood(&asked)?;
    if !request.headers().contains_key(IF_MATCH) {
        let detail = "`If-Match` is missing; send the `ETag` of the rules that the change is based on";
        return Err(Problem::Other(StatusCode::PRECONDITION_REQUIRED, detail.to_owned()));
    }
    let known = IfMatch::parse(request).map_err(|_| {
        Problem::Malformed("`If-Match` is not understood; send the `ETag` of the rules".to_owned())
    })?;
    let expected = |version: &str| match &known {
        IfMatch::Any => true,
        // A proxy that compresses makes a tag a weak one.
        IfMatch::Items(tags) => {
            tags.iter().any(|tag| tag.weak_eq(&EntityTag::new_strong(version.to_owned())))
        }
    };
    context.rules.change(&change, expected).await.map_err(problem)
}

/// Returns the change that a body asks for, or all that is wrong with it.
fn understood(asked: &serde_json::Map<String, Value>) -> Result<RuleEdits, Problem> {
    let mut errors = Vec::new();
    let mut refuse = |field: &str, code, message: &str| {
        errors.push(FieldError { field: field.to_owned(), code, message: message.to_owned() });
    };
    for name in asked.keys().filter(|name| *name != "folders") {
        refuse(name, "unknown_parameter", &format!("`{name}` is no field; there is folders"));
    }
    let mut change = RuleEdits::new();
    match asked.get("folders") {
        Some(Value::Object(folders)) => {
            for (folder, name) in folders {
                match name {
                    Value::Null => _ = change.insert(folder.clone(), None),
                    Value::String(name) => _ = change.insert(folder.clone(), Some(name.clone())),
                    _ => {
                        let message = format!("the project of `{folder}` is neither a text nor null");
                        refuse(&format!("folders.{folder}"), "invalid", &message);
                    }
                }
            }
        }
        Some(_) => refuse("folders", "invalid", "`folders` is no object of folders with their projects"),
        None => refuse(
            "folders",
            "missing",
            "`folders` is missing; it is an object of folders with their projects",
        ),
    }
    if errors.is_empty() { Ok(change) } else { Err(Problem::BadRequest(errors)) }
}

fn problem(error: RulesError) -> Problem {
    match error {
        RulesError::Fixed => Problem::Forbidden(
            "this server changes no rules (`project_edits` is `refuse`); change the config file by hand"
                .to_owned(),
        ),
        RulesError::Changed { version } => Problem::Other(
            StatusCode::PRECONDITION_FAILED,
            format!(
                "the rules have changed meanwhile, their version is `{version}`; look at them and try again"
            ),
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
