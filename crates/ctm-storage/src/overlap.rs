//! Which claim on a response counts, if several machines have it.
//!
//! # Design
//!
//! The order of claims is that of [`ctm_types::MachineClaim`]: the greatest rank, then the earliest time, then the smallest
//! machine. Ranks are numbers that [`ctm_types::ClaimRank`] computes; statements only compare them.
//!
//! Keys of responses cannot be computed from the hashes in claims, so those of this machine are hashed and looked up. The hashes
//! are stored from the first claim of another machine on, and those of a day are computed anew just before its sums are. So a
//! claim is compared with those of its key alone, and what a push costs does not depend on what the database has. A
//! database without other machines has no hashes: they are a tenth of its size.
//!
//! All is compared anew when this machine has another id, after a load, and while days are marked whose events may have changed.

use crate::days::{self, EventOrder};
use crate::loading;
use ctm_facts::days::DayForm;
use ctm_push_format::Pepper;
use ctm_sqlite::rows::write;
use ctm_sqlite::sql::{
    Db, Numbers, Row, Tx, all, execute, json_list, json_numbers, number, numbers, one, optional, rows, values,
};
use ctm_types::{ClaimRank, EpochMs, EventId, KeyDigest, RankedLine, ResponseKey, SessionId, UtcDay};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

/// Events that are compared at once.
const AT_ONCE: i64 = 4_000;

/// Keys that are compared at once.
const KEYS_AT_ONCE: usize = 5_000;

/// Days from which on all events are compared instead of those of each day.
const MOST_DAYS: usize = 30;

/// Changes which responses of this machine count by the claim of another, and returns the days of these.
macro_rules! settle_own {
    ($of:literal) => {
        concat!(
            "UPDATE machine_overlap SET beaten = 1 - beaten
             WHERE ",
            $of,
            " AND beaten <> EXISTS (
                 SELECT 1 FROM machine_overlap AS own
                 CROSS JOIN machine_claim AS other ON other.key = own.key AND other.part = 0
                 CROSS JOIN machine ON machine.id = other.machine_id
                 WHERE own.key = machine_overlap.key AND own.part = 0
                   AND (other.rank > own.rank OR other.rank = own.rank
                        AND (other.at_ms < own.at_ms OR other.at_ms = own.at_ms AND uid < ?1)))
             RETURNING at_ms / 86400000 - (at_ms % 86400000 < 0)"
        )
    };
}

/// Changes which claims of other machines count, and returns the days of these.
macro_rules! settle_others {
    ($of:literal) => {
        concat!(
            "UPDATE machine_claim SET counts = 1 - counts
             WHERE ",
            $of,
            " AND counts <> (
                 NOT EXISTS (
                     SELECT 1 FROM machine_claim AS this
                     CROSS JOIN machine ON machine.id = this.machine_id
                     CROSS JOIN machine_claim AS other ON other.key = this.key AND other.part = 0
                     CROSS JOIN machine AS of_other ON of_other.id = other.machine_id
                     WHERE this.key = machine_claim.key AND this.machine_id = machine_claim.machine_id AND this.part = 0
                       AND (other.rank > this.rank OR other.rank = this.rank
                            AND (other.at_ms < this.at_ms OR other.at_ms = this.at_ms AND of_other.uid < machine.uid)))
                 AND NOT EXISTS (
                     SELECT 1 FROM machine_claim AS this
                     CROSS JOIN machine ON machine.id = this.machine_id
                     CROSS JOIN machine_overlap AS own ON own.key = this.key AND own.part = 0
                     WHERE this.key = machine_claim.key AND this.machine_id = machine_claim.machine_id AND this.part = 0
                       AND (own.rank > this.rank OR own.rank = this.rank
                            AND (own.at_ms < this.at_ms OR own.at_ms = this.at_ms AND ?1 < machine.uid))))
             RETURNING at_ms / 86400000 - (at_ms % 86400000 < 0)"
        )
    };
}

