//! Read jobs: transcripts with new content, in a few bytes per file.
//!
//! # Design
//!
//! The first scan of a home finds new content in every file, of which there may be hundreds of
//! thousands, most of them small. These are stored together in a few large allocations, which
//! are freed as a whole, and are examined again when they are taken.

use ctm_reader::{ClaudeHome, Spot, TranscriptFile, inspect};
use ctm_types::TranscriptPath;

/// A file that may have new content.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) file: TranscriptFile,
    /// Its checkpoint, if it was read before.
    pub(super) offset_bytes: Option<u64>,
}

impl Job {
    /// Bytes to read, at least.
    fn bytes(&self) -> u64 {
        self.file.size_bytes.saturating_sub(self.offset_bytes.unwrap_or(0))
    }
}

/// Size from which on a file is large: large ones are read first, in descending order, so that all threads
/// end at about the same time.
const LARGE: u64 = 1 << 20;

/// Small files that a thread takes at once.
const GROUP: usize = 64;

/// Files that may have new content. Small ones are read in the order of arrival, which is the order of their
/// paths, so that their rows are adjacent in the database.
#[derive(Debug)]
pub(super) struct Jobs {
    homes: Vec<ClaudeHome>,
    large: Vec<Job>,
    small: Vec<SmallJob>,
    /// Number of small files that were taken.
    taken: usize,
    folders: Vec<Folder>,
    /// The names of small files, concatenated.
    names: String,
    /// Bytes to read, at least.
    bytes: u64,
}

#[derive(Debug)]
struct SmallJob {
    folder: u32,
    /// End of its name, where the next one begins.
    name_end: u32,
    /// Its checkpoint; [`NEVER_READ`] if it was never read.
    offset_bytes: u64,
}

const NEVER_READ: u64 = u64::MAX;

#[derive(Debug)]
struct Folder {
    home: usize,
    /// Its path below the home.
    relative: Box<str>,
}

/// A small file that was taken.
#[derive(Debug)]
pub(super) struct Taken {
    home: ClaudeHome,
    relative: String,
    offset_bytes: Option<u64>,
}

/// The next files of a thread.
#[derive(Debug)]
pub(super) enum Turn {
    Large(Job),
    Small(Vec<Taken>),
}

impl Jobs {
    /// Creates an empty list for these homes.
    pub(super) fn new(homes: &[ClaudeHome]) -> Self {
        Self {
            homes: homes.to_vec(),
            large: Vec::new(),
            small: Vec::new(),
            taken: 0,
            folders: Vec::new(),
            names: String::new(),
            bytes: 0,
        }
    }

    pub(super) fn add(&mut self, job: Job) {
        self.bytes += job.bytes();
        if job.bytes() >= LARGE || !self.add_small(&job) {
            self.large.push(job);
        }
    }

    /// Adds a small file; returns false if its path does not lead to it, because its name is not Unicode.
    fn add_small(&mut self, job: &Job) -> bool {
        let TranscriptPath { home, relative } = &job.file.path;
        let Some(home) = self.homes.iter().position(|known| known.name == *home) else { return false };
        let Some((folder, name)) = relative.rsplit_once('/') else { return false };
        if relative.contains('\u{fffd}') {
            return false;
        }
        if self.folders.last().is_none_or(|last| last.home != home || *last.relative != *folder) {
            self.folders.push(Folder { home, relative: folder.into() });
        }
        let Ok(folder) = u32::try_from(self.folders.len() - 1) else { return false };
        let Ok(name_end) = u32::try_from(self.names.len() + name.len()) else { return false };
        self.names.push_str(name);
        self.small.push(SmallJob { folder, name_end, offset_bytes: job.offset_bytes.unwrap_or(NEVER_READ) });
        true
    }

    pub(super) fn len(&self) -> usize {
        self.large.len() + self.small.len()
    }

    /// Returns the bytes to read, at least.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns approximately how many turns there are.
    pub(super) fn turns(&self) -> usize {
        self.large.len() + self.small.len().div_ceil(GROUP)
    }

    /// Sorts the large files in ascending order, because they are taken from the end.
    pub(super) fn sort(&mut self) {
        self.large.sort_unstable_by_key(Job::bytes);
    }

