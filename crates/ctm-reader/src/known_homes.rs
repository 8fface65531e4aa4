//! Places where other programs and second accounts keep Claude homes.
//!
//! # Design
//!
//! A home is a config folder of Claude Code: it has a `projects` folder. Cowork (local agent mode of the desktop
//! app) gives every task a home of its own, so a list of paths never names the next one: the folder of its sessions
//! stands for all homes in it. `audit.jsonl` of a task is beside its home, holds responses before they are complete, and is
//! never read.
//!
//! The places are a function of a user's home folder and a platform, so those of every platform are tested on one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder of the desktop app that has the sessions of Cowork.
const SESSIONS: &str = "local-agent-mode-sessions";

/// Levels of folders between that folder and those of its sessions, at most.
const MOST_LEVELS: usize = 3;

/// A platform on which the places of homes are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Linux and other Unix systems.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl Default for Platform {
    /// Returns the platform of this program.
    fn default() -> Self {
        if cfg!(target_os = "macos") {
            Self::MacOs
        } else if cfg!(windows) {
            Self::Windows
        } else {
            Self::Linux
        }
    }
}

/// The folders of a user in which programs keep their data.
#[derive(Debug, Clone)]
pub struct UserFolders {
    /// The user's home folder.
    pub root: PathBuf,
    /// `XDG_CONFIG_HOME`, in place of `.config` on Linux.
    pub config: Option<PathBuf>,
    /// `APPDATA`, in place of `AppData/Roaming` on Windows.
    pub app_data: Option<PathBuf>,
    /// `LOCALAPPDATA`, in place of `AppData/Local` on Windows.
    pub local_app_data: Option<PathBuf>,
    /// The platform.
    pub platform: Platform,
}

/// What keeps a home in a known place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HomeKind {
    /// Claude Code with a second account: a folder such as `~/.claude-work`.
    Account,
    /// Cowork of the desktop app.
    Cowork,
    /// The coding assistant of Xcode.
    Xcode,
}

impl HomeKind {
    /// Returns the public name of the kind.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Cowork => "cowork",
            Self::Xcode => "xcode",
        }
    }
}

/// A known place with homes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownPlace {
    /// What keeps homes there.
    pub kind: HomeKind,
    /// The label of its homes.
    pub label: Arc<str>,
    /// The path that stands for the place in a list of homes.
    pub path: PathBuf,
    /// Its homes, sorted by path.
    pub homes: Vec<PathBuf>,
}

/// Returns the known places that have homes besides the usual one: second accounts, Cowork, Xcode. Each folder is
/// only listed; nothing in it is opened.
#[must_use]
pub fn known_places(user: &UserFolders) -> Vec<KnownPlace> {
    let mut places = accounts(&user.root);
    let sessions = desktop_folders(user).into_iter().map(|folder| folder.join(SESSIONS));
    places.extend(sessions.filter_map(|sessions| {
        let homes = cowork_homes(&sessions)?;
        let place = |homes| KnownPlace {
            kind: HomeKind::Cowork,
            label: HomeKind::Cowork.name().into(),
            path: sessions,
            homes,
        };
        (!homes.is_empty()).then(|| place(homes))
    }));
    places.extend(xcode(user));
    places
}

/// Returns the homes of Cowork in its folder of sessions, sorted by path; `None` for any other path.
#[must_use]
pub(crate) fn cowork_homes(sessions: &Path) -> Option<Vec<PathBuf>> {
    let is_meant = sessions.file_name().is_some_and(|name| name == SESSIONS);
    is_meant.then(|| {
        let mut homes = Vec::new();
        add_cowork_homes(sessions, MOST_LEVELS, &mut homes);
        homes.sort();
        homes
    })
}

/// Returns whether a home belongs to a session of Cowork.
#[must_use]
pub fn is_of_cowork(home: &Path) -> bool {
    home.components().any(|component| component.as_os_str() == SESSIONS)
}