/// What responses of this machine are compared by.
struct Secret {
    pepper: Pepper,
    /// The id of this machine.
    own: String,
}

/// Key, number, rank and time of a part, as they are stored: a damaged one is replaced.
type StoredPart = (Vec<u8>, i64, i64, i64);

/// A row of such a part, with its event.
type PartRow = (Db<EventId>, Vec<u8>, i64, i64, i64);

/// A part of a response of this machine.
struct OwnPart {
    id: EventId,
    key: KeyDigest,
    part: i64,
    rank: ClaimRank,
    at_ms: EpochMs,
}

impl OwnPart {
    fn stored(&self) -> StoredPart {
        let Self { key, part, rank, at_ms, .. } = self;
        (key.0.to_vec(), *part, rank.number().cast_signed(), at_ms.0)
    }
}

/// Computes the days that are marked, after it is determined what counts of their responses.
pub(crate) async fn compute_marked(tx: &mut Tx<'_>, form: &DayForm, order: EventOrder) -> sqlx::Result<()> {
    compare_marked(tx).await?;
    days::compute_marked(tx, form, order).await
}

/// Compares the responses of the marked days with the claims of other machines. Days on which other claims count now are marked
/// as well.
pub(crate) async fn compare_marked(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    const MARKED: &str = "SELECT day FROM usage_day WHERE usage IS NULL LIMIT ?1";
    let Some(secret) = secret(tx).await? else { return Ok(()) };
    let days: Vec<UtcDay> = numbers(tx, MARKED, values![MOST_DAYS as i64 + 1]).await?;
    if days.len() > MOST_DAYS || loading::is_under_way(tx).await? {
        return secret.compare_all(tx).await;
    }
    secret.compare_days(tx, &days).await
}

/// Compares all responses with the claims of other machines. Days on which other claims count now are marked; those on which other
/// responses of this machine count are returned.
pub(crate) async fn compare(tx: &mut Tx<'_>) -> sqlx::Result<BTreeSet<UtcDay>> {
    const BEATEN: &str = "SELECT event_id FROM machine_overlap WHERE beaten";
    const DAYS: &str = "SELECT DISTINCT at_ms / 86400000 - (at_ms % 86400000 < 0)
        FROM json_each(?1) AS changed CROSS JOIN event ON event.id = changed.value";
    let before: BTreeSet<i64> = numbers(tx, BEATEN, values![]).await?;
    match secret(tx).await? {
        Some(secret) => secret.compare_all(tx).await?,
        None => drop(execute(tx, "DELETE FROM machine_overlap", values![]).await?),
    }
    let after: BTreeSet<i64> = numbers(tx, BEATEN, values![]).await?;
    let changed: Vec<i64> = before.symmetric_difference(&after).copied().collect();
    numbers(tx, DAYS, values![json_list(&changed)]).await
}

/// Returns whether a claim can be compared with those of its key alone: the hash of each response of this machine is stored.
pub(crate) async fn is_paired(tx: &mut Tx<'_>) -> sqlx::Result<bool> {
    const PAIRED: &str = "SELECT EXISTS (SELECT 1 FROM machine_secret WHERE paired)
        AND NOT EXISTS (SELECT 1 FROM usage_day WHERE usage IS NULL)";
    let (is_paired,): (bool,) = one(tx, PAIRED, values![]).await?;
    Ok(is_paired && !loading::is_under_way(tx).await?)
}

/// Compares the claims on responses with these keys. Days on which others count now are marked.
pub(crate) async fn compare_keys(tx: &mut Tx<'_>, keys: &BTreeSet<KeyDigest>) -> sqlx::Result<()> {
    let Some(secret) = secret(tx).await? else { return Ok(()) };
    for keys in Vec::from_iter(keys).chunks(KEYS_AT_ONCE) {
        let days = secret.settle(tx, keys.iter().map(|key| **key)).await?;
        days::mark(tx, &days).await?;
    }
    Ok(())
}

