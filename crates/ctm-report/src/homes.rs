//! Labels of Claude homes.

use ctm_reader::ClaudeHome;
use std::sync::Arc;

/// The Claude homes in use, and their labels.
#[derive(Debug, Clone, Default)]
pub struct Homes(Arc<[ClaudeHome]>);

impl Homes {
    /// Creates the labels of the homes in use.
    #[must_use]
    pub fn new(homes: &[ClaudeHome]) -> Self {
        Self(homes.into())
    }

    /// Returns the label of a home, or its path when it is no longer read.
    #[must_use]
    pub fn label(&self, path: &str) -> String {
        let known = self.0.iter().find(|known| *known.name == *path);
        known.map_or(path, |known| &known.label).to_owned()
    }

    /// Returns the paths of the homes with a label; any other text is taken as a path.
    #[must_use]
    pub fn paths(&self, label: &str) -> Vec<String> {
        let known = self.0.iter().filter(|known| *known.label == *label);
        let paths: Vec<String> = known.map(|known| known.name.to_string()).collect();
        if paths.is_empty() { vec![label.to_owned()] } else { paths }
    }

    /// Returns what selects the homes with a label permanently: the path of one, so that another label changes nothing,
    /// and the label of several, so that later homes belong to it.
    #[must_use]
    pub fn permanent(&self, label: &str) -> String {
        match &self.paths(label)[..] {
            [path] => path.clone(),
            _ => label.to_owned(),
        }
    }

    /// Returns the path that stands for all homes with the label of one: the first of their paths.
    #[must_use]
    pub(crate) fn first_path<'a>(&'a self, path: &'a str) -> &'a str {
        let label = self.0.iter().find(|known| *known.name == *path).map(|known| &known.label);
        let first = self.0.iter().find(|known| Some(&known.label) == label);
        first.map_or(path, |known| &known.name)
    }

    /// Returns the homes in use.
    #[must_use]
    pub fn read(&self) -> &[ClaudeHome] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_selects_all_homes_that_share_it() {
        let home = |label: &str, path: &str| ClaudeHome {
            path: path.into(),
            name: path.into(),
            label: label.into(),
        };
        let homes =
            Homes::new(&[home("/a", "/a"), home("cowork", "/1"), home("cowork", "/2"), home("work", "/w")]);
        assert_eq!(homes.paths("cowork"), ["/1", "/2"]);
        assert_eq!(homes.paths("work"), ["/w"]);
        assert_eq!(homes.paths("/2"), ["/2"]);
        assert_eq!(["cowork", "work", "/2"].map(|label| homes.permanent(label)), ["cowork", "/w", "/2"]);
        assert_eq!(["/2", "/w", "/gone"].map(|path| homes.first_path(path)), ["/1", "/w", "/gone"]);
    }
}
