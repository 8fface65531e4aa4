//! Machines whose usage is imported.

use super::Time;
use ctm_facts::StoredMachine;
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
