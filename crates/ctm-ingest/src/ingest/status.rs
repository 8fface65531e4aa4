//! Status of reading: its progress, its result, and what could not be read.

/// Maximum number of problems that are named; the others are counted.
const NAMED: usize = 100;

/// State of the ingestor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IngestState {
    /// Reading existing transcripts after its start.
    #[default]
    Scanning,
    /// Up to date, waiting for changes.
    Live,
}

/// Progress of the ingestor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IngestStatus {
    /// Its state.
    pub state: IngestState,
    /// Files to read.
    pub files_total: u64,
    /// Files that were read and stored.
    pub files_done: u64,
    /// Bytes to read.
    pub bytes_total: u64,
    /// Bytes that were read and stored.
    pub bytes_done: u64,
}

/// The result of a scan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Files and folders that could not be read, and why.
    pub problems: Vec<String>,
    /// Whether only a complete scan can determine what changed.
    pub is_partial: bool,
}

/// Files and folders that could not be read, potentially as many as there are files.
#[derive(Debug, Default)]
pub(super) struct Problems {
    named: Vec<String>,
    more: u64,
}

impl Problems {
    pub(super) fn add(&mut self, problem: String) {
        if self.named.len() < NAMED {
            self.named.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// Returns a sentence for each of the first ones, and one for all others.
    pub(super) fn into_named(self) -> Vec<String> {
        let Self { mut named, more } = self;
        match more {
            0 => {}
            1 => named.push("1 more file or folder cannot be read".to_owned()),
            _ => named.push(format!("{more} more files and folders cannot be read")),
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ones_are_named_and_the_others_counted() {
        let problems = |count: usize| {
            let mut problems = Problems::default();
            (0..count).for_each(|number| problems.add(number.to_string()));
            problems
        };
        let named = |count| problems(count).into_named();
        assert_eq!(named(0), [""; 0]);
        assert_eq!((named(NAMED).len(), named(NAMED)[NAMED - 1].as_str()), (NAMED, "99"));
        assert_eq!(named(NAMED + 1)[NAMED], "1 more file or folder cannot be read");
        assert_eq!(named(40_000)[NAMED..], ["39900 more files and folders cannot be read"]);
    }
}
