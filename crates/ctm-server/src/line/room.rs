//! Shared memory for the data of clients.
//!
//! Every connection has a small allowance of its own. All beyond it, long heads and bodies of requests and
//! unsent responses, must fit into a room that all share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes for all requests, beyond the free allowance.
const REQUESTS: usize = 4 << 20;

/// Bytes for all responses, beyond the free allowance.
const ANSWERS: usize = 16 << 20;

/// Free allowance of a request or a response, in bytes.
pub(crate) const FREE: usize = 4 << 10;

/// The rooms of a server.
#[derive(Debug)]
pub(crate) struct Rooms {
    /// Heads and bodies of requests.
    pub(crate) requests: Arc<Room>,
    /// Unsent responses.
    pub(crate) answers: Arc<Room>,
}

/// A number of bytes shared by all connections.
#[derive(Debug)]
pub(crate) struct Room {
    most: usize,
    taken: AtomicUsize,
}

/// Bytes that are taken from a room, until this is dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    room: Arc<Room>,
    bytes: usize,
}

impl Default for Rooms {
    fn default() -> Self {
        Self { requests: Room::of(REQUESTS), answers: Room::of(ANSWERS) }
    }
}

impl Room {
    fn of(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: AtomicUsize::new(0) })
    }

    /// Takes bytes, unless the room is full. The last charge may exceed the room: a response of any length
    /// can be sent if there is no other.
    pub(crate) fn take(self: &Arc<Self>, bytes: usize) -> Option<Charge> {
        if self.taken.load(Ordering::Relaxed) >= self.most {
            return None;
        }
        let mut charge = Charge { room: Arc::clone(self), bytes: 0 };
        charge.set(bytes);
        Some(charge)
    }

    /// Returns whether more than half of the room is taken, so that shares have to be released soon.
    fn is_scarce(&self) -> bool {
        self.taken.load(Ordering::Relaxed) > self.most / 2
    }
}

impl Charge {
    /// Replaces the number of taken bytes.
    pub(crate) fn set(&mut self, bytes: usize) {
        self.room.taken.fetch_add(bytes, Ordering::Relaxed);
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = bytes;
    }

    /// Returns whether other connections need the taken bytes.
    pub(super) fn is_wanted(&self) -> bool {
        self.bytes > 0 && self.room.is_scarce()
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_shared_and_given_back() {
        let room = Room::of(100);
        let mut first = room.take(50).unwrap();
        assert!(!first.is_wanted());
        let second = room.take(1_000).unwrap();
        assert!(room.take(0).is_none() && first.is_wanted());
        first.set(0);
        assert!(!first.is_wanted() && second.is_wanted());
        drop(second);
        assert!(room.take(100).is_some());
    }
}
