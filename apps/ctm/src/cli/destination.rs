//! Destination of an output file.
//!
//! # Design
//!
//! A regular file is written atomically: to a temporary file next to it, which is renamed when it
//! is complete. Renaming replaces any existing file, so it is used for regular files only. The target of a
//! symbolic link is replaced, not the link. A device, a pipe, a terminal or an open file of
//! this process is a stream, which is written to directly.

use crate::error::AppError;
use ctm_ingest::backups::Partial;
use ctm_types::printable;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Maximum number of symbolic links that are followed, as on Linux.
const MOST_LINKS: usize = 40;

/// Destination of a file.
pub(super) enum Destination {
    /// A regular file, which may exist already.
    File(OutputFile),
    /// Anything else, at this path.
    Stream(PathBuf),
}

/// The path of a regular file.
pub(super) struct OutputFile {
    /// The path as given.
    named: PathBuf,
    /// The path with all symbolic links resolved.
    path: PathBuf,
    /// `true` if an existing file is replaced.
    force: bool,
}

impl Destination {
    /// Examines a path.
    ///
    /// # Errors
    ///
    /// Fails for a folder, and for an existing regular file that must not be replaced.
    pub(super) fn find(named: &Path, force: bool) -> Result<Self, AppError> {
        let fail = || AppError::io(format!("write `{}`", printable::path(named)));
        // The system checks first: in a world-writable folder it does not follow another user's link.
        let found = match named.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            found => Some(found.map_err(fail())?),
        };
        let path = follow(named).map_err(fail())?;
        let shown = printable::path(named);
        match found {
            _ if descriptor(&path).is_some() => Ok(Self::Stream(path)),
            Some(found) if found.is_dir() => {
                Err(AppError::Query(format!("`{shown}` is a folder\nspecify a file in it")))
            }
            Some(found) if !found.is_file() => Ok(Self::Stream(path)),
            Some(_) if !force => Err(exists(named)),
            _ => Ok(Self::File(OutputFile { named: named.to_owned(), path, force })),
        }
    }

    /// Returns the path with all symbolic links resolved.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::File(place) => &place.path,
            Self::Stream(path) => path,
        }
    }
}

impl Destination {
    /// Writes a whole output: a file atomically.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), AppError> {
        match self {
            Self::File(place) => {
                let mut file = place.begin()?;
                file.write_all(bytes).map_err(place.failed())?;
                place.finish(file)
            }
            Self::Stream(path) => {
                let fail = || AppError::io(format!("write `{}`", printable::path(path)));
                let mut stream = open_stream(path).map_err(fail())?;
                stream.out.write_all(bytes).and_then(|()| stream.out.flush()).map_err(fail())
            }
        }
    }
}

impl OutputFile {
    /// Returns the path with all symbolic links resolved.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Renames a complete database.
    pub(super) fn put(&self, database: Partial) -> Result<(), AppError> {
        match database.put(&self.path, self.force) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(exists(&self.named)),
            named => named.map_err(self.failed()),
        }
    }

    /// Returns a private temporary file next to the destination, which is deleted unless it is renamed.
    pub(super) fn begin(&self) -> Result<NamedTempFile, AppError> {
        NamedTempFile::new_in(folder(&self.path)).map_err(self.failed())
    }

    /// Renames a complete file.
    pub(super) fn finish(&self, file: NamedTempFile) -> Result<(), AppError> {
        file.as_file().sync_all().map_err(self.failed())?;
        let named = if self.force { file.persist(&self.path) } else { file.persist_noclobber(&self.path) };
        match named {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(exists(&self.named)),
            Err(error) => Err(self.failed()(error.error)),
        }
    }

    /// Wraps a system error.
    pub(super) fn failed(&self) -> impl FnOnce(io::Error) -> AppError + use<> {
        AppError::io(format!("write `{}`", printable::path(&self.named)))
    }
}

/// An output that is written piece by piece.
pub(super) struct Stream {
    pub(super) out: Box<dyn Write>,
    /// `true` if the output is a terminal.
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

/// Opens a stream. Output to standard output or standard error is appended to what they contain: opened
/// by its path, a file would be overwritten from its beginning.
pub(super) fn open_stream(path: &Path) -> io::Result<Stream> {
    Ok(match descriptor(path) {
        Some(Some(1)) => Stream::stdout(),
        Some(Some(2)) => Stream::of(io::stderr()),
        _ => {
            // Nothing is created, but the system then refuses another user's pipe in a shared folder.
            let mut options = File::options();
            options.append(true).create(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            Stream::of(options.open(path)?)
        }
    })
}

/// Returns the path with all symbolic links resolved, whether it exists or not. Open files of a process
/// look like links, and are not resolved.
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

/// Returns whether a path is an open file of a process, and its number if it is one of this process.
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
        "`{}` already exists\noverwrite it with --force, or specify another file",
        printable::path(path)
    ))
}
