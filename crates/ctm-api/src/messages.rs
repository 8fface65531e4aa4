//! Messages in both directions. `docs/websocket.md` describes them for clients.

use crate::health::{HealthUpdate, Ingest};
use crate::protocol::NUMBER;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use ctm_aggregate::day_of_slot;
use ctm_facts::SessionProjects;
use ctm_ingest::live::Changes;
use ctm_report::{ReportError, wire};
use ctm_types::printable::{one_line, with_causes};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeSet;

/// Maximum number of changes and of sessions in an update; a client that needs more fetches everything.
pub const MOST_NAMED: usize = 200;

/// The data of a message of the server.
pub trait ServerMessage: Serialize {
    /// The `type` of the message.
    const TYPE: &'static str;
}

/// Returns a message: its data in an envelope.
#[expect(clippy::missing_panics_doc, reason = "it cannot panic, see `expect`")]
pub fn message<T: ServerMessage>(seq: u64, at: DateTime<Utc>, data: &T) -> String {
    let envelope = Envelope { v: NUMBER, r#type: T::TYPE, seq, at: wire::Time(at), data };
    serde_json::to_string(&envelope).expect("texts, numbers and lists are always JSON")
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    v: u8,
    r#type: &'static str,
    seq: u64,
    at: wire::Time,
    data: &'a T,
}

/// The first message of a connection.
#[derive(Serialize)]
pub struct Connected<'a> {
    /// The version of `ctm`.
    pub server_version: &'static str,
    /// The version of the protocol.
    pub protocol: u8,
    /// The run of the server.
    pub instance_id: &'a str,
    /// The newest event.
    pub seq: u64,
    /// The version of the data.
    pub data_version: u64,
    /// Seconds between heartbeats.
    pub heartbeat_s: u64,
}

/// The topic `stats`.
#[derive(Serialize)]
pub struct StatsUpdate<'a> {
    data_version: u64,
    tz: &'static str,
    changed: BTreeSet<Changed<'a>>,
    session_ids: BTreeSet<&'a str>,
    more: bool,
    today: &'a wire::Usage,
    totals: &'a wire::Usage,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Changed<'a> {
    date: NaiveDate,
    project: String,
    model: &'a str,
}

/// Usage of a zone, as of a data version.
#[derive(Debug)]
pub struct Figures {
    /// The version of the data.
    pub data_version: u64,
    /// Usage of today.
    pub today: wire::Usage,
    /// Usage of all time.
    pub totals: wire::Usage,
}

impl<'a> StatsUpdate<'a> {
    /// Creates the message from the changes, by days of a zone, and the present usage.
    #[must_use]
    pub fn new(changes: &'a Changes, tz: Tz, figures: &'a Figures, projects: &SessionProjects) -> Self {
        let changed = changes.named.iter().map(|change| Changed {
            date: day_of_slot(change.slot, tz),
            project: projects.name(&change.conversation.session, &change.conversation.folder),
            model: &change.billing.model,
        });
        let (changed, more_changed) = some_of(changed);
        let (session_ids, more_sessions) = some_of(session_ids(changes));
        Self {
            data_version: figures.data_version,
            tz: tz.name(),
            changed,
            session_ids,
            more: changes.more || more_changed || more_sessions,
            today: &figures.today,
            totals: &figures.totals,
        }
    }
}

/// Returns the session of every change.
pub fn session_ids(changes: &Changes) -> impl Iterator<Item = &str> {
    changes.named.iter().map(|change| change.conversation.session.as_str())
}

/// Returns the limited number of distinct items, and whether there are more.
fn some_of<T: Ord>(items: impl Iterator<Item = T>) -> (BTreeSet<T>, bool) {
    let mut some = BTreeSet::new();
    for item in items {
        if some.len() == MOST_NAMED && !some.contains(&item) {
            return (some, true);
        }
        some.insert(item);
    }
    (some, false)
}

/// The topic `sessions`.
#[derive(Serialize)]
pub struct SessionsUpdate {
    /// The version of the data.
    pub data_version: u64,
    /// The sessions, most recently used first.
    pub items: Vec<wire::Session>,
    /// `true` if there are more.
    pub more: bool,
}

/// The topic `blocks`.
#[derive(Serialize)]
pub struct BlockUpdate {
    /// The version of the data.
    pub data_version: u64,
    /// The active block.
    pub current: Option<wire::Block>,
}

/// The topic `limits`.
#[derive(Serialize)]
pub struct LimitsUpdate {
    /// The present limits.
    pub current: Option<wire::CurrentLimits>,
    /// The prompt caches of sessions.
    pub caches: Vec<wire::PromptCache>,
}

/// The topic `personal`.
#[derive(Serialize)]
pub struct PersonalUpdate {
    /// The version of the personal records.
    pub version: u64,
}

/// A change of the data, for a visitor with a read-only link; it contains no figures.
#[derive(Serialize)]
pub struct DataUpdate {
    /// The version of the data.
    pub data_version: u64,
}

