//! Usage by cost drivers.

use crate::cache::{LANES, add_events, models};
use crate::store::Store;
use crate::usage::resolve;
use ctm_facts::UsageFilter;
use ctm_facts::cache::CacheSums;
use ctm_facts::drivers::{Driven, DriverSums, DriverUsage};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::Tx;

impl Store {
    /// Returns the usage that passes the filter by its drivers, and the wanted responses. Its sum is that of
    /// [`Store::usage`].
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn driver_usage(
        &self,
        filter: &UsageFilter,
        wanted: Option<Driven>,
    ) -> Result<DriverUsage, StorageError> {
        self.wanted_driver_usage(filter, wanted).await.at(&self.path)
    }

    async fn wanted_driver_usage(
        &self,
        filter: &UsageFilter,
        wanted: Option<Driven>,
    ) -> sqlx::Result<DriverUsage> {
        let mut tx = Tx::read(&self.readers()).await?;
        let resolved = resolve(self, &mut tx, filter).await?;
        let lanes = CacheSums::new(&self.form, models(&mut tx).await?.into_iter().collect());
        let mut sums = DriverSums::new(lanes, wanted);
        add_events(&mut tx, &resolved, &mut sums, &LANES).await?;
        Ok(sums.into_usage())
    }
}
