//! Destination of an output file.
//!
//! # Design
//!
//! A regular file appears whole or not at all: it is written beside its place, and gets its name when it
//! is complete. A rename replaces whatever has the name, so that it is for regular files alone. Behind a
//! symbolic link it is the file there that is replaced. A device, a pipe, a terminal or an open file of
//! this process is a stream, which is written to as it is.

use super::partial::Partial;
use crate::error::AppError;
use ctm_types::printable;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Symbolic links that are followed at most: as many as Linux follows.
const MOST_LINKS: usize = 40;

/// Destination of a file.
pub(super) enum Destination {
    /// To a regular file, which is there or not.
    File(Place),
    /// To something else, at this path.
    Stream(PathBuf),
}

/// The place of a regular file.
pub(super) struct Place {
    /// As it was named.
    named: PathBuf,
    /// Behind all symbolic links.
    path: PathBuf,
    /// Whether a file that is there is replaced.
    force: bool,
}

impl Destination {
    /// Examines a path that was named.
    ///
    /// # Errors
    ///
    /// Fails for a folder, and for a regular file that is there and not to be replaced.
    pub(super) fn find(named: &Path, force: bool) -> Result<Self, AppError> {
        let fail = || AppError::io(format!("write `{}`", printable::path(named)));
        // The system goes first: in a folder that all may write to, it does not follow a stranger's link.
        let found = match named.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            found => Some(found.map_err(fail())?),
        };
        let path = follow(named).map_err(fail())?;
        let shown = printable::path(named);
        match found {
            _ if descriptor(&path).is_some() => Ok(Self::Stream(path)),
            Some(found) if found.is_dir() => {
                Err(AppError::Query(format!("`{shown}` is a folder\nname a file in it")))
            }
            Some(found) if !found.is_file() => Ok(Self::Stream(path)),
            Some(_) if !force => Err(exists(named)),
            _ => Ok(Self::File(Place { named: named.to_owned(), path, force })),
        }
    }

    /// Returns the path behind all symbolic links.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::File(place) => &place.path,
            Self::Stream(path) => path,
        }
    }
}

impl Place {
    /// Returns the path behind all symbolic links.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives a complete database the name.
    pub(super) fn put(&self, database: Partial) -> Result<(), AppError> {
        match database.put(&self.path, self.force) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(exists(&self.named)),
            named => named.map_err(self.failed()),
        }
    }

    /// Returns a file beside the place that is nobody else's to read, and goes unless it gets the name.
    pub(super) fn begin(&self) -> Result<NamedTempFile, AppError> {
        NamedTempFile::new_in(folder(&self.path)).map_err(self.failed())
    }

    /// Gives a complete file the name.
    pub(super) fn finish(&self, file: NamedTempFile) -> Result<(), AppError> {
        file.as_file().sync_all().map_err(self.failed())?;
        let named = if self.force { file.persist(&self.path) } else { file.persist_noclobber(&self.path) };
        match named {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(exists(&self.named)),
            Err(error) => Err(self.failed()(error.error)),
        }
    }

    /// Wraps what the system said.
    pub(super) fn failed(&self) -> impl FnOnce(io::Error) -> AppError + use<> {
        AppError::io(format!("write `{}`", printable::path(&self.named)))
    }
}

/// What is written to piece by piece.
pub(super) struct Stream {
    pub(super) out: Box<dyn Write>,
    /// Whether a terminal shows what is written.
    pub(super) is_terminal: bool,
}

impl Stream {
    fn of(out: impl Write + IsTerminal + 'static) -> Self {
        Self { is_terminal: out.is_terminal(), out: Box::new(out) }
    }

    /// Returns standard output.
    pub(super) fn stdout() -> Self {
        Self::of(io::stdout())
    }
}

/// Opens a stream. What follows in standard output or standard error comes behind what is there: opened
/// by its path, a file would be written from its beginning.
pub(super) fn open_stream(path: &Path) -> io::Result<Stream> {
    Ok(match descriptor(path) {
        Some(Some(1)) => Stream::stdout(),
        Some(Some(2)) => Stream::of(io::stderr()),
        _ => {
            // Nothing is created, but the system then refuses a stranger's pipe in a shared folder.
            let mut options = File::options();
            options.append(true).create(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            Stream::of(options.open(path)?)
        }
    })
}

/// Returns the path behind all symbolic links, whether anything is there or not. Open files of a process
/// look like links, and are where it ends.
pub(super) fn follow(named: &Path) -> io::Result<PathBuf> {
    let mut path = named.to_owned();
    for _ in 0..=MOST_LINKS {
        match path.read_link() {
            Ok(target) if descriptor(&path).is_none() => path = folder(&path).join(target),
            _ => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Returns whether a path names an open file of a process, and its number if it is one of this process.
fn descriptor(path: &Path) -> Option<Option<u32>> {
    let (folder, name) = (folder(path).canonicalize().ok()?, path.file_name()?);
    let is_own = folder == Path::new("/dev/fd")
        || Path::new("/proc/self/fd").canonicalize().is_ok_and(|own| own == folder);
    let is_any = is_own || folder.starts_with("/proc") && folder.ends_with("fd");
    is_any.then(|| name.to_str()?.parse().ok().filter(|_| is_own))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn exists(path: &Path) -> AppError {
    AppError::Query(format!(
        "`{}` is there already\noverwrite it with --force, or name another file",
        printable::path(path)
    ))
}
