//! Read-only links: a scope, an end, and the hash of a secret.
//!
//! The secret is shown once, when the link is created, and is not stored. It is random and as long as the hash, so that
//! the hash needs no salt and no slow function.

use crate::error::FieldFault;
use crate::records::Kind;
use ctm_types::EpochMs;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Milliseconds of an hour.
const HOUR_MS: i64 = 60 * 60 * 1000;

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// The usage that a link shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum LinkScope {
    /// All usage.
    Everything,
    /// Usage of a project, by the name that reports show.
    Project(String),
    /// Usage of a Claude home, by canonical path, or of all homes with a label.
    Home(String),
}

/// A read-only link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What the person calls it.
    pub name: String,
    /// The usage that it shows.
    pub scope: LinkScope,
    /// Whether it shows the names of projects, branches and MCP tools.
    pub names: bool,
    /// Its end, in UTC epoch milliseconds, exclusive.
    pub ends_at_ms: i64,
    /// Its last use, in UTC epoch milliseconds and rounded down to minutes; `None` before the first.
    pub last_used_at_ms: Option<i64>,
    /// SHA-256 of the secret, in hexadecimal digits.
    pub secret_hash: String,
}

impl Link {
    /// Hours for which a link can be valid: an hour to 90 days.
    pub const HOURS: std::ops::RangeInclusive<u32> = 1..=90 * 24;

    /// Creates a link that is valid for some hours from `now`, and its secret in hexadecimal digits.
    ///
    /// # Panics
    ///
    /// Panics when the system has no random bytes.
    #[must_use]
    pub fn create(name: &str, scope: LinkScope, names: bool, hours: u32, now: EpochMs) -> (Self, String) {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes).expect("the system has random bytes");
        let secret = hex::encode(bytes);
        let link = Self {
            name: name.trim().to_owned(),
            scope,
            names,
            ends_at_ms: now.0 + i64::from(hours) * HOUR_MS,
            last_used_at_ms: None,
            secret_hash: hash_of(&secret),
        };
        (link, secret)
    }

    /// Returns whether the link is valid at a time.
    #[must_use]
    pub fn is_valid_at(&self, now: EpochMs) -> bool {
        now.0 < self.ends_at_ms
    }
}

/// Returns the hash of a secret, as links store it.
#[must_use]
pub fn hash_of(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

impl Kind for Link {
    const NAME: &'static str = "link";
    const MOST: usize = 50;

    fn faults(&self) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        if !(1..=LONGEST_NAME).contains(&self.name.chars().count()) {
            let message = format!("the name must have 1 to {LONGEST_NAME} characters");
            faults.push(FieldFault { field: "name", message });
        }
        if let LinkScope::Project(name) | LinkScope::Home(name) = &self.scope
            && name.is_empty()
        {
            let message = "the scope must name a project or a home".to_owned();
            faults.push(FieldFault { field: "scope", message });
        }
        faults
    }
}
