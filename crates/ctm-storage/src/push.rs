//! Hubs that responses are pushed to, and what each of them lacks.
//!
//! # Design
//!
//! Which responses a hub lacks is one number: the last entry of the journal ([`crate::triggers`]) that it has. What a
//! response is called there depends on rules of names besides, which are settings: the names that projects had are stored, and
//! responses of a project whose name differs are renewed before entries are read.

use crate::store::Store;
use crate::triggers;
use ctm_facts::push::{MOST_LOGGED, MOST_REFUSED};
use ctm_facts::{LoggedPush, PushHub, PushPage, PushProgress, PushTarget, RefusedClaim};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::rows::write;
use ctm_sqlite::sql::{Db, Row, Tx, all, count, execute, json_numbers, number, one, optional, values};
use ctm_types::ProjectId;
use std::collections::HashMap;

impl Store {
    /// Returns the hubs that this machine is enrolled at.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn push_targets(&self) -> Result<Vec<PushTarget>, StorageError> {
        let rows = self.rows("SELECT * FROM push_target ORDER BY id", values![]).await?;
        rows.iter().map(target).collect::<sqlx::Result<_>>().at(&self.path)
    }

    /// Stores that this machine is enrolled at a hub, in place of a former enrolment there. From then on the journal is kept.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn add_push_target(&self, hub: &PushHub, progress: &PushProgress) -> Result<(), StorageError> {
        // The journal is of responses that are found by key.
        let mut writer = self.writer();
        writer.settle().await?;
        writer.close().await?;
        self.change(async |tx| {
            let is_first = !triggers::are_needed(tx).await?;
            put(tx, hub, progress).await?;
            if is_first { triggers::begin(tx).await } else { Ok(()) }
        })
        .await
    }

    /// Removes a hub; with the last one, the journal ends. Returns whether there was such a hub.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was removed.
    pub async fn remove_push_target(&self, id: i64) -> Result<bool, StorageError> {
        self.change(async |tx| {
            let removed = execute(tx, "DELETE FROM push_target WHERE id = ?1", values![id]).await?;
            if !triggers::are_needed(tx).await? {
                triggers::end(tx).await?;
            }
            Ok(removed > 0)
        })
        .await
    }

    /// Stores how far a hub is, with the push that it answered and the responses that it refused.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn store_push(
        &self,
        id: i64,
        progress: &PushProgress,
        push: Option<&LoggedPush>,
        refused: &[RefusedClaim],
    ) -> Result<(), StorageError> {
        self.change(async |tx| {
            store_progress(tx, id, progress).await?;
            if let Some(push) = push {
                log(tx, id, push).await?;
            }
            refuse(tx, id, refused).await
        })
        .await
    }

    /// Returns the entries after one of the journal, at most `limit`.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone.
    pub async fn push_page(&self, after: u64, limit: usize) -> Result<PushPage, StorageError> {
        self.change(async |tx| {
            self.renew_renamed(tx).await?;
            self.page_of_journal(tx, after, limit).await
        })
        .await
    }

    /// Returns how many entries of the journal are after one.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn pushes_due(&self, after: u64) -> Result<u64, StorageError> {
        const DUE: &str = "SELECT count(*) FROM push_journal WHERE seq > ?1";
        let (due,): (i64,) = self.one(DUE, values![after.cast_signed()]).await?;
        Ok(due.unsigned_abs())
    }

    /// Returns the last pushes to a hub, the newest first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn push_log(&self, id: i64) -> Result<Vec<LoggedPush>, StorageError> {
        const LOG: &str = "SELECT * FROM push_log WHERE target_id = ?1 ORDER BY id DESC";
        let rows = self.rows(LOG, values![id]).await?;
        rows.iter().map(logged).collect::<sqlx::Result<_>>().at(&self.path)
    }

    /// Returns the responses that a hub refused, by revision.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn refused_pushes(&self, id: i64) -> Result<Vec<RefusedClaim>, StorageError> {
        const REFUSED: &str =
            "SELECT revision, reason FROM push_refused WHERE target_id = ?1 ORDER BY revision";
        let rows: Vec<(i64, String)> = self.all(REFUSED, values![id]).await?;
        Ok(rows
            .into_iter()
            .map(|(revision, reason)| RefusedClaim { revision: revision.cast_unsigned(), reason })
            .collect())
    }

    /// Renews the entries of responses whose project is called something else than when this last ran.
    async fn renew_renamed(&self, tx: &mut Tx<'_>) -> sqlx::Result<()> {
        const RENAMED: &str = include_str!("sql/push/renamed.sql");
        const PUT: &str = "INSERT INTO push_project (project_id, name) VALUES (?, ?)
             ON CONFLICT DO UPDATE SET name = excluded.name";
        let stored: Vec<(Db<ProjectId>, String)> =
            all(tx, "SELECT project_id, name FROM push_project", values![]).await?;
        let stored: HashMap<ProjectId, String> =
            stored.into_iter().map(|(Db(id), name)| (id, name)).collect();
        let names = self.names_of_folders(tx).await?;
        let is_new = |id: &ProjectId, name: &String| stored.get(id) != Some(name);
        let changed: Vec<(ProjectId, String)> =
            names.into_iter().filter(|(id, name)| is_new(id, name)).collect();
        let renamed: Vec<ProjectId> =
            changed.iter().map(|(id, _)| *id).filter(|id| stored.contains_key(id)).collect();
        if !renamed.is_empty() {
            let keys: Vec<i64> =
                ctm_sqlite::sql::numbers(tx, RENAMED, values![json_numbers(&renamed)]).await?;
            renew(tx, &keys).await?;
        }
        write(tx, PUT, &changed, |row, (id, name)| {
            row.add(i64::from(*id)).add(name);
        })
        .await?;
        Ok(())
    }
}