/// A heartbeat.
#[derive(Serialize)]
pub struct Ping<'a> {
    /// Nonce of the ping.
    pub nonce: &'a str,
}

/// The reply to a ping, with the same data.
#[derive(Serialize)]
pub struct Pong<'a>(pub Option<&'a RawValue>);

/// The way in which missed events are sent to a client.
#[derive(Serialize)]
pub struct Resynced {
    /// `replay` or `full`.
    pub mode: &'static str,
}

/// Reason of a refusal.
#[derive(Serialize)]
pub struct Refusal {
    /// Type of the error, for programs.
    pub r#type: &'static str,
    /// Short description.
    pub title: &'static str,
    /// Description with details.
    pub detail: String,
    /// `true` if the connection is closed afterwards.
    pub fatal: bool,
}

impl ServerMessage for Connected<'_> {
    const TYPE: &'static str = "connected";
}

impl ServerMessage for DataUpdate {
    const TYPE: &'static str = "data_update";
}

impl ServerMessage for StatsUpdate<'_> {
    const TYPE: &'static str = "stats_update";
}

impl ServerMessage for SessionsUpdate {
    const TYPE: &'static str = "sessions_update";
}

impl ServerMessage for BlockUpdate {
    const TYPE: &'static str = "block_update";
}

impl ServerMessage for LimitsUpdate {
    const TYPE: &'static str = "limits_update";
}

impl ServerMessage for Ingest {
    const TYPE: &'static str = "ingest";
}

impl ServerMessage for HealthUpdate {
    const TYPE: &'static str = "health";
}

impl ServerMessage for PersonalUpdate {
    const TYPE: &'static str = "personal_update";
}

impl ServerMessage for Ping<'_> {
    const TYPE: &'static str = "ping";
}

impl ServerMessage for Pong<'_> {
    const TYPE: &'static str = "pong";
}

impl ServerMessage for Resynced {
    const TYPE: &'static str = "resync";
}

impl ServerMessage for Refusal {
    const TYPE: &'static str = "error";
}

impl Refusal {
    /// Returns the refusal `malformed`.
    #[must_use]
    pub fn malformed(detail: &impl ToString) -> Self {
        Self::of("malformed", "Invalid message", &detail.to_string())
    }

    /// Returns the refusal `unknown_type`.
    #[must_use]
    pub fn unknown_type(r#type: &str) -> Self {
        let shown: String = r#type.chars().take(100).collect();
        let detail = format!("unknown type `{shown}`; known: ping, pong, subscribe, resync");
        Self::of("unknown_type", "Invalid message", &detail)
    }

    /// Returns the refusal `unknown_topic`.
    #[must_use]
    pub fn unknown_topic(detail: &str) -> Self {
        Self::of("unknown_topic", "Unknown topic", detail)
    }

    /// Returns the refusal `unknown_zone`.
    #[must_use]
    pub fn unknown_zone(name: &str) -> Self {
        let shown: String = name.chars().take(100).collect();
        Self::of("unknown_zone", "Unknown time zone", &format!("`{shown}` is not an IANA time zone"))
    }

    /// Returns the refusal `unsupported_version`.
    #[must_use]
    pub fn unsupported_version() -> Self {
        let detail = "the server speaks version 1 of the protocol, ctm.v1";
        let refusal = Self::of("unsupported_version", "The version is not supported", detail);
        Self { fatal: true, ..refusal }
    }

    /// Returns the refusal `unavailable`.
    #[must_use]
    pub fn unavailable(error: &ReportError) -> Self {
        Self::of("unavailable", "The database cannot be read", &with_causes(error))
    }

    fn of(r#type: &'static str, title: &'static str, detail: &str) -> Self {
        // It quotes the client's text, which is made safe to show.
        Self { r#type, title, detail: one_line(detail).into_owned(), fatal: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_facts::CommitChange;
    use ctm_types::{Conversation, Slot};
    use std::sync::Arc;

    fn changes(sessions: usize) -> Changes {
        let change = |number: usize| CommitChange {
            slot: Slot(0),
            conversation: Arc::new(Conversation {
                session: format!("session {number}"),
                folder: format!("project {}", number % 2),
                ..Conversation::default()
            }),
            billing: Arc::default(),
        };
        Changes { named: (0..sessions).map(change).collect(), more: false }
    }

    #[test]
    fn updates_name_a_limited_number_and_report_more() {
        let none = wire::Usage::of(&ctm_aggregate::Amounts::default(), 0);
        let figures = Figures { data_version: 7, today: none.clone(), totals: none };
        let check = |sessions, more, expected: (usize, usize, bool)| {
            let changes = Changes { more, ..changes(sessions) };
            let update = StatsUpdate::new(&changes, Tz::UTC, &figures, &SessionProjects::default());
            assert_eq!((update.changed.len(), update.session_ids.len(), update.more), expected);
        };
        check(0, false, (0, 0, false));
        check(0, true, (0, 0, true));
        check(MOST_NAMED, false, (2, MOST_NAMED, false));
        check(MOST_NAMED + 1, false, (2, MOST_NAMED, true));
    }
}
