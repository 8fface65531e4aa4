//! Room for what clients have the server keep.
//!
//! Every connection has a little for itself. What is beyond it, long heads and bodies of requests, and
//! answers that are not sent, has to fit into a room that all share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that all requests may take, beyond what is free.
const REQUESTS: usize = 4 << 20;

/// Bytes that all answers may take, beyond what is free.
const ANSWERS: usize = 16 << 20;

/// Bytes that a request or an answer takes for free.
pub(crate) const FREE: usize = 4 << 10;

/// The rooms of a server.
#[derive(Debug)]
pub(crate) struct Rooms {
    /// Heads and bodies of requests.
    pub(crate) requests: Arc<Room>,
    /// Answers that are not sent.
    pub(crate) answers: Arc<Room>,
}

/// A number of bytes that all connections share.
#[derive(Debug)]
pub(crate) struct Room {
    most: usize,
    taken: AtomicUsize,
}

/// Bytes that are taken of a room, until this is dropped.
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

    /// Takes bytes, unless the room is full. The last ones to come in may be more than there is room for:
    /// an answer of any length can be sent when there is no other.
    pub(crate) fn take(self: &Arc<Self>, bytes: usize) -> Option<Charge> {
        if self.taken.load(Ordering::Relaxed) >= self.most {
            return None;
        }
        let mut charge = Charge { room: Arc::clone(self), bytes: 0 };
        charge.set(bytes);
        Some(charge)
    }

    /// Returns whether more than half of the room is taken, so that what is taken has to be given back soon.
    fn is_scarce(&self) -> bool {
        self.taken.load(Ordering::Relaxed) > self.most / 2
    }
}

impl Charge {
    /// Takes so many bytes in place of what was taken.
    pub(crate) fn set(&mut self, bytes: usize) {
        self.room.taken.fetch_add(bytes, Ordering::Relaxed);
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = bytes;
    }

    /// Returns whether others need what is taken here.
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
