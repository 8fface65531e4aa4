//! Typed records of any kind.

use crate::error::{FieldFault, PersonalError};
use ctm_facts::{PersonalRecord, PersonalRecords, StorageError};
use ctm_storage::Store;
use ctm_types::EpochMs;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// Bytes of an id.
const ID_BYTES: usize = 8;

/// The content of a kind of records.
pub trait Kind: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// The name of the kind, in the singular.
    const NAME: &'static str;
    /// Maximum number of records.
    const MOST: usize;

    /// Returns what is wrong with the content; nothing if it is valid.
    fn faults(&self) -> Vec<FieldFault>;
}

/// A record of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<T> {
    /// The id, unique within its kind.
    pub id: String,
    /// Creation, in UTC epoch milliseconds.
    pub created_at_ms: EpochMs,
    /// Last change, in UTC epoch milliseconds.
    pub changed_at_ms: EpochMs,
    /// The content.
    pub content: T,
}

/// The personal records of a database; clones share it.
#[derive(Debug, Clone)]
pub struct Personal {
    store: Store,
}

impl Personal {
    /// Creates access to the records of a database.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Returns the records of a kind, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn all<T: Kind>(&self) -> Result<Vec<Record<T>>, StorageError> {
        let records = self.store.personal_records(T::NAME).await?;
        let mut records: Vec<_> = records.iter().filter_map(|(id, record)| typed(id, record)).collect();
        records.sort_by(|a, b| (a.created_at_ms, &a.id).cmp(&(b.created_at_ms, &b.id)));
        Ok(records)
    }

    /// Adds a record with a new id.
    ///
    /// # Errors
    ///
    /// Fails when the content is invalid, the kind has its maximum number of records, or the database cannot be written;
    /// then nothing was stored.
    pub async fn add<T: Kind>(&self, content: &T, now: EpochMs) -> Result<Record<T>, PersonalError> {
        let id = new_id(ID_BYTES);
        self.edit::<T, _>(|records| {
            if records.len() >= T::MOST {
                return Err(PersonalError::TooMany { kind: T::NAME, most: T::MOST });
            }
            put(records, &id, content, now)
        })
        .await
    }

    /// Adds a record with a new id, unless one of those that exist is in its way; then it fails with `fault`.
    ///
    /// # Errors
    ///
    /// Fails as [`Personal::add`] does.
    pub(crate) async fn add_unless<T: Kind>(
        &self,
        content: &T,
        is_in_the_way: impl Fn(&Record<T>) -> bool,
        now: EpochMs,
        fault: impl FnOnce() -> FieldFault,
    ) -> Result<Record<T>, PersonalError> {
        let id = new_id(ID_BYTES);
        self.edit::<T, _>(|records| {
            if records.iter().filter_map(|(id, record)| typed(id, record)).any(|known| is_in_the_way(&known))
            {
                return Err(PersonalError::Invalid { kind: T::NAME, faults: vec![fault()] });
            }
            if records.len() >= T::MOST {
                return Err(PersonalError::TooMany { kind: T::NAME, most: T::MOST });
            }
            put(records, &id, content, now)
        })
        .await
    }

    /// Sets the record with a fixed id, and creates it if necessary.
    ///
    /// # Errors
    ///
    /// Fails as [`Personal::add`] does.
    pub async fn set<T: Kind>(
        &self,
        id: &str,
        content: &T,
        now: EpochMs,
    ) -> Result<Record<T>, PersonalError> {
        self.edit::<T, _>(|records| {
            if records.len() >= T::MOST && !records.contains_key(id) {
                return Err(PersonalError::TooMany { kind: T::NAME, most: T::MOST });
            }
            put(records, id, content, now)
        })
        .await
    }

    /// Changes the content of a record.
    ///
    /// # Errors
    ///
    /// Fails when no record has the id, the changed content is invalid, or the database cannot be written; then nothing
    /// was stored.
    pub async fn change<T: Kind>(
        &self,
        id: &str,
        change: impl FnOnce(&mut T),
        now: EpochMs,
    ) -> Result<Record<T>, PersonalError> {
        self.edit::<T, _>(|records| {
            let found = records.get(id).and_then(|record| typed::<T>(id, record));
            let Record { mut content, .. } = found.ok_or_else(|| unknown::<T>(id))?;
            change(&mut content);
            put(records, id, &content, now)
        })
        .await
    }

    /// Removes a record, and returns it.
    ///
    /// # Errors
    ///
    /// Fails when no record has the id, or the database cannot be written; then nothing was removed.
    pub async fn remove<T: Kind>(&self, id: &str) -> Result<Record<T>, PersonalError> {
        self.edit::<T, _>(|records| {
            let found = records.get(id).and_then(|record| typed::<T>(id, record));
            let found = found.ok_or_else(|| unknown::<T>(id))?;
            records.remove(id);
            Ok(found)
        })
        .await
    }

    /// Returns the number that increases with every change.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn version(&self) -> Result<u64, StorageError> {
        self.store.personal_version().await
    }

    /// Edits the records of a kind, all or none.
    pub(crate) async fn edit<T: Kind, R>(
        &self,
        edit: impl FnOnce(&mut PersonalRecords) -> Result<R, PersonalError>,
    ) -> Result<R, PersonalError> {
        self.store.edit_personal_records(T::NAME, edit).await?
    }

    /// Edits the records of several kinds, all or none.
    pub(crate) async fn edit_kinds<R, const N: usize>(
        &self,
        kinds: [&str; N],
        edit: impl FnOnce(&mut [PersonalRecords; N]) -> Result<R, PersonalError>,
    ) -> Result<R, PersonalError> {
        self.store.edit_kinds_of_records(kinds, edit).await?
    }

    /// Returns the records of a kind as they are stored.
    pub(crate) async fn records_of(&self, kind: &str) -> Result<PersonalRecords, StorageError> {
        self.store.personal_records(kind).await
    }
}

