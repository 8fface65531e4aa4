//! Batches placed: which of them read their file on from where it is stored, and which come too late.

use ctm_types::{Batch, FileId, LineCounts, Start, TranscriptPath};
use std::collections::BTreeMap;

/// A file that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredFile {
    /// Its number.
    pub id: FileId,
    /// Byte offset up to which it was read.
    pub offset_bytes: u64,
    /// `true` if it was missing in the last listing.
    pub gone: bool,
}

/// A file that batches read on, and what they add to it.
#[derive(Debug)]
pub struct Progress<'a> {
    /// Its number.
    pub id: FileId,
    /// The last batch.
    pub last: &'a Batch,
    /// The lines of all batches.
    pub lines: LineCounts,
    /// `true` if the stored line counts are void, because it was read from its beginning again.
    pub anew: bool,
}

/// A batch and the number of its file.
pub type FreshBatch<'a> = (FileId, &'a Batch);

/// The batches that are stored, with the numbers of their files, and the others.
#[derive(Debug)]
pub struct Placed<'a> {
    /// Batches to be stored, in the order in which they came.
    pub fresh: Vec<FreshBatch<'a>>,
    /// Files of batches that do not begin where the file was read to: another process read on.
    pub stale: Vec<TranscriptPath>,
    /// `true` if deleted files have reappeared.
    pub came_back: bool,
    /// The files of `fresh`.
    pub files: BTreeMap<&'a TranscriptPath, Progress<'a>>,
    next_id: FileId,
}

impl<'a> Placed<'a> {
    /// Places batches according to their `stored` files; new files are numbered from `next_id`.
    #[must_use]
    pub fn place(
        batches: &'a [Batch],
        stored: impl Fn(&TranscriptPath) -> Option<StoredFile>,
        next_id: FileId,
    ) -> Self {
        let mut placed =
            Self { fresh: Vec::new(), stale: Vec::new(), came_back: false, files: BTreeMap::new(), next_id };
        for batch in batches {
            placed.add(batch, stored(&batch.file));
        }
        placed
    }

    fn add(&mut self, batch: &'a Batch, stored: Option<StoredFile>) {
        let met = self.files.get_mut(&batch.file);
        let offset =
            met.as_ref().map(|met| met.last.next.offset_bytes).or(stored.map(|stored| stored.offset_bytes));
        let id = match (batch.start, met) {
            (Start::Checkpoint(begin), _) if offset != Some(begin) => {
                return self.stale.push(batch.file.clone());
            }
            (Start::Checkpoint(_), Some(met)) => {
                met.last = batch;
                met.lines.add(&batch.lines);
                met.id
            }
            (start, met) => {
                let known = met.map(|met| met.id).or(stored.map(|stored| stored.id));
                let id = known.unwrap_or(self.next_id);
                self.next_id.0 += i64::from(known.is_none());
                let anew = start == Start::Beginning && stored.is_some();
                self.files
                    .insert(&batch.file, Progress { id, last: batch, lines: batch.lines.clone(), anew });
                id
            }
        };
        self.came_back |= stored.is_some_and(|stored| stored.gone);
        self.fresh.push((id, batch));
    }
}
