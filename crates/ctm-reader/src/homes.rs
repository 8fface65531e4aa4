//! Finding the Claude homes.
//!
//! # Design
//!
//! A user can have several homes: accounts, or copies of other machines' homes. Facts are stored
//! under the canonical path; the label of a home is separate from its identity, so that it can be
//! renamed at any time, and all of its history with it. The same home can have another path, in a container or
//! after a move: then a setting states which path is its identity.
//!
//! A list of homes has two words for homes that it does not name one by one: `auto` is every home in a known place, and
//! the folder of Cowork's sessions is every home in it. These share a label, which selects all of them.

use crate::ReadError;
use crate::known_homes::{HomeKind, KnownPlace, Platform, UserFolders, cowork_homes, known_places};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The entry of a list of homes that stands for all homes in known places.
const AUTO: &str = "auto";

/// What locates Claude homes; the caller reads it from the process.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// A comma-separated list of homes that overrides everything else, such as a setting of the program; each can
    /// have a label before it: `work=~/.claude-work,~/.claude`. `auto` stands for all homes in known places.
    pub claude_dirs: Option<String>,
    /// The folder that relative paths in `claude_dirs` are relative to; empty is the working directory.
    pub base: PathBuf,
    /// Homes with another path as their identity: for each path of a home, the path that facts use.
    pub same_homes: Vec<(PathBuf, String)>,
    /// `CLAUDE_CONFIG_DIR`, Claude Code's own setting; a comma-separated list is accepted too.
    pub claude_config_dir: Option<String>,
    /// `XDG_CONFIG_HOME`, in place of `~/.config`.
    pub xdg_config_home: Option<PathBuf>,
    /// The user's home folder, in place of a leading `~`.
    pub home: Option<PathBuf>,
    /// `APPDATA`, in place of `AppData/Roaming` on Windows.
    pub app_data: Option<PathBuf>,
    /// `LOCALAPPDATA`, in place of `AppData/Local` on Windows.
    pub local_app_data: Option<PathBuf>,
    /// The platform.
    pub platform: Platform,
}

impl Environment {
    /// Returns whether the list of homes also stands for homes that do not exist yet.
    #[must_use]
    pub fn finds_later_homes(&self) -> bool {
        let is_open = |entry: &String| {
            entry == AUTO || cowork_homes(&candidate(entry, self.home.as_deref(), &self.base).path).is_some()
        };
        split(&self.claude_dirs).iter().any(is_open)
    }

    /// Returns the known places that have homes, whether they are named or not; without a home folder none is known.
    #[must_use]
    pub fn known_places(&self) -> Vec<KnownPlace> {
        let Some(root) = self.home.clone() else { return Vec::new() };
        known_places(&UserFolders {
            root,
            config: self.xdg_config_home.clone(),
            app_data: self.app_data.clone(),
            local_app_data: self.local_app_data.clone(),
            platform: self.platform,
        })
    }
}

/// A Claude home that exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaudeHome {
    /// The canonical path: absolute, and without symbolic links.
    pub path: PathBuf,
    /// The identity of the home in facts: the same as text, with non-Unicode characters replaced, or the path that
    /// [`Environment::same_homes`] gives for the same home.
    pub name: Arc<str>,
    /// Label of the home; defaults to its name. Never part of facts.
    pub label: Arc<str>,
}

impl ClaudeHome {
    /// Returns the home at `path`, without a label of its own.
    ///
    /// # Errors
    ///
    /// Fails when the folder does not exist or cannot be examined.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let path = path.canonicalize().map_err(ReadError::io(path))?;
        let name: Arc<str> = path.to_string_lossy().into();
        Ok(Self { path, label: Arc::clone(&name), name })
    }

    /// Sets the identity that is configured for its path, if any.
    fn identify(&mut self, same_homes: &[(PathBuf, String)]) {
        let lies_at =
            |path: &Path| path == self.path || path.canonicalize().is_ok_and(|path| path == self.path);
        if let Some((_, name)) = same_homes.iter().find(|(path, _)| lies_at(path)) {
            self.name = name.as_str().into();
            self.label = Arc::clone(&self.name);
        }
    }

    /// Returns whether facts know the home by another path than its present one.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.path.to_string_lossy() != *self.name
    }
}

/// The homes that exist, and the paths of missing ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiscoveredHomes {
    /// Homes that exist, each once, in the order in which they were named.
    pub found: Vec<ClaudeHome>,
    /// Paths without a home.
    pub missing: Vec<PathBuf>,
    /// Labels of more than one home, each once.
    pub ambiguous: Vec<Arc<str>>,
}

