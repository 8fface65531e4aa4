//! Endpoints of backups: list, creation, restore.
//!
//! Changes have a method that no CORS header allows, so that pages of other origins cannot request them.

use super::Context;
use super::uncached::respond;
use crate::http::check_change;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use ctm_api::backups::{Backups, Restore, problem, restore_request};
use ctm_api::json::{Object, json_body};
use ctm_api::operations::{self, Operation};
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_ingest::backups::{self, BackupFile, CheckedBackup};
use std::path::PathBuf;

/// `GET /backups`
pub(super) async fn list(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let listed = check_params(&request, &operations::BACKUPS).and_then(|()| listed(&context));
    respond(&request, StatusCode::OK, listed)
}

/// `PUT /backups`
pub(super) async fn create(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let created = async {
        check_change(&request)?;
        check_params(&request, &operations::CREATE_BACKUP)?;
        let _only = only_one(&context)?;
        backups::make(&context.store, context.clock.now()).await.map_err(|error| problem(&error))?;
        listed(&context)
    };
    let created = created.await;
    respond(&request, StatusCode::OK, created)
}

/// `PUT /backups/restore`
pub(super) async fn restore(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    let restored = try_restore(&request, &body, &context).await;
    respond(&request, StatusCode::OK, restored)
}

async fn try_restore(request: &HttpRequest, body: &[u8], context: &Context) -> Result<Restore, Problem> {
    check_change(request)?;
    check_params(request, &operations::RESTORE_BACKUP)?;
    let Object(asked) = json_body(request.content_type(), body)?;
    let asked = restore_request(&asked)?;
    let unknown =
        || Problem::Unknown(format!("no backup `{}`; `GET /api/v1/backups` lists them", asked.name));
    let file = files(context)?.into_iter().find(|file| file.name == asked.name).ok_or_else(unknown)?;
    let _only = only_one(context)?;
    let failed = |error| problem(&error);
    let backup = CheckedBackup::of(&file.path, &database(context)).await.map_err(failed)?;
    let comparison = backup.compare().await.map_err(failed)?;
    let dry_run = Restore::dry_run(file.name, &backup.found, comparison);
    if asked.dry_run {
        return Ok(dry_run);
    }
    let kept = context.updater.restore(backup).await.map_err(failed)?;
    let kept = kept.and_then(|kept| Some(kept.file_name()?.to_string_lossy().into_owned()));
    Ok(Restore { dry_run: false, kept, ..dry_run })
}

/// Returns the file of the database: a link to it is kept, and its log is next to the target of the link.
fn database(context: &Context) -> PathBuf {
    let path = context.store.path();
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Returns the backups, without other names of the database.
fn files(context: &Context) -> Result<Vec<BackupFile>, Problem> {
    let mut files = backups::list(context.store.path()).map_err(|error| problem(&error))?;
    files.retain(|file| context.settings.check_other_than_database(&file.path).is_ok());
    Ok(files)
}

fn listed(context: &Context) -> Result<Backups, Problem> {
    let folder = backups::folder(context.store.path()).display().to_string();
    Ok(Backups { folder, items: files(context)?.into_iter().map(Into::into).collect() })
}

/// Ensures that only one copy of the database is being written.
fn only_one(context: &Context) -> Result<tokio::sync::MutexGuard<'_, ()>, Problem> {
    context.copying.try_lock().map_err(|_| {
        Problem::Other(409, "a backup is being written or checked; try again when it is done".to_owned())
    })
}

fn check_params(request: &HttpRequest, operation: &'static Operation) -> Result<(), Problem> {
    Params::of(operation, request.query_string()).finish()
}
