//! Forgotten facts, and their exclusion when they are read again.
//!
//! # Design
//!
//! A forgotten response leaves the hash of its key. Every later copy of it has that key, whether it comes
//! from the same transcript, a rewritten one or a fork, and whichever process reads it, and is removed before
//! copies are absorbed. The same applies to prompts, failed calls and days of a stats cache, by their ids.
//! Storing the selection instead, such as a project, was rejected: the project of a response follows from its
//! earliest copy, which a single copy cannot determine; and future responses have to count.
//!
//! Facts that were forgotten from a home are excluded in that home only: a response that another home logs
//! too still counts.
//!
//! A transcript without remaining facts is *sealed*: its row keeps the checkpoint, so that it need not be
//! read again, but a hash replaces its path, which contains the names of project and session. The checkpoint
//! of a sealed transcript matches no file: if the transcript changes, it is read from its first byte.

use crate::hash_of;
use ctm_types::{Batch, EpochMs, LineCounts, LoggedCopy, TranscriptPath, UsageRow};
use foldhash::{HashMap, HashSet};
use std::borrow::Cow;

/// The folder in the paths of sealed transcripts; others are in `projects`.
pub const SEALED_FOLDER: &str = "#";

/// The scope of an id that is excluded from every home.
pub const EVERY_HOME: i64 = 0;

/// Selection of facts that match all criteria. Lists name alternatives; an empty
/// one names all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Claude homes, by canonical path.
    pub homes: Vec<String>,
    /// Projects, by the name that reports show.
    pub projects: Vec<String>,
    /// Session ids.
    pub sessions: Vec<String>,
    /// The first moment, in UTC epoch milliseconds.
    pub from_ms: Option<EpochMs>,
    /// The moment before which it ends, in UTC epoch milliseconds.
    pub until_ms: Option<EpochMs>,
}

impl Selection {
    /// Returns whether everything is meant that was read from the homes.
    #[must_use]
    pub fn is_of_whole_homes(&self) -> bool {
        let Self { homes, projects, sessions, from_ms, until_ms } = self;
        !homes.is_empty()
            && projects.is_empty()
            && sessions.is_empty()
            && from_ms.is_none()
            && until_ms.is_none()
    }

    /// Returns the homes that ids are excluded from, as hashes, or [`EVERY_HOME`].
    #[must_use]
    pub fn scope(&self) -> Vec<i64> {
        match &*self.homes {
            [] => vec![EVERY_HOME],
            homes => homes.iter().map(|home| hash_of(home)).collect(),
        }
    }

    /// Returns the selection with the folders of its projects in place of their names, by the name of each folder's
    /// project; a name that no project has stays.
    #[must_use]
    pub fn in_folders(&self, folders: impl IntoIterator<Item = ProjectFolder>) -> Self {
        let named: Vec<ProjectFolder> =
            folders.into_iter().filter(|of| self.projects.contains(&of.project)).collect();
        let unknown = self.projects.iter().filter(|name| named.iter().all(|known| known.project != **name));
        let projects = unknown.cloned().chain(named.iter().map(|of| of.folder.clone())).collect();
        Self { projects, ..self.clone() }
    }
}

/// A folder, and the project that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFolder {
    /// Name of the project.
    pub project: String,
    /// Path of the folder.
    pub folder: String,
}

/// A selection, resolved in the stored facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The usage of the responses.
    pub usage: Vec<UsageRow>,
    /// Responses that stay, because another home logs them too.
    pub logged_elsewhere: u64,
    /// Transcripts with lines that are selected.
    pub transcripts: u64,
    /// Prompts.
    pub prompts: u64,
    /// Turns, hooks, pull requests, names and own totals of sessions.
    pub session_facts: u64,
    /// Requests that telemetry reports, of removed responses and without a response.
    pub witnesses: u64,
    /// Figures of official limits.
    pub limit_samples: u64,
    /// Samples of prompt caches.
    pub cache_samples: u64,
    /// Days of Claude Code's own statistics.
    pub stats_cache_days: u64,
}

