//! Sealed months, and what changed of them since.

use crate::store::Store;
use ctm_facts::{StoredCorrection, StoredSeal};
use ctm_sqlite::error::StorageError;
use ctm_sqlite::sql::{Db, execute, one, values};
use ctm_types::EpochMs;

const SEALS: &str = "SELECT month, statement, digest, signature FROM seal ORDER BY month";

const CORRECTIONS: &str = "SELECT month, day, noticed_at_ms, former, present FROM seal_correction
     ORDER BY month, noticed_at_ms, day";

type SealRow = (String, String, String, Option<String>);

type CorrectionRow = (String, String, Db<EpochMs>, Option<String>, Option<String>);

impl Store {
    /// Returns the sealed months, in order.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn seals(&self) -> Result<Vec<StoredSeal>, StorageError> {
        let rows: Vec<SealRow> = self.all(SEALS, values![]).await?;
        let seal = |(month, statement, digest, signature)| StoredSeal { month, statement, digest, signature };
        Ok(rows.into_iter().map(seal).collect())
    }

    /// Returns what changed of sealed months, by month and then in the order of time.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn seal_corrections(&self) -> Result<Vec<StoredCorrection>, StorageError> {
        let rows: Vec<CorrectionRow> = self.all(CORRECTIONS, values![]).await?;
        let correction = |(month, day, Db(noticed_at_ms), former, present)| StoredCorrection {
            month,
            day,
            noticed_at_ms,
            former,
            present,
        };
        Ok(rows.into_iter().map(correction).collect())
    }

    /// Stores a seal if the number of seals is still the expected one, and returns whether it is: so of two processes that seal
    /// at once, one does.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn add_seal(&self, seal: &StoredSeal, after: usize) -> Result<bool, StorageError> {
        const PUT: &str = "INSERT INTO seal (month, statement, digest, signature) VALUES (?1, ?2, ?3, ?4)";
        self.change(async |tx| {
            let (seals,): (i64,) = one(tx, "SELECT count(*) FROM seal", values![]).await?;
            if usize::try_from(seals) != Ok(after) {
                return Ok(false);
            }
            let StoredSeal { month, statement, digest, signature } = seal;
            execute(tx, PUT, values![month, statement, digest, signature.as_ref()]).await?;
            Ok(true)
        })
        .await
    }

    /// Stores changes of sealed months if the number of stored ones is still the expected one; else another process noticed them.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn add_seal_corrections(
        &self,
        corrections: &[StoredCorrection],
        after: usize,
    ) -> Result<(), StorageError> {
        const PUT: &str = include_str!("sql/seals/put_correction.sql");
        self.change(async |tx| {
            let (stored,): (i64,) = one(tx, "SELECT count(*) FROM seal_correction", values![]).await?;
            if usize::try_from(stored) != Ok(after) {
                return Ok(());
            }
            for StoredCorrection { month, day, noticed_at_ms, former, present } in corrections {
                let values = values![month, day, noticed_at_ms.0, former.as_ref(), present.as_ref()];
                execute(tx, PUT, values).await?;
            }
            Ok(())
        })
        .await
    }
}
