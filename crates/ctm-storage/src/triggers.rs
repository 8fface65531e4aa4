//! The journal of responses that changed, which triggers keep.
//!
//! # Design
//!
//! What a machine claims of a response depends on several tables, which many statements change. Triggers see all of them, in the
//! transaction of the change; they exist only while there is a hub to push to, so that nobody else pays for them.
//!
//! The journal has each response once, at its last change: a claim is read when it is sent, and an older state of it is of no
//! use. So all entries are kept, whatever a hub has acknowledged: one that goes back finds what it lacks, and a hub that is new
//! or lost everything begins at the first one. An entry names the hash of a key, by which further parts are found too; two
//! responses with one hash are sent together.
//!
//! A first reading that leaves out indexes ([`crate::loading`]) does not begin while there is a hub.

use ctm_sqlite::sql::{Statements, execute, one, script, values};

/// A trigger that renews the entries of responses.
macro_rules! renewing {
    ($name:literal, $when:literal, $keys:literal) => {
        [
            concat!("DROP TRIGGER IF EXISTS ", $name),
            concat!(
                "CREATE TRIGGER ",
                $name,
                " AFTER ",
                $when,
                "\nBEGIN\n    DELETE FROM push_journal WHERE key_hash IN (",
                $keys,
                ");\n    INSERT INTO push_journal (key_hash) ",
                $keys,
                ";\nEND"
            ),
        ]
    };
}

/// The triggers: how each is dropped and created.
const TRIGGERS: [[&str; 2]; 8] = [
    renewing!("push_event_new", "INSERT ON event", "SELECT NEW.key_hash"),
    renewing!(
        "push_event_changed",
        "UPDATE OF key_hash, at_ms, conversation_id, billing_id, input, output, cache_read, cache_write_5m, cache_write_1h,
    web_searches, ttl_assumed, final, winner_more_output, winner_embedded, winner_sidechain, winner_in_own_file,
    witness_output ON event",
        "SELECT NEW.key_hash"
    ),
    [
        "DROP TRIGGER IF EXISTS push_event_removed",
        "CREATE TRIGGER push_event_removed AFTER DELETE ON event
BEGIN
    DELETE FROM push_journal WHERE key_hash = OLD.key_hash;
    INSERT INTO push_journal (key_hash) SELECT DISTINCT key_hash FROM event WHERE key_hash = OLD.key_hash AND part = 0;
END",
    ],
    renewing!(
        "push_session_changed",
        "UPDATE OF start_project_id ON session
WHEN OLD.start_project_id IS NOT NEW.start_project_id",
        "SELECT DISTINCT key_hash FROM conversation CROSS JOIN event ON conversation_id = conversation.id
        WHERE session_id = NEW.id AND part = 0"
    ),
    renewing!(
        "push_call_new",
        "INSERT ON tool_call
WHEN EXISTS (SELECT 1 FROM call_searches WHERE id = NEW.id)",
        "SELECT key_hash FROM event WHERE id = NEW.event_id"
    ),
    renewing!(
        "push_searches_new",
        "INSERT ON call_searches",
        "SELECT DISTINCT key_hash FROM tool_call CROSS JOIN event ON event.id = event_id WHERE tool_call.id = NEW.id"
    ),
    renewing!(
        "push_searches_changed",
        "UPDATE ON call_searches",
        "SELECT DISTINCT key_hash FROM tool_call CROSS JOIN event ON event.id = event_id WHERE tool_call.id = NEW.id"
    ),
    renewing!(
        "push_conversation_changed",
        "UPDATE ON conversation",
        "SELECT DISTINCT key_hash FROM event WHERE conversation_id = NEW.id AND part = 0"
    ),
];

/// Returns whether the statement of a trigger is one of these.
pub(crate) fn is_ours(statement: &str) -> bool {
    TRIGGERS.iter().any(|[_, create]| *create == statement)
}

/// Returns whether the triggers exist: whether there is a hub to push to.
pub(crate) async fn are_needed(on: &mut impl Statements) -> sqlx::Result<bool> {
    let (are_needed,): (bool,) = one(on, "SELECT EXISTS (SELECT 1 FROM push_target)", values![]).await?;
    Ok(are_needed)
}

/// Creates the triggers.
pub(crate) async fn create(on: &mut impl Statements) -> sqlx::Result<()> {
    for [drop, create] in TRIGGERS {
        execute(on, drop, values![]).await?;
        execute(on, create, values![]).await?;
    }
    Ok(())
}

/// Creates the triggers, and a journal of all responses.
pub(crate) async fn begin(on: &mut impl Statements) -> sqlx::Result<()> {
    create(on).await?;
    renew(on).await
}

/// Replaces the journal by one of all responses, whose entries are later than all before.
pub(crate) async fn renew(on: &mut impl Statements) -> sqlx::Result<()> {
    const ALL: &str = "DELETE FROM push_journal;
         INSERT INTO push_journal (key_hash) SELECT key_hash FROM event WHERE part = 0 GROUP BY key_hash ORDER BY min(id)";
    script(on, ALL).await
}

/// Removes the triggers and the journal.
pub(crate) async fn end(on: &mut impl Statements) -> sqlx::Result<()> {
    for [drop, _] in TRIGGERS {
        execute(on, drop, values![]).await?;
    }
    script(on, "DELETE FROM push_journal; DELETE FROM push_project").await
}
