//! Opening the database that the settings name.

use crate::error::IngestError;
use ctm_backend::Hub;
use ctm_config::machine::keep_machine_id;
use ctm_config::settings::Settings;
use ctm_storage::Store;
use ctm_team::{TeamStore, TenantId};
use std::path::Path;

/// Opens the database of the settings, which is created where it is missing, with their rules of project names. Usage
/// is split by `context_thresholds`: prompt sizes in tokens, in ascending order.
///
/// # Errors
///
/// Fails when the database cannot be used, or the machine's id not be written beside it.
pub async fn open_store(settings: &Settings, context_thresholds: &[u64]) -> Result<Store, IngestError> {
    named(settings, Store::open(&settings.database, context_thresholds).await?)
}

/// Opens the database as [`open_store`] does, with one reader: for a command, which does nothing else
/// while it reads, and has no deadline.
///
/// # Errors
///
/// Fails as [`open_store`] does.
pub async fn open_store_with_one_reader(
    settings: &Settings,
    context_thresholds: &[u64],
) -> Result<Store, IngestError> {
    named(settings, Store::open_with_one_reader(&settings.database, context_thresholds).await?)
}

/// Opens what machines push to: the database of a team, if the settings name one, or the one of this machine.
///
/// # Errors
///
/// Fails when the database of the team cannot be used. No error contains its password.
pub async fn open_hub(
    settings: &Settings,
    store: &Store,
    context_thresholds: &[u64],
) -> Result<Hub, IngestError> {
    let Some(url) = &settings.database_url else { return Ok(Hub::Sqlite(store.clone())) };
    Ok(Hub::Team(TeamStore::open(url.expose(), TenantId::ONLY, context_thresholds).await?))
}

fn named(settings: &Settings, store: Store) -> Result<Store, IngestError> {
    identify_machine(&settings.database)?;
    Ok(store.with_projects(settings.projects.clone()))
}

/// Makes the id of the machine whose facts a database holds, if there is none yet.
pub(crate) fn identify_machine(database: &Path) -> Result<(), IngestError> {
    keep_machine_id(database).map_err(IngestError::io("write the id of this machine beside the database"))
}
