//! The bodies of `/push`, for machines that push their usage.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Milliseconds after which a machine pushes again.
pub const AGAIN_AFTER_MS: u64 = 60_000;

/// The enrolment of a machine.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnrolment {
    /// The code of an invite.
    pub code: String,
    /// The id of the machine: 32 hexadecimal digits.
    pub machine: String,
    /// Its name.
    pub name: String,
}

/// What a machine gets when it enrols.
#[derive(Serialize, ToSchema)]
pub struct EnrolledMachine {
    /// The token with which it pushes, which is shown only here.
    pub token: String,
    /// The secret that keys the hashes of all machines, in hexadecimal digits; empty if they share none.
    pub pepper: String,
    /// How much it is to disclose: `totals`, `hashed` or `names`.
    pub level: String,
    /// The id of the hub.
    pub hub: String,
    /// The epoch of its first journal.
    pub epoch: u64,
}

/// What the hub has of a machine.
#[derive(Serialize, ToSchema)]
pub struct PushPosition {
    /// Versions of the format that are read.
    pub versions: Vec<u32>,
    /// Most responses of a push.
    pub most: usize,
    /// The journal, in hexadecimal digits; null before the first push.
    pub journal: Option<String>,
    /// The last stored entry of the journal.
    pub acked: u64,
    /// How much the machine is to disclose.
    pub level: String,
    /// Milliseconds after which it pushes again.
    pub again_after_ms: u64,
}

/// What is stored of a push.
#[derive(Serialize, ToSchema)]
pub struct Pushed {
    /// The last stored entry of the journal.
    pub acked: u64,
    /// Responses that were new, or newer than the known ones.
    pub taken: u64,
    /// Responses that can never be taken. The others are stored.
    pub refused: Vec<RefusedResponse>,
    /// The receipt, which the next push returns.
    pub receipt: String,
    /// Milliseconds after which the machine pushes again.
    pub again_after_ms: u64,
    /// Most responses of a push.
    pub most: usize,
}

/// A response that can never be taken.
#[derive(Serialize, ToSchema)]
pub struct RefusedResponse {
    /// Its revision.
    pub r: u64,
    /// Why.
    pub reason: String,
}

/// Another token of a machine.
#[derive(Serialize, ToSchema)]
pub struct NewToken {
    /// The token. The one before is valid for a day more.
    pub token: String,
}

/// A machine that was removed at its own request.
#[derive(Serialize, ToSchema)]
pub struct LeftMachine {
    /// Its id.
    pub machine: String,
}