    /// Takes the next files: a large one, or some small ones.
    pub(super) fn take(&mut self) -> Option<Turn> {
        if let Some(job) = self.large.pop() {
            return Some(Turn::Large(job));
        }
        let end = self.small.len().min(self.taken + GROUP);
        let taken: Vec<Taken> = (self.taken..end).map(|at| self.small_at(at)).collect();
        self.taken = end;
        (!taken.is_empty()).then_some(Turn::Small(taken))
    }

    fn small_at(&self, at: usize) -> Taken {
        let job = &self.small[at];
        let name_start = at.checked_sub(1).map_or(0, |before| self.small[before].name_end);
        let folder = &self.folders[job.folder as usize];
        Taken {
            home: self.homes[folder.home].clone(),
            relative: format!(
                "{}/{}",
                folder.relative,
                &self.names[name_start as usize..job.name_end as usize]
            ),
            offset_bytes: Some(job.offset_bytes).filter(|offset| *offset != NEVER_READ),
        }
    }
}

impl Taken {
    /// Returns the present state of the file, unless it no longer exists.
    pub(super) fn examine(&self) -> Option<Job> {
        match inspect(&self.home, &self.home.path.join(&self.relative)) {
            Spot::Transcript(file) => Some(Job { file, offset_bytes: self.offset_bytes }),
            _ => None,
        }
    }

    /// Returns its path in facts.
    pub(super) fn path(&self) -> TranscriptPath {
        TranscriptPath { home: self.home.name.clone(), relative: self.relative.as_str().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_reader::discover;
    use std::fs;

    #[test]
    fn the_largest_come_first_and_small_ones_in_the_order_of_their_paths() {
        let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let homes = homes.each_ref().map(|home| ClaudeHome::open(home.path()).unwrap());
        let sizes = [
            ("-p/a.jsonl", 3),
            ("-p/large.jsonl", LARGE),
            ("-p/s/subagents/agent-1.jsonl", 5),
            ("-p/z.jsonl", 0),
            ("-q/larger.jsonl", LARGE + 1),
        ];
        for home in &homes {
            for (path, size) in sizes {
                let path = home.path.join("projects").join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::File::create(path).unwrap().set_len(size).unwrap();
            }
        }
        let mut jobs = Jobs::new(&homes);
        for file in homes.iter().flat_map(|home| discover(home).files) {
            jobs.add(Job { offset_bytes: (file.size_bytes == 5).then_some(2), file });
        }
        assert_eq!((jobs.len(), jobs.turns()), (10, 5));
        assert_eq!(jobs.bytes(), 2 * (3 + LARGE + 3 + LARGE + 1));
        jobs.sort();
        let vanished = homes[1].path.join("projects/-p/z.jsonl");
        fs::remove_file(vanished).unwrap();
        let mut order = Vec::new();
        while let Some(turn) = jobs.take() {
            let found: Vec<Option<Job>> = match turn {
                Turn::Large(job) => vec![Some(job)],
                Turn::Small(taken) => taken.iter().map(Taken::examine).collect(),
            };
            order.extend(found.into_iter().map(|job| {
                job.map(|job| {
                    let home = homes.iter().position(|home| home.name == job.file.path.home).unwrap();
                    (home, job.file.path.relative["projects/".len()..].to_owned(), job.offset_bytes)
                })
            }));
        }
        let large: Vec<String> = order.drain(..4).map(|job| job.unwrap().1).collect();
        assert_eq!(large, ["-q/larger.jsonl", "-q/larger.jsonl", "-p/large.jsonl", "-p/large.jsonl"]);
        let small = |home| {
            let path = |path: &str, offset| Some((home, path.to_owned(), offset));
            [
                path("-p/a.jsonl", None),
                path("-p/s/subagents/agent-1.jsonl", Some(2)),
                path("-p/z.jsonl", None),
            ]
        };
        let mut expected = [small(0), small(1)].concat();
        expected[5] = None;
        assert_eq!(order, expected);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_no_unicode_is_kept() {
        use std::os::unix::ffi::OsStrExt;
        let home = tempfile::tempdir().unwrap();
        let home = ClaudeHome::open(home.path()).unwrap();
        let folder = home.path.join("projects/-p");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(std::ffi::OsStr::from_bytes(b"\xff.jsonl")), "x").unwrap();
        let file = discover(&home).files.remove(0);
        let mut jobs = Jobs::new(&[home]);
        jobs.add(Job { file: file.clone(), offset_bytes: None });
        assert!(matches!(jobs.take(), Some(Turn::Large(job)) if job.file == file));
        assert!(jobs.take().is_none());
    }
}