/// Finds the sessions of this machine by the hashes of those of other machines that are not found yet.
pub(crate) async fn find_sessions(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    match secret(tx).await? {
        Some(secret) => secret.find_sessions(tx).await,
        None => Ok(()),
    }
}

/// Returns whether responses of this machine count as others claim them.
pub(crate) async fn are_any_beaten(tx: &mut Tx<'_>) -> sqlx::Result<bool> {
    let (any,) = one(tx, "SELECT EXISTS (SELECT 1 FROM machine_overlap WHERE beaten)", values![]).await?;
    Ok(any)
}

async fn secret(tx: &mut Tx<'_>) -> sqlx::Result<Option<Secret>> {
    let secrets: Vec<(Vec<u8>, String)> =
        all(tx, "SELECT pepper, own FROM machine_secret", values![]).await?;
    Ok(secrets.into_iter().next().map(|(pepper, own)| Secret { pepper: Pepper::new(&pepper), own }))
}

impl Secret {
    /// Compares what changed on these days. Days on which others count now are marked.
    async fn compare_days(&self, tx: &mut Tx<'_>, days: &[UtcDay]) -> sqlx::Result<()> {
        const FORMER: &str = "SELECT event_id, key, part, rank, at_ms FROM machine_overlap
            WHERE at_ms BETWEEN ?1 AND ?2";
        const OF_DAY: &str = include_str!("sql/machines/local_of_day.sql");
        const REMOVE: &str =
            "DELETE FROM machine_overlap WHERE event_id IN (SELECT value FROM json_each(?1))";
        let span = |day: &UtcDay| {
            let start = day.slot(0).start();
            values![start.0, start.0.saturating_add(UtcDay::MILLIS - 1)]
        };
        let mut former: HashMap<EventId, StoredPart> = HashMap::new();
        for day in days {
            let stored: Vec<PartRow> = all(tx, FORMER, span(day)).await?;
            former.extend(
                stored.into_iter().map(|(Db(id), key, part, rank, at_ms)| (id, (key, part, rank, at_ms))),
            );
        }
        let mut changed = Vec::new();
        for day in days {
            let events = rows(tx, OF_DAY, span(day)).await?;
            self.pair_sessions(tx, &events).await?;
            for part in events.iter().map(|row| self.part(row)) {
                let part = part?;
                if former.get(&part.id) == Some(&part.stored()) {
                    former.remove(&part.id);
                } else {
                    changed.push(part);
                }
            }
        }
        let removed: Vec<EventId> = former.keys().copied().collect();
        execute(tx, REMOVE, values![json_numbers(&removed)]).await?;
        pair(tx, &changed).await?;
        let keys = former.into_values().filter_map(|(key, ..)| Some(KeyDigest(key.try_into().ok()?)));
        let keys = keys.chain(changed.into_iter().map(|part| part.key));
        let days = self.settle(tx, keys).await?;
        days::mark(tx, &days).await
    }

    /// Determines which claims on responses with these keys count. Returns the days on which others do.
    async fn settle(
        &self,
        tx: &mut Tx<'_>,
        keys: impl Iterator<Item = KeyDigest>,
    ) -> sqlx::Result<BTreeSet<UtcDay>> {
        const OWN: &str = settle_own!("key IN (SELECT unhex(value) FROM json_each(?2))");
        const OTHERS: &str = settle_others!("key IN (SELECT unhex(value) FROM json_each(?2))");
        let keys: BTreeSet<KeyDigest> = keys.collect();
        let keys = json_list(&keys.iter().map(KeyDigest::to_string).collect::<Vec<_>>());
        let mut days: BTreeSet<UtcDay> = numbers(tx, OWN, values![&*self.own, &*keys]).await?;
        days.extend(numbers::<UtcDay, Vec<_>>(tx, OTHERS, values![&*self.own, &*keys]).await?);
        Ok(days)
    }

