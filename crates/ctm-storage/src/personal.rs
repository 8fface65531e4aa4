//! Personal records: what a person has written down, by kind. Their content is opaque here.

use crate::store::Store;
use ctm_facts::{PersonalRecord, PersonalRecords};
use ctm_sqlite::error::StorageError;
use ctm_sqlite::sql::{Db, Tx, all, execute, values};
use ctm_types::EpochMs;

const SELECT: &str = "SELECT id, created_at_ms, changed_at_ms, content FROM personal_record WHERE kind = ?1";

type Row = (String, Db<EpochMs>, Db<EpochMs>, String);

impl Store {
    /// Returns the records of a kind, by id.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn personal_records(&self, kind: &str) -> Result<PersonalRecords, StorageError> {
        Ok(by_id(self.all(SELECT, values![kind]).await?))
    }

    /// Changes the records of a kind in one transaction, with what `edit` makes of them; nothing is stored if it
    /// fails. Returns its result.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn edit_personal_records<T, E>(
        &self,
        kind: &str,
        edit: impl FnOnce(&mut PersonalRecords) -> Result<T, E>,
    ) -> Result<Result<T, E>, StorageError> {
        self.edit_kinds_of_records([kind], |[records]| edit(records)).await
    }

    /// Changes the records of several kinds in one transaction, as [`Store::edit_personal_records`] does with those of one.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn edit_kinds_of_records<T, E, const N: usize>(
        &self,
        kinds: [&str; N],
        edit: impl FnOnce(&mut [PersonalRecords; N]) -> Result<T, E>,
    ) -> Result<Result<T, E>, StorageError> {
        self.change(async |tx| {
            let mut before: [PersonalRecords; N] = std::array::from_fn(|_| PersonalRecords::new());
            for (records, kind) in before.iter_mut().zip(kinds) {
                *records = by_id(all(tx, SELECT, values![kind]).await?);
            }
            let mut after = before.clone();
            let edited = edit(&mut after);
            if edited.is_ok() && after != before {
                for ((kind, before), after) in kinds.iter().zip(&before).zip(&after) {
                    store(tx, kind, before, after).await?;
                }
                execute(tx, "UPDATE state SET personal_version = personal_version + 1", values![]).await?;
            }
            Ok(edited)
        })
        .await
    }

    /// Returns the number that increases with every change of a personal record.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn personal_version(&self) -> Result<u64, StorageError> {
        let (version,): (i64,) = self.one("SELECT personal_version FROM state", values![]).await?;
        Ok(version.unsigned_abs())
    }
}

/// Stores the differences between two states of a kind.
async fn store(
    tx: &mut Tx<'_>,
    kind: &str,
    before: &PersonalRecords,
    after: &PersonalRecords,
) -> sqlx::Result<()> {
    const PUT: &str = include_str!("sql/personal/put.sql");
    for id in before.keys().filter(|id| !after.contains_key(*id)) {
        execute(tx, "DELETE FROM personal_record WHERE kind = ?1 AND id = ?2", values![kind, id]).await?;
    }
    for (id, record) in after.iter().filter(|(id, record)| before.get(*id) != Some(record)) {
        let PersonalRecord { created_at_ms, changed_at_ms, content } = record;
        let values = values![kind, id, created_at_ms.0, changed_at_ms.0, content];
        execute(tx, PUT, values).await?;
    }
    Ok(())
}

fn by_id(rows: Vec<Row>) -> PersonalRecords {
    let record = |(id, Db(created_at_ms), Db(changed_at_ms), content)| {
        (id, PersonalRecord { created_at_ms, changed_at_ms, content })
    };
    rows.into_iter().map(record).collect()
}