/// Finds the Claude homes: the ones named by [`Environment::claude_dirs`]; else by
/// [`Environment::claude_config_dir`]; else `~/.config/claude` and `~/.claude`.
///
/// A home with several paths is found once, with its first label; a label of the list precedes one of a known place.
#[must_use]
pub fn find_homes(environment: &Environment) -> DiscoveredHomes {
    let mut homes = DiscoveredHomes::default();
    let mut usual = Vec::new();
    let mut own_labels: Vec<bool> = Vec::new();
    for Candidate { path, label, named } in candidates(environment) {
        let path = home_of(path);
        // Without a home folder, a `~` is not resolved to one in the working directory either.
        let opened = if path.starts_with("~") { None } else { ClaudeHome::open(&path).ok() };
        let Some(mut home) = opened else {
            let missing = if named { &mut homes.missing } else { &mut usual };
            if named || !missing.contains(&path) {
                missing.push(path);
            }
            continue;
        };
        home.identify(&environment.same_homes);
        let at = homes.found.iter().position(|found| found.name == home.name).unwrap_or_else(|| {
            homes.found.push(home);
            own_labels.push(false);
            homes.found.len() - 1
        });
        let home = &mut homes.found[at];
        if let Some(label) = label.filter(|_| home.label == home.name || (named && !own_labels[at])) {
            home.label = label;
            own_labels[at] = named;
        }
    }
    if homes.found.is_empty() {
        homes.missing.append(&mut usual);
    }
    homes.ambiguous = ambiguous(&homes.found, &own_labels);
    homes
}

/// Returns the labels that the list gives to several homes.
fn ambiguous(found: &[ClaudeHome], own_labels: &[bool]) -> Vec<Arc<str>> {
    let mut uses: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
    let named = found.iter().zip(own_labels).filter(|(_, is_own)| **is_own);
    named.for_each(|(home, _)| *uses.entry(&home.label).or_default() += 1);
    uses.into_iter().filter(|(_, uses)| *uses > 1).map(|(label, _)| label.clone()).collect()
}

/// Returns the home that a path means: the folder of transcripts in it is as good a name for it.
fn home_of(path: PathBuf) -> PathBuf {
    let is_projects = path.file_name().is_some_and(|name| name == "projects");
    match path.parent() {
        Some(home) if is_projects && path.is_dir() && !path.join("projects").exists() => home.to_owned(),
        _ => path,
    }
}

/// A place where a home may be, and what it is called.
struct Candidate {
    path: PathBuf,
    label: Option<Arc<str>>,
    /// `true` if the path itself is named, so that it should exist and its label is that of one home.
    named: bool,
}

impl Candidate {
    fn named(path: PathBuf) -> Self {
        Self { path, label: None, named: true }
    }
}

fn candidates(environment: &Environment) -> Vec<Candidate> {
    let named = split(&environment.claude_dirs);
    if named.is_empty() {
        return usual(environment);
    }
    named.iter().flat_map(|entry| entry_candidates(entry, environment)).collect()
}

/// Returns the homes for which an entry of the list stands.
fn entry_candidates(entry: &str, environment: &Environment) -> Vec<Candidate> {
    if entry == AUTO {
        return all_known(environment);
    }
    let candidate = candidate(entry, environment.home.as_deref(), &environment.base);
    match cowork_homes(&candidate.path) {
        None => vec![candidate],
        Some(homes) => {
            let label = candidate.label.unwrap_or_else(|| HomeKind::Cowork.name().into());
            in_place(homes, &label).collect()
        }
    }
}

/// Returns all homes of a person: those in the usual places, and those in known ones.
fn all_known(environment: &Environment) -> Vec<Candidate> {
    let named = usual(environment);
    let defaults = usual(&Environment { claude_config_dir: None, ..environment.clone() });
    let homes = named.into_iter().chain(defaults).map(|usual| Candidate { named: false, ..usual });
    let places = environment.known_places().into_iter();
    homes.chain(places.flat_map(|KnownPlace { label, homes, .. }| in_place(homes, &label))).collect()
}

/// Returns the homes in one place, under one label.
fn in_place(homes: Vec<PathBuf>, label: &Arc<str>) -> impl Iterator<Item = Candidate> + use<> {
    let label = Some(Arc::clone(label));
    homes.into_iter().map(move |path| Candidate { path, label: label.clone(), named: false })
}

/// Returns the homes that Claude Code itself uses.
fn usual(environment: &Environment) -> Vec<Candidate> {
    let home = environment.home.as_deref();
    let named = split(&environment.claude_config_dir);
    if !named.is_empty() {
        return named.iter().map(|entry| Candidate::named(expand_home(entry, home))).collect();
    }
    let config = environment.xdg_config_home.clone().or_else(|| home.map(|home| home.join(".config")));
    let config = config.map(|config| config.join("claude"));
    config.into_iter().chain(home.map(|home| home.join(".claude"))).map(Candidate::named).collect()
}

