//! Which entries of its journal a machine pushes.
//!
//! # Design
//!
//! A machine numbers its changes from 1, in a journal with a random id. The hub stores up to which number it has them, in the
//! transaction that stores the claims, and answers with a receipt. The next push has that receipt: two machines with one identity,
//! or a machine that was restored from a backup, have receipts that do not follow one another.

use std::fmt;

/// The identity of a journal: random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JournalId(pub [u8; 16]);

/// A part of a machine's journal: the entries after `from` up to and including `to`. It is one section of at most
/// [`crate::MOST_CLAIMS`] claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The journal.
    pub journal: JournalId,
    /// The last entry before it.
    pub from: u64,
    /// Its last entry.
    pub to: u64,
    /// The receipt of the push before; absent from the first one.
    pub receipt: Option<String>,
}

impl Push {
    /// The greatest number of an entry.
    pub const MOST_ENTRIES: u64 = (1 << Self::ENTRY_BITS) - 1;

    /// The greatest epoch: a revision is stored as a signed number.
    pub const MOST_EPOCHS: u64 = (1 << (63 - Self::ENTRY_BITS)) - 1;

    const ENTRY_BITS: u32 = 44;

    /// Returns the revision of a claim. Those of a later epoch are greater than all of an earlier one.
    #[must_use]
    pub fn revision(epoch: u64, entry: u64) -> u64 {
        epoch.min(Self::MOST_EPOCHS) << Self::ENTRY_BITS | entry.min(Self::MOST_ENTRIES)
    }

    /// Returns the epoch of a revision.
    #[must_use]
    pub fn epoch(revision: u64) -> u64 {
        revision >> Self::ENTRY_BITS
    }
}

impl JournalId {
    /// Returns the identity of 32 hexadecimal digits; `None` if a text is something else.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(digits, &mut bytes).ok().map(|()| Self(bytes))
    }
}

impl fmt::Display for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_of_a_later_epoch_is_greater_and_can_be_stored() {
        let revision = Push::revision(2, 7);
        assert_eq!((Push::epoch(revision), revision & Push::MOST_ENTRIES), (2, 7));
        assert!(Push::revision(1, u64::MAX) < Push::revision(2, 0));
        assert_eq!(Push::revision(u64::MAX, u64::MAX), i64::MAX.cast_unsigned());
    }
}
