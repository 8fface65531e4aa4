//! Sessions: the folder of their start, the name of their project, and details besides usage.

use crate::{FreshBatch, hash_of};
use ctm_types::{CostState, FileId, HookOutcome, Projects, Recorded, SessionRecord, SessionStart};
use std::collections::{BTreeMap, HashMap};

/// Names of the projects of sessions.
#[derive(Debug, Clone, Default)]
pub struct SessionProjects {
    starts: HashMap<String, String>,
    naming: Projects,
}

impl SessionProjects {
    /// Returns the names of the projects of sessions, by the folders in which these were started.
    #[must_use]
    pub fn new(starts: impl IntoIterator<Item = (String, String)>, naming: Projects) -> Self {
        Self { starts: starts.into_iter().collect(), naming }
    }

    /// Returns the project of a session; `folder` is a working directory of it, which holds where none is
    /// known in which it was started.
    #[must_use]
    pub fn name(&self, session: &str, folder: &str) -> String {
        self.naming.name(self.starts.get(session).map_or(folder, String::as_str))
    }
}

/// Returns where each session of the batches was first.
#[must_use]
pub fn first_starts<'a>(fresh: &[FreshBatch<'a>]) -> BTreeMap<&'a str, &'a SessionStart> {
    let mut first: BTreeMap<&str, &SessionStart> = BTreeMap::new();
    for start in fresh.iter().flat_map(|(_, batch)| &batch.starts) {
        let known = first.entry(&start.session).or_insert(start);
        if start.rank() < known.rank() {
            *known = start;
        }
    }
    first
}

/// Own totals of a session with the transcript that has them.
#[derive(Debug, Clone, Copy)]
pub struct CostStateAt<'a> {
    /// The transcript.
    pub file: FileId,
    /// The totals.
    pub state: &'a CostState,
}

/// Returns the greatest own totals of each session of the batches.
#[must_use]
pub fn greatest_cost_states<'a>(fresh: &[FreshBatch<'a>]) -> HashMap<&'a str, CostStateAt<'a>> {
    let mut states: HashMap<&str, CostStateAt<'_>> = HashMap::new();
    for (file, batch) in fresh {
        for (session, state) in &batch.sessions.cost_states {
            let read = CostStateAt { file: *file, state };
            let known = states.entry(session.as_str()).or_insert(read);
            if known.state < state {
                *known = read;
            }
        }
    }
    states
}

/// The stored fields of a session record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordFields<'a> {
    /// Look-up hash of the record.
    pub id: i64,
    /// The kind of event.
    pub kind: &'static str,
    /// A hook's program, or a pull request's repository.
    pub name: Option<&'a str>,
    /// The event of a hook.
    pub event: Option<&'a str>,
    /// Duration, in milliseconds.
    pub duration_ms: Option<u64>,
    /// How a hook ended.
    pub outcome: Option<&'static str>,
    /// Number of a pull request.
    pub number: Option<u64>,
    /// Address of a pull request.
    pub url: Option<&'a str>,
}

impl<'a> From<&'a SessionRecord> for RecordFields<'a> {
    fn from(record: &'a SessionRecord) -> Self {
        let none = Self {
            id: hash_of(&record.id),
            kind: "turn",
            name: None,
            event: None,
            duration_ms: None,
            outcome: None,
            number: None,
            url: None,
        };
        match &record.what {
            Recorded::Turn { duration_ms } => Self { duration_ms: Some(*duration_ms), ..none },
            Recorded::Hook { program, event, duration_ms, outcome } => Self {
                kind: "hook",
                name: program.as_deref(),
                event: event.as_deref(),
                duration_ms: *duration_ms,
                outcome: outcome.map(HookOutcome::name),
                ..none
            },
            Recorded::PullRequest { repository, number, url } => Self {
                kind: "pull_request",
                name: Some(repository),
                number: Some(*number),
                url: url.as_deref(),
                ..none
            },
        }
    }
}

/// Returns the number of searches of calls, by the hashes of their ids. Copies of a result have the same
/// number.
#[must_use]
pub fn searches_of_calls(fresh: &[FreshBatch<'_>]) -> BTreeMap<i64, u64> {
    let mut searches: BTreeMap<i64, u64> = BTreeMap::new();
    for call in fresh.iter().flat_map(|(_, batch)| &batch.searches) {
        let known = searches.entry(hash_of(&call.id)).or_default();
        *known = (*known).max(call.searches);
    }
    searches
}
