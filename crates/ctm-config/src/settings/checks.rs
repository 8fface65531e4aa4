//! Checks of settings for a command: homes to read, files to write, an address to listen on.

use super::choices::{Auth, SqlAccess};
use super::values::Settings;
use crate::error::ConfigError;
use ctm_reader::{ClaudeHome, Environment};
use ctm_types::printable;
use std::path::Path;

impl Settings {
    /// Checks that there is a home, and that at least one can be listed.
    ///
    /// # Errors
    ///
    /// Fails when there is no home, or with the first one that cannot be listed.
    pub fn check_homes(&self) -> Result<(), ConfigError> {
        let mut unreadable = None;
        for home in &self.homes {
            let projects = home.path.join("projects");
            let folder = if projects.exists() { &projects } else { &home.path };
            match folder.read_dir() {
                Ok(_) => return Ok(()),
                Err(source) => {
                    unreadable.get_or_insert(ConfigError::UnreadableHome { path: folder.clone(), source });
                }
            }
        }
        Err(unreadable.unwrap_or_else(|| ConfigError::NoClaudeHome {
            looked: self.missing_homes.clone(),
            unread: self.unread_places().into_iter().map(|place| place.path).collect(),
        }))
    }

    /// Returns these settings with the homes of others, which were read later.
    #[must_use]
    pub fn with_homes_of(&self, later: Self) -> Self {
        let mut settings = Self { homes: later.homes, missing_homes: later.missing_homes, ..self.clone() };
        for (known, found) in settings.in_force.iter_mut().zip(later.in_force) {
            if found.setting.name == "claude_dir" {
                *known = found;
            }
        }
        settings
    }

    /// Checks that a home has anything that is read: transcripts, or Claude Code's own statistics.
    ///
    /// # Errors
    ///
    /// Fails when no home has.
    pub fn check_contents(&self) -> Result<(), ConfigError> {
        let has_any = |home: &ClaudeHome| {
            ["projects", "stats-cache.json"].iter().any(|name| home.path.join(name).exists())
        };
        if self.homes.iter().any(has_any) {
            return Ok(());
        }
        Err(ConfigError::NoProjects { looked: self.homes.iter().map(|home| home.path.clone()).collect() })
    }

    /// Returns whether clients may run statements of SQL: arbitrary statements reach the parser of a library in C, which a
    /// network only does where that is wanted.
    #[must_use]
    pub fn allows_sql(&self) -> bool {
        match self.sql {
            SqlAccess::Local => self.host.is_loopback(),
            SqlAccess::Allow => true,
            SqlAccess::Refuse => false,
        }
    }

    /// Checks that a file may be written: nothing of ours is ever written into a Claude home, or in place
    /// of the database.
    ///
    /// # Errors
    ///
    /// Fails for a path in a home, and for the database and its log.
    pub fn check_output(&self, path: &Path) -> Result<(), ConfigError> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if self.is_in_home(&absolute) {
            let path = printable::path(path);
            return Err(ConfigError::Output(format!(
                "`{path}` is in a Claude home, which is read-only\nspecify another location"
            )));
        }
        self.check_other_than_database(path)
    }

    /// Checks that another file than the database is meant.
    ///
    /// # Errors
    ///
    /// Fails for the database and its log.
    pub fn check_other_than_database(&self, path: &Path) -> Result<(), ConfigError> {
        let Ok(database) = self.database.canonicalize() else { return Ok(()) };
        let is_part = |suffix| {
            let mut part = database.clone().into_os_string();
            part.push(suffix);
            path.canonicalize().is_ok_and(|path| path == *part)
        };
        if ["", "-wal", "-shm"].into_iter().any(is_part) {
            let path = printable::path(path);
            return Err(ConfigError::Output(format!(
                "`{path}` is the database itself\nspecify another file"
            )));
        }
        Ok(())
    }

    /// Checks that there is a database, or something else in its place, which is refused when it is opened.
    ///
    /// # Errors
    ///
    /// Fails when there is nothing.
    pub fn check_database(&self) -> Result<(), ConfigError> {
        if self.database.exists() {
            return Ok(());
        }
        Err(ConfigError::NoDatabase { path: self.database.clone() })
    }

    /// Checks that a server beyond this machine has a token, unless `auth` is `none`.
    ///
    /// # Errors
    ///
    /// Fails when the server would be open to everyone.
    pub fn check_exposure(&self) -> Result<(), ConfigError> {
        if self.auth_token.is_some() || self.auth == Auth::None {
            return Ok(());
        }
        let hosts = [Some(self.host), self.otlp_listen.map(|address| address.ip())];
        match hosts.into_iter().flatten().find(|host| !host.to_canonical().is_loopback()) {
            Some(host) => Err(ConfigError::Exposed { host }),
            None => Ok(()),
        }
    }

    /// Checks that a server with a database on PostgreSQL is a hub.
    ///
    /// # Errors
    ///
    /// Fails when it is none.
    pub fn check_hub(&self) -> Result<(), ConfigError> {
        if self.database_url.is_some() && !self.team { Err(ConfigError::NoHub) } else { Ok(()) }
    }

    /// Returns the same settings without homes: a hub on PostgreSQL reads no transcripts.
    #[must_use]
    pub fn without_homes(self) -> Self {
        Self { homes: Vec::new(), missing_homes: Vec::new(), home_search: Environment::default(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Layers;

    const TOKEN: &str = "sixteen-and-more-letters";

    #[test]
    fn a_server_beyond_this_machine_needs_a_token_or_the_setting_none() {
        let dir = tempfile::tempdir().unwrap();
        let check = |host: &str, more: (&str, &str), expected: bool| {
            let settings =
                Settings::new(&Layers::of_home(dir.path(), &[], &[("CTM_HOST", host), more])).unwrap();
            assert_eq!(settings.check_exposure().is_ok(), expected, "{host} {}", more.0);
        };
        for host in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            check(host, ("CTM_AUTH", ""), true);
        }
        for host in ["0.0.0.0", "::", "192.168.0.1", "::ffff:192.168.0.1"] {
            check(host, ("CTM_AUTH", ""), false);
            check(host, ("CTM_AUTH", "token"), false);
            check(host, ("CTM_AUTH", "none"), true);
            check(host, ("CTM_AUTH_TOKEN", TOKEN), true);
        }
        check("127.0.0.1", ("CTM_OTLP_LISTEN", "127.0.0.1:4318"), true);
        check("127.0.0.1", ("CTM_OTLP_LISTEN", "0.0.0.0:4318"), false);
    }
}
