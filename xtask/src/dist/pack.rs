//! Files as archives, so that the same content is always the same file.

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

/// A file in an archive.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its path, with `/` as separator.
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
    /// Permissions.
    pub(super) mode: u32,
}

impl Entry {
    /// Returns a file that is read.
    pub(super) fn file(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), bytes: bytes.into(), mode: 0o644 }
    }

    /// Returns a file that is executed.
    pub(super) fn program(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { mode: 0o755, ..Self::file(path, bytes) }
    }
}

/// Time of every file: when the first line of the crate `tar` was written, which is what its deterministic mode has. Zero, the
/// beginning of 1970, is refused by some programs.
pub(super) const TIME_S: u32 = 1_153_704_088;

/// Compresses with gzip.
pub(super) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Packs files as a compressed tar archive. A path that ends with `/` is a folder.
pub(super) fn tar_gz(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        let is_folder = entry.path.ends_with('/');
        header.set_entry_type(if is_folder { tar::EntryType::Directory } else { tar::EntryType::Regular });
        header.set_mode(entry.mode);
        header.set_mtime(TIME_S.into());
        header.set_size(entry.bytes.len() as u64);
        header.set_username("root")?;
        header.set_groupname("root")?;
        archive.append_data(&mut header, &entry.path, &*entry.bytes)?;
    }
    Ok(archive.into_inner()?.finish()?)
}

/// Packs files as a zip archive.
pub(super) fn zip(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        archive.start_file(&*entry.path, options.unix_permissions(entry.mode).compression_level(Some(9)))?;
        archive.write_all(&entry.bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}