/// Renews the entries of responses, by hashes of their keys.
async fn renew(tx: &mut Tx<'_>, keys: &[i64]) -> sqlx::Result<()> {
    for statement in
        ["DELETE FROM push_journal WHERE key_hash = ?", "INSERT INTO push_journal (key_hash) VALUES (?)"]
    {
        write(tx, statement, keys, |row, key| {
            row.add(*key);
        })
        .await?;
    }
    Ok(())
}

async fn put(tx: &mut Tx<'_>, hub: &PushHub, progress: &PushProgress) -> sqlx::Result<()> {
    const PUT: &str = include_str!("sql/push/put.sql");
    let PushHub { url, hub, name, most_level, certificate, plain_http, pepper, enrolled_at_ms } = hub;
    let mut values = values![&**url, &**hub, &**name, &**most_level, certificate.as_deref(), *plain_http];
    values.add(&**pepper).add(enrolled_at_ms.0);
    values.add(&*progress.level).add(&*progress.journal).add(progress.epoch.cast_signed());
    execute(tx, PUT, values).await?;
    let (id,): (i64,) = one(tx, "SELECT id FROM push_target WHERE url = ?1", values![&**url]).await?;
    execute(tx, "DELETE FROM push_refused WHERE target_id = ?1", values![id]).await?;
    store_progress(tx, id, progress).await
}

async fn store_progress(tx: &mut Tx<'_>, id: i64, progress: &PushProgress) -> sqlx::Result<()> {
    const STORE: &str = include_str!("sql/push/progress.sql");
    let PushProgress { level, journal, epoch, acked, sent, receipt, forked_at_ms, stopped } = progress;
    let mut values = values![id, &**level, &**journal];
    for number in [epoch, acked, sent] {
        values.add(number.cast_signed());
    }
    values.add(receipt.as_deref()).add(forked_at_ms.map(i64::from)).add(stopped.as_deref());
    execute(tx, STORE, values).await.map(drop)
}

async fn log(tx: &mut Tx<'_>, id: i64, push: &LoggedPush) -> sqlx::Result<()> {
    const LOG: &str =
        "INSERT INTO push_log (target_id, at_ms, responses, bytes, outcome) VALUES (?1, ?2, ?3, ?4, ?5)";
    const LIMIT: &str = "DELETE FROM push_log WHERE target_id = ?1 AND id <=
         (SELECT id FROM push_log WHERE target_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    let LoggedPush { at_ms, responses, bytes, outcome } = push;
    let values = values![id, at_ms.0, responses.cast_signed(), bytes.cast_signed(), &**outcome];
    execute(tx, LOG, values).await?;
    execute(tx, LIMIT, values![id, MOST_LOGGED as i64]).await.map(drop)
}

async fn refuse(tx: &mut Tx<'_>, id: i64, refused: &[RefusedClaim]) -> sqlx::Result<()> {
    const REFUSE: &str = "INSERT INTO push_refused (target_id, revision, reason) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET reason = excluded.reason";
    const LIMIT: &str = "DELETE FROM push_refused WHERE target_id = ?1 AND revision <=
         (SELECT revision FROM push_refused WHERE target_id = ?1 ORDER BY revision DESC LIMIT 1 OFFSET ?2)";
    write(tx, REFUSE, refused, |row, RefusedClaim { revision, reason }| {
        row.add(id).add(revision.cast_signed()).add(reason);
    })
    .await?;
    execute(tx, LIMIT, values![id, MOST_REFUSED as i64]).await.map(drop)
}

fn target(row: &Row) -> sqlx::Result<PushTarget> {
    Ok(PushTarget {
        id: number(row, "id")?,
        hub: PushHub {
            url: row.try_get("url")?,
            hub: row.try_get("hub")?,
            name: row.try_get("name")?,
            most_level: row.try_get("most_level")?,
            certificate: row.try_get("certificate")?,
            plain_http: row.try_get("plain_http")?,
            pepper: row.try_get("pepper")?,
            enrolled_at_ms: number(row, "enrolled_at_ms")?,
        },
        progress: PushProgress {
            level: row.try_get("level")?,
            journal: row.try_get("journal")?,
            epoch: count(row, "epoch")?,
            acked: count(row, "acked")?,
            sent: count(row, "sent")?,
            receipt: row.try_get("receipt")?,
            forked_at_ms: optional(row, "forked_at_ms")?,
            stopped: row.try_get("stopped")?,
        },
    })
}

fn logged(row: &Row) -> sqlx::Result<LoggedPush> {
    Ok(LoggedPush {
        at_ms: number(row, "at_ms")?,
        responses: count(row, "responses")?,
        bytes: count(row, "bytes")?,
        outcome: row.try_get("outcome")?,
    })
}
