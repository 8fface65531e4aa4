//! What changed, for those who watch.
//!
//! Every commit that changes a report is an update with the next number. A watcher waits for a
//! newer number and then takes all updates that it has not seen, merged: a slow one never makes a
//! queue grow.

use ctm_storage::{Applied, Change};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// Updates that are kept for watchers that are behind.
const KEPT: usize = 256;

/// A commit that changed something.
#[derive(Debug, Clone)]
struct Update {
    seq: u64,
    changed: Vec<Change>,
}

/// Hands updates to watchers.
#[derive(Debug)]
pub struct Live {
    latest: watch::Sender<Latest>,
    updates: Mutex<VecDeque<Update>>,
}

/// The newest update.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latest {
    /// Its number; 0 before the first.
    pub seq: u64,
    /// The data version that it led to.
    pub data_version: u64,
}

impl Live {
    /// Begins with the data version that was found.
    #[must_use]
    pub fn new(data_version: u64) -> Self {
        let latest = Latest { seq: 0, data_version };
        Self { latest: watch::Sender::new(latest), updates: Mutex::new(VecDeque::new()) }
    }

    /// Tells watchers about a commit, if it changed anything.
    pub fn publish(&self, applied: &Applied) {
        if applied.changed.is_empty() {
            return;
        }
        let mut updates = self.updates.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = self.latest.borrow().seq + 1;
        updates.push_back(Update { seq, changed: applied.changed.clone() });
        while updates.len() > KEPT {
            updates.pop_front();
        }
        drop(updates);
        self.latest.send_replace(Latest { seq, data_version: applied.data_version });
    }

    /// Tells watchers that the data have a newer version than the last update led to: another
    /// process stored something, and what it was is not known here.
    pub fn catch_up(&self, data_version: u64) {
        self.latest.send_if_modified(|latest| {
            let behind = latest.data_version < data_version;
            if behind {
                *latest = Latest { seq: latest.seq + 1, data_version };
            }
            behind
        });
    }

    /// Returns the newest update, now and later.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Latest> {
        self.latest.subscribe()
    }

    /// Returns everything that changed after the update `seq`, as far as it is still known.
    #[must_use]
    pub fn changed_since(&self, seq: u64) -> BTreeSet<Change> {
        let updates = self.updates.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = updates.iter().filter(|update| update.seq > seq);
        newer.flat_map(|update| update.changed.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::{Conversation, Slot};
    use std::sync::Arc;

    fn applied(data_version: u64, sessions: &[&str]) -> Applied {
        let changed = sessions.iter().map(|session| Change {
            slot: Slot(0),
            conversation: Arc::new(Conversation {
                session: (*session).to_owned(),
                ..Conversation::default()
            }),
            billing: Arc::default(),
        });
        Applied { data_version, changed: changed.collect(), stale: Vec::new() }
    }

    #[test]
    fn a_slow_watcher_gets_everything_it_missed_at_once() {
        let live = Live::new(7);
        let watcher = live.subscribe();
        live.publish(&applied(8, &["a", "b"]));
        live.publish(&applied(8, &[]));
        live.publish(&applied(9, &["a", "c"]));
        assert_eq!(*watcher.borrow(), Latest { seq: 2, data_version: 9 });
        let sessions = |seq| {
            live.changed_since(seq)
                .iter()
                .map(|change| change.conversation.session.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (sessions(0), sessions(1)),
            (vec!["a".to_owned(), "b".to_owned(), "c".to_owned()], vec!["a".to_owned(), "c".to_owned()])
        );
        assert!(sessions(2).is_empty());
    }

    #[test]
    fn what_another_process_stored_is_an_update_without_details() {
        let live = Live::new(7);
        live.catch_up(7);
        assert_eq!(*live.subscribe().borrow(), Latest { seq: 0, data_version: 7 });
        live.catch_up(9);
        assert_eq!(*live.subscribe().borrow(), Latest { seq: 1, data_version: 9 });
        assert!(live.changed_since(0).is_empty());
    }

    #[test]
    fn old_updates_are_forgotten() {
        let live = Live::new(0);
        for version in 0..1_000 {
            live.publish(&applied(version, &[&version.to_string()]));
        }
        assert_eq!(live.changed_since(0).len(), KEPT);
    }
}
