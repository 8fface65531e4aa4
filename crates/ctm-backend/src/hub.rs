//! What machines push to: the database of one machine, or that of a team.
//!
//! Both have the same rules ([`ctm_hub`]), the same answers and the same errors.

use crate::each::each;
use ctm_facts::{HubMachine, ImportError, MachineSection, OwnMachine, StorageError, StoredMachine};
use ctm_hub::{EnrolError, Enrolled, Enrolment, MachineAccess, MachineToken, NewInvite, PushOutcome, Pusher};
use ctm_push_format::Push;
use ctm_storage::Store;
use ctm_team::TeamStore;
use ctm_types::{EpochMs, MachineId};

/// The claims of machines; clones share the database.
#[derive(Debug, Clone)]
pub enum Hub {
    /// Beside the facts of this machine.
    Sqlite(Store),
    /// On PostgreSQL, without facts of this machine.
    Team(TeamStore),
}

/// All of them fail when the database cannot be used, and then nothing was changed.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
impl Hub {
    /// Returns the store of a team, if it is one.
    #[must_use]
    pub fn team(&self) -> Option<&TeamStore> {
        match self {
            Self::Sqlite(_) => None,
            Self::Team(team) => Some(team),
        }
    }

    /// Makes an invite. Returns its code, which is not stored.
    pub async fn invite(&self, invite: &NewInvite) -> Result<String, EnrolError> {
        each!(self, Sqlite | Team, hub => hub.invite(invite).await)
    }

    /// Enrols a machine. One that is known gets another token, and begins another journal.
    pub async fn enrol(&self, enrolment: &Enrolment<'_>) -> Result<Enrolled, EnrolError> {
        each!(self, Sqlite | Team, hub => hub.enrol(enrolment).await)
    }

    /// Returns what a token allows.
    pub async fn machine_access(
        &self,
        token: &MachineToken,
        now: EpochMs,
    ) -> Result<MachineAccess, StorageError> {
        each!(self, Sqlite | Team, hub => hub.machine_access(token, now).await)
    }

    /// Replaces a token by another one, which is returned; the former one stays valid for a day. `None` if it was revoked meanwhile.
    pub async fn rotate_token(
        &self,
        former: &MachineToken,
        now: EpochMs,
    ) -> Result<Option<MachineToken>, StorageError> {
        each!(self, Sqlite | Team, hub => hub.rotate_token(former, now).await)
    }

    /// Revokes the tokens of a machine. Returns whether it had any. What it pushed stays.
    pub async fn revoke_machine(&self, machine: MachineId) -> Result<bool, StorageError> {
        each!(self, Sqlite | Team, hub => hub.revoke_machine(machine).await)
    }

    /// Returns the machines that enrolled and were not removed, by name.
    pub async fn hub_machines(&self) -> Result<Vec<HubMachine>, StorageError> {
        each!(self, Sqlite | Team, hub => hub.hub_machines().await)
    }

    /// Returns a machine that enrolled and was not removed.
    pub async fn hub_machine(&self, machine: MachineId) -> Result<Option<HubMachine>, StorageError> {
        each!(self, Sqlite | Team, hub => hub.hub_machine(machine).await)
    }

    /// Returns the machines of which something counts or could, by name.
    pub async fn machines(&self) -> Result<Vec<StoredMachine>, StorageError> {
        each!(self, Sqlite | Team, hub => hub.machines().await)
    }

    /// Removes what is known of a machine, and refuses its later pushes. Returns whether it was known.
    pub async fn remove_machine(&self, machine: MachineId) -> Result<bool, StorageError> {
        each!(self, Sqlite | Team, hub => hub.remove_machine(machine).await)
    }

    /// Stores a push of a machine that is authenticated.
    pub async fn push(
        &self,
        own: &OwnMachine,
        push: &Push,
        section: MachineSection,
        pusher: &Pusher,
    ) -> Result<PushOutcome, ImportError> {
        match self {
            Self::Sqlite(store) => store.push(own, push, section, pusher).await,
            Self::Team(team) => Ok(team.push(push, &section, pusher, own.now).await?),
        }
    }

    /// Returns the secret that keys the hashes of all machines; `None` before there is one.
    pub async fn pepper(&self) -> Result<Option<Vec<u8>>, StorageError> {
        match self {
            Self::Sqlite(store) => store.pepper().await,
            Self::Team(team) => Ok(Some(team.pepper().to_vec())),
        }
    }

    /// Returns the number that rises when the usage changes.
    pub async fn data_version(&self) -> Result<u64, StorageError> {
        each!(self, Sqlite | Team, hub => hub.data_version().await)
    }
}