impl Resolved {
    /// Returns whether there is nothing to forget.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Facts that were forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The number of the [decision](Forgetting); `None` when nothing was selected.
    pub decision: Option<i64>,
    /// The removed facts.
    pub removed: Resolved,
}

/// A decision to forget facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgetting {
    /// Its number.
    pub id: i64,
    /// Time of the run, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// The first moment that was selected, in UTC epoch milliseconds; `None` without a bound.
    pub from_ms: Option<EpochMs>,
    /// The moment before which the selection ended, in UTC epoch milliseconds; `None` without a bound.
    pub until_ms: Option<EpochMs>,
    /// The Claude homes that were selected, as [`name_hash`] of their paths; empty for all.
    pub homes: Vec<String>,
    /// The projects that were selected, likewise.
    pub projects: Vec<String>,
    /// The sessions that were selected, likewise.
    pub sessions: Vec<String>,
    /// Responses that were removed.
    pub responses: u64,
    /// Tokens of these responses.
    pub tokens: u64,
}

/// Returns the hash of a forgotten name: 16 hexadecimal digits.
#[must_use]
pub fn name_hash(name: &str) -> String {
    digits(hash_of(name))
}

/// Returns a hash as text: 16 hexadecimal digits.
#[must_use]
pub fn digits(hash: i64) -> String {
    format!("{:016x}", hash.cast_unsigned())
}

/// Returns the path of a transcript without remaining facts.
#[must_use]
pub fn sealed(path: &TranscriptPath) -> TranscriptPath {
    TranscriptPath { home: path.home.clone(), relative: sealed_name(&path.relative).into() }
}

/// Returns whether a path was returned by [`sealed`].
#[must_use]
pub fn is_sealed(path: &TranscriptPath) -> bool {
    path.relative.starts_with(SEALED_FOLDER)
}

/// Returns the path below its home of a transcript without remaining facts.
#[must_use]
pub fn sealed_name(relative: &str) -> String {
    format!("{SEALED_FOLDER}/{}", name_hash(relative))
}

/// Returns the id of a day of a home's stats cache; of its figures of all time without a day.
#[must_use]
pub fn stats_cache_id(home: &str, date: &str) -> i64 {
    hash_of(&format!("stats-cache {home} {date}"))
}

/// An id that was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ForgottenId {
    /// Its hash.
    pub id: i64,
    /// The hash of the home that it is excluded from, or [`EVERY_HOME`].
    pub home: i64,
}

/// Ids that were forgotten.
#[derive(Debug, Default)]
pub struct Forgotten(HashSet<ForgottenId>);

impl FromIterator<ForgottenId> for Forgotten {
    fn from_iter<I: IntoIterator<Item = ForgottenId>>(ids: I) -> Self {
        Self(ids.into_iter().collect())
    }
}

impl Forgotten {
    /// Returns whether an id is excluded from a home.
    #[must_use]
    pub fn has(&self, id: i64, home: i64) -> bool {
        [EVERY_HOME, home].into_iter().any(|home| self.0.contains(&ForgottenId { id, home }))
    }
}

/// Returns the ids of batches that may have been forgotten.
#[must_use]
pub fn ids(batches: &[Batch]) -> HashSet<i64> {
    let of_batch = |batch: &Batch| {
        let copies = batch.copies.iter().map(|copy| copy.key.as_str());
        let prompts = batch.prompts.iter().map(|prompt| prompt.uuid.as_str());
        let errors = batch.tool_errors.iter().map(|error| error.id.as_str());
        let records = batch.sessions.records.iter().map(|record| record.id.as_str());
        copies.chain(prompts).chain(errors).chain(records).map(hash_of).collect::<Vec<_>>()
    };
    batches.iter().flat_map(of_batch).collect()
}

/// Batches without forgotten facts.
#[derive(Debug)]
pub struct Trimmed(Vec<Batch>);

impl Trimmed {
    /// Removes forgotten facts, and counts their lines.
    #[must_use]
    pub fn of(batches: &[Batch], forgotten: &Forgotten) -> Self {
        Self(batches.iter().map(|batch| without(batch, forgotten)).collect())
    }

