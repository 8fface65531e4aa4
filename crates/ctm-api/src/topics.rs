//! The topics that a client can subscribe to.

use std::collections::BTreeSet;

/// A topic of notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Totals, and their changes.
    Stats,
    /// Changed sessions.
    Sessions,
    /// The active block.
    Blocks,
    /// Official rate limits.
    Limits,
    /// Progress of reading.
    Ingest,
    /// Health of the server.
    Health,
    /// Personal records.
    Personal,
}

/// The topics of a client; they are sent in order.
pub type Topics = BTreeSet<Topic>;

impl Topic {
    const ALL: [Self; 7] =
        [Self::Stats, Self::Sessions, Self::Blocks, Self::Limits, Self::Ingest, Self::Health, Self::Personal];

    /// The default topic of a client.
    pub const DEFAULT: Self = Self::Stats;

    fn name(self) -> &'static str {
        match self {
            Self::Stats => "stats",
            Self::Sessions => "sessions",
            Self::Blocks => "blocks",
            Self::Limits => "limits",
            Self::Ingest => "ingest",
            Self::Health => "health",
            Self::Personal => "personal",
        }
    }

    /// Returns whether the topic depends on commits.
    #[must_use]
    pub fn follows_events(self) -> bool {
        !matches!(self, Self::Limits | Self::Ingest | Self::Health | Self::Personal)
    }

    /// Finds topics by their names.
    ///
    /// # Errors
    ///
    /// Fails with the unknown topic and the known ones.
    pub fn named(names: &[String]) -> Result<Topics, String> {
        let named = |name: &String| {
            Self::ALL.into_iter().find(|topic| topic.name() == name).ok_or_else(|| {
                let shown: String = name.chars().take(100).collect();
                format!("unknown topic `{shown}`; known: {}", Self::ALL.map(Self::name).join(", "))
            })
        };
        names.iter().map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_found_by_name_each_once() {
        let named =
            |names: &[&str]| Topic::named(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            named(&["ingest", "stats", "ingest"]).unwrap(),
            Topics::from([Topic::Stats, Topic::Ingest])
        );
        assert_eq!(named(&[]).unwrap(), Topics::new());
        let refusal = named(&["stats", "gossip"]).unwrap_err();
        assert!(refusal.starts_with("unknown topic `gossip`; known: stats, sessions, "), "{refusal}");
        assert_eq!(
            Topic::ALL.map(|topic| named(&[topic.name()]).unwrap()),
            Topic::ALL.map(|topic| [topic].into())
        );
    }
}
