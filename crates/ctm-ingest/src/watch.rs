//! Detecting changes of the homes.
//!
//! File events are hints: they locate a change, but do not describe it, and many file systems
//! deliver none. So they only shorten the wait until the next scan, and may be lost, merged or
//! wrong.

use ctm_reader::{ClaudeHome, is_read};
use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Time during which hints are collected after the first one. A response is a burst of writes; a longer time
/// would only add delay.
const BURST: Duration = Duration::from_millis(25);

/// Maximum number of changed paths that are kept; with more, everything is scanned.
const MAX_PATHS: usize = 10_000;

/// Hints of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// At these paths.
    Paths(BTreeSet<PathBuf>),
    /// Everywhere.
    Everything,
}

/// Collects hints until they are taken.
#[derive(Debug, Default)]
pub struct Hints {
    pending: Mutex<Option<Hint>>,
    arrived: Notify,
}

impl Hints {
    /// Adds a hint to the pending ones.
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

    /// Waits for hints, collects those of a burst, and takes them. Hints stay pending when the wait is
    /// cancelled.
    pub async fn next(&self) -> Hint {
        loop {
            if self.pending().is_some() {
                tokio::time::sleep(BURST).await;
                if let Some(hint) = self.pending().take() {
                    return hint;
                }
            }
            self.arrived.notified().await;
        }
    }

    fn pending(&self) -> MutexGuard<'_, Option<Hint>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches the homes until it is dropped.
pub struct Watcher {
    watcher: RecommendedWatcher,
    /// The folders, each with the identity that distinguishes it from another one at the same path.
    watched: BTreeMap<PathBuf, FolderId>,
}

impl Watcher {
    /// Starts to collect file events as hints; `on_event` is called for each of them.
    ///
    /// # Errors
    ///
    /// Fails when the platform cannot watch files (any more).
    pub fn new(hints: Arc<Hints>, on_event: impl Fn() + Send + 'static) -> Result<Self, notify::Error> {
        let handler = move |result: Result<Event, notify::Error>| {
            if let Some(hint) = hint(result) {
                on_event();
                hints.add(hint);
            }
        };
        Ok(Self { watcher: notify::recommended_watcher(handler)?, watched: BTreeMap::new() })
    }

    /// Watches the parts of the homes that exist and are not watched yet: the home itself, for its stats
    /// cache, and everything below `projects`. Returns whether any were added, because their earlier changes
    /// were not reported.
    ///
    /// # Errors
    ///
    /// Fails when the platform cannot watch (that many) files.
    pub fn watch(&mut self, homes: &[ClaudeHome]) -> Result<bool, notify::Error> {
        let mut is_new = false;
        for home in homes {
            is_new |= self.watch_folder(&home.path, RecursiveMode::NonRecursive)?;
            is_new |= self.watch_folder(&home.path.join("projects"), RecursiveMode::Recursive)?;
        }
        Ok(is_new)
    }

    fn watch_folder(&mut self, folder: &Path, mode: RecursiveMode) -> Result<bool, notify::Error> {
        let found = folder.metadata().ok().filter(Metadata::is_dir).map(|metadata| folder_id(&metadata));
        if found.as_ref() == self.watched.get(folder) {
            return Ok(false);
        }
        if self.watched.remove(folder).is_some() {
            // The platform may have noticed already that the old folder is gone.
            let _ = notify::Watcher::unwatch(&mut self.watcher, folder);
        }
        let Some(found) = found else { return Ok(false) };
        notify::Watcher::watch(&mut self.watcher, folder, mode)?;
        self.watched.insert(folder.to_owned(), found);
        Ok(true)
    }
}

/// Identity of a folder: device and inode.
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

/// Returns the hint of an event, if any; reading a file is not a change.
fn hint(result: Result<Event, notify::Error>) -> Option<Hint> {
    match result {
        Err(_) => Some(Hint::Everything),
        Ok(event) if event.need_rescan() => Some(Hint::Everything),
        Ok(event) if matches!(event.kind, EventKind::Access(_)) => None,
        Ok(Event { kind, paths, .. }) => {
            let paths: BTreeSet<_> = paths.into_iter().filter(|path| !is_foreign(kind, path)).collect();
            (!paths.is_empty()).then_some(Hint::Paths(paths))
        }
    }
}

/// Returns whether an event only concerns files that are never read; there may be
/// many. A removed path may have been a folder.
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
        use notify::event::{CreateKind, DataChange, MetadataKind, RemoveKind, RenameMode};
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, "x").unwrap();
            path
        };
        let check = |kind, path: &Path, expected| {
            let hint = hint(Ok(Event::new(kind).add_path(path.to_owned())));
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
        let home = ClaudeHome::open(dir.path()).unwrap();
        let folder = home.path.join("projects/-p");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("old.jsonl"), "x").unwrap();
        let hints = Arc::new(Hints::default());
        let mut watcher = Watcher::new(Arc::clone(&hints), || {}).unwrap();
        watcher.watch(std::slice::from_ref(&home)).unwrap();
        std::fs::read(folder.join("old.jsonl")).unwrap();
        std::fs::write(folder.join("new.jsonl"), "x").unwrap();
        let Hint::Paths(paths) = hints.next().await else { panic!("one file changed") };
        assert!(paths.contains(&folder.join("new.jsonl")), "{paths:?}");
        assert!(!paths.contains(&folder.join("old.jsonl")), "{paths:?}");
    }
}
