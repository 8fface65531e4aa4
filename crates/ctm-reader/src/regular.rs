//! Opening files that other users may have put there.
//!
//! Any path can lead to a pipe without a writer, to a device without an end, or to a file
//! of any size. Only a regular file is sure to end; reads of it are bounded.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// Opens a regular file for reading, through symbolic links, and returns its metadata.
///
/// Opening never blocks: a pipe or a device is refused without being opened, and refused again if it
/// replaced the file in between.
///
/// # Errors
///
/// Fails when the file cannot be opened, or is not a regular file ([`io::ErrorKind::InvalidInput`]).
pub fn open_regular(path: &Path) -> io::Result<(File, Metadata)> {
    check(&path.metadata()?)?;
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
        options.custom_flags(i32::from_ne_bytes(flags.to_ne_bytes()));
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    check(&metadata)?;
    Ok((file, metadata))
}

/// Reads a regular file of at most `limit_bytes` bytes.
///
/// # Errors
///
/// Fails as [`open_regular`] does, when the file cannot be read, or when it has more bytes
/// ([`io::ErrorKind::FileTooLarge`]).
pub fn read_regular(path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let too_large =
        || io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit_bytes} bytes"));
    let (file, metadata) = open_regular(path)?;
    if metadata.len() > limit_bytes {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // System files report size 0, and may have no end.
    file.take(limit_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit_bytes { Err(too_large()) } else { Ok(bytes) }
}

fn check(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_within_the_limit_is_read_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "four").unwrap();
        assert_eq!(read_regular(&path, 4).unwrap(), b"four");
        assert_eq!(read_regular(&path, 3).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        let absent = read_regular(&dir.path().join("b"), 4).unwrap_err();
        assert_eq!(absent.kind(), io::ErrorKind::NotFound);
        let folder = read_regular(dir.path(), 4).unwrap_err();
        assert_eq!(folder.to_string(), "not a regular file");
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_devices_are_refused_and_files_of_the_system_are_bounded() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        for path in [pipe, link] {
            let error = read_regular(&path, 1 << 20).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{}", path.display());
        }
        let endless = Path::new("/proc/self/maps");
        if endless.exists() {
            assert_eq!(read_regular(endless, 16).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        }
    }
}
