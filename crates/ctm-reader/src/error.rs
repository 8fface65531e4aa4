//! Errors of reading a file or a folder.

use std::io;
use std::path::{Path, PathBuf};

/// A file or folder could not be read.
///
/// A line that cannot be used is not an error: see [`ctm_types::SkipReason`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A file or folder could not be opened, read or examined.
    #[error("cannot read `{}`", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A file that should be one JSON document is not.
    #[error("cannot parse `{}`", .path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The problem, with line and column.
        source: serde_json::Error,
    },
}

impl ReadError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// Returns whether the file or folder does not exist (any more).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
