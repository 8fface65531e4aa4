//! What can be wrong with settings.
//!
//! Every text names the file once, leaves the reason to its source, and is safe to show with any names in it.

use ctm_pricing::OverridesError;
use ctm_types::printable::{self, one_line};
use std::net::IpAddr;
use std::path::PathBuf;

/// Settings that cannot be used, or that keep a command from its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Settings with values that are not allowed.
    #[error("settings are not valid:\n  {}", listed(.errors, "\n  "))]
    Settings {
        /// Each setting, its value and what is allowed.
        errors: Vec<String>,
    },
    /// A config file that cannot be read or understood.
    #[error("cannot use `{}`", printable::path(.path))]
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// Error of the system, or what is wrong where in the file.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Prices of the person's own that are not valid.
    #[error("cannot use the prices in `{}`", printable::path(.path))]
    Prices {
        /// The file.
        path: PathBuf,
        /// What is wrong, where.
        source: OverridesError,
    },
    /// There is no Claude home.
    #[error(
        "no Claude home found; looked for {}\nname the folder that holds `projects` with --claude-dir or CTM_CLAUDE_DIR, or try `ctm serve --demo`",
        .looked.iter().map(|path| format!("`{}`", printable::path(path))).collect::<Vec<_>>().join(", ")
    )]
    NoClaudeHome {
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// No Claude home has transcripts, or anything else that is read.
    #[error(
        "there is no `projects` in {}; name the folder in which Claude Code keeps it: --claude-dir, CTM_CLAUDE_DIR",
        .looked.iter().map(|path| format!("`{}`", printable::path(path))).collect::<Vec<_>>().join(", ")
    )]
    NoProjects {
        /// The homes.
        looked: Vec<PathBuf>,
    },
    /// The Claude home cannot be read by this user.
    #[error("cannot read the Claude home `{}`", printable::path(.path))]
    UnreadableHome {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that may not be written. Names in the text are safe to show.
    #[error("{0}")]
    Output(String),
    /// There is no database, and none may be made.
    #[error(
        "there is no database `{}` yet\na report without --no-update makes it; or name another one with --database",
        printable::path(.path)
    )]
    NoDatabase {
        /// Where it would be.
        path: PathBuf,
    },
    /// Listening beyond this machine without authentication.
    #[error(
        "not listening on {host}: everybody who reaches it could see what you use\nset a secret of 16 characters or more in CTM_AUTH_TOKEN, or name a file that holds one with --auth-token-file;\nwhere something else keeps others out, say so with CTM_AUTH=none"
    )]
    Exposed {
        /// The address.
        host: IpAddr,
    },
}

fn listed(texts: &[String], separator: &str) -> String {
    texts.iter().map(|text| one_line(text)).collect::<Vec<_>>().join(separator)
}
