//! Hubs that a machine pushes its responses to.

use crate::ReportedResponse;
use ctm_types::EpochMs;

/// Most refused responses of an enrolment that are kept.
pub const MOST_REFUSED: usize = 1_000;

/// Most pushes that are kept in the log.
pub const MOST_LOGGED: usize = 200;

/// A hub as it was enrolled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushHub {
    /// Its address, which is different from that of every other one.
    pub url: String,
    /// Its id, in hexadecimal digits.
    pub hub: String,
    /// What this machine is called there.
    pub name: String,
    /// The most that this machine discloses.
    pub most_level: String,
    /// What is trusted in place of the certificates of the system, as PEM.
    pub certificate: Option<String>,
    /// `true` if it may be reached without encryption.
    pub plain_http: bool,
    /// The secret that keys the hashes.
    pub pepper: Vec<u8>,
    /// When this machine was enrolled, in UTC epoch milliseconds.
    pub enrolled_at_ms: EpochMs,
}

/// How far a hub is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushProgress {
    /// What is disclosed since the beginning of the journal.
    pub level: String,
    /// Id of the journal, in hexadecimal digits.
    pub journal: String,
    /// Number of the journal: claims of a later one replace those of an earlier one.
    pub epoch: u64,
    /// The hub has all entries up to this one.
    pub acked: u64,
    /// Entries up to this one may have reached the hub.
    pub sent: u64,
    /// What the hub answered last.
    pub receipt: Option<String>,
    /// When the hub last knew another course of the journal, in UTC epoch milliseconds.
    pub forked_at_ms: Option<EpochMs>,
    /// Why nothing is pushed any more.
    pub stopped: Option<String>,
}

impl PushProgress {
    /// Returns the beginning of a journal.
    #[must_use]
    pub fn beginning(level: String, journal: String, epoch: u64) -> Self {
        Self { level, journal, epoch, acked: 0, sent: 0, receipt: None, forked_at_ms: None, stopped: None }
    }
}

/// A hub with how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushTarget {
    /// Its number.
    pub id: i64,
    /// The hub.
    pub hub: PushHub,
    /// How far it is.
    pub progress: PushProgress,
}

/// A response that changed, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushEntry {
    /// Number of the entry.
    pub seq: u64,
    /// The response.
    pub response: ReportedResponse,
}

/// Entries of the journal, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PushPage {
    /// The last entry that was looked at; `None` if there is none.
    pub to: Option<u64>,
    /// The entries. One that has no response any more is left out.
    pub entries: Vec<PushEntry>,
}

/// A push in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedPush {
    /// When it was sent, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Responses in it.
    pub responses: u64,
    /// Its compressed size.
    pub bytes: u64,
    /// What the hub answered, or why it did not.
    pub outcome: String,
}

/// A response that a hub refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedClaim {
    /// Revision of its claim.
    pub revision: u64,
    /// Why.
    pub reason: String,
}
