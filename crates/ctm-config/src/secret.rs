//! Secrets that the config file names: texts, files and variables of the environment.
//!
//! A secret is read when it is needed, not with the settings: a command that sends nothing works without it.

use ctm_reader::read_regular;
use ctm_types::printable;
use std::ffi::OsString;
use std::fmt;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// The longest secret, in bytes: an address of a webhook, a token or a password.
const LONGEST: usize = 4096;

/// The largest file of a secret, in bytes: white space around it is allowed.
const MOST_FILE_BYTES: u64 = 8192;

/// A secret: one line of visible text. It is never shown, not even for debugging.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret, unless it is empty, too long, or has a control character, which could end a header.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=LONGEST).contains(&text.len()) && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPlace {
    /// In the config file itself.
    Config(Secret),
    /// In a file of its own.
    File(PathBuf),
    /// In a variable of the environment.
    Variable(String),
}

/// A secret by its key in the config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretSource {
    /// The key, such as `token`, for which `token_file` and `token_env` stand too.
    pub key: &'static str,
    /// The config file.
    pub config: PathBuf,
    /// Where the secret is.
    pub place: SecretPlace,
}

/// A secret that cannot be used. No text has any of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// A file that cannot be read.
    #[error("`{key}_file` in `{}`: cannot read `{}`", printable::path(.config), printable::path(.path))]
    File {
        /// The key.
        key: &'static str,
        /// The config file.
        config: PathBuf,
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: Error,
    },
    /// A variable that is not set.
    #[error(
        "`{key}_env` in `{}`: the variable `{}` is not set; set it where the server is started",
        printable::path(.config), printable::one_line(.variable)
    )]
    Variable {
        /// The key.
        key: &'static str,
        /// The config file.
        config: PathBuf,
        /// The variable.
        variable: String,
    },
    /// A text that is no secret.
    #[error("`{key}` in `{}` is not valid; allowed: one line of 1 to {most} bytes", printable::path(.config), most = LONGEST)]
    Invalid {
        /// The key, with its suffix.
        key: String,
        /// The config file.
        config: PathBuf,
    },
}

impl SecretSource {
    /// Reads the secret.
    ///
    /// # Errors
    ///
    /// Fails when its file cannot be read, its variable is not set, or it is not one line of visible text.
    pub fn read(&self, variable: impl Fn(&str) -> Option<OsString>) -> Result<Secret, SecretError> {
        let (text, suffix) = match &self.place {
            SecretPlace::Config(secret) => return Ok(secret.clone()),
            SecretPlace::File(path) => (self.read_file(path)?, "_file"),
            SecretPlace::Variable(name) => {
                let value = variable(name).ok_or_else(|| self.unset(name))?;
                (value.into_string().unwrap_or_default(), "_env")
            }
        };
        Secret::parse(text.trim()).ok_or_else(|| SecretError::Invalid {
            key: format!("{}{suffix}", self.key),
            config: self.config.clone(),
        })
    }

    /// Returns the file with the secret, if other users of this machine may read it.
    #[must_use]
    pub fn open_to_others(&self) -> Option<&Path> {
        let path = match &self.place {
            SecretPlace::Config(_) => &self.config,
            SecretPlace::File(path) => path,
            SecretPlace::Variable(_) => return None,
        };
        is_open_to_others(path).then_some(path)
    }

    fn read_file(&self, path: &Path) -> Result<String, SecretError> {
        let bytes = read_regular(path, MOST_FILE_BYTES);
        let text = bytes.and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| Error::new(ErrorKind::InvalidData, "not UTF-8"))
        });
        text.map_err(|source| SecretError::File {
            key: self.key,
            config: self.config.clone(),
            path: path.to_owned(),
            source,
        })
    }

    fn unset(&self, variable: &str) -> SecretError {
        SecretError::Variable { key: self.key, config: self.config.clone(), variable: variable.to_owned() }
    }
}

/// Returns whether other users of this machine may read a file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// Permissions are unknown on this platform.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::printable::with_causes;
    use std::fs;

    fn source(place: SecretPlace) -> SecretSource {
        SecretSource { key: "token", config: "/c/config.toml".into(), place }
    }

    #[test]
    fn a_secret_is_in_the_config_file_or_in_a_file_or_in_a_variable() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        fs::write(&path, " in a file\n").unwrap();
        let read = |place| {
            let variable = |name: &str| (name == "TOKEN").then(|| "in a variable".into());
            source(place).read(variable).map(|secret| secret.expose().to_owned())
        };
        assert_eq!(read(SecretPlace::Config(Secret::parse("here").unwrap())).unwrap(), "here");
        assert_eq!(read(SecretPlace::File(path)).unwrap(), "in a file");
        assert_eq!(read(SecretPlace::Variable("TOKEN".to_owned())).unwrap(), "in a variable");
    }

    #[test]
    fn an_error_names_key_and_file_and_shows_no_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let check = |place, value: &str, expected: &str| {
            let error = source(place).read(|name| (name == "SET").then(|| value.into())).unwrap_err();
            let text = with_causes(&error);
            assert!(text.starts_with(expected) && text.contains("/c/config.toml"), "{text}");
            assert!(!text.contains("hush") && !format!("{error:?}").contains("hush"), "{text}");
        };
        check(SecretPlace::File(path.clone()), "", "`token_file` in `/c/config.toml`: cannot read `");
        fs::write(&path, "hush\nhush").unwrap();
        check(
            SecretPlace::File(path.clone()),
            "",
            "`token_file` in `/c/config.toml` is not valid; allowed: one line",
        );
        fs::write(&path, "h".repeat(9000)).unwrap();
        check(SecretPlace::File(path), "", "`token_file` in `/c/config.toml`: cannot read `");
        let variable = |name: &str| SecretPlace::Variable(name.to_owned());
        check(
            variable("UNSET"),
            "",
            "`token_env` in `/c/config.toml`: the variable `UNSET` is not set; set it",
        );
        check(variable("SET"), "hush\u{7}hush", "`token_env` in `/c/config.toml` is not valid; allowed");
        check(variable("SET"), " ", "`token_env` in `/c/config.toml` is not valid; allowed");
        assert_eq!(format!("{:?}", Secret::parse("hush")), "Some(Secret)");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        fs::write(&path, "a").unwrap();
        let file = source(SecretPlace::File(path.clone()));
        let set = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        set(0o600);
        assert_eq!(file.open_to_others(), None);
        set(0o640);
        assert_eq!(file.open_to_others(), Some(&*path));
        assert_eq!(source(SecretPlace::Variable("A".to_owned())).open_to_others(), None);
    }
}
