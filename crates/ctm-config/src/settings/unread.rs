//! Homes that exist and are not read, and homes that appear later.

use super::values::Settings;
use ctm_reader::{KnownPlace, find_homes};
use std::path::PathBuf;

impl Settings {
    /// Returns the known places with homes that are not read, each with these homes; none in a demonstration.
    #[must_use]
    pub fn unread_places(&self) -> Vec<KnownPlace> {
        if self.demo {
            return Vec::new();
        }
        let is_unread = |path: &PathBuf| {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            self.homes.iter().all(|home| home.path != path)
        };
        let mut places = self.home_search.known_places();
        places.iter_mut().for_each(|place| place.homes.retain(is_unread));
        places.retain(|place| !place.homes.is_empty());
        places
    }

    /// Returns whether `claude_dir` stands for other homes now than when the settings were read.
    #[must_use]
    pub fn has_other_homes(&self) -> bool {
        self.home_search.finds_later_homes() && find_homes(&self.home_search).found != self.homes
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::{Layers, Settings};
    use std::fs;

    #[test]
    fn homes_that_are_not_read_are_found_and_auto_follows_new_ones() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        let add = |path: &str| fs::create_dir_all(home.join(path).join("projects")).unwrap();
        [".claude", ".claude-work", ".claude-own"].into_iter().for_each(add);
        let of =
            |list: &str| Settings::new(&Layers::of_home(&home, &[], &[("CTM_CLAUDE_DIR", list)])).unwrap();
        let unread = |settings: &Settings| {
            let places = settings.unread_places().into_iter();
            places.map(|place| place.label.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(unread(&of("")), ["own", "work"]);
        assert_eq!(unread(&of("~/.claude,~/.claude-work")), ["own"]);
        assert_eq!(unread(&Settings { demo: true, ..of("") }), [""; 0]);
        let (auto, named) = (of("auto"), of("~/.claude"));
        assert_eq!((unread(&auto).len(), auto.homes.len(), auto.missing_homes.len()), (0, 3, 0));
        assert_eq!(&auto.in_force[0].text, "auto");
        assert!(!auto.has_other_homes() && !named.has_other_homes());
        add(".claude-new");
        assert!(auto.has_other_homes() && !named.has_other_homes());
        assert_eq!(unread(&auto), ["new"]);
    }
}