    async fn compare_all(&self, tx: &mut Tx<'_>) -> sqlx::Result<()> {
        const PAGE: &str = include_str!("sql/machines/local.sql");
        execute(tx, "DELETE FROM machine_overlap", values![]).await?;
        execute(tx, "UPDATE machine_session SET session_id = NULL", values![]).await?;
        let mut after = i64::MIN;
        loop {
            let page = rows(tx, PAGE, values![after, AT_ONCE]).await?;
            let Some(last) = page.last() else { break };
            after = last.try_get("id")?;
            let parts: Vec<OwnPart> = page.iter().map(|row| self.part(row)).collect::<sqlx::Result<_>>()?;
            pair(tx, &parts).await?;
        }
        execute(tx, "UPDATE machine_secret SET paired = 1", values![]).await?;
        self.find_sessions(tx).await?;
        execute(tx, settle_own!("true"), values![&*self.own]).await?;
        let changed: BTreeSet<UtcDay> = numbers(tx, settle_others!("true"), values![&*self.own]).await?;
        days::mark(tx, &changed).await
    }

    async fn find_sessions(&self, tx: &mut Tx<'_>) -> sqlx::Result<()> {
        const SOUGHT: &str = "SELECT EXISTS (SELECT 1 FROM machine_session WHERE session_id IS NULL)";
        let (is_any_sought,): (bool,) = one(tx, SOUGHT, values![]).await?;
        if is_any_sought {
            let sessions = rows(tx, "SELECT id AS session, uuid FROM session", values![]).await?;
            self.pair_sessions(tx, &sessions).await?;
        }
        Ok(())
    }

    /// Stores which of these sessions others have as well.
    async fn pair_sessions(&self, tx: &mut Tx<'_>, of: &[Row]) -> sqlx::Result<()> {
        const SESSION: &str = "UPDATE machine_session SET session_id = ?1 WHERE hash = ?2";
        let mut sessions: HashMap<SessionId, String> = HashMap::new();
        for row in of {
            if let Some(id) = optional(row, "session")?
                && let Entry::Vacant(entry) = sessions.entry(id)
            {
                entry.insert(self.pepper.session(row.try_get("uuid")?));
            }
        }
        write(tx, SESSION, &Vec::from_iter(sessions), |row, (id, hash)| {
            row.id(*id).add(hash);
        })
        .await?;
        Ok(())
    }

    fn part(&self, row: &Row) -> sqlx::Result<OwnPart> {
        let output: i64 = row.try_get("output")?;
        let line = RankedLine {
            is_final: row.try_get("final")?,
            output: output.cast_unsigned().wrapping_add_signed(row.try_get("winner_more_output")?),
            embedded: row.try_get("winner_embedded")?,
            sidechain: row.try_get("winner_sidechain")?,
            in_own_file: row.try_get("winner_in_own_file")?,
        };
        let key = ResponseKey::from_stored(row.try_get("key")?);
        Ok(OwnPart {
            id: number(row, "id")?,
            key: self.pepper.digest(&key),
            part: row.try_get("part")?,
            rank: ClaimRank::of(line),
            at_ms: number(row, "at_ms")?,
        })
    }
}

/// Stores parts of responses of this machine.
async fn pair(tx: &mut Tx<'_>, parts: &[OwnPart]) -> sqlx::Result<()> {
    const PAIR: &str = "INSERT OR REPLACE INTO machine_overlap (event_id, key, part, rank, at_ms, beaten)
        VALUES (?, ?, ?, ?, ?, 0)";
    write(tx, PAIR, parts, |row, OwnPart { id, key, part, rank, at_ms }| {
        row.id(*id).add(&key.0[..]).add(part).add(rank.number().cast_signed()).id(*at_ms);
    })
    .await?;
    Ok(())
}
