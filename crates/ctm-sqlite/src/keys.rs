//! Keys of stored responses: the rows of each key, without a query.
//!
//! # Design
//!
//! A writer that fills an empty database has stored every response in it, and can remember the row of each. A
//! first read then needs no index of keys, whose order is random: every commit would write nearly all of its
//! pages again.
//!
//! Keys are remembered by their hashes: recent ones in a map, others in sorted runs in a temporary file without
//! a name. For each run, memory holds a Bloom filter and the first hash of each block, so that most keys that
//! are not stored need no access to the file, and others read one block of each run. This takes 5 MB, and 1.3
//! bytes for each response. A map of all keys was rejected: it takes 17 to 34 bytes for each.

use ctm_facts::hash_of;
use ctm_types::EventId;
use foldhash::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Keys of a map: as many as fit into it without another doubling.
const RECENT: usize = (1 << 18) / 8 * 7;

/// Keys of a block of a run, which is read at once.
const BLOCK: usize = 256;

/// Bytes of a key in the file: its hash, and the number of its row.
const KEY_BYTES: usize = 16;

/// A hash, and the number of a row.
type HashedKey = (i64, i64);

/// The rows of all stored responses by the hashes of their keys. They are known from an empty database on, as
/// long as no other process stores any.
#[derive(Debug, Default)]
pub struct StoredKeys {
    known: Option<Box<AllKeys>>,
    /// The data version after the last commit.
    version: u64,
}

impl StoredKeys {
    /// Records the state of the database: its data version, and whether it has no responses.
    pub fn begin(&mut self, version: u64, is_empty: bool) {
        if is_empty {
            self.known = Some(Box::default());
        } else if version != self.version {
            self.known = None;
        }
    }

    /// Records the data version after a commit.
    pub fn end(&mut self, version: u64) {
        self.version = version;
    }

    /// Returns whether the rows of all stored responses are known.
    pub fn are_known(&self) -> bool {
        self.known.is_some()
    }

    /// Returns whether a response with this key may be stored.
    pub fn may_have(&self, key: &str) -> bool {
        self.known.as_ref().is_none_or(|known| known.may_have(hash_of(key)))
    }

    /// Returns the rows that may be of keys with these hashes, each once, in ascending order.
    ///
    /// # Errors
    ///
    /// Fails when the temporary file cannot be read.
    pub fn rows(&self, hashes: &[i64]) -> io::Result<Vec<EventId>> {
        let mut rows = Vec::new();
        if let Some(known) = &self.known {
            for hash in hashes {
                known.find(*hash, &mut rows)?;
            }
        }
        rows.sort_unstable();
        rows.dedup();
        Ok(rows.into_iter().map(EventId).collect())
    }

    /// Remembers rows that are being stored.
    ///
    /// # Errors
    ///
    /// Fails when there is no room in `folder` for the temporary file.
    pub fn add(&mut self, rows: &[HashedKey], folder: &Path) -> io::Result<()> {
        let Some(known) = &mut self.known else { return Ok(()) };
        rows.iter().try_for_each(|key| known.add(*key, folder))
    }
}

#[derive(Debug, Default)]
struct AllKeys {
    recent: HashMap<i64, i64>,
    /// More rows of the same hashes: further parts.
    further: HashMap<i64, Vec<i64>>,
    runs: Vec<SortedRun>,
    file: Option<File>,
}

impl AllKeys {
    fn may_have(&self, hash: i64) -> bool {
        self.recent.contains_key(&hash) || self.runs.iter().any(|run| run.filter.may_have(hash))
    }

    fn add(&mut self, (hash, row): HashedKey, folder: &Path) -> io::Result<()> {
        if self.recent.len() + self.further.len() >= RECENT {
            self.write_run(folder)?;
        }
        if let Some(before) = self.recent.insert(hash, row) {
            self.further.entry(hash).or_default().push(before);
        }
        Ok(())
    }

    fn find(&self, hash: i64, rows: &mut Vec<i64>) -> io::Result<()> {
        if let Some(row) = self.recent.get(&hash) {
            rows.push(*row);
            rows.extend(self.further.get(&hash).into_iter().flatten());
        }
        if let Some(file) = &self.file {
            for run in self.runs.iter().filter(|run| run.filter.may_have(hash)) {
                run.find(file, hash, rows)?;
            }
        }
        Ok(())
    }

    /// Moves the recent keys into a run.
    fn write_run(&mut self, folder: &Path) -> io::Result<()> {
        let further =
            self.further.drain().flat_map(|(hash, rows)| rows.into_iter().map(move |row| (hash, row)));
        let mut keys: Vec<HashedKey> = self.recent.drain().chain(further).collect();
        keys.sort_unstable();
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile_in(folder)?),
        };
        let start = file.seek(SeekFrom::End(0))?;
        for block in keys.chunks(BLOCK) {
            let bytes: Vec<u8> = block
                .iter()
                .flat_map(|(hash, row)| [hash.to_le_bytes(), row.to_le_bytes()])
                .flatten()
                .collect();
            file.write_all(&bytes)?;
        }
        self.runs.push(SortedRun {
            start,
            filter: BloomFilter::of(&keys),
            blocks: keys.iter().step_by(BLOCK).map(|(hash, _)| *hash).collect(),
            keys: keys.len(),
        });
        Ok(())
    }
}

