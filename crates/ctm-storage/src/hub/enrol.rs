//! Who may push: invites, enrolment, rotation and revocation of tokens.

use crate::store::Store;
use ctm_facts::{HubMachine, StorageError};
use ctm_hub::{
    EnrolError, Enrolled, Enrolment, FORMER_MS, MachineAccess, MachineToken, NewInvite, ReceiptKey, hash_of,
    new_code, random,
};
use ctm_sqlite::error::{AtPath, damaged};
use ctm_sqlite::sql::{Row, Tx, all, column, execute, magnitude, number, optional, values};
use ctm_types::{EpochMs, MachineId};

/// The identity of the hub.
pub(super) struct Hub {
    pub(super) uid: String,
    pub(super) key: ReceiptKey,
    pub(super) pepper: Vec<u8>,
}

/// Returns the identity of the hub; `None` before the first invite.
pub(super) async fn hub(tx: &mut Tx<'_>) -> sqlx::Result<Option<Hub>> {
    let stored: Vec<(String, Vec<u8>, Vec<u8>)> =
        all(tx, "SELECT uid, key, pepper FROM hub_state", values![]).await?;
    let hub = |(uid, key, pepper): (_, Vec<u8>, _)| Hub { uid, key: ReceiptKey::new(&key), pepper };
    Ok(stored.into_iter().next().map(hub))
}

/// Returns the identity of the hub, which is created by the first invite. Its pepper is that of former imports.
async fn hub_or_new(tx: &mut Tx<'_>) -> sqlx::Result<Hub> {
    const PUT: &str = "INSERT INTO hub_state (id, uid, key, pepper) VALUES (1, ?1, ?2, ?3)";
    if let Some(hub) = hub(tx).await? {
        return Ok(hub);
    }
    let imported: Vec<Vec<u8>> = column(tx, "SELECT pepper FROM machine_secret", values![]).await?;
    let pepper = imported.into_iter().next().unwrap_or_else(|| random::<32>().to_vec());
    let (uid, key) = (hex::encode(random::<16>()), ReceiptKey::create());
    execute(tx, PUT, values![&*uid, &key[..], &*pepper]).await?;
    Ok(Hub { uid, key: ReceiptKey::new(&key), pepper })
}

impl Store {
    /// Makes an invite. Returns its code, which is not stored.
    ///
    /// # Errors
    ///
    /// Fails when hashes are to be disclosed and there is no secret that keys them, and when the database is locked, full, damaged
    /// or gone; then nothing was stored.
    pub async fn invite(&self, invite: &NewInvite) -> Result<String, EnrolError> {
        const PUT: &str =
            "INSERT INTO hub_invite (code_hash, level, ends_at_ms, uses) VALUES (?1, ?2, ?3, ?4)";
        let NewInvite { level, uses, ends_at_ms } = invite;
        let code = new_code();
        let is_made = self.change(async |tx| {
            let hub = hub_or_new(tx).await?;
            if hub.pepper.is_empty() && level == "hashed" {
                return Ok(false);
            }
            execute(tx, PUT, values![hash_of(&code), &**level, ends_at_ms.0, i64::from(*uses)]).await?;
            Ok(true)
        });
        if is_made.await? { Ok(code) } else { Err(EnrolError::NoPepper) }
    }

