//! Samples that could not be stored because the database was busy: spooled in a file next to it until the next
//! call.
//!
//! The file may have any content: it is read within a limit, and invalid lines are dropped.

use super::entries::Samples;
use crate::error::AppError;
use ctm_storage::{StorageError, Store};
use ctm_types::printable::with_causes;
use std::fs::{File, TryLockError};
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Maximum wait for another process that writes to the database.
const PATIENCE: Duration = Duration::from_millis(20);

/// Maximum time for storing.
const STORING: Duration = Duration::from_millis(150);

/// Attempts to lock the file, and the pause between them: another process holds the lock while it stores.
const TRIES: u32 = 10;
const BETWEEN_TRIES: Duration = Duration::from_millis(5);

/// The largest size of the file in bytes, about a thousand figures; beyond that the oldest are dropped.
const MOST_BYTES: u64 = 256 << 10;

/// Stores samples, including spooled ones; those that cannot be stored are spooled.
///
/// # Errors
///
/// Fails when they cannot be kept, or not be stored for another reason than that the database is busy.
pub(super) async fn store(
    database: &Path,
    store: Option<&Store>,
    new: &Samples,
) -> std::result::Result<(), AppError> {
    let path = place(database);
    let failed = |action: &str| AppError::io(format!("{action} `{}`", path.display()));
    let Some(store) = store else {
        return keep(&path, None, new).await.map_err(failed("keep limits in"));
    };
    let mut kept = Samples::default();
    let mut spool = None;
    match read(&path).await {
        Ok(Some((file, samples))) => (spool, kept) = (Some(file), samples),
        Ok(None) => {}
        Err(error) => tracing::warn!("{}", with_causes(&failed("use")(error))),
    }
    let kept = kept.and(new);
    if kept.is_empty() && spool.is_none() {
        return Ok(());
    }
    match timeout(STORING, store.add_samples(&kept.limits, &kept.caches, PATIENCE)).await {
        Ok(Ok(())) => spool.map_or(Ok(()), |spool| spool.0.set_len(0)).map_err(failed("empty")),
        outcome => {
            keep(&path, spool, new).await.map_err(failed("keep limits in"))?;
            match outcome {
                Ok(Err(error)) if !matches!(error, StorageError::Locked { .. }) => Err(error.into()),
                _ => Ok(()),
            }
        }
    }
}

/// Stores spooled limits, without a timeout.
///
/// # Errors
///
/// Fails when they cannot be read or stored.
pub(in crate::cli) async fn store_kept(store: &Store) -> std::result::Result<(), AppError> {
    let path = place(store.path());
    let failed = |action: &str| AppError::io(format!("{action} `{}`", path.display()));
    let Some((spool, samples)) = read(&path).await.map_err(failed("use"))? else { return Ok(()) };
    store.add_samples(&samples.limits, &samples.caches, PATIENCE).await?;
    spool.0.set_len(0).map_err(failed("empty"))
}

fn place(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".limits");
    name.into()
}

/// Returns the spooled samples with their file, if it exists and is not empty.
async fn read(path: &Path) -> Result<Option<(Spool, Samples)>> {
    match Spool::open(path, false).await {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(mut spool) => {
            let text = spool.newest(MOST_BYTES)?;
            Ok((!text.is_empty()).then(|| (spool, Samples::of_lines(&text))))
        }
    }
}

/// Keeps figures in the file, which is created if necessary.
async fn keep(path: &Path, spool: Option<Spool>, new: &Samples) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let mut spool = match spool {
        Some(spool) => spool,
        None => Spool::open(path, true).await?,
    };
    spool.append(&new.to_lines())
}

/// The file, locked while it is open.
struct Spool(File);

impl Spool {
    /// Opens a regular file and no other, also not through a link, and waits for others but shortly.
    async fn open(path: &Path, create: bool) -> Result<Self> {
        let mut options = File::options();
        options.read(true).append(true).create(create);
        #[cfg(unix)]
        {
            use rustix::fs::OFlags;
            use std::os::unix::fs::OpenOptionsExt;
            let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
            options.mode(0o600).custom_flags(flags.bits().cast_signed());
        }
        let file = options.open(path)?;
        if !file.metadata()?.is_file() {
            return Err(Error::new(ErrorKind::InvalidInput, "not a regular file"));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Earlier versions left the permissions to the umask.
            file.set_permissions(PermissionsExt::from_mode(0o600))?;
        }
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) => sleep(BETWEEN_TRIES).await,
            }
        }
        Err(Error::new(ErrorKind::WouldBlock, "another process has locked it"))
    }

    /// Returns the last whole lines that take no more than so many bytes.
    fn newest(&mut self, most_bytes: u64) -> Result<Vec<u8>> {
        let before = self.0.metadata()?.len().saturating_sub(most_bytes);
        self.0.seek(SeekFrom::Start(before))?;
        let mut text = Vec::new();
        (&self.0).take(most_bytes).read_to_end(&mut text)?;
        // The skipped part may end in the middle of a line.
        let line_end = text.iter().position(|byte| *byte == b'\n').filter(|_| before > 0);
        text.drain(..line_end.map_or(0, |at| at + 1));
        Ok(text)
    }

    /// Appends lines, all of them or none.
    fn append(&mut self, lines: &[u8]) -> Result<()> {
        let length = self.0.metadata()?.len();
        let is_full = length + lines.len() as u64 > MOST_BYTES;
        // Half of a full file is kept, so that it is rewritten only once in a while.
        let mut text = self.newest(if is_full { MOST_BYTES / 2 } else { 1 })?;
        let is_torn = text.last().is_some_and(|byte| *byte != b'\n');
        if is_full {
            self.0.set_len(0)?;
        } else {
            text.clear();
        }
        // An incomplete line of a killed process is ended, otherwise the next one would be lost with it.
        if is_torn {
            text.push(b'\n');
        }
        text.extend_from_slice(lines);
        self.0.write_all(&text).inspect_err(|_| {
            // A full disk takes a part of it; a file can always become shorter.
            let _ = self.0.set_len(if is_full { 0 } else { length });
        })
    }
}
