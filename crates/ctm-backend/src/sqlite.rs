//! The SQLite back end: operations that take several questions to the store.

use ctm_facts::{CatalogNames, KnownFile, StorageError};
use ctm_storage::{Store, Writer};
use ctm_types::{Catalog, SkipReason};
use std::collections::HashMap;

/// Returns the names behind the numbers of usage.
pub(crate) async fn catalog(store: &Store, names: CatalogNames) -> Result<Catalog, StorageError> {
    let mut catalog =
        Catalog { billings: store.billings().await?, homes: store.home_names().await?, ..Catalog::default() };
    if names >= CatalogNames::Projects {
        catalog.projects = store.project_names().await?;
    }
    if names >= CatalogNames::SessionsAndProjects {
        catalog.sessions = store.session_names().await?;
    }
    Ok(catalog)
}

/// Returns the number of lines with replies that count no tokens.
pub(crate) async fn uncounted_lines(store: &Store) -> Result<u64, StorageError> {
    let totals = store.line_totals().await?;
    Ok(totals.iter().filter_map(|home| home.skipped.get(SkipReason::ZeroUsage.name())).sum())
}

/// Hands the stored transcripts over to `take`, and returns when the stored stats caches were modified.
pub(crate) async fn resume(
    writer: &Writer,
    take: impl FnMut(KnownFile),
) -> Result<HashMap<String, i64>, StorageError> {
    let stats_caches = writer.store().stats_caches().await?;
    writer.store().known_files(take).await?;
    Ok(stats_caches)
}
