//! Finding the Claude homes.

use crate::ReadError;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The settings that say where Claude homes are; the caller asks the process for them.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// A comma-separated list of homes that overrides everything else (`CTM_CLAUDE_DIR`).
    pub claude_dirs: Option<String>,
    /// `CLAUDE_CONFIG_DIR`, Claude Code's own setting; a comma-separated list is understood too.
    pub claude_config_dir: Option<String>,
    /// `XDG_CONFIG_HOME`, in place of `~/.config`.
    pub xdg_config_home: Option<PathBuf>,
    /// The person's home folder, in place of a leading `~`.
    pub home: Option<PathBuf>,
}

/// A Claude home that exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// The canonical path: absolute, and without symbolic links.
    pub path: PathBuf,
    /// The same as text, which names the home in facts; characters that are no Unicode are replaced.
    pub name: Arc<str>,
}

impl Root {
    /// Returns the home at `path`.
    ///
    /// # Errors
    ///
    /// Fails when the folder does not exist or cannot be examined.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let path = path.canonicalize().map_err(ReadError::io(path))?;
        let name = path.to_string_lossy().into();
        Ok(Self { path, name })
    }
}

/// Which homes there are, and where others were looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roots {
    /// Homes that exist, each once, in the order in which they were named.
    pub found: Vec<Root>,
    /// Places where a home was looked for and none is.
    pub missing: Vec<PathBuf>,
}

/// Finds the Claude homes: the ones named by [`Environment::claude_dirs`]; else by
/// [`Environment::claude_config_dir`]; else `~/.config/claude` and `~/.claude`.
///
/// A home that can be reached in several ways is found once.
#[must_use]
pub fn find_roots(environment: &Environment) -> Roots {
    let mut roots = Roots::default();
    for path in candidates(environment) {
        match Root::open(&path) {
            Ok(root) if roots.found.contains(&root) => {}
            Ok(root) => roots.found.push(root),
            Err(_) => roots.missing.push(path),
        }
    }
    roots
}

fn candidates(environment: &Environment) -> Vec<PathBuf> {
    let named = |list: &Option<String>| -> Vec<PathBuf> {
        list.iter()
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .filter(|path| !path.is_empty())
            .map(|path| expand_home(path, environment.home.as_deref()))
            .collect()
    };
    for list in [&environment.claude_dirs, &environment.claude_config_dir] {
        let paths = named(list);
        if !paths.is_empty() {
            return paths;
        }
    }
    let home = environment.home.as_deref();
    let config = environment.xdg_config_home.clone().or_else(|| home.map(|home| home.join(".config")));
    config
        .map(|config| config.join("claude"))
        .into_iter()
        .chain(home.map(|home| home.join(".claude")))
        .collect()
}

fn expand_home(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(rest), Some(home)) if rest.starts_with(['/', '\\']) => home.join(&rest[1..]),
        _ => path.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_first_setting_that_names_a_home_decides() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        for name in [".config/claude", ".claude", "a", "b"] {
            fs::create_dir_all(home.join(name)).unwrap();
        }
        let path = |name: &str| home.join(name).to_str().unwrap().to_owned();
        let check = |environment: Environment, expected: &[&str], missing: &[&str]| {
            let roots = find_roots(&Environment { home: Some(home.clone()), ..environment });
            let found: Vec<_> = roots.found.iter().map(|root| root.path.clone()).collect();
            assert_eq!(found, expected.iter().map(|name| home.join(name)).collect::<Vec<_>>());
            assert_eq!(roots.missing, missing.iter().map(|name| home.join(name)).collect::<Vec<_>>());
        };
        check(Environment::default(), &[".config/claude", ".claude"], &[]);
        check(
            Environment { xdg_config_home: Some(home.join("elsewhere")), ..Environment::default() },
            &[".claude"],
            &["elsewhere/claude"],
        );
        check(Environment { claude_config_dir: Some(path("a")), ..Environment::default() }, &["a"], &[]);
        let list = format!("~/b , {},{}, ~/none", path("a"), path("b"));
        check(
            Environment {
                claude_dirs: Some(list),
                claude_config_dir: Some(path("a")),
                ..Environment::default()
            },
            &["b", "a"],
            &["none"],
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_home_behind_a_link_is_the_same_home() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        fs::create_dir_all(home.join("real")).unwrap();
        std::os::unix::fs::symlink(home.join("real"), home.join("link")).unwrap();
        let list = format!("{0}/link,{0}/real", home.display());
        let roots = find_roots(&Environment { claude_dirs: Some(list), ..Environment::default() });
        assert_eq!(roots.found.len(), 1);
        assert_eq!(roots.found[0].path, home.join("real"));
    }
}
