//! Who may push: invites, enrolment, and what a token allows.

use crate::secret::MachineToken;
use ctm_facts::StorageError;
use ctm_types::{EpochMs, MachineId};
use std::ops::RangeInclusive;

/// Milliseconds for which the token before a rotation stays valid: the answer that has the new one can be lost.
pub const FORMER_MS: i64 = 24 * 60 * 60 * 1000;

/// Milliseconds of an hour.
const HOUR_MS: i64 = 60 * 60 * 1000;

/// An invite for machines.
#[derive(Debug, Clone)]
pub struct NewInvite {
    /// How much they are to disclose.
    pub level: String,
    /// Machines that can enrol with it.
    pub uses: u32,
    /// Its end, in UTC epoch milliseconds, exclusive.
    pub ends_at_ms: EpochMs,
}

impl NewInvite {
    /// Hours for which an invite can be valid.
    pub const HOURS: RangeInclusive<u32> = 1..=90 * 24;

    /// Numbers of machines that can enrol with one.
    pub const USES: RangeInclusive<u32> = 1..=10_000;

    /// Returns an invite that is valid for some hours from now on.
    #[must_use]
    pub fn new(level: &str, uses: u32, hours: u32, now: EpochMs) -> Self {
        let ends_at_ms = EpochMs(now.0 + i64::from(hours) * HOUR_MS);
        Self { level: level.to_owned(), uses, ends_at_ms }
    }
}

/// A machine that enrols.
#[derive(Debug, Clone)]
pub struct Enrolment<'e> {
    /// The code of an invite.
    pub code: &'e str,
    /// The machine.
    pub machine: MachineId,
    /// What it is called.
    pub name: &'e str,
    /// The present, in UTC epoch milliseconds.
    pub now: EpochMs,
}

/// What a machine gets when it enrols.
#[derive(Debug)]
pub struct Enrolled {
    /// With what it pushes.
    pub token: MachineToken,
    /// The secret that keys the hashes of all machines.
    pub pepper: Vec<u8>,
    /// How much it is to disclose.
    pub level: String,
    /// The id of the hub.
    pub hub: String,
    /// The epoch of its first journal.
    pub epoch: u64,
}

/// An invite or an enrolment that changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolError {
    /// No invite has the code, or it has ended or was used up.
    #[error("no invite has this code, or it has expired or was used")]
    Code,
    /// Hashes of names could be guessed.
    #[error("usage of other machines was imported without a pepper, so that hashes of names protect nothing")]
    NoPepper,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineAccess {
    /// Pushes of its machine.
    Push,
    /// Nothing, because the machine was removed.
    Removed,
    /// Nothing.
    None,
}
