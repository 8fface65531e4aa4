//! The error of the generator: only the disk can fail.

use std::path::{Path, PathBuf};

/// Reasons for which a home could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// There is something at the place of the home already.
    #[error("home `{}` is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// A file or folder could not be created or written.
    #[error("cannot write `{}`", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl CorpusError {
    /// Returns what makes an error about `path` out of an I/O error.
    pub(crate) fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Write { path: path.to_owned(), source }
    }
}

/// Result of writing.
pub(crate) type Result<T> = std::result::Result<T, CorpusError>;
