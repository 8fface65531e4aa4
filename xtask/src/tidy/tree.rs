//! The text files of the repository.

use anyhow::{Context, Result};
use ctm_harness::repository::Repository;
use std::collections::BTreeMap;

/// All text files that git does not ignore, by their paths below the root, with `/` as separator.
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads the files; those that are not UTF-8 are skipped.
    pub(crate) fn read(repository: &Repository) -> Result<Self> {
        let mut files = BTreeMap::new();
        for path in repository.files("")? {
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.insert(repository.relative(&path), text);
            }
        }
        Ok(Self { files })
    }

    /// Returns all files: path and text.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (&**path, &**text))
    }

    /// Returns the files of Rust source.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// Returns the text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }
}

#[cfg(test)]
impl Tree {
    /// Appends lines to a file, creating it if necessary.
    pub(crate) fn plant(&mut self, path: &str, lines: &str) {
        self.files.entry(path.to_owned()).or_default().push_str(lines);
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Tree {
    fn from(files: [(&str, &str); N]) -> Self {
        Self { files: files.map(|(path, text)| (path.to_owned(), text.to_owned())).into() }
    }
}