/// The folder of a session holds work of the user; nothing in it but its home is looked at.
fn add_cowork_homes(folder: &Path, levels: usize, homes: &mut Vec<PathBuf>) {
    for (name, path) in folders_in(folder) {
        let home = path.join(".claude");
        if is_home(&home) {
            homes.push(home);
        } else if levels > 1 && !name.starts_with("local_") {
            add_cowork_homes(&path, levels - 1, homes);
        }
    }
}

/// Returns the folders `.claude-NAME` with transcripts.
fn accounts(root: &Path) -> Vec<KnownPlace> {
    let mut accounts: Vec<KnownPlace> = folders_in(root)
        .filter_map(|(name, path)| {
            let account = name.strip_prefix(".claude-").filter(|account| is_label(account))?;
            let is_other = [HomeKind::Cowork, HomeKind::Xcode].iter().any(|kind| kind.name() == account);
            let label = if is_other { &name[1..] } else { account };
            is_home(&path).then(|| KnownPlace {
                kind: HomeKind::Account,
                label: label.into(),
                homes: vec![path.clone()],
                path,
            })
        })
        .collect();
    accounts.sort_by(|one, other| one.path.cmp(&other.path));
    accounts
}

/// A label is part of a list, so a name that a list would split is none.
fn is_label(name: &str) -> bool {
    !name.is_empty() && !name.contains([',', '=']) && name.trim() == name
}

/// Returns the folders of the desktop app.
fn desktop_folders(user: &UserFolders) -> Vec<PathBuf> {
    let below = |given: &Option<PathBuf>, usual: &str| given.clone().unwrap_or_else(|| user.root.join(usual));
    match user.platform {
        Platform::Linux => vec![below(&user.config, ".config").join("Claude")],
        Platform::MacOs => vec![user.root.join("Library/Application Support/Claude")],
        Platform::Windows => {
            let roaming = below(&user.app_data, "AppData/Roaming").join("Claude");
            let packages = below(&user.local_app_data, "AppData/Local").join("Packages");
            let mut packaged: Vec<PathBuf> = folders_in(&packages)
                .filter(|(name, _)| name.starts_with("Claude_"))
                .map(|(_, path)| path.join("LocalCache/Roaming/Claude"))
                .collect();
            packaged.sort();
            [vec![roaming], packaged].concat()
        }
    }
}

/// Returns the home of Xcode's coding assistant.
fn xcode(user: &UserFolders) -> Option<KnownPlace> {
    let path = user.root.join("Library/Developer/Xcode/CodingAssistant/ClaudeAgentConfig");
    (user.platform == Platform::MacOs && is_home(&path)).then(|| KnownPlace {
        kind: HomeKind::Xcode,
        label: HomeKind::Xcode.name().into(),
        homes: vec![path.clone()],
        path,
    })
}

fn is_home(path: &Path) -> bool {
    path.join("projects").is_dir()
}

