//! Change events for subscribers.
//!
//! Every commit that changes a report is an event with the next number. A subscriber waits for a
//! newer number and then takes all events that it has not seen, merged: a slow one never makes a
//! queue grow. The last events are kept, so that a returning client can be sent what it missed.

use ctm_facts::{Applied, CommitChange};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Events that are kept for subscribers that lag behind or reconnect.
const KEPT: usize = 256;

/// Maximum number of changes that an event names. With more, as during the first reading, it names
/// none: subscribers have to query anyway, and the list stays small.
const MOST_NAMED: usize = 200;

/// A commit that changed something.
#[derive(Debug, Clone)]
struct Event {
    seq: u64,
    /// Its changes; `None` when they are too many, or unknown.
    named: Option<BTreeSet<CommitChange>>,
}

/// Changes of several events, merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Scopes with new or changed responses.
    pub named: BTreeSet<CommitChange>,
    /// `true` if anything else may have changed.
    pub more: bool,
}

/// Hands events to subscribers.
#[derive(Debug)]
pub struct Live {
    latest: watch::Sender<Latest>,
    /// The version of the limit samples, which are not events: they change no report.
    limits: watch::Sender<u64>,
    /// The version of the personal records, which change no report either.
    personal: watch::Sender<u64>,
    /// Consecutive events, up to the latest.
    events: Mutex<VecDeque<Event>>,
    seats: Arc<Semaphore>,
    most_clients: usize,
}

/// The newest event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latest {
    /// Its number; 0 before the first.
    pub seq: u64,
    /// The resulting data version.
    pub data_version: u64,
}

/// The permit of a connected client; released when dropped.
#[derive(Debug)]
pub struct ClientPermit(#[expect(dead_code, reason = "held, never looked at")] OwnedSemaphorePermit);

impl Live {
    /// Creates it with the present data version, and with permits for a given number of clients.
    #[must_use]
    pub fn new(data_version: u64, most_clients: usize) -> Self {
        Self {
            latest: watch::Sender::new(Latest { seq: 0, data_version }),
            limits: watch::Sender::new(0),
            personal: watch::Sender::new(0),
            events: Mutex::new(VecDeque::new()),
            seats: Arc::new(Semaphore::new(most_clients)),
            most_clients,
        }
    }

    /// Notifies subscribers of a commit, if it changed anything.
    pub fn publish(&self, applied: &Applied) {
        if !applied.changed.is_empty() {
            self.push(applied.data_version, named(&applied.changed));
        }
    }

    /// Notifies subscribers that the data version is newer than that of the last event: another process
    /// stored changes that are unknown here.
    pub fn catch_up(&self, data_version: u64) {
        if self.latest.borrow().data_version < data_version {
            self.push(data_version, None);
        }
    }

    /// Notifies subscribers that projects have other names; with the resulting data version, if it changed.
    pub fn projects_changed(&self, data_version: Option<u64>) {
        let latest = self.latest.borrow().data_version;
        self.push(data_version.unwrap_or(latest).max(latest), None);
    }

    /// Notifies subscribers of the version of the limit samples.
    pub fn tell_limits(&self, version: u64) {
        self.limits.send_if_modified(|known| std::mem::replace(known, version) != version);
    }

    /// Returns a receiver of the version of the limit samples.
    #[must_use]
    pub fn limits(&self) -> watch::Receiver<u64> {
        self.limits.subscribe()
    }

    /// Notifies subscribers of the version of the personal records.
    pub fn personal_changed(&self, version: u64) {
        self.personal.send_if_modified(|known| std::mem::replace(known, version) != version);
    }

    /// Returns a receiver of the version of the personal records.
    #[must_use]
    pub fn personal(&self) -> watch::Receiver<u64> {
        self.personal.subscribe()
    }

    /// Returns a receiver of the newest event.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Latest> {
        self.latest.subscribe()
    }

    /// Returns the merged changes of the events after `after`, up to the event `until`.
    #[must_use]
    pub fn changes(&self, after: u64, until: u64) -> Changes {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changes = Changes { more: !is_next(&events, after, until), ..Changes::default() };
        for event in events.iter().filter(|event| after < event.seq && event.seq <= until) {
            match &event.named {
                Some(named) => changes.named.extend(named.iter().cloned()),
                None => changes.more = true,
            }
        }
        changes
    }

    /// Returns whether every event after `after` is still kept, up to the event `until`.
    #[must_use]
    pub fn knows(&self, after: u64, until: u64) -> bool {
        is_next(&self.events.lock().unwrap_or_else(PoisonError::into_inner), after, until)
    }

    /// Returns a permit for a client, unless all are taken.
    #[must_use]
    pub fn enter(&self) -> Option<ClientPermit> {
        Arc::clone(&self.seats).try_acquire_owned().ok().map(ClientPermit)
    }

    /// Returns the number of connected clients.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.most_clients - self.seats.available_permits()
    }

    fn push(&self, data_version: u64, named: Option<BTreeSet<CommitChange>>) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = self.latest.borrow().seq + 1;
        events.push_back(Event { seq, named });
        if events.len() > KEPT {
            events.pop_front();
        }
        // While locked, so that a reader of the number finds the event.
        self.latest.send_replace(Latest { seq, data_version });
    }
}

