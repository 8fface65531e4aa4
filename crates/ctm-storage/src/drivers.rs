//! Usage by cost drivers.

use crate::cache::{LANES, add_page, follow_earlier, models};
use crate::event_pages::EventPages;
use crate::facets::SUMS_AT_ONCE;
use crate::store::Store;
use crate::usage::{billings, resolve};
use ctm_facts::UsageFilter;
use ctm_facts::cache::CacheSums;
use ctm_facts::drivers::{Driven, DriverRows, DriverSums};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_types::{Catalog, EventId};

impl Store {
    /// Calls `part` with parts of the usage that passes the filter, by its drivers, and with the models of all; they are of
    /// a limited size, and their sum is that of [`Store::usage`]. Returns the wanted responses.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn driver_usage(
        &self,
        filter: &UsageFilter,
        wanted: Option<Driven>,
        part: impl FnMut(&Catalog, DriverRows) + Send,
    ) -> Result<Vec<EventId>, StorageError> {
        self.each_driver_part(filter, wanted, part).await.at(&self.path)
    }

    async fn each_driver_part(
        &self,
        filter: &UsageFilter,
        wanted: Option<Driven>,
        mut part: impl FnMut(&Catalog, DriverRows) + Send,
    ) -> sqlx::Result<Vec<EventId>> {
        let mut tx = self.read().await?;
        let resolved = resolve(self, &mut tx, filter).await?;
        let catalog = Catalog { billings: billings(&mut tx).await?, ..Catalog::default() };
        let lanes = CacheSums::new(&self.form, models(&mut tx).await?.into_iter().collect());
        let mut sums = DriverSums::new(lanes, wanted);
        follow_earlier(&mut tx, &resolved, &mut sums, &LANES).await?;
        let mut pages = EventPages::new(&resolved);
        while add_page(&mut tx, &mut pages, &resolved, &mut sums, &LANES).await? {
            if sums.len() >= SUMS_AT_ONCE {
                part(&catalog, sums.take());
            }
        }
        let (rows, events) = sums.into_rest();
        part(&catalog, rows);
        Ok(events)
    }
}
