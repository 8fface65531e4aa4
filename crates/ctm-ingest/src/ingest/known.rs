//! Fingerprints of the known transcripts, in a few bytes each.
//!
//! # Design
//!
//! A home can have hundreds of thousands of transcripts, of which a scan finds a few changed. So no path
//! and no checkpoint is kept in memory: a transcript is identified by a hash of its path, and is unchanged as
//! long as the hash of its metadata is. Everything else about a changed one is in the
//! database. Two transcripts of equal hash would be read again at every scan, and no fact would be lost.
//!
//! A transcript whose facts were all forgotten is stored under a hash of its path. Once
//! anything is forgotten, all are identified by that hash.

use ctm_facts::{KnownFile, is_sealed, sealed};
use ctm_reader::{ClaudeHome, TranscriptFile};
use ctm_types::{Batch, Checkpoint, FileIdentity, TranscriptPath};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

/// The known state of all transcripts of the homes.
#[derive(Debug)]
pub(super) struct KnownFiles {
    /// The index of each home.
    homes: HashMap<Arc<str>, u16>,
    /// Randomly keyed, because anyone can choose names of files.
    hasher: RandomState,
    /// `true` if anything was ever forgotten.
    has_forgotten: bool,
    files: HashMap<u64, Known>,
    /// The number of the scan in progress.
    look: u32,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    /// Hash of identity, size and time of modification; 0 when they are not to be trusted.
    stamp: u64,
    offset_bytes: u64,
    /// The last scan that met it.
    look: u32,
    /// The index of its home.
    home: u16,
    gone: bool,
    agent_kind_missing: bool,
}

/// The known state of a transcript that a scan met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// It is unchanged.
    Unchanged {
        /// `true` if it had been deleted.
        came_back: bool,
    },
    /// It was read partly, and there may be more.
    Changed {
        /// Its checkpoint.
        offset_bytes: u64,
    },
    /// It was never read.
    New,
}

impl KnownFiles {
    /// Creates an empty state.
    pub(super) fn new(homes: &[ClaudeHome], has_forgotten: bool) -> Self {
        let homes = homes.iter().zip(0..).map(|(home, index)| (Arc::clone(&home.name), index)).collect();
        Self { homes, hasher: RandomState::new(), has_forgotten, files: HashMap::new(), look: 0 }
    }

    /// Adds a stored transcript, if it is in one of the homes.
    pub(super) fn load(&mut self, file: &KnownFile) {
        let Some(&home) = self.homes.get(&file.path.home) else { return };
        let stamp = self.stamp(file.identity, file.size_bytes, file.modified_ns);
        let KnownFile { offset_bytes, gone, agent_kind_missing, .. } = *file;
        let known = Known { stamp, offset_bytes, look: 0, home, gone, agent_kind_missing };
        self.files.insert(self.key(&file.path), known);
    }

    /// Begins a scan of a home, or of part of one.
    pub(super) fn begin_look(&mut self) {
        self.look = self.look.wrapping_add(1).max(1);
    }

    /// Notes that a transcript exists, and returns its known state.
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

    /// Returns, for each home, whether the scan did not meet all known transcripts.
    pub(super) fn missing(&self) -> Vec<bool> {
        let mut missing = vec![false; self.homes.len()];
        for known in self.files.values().filter(|known| known.look != self.look && !known.gone) {
            missing[usize::from(known.home)] = true;
        }
        missing
    }

    /// Notes that a transcript is gone, unless the scan met it. Returns whether it is gone now and
    /// was not before.
    pub(super) fn miss(&mut self, path: &TranscriptPath) -> bool {
        let look = self.look;
        let key = self.key(path);
        let known = self.files.get_mut(&key);
        let missed = known.filter(|known| known.look != look && !known.gone);
        missed.map(|known| known.gone = true).is_some()
    }

    /// Notes that a batch was stored.
    pub(super) fn store(&mut self, batch: &Batch) {
        let Some(&home) = self.homes.get(&batch.file.home) else { return };
        let Checkpoint { identity, size_bytes, modified_ns, offset_bytes, .. } = batch.next;
        let stamp = self.stamp(identity, size_bytes, modified_ns);
        let agent_kind_missing = batch.agent.as_ref().is_some_and(|agent| agent.kind.is_none());
        let known = Known { stamp, offset_bytes, look: self.look, home, gone: false, agent_kind_missing };
        self.files.insert(self.key(&batch.file), known);
    }

    /// Notes that a transcript has more than is known here: the next scan reads it.
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
