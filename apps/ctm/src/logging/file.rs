//! The log file: readable by its owner only, and rotated daily and by size.
//!
//! # Design
//!
//! `tracing-rolling-file` was rejected: it creates files that others may read, keeps writing to a file
//! that was moved or deleted, and renames a device such as `/dev/null`.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use ctm_report::clock::Clock;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Number of old log files that are kept.
const KEPT_FILES: usize = 7;

/// Size at which a log file is rotated, in bytes.
const MOST_BYTES: u64 = 10_000_000;

/// The log file, and its path.
pub(super) struct LogFile {
    path: PathBuf,
    tz: Tz,
    clock: Clock,
    open: Open,
}

/// The open file.
struct Open {
    file: File,
    kind: Kind,
    size_bytes: u64,
    /// Day of the last line.
    day: NaiveDate,
}

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A regular file.
    Own,
    /// The target of a symbolic link, which others may use as well.
    Linked,
    /// A terminal, a pipe, or the null device.
    Stream,
}

impl LogFile {
    /// Opens a file for appending, creating it if necessary; it rotates by days of a zone.
    ///
    /// # Errors
    ///
    /// Fails when it can be neither opened nor created, or is not suitable for a log. Opening never blocks.
    pub(super) fn open(path: &Path, tz: Tz, clock: Clock) -> io::Result<Self> {
        let open = open(path, tz, &clock)?;
        if open.kind == Kind::Own {
            (1..=KEPT_FILES).map(|number| numbered(path, number)).for_each(|kept| close_to_others(&kept));
        }
        Ok(Self { path: path.to_owned(), tz, clock, open })
    }

    /// Returns whether other users may read the log.
    pub(super) fn is_exposed(&self) -> bool {
        self.open.kind != Kind::Stream
            && self.open.file.metadata().is_ok_and(|metadata| is_open_to_others(&metadata))
    }

    /// Ensures that the open file is the one at the path, of today and not too large.
    fn renew(&mut self) -> io::Result<()> {
        if self.open.kind != Kind::Own {
            return Ok(());
        }
        if !is_at(&self.open.file, &self.path) {
            self.open = open(&self.path, self.tz, &self.clock)?;
        }
        let today = self.clock.now().with_timezone(&self.tz).date_naive();
        let Open { size_bytes, day, .. } = self.open;
        let is_due = size_bytes >= MOST_BYTES || (size_bytes > 0 && day != today);
        if is_due && let Err(error) = self.set_aside() {
            // A large file is better than none; the next attempt is made after as much was written again.
            tracing::error!("cannot rotate the log file: {error}");
            self.open.size_bytes = 0;
        }
        self.open.day = today;
        Ok(())
    }

    fn set_aside(&mut self) -> io::Result<()> {
        let oldest = numbered(&self.path, KEPT_FILES);
        missing_is_fine(fs::remove_file(oldest))?;
        for number in (1..KEPT_FILES).rev() {
            missing_is_fine(fs::rename(numbered(&self.path, number), numbered(&self.path, number + 1)))?;
        }
        fs::rename(&self.path, numbered(&self.path, 1))?;
        self.open = open(&self.path, self.tz, &self.clock)?;
        Ok(())
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.renew()?;
        let written = self.open.file.write(bytes)?;
        self.open.size_bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn open(path: &Path, tz: Tz, clock: &Clock) -> io::Result<Open> {
    let link = path.symlink_metadata().ok().filter(Metadata::is_symlink);
    if link.as_ref().is_some_and(is_foreign) {
        return Err(refused("it is a symbolic link of another user"));
    }
    if link.is_none()
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        make_folder(folder)?;
    }
    let file = options(link.is_some()).open(path).map_err(|error| reason(error, path))?;
    let metadata = file.metadata()?;
    let kind = match (metadata.is_file(), link.is_some()) {
        (true, false) => Kind::Own,
        (true, true) => Kind::Linked,
        (false, _) if is_stream(&metadata) => Kind::Stream,
        (false, _) => return Err(refused("it is neither a file nor a terminal, pipe or `/dev/null`")),
    };
    if kind == Kind::Own {
        // If that fails, it is logged at the start.
        let _ = close_file_to_others(&file, &metadata);
    }
    let day = metadata.modified().map_or_else(|_| clock.now(), DateTime::<Utc>::from);
    Ok(Open { file, kind, size_bytes: metadata.len(), day: day.with_timezone(&tz).date_naive() })
}

fn refused(why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, why)
}

fn missing_is_fine(done: io::Result<()>) -> io::Result<()> {
    done.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{number}"));
    name.into()
}