    /// Returns the working directories of checkpoints that are among the forgotten projects, by hash, and
    /// have no response.
    #[must_use]
    pub fn withheld_projects(&self, forgotten: &[i64]) -> HashSet<String> {
        let folders = self.0.iter().filter_map(|batch| batch.next.cwd.clone());
        let mut withheld: HashSet<String> = folders.filter(|cwd| forgotten.contains(&hash_of(cwd))).collect();
        for copy in self.0.iter().flat_map(|batch| &batch.copies) {
            withheld.remove(&copy.attribution.conversation.folder);
        }
        withheld
    }

    /// Takes working directories out of checkpoints.
    pub fn withhold(&mut self, projects: &HashSet<String>) {
        for batch in &mut self.0 {
            if batch.next.cwd.as_ref().is_some_and(|cwd| projects.contains(cwd)) {
                take_folder(batch);
            }
        }
    }

    /// Returns the sessions that are named without a fact of theirs.
    #[must_use]
    pub fn named_sessions(&self) -> HashSet<String> {
        let starts = self.0.iter().flat_map(|batch| &batch.starts).map(|start| start.session.clone());
        let facts = || self.0.iter().map(|batch| &batch.sessions);
        let named = facts().flat_map(|facts| facts.names.keys()).map(|(session, _)| session.clone());
        let summed = facts().flat_map(|facts| facts.cost_states.keys()).cloned();
        starts.chain(named).chain(summed).collect()
    }

    /// Removes records of sessions without facts, neither `stored` nor in the batches: their names may be
    /// forgotten ones.
    pub fn leave_out_sessions(&mut self, stored: Vec<String>) {
        let mut known: HashSet<String> = stored.into_iter().collect();
        for batch in &self.0 {
            let of_copies = batch.copies.iter().map(|copy| copy.attribution.conversation.session.clone());
            known.extend(of_copies);
            known.extend(batch.prompts.iter().map(|prompt| prompt.session.clone()));
            known.extend(batch.sessions.records.iter().map(|record| record.session.clone()));
        }
        for batch in &mut self.0 {
            batch.starts.retain(|start| known.contains(&start.session));
            batch.sessions.names.retain(|(session, _), _| known.contains(session));
            batch.sessions.cost_states.retain(|session, _| known.contains(session));
            if batch.copies.is_empty() && batch.prompts.is_empty() {
                batch.worktrees.clear();
            }
        }
    }
}

/// Batches without what was forgotten.
#[derive(Debug)]
pub struct Kept<'a> {
    /// The batches.
    pub batches: Cow<'a, [Batch]>,
    /// Transcripts that are stored as sealed, and have facts again.
    pub unsealed: Vec<TranscriptPath>,
    /// Paths of the transcripts that are sealed, by the path in their batches.
    paths: HashMap<TranscriptPath, TranscriptPath>,
}

impl<'a> Kept<'a> {
    /// Returns the batches as they are.
    #[must_use]
    pub fn all(batches: &'a [Batch]) -> Self {
        Self { batches: batches.into(), unsealed: Vec::new(), paths: HashMap::default() }
    }

    /// Seals transcripts without other facts; `stored` contains those transcripts and sealed names that have
    /// a row.
    #[must_use]
    pub fn of(batches: &'a [Batch], Trimmed(mut kept): Trimmed, stored: &HashSet<TranscriptPath>) -> Self {
        let has_facts = |batch: &&Batch| {
            !(batch.copies.is_empty() && batch.prompts.is_empty() && batch.sessions.is_empty())
        };
        let with_facts: HashSet<TranscriptPath> =
            kept.iter().filter(has_facts).map(|batch| batch.file.clone()).collect();
        let lessened = batches.iter().zip(&kept).filter(|(batch, kept)| batch != kept);
        let lessened: HashSet<&TranscriptPath> = lessened.map(|(batch, _)| &batch.file).collect();
        let files: HashSet<&TranscriptPath> = batches.iter().map(|batch| &batch.file).collect();
        let mut unsealed = Vec::new();
        let mut paths = HashMap::default();
        for file in files {
            let sealed = sealed(file);
            if with_facts.contains(file) {
                if stored.contains(&sealed) {
                    unsealed.push(file.clone());
                }
            } else if stored.contains(&sealed) || (lessened.contains(file) && !stored.contains(file)) {
                kept.iter_mut().filter(|batch| batch.file == *file).for_each(|batch| seal(batch, &sealed));
                paths.insert(sealed, file.clone());
            }
        }
        Self { batches: kept.into(), unsealed, paths }
    }

