//! Who may push: invites, enrolment, rotation and revocation of tokens.

use crate::connection::{TeamStore, Tx, statement};
use ctm_facts::StorageError;
use ctm_hub::{
    EnrolError, Enrolled, Enrolment, FORMER_MS, MachineAccess, MachineToken, NewInvite, hash_of, new_code,
};
use ctm_types::{EpochMs, MachineId};
use sqlx::Row as _;

impl TeamStore {
    /// Has a commit wait until replicas have it, if there are synchronous ones: what no machine sends again must survive the loss of the
    /// primary.
    pub(crate) async fn make_durable(&self, tx: &mut Tx) -> sqlx::Result<()> {
        statement("SET LOCAL synchronous_commit = remote_apply").execute(&mut **tx).await.map(drop)
    }

    /// Makes an invite. Returns its code, which is not stored.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be written; then nothing was stored.
    pub async fn invite(&self, invite: &NewInvite) -> Result<String, EnrolError> {
        const PUT: &str =
            "INSERT INTO invite (tenant, code_hash, level, ends_at_ms, uses) VALUES ($1, $2, $3, $4, $5)";
        let NewInvite { level, uses, ends_at_ms } = invite;
        let code = new_code();
        self.change(async |tx| {
            self.make_durable(tx).await?;
            let put = statement(PUT).bind(self.tenant.0).bind(hash_of(&code)).bind(level.clone());
            let uses = i32::try_from(*uses).unwrap_or(i32::MAX);
            put.bind(ends_at_ms.0).bind(uses).execute(&mut **tx).await
        })
        .await?;
        Ok(code)
    }

    /// Enrols a machine. One that is known gets another token, and begins another journal.
    ///
    /// # Errors
    ///
    /// Fails when there is no such invite, and when the database cannot be written; then nothing was stored.
    pub async fn enrol(&self, enrolment: &Enrolment<'_>) -> Result<Enrolled, EnrolError> {
        let enrolled = self.change(async |tx| self.try_enrol(tx, enrolment).await);
        enrolled.await?.ok_or(EnrolError::Code)
    }

    async fn try_enrol(&self, tx: &mut Tx, enrolment: &Enrolment<'_>) -> sqlx::Result<Option<Enrolled>> {
        const USE: &str = "UPDATE invite SET uses = uses - 1
            WHERE tenant = $1 AND code_hash = $2 AND ends_at_ms > $3 AND uses > 0 RETURNING level";
        const ENDED: &str = "DELETE FROM invite WHERE tenant = $1 AND (ends_at_ms <= $2 OR uses <= 0)";
        // Enrolments take turns, so that numbers of machines are given in their order.
        const TURN: &str = "SELECT id FROM tenant WHERE id = $1 FOR UPDATE";
        const PUT: &str = "INSERT INTO machine (tenant, id, uid, name, level, enrolled_at_ms, token_hash, epoch, acked, pushes, prior,
                version, removed)
            SELECT $1, coalesce(max(id), 0) + 1, $2, $3, $4, $5, $6, 1, 0, 0, 0, 0, false FROM machine WHERE tenant = $1
            ON CONFLICT (tenant, uid) DO UPDATE SET
                name = excluded.name, level = excluded.level, enrolled_at_ms = excluded.enrolled_at_ms,
                token_hash = excluded.token_hash, former_hash = NULL, former_until_ms = NULL, epoch = machine.epoch + 1,
                journal = NULL, acked = 0, pushes = 0, prior = 0, removed = false
            RETURNING epoch";
        let Enrolment { code, machine, name, now } = *enrolment;
        let tenant = self.tenant.0;
        self.make_durable(tx).await?;
        statement(TURN).bind(tenant).fetch_one(&mut **tx).await?;
        let used = statement(USE).bind(tenant).bind(hash_of(code)).bind(now.0);
        let level = used.fetch_optional(&mut **tx).await?;
        statement(ENDED).bind(tenant).bind(now.0).execute(&mut **tx).await?;
        let Some(level) = level else { return Ok(None) };
        let level: String = level.try_get("level")?;
        let token = MachineToken::create(machine);
        let put = statement(PUT).bind(tenant).bind(machine.0.to_vec()).bind(name.to_owned());
        let put = put.bind(level.clone()).bind(now.0).bind(token.hash());
        let epoch: i64 = put.fetch_one(&mut **tx).await?.try_get("epoch")?;
        Ok(Some(Enrolled {
            token,
            pepper: self.hub.pepper.clone(),
            level,
            hub: self.hub.uid.clone(),
            epoch: epoch.unsigned_abs(),
        }))
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
        const FIND: &str = "SELECT removed FROM machine WHERE tenant = $1 AND uid = $2
            AND (token_hash = $3 OR former_hash = $3 AND former_until_ms > $4)";
        let find = statement(FIND).bind(self.tenant.0).bind(token.machine().0.to_vec());
        let found = self.rows(find.bind(token.hash()).bind(now.0)).await?;
        let Some(row) = found.first() else { return Ok(MachineAccess::None) };
        let is_removed: bool = self.at(row.try_get("removed"))?;
        Ok(if is_removed { MachineAccess::Removed } else { MachineAccess::Push })
    }

    /// Replaces a token by another one, which is returned; the former one stays valid for a day. `None` if it was revoked meanwhile.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be written; then nothing was changed.
    pub async fn rotate_token(
        &self,
        former: &MachineToken,
        now: EpochMs,
    ) -> Result<Option<MachineToken>, StorageError> {
        const ROTATE: &str = "UPDATE machine SET former_hash = $3, former_until_ms = $4, token_hash = $5
            WHERE tenant = $1 AND uid = $2 AND (token_hash = $3 OR former_hash = $3)";
        let token = MachineToken::create(former.machine());
        let rotated = self.change(async |tx| {
            self.make_durable(tx).await?;
            let rotate = statement(ROTATE).bind(self.tenant.0).bind(former.machine().0.to_vec());
            let rotate = rotate.bind(former.hash()).bind(now.0.saturating_add(FORMER_MS)).bind(token.hash());
            Ok(rotate.execute(&mut **tx).await?.rows_affected())
        });
        Ok((rotated.await? > 0).then_some(token))
    }

    /// Revokes the tokens of a machine. Returns whether it had any. What it pushed stays.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be written; then nothing was changed.
    pub async fn revoke_machine(&self, machine: MachineId) -> Result<bool, StorageError> {
        const REVOKE: &str =
            "UPDATE machine SET token_hash = NULL, former_hash = NULL, former_until_ms = NULL
            WHERE tenant = $1 AND uid = $2 AND token_hash IS NOT NULL";
        let revoked = self.change(async |tx| {
            self.make_durable(tx).await?;
            let revoke = statement(REVOKE).bind(self.tenant.0).bind(machine.0.to_vec());
            Ok(revoke.execute(&mut **tx).await?.rows_affected())
        });
        Ok(revoked.await? > 0)
    }
}