/// Removes the permissions of other users from a rotated log file, if it exists.
fn close_to_others(path: &Path) {
    if let Ok(metadata) = path.symlink_metadata()
        && metadata.is_file()
        && let Ok(file) = File::open(path)
    {
        let _ = close_file_to_others(&file, &metadata);
    }
}

#[cfg(unix)]
mod system {
    use super::*;
    use rustix::fs::OFlags;
    use std::fs::{OpenOptions, Permissions};
    use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};

    /// Returns the options for opening a log file: without waiting for the reader of a pipe, and not through a link
    /// that replaced the file in between.
    pub(super) fn options(is_link: bool) -> OpenOptions {
        let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        if !is_link {
            flags |= OFlags::NOFOLLOW;
        }
        let mut options = File::options();
        options.append(true).create(!is_link).mode(0o600).custom_flags(flags.bits().cast_signed());
        options
    }

    /// Names the reason if the system's own message does not.
    pub(super) fn reason(error: io::Error, path: &Path) -> io::Error {
        let is_pipe = || path.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo());
        let has_no_reader = rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::NXIO);
        if has_no_reader && is_pipe() { refused("the pipe has no reader") } else { error }
    }

    pub(super) fn make_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    pub(super) fn is_stream(metadata: &Metadata) -> bool {
        metadata.file_type().is_char_device() || metadata.file_type().is_fifo()
    }

    pub(super) fn is_foreign(link: &Metadata) -> bool {
        ![0, rustix::process::geteuid().as_raw()].contains(&link.uid())
    }

    pub(super) fn is_open_to_others(metadata: &Metadata) -> bool {
        metadata.mode() & 0o077 != 0
    }

    pub(super) fn close_file_to_others(file: &File, metadata: &Metadata) -> io::Result<()> {
        if is_open_to_others(metadata) { file.set_permissions(Permissions::from_mode(0o600)) } else { Ok(()) }
    }

    /// Returns whether the open file is still at a path.
    pub(super) fn is_at(file: &File, path: &Path) -> bool {
        let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
        let there = path.symlink_metadata().ok().map(identity);
        there.is_some() && there == file.metadata().ok().map(identity)
    }
}

#[cfg(not(unix))]
mod system {
    use super::*;
    use std::fs::OpenOptions;

    pub(super) fn options(is_link: bool) -> OpenOptions {
        let mut options = File::options();
        options.append(true).create(!is_link);
        options
    }

    pub(super) fn reason(error: io::Error, _path: &Path) -> io::Error {
        error
    }

    pub(super) fn make_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).create(path)
    }

    /// Devices are ordinary files here.
    pub(super) fn is_stream(metadata: &Metadata) -> bool {
        !metadata.is_dir()
    }

    /// The owner of a link is unknown.
    pub(super) fn is_foreign(_link: &Metadata) -> bool {
        false
    }

    /// Permissions of other users are unknown.
    pub(super) fn is_open_to_others(_metadata: &Metadata) -> bool {
        false
    }

    pub(super) fn close_file_to_others(_file: &File, _metadata: &Metadata) -> io::Result<()> {
        Ok(())
    }

    /// Returns whether a file exists at a path.
    pub(super) fn is_at(_file: &File, path: &Path) -> bool {
        path.is_file()
    }
}

