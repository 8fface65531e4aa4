//! Counting the present transcripts, without a database.

use super::parallel::threads;
use super::problems::Problems;
use ctm_facts::Tally;
use ctm_reader::{BATCH_BYTES, ClaudeHome, Reader, TranscriptFile, discover, read_stats_cache};
use ctm_types::StoredStatsCache;
use ctm_types::printable::with_causes;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};

/// Reads all transcripts of the homes into tallies created by `empty`, and returns their sum and
/// the files that could not be read.
#[must_use]
pub fn tally(homes: &[ClaudeHome], empty: fn() -> Tally) -> (Tally, Vec<String>) {
    let mut problems = Problems::default();
    let mut files = Vec::new();
    for home in homes {
        let discovery = discover(home);
        discovery.problems.iter().for_each(|problem| problems.add(problem.to_string()));
        files.extend(discovery.files);
    }
    // Large files first, so that all threads end at about the same time.
    files.sort_by_key(|file| file.size_bytes);
    let threads = threads().min(files.len().max(1));
    let files = Mutex::new(files);
    let parts: Vec<(Tally, Problems)> = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|_| scope.spawn(|| tally_some(&files, empty()))).collect();
        parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    let mut tally = empty();
    for (part, unread) in parts {
        tally.merge(part);
        problems.merge(unread);
    }
    (tally, problems.into_named())
}

/// Reads the stats caches of the homes; unreadable ones are reported.
#[must_use]
pub fn stats_caches(homes: &[ClaudeHome]) -> (Vec<StoredStatsCache>, Vec<String>) {
    let (mut stored, mut problems) = (Vec::new(), Vec::new());
    for home in homes {
        match read_stats_cache(home) {
            Ok(Some(cache)) => stored.push(StoredStatsCache {
                root: home.name.to_string(),
                units: vec![cache.token_unit; cache.tokens.len()],
                cache,
            }),
            Ok(None) => {}
            Err(error) => problems.push(with_causes(&error)),
        }
    }
    (stored, problems)
}

/// Reads the remaining files.
fn tally_some(files: &Mutex<Vec<TranscriptFile>>, mut tally: Tally) -> (Tally, Problems) {
    let mut problems = Problems::default();
    let mut reader = Reader::new();
    let next = || files.lock().unwrap_or_else(PoisonError::into_inner).pop();
    while let Some(file) = next() {
        let mut checkpoint = None;
        loop {
            match reader.read(&file, checkpoint.as_ref(), BATCH_BYTES) {
                Ok(batch) => {
                    let at_end = batch.at_end;
                    checkpoint = Some(batch.next.clone());
                    tally.add(batch);
                    if at_end {
                        break;
                    }
                }
                Err(error) => {
                    if !error.is_not_found() {
                        problems.add(with_causes(&error));
                    }
                    break;
                }
            }
        }
    }
    (tally, problems)
}
