//! The identity of the machine whose facts a database holds.
//!
//! # Design
//!
//! An identity is made once, at random, and kept in a file beside the database: it is that of whatever keeps its database
//! there, such as a user of a machine or a volume of a container. It is moved along with the folder. In
//! the database itself it would be part of every backup that is restored elsewhere, and a name of hardware or host reveals
//! too much and changes.

use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The file beside the database.
const FILE: &str = "machine-id";

/// Bytes of an identity.
const BYTES: usize = 16;

/// Returns the identity of the machine whose facts the database at a path holds: 32 hexadecimal digits; `None` as long
/// as no database was made there, and where the file holds something else.
#[must_use]
pub fn machine_id(database: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file(database)).ok()?;
    let id = text.trim();
    (id.len() == 2 * BYTES && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_owned())
}

/// Makes the identity, if there is none yet.
///
/// # Errors
///
/// Fails when the file cannot be written.
pub fn keep_machine_id(database: &Path) -> std::io::Result<()> {
    let path = file(database);
    if path.exists() {
        return Ok(());
    }
    let mut id = [0; BYTES];
    getrandom::fill(&mut id).map_err(Error::from)?;
    match create(&path, &hex::encode(id)) {
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        created => created,
    }
}

fn create(path: &Path, id: &str) -> std::io::Result<()> {
    let mut options = std::fs::File::options();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.write(true).create_new(true).open(path)?.write_all(format!("{id}\n").as_bytes())
}

fn file(database: &Path) -> PathBuf {
    database.with_file_name(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_an_id_that_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ctm.db");
        assert_eq!(machine_id(&path), None);
        keep_machine_id(&path).unwrap();
        let id = machine_id(&path).unwrap();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        keep_machine_id(&path).unwrap();
        assert_eq!(machine_id(&path).as_deref(), Some(&*id));
        // A second database in the folder is of the same machine, one elsewhere is not.
        let other = path.with_file_name("other.db");
        keep_machine_id(&other).unwrap();
        assert_eq!(machine_id(&other).as_deref(), Some(&*id));
        let elsewhere = tempfile::tempdir().unwrap();
        keep_machine_id(&elsewhere.path().join("ctm.db")).unwrap();
        assert_ne!(machine_id(&elsewhere.path().join("ctm.db")), Some(id));
        // What is no id is left as it is.
        std::fs::write(folder.path().join(FILE), "mine").unwrap();
        keep_machine_id(&path).unwrap();
        assert_eq!(machine_id(&path), None);
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), "mine");
    }
}
