//! Filter of the responses that can be in the database.

use crate::hashes::hash_of;
use crate::sql::Tx;
use foldhash::{HashSet, HashSetExt};

/// Keys that are remembered at most: some 20 MB.
const MOST: usize = 1 << 20;

/// The keys of all stored responses, as far as that is known: from an empty database on, as long
/// as nobody else writes. It spares the first reading of a home a look into the database for every
/// response.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Hashes of the keys; `None` when others may be stored.
    keys: Option<HashSet<i64>>,
    /// What SQLite calls the version of the data, which rises when another connection writes.
    version: Option<i64>,
}

impl Seen {
    /// Takes note of what happened since the last transaction. `is_empty`: there are no responses.
    pub(crate) async fn begin(&mut self, tx: &mut Tx<'_>, is_empty: bool) -> sqlx::Result<()> {
        let version: i64 = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut **tx).await?;
        let others_wrote = self.version.replace(version).is_some_and(|before| before != version);
        if is_empty {
            self.keys = Some(HashSet::new());
        } else if others_wrote {
            self.keys = None;
        }
        Ok(())
    }

    /// Returns whether a response with this key may be stored.
    pub(crate) fn may_be_stored(&self, key: &str) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.contains(&hash_of(key)))
    }

    /// Remembers keys that are being stored.
    pub(crate) fn add<'a>(&mut self, keys: impl Iterator<Item = &'a str>) {
        if let Some(seen) = &mut self.keys {
            seen.extend(keys.map(hash_of));
            if seen.len() > MOST {
                self.keys = None;
            }
        }
    }
}