/// Returns the changes, without duplicates, unless they are too many.
fn named(changed: &[CommitChange]) -> Option<BTreeSet<CommitChange>> {
    let mut named = BTreeSet::new();
    for change in changed {
        named.insert(change.clone());
        if named.len() > MOST_NAMED {
            return None;
        }
    }
    Some(named)
}

/// Returns whether the event after `after` is kept, or none exists up to `until`.
fn is_next(events: &VecDeque<Event>, after: u64, until: u64) -> bool {
    after == until || (after < until && events.front().is_some_and(|first| first.seq <= after + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::{Conversation, Slot};

    fn change(session: &str) -> CommitChange {
        let conversation = Conversation { session: session.to_owned(), ..Conversation::default() };
        CommitChange { slot: Slot(0), conversation: Arc::new(conversation), billing: Arc::default() }
    }

    fn applied(data_version: u64, sessions: &[&str]) -> Applied {
        let changed = sessions.iter().map(|session| change(session)).collect();
        Applied { data_version, changed, stale: Vec::new() }
    }

    fn sessions(changes: &Changes) -> Vec<&str> {
        changes.named.iter().map(|change| change.conversation.session.as_str()).collect()
    }

    #[test]
    fn a_slow_watcher_gets_everything_it_missed_at_once() {
        let live = Live::new(7, 1);
        let watcher = live.subscribe();
        live.publish(&applied(8, &["a", "b"]));
        live.publish(&applied(8, &[]));
        live.publish(&applied(9, &["a", "c"]));
        assert_eq!(*watcher.borrow(), Latest { seq: 2, data_version: 9 });
        let check = |after, until, expected: &[&str]| {
            let changes = live.changes(after, until);
            assert_eq!((sessions(&changes), changes.more), (expected.to_vec(), false));
        };
        check(0, 2, &["a", "b", "c"]);
        check(0, 1, &["a", "b"]);
        check(1, 2, &["a", "c"]);
        check(2, 2, &[]);
    }

    #[test]
    fn changes_of_another_process_are_an_event_without_details() {
        let live = Live::new(7, 1);
        live.catch_up(7);
        assert_eq!(*live.subscribe().borrow(), Latest { seq: 0, data_version: 7 });
        live.catch_up(9);
        live.publish(&applied(10, &["a"]));
        assert_eq!(*live.subscribe().borrow(), Latest { seq: 2, data_version: 10 });
        let changes = live.changes(0, 2);
        assert_eq!((sessions(&changes), changes.more), (vec!["a"], true));
        assert!(!live.changes(1, 2).more);
    }

    #[test]
    fn excessive_changes_are_not_listed() {
        let live = Live::new(0, 1);
        let many: Vec<_> = (0..=MOST_NAMED).map(|number| format!("session {number}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        live.publish(&applied(1, &many));
        live.publish(&applied(2, &many[1..]));
        live.publish(&applied(3, &["a"].repeat(10_000)));
        let check = |seq, named, more| {
            let changes = live.changes(seq - 1, seq);
            assert_eq!((changes.named.len(), changes.more), (named, more));
        };
        check(1, 0, true);
        check(2, MOST_NAMED, false);
        check(3, 1, false);
    }

    #[test]
    fn old_events_are_forgotten_and_that_is_known() {
        let live = Live::new(0, 1);
        for version in 1..=1_000 {
            live.publish(&applied(version, &[&version.to_string()]));
        }
        let oldest = 1_000 - KEPT as u64;
        let check =
            |after, until, expected| assert_eq!(live.knows(after, until), expected, "{after} {until}");
        check(oldest, 1_000, true);
        check(oldest - 1, 1_000, false);
        check(1_000, 1_000, true);
        check(1_001, 1_000, false);
        assert_eq!(
            (live.changes(oldest, 1_000).named.len(), live.changes(oldest, 1_000).more),
            (KEPT, false)
        );
        assert_eq!((live.changes(0, 1_000).named.len(), live.changes(0, 1_000).more), (KEPT, true));
    }

    #[test]
    fn there_are_as_many_seats_as_clients_may_come() {
        let live = Live::new(0, 2);
        let seats = [live.enter(), live.enter()];
        assert!(seats.iter().all(Option::is_some) && live.enter().is_none());
        assert_eq!(live.clients(), 2);
        drop(seats);
        assert_eq!((live.clients(), live.enter().is_some()), (0, true));
    }
}