    /// Enrols a machine. One that is known gets another token, and begins another journal.
    ///
    /// # Errors
    ///
    /// Fails when there is no such invite, and when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn enrol(&self, enrolment: &Enrolment<'_>) -> Result<Enrolled, EnrolError> {
        const USE: &str =
            "UPDATE hub_invite SET uses = uses - 1 WHERE code_hash = ?1 AND ends_at_ms > ?2 AND uses > 0
            RETURNING level";
        const ENDED: &str = "DELETE FROM hub_invite WHERE ends_at_ms <= ?1 OR uses <= 0";
        const PUT: &str = include_str!("../sql/hub/enrol.sql");
        let Enrolment { code, machine, name, now } = *enrolment;
        let enrolled = self.change(async |tx| {
            let levels: Vec<String> = column(tx, USE, values![hash_of(code), now.0]).await?;
            execute(tx, ENDED, values![now.0]).await?;
            let (Some(level), Some(hub)) = (levels.into_iter().next(), hub(tx).await?) else {
                return Ok(None);
            };
            let token = MachineToken::create(machine);
            let uid = machine.to_string();
            let put = values![&*uid, name, &*level, now.0, token.hash()];
            let epochs: Vec<i64> = column(tx, PUT, put).await?;
            let epoch = epochs.first().copied().unwrap_or(1).unsigned_abs();
            Ok(Some(Enrolled { token, pepper: hub.pepper, level, hub: hub.uid, epoch }))
        });
        enrolled.await?.ok_or(EnrolError::Code)
    }

    /// Returns what a token allows.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn machine_access(
        &self,
        token: &MachineToken,
        now: EpochMs,
    ) -> Result<MachineAccess, StorageError> {
        const FIND: &str = "SELECT removed FROM hub_machine
            WHERE uid = ?1 AND (token_hash = ?2 OR former_hash = ?2 AND former_until_ms > ?3)";
        let uid = token.machine().to_string();
        let found: Vec<bool> = self.column(FIND, values![&*uid, token.hash(), now.0]).await?;
        Ok(match found.first() {
            Some(false) => MachineAccess::Push,
            Some(true) => MachineAccess::Removed,
            None => MachineAccess::None,
        })
    }

    /// Replaces a token by another one, which is returned; the former one stays valid for a day. `None` if it was revoked meanwhile.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was changed.
    pub async fn rotate_token(
        &self,
        former: &MachineToken,
        now: EpochMs,
    ) -> Result<Option<MachineToken>, StorageError> {
        const ROTATE: &str = "UPDATE hub_machine SET former_hash = ?2, former_until_ms = ?3, token_hash = ?4
            WHERE uid = ?1 AND (token_hash = ?2 OR former_hash = ?2)";
        let token = MachineToken::create(former.machine());
        let uid = former.machine().to_string();
        let until = now.0.saturating_add(FORMER_MS);
        let rotate = values![&*uid, former.hash(), until, token.hash()];
        let rotated = self.change(async |tx| execute(tx, ROTATE, rotate).await).await?;
        Ok((rotated > 0).then_some(token))
    }

    /// Revokes the tokens of a machine. Returns whether it had any. What it pushed stays.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was changed.
    pub async fn revoke_machine(&self, machine: MachineId) -> Result<bool, StorageError> {
        const REVOKE: &str =
            "UPDATE hub_machine SET token_hash = NULL, former_hash = NULL, former_until_ms = NULL
            WHERE uid = ?1 AND token_hash IS NOT NULL";
        let uid = machine.to_string();
        Ok(self.change(async |tx| execute(tx, REVOKE, values![&*uid]).await).await? > 0)
    }

    /// Returns the machines that enrolled and were not removed, by name.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn hub_machines(&self) -> Result<Vec<HubMachine>, StorageError> {
        self.enrolled(None).await
    }

    /// Returns a machine that enrolled and was not removed.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn hub_machine(&self, machine: MachineId) -> Result<Option<HubMachine>, StorageError> {
        let uid = machine.to_string();
        Ok(self.enrolled(Some(&uid)).await?.pop())
    }

    async fn enrolled(&self, uid: Option<&str>) -> Result<Vec<HubMachine>, StorageError> {
        let rows = self.rows(include_str!("../sql/hub/list.sql"), values![uid]).await?;
        rows.iter().map(hub_machine).collect::<sqlx::Result<_>>().at(&self.path)
    }
}

fn hub_machine(row: &Row) -> sqlx::Result<HubMachine> {
    let uid: &str = row.try_get("uid")?;
    Ok(HubMachine {
        id: MachineId::parse(uid).ok_or_else(|| damaged(format!("a machine has the id `{uid}`")))?,
        name: row.try_get("name")?,
        level: row.try_get("level")?,
        enrolled_at_ms: number(row, "enrolled_at_ms")?,
        is_revoked: row.try_get("revoked")?,
        journal: row.try_get("journal")?,
        acked: magnitude(row, "acked")?,
        pushed_at_ms: optional(row, "pushed_at_ms")?,
        skew_ms: row.try_get("skew_ms")?,
        agent: row.try_get("agent")?,
    })
}
