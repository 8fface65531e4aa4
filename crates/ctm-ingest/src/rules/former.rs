//! The former rules of the latest changes, so that they can be undone.
//!
//! # Design
//!
//! They are kept in a file beside the config file, the latest change last. Each is bound to the version of the
//! rules that it led to: after a manual change of the config file nothing is offered, because undoing an earlier
//! change would mix with it. Comments in the config file were rejected: editing them by hand would break them.

use super::{RuleEdits, replace, version_of};
use ctm_config::settings::MOST_FILE_BYTES;
use ctm_config::settings::rules::Rules;
use ctm_types::printable::with_causes;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Maximum number of changes that can be undone.
const MOST: usize = 20;

/// A change that can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Former {
    /// Version of the rules after the change.
    version: String,
    /// The change that restores the former rules.
    folders: RuleEdits,
}

/// The changes that can be undone, the latest last.
#[derive(Debug, Default)]
pub(super) struct FormerRules {
    path: Option<PathBuf>,
    changes: Vec<Former>,
}

impl FormerRules {
    /// Reads the file beside a config file. A missing or invalid one contains no changes.
    pub(super) fn beside(config: Option<&Path>) -> Self {
        let path = config.map(|config| {
            let mut name = config.as_os_str().to_owned();
            name.push(".undo");
            PathBuf::from(name)
        });
        let read = |path: &PathBuf| {
            let size = path.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
            let text = (size <= MOST_FILE_BYTES).then(|| std::fs::read_to_string(path).ok())??;
            serde_json::from_str(&text).ok()
        };
        Self { changes: path.as_ref().and_then(read).unwrap_or_default(), path }
    }

    /// Returns the change that undoes the latest one, if it led to these rules.
    pub(super) fn undo(&self, version: &str) -> Option<&RuleEdits> {
        self.changes.last().filter(|last| last.version == version).map(|last| &last.folders)
    }

    /// Notes a change of rules. A return to the former rules removes the latest change.
    pub(super) fn note(&mut self, before: &Rules, after: &Rules) {
        let is_undone = self.undo(&version_of(before)).is_some_and(|undo| merged(before, undo) == *after);
        if is_undone {
            self.changes.pop();
        } else {
            let version = version_of(after).to_string();
            self.changes.push(Former { version, folders: difference(after, before) });
        }
        let surplus = self.changes.len().saturating_sub(MOST);
        self.changes.drain(..surplus);
        if let (Some(path), Ok(text)) = (&self.path, serde_json::to_string(&self.changes))
            && let Err(error) = replace(path, &text)
        {
            let path = path.display();
            tracing::warn!(
                "the latest change of projects cannot be undone after a restart: cannot write `{path}`: {}",
                with_causes(&error)
            );
        }
    }
}

/// Returns rules after a change.
pub(super) fn merged(rules: &Rules, change: &RuleEdits) -> Rules {
    let mut merged = rules.clone();
    for (folder, name) in change {
        match name {
            Some(name) => merged.insert(folder.clone(), name.clone()),
            None => merged.remove(folder),
        };
    }
    merged
}

/// Returns the change that leads from one set of rules to another.
fn difference(from: &Rules, to: &Rules) -> RuleEdits {
    let folders = from.keys().chain(to.keys()).filter(|folder| from.get(*folder) != to.get(*folder));
    folders.map(|folder| (folder.clone(), to.get(folder).cloned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(rules: &[(&str, &str)]) -> Rules {
        rules.iter().map(|(folder, name)| ((*folder).to_owned(), (*name).to_owned())).collect()
    }

    #[test]
    fn changes_are_undone_one_by_one_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        let states = [rules(&[("/a", "x")]), rules(&[("/a", "y"), ("/b", "y")]), rules(&[("/b", "y")])];
        let mut former = FormerRules::beside(Some(&config));
        former.note(&states[0], &states[1]);
        former.note(&states[1], &states[2]);
        let mut former = FormerRules::beside(Some(&config));
        for (now, before) in [(2, 1), (1, 0)] {
            let undo = former.undo(&version_of(&states[now])).unwrap().clone();
            assert_eq!(merged(&states[now], &undo), states[before]);
            former.note(&states[now], &states[before]);
        }
        assert_eq!(FormerRules::beside(Some(&config)).undo(&version_of(&states[0])), None);
    }

    #[test]
    fn a_manual_change_offers_nothing_to_undo() {
        let mut former = FormerRules::default();
        former.note(&rules(&[]), &rules(&[("/a", "x")]));
        assert_eq!(former.undo(&version_of(&rules(&[("/a", "z")]))), None);
        assert!(former.undo(&version_of(&rules(&[("/a", "x")]))).is_some());
    }

    #[test]
    fn the_latest_changes_are_kept() {
        let mut former = FormerRules::default();
        let state = |number: usize| rules(&[("/a", &number.to_string())]);
        (0..MOST + 5).for_each(|number| former.note(&state(number), &state(number + 1)));
        assert_eq!(former.changes.len(), MOST);
        assert!(former.undo(&version_of(&state(MOST + 5))).is_some());
    }

    #[test]
    fn an_invalid_file_contains_no_changes() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        std::fs::write(folder.path().join("config.toml.undo"), "not JSON").unwrap();
        assert!(FormerRules::beside(Some(&config)).changes.is_empty());
    }
}