use system::{
    close_file_to_others, is_at, is_foreign, is_open_to_others, is_stream, make_folder, options, reason,
};

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn log(dir: &TempDir) -> PathBuf {
        dir.path().join("logs/ctm.log")
    }

    fn open_at(path: &Path, now: &str) -> io::Result<LogFile> {
        LogFile::open(path, Tz::Asia__Kolkata, Clock::frozen(now.parse().unwrap()))
    }

    #[track_caller]
    fn check(path: &Path, expected: &[&str]) {
        let paths =
            [path.to_owned()].into_iter().chain((1..=KEPT_FILES + 1).map(|number| numbered(path, number)));
        let texts: Vec<_> = paths.map_while(|path| fs::read_to_string(path).ok()).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn each_day_of_the_zone_has_a_file_and_seven_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = log(&dir);
        let mut file = open_at(&path, "2126-03-07T18:29:00Z").unwrap();
        for (now, line) in
            [("2126-03-07T18:29:00Z", "a"), ("2126-03-07T18:30:00Z", "b"), ("2126-03-08T18:29:00Z", "c")]
        {
            file.clock = Clock::frozen(now.parse().unwrap());
            file.write_all(line.as_bytes()).unwrap();
        }
        check(&path, &["bc", "a"]);
        for day in 10..=19 {
            file.clock = Clock::frozen(format!("2126-03-{day}T00:00:00Z").parse().unwrap());
            file.write_all(day.to_string().as_bytes()).unwrap();
        }
        check(&path, &["19", "18", "17", "16", "15", "14", "13", "12"]);
        // From the last run, yesterday.
        let mut file = open_at(&path, "2127-01-01T00:00:00Z").unwrap();
        file.write_all(b"new").unwrap();
        check(&path, &["new", "19", "18", "17", "16", "15", "14", "13"]);
    }

    #[test]
    fn a_large_file_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = log(&dir);
        let now = "2126-03-07T10:00:00Z";
        let mut file = open_at(&path, now).unwrap();
        let large = "x".repeat(10_000_000);
        file.write_all(large.as_bytes()).unwrap();
        file.write_all(b"a").unwrap();
        check(&path, &["a", &large]);
    }

    #[test]
    fn a_file_that_was_moved_or_deleted_is_created_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = log(&dir);
        let mut file = open_at(&path, "2126-03-07T10:00:00Z").unwrap();
        file.write_all(b"a").unwrap();
        fs::rename(&path, dir.path().join("elsewhere")).unwrap();
        file.write_all(b"b").unwrap();
        check(&path, &["b"]);
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
        file.write_all(b"c").unwrap();
        check(&path, &["c"]);
    }

    #[cfg(unix)]
    mod on_unix {
        use super::*;
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        use std::os::unix::fs::{PermissionsExt, symlink};

        const NOW: &str = "2126-03-07T10:00:00Z";

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        }

        fn set_mode(path: &Path, mode: u32) {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }

        #[test]
        fn logs_are_only_accessible_to_their_owner() {
            let dir = tempfile::tempdir().unwrap();
            let path = log(&dir);
            let mut file = open_at(&path, NOW).unwrap();
            assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
            assert!(!file.is_exposed());
            file.write_all(b"a").unwrap();
            fs::write(numbered(&path, 1), "b").unwrap();
            set_mode(&path, 0o666);
            set_mode(&numbered(&path, 1), 0o644);
            drop(open_at(&path, NOW).unwrap());
            assert_eq!((mode(&path), mode(&numbered(&path, 1))), (0o600, 0o600));
        }

        #[test]
        fn a_file_behind_a_link_keeps_its_mode_and_its_name() {
            let dir = tempfile::tempdir().unwrap();
            let (target, link) = (dir.path().join("target"), dir.path().join("link"));
            symlink(&target, &link).unwrap();
            assert_eq!(open_at(&link, NOW).err().unwrap().kind(), ErrorKind::NotFound);
            fs::write(&target, "x".repeat(10_000_000)).unwrap();
            set_mode(&target, 0o644);
            let mut file = open_at(&link, NOW).unwrap();
            file.write_all(b"a").unwrap();
            assert!(file.is_exposed());
            assert_eq!((mode(&target), fs::metadata(&target).unwrap().len()), (0o644, 10_000_001));
            assert!(!numbered(&link, 1).exists());
        }

        #[test]
        fn devices_are_written_to_and_never_renamed() {
            let path = Path::new("/dev/null");
            let mut file = open_at(path, NOW).unwrap();
            file.open.size_bytes = MOST_BYTES;
            file.open.day = NaiveDate::default();
            file.write_all(b"a").unwrap();
            assert!(!numbered(path, 1).exists());
            assert_eq!(
                open_at(Path::new("/dev/full"), NOW).unwrap().write_all(b"a").unwrap_err().kind(),
                ErrorKind::StorageFull
            );
        }

        #[test]
        fn a_pipe_does_not_block() {
            let dir = tempfile::tempdir().unwrap();
            let pipe = dir.path().join("pipe");
            mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
            assert_eq!(open_at(&pipe, NOW).err().unwrap().to_string(), "the pipe has no reader");
            let reader = File::options().read(true).write(true).open(&pipe).unwrap();
            open_at(&pipe, NOW).unwrap().write_all(b"a").unwrap();
            drop(reader);
            assert!(open_at(dir.path(), NOW).is_err());
        }

        #[test]
        fn a_folder_that_cannot_be_made_is_an_error_and_the_next_line_tries_again() {
            let dir = tempfile::tempdir().unwrap();
            let path = log(&dir);
            let mut file = open_at(&path, NOW).unwrap();
            fs::remove_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path.parent().unwrap(), "in the way").unwrap();
            assert!(file.write_all(b"a").is_err());
            fs::remove_file(path.parent().unwrap()).unwrap();
            file.write_all(b"b").unwrap();
            check(&path, &["b"]);
        }
    }
}
