//! Versions of Claude Code.

use crate::store::Store;
use ctm_sqlite::error::StorageError;
use ctm_sqlite::sql::{Db, values};
use ctm_types::{EpochMs, SessionId, VersionUse};

impl Store {
    /// Returns the versions of each session. Only the events of sessions with several versions are read.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn version_uses(&self) -> Result<Vec<VersionUse>, StorageError> {
        type Row = (String, Db<SessionId>, Option<Db<EpochMs>>);
        let rows: Vec<Row> = self.all(include_str!("sql/versions/uses.sql"), values![]).await?;
        let of = |(version, Db(session), first_ms): Row| VersionUse {
            version,
            session,
            first_ms: first_ms.map(|Db(first_ms)| first_ms),
        };
        Ok(rows.into_iter().map(of).collect())
    }
}