/// Returns the folders in a folder with their names, and none where it cannot be listed. Links are not followed: a
/// loop of them would never end.
fn folders_in(folder: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        Some((name, entry.path()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACOS: &str = "Library/Application Support/Claude/local-agent-mode-sessions";
    const LINUX: &str = ".config/Claude/local-agent-mode-sessions";
    const ROAMING: &str = "AppData/Roaming/Claude/local-agent-mode-sessions";
    const PACKAGED: &str =
        "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/local-agent-mode-sessions";
    const XCODE: &str = "Library/Developer/Xcode/CodingAssistant/ClaudeAgentConfig";
    const TASKS: [&str; 2] = ["org/account/local_1/.claude", "org/account/local_2/.claude"];

    /// A user's home folder with every place of every platform, and with folders that are no homes.
    fn root() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let add = |path: &str| fs::create_dir_all(dir.path().join(path)).unwrap();
        for sessions in [MACOS, LINUX, ROAMING, PACKAGED] {
            TASKS.iter().for_each(|task| add(&format!("{sessions}/{task}/projects")));
            // No home yet, folders of the user's work, and a task at a deeper level than any is known at.
            add(&format!("{sessions}/org/account/local_3/.claude"));
            add(&format!("{sessions}/org/account/local_3/outputs/.claude/projects"));
            add(&format!("{sessions}/a/b/c/local_4/.claude/projects"));
            fs::write(dir.path().join(sessions).join("org/account/local_1/audit.jsonl"), "{}").unwrap();
        }
        [XCODE, ".claude", ".claude-work", ".claude-1", ".claude-xcode", ".claude-a,b", ".claudette"]
            .iter()
            .for_each(|home| add(&format!("{home}/projects")));
        add(".claude-empty");
        fs::write(dir.path().join(".claude-file"), "").unwrap();
        dir
    }

    /// The accounts, which are in the same places on every platform.
    const ACCOUNTS: [(&str, &str, &[&str]); 3] = [
        ("1", ".claude-1", &[""]),
        ("work", ".claude-work", &[""]),
        ("claude-xcode", ".claude-xcode", &[""]),
    ];

    fn on(platform: Platform, root: &Path) -> UserFolders {
        UserFolders { root: root.to_owned(), config: None, app_data: None, local_app_data: None, platform }
    }

    fn check(user: &UserFolders, expected: &[(&str, &str, &[&str])]) {
        let expected = ACCOUNTS.iter().chain(expected).map(|(label, place, homes)| KnownPlace {
            kind: match *label {
                "cowork" => HomeKind::Cowork,
                "xcode" => HomeKind::Xcode,
                _ => HomeKind::Account,
            },
            label: (*label).into(),
            path: user.root.join(place),
            homes: homes.iter().map(|home| user.root.join(place).join(home)).collect(),
        });
        assert_eq!(known_places(user), expected.collect::<Vec<_>>());
    }

    #[test]
    fn the_places_of_every_platform_are_known() {
        let dir = root();
        let of = |platform| on(platform, dir.path());
        check(&of(Platform::Linux), &[("cowork", LINUX, &TASKS)]);
        check(&of(Platform::MacOs), &[("cowork", MACOS, &TASKS), ("xcode", XCODE, &[""])]);
        let windows = [("cowork", ROAMING, &TASKS[..]), ("cowork", PACKAGED, &TASKS[..])];
        check(&of(Platform::Windows), &windows);
    }

    #[test]
    fn folders_that_the_environment_moves_are_followed() {
        let dir = root();
        let moved = |to: &str| Some(dir.path().join(to));
        let linux =
            UserFolders { config: moved("Library/Application Support"), ..on(Platform::Linux, dir.path()) };
        check(&linux, &[("cowork", MACOS, &TASKS)]);
        let windows = UserFolders {
            app_data: moved(".config"),
            local_app_data: moved("none"),
            ..on(Platform::Windows, dir.path())
        };
        check(&windows, &[("cowork", LINUX, &TASKS)]);
    }

    #[test]
    fn a_folder_that_cannot_be_listed_has_no_places() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(known_places(&on(Platform::default(), &dir.path().join("none"))), []);
    }

    #[test]
    fn only_the_folder_of_sessions_stands_for_homes() {
        let dir = root();
        assert_eq!(cowork_homes(&dir.path().join(".claude")), None);
        let sessions = dir.path().join(LINUX);
        let homes = cowork_homes(&sessions).unwrap();
        assert_eq!(homes, TASKS.map(|task| sessions.join(task)));
        assert!(homes.iter().all(|home| is_of_cowork(home)) && !is_of_cowork(&dir.path().join(".claude")));
        assert_eq!(cowork_homes(&dir.path().join("none").join(SESSIONS)), Some(Vec::new()));
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_ends() {
        let dir = tempfile::tempdir().unwrap();
        let sessions = dir.path().join(SESSIONS);
        fs::create_dir(&sessions).unwrap();
        std::os::unix::fs::symlink(&sessions, sessions.join("org")).unwrap();
        assert_eq!(cowork_homes(&sessions), Some(Vec::new()));
    }
}
