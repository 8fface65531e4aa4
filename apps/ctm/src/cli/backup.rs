//! Copies of the database.

use super::destination::Destination;
use crate::error::AppError;
use ctm_config::settings::Settings;
use ctm_facts::{Depth, Inspection};
use ctm_ingest::backups::Partial;
use ctm_storage::{copy, inspect};
use ctm_types::printable;
use std::path::Path;

/// Copies the database to a file, and checks the copy.
pub(super) async fn write_backup(
    settings: &Settings,
    file: &Path,
    force: bool,
) -> Result<Inspection, AppError> {
    let destination = Destination::find(file, force)?;
    settings.check_output(destination.path())?;
    let Destination::File(place) = destination else {
        return Err(irregular(file, "specify a regular file for the database"));
    };
    let write = AppError::io(format!("write to the folder of `{}`", printable::path(file)));
    let partial = Partial::beside(place.path()).map_err(write)?;
    copy(&settings.database, &partial.database()).await?;
    let written = inspect(&partial.database(), Depth::Quick).await?;
    place.put(partial)?;
    Ok(written)
}

/// Returns the error for a path that is not a regular file.
pub(super) fn irregular(path: &Path, advice: &str) -> AppError {
    AppError::Query(format!("`{}` is not a regular file\n{advice}", printable::path(path)))
}
