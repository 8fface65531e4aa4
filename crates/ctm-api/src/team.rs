//! The bodies of `/team`, for the person who has a hub.

use ctm_report::wire::{TeamMachine, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The machines of a hub.
#[derive(Serialize, ToSchema)]
pub struct Team {
    /// `true` if the server is a hub. Machines enrol and push only then.
    pub hub: bool,
    /// The machines that enrolled, by name.
    pub machines: Vec<TeamMachine>,
}

/// A request for an invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeamInvite {
    /// Hours until its end: 1 to 2160.
    #[serde(default = "day")]
    #[schema(required = false, default = 24, minimum = 1, maximum = 2160)]
    pub hours: u32,
    /// Machines that can enrol with it: 1 to 10000.
    #[serde(default = "one")]
    #[schema(required = false, default = 1, minimum = 1, maximum = 10_000)]
    pub uses: u32,
    /// How much they are to disclose.
    #[serde(default)]
    #[schema(required = false, default = "names")]
    pub level: Disclosure,
}

/// How much a machine discloses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disclosure {
    /// Totals by quarter of an hour.
    Totals,
    /// Hashes of projects and sessions.
    Hashed,
    /// Names of projects, and hashes of sessions.
    #[default]
    Names,
}

/// An invite.
#[derive(Serialize, ToSchema)]
pub struct TeamInvite {
    /// The code with which machines enrol, which is shown only here.
    pub code: String,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Time,
}

impl Disclosure {
    /// Returns the name of the level.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Totals => "totals",
            Self::Hashed => "hashed",
            Self::Names => "names",
        }
    }
}

/// The reason why a server has no machines.
pub const NEEDS_HUB: &str = "the server is no hub; start it with `ctm serve --team`, or set CTM_TEAM=true";

fn day() -> u32 {
    24
}

fn one() -> u32 {
    1
}
