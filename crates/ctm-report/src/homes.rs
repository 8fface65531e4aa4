//! Labels of Claude homes.

use ctm_reader::ClaudeHome;
use std::sync::Arc;

/// The Claude homes that are read, and their labels.
#[derive(Debug, Clone, Default)]
pub struct Homes(Arc<[ClaudeHome]>);

impl Homes {
    /// Returns the homes that are read.
    #[must_use]
    pub fn new(homes: &[ClaudeHome]) -> Self {
        Self(homes.into())
    }

    /// Returns what a home is called: its label, or its path when it is read no more.
    #[must_use]
    pub fn label(&self, root: &str) -> String {
        let known = self.0.iter().find(|known| *known.name == *root);
        known.map_or(root, |known| &known.label).to_owned()
    }

    /// Returns the path of the home that is called so; what is no label is taken for a path.
    #[must_use]
    pub fn root(&self, label: &str) -> String {
        let known = self.0.iter().find(|known| *known.label == *label);
        known.map_or(label, |known| &known.name).to_owned()
    }

    /// Returns the homes that are read.
    #[must_use]
    pub fn read(&self) -> &[ClaudeHome] {
        &self.0
    }
}
