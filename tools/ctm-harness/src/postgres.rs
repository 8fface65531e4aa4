//! A PostgreSQL server for tests: in a temporary folder, on a Unix socket, and gone with the process.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};

/// Environment variable with folders of the programs of PostgreSQL, separated as those of `PATH`.
pub const PROGRAMS: &str = "CTM_POSTGRES";

/// Where Debian installs each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The user `nobody` and its group: the server refuses to run as root.
const NOBODY: u32 = 65_534;

/// Creates a cluster in the folder `$2` with the programs in `$1`, starts it, and ends with standard input. Nothing is flushed to the disk:
/// the data is worth no more than the test.
const SCRIPT: &str = r#"trap '' INT
"$1/initdb" -D "$2/data" -U ctm -A trust --locale=C -E UTF8 --no-sync >"$2/log" 2>&1 || exit 1
cat >>"$2/data/postgresql.conf" <<END
unix_socket_directories = '$2'
listen_addresses = ''
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
max_connections = 300
END
"$1/pg_ctl" -D "$2/data" -w -l "$2/log" start >/dev/null 2>&1 || exit 1
echo ready
cat >/dev/null
"$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
rm -rf "$2"
"#;

/// A running server; it ends when this is dropped, or its process ends.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    /// Its end ends the server.
    _alive: ChildStdin,
}

impl Cluster {
    /// Starts a server with the programs of a folder.
    pub fn start(programs: &Path) -> Result<Self> {
        // Short: the path of a socket has at most 107 bytes.
        let folder = tempfile::Builder::new().prefix("ctm-pg-").tempdir_in("/tmp")?.keep();
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(programs).arg(&folder).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        if rustix::process::geteuid().is_root() {
            chown(&folder, Some(NOBODY), Some(NOBODY))?;
        }
        let mut child = as_nobody(&mut command).spawn().context("cannot start `sh`")?;
        let stdout = child.stdout.take().expect("stdout is piped");
        let ready = BufReader::new(stdout).lines().next();
        if !matches!(ready, Some(Ok(_))) {
            let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            bail!("PostgreSQL of `{}` does not start: {log}", programs.display());
        }
        Ok(Self { folder, _alive: child.stdin.take().expect("stdin is piped") })
    }

    /// Returns the address of the database that it has.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://ctm@localhost/postgres?host={}", self.folder.display())
    }

    /// Returns what it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

/// Returns the folders with the programs of PostgreSQL: those of the environment variable, or else those of Debian.
#[must_use]
pub fn installed() -> Vec<PathBuf> {
    if let Some(folders) = std::env::var_os(PROGRAMS) {
        return std::env::split_paths(&folders).filter(|folder| is_usable(folder)).collect();
    }
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> =
        versions.map(|version| version.path().join("bin")).filter(|folder| is_usable(folder)).collect();
    found.sort();
    found
}

/// Returns whether the programs of a folder are there, and start as the user that they run as.
fn is_usable(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| {
        let mut version = Command::new(folder.join(program));
        version.arg("--version").current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
        as_nobody(&mut version).status().is_ok_and(|status| status.success())
    })
}

/// Has a program of root run as nobody.
fn as_nobody(command: &mut Command) -> &mut Command {
    if !rustix::process::geteuid().is_root() {
        return command;
    }
    command.uid(NOBODY).gid(NOBODY)
}