/// Stores a valid content under an id.
pub(crate) fn put<T: Kind>(
    records: &mut PersonalRecords,
    id: &str,
    content: &T,
    now: EpochMs,
) -> Result<Record<T>, PersonalError> {
    let faults = content.faults();
    if !faults.is_empty() {
        return Err(PersonalError::Invalid { kind: T::NAME, faults });
    }
    let created_at_ms =
        records.get(id).map_or_else(|| free_time(records, now), |record| record.created_at_ms);
    let changed_at_ms = now.max(created_at_ms);
    let json = serde_json::to_string(content).expect("contents are texts, numbers and lists");
    records.insert(id.to_owned(), PersonalRecord { created_at_ms, changed_at_ms, content: json });
    Ok(Record { id: id.to_owned(), created_at_ms, changed_at_ms, content: content.clone() })
}

/// Returns the first time from `now` on at which no record was created: two of the same millisecond keep their order.
fn free_time(records: &PersonalRecords, now: EpochMs) -> EpochMs {
    let taken: BTreeSet<EpochMs> = records.values().map(|record| record.created_at_ms).collect();
    (now.0..).map(EpochMs).find(|at_ms| !taken.contains(at_ms)).unwrap_or(now)
}

/// Parses a record; `None` if it is not of this kind's form.
pub(crate) fn typed<T: Kind>(id: &str, record: &PersonalRecord) -> Option<Record<T>> {
    let PersonalRecord { created_at_ms, changed_at_ms, content } = record;
    Some(Record {
        id: id.to_owned(),
        created_at_ms: *created_at_ms,
        changed_at_ms: *changed_at_ms,
        content: serde_json::from_str(content).ok()?,
    })
}

pub(crate) fn unknown<T: Kind>(id: &str) -> PersonalError {
    PersonalError::Unknown { kind: T::NAME, id: id.to_owned() }
}

/// Returns a random id of so many bytes, in hexadecimal digits.
pub(crate) fn new_id(bytes: usize) -> String {
    let mut bytes = vec![0; bytes];
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    hex::encode(bytes)
}