/// Splits a comma-separated list.
fn split(list: &Option<String>) -> Vec<String> {
    let entries = list.iter().flat_map(|list| list.split(',')).map(str::trim);
    entries.filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// Splits an entry into `<label>=<path>`, or takes it as a path. A path that contains `=` is recognised if it
/// exists, or if the `=` follows a separator.
fn candidate(entry: &str, home: Option<&Path>, base: &Path) -> Candidate {
    let expand = |path: &str| match expand_home(path, home) {
        unknown if unknown.starts_with("~") => unknown,
        path => base.join(path),
    };
    let whole = expand(entry);
    let is_label = |label: &str| !label.is_empty() && !label.contains(['/', '\\']);
    match entry.split_once('=').map(|(label, path)| (label.trim(), path.trim())) {
        Some((label, path)) if is_label(label) && !whole.exists() => {
            Candidate { label: Some(label.into()), ..Candidate::named(expand(path)) }
        }
        _ => Candidate::named(whole),
    }
}

/// Returns a path with the home folder in place of a leading `~`, as far as there is one.
#[must_use]
pub fn expand_home(path: &str, home: Option<&Path>) -> PathBuf {
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
            let homes = find_homes(&Environment { home: Some(home.clone()), ..environment });
            let found: Vec<_> = homes.found.iter().map(|found| found.path.clone()).collect();
            assert_eq!(found, expected.iter().map(|name| home.join(name)).collect::<Vec<_>>());
            assert_eq!(homes.missing, missing.iter().map(|name| home.join(name)).collect::<Vec<_>>());
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

    #[test]
    fn the_folder_of_transcripts_names_its_home() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        for name in ["a/projects", "b/projects/projects", "projects"] {
            fs::create_dir_all(home.join(name)).unwrap();
        }
        let check = |named: &str, expected: &str| {
            let claude_dirs = Some(home.join(named).to_str().unwrap().to_owned());
            let homes = find_homes(&Environment { claude_dirs, ..Environment::default() });
            assert_eq!(homes.found[0].path, home.join(expected), "{named}");
        };
        check("a", "a");
        check("a/projects", "a");
        check("b/projects", "b/projects");
    }

    #[test]
    fn a_home_is_identified_by_its_mapped_path() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        for name in ["a", "b"] {
            fs::create_dir_all(home.join(name).join("projects/-p")).unwrap();
        }
        fs::write(home.join("a/projects/-p/s.jsonl"), "").unwrap();
        let [a, b] = ["a", "b"].map(|name| home.join(name));
        let find = |same_homes| {
            let claude_dirs = Some(format!("w={},{}", a.display(), b.display()));
            find_homes(&Environment { claude_dirs, same_homes, ..Environment::default() }).found
        };
        let found = find(vec![(a.clone(), "/known".to_owned())]);
        let names: Vec<_> = found.iter().map(|home| (&*home.name, &*home.label, &home.path)).collect();
        assert_eq!(names, [("/known", "w", &a), (&*b.to_string_lossy(), &*b.to_string_lossy(), &b)]);
        let file = crate::discover(&found[0]).files.remove(0);
        assert_eq!((&*file.path.home, file.absolute()), ("/known", a.join("projects/-p/s.jsonl")));
        // Two places of one home are one home, the first one.
        let found = find(vec![(a.clone(), "/known".to_owned()), (b.clone(), "/known".to_owned())]);
        assert_eq!(found.iter().map(|home| &home.path).collect::<Vec<_>>(), [&a]);
    }

    #[test]
    fn homes_can_have_labels() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        for name in ["a", "b", "c", "d=e", "x=y/z"] {
            fs::create_dir_all(home.join(name)).unwrap();
        }
        let path = |name: &str| home.join(name).to_str().unwrap().to_owned();
        let check = |list: &str, expected: &[(&str, &str)], ambiguous: &[&str]| {
            let claude_dirs = Some(list.replace("HOME", home.to_str().unwrap()));
            let environment = Environment { claude_dirs, home: Some(home.clone()), ..Environment::default() };
            let homes = find_homes(&environment);
            let found: Vec<_> = homes.found.iter().map(|found| (&*found.label, found.path.clone())).collect();
            let expected: Vec<_> = expected.iter().map(|(label, name)| (*label, home.join(name))).collect();
            assert_eq!(found, expected, "{list}");
            assert_eq!(homes.ambiguous.iter().map(|label| &**label).collect::<Vec<_>>(), ambiguous);
            assert!(homes.found.iter().all(|found| *found.name == *found.path.to_string_lossy()));
        };
        check("work=HOME/a, own = ~/b ,HOME/c", &[("work", "a"), ("own", "b"), (&path("c"), "c")], &[]);
        check("w=HOME/a,HOME/b,w=HOME/c", &[("w", "a"), (&path("b"), "b"), ("w", "c")], &["w"]);
        // The same home again is not another one; its first label is used.
        check("HOME/a,w=HOME/a,v=~/a", &[("w", "a")], &[]);
        check("w=HOME/none,w=HOME/a", &[("w", "a")], &[]);
        // A path with a `=` in it.
        check("HOME/d=e,~/x=y/z", &[(&path("d=e"), "d=e"), (&path("x=y/z"), "x=y/z")], &[]);
        check("e=~/d=e", &[("e", "d=e")], &[]);
        check("=HOME/a", &[], &[]);
    }

    #[test]
    fn relative_homes_are_relative_to_the_base_and_need_a_home_folder_for_a_tilde() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        fs::create_dir_all(base.join("a")).unwrap();
        let claude_dirs = Some("a,work=./a,~/a,own=~".to_owned());
        let homes = find_homes(&Environment { claude_dirs, base: base.clone(), ..Environment::default() });
        assert_eq!(homes.found.iter().map(|found| &found.path).collect::<Vec<_>>(), [&base.join("a")]);
        assert_eq!(&*homes.found[0].label, "work");
        assert_eq!(homes.missing, [PathBuf::from("~/a"), PathBuf::from("~")]);
    }

    #[test]
    fn auto_is_every_home_in_a_known_place() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let sessions = ".config/Claude/local-agent-mode-sessions";
        let [one, other] = ["1", "2"].map(|task| format!("{sessions}/org/account/local_{task}/.claude"));
        for home in [".claude", ".claude-work", "a", &one, &other] {
            fs::create_dir_all(root.join(home).join("projects")).unwrap();
        }
        let check = |list: &str, expected: &[(&str, &str)], missing: &[&str]| {
            let environment = Environment {
                claude_dirs: Some(list.to_owned()),
                claude_config_dir: Some(root.join("a").to_str().unwrap().to_owned()),
                home: Some(root.clone()),
                platform: Platform::Linux,
                ..Environment::default()
            };
            let homes = find_homes(&environment);
            let found: Vec<_> = homes.found.iter().map(|home| (&*home.label, home.path.clone())).collect();
            let path = |name: &str| root.join(name);
            let full = |(label, name): &(&str, &str)| {
                let label = if label.is_empty() { path(name).display().to_string() } else { (*label).into() };
                (label, path(name))
            };
            let expected: Vec<_> = expected.iter().map(full).collect();
            let expected: Vec<_> = expected.iter().map(|(label, path)| (&**label, path.clone())).collect();
            assert_eq!(found, expected, "{list}");
            assert_eq!(homes.missing, missing.iter().map(|name| path(name)).collect::<Vec<_>>(), "{list}");
            assert_eq!(homes.ambiguous, [], "{list}");
            environment.finds_later_homes()
        };
        let all =
            [("", "a"), ("", ".claude"), ("work", ".claude-work"), ("cowork", &one), ("cowork", &other)];
        assert!(check("auto", &all, &[]));
        let job = [("", "a"), ("", ".claude"), ("job", ".claude-work"), ("cowork", &one), ("cowork", &other)];
        assert!(check("auto, job=~/.claude-work", &job, &[]));
        assert!(check(&format!("~/{sessions}"), &all[3..], &[]));
        assert!(check(&format!("t=~/{sessions},~/none"), &[("t", &one), ("t", &other)], &["none"]));
        assert!(!check("~/.claude-work", &[("", ".claude-work")], &[]));
    }

    #[test]
    fn auto_without_any_home_reports_the_usual_places() {
        let dir = tempfile::tempdir().unwrap();
        let claude_dirs = Some("auto".to_owned());
        let home = Some(dir.path().to_owned());
        let homes = find_homes(&Environment { claude_dirs, home, ..Environment::default() });
        assert_eq!(homes.missing, [".config/claude", ".claude"].map(|name| dir.path().join(name)));
    }

    #[test]
    fn only_our_own_setting_has_labels() {
        let claude_config_dir = Some("work=/none".to_owned());
        let homes = find_homes(&Environment { claude_config_dir, ..Environment::default() });
        assert_eq!(homes.missing, [PathBuf::from("work=/none")]);
    }

    #[cfg(unix)]
    #[test]
    fn a_home_behind_a_link_is_the_same_home() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        fs::create_dir_all(home.join("real")).unwrap();
        std::os::unix::fs::symlink(home.join("real"), home.join("link")).unwrap();
        let list = format!("{0}/link,{0}/real", home.display());
        let homes = find_homes(&Environment { claude_dirs: Some(list), ..Environment::default() });
        assert_eq!(homes.found.len(), 1);
        assert_eq!(homes.found[0].path, home.join("real"));
    }
}
