//! Noticing changes to the folders.
//!
//! File events are hints: they say where to look, never what happened, and many file systems
//! deliver none. So they only shorten the wait until the next look, and may be lost, merged or
//! wrong.
//!
//! # Design
//!
//! The debouncer collects the events of a burst by path. It wakes up once in every [`DEBOUNCE`], whether
//! anything happened or not, which is most of what an idle server does: its period is as long as a
//! notification may wait. It keeps no cache of file ids, which would list every home to connect the two
//! halves of a rename where the platform does not; both paths are looked at anyway.

use ctm_reader::{ClaudeHome, is_read};
pub use notify_debouncer_full::notify::Error as WatchError;
use notify_debouncer_full::notify::event::ModifyKind;
use notify_debouncer_full::notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, NoCache, new_debouncer_opt};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long events are collected, and how often the debouncer looks for those that were: an event is a hint
/// after once to twice this time. A response is a burst of writes; longer would only delay.
const DEBOUNCE: Duration = Duration::from_millis(35);

/// Changed paths that are kept apart; with more, everything is looked at.
const MAX_PATHS: usize = 10_000;

/// Where to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// At these paths.
    Paths(BTreeSet<PathBuf>),
    /// Everywhere.
    Everything,
}

/// Collects hints until somebody asks.
#[derive(Debug, Default)]
pub struct Hints {
    pending: Mutex<Option<Hint>>,
    arrived: Notify,
}

impl Hints {
    /// Adds a hint to what is pending.
    pub fn add(&self, hint: Hint) {
        let mut pending = self.pending();
        *pending = Some(match (pending.take(), hint) {
            (Some(Hint::Paths(mut known)), Hint::Paths(new)) if known.len() + new.len() <= MAX_PATHS => {
                known.extend(new);
                Hint::Paths(known)
            }
            (None, hint) => hint,
            _ => Hint::Everything,
        });
        drop(pending);
        self.arrived.notify_one();
    }

    /// Waits until there are hints, and takes them. What is pending when the wait is cancelled is still
    /// pending.
    pub async fn next(&self) -> Hint {
        loop {
            let pending = self.pending().take();
            if let Some(hint) = pending {
                return hint;
            }
            self.arrived.notified().await;
        }
    }

    fn pending(&self) -> MutexGuard<'_, Option<Hint>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches the homes as long as it lives.
pub struct Watcher {
    debouncer: Debouncer<RecommendedWatcher, NoCache>,
    /// The folders, each with what distinguishes it from another one at the same path.
    watched: BTreeMap<PathBuf, FolderId>,
}

impl Watcher {
    /// Starts to collect file events as hints; `on_event` is called before each.
    ///
    /// # Errors
    ///
    /// Fails when the platform cannot watch files (any more).
    pub fn new(hints: Arc<Hints>, on_event: impl Fn() + Send + 'static) -> Result<Self, WatchError> {
        let handler = move |result: DebounceEventResult| {
            if let Some(hint) = hint(result) {
                on_event();
                hints.add(hint);
            }
        };
        let debouncer = new_debouncer_opt(DEBOUNCE, Some(DEBOUNCE), handler, NoCache, Config::default())?;
        Ok(Self { debouncer, watched: BTreeMap::new() })
    }

    /// Watches what is there of the homes and is not watched yet: the home itself, for its stats
    /// cache, and everything below `projects`. Returns whether that is anything, of which it is not known
    /// what happened before.
    ///
    /// # Errors
    ///
    /// Fails when the platform cannot watch (that many) files.
    pub fn watch(&mut self, roots: &[ClaudeHome]) -> Result<bool, WatchError> {
        let mut is_new = false;
        for root in roots {
            is_new |= self.watch_folder(&root.path, RecursiveMode::NonRecursive)?;
            is_new |= self.watch_folder(&root.path.join("projects"), RecursiveMode::Recursive)?;
        }
        Ok(is_new)
    }