/// Keys in ascending order in the file.
#[derive(Debug)]
struct SortedRun {
    /// Where they begin.
    start: u64,
    keys: usize,
    filter: BloomFilter,
    /// The first hash of each block.
    blocks: Vec<i64>,
}

impl SortedRun {
    fn find(&self, mut file: &File, hash: i64, rows: &mut Vec<i64>) -> io::Result<()> {
        // Equal hashes may begin at the end of the block before the first one that begins with them.
        let first = self.blocks.partition_point(|first| *first < hash).saturating_sub(1);
        for at in (first..self.blocks.len()).take_while(|at| self.blocks[*at] <= hash) {
            let keys = (self.keys - at * BLOCK).min(BLOCK);
            file.seek(SeekFrom::Start(self.start + (at * BLOCK * KEY_BYTES) as u64))?;
            let mut bytes = vec![0; keys * KEY_BYTES];
            file.read_exact(&mut bytes)?;
            for (of, row) in bytes.chunks_exact(KEY_BYTES).map(key) {
                if of == hash {
                    rows.push(row);
                }
            }
        }
        Ok(())
    }
}

fn key(bytes: &[u8]) -> HashedKey {
    let (hash, row) = bytes.split_at(KEY_BYTES / 2);
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | i64::from(*byte));
    (number(hash), number(row))
}

/// A Bloom filter: excludes most keys that are not in a run.
///
/// All bits of a key are in one line of the processor's cache.
#[derive(Debug)]
struct BloomFilter(Vec<[u64; 8]>);

impl BloomFilter {
    /// Bits for each key, for a rate of false positives of 1 %.
    const BITS: usize = 10;

    fn of(keys: &[HashedKey]) -> Self {
        let mut filter = Self(vec![[0; 8]; (keys.len() * Self::BITS).div_ceil(512).max(1)]);
        for (hash, _) in keys {
            let line = filter.line(*hash);
            bits(*hash).for_each(|bit| filter.0[line][bit / 64] |= 1 << (bit % 64));
        }
        filter
    }

    fn may_have(&self, hash: i64) -> bool {
        let line = &self.0[self.line(hash)];
        bits(hash).all(|bit| line[bit / 64] & 1 << (bit % 64) != 0)
    }

    fn line(&self, hash: i64) -> usize {
        // The hash is spread evenly: its upper half chooses the line.
        (((hash.cast_unsigned() >> 32) * self.0.len() as u64) >> 32) as usize
    }
}

/// Returns the bits of a hash in its line, by its lower half.
fn bits(hash: i64) -> impl Iterator<Item = usize> {
    let spread = (hash.cast_unsigned() & 0xFFFF_FFFF).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (0..6).map(move |probe| (spread >> (10 + 9 * probe) & 511) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_from_an_empty_database_on_until_another_one_stores_any() {
        let folder = Path::new("/nowhere");
        let mut keys = StoredKeys::default();
        keys.begin(1, false);
        assert!(!keys.are_known() && keys.may_have("a"));
        keys.begin(1, true);
        keys.add(&[(hash_of("a"), 1), (hash_of("a"), 4)], folder).unwrap();
        keys.end(2);
        assert!(keys.may_have("a") && !keys.may_have("b"));
        assert_eq!(keys.rows(&[hash_of("a"), hash_of("b")]).unwrap(), [EventId(1), EventId(4)]);
        keys.begin(2, false);
        assert!(!keys.may_have("b"));
        keys.begin(3, false);
        assert!(!keys.are_known() && keys.may_have("b"));
    }

    #[test]
    fn keys_of_runs_are_found_and_few_others_are_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let hash = |number: i64| hash_of(&number.to_string());
        let count = 2 * i64::try_from(RECENT).unwrap() + 1_000;
        let mut keys = StoredKeys::default();
        keys.begin(0, true);
        let first: Vec<HashedKey> = (0..count).map(|number| (hash(number), number)).collect();
        keys.add(&first, folder.path()).unwrap();
        // Every thousandth response has a second part, which is stored later.
        let second: Vec<HashedKey> =
            (0..count).step_by(1_000).map(|number| (hash(number), count + number)).collect();
        keys.add(&second, folder.path()).unwrap();
        let known = keys.known.as_ref().unwrap();
        assert_eq!(known.runs.len(), 2);
        for number in (0..count).step_by(500) {
            let mut expected = vec![EventId(number)];
            expected.extend((number % 1_000 == 0).then(|| EventId(count + number)));
            assert_eq!(keys.rows(&[hash(number)]).unwrap(), expected, "{number}");
        }
        let others = count..count + 100_000;
        let taken = others.filter(|number| known.may_have(hash(*number))).count();
        assert!(taken < 5_000, "{taken} of 100,000");
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn keys_need_room_for_their_runs() {
        let mut keys = StoredKeys::default();
        keys.begin(0, true);
        let many: Vec<HashedKey> = (0..).map(|row| (row, row)).take(RECENT + 1).collect();
        keys.add(&many, Path::new("/nowhere")).unwrap_err();
    }
}
