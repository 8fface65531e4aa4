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

    /// Returns the path of the home with a label; any other text is taken as a path.
    #[must_use]
    pub fn path(&self, label: &str) -> String {
        let known = self.0.iter().find(|known| *known.label == *label);
        known.map_or(label, |known| &known.name).to_owned()
    }

    /// Returns the homes in use.
    #[must_use]
    pub fn read(&self) -> &[ClaudeHome] {
        &self.0
    }
}