    fn watch_folder(&mut self, folder: &Path, mode: RecursiveMode) -> Result<bool, WatchError> {
        let found = folder.metadata().ok().filter(Metadata::is_dir).map(|metadata| folder_id(&metadata));
        if found.as_ref() == self.watched.get(folder) {
            return Ok(false);
        }
        if self.watched.remove(folder).is_some() {
            // The platform may have noticed already that the former folder is gone.
            let _ = self.debouncer.unwatch(folder);
        }
        let Some(found) = found else { return Ok(false) };
        self.debouncer.watch(folder, mode)?;
        self.watched.insert(folder.to_owned(), found);
        Ok(true)
    }
}

/// What distinguishes a folder from another one at the same path: device and inode.
type FolderId = (u64, u64);

#[cfg(unix)]
fn folder_id(metadata: &Metadata) -> FolderId {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// Returns the same for every folder: the platform has no identity of folders.
#[cfg(not(unix))]
fn folder_id(_metadata: &Metadata) -> FolderId {
    (0, 0)
}

/// Returns where to look; reading a file is no change.
fn hint(result: DebounceEventResult) -> Option<Hint> {
    let Ok(events) = result else { return Some(Hint::Everything) };
    if events.iter().any(|event| event.need_rescan()) {
        return Some(Hint::Everything);
    }
    let paths: BTreeSet<_> = events.into_iter().flat_map(|event| changed_paths(event.event)).collect();
    (!paths.is_empty()).then_some(Hint::Paths(paths))
}

fn changed_paths(event: Event) -> impl Iterator<Item = PathBuf> {
    let Event { kind, paths, .. } = event;
    paths.into_iter().filter(move |path| !matches!(kind, EventKind::Access(_)) && !is_foreign(kind, path))
}

/// Returns whether what happened is nothing but a file written that is never read, of which there may be
/// many. What vanished may have been a folder.
fn is_foreign(kind: EventKind, path: &Path) -> bool {
    let may_have_vanished = matches!(
        kind,
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) | EventKind::Any | EventKind::Other
    );
    !may_have_vanished && !is_read(path) && path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Hint {
        Hint::Paths(names.iter().map(PathBuf::from).collect())
    }

    #[tokio::test]
    async fn hints_merge_until_they_are_taken() {
        let hints = Hints::default();
        hints.add(paths(&["a"]));
        hints.add(paths(&["b", "a"]));
        assert_eq!(hints.next().await, paths(&["a", "b"]));
        hints.add(paths(&["a"]));
        hints.add(Hint::Everything);
        hints.add(paths(&["b"]));
        assert_eq!(hints.next().await, Hint::Everything);
        let many: Vec<_> = (0..=MAX_PATHS).map(|n| n.to_string()).collect();
        for name in &many {
            hints.add(paths(&[name]));
        }
        assert_eq!(hints.next().await, Hint::Everything);
    }

    #[test]
    fn a_foreign_file_that_is_written_is_no_hint() {
        use notify_debouncer_full::DebouncedEvent;
        use notify_debouncer_full::notify::event::{
            CreateKind, DataChange, MetadataKind, RemoveKind, RenameMode,
        };
        use std::time::Instant;
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, "x").unwrap();
            path
        };
        let check = |kind, path: &Path, expected| {
            let event = Event::new(kind).add_path(path.to_owned());
            let hint = hint(Ok(vec![DebouncedEvent::new(event, Instant::now())]));
            assert_eq!(hint.is_some(), expected, "{kind:?} {}", path.display());
        };
        let written = [
            EventKind::Create(CreateKind::File),
            EventKind::Create(CreateKind::Any),
            EventKind::Modify(ModifyKind::Data(DataChange::Any)),
            EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)),
        ];
        let vanished = [
            EventKind::Remove(RemoveKind::File),
            EventKind::Remove(RemoveKind::Folder),
            EventKind::Modify(ModifyKind::Name(RenameMode::From)),
        ];
        for kind in written {
            for foreign in ["s.json", "journal.jsonl", "s.jsonl.tmp", "x"] {
                check(kind, &file(foreign), false);
            }
            for read in ["s.jsonl", "agent-1.meta.json", "stats-cache.json"] {
                check(kind, &file(read), true);
            }
            check(kind, dir.path(), true);
        }
        for kind in vanished {
            check(kind, &dir.path().join("gone"), true);
            check(kind, &file("there again"), true);
        }
        #[cfg(unix)]
        {
            let link = dir.path().join("link");
            std::os::unix::fs::symlink(dir.path(), &link).unwrap();
            check(EventKind::Create(CreateKind::File), &link, true);
        }
    }

    #[tokio::test]
    async fn a_change_is_noticed_and_reading_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let root = ClaudeHome::open(dir.path()).unwrap();
        let folder = root.path.join("projects/-p");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("old.jsonl"), "x").unwrap();
        let hints = Arc::new(Hints::default());
        let mut watcher = Watcher::new(Arc::clone(&hints), || {}).unwrap();
        watcher.watch(std::slice::from_ref(&root)).unwrap();
        std::fs::read(folder.join("old.jsonl")).unwrap();
        std::fs::write(folder.join("new.jsonl"), "x").unwrap();
        let Hint::Paths(paths) = hints.next().await else { panic!("one file changed") };
        assert!(paths.contains(&folder.join("new.jsonl")), "{paths:?}");
        assert!(!paths.contains(&folder.join("old.jsonl")), "{paths:?}");
    }
}
