//! Stamps of the known transcripts, in a few bytes each.
//!
//! # Design
//!
//! A home can have hundreds of thousands of transcripts, of which a look finds a few changed. So no path
//! and no checkpoint is kept in memory: a transcript is known by a hash of its path, and is unchanged as
//! long as a hash of what the system says of it is. What else was known of one that changed is in the
//! database. Two transcripts of equal hash would be read again at every look, and no fact be lost.
//!
//! A transcript of which everything was forgotten is stored under a hash of its path. From the first time
//! that anything is forgotten, all are known by that hash.

use ctm_reader::{ClaudeHome, TranscriptFile};
use ctm_storage::{KnownFile, is_sealed, sealed};
use ctm_types::{Batch, Checkpoint, FileIdentity, TranscriptPath};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

/// What is known of all transcripts of the homes.
#[derive(Debug)]
pub(super) struct KnownFiles {
    /// The index of each home.
    homes: HashMap<Arc<str>, u16>,
    /// Keyed in a way that nobody can foresee, because anybody can choose names of files.
    hasher: RandomState,
    /// Whether anything was ever forgotten.
    has_forgotten: bool,
    files: HashMap<u64, Known>,
    /// The number of the look that is under way.
    look: u32,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    /// Hash of identity, size and time of modification; 0 when they are not to be relied on.
    stamp: u64,
    offset_bytes: u64,
    /// The last look that met it.
    look: u32,
    /// The index of its home.
    home: u16,
    gone: bool,
    agent_kind_missing: bool,
}

/// What is known of a transcript that a look met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// It was read as it is.
    Unchanged {
        /// Whether it was gone.
        came_back: bool,
    },
    /// It was read so far, and there may be more.
    Changed {
        /// How far.
        offset_bytes: u64,
    },
    /// It was never read.
    New,
}

impl KnownFiles {
    /// Returns what is known before anything is: nothing.
    pub(super) fn new(homes: &[ClaudeHome], has_forgotten: bool) -> Self {
        let homes = homes.iter().zip(0..).map(|(home, index)| (Arc::clone(&home.name), index)).collect();
        Self { homes, hasher: RandomState::new(), has_forgotten, files: HashMap::new(), look: 0 }
    }

    /// Takes a transcript as it is stored, if it is of one of the homes.
    pub(super) fn load(&mut self, file: &KnownFile) {
        let Some(&home) = self.homes.get(&file.path.root) else { return };
        let stamp = self.stamp(file.identity, file.size_bytes, file.modified_ns);
        let KnownFile { offset_bytes, gone, agent_kind_missing, .. } = *file;
        let known = Known { stamp, offset_bytes, look: 0, home, gone, agent_kind_missing };
        self.files.insert(self.key(&file.path), known);
    }

    /// Begins a look at a home, or at a part of one.
    pub(super) fn begin_look(&mut self) {
        self.look = self.look.wrapping_add(1).max(1);
    }

    /// Takes note that a transcript is there, and returns what is known of it.
    pub(super) fn meet(&mut self, file: &TranscriptFile) -> Met {
        let stamp = self.stamp(file.identity, file.size_bytes, file.modified_ns);
        let key = self.key(&file.path);
        let Some(known) = self.files.get_mut(&key) else { return Met::New };
        known.look = self.look;
        let kind_is_new = || known.agent_kind_missing && file.meta().is_some_and(|meta| meta.exists());
        if known.stamp != stamp || kind_is_new() {
            return Met::Changed { offset_bytes: known.offset_bytes };
        }
        Met::Unchanged { came_back: std::mem::take(&mut known.gone) }
    }

    /// Returns, for each home, whether transcripts are known that the look did not meet.
    pub(super) fn missing(&self) -> Vec<bool> {
        let mut missing = vec![false; self.homes.len()];
        for known in self.files.values().filter(|known| known.look != self.look && !known.gone) {
            missing[usize::from(known.home)] = true;
        }
        missing
    }

    /// Takes note that a transcript is gone, unless the look met it. Returns whether it is gone now and
    /// was not before.
    pub(super) fn miss(&mut self, path: &TranscriptPath) -> bool {
        let look = self.look;
        let key = self.key(path);
        let known = self.files.get_mut(&key);
        let missed = known.filter(|known| known.look != look && !known.gone);
        missed.map(|known| known.gone = true).is_some()
    }

    /// Takes note that a batch was stored.
    pub(super) fn store(&mut self, batch: &Batch) {
        let Some(&home) = self.homes.get(&batch.file.root) else { return };
        let Checkpoint { identity, size_bytes, modified_ns, offset_bytes, .. } = batch.next;
        let stamp = self.stamp(identity, size_bytes, modified_ns);
        let agent_kind_missing = batch.agent.as_ref().is_some_and(|agent| agent.kind.is_none());
        let known = Known { stamp, offset_bytes, look: self.look, home, gone: false, agent_kind_missing };
        self.files.insert(self.key(&batch.file), known);
    }

    /// Takes note that there is more in a transcript than is known here: the next look reads it.
    pub(super) fn distrust(&mut self, path: &TranscriptPath) {
        let key = self.key(path);
        if let Some(known) = self.files.get_mut(&key) {
            known.stamp = 0;
        }
    }

    fn key(&self, path: &TranscriptPath) -> u64 {
        if self.has_forgotten && !is_sealed(path) {
            self.hasher.hash_one(sealed(path))
        } else {
            self.hasher.hash_one(path)
        }
    }

    fn stamp(&self, identity: FileIdentity, size_bytes: u64, modified_ns: i64) -> u64 {
        self.hasher.hash_one((identity, size_bytes, modified_ns)).max(1)
    }
}
