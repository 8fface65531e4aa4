//! Other machines: those whose usage is imported, and those that push.

use super::Time;
use ctm_facts::{HubMachine, StoredMachine};
use serde::Serialize;
use utoipa::ToSchema;

/// The machines whose usage is imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Machines {
    /// The machines, by name.
    pub items: Vec<Machine>,
}

/// A machine whose usage is imported from files of facts. In reports it is the home `machine:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Machine {
    /// Its id: 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How much it discloses: `totals`, `hashed` or `names`.
    pub level: String,
    /// When its newest file was written.
    #[schema(value_type = String, format = DateTime)]
    pub exported_at: Time,
    /// When that file was imported.
    #[schema(value_type = String, format = DateTime)]
    pub imported_at: Time,
    /// Responses that it has.
    pub responses: u64,
    /// Of the responses, those that count as it has them. The others are on further machines too, and count there.
    pub counting: u64,
}

/// A machine that enrolled with a hub, and its last push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TeamMachine {
    /// Its id: 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How much it is to disclose: `totals`, `hashed` or `names`.
    pub level: String,
    /// Time of its enrolment.
    #[schema(value_type = String, format = DateTime)]
    pub enrolled_at: Time,
    /// `true` if its token was revoked: it cannot push until it enrols again.
    pub revoked: bool,
    /// Time of its last push; null before the first.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub pushed_at: Option<Time>,
    /// The last stored entry of its journal; 0 before the first push.
    pub acked: u64,
    /// Milliseconds by which its clock was behind that of the hub at the last push, negative if it was ahead; null before the first.
    pub skew_ms: Option<i64>,
    /// Program and version of the last push; null before the first.
    pub agent: Option<String>,
}

impl TeamMachine {
    /// Returns a machine as it is sent.
    #[must_use]
    pub fn of(machine: &HubMachine) -> Self {
        let HubMachine { id, name, level, is_revoked, acked, skew_ms, agent, .. } = machine.clone();
        Self {
            id: id.to_string(),
            name,
            level,
            enrolled_at: Time::of(machine.enrolled_at_ms),
            revoked: is_revoked,
            pushed_at: machine.pushed_at_ms.map(Time::of),
            acked,
            skew_ms,
            agent,
        }
    }
}

impl Machine {
    /// Returns a machine as it is sent.
    #[must_use]
    pub fn of(machine: &StoredMachine) -> Self {
        Self {
            id: machine.id.to_string(),
            name: machine.name.clone(),
            level: machine.level.clone(),
            exported_at: Time::of(machine.exported_at_ms),
            imported_at: Time::of(machine.imported_at_ms),
            responses: machine.responses,
            counting: machine.counting,
        }
    }
}