    /// Returns the paths of transcripts, whichever of them are sealed.
    #[must_use]
    pub fn paths(&self, files: Vec<TranscriptPath>) -> Vec<TranscriptPath> {
        files.into_iter().map(|file| self.paths.get(&file).cloned().unwrap_or(file)).collect()
    }
}

/// Returns a batch without forgotten facts, and counts their lines.
fn without(batch: &Batch, forgotten: &Forgotten) -> Batch {
    let home = hash_of(&batch.file.home);
    let is_out = |id: &str| forgotten.has(hash_of(id), home);
    let mut kept = batch.clone();
    kept.copies.retain(|copy| !is_out(copy.key.as_str()));
    kept.prompts.retain(|prompt| !is_out(&prompt.uuid));
    kept.tool_errors.retain(|error| !is_out(&error.id));
    kept.sessions.records.retain(|record| !is_out(&record.id));
    // A last line without its line feed is counted separately, and not at all if it is excluded.
    let is_tail = |copy: &LoggedCopy| copy.locus.offset_bytes >= batch.next.offset_bytes;
    if batch.tail.copies > 0 && !kept.copies.iter().any(is_tail) {
        kept.tail = LineCounts::default();
    }
    let counted = |copy: &&LoggedCopy| copy.locus.offset_bytes < batch.next.offset_bytes;
    let [all, left] =
        [&batch.copies, &kept.copies].map(|copies| copies.iter().filter(counted).count() as u64);
    kept.lines.forgotten = all - left;
    kept
}

/// Removes the names of a transcript from its batch, and invalidates its checkpoint.
fn seal(batch: &mut Batch, sealed: &TranscriptPath) {
    batch.file = sealed.clone();
    batch.agent = None;
    batch.issues.clear();
    take_folder(batch);
}

/// Takes the working directory out of a checkpoint, which then fits no file.
fn take_folder(batch: &mut Batch) {
    if batch.next.cwd.take().is_some() {
        batch.next.head_hash = !batch.next.head_hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_path_reveals_only_its_home() {
        let path = TranscriptPath { home: "/h".into(), relative: "projects/-secret/s.jsonl".into() };
        let sealed = sealed(&path);
        assert!(is_sealed(&sealed) && !is_sealed(&path));
        assert_eq!((&*sealed.home, sealed.relative.len()), ("/h", 18));
        assert!(!sealed.relative.contains("secret"));
    }

    #[test]
    fn an_id_is_left_out_of_its_home_or_of_every_one() {
        let ids = [ForgottenId { id: 1, home: EVERY_HOME }, ForgottenId { id: 2, home: 7 }];
        let forgotten: Forgotten = ids.into_iter().collect();
        assert!(forgotten.has(1, 7) && forgotten.has(1, 8) && forgotten.has(2, 7));
        assert!(!forgotten.has(2, 8) && !forgotten.has(3, 7));
    }

    #[test]
    fn projects_are_selected_by_their_folders() {
        let selection =
            Selection { projects: vec!["app".to_owned(), "lost".to_owned()], ..Selection::default() };
        let folders = [("app", "/a"), ("app", "/b"), ("other", "/c")];
        let folders = folders
            .map(|(name, folder)| ProjectFolder { project: name.to_owned(), folder: folder.to_owned() });
        assert_eq!(selection.in_folders(folders).projects, ["lost", "/a", "/b"]);
    }
}
