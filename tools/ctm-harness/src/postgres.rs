//! A PostgreSQL server for tests: in a temporary folder, on a Unix socket, and gone with the process.

use crate::process::find;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::chown;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Environment variable with folders of the programs of PostgreSQL, separated as those of `PATH`.
pub const PROGRAMS: &str = "CTM_POSTGRES";

/// Where Debian installs each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// How often it is looked whether a program is ready.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Settings of a server that others follow.
const FOLLOWED: &str = "wal_level = replica\nmax_wal_senders = 4";

/// What a server needs.
const SERVER: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// What copies a server.
const COPY: &str = "pg_basebackup";

/// The user `nobody` and its group: the server refuses to run as root.
const NOBODY: u32 = 65_534;

/// Creates a cluster in the folder `$2` with the programs in `$1`, starts it, and ends with standard input. Nothing is flushed to the disk:
/// the data is worth no more than the test. With a port `$3` it is on loopback as well, with TLS and the password `$4`. It has the further
/// settings `$5`, and follows the server whose socket is in the folder `$6`, if there is one.
const SCRIPT: &str = r#"trap '' INT
if [ -n "$6" ]; then
  "$1/pg_basebackup" -D "$2/data" -h "$6" -U ctm -R -c fast --no-sync >"$2/log" 2>&1 || exit 1
else
  "$1/initdb" -D "$2/data" -U ctm -A trust --locale=C -E UTF8 --no-sync >"$2/log" 2>&1 || exit 1
fi
cat >>"$2/data/postgresql.conf" <<END
unix_socket_directories = '$2'
listen_addresses = ''
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
max_connections = 300
$5
END
if [ -n "$3" ]; then
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=CA:FALSE \
    -keyout "$2/data/server.key" -out "$2/server.crt" >>"$2/log" 2>&1 || exit 1
  chmod 600 "$2/data/server.key"
  cat >>"$2/data/postgresql.conf" <<END
listen_addresses = 'localhost'
port = $3
ssl = on
ssl_cert_file = '$2/server.crt'
END
  printf "ALTER ROLE ctm PASSWORD '%s';\n" "$4" | "$1/postgres" --single -D "$2/data" postgres >>"$2/log" 2>&1 || exit 1
  echo 'hostssl all all localhost scram-sha-256' >"$2/data/pg_hba.conf"
fi
"$1/pg_ctl" -D "$2/data" -w -l "$2/log" start >/dev/null 2>&1 || exit 1
echo ready
cat >/dev/null
"$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
rm -rf "$2"
"#;

/// A running server; it ends when this is dropped, or its process ends.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    /// Its end ends the server.
    _alive: ChildStdin,
}

impl Cluster {
    /// Starts a server with the programs of a folder.
    pub fn start(programs: &Path) -> Result<Self> {
        Self::start_with(programs, ["", "", "", ""])
    }

    /// Starts a server on a port of loopback, with a certificate for `localhost` that it signed itself, and a password. It needs `openssl`.
    pub fn start_secured(programs: &Path, port: u16, password: &str) -> Result<Self> {
        Self::start_with(programs, [&port.to_string(), password, "", ""])
    }

    /// Starts a server that a replica can follow; `None` if the program that copies a server is not installed.
    pub fn start_followed(programs: &Path) -> Result<Option<Self>> {
        if !is_usable(programs, &[COPY]) {
            return Ok(None);
        }
        Self::start_with(programs, ["", "", FOLLOWED, ""]).map(Some)
    }

    /// Starts a replica, which follows this server asynchronously.
    pub fn replica(&self) -> Result<Self> {
        Self::start_with(&self.programs, ["", "", FOLLOWED, &self.folder.display().to_string()])
    }

    /// Makes a replica a server of its own.
    pub fn promote(&self) -> Result<()> {
        self.control(&["promote"])
    }

    fn start_with(programs: &Path, with: [&str; 4]) -> Result<Self> {
        // Short: the path of a socket has at most 107 bytes.
        let folder = tempfile::Builder::new().prefix("ctm-pg-").tempdir_in("/tmp")?.keep();
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(programs).arg(&folder).args(with).current_dir("/");
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
        Ok(Self {
            programs: programs.to_owned(),
            folder,
            _alive: child.stdin.take().expect("stdin is piped"),
        })
    }

    /// Returns the address of the database that it has.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://ctm@localhost/postgres?host={}", self.folder.display())
    }

    /// Ends the server as a crash does, until [`Cluster::resume`].
    pub fn crash(&self) -> Result<()> {
        self.control(&["-m", "immediate", "stop"])
    }

    /// Starts the server again.
    pub fn resume(&self) -> Result<()> {
        self.control(&["start"])
    }

    fn control(&self, args: &[&str]) -> Result<()> {
        let mut command = Command::new(self.programs.join("pg_ctl"));
        command.args(["-w", "-D"]).arg(self.folder.join("data")).arg("-l").arg(self.folder.join("log"));
        command.args(args).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = as_nobody(&mut command).status().context("cannot start `pg_ctl`")?;
        if !status.success() {
            bail!("`pg_ctl {}` ended with {status}: {}", args.join(" "), self.log());
        }
        Ok(())
    }

    /// Returns the file with its certificate.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("server.crt")
    }

    /// Returns what it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

/// A pooler in front of a server, which gives a connection to each transaction; it ends when this is dropped.
#[derive(Debug)]
pub struct Pooler {
    folder: PathBuf,
    program: Child,
}

impl Pooler {
    /// Starts `pgbouncer`; `None` if it is not installed.
    pub fn start(cluster: &Cluster) -> Result<Option<Self>> {
        let Some(program) = find("pgbouncer") else { return Ok(None) };
        let folder = cluster.folder.join("pooler");
        std::fs::create_dir(&folder)?;
        let (server, own) = (cluster.folder.display(), folder.display());
        let settings = format!(
            "[databases]\n* = host={server} user=ctm\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = {own}\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 4\nignore_startup_parameters = extra_float_digits\n"
        );
        std::fs::write(folder.join("pgbouncer.ini"), settings)?;
        if rustix::process::geteuid().is_root() {
            chown(&folder, Some(NOBODY), Some(NOBODY))?;
        }
        let mut command = Command::new(program);
        command.args(["--quiet", "pgbouncer.ini"]).current_dir(&folder);
        let program =
            as_nobody(&mut command).stdin(Stdio::null()).spawn().context("cannot start `pgbouncer`")?;
        let mut pooler = Self { folder, program };
        while UnixStream::connect(pooler.folder.join(".s.PGSQL.6432")).is_err() {
            if let Some(status) = pooler.program.try_wait()? {
                bail!("`pgbouncer` ended with {status}");
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(Some(pooler))
    }

    /// Returns the address of the database behind it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://ctm@localhost:6432/postgres?host={}", self.folder.display())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Returns the folders with the programs of PostgreSQL: those of the environment variable, or else those of Debian.
#[must_use]
pub fn installed() -> Vec<PathBuf> {
    if let Some(folders) = std::env::var_os(PROGRAMS) {
        return std::env::split_paths(&folders).filter(|folder| is_usable(folder, &SERVER)).collect();
    }
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> = versions
        .map(|version| version.path().join("bin"))
        .filter(|folder| is_usable(folder, &SERVER))
        .collect();
    found.sort();
    found
}

/// Returns whether the programs of a folder are there, and start as the user that they run as.
fn is_usable(folder: &Path, programs: &[&str]) -> bool {
    programs.iter().all(|program| {
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
