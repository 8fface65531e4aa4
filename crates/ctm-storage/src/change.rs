//! A change in a transaction of its own.

use crate::store::Store;
use ctm_facts::StorageError;
use ctm_sqlite::error::AtPath;
use ctm_sqlite::sql::{Tx, Writing};

impl Store {
    /// Changes the database in one transaction, which commits unless the change fails.
    ///
    /// # Errors
    ///
    /// Fails when the change does, and when the database is locked, full, damaged or gone; then nothing was changed.
    pub(crate) async fn change<T>(
        &self,
        change: impl AsyncFnOnce(&mut Tx<'_>) -> sqlx::Result<T>,
    ) -> Result<T, StorageError> {
        self.check_place()?;
        let changed = async {
            let mut connection = Writing::connect(&self.write_options()).await?;
            let mut tx = connection.begin().await?;
            let changed = change(&mut tx).await?;
            tx.commit().await?;
            connection.close().await?;
            Ok(changed)
        };
        changed.await.at(&self.path)
    }
}
