//! How much of a response leaves the machine.
//!
//! | level | project | session | time |
//! |---|---|---|---|
//! | `totals` | none | none | quarter of an hour |
//! | `hashed` | a hash of its name | a hash | exact |
//! | `names` | its name: the last component of its path | a hash | exact |
//!
//! A name with an `@` is hashed at every level, as it may be an address of a person.

use crate::Pepper;
use ctm_types::{ClaimRank, DisclosedConversation, EpochMs, MachineClaim, Part, ResponseKey, Slot};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// How much of a response leaves the machine; the later levels disclose more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Tokens, models and versions of Claude Code by quarters of an hour.
    Totals,
    /// Sessions and projects as hashes besides, and exact times.
    Hashed,
    /// Names of projects besides.
    Names,
}

/// A name that is none of a level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no level of disclosure; there are `totals`, `hashed` and `names`")]
pub struct UnknownLevel(pub String);

impl Level {
    /// The levels, from the least disclosed to the most.
    pub const ALL: [Self; 3] = [Self::Totals, Self::Hashed, Self::Names];

    /// Returns the public name of the level.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Totals => "totals",
            Self::Hashed => "hashed",
            Self::Names => "names",
        }
    }

    /// Returns what the machine claims of a response at this level.
    #[must_use]
    pub fn disclose(self, pepper: &Pepper, response: &KnownResponse<'_>) -> MachineClaim {
        let KnownResponse { key, revision, rank, at_ms, parts, session, project, version, sidechain } =
            *response;
        let conversation = DisclosedConversation {
            session: (self >= Self::Hashed).then(|| pepper.session(session)),
            project: self.project(pepper, project),
            version: version.map(str::to_owned),
            sidechain,
        };
        MachineClaim {
            key: pepper.digest(key),
            revision,
            rank,
            at_ms: if self >= Self::Hashed { at_ms } else { Slot::of(at_ms).start() },
            parts: parts.to_vec(),
            conversation: Arc::new(conversation),
        }
    }

    fn project(self, pepper: &Pepper, path: &str) -> Option<String> {
        let name = last_component(path)?;
        match self {
            Self::Totals => None,
            Self::Names if !name.contains('@') => Some(name.to_owned()),
            Self::Hashed | Self::Names => Some(pepper.project(name)),
        }
    }
}

/// Returns the last component of a path of any system.
fn last_component(path: &str) -> Option<&str> {
    path.rsplit(['/', '\\']).find(|component| !component.is_empty())
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(name: &str) -> Result<Self, UnknownLevel> {
        let level = Self::ALL.into_iter().find(|level| level.name() == name);
        level.ok_or_else(|| UnknownLevel(name.to_owned()))
    }
}

/// A response as a machine knows it, of which a level discloses a part.
#[derive(Debug, Clone, Copy)]
pub struct KnownResponse<'a> {
    /// Its key.
    pub key: &'a ResponseKey,
    /// Rises whenever the machine knows something else of it.
    pub revision: u64,
    /// Rank of its winning copy.
    pub rank: ClaimRank,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Its billed parts.
    pub parts: &'a [Part],
    /// Id of its session.
    pub session: &'a str,
    /// Path of its project.
    pub project: &'a str,
    /// Version of Claude Code.
    pub version: Option<&'a str>,
    /// `true` for the conversation of a subagent, `false` for the main one.
    pub sidechain: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_has_a_name_and_no_other_text_is_one() {
        for level in Level::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert_eq!("all".parse::<Level>(), Err(UnknownLevel("all".to_owned())));
    }

    #[test]
    fn the_name_of_a_project_is_the_last_component_of_its_path() {
        let check = |path: &str, name: Option<&str>| {
            assert_eq!(Level::Names.project(&Pepper::new(b""), path).as_deref(), name, "{path}");
        };
        check("/home/a/secret/work", Some("work"));
        check("C:\\Users\\a\\work\\", Some("work"));
        check("work", Some("work"));
        check("", None);
        check("/", None);
        let hashed = Level::Hashed.project(&Pepper::new(b""), "/x/a@b.example");
        check("/home/a@b.example", hashed.as_deref());
        assert!(hashed.is_some_and(|hash| !hash.contains('@')));
    }
}
