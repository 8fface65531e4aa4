//! The rules of project names while a server runs: read from the config file, and edited there.
//!
//! # Design
//!
//! The config file is the single source of the rules. A change is applied to its present content,
//! under a lock, and only if the client saw that content: its version is a hash of the rules. Manual
//! changes of the file are detected by polling it every two seconds; a table that cannot be
//! parsed leaves the rules unchanged.
//!
//! Rules are not facts, so no commit announces them: the data version is raised separately. If the
//! database rejects that, response bodies still differ by the version of the rules ([`ProjectRules::version`]).

mod edit;
mod former;

use crate::live::Live;
use ctm_config::error::ConfigError;
use ctm_config::settings::rules::{self, Rules, check_folder, check_name};
use ctm_config::settings::{MOST_FILE_BYTES, ProjectEdits, RulesFile, Settings};
use ctm_storage::Store;
use ctm_types::Projects;
use ctm_types::printable::with_causes;
use former::{FormerRules, merged};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio::sync::{Mutex, watch};

/// Interval of polling the config file.
const LOOK: Duration = Duration::from_secs(2);

/// The effective rules.
pub struct ProjectRules {
    file: RulesFile,
    /// Why the file may not be written, if so: it is in a Claude home.
    barred: Option<String>,
    /// `true` if changes are permitted.
    is_editable: bool,
    /// `true` if usage is that of a team, whose machines name its projects.
    is_of_team: bool,
    store: Store,
    live: Arc<Live>,
    /// Version of the effective rules.
    version: RwLock<Arc<str>>,
    /// The state of the file when it was last read.
    seen: Mutex<Option<Seen>>,
    /// The latest changes.
    former: RwLock<FormerRules>,
}

/// The properties of a file that reveal a change.
type Seen = Option<(u64, Option<SystemTime>)>;

/// A change: the project of each folder, or none to remove a rule.
pub type RuleEdits = BTreeMap<String, Option<String>>;

/// Errors of changing rules.
#[derive(Debug)]
pub enum RulesError {
    /// Changes are disabled in the settings.
    Fixed,
    /// Usage is that of a team, whose machines name its projects.
    OfMachines,
    /// The client saw another version.
    Changed {
        /// The present version.
        version: Arc<str>,
    },
    /// The change is invalid: the folder, and the reason.
    Invalid(Vec<(String, String)>),
    /// The file cannot be written.
    Unwritable {
        /// The reason and the remedy.
        message: String,
        /// The table to write by hand.
        toml: String,
    },
}

impl ProjectRules {
    /// Starts with the rules that the database uses.
    #[must_use]
    pub fn new(settings: &Settings, store: Store, live: Arc<Live>) -> Self {
        let file = settings.rules_file.clone();
        let barred = file.path.as_ref().and_then(|path| settings.check_output(path).err());
        Self {
            file,
            barred: barred.map(|error| with_causes(&error)),
            is_editable: settings.project_edits == ProjectEdits::Allow,
            is_of_team: settings.database_url.is_some(),
            version: RwLock::new(version_of(store.projects().rules())),
            store,
            live,
            seen: Mutex::new(None),
            former: RwLock::new(FormerRules::beside(settings.rules_file.path.as_deref())),
        }
    }

    /// Returns the file of the rules.
    pub fn path(&self) -> Option<&Path> {
        self.file.path.as_deref()
    }

    /// Returns whether they may be changed here.
    pub fn is_editable(&self) -> bool {
        self.is_editable && !self.is_of_team
    }

    /// Returns the effective rules.
    pub fn current(&self) -> Rules {
        self.store.projects().rules().clone()
    }

    /// Returns the version of the effective rules.
    pub fn version(&self) -> Arc<str> {
        Arc::clone(&self.version.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the change that undoes the latest one, unless the rules were changed otherwise since.
    pub fn undo(&self) -> Option<RuleEdits> {
        let former = self.former.read().unwrap_or_else(PoisonError::into_inner);
        former.undo(&self.version()).cloned()
    }

    /// Returns the names of projects after a change, which is not made.
    ///
    /// # Errors
    ///
    /// Fails when the change is invalid.
    pub fn preview(&self, change: &RuleEdits) -> Result<Projects, RulesError> {
        let change = self.checked(change).map_err(RulesError::Invalid)?;
        Ok(rules::projects(&merged(&self.current(), &change)))
    }

    /// Follows manual changes of the file, until `stop` is set.
    pub async fn follow(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let is_over = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => true,
                _ = tick.tick() => false,
            };
            if is_over {
                return;
            }
            self.look().await;
        }
    }

    /// Reads the file again if it changed.
    async fn look(&self) {
        let Some(path) = self.file.path.clone() else { return };
        let mut seen = self.seen.lock().await;
        let Ok(now) = tokio::task::spawn_blocking(move || seen_at(&path)).await else { return };
        // The first rules are those of the settings, which were just read.
        if seen.replace(now) == Some(now) {
            return;
        }
        match self.read().await {
            Ok((_, rules)) => self.apply(&rules).await,
            Err(message) => tracing::warn!("the rules of projects are unchanged: {message}"),
        }
    }

    /// Changes rules in the file, and then in the database.
    ///
    /// `expected` returns whether a version matches that of the client.
    ///
    /// # Errors
    ///
    /// Fails when a rule is invalid, the version does not match, or the file cannot be read or written.
    pub async fn change(
        &self,
        change: &RuleEdits,
        expected: impl FnOnce(&str) -> bool,
    ) -> Result<(), RulesError> {
        let change = self.checked(change).map_err(RulesError::Invalid)?;
        if self.is_of_team {
            return Err(RulesError::OfMachines);
        }
        if !self.is_editable {
            return Err(RulesError::Fixed);
        }
        let mut seen = self.seen.lock().await;
        let (text, rules) = self.read().await.map_err(|message| {
            let toml = edit::table(&merged(&self.current(), &change));
            RulesError::Unwritable { message: format!("{message}; correct that by hand"), toml }
        })?;
        self.apply(&rules).await;
        let version = version_of(&rules);
        if !expected(&version) {
            return Err(RulesError::Changed { version });
        }
        let wanted = merged(&rules, &change);
        if wanted == rules {
            return Ok(());
        }
        let written = self.write(text, &wanted).await;
        *seen = written.map_err(|message| RulesError::Unwritable { message, toml: edit::table(&wanted) })?;
        self.former.write().unwrap_or_else(PoisonError::into_inner).note(&rules, &wanted);
        self.apply(&wanted).await;
        Ok(())
    }

    /// Returns a change with normalised folders, or the reason why it is invalid.
    fn checked(&self, change: &RuleEdits) -> Result<RuleEdits, Vec<(String, String)>> {
        let (mut checked, mut faults) = (RuleEdits::new(), Vec::new());
        for (folder, name) in change {
            let name_is_right = name.as_deref().map_or(Ok(()), check_name);
            if let Err(fault) = check_folder(folder).and(name_is_right) {
                faults.push((folder.clone(), format!("`{folder}` {fault}")));
                continue;
            }
            let before = checked.insert(self.file.normalise(folder), name.clone());
            if before.is_some_and(|before| before != *name) {
                let fault = format!("`{folder}` has two projects; give it one");
                faults.push((folder.clone(), fault));
            }
        }
        if faults.is_empty() { Ok(checked) } else { Err(faults) }
    }

    /// Reads the file: its text, if it exists, and the rules in it.
    async fn read(&self) -> Result<(Option<String>, Rules), String> {
        let file = self.file.clone();
        let read = move || {
            let text = file.read().map_err(|error: ConfigError| with_causes(&error))?;
            let rules = file.parse(text.as_deref().unwrap_or_default()).map_err(|fault| {
                let path = file.path.as_deref().unwrap_or(Path::new("")).display();
                format!("cannot use `{path}`: {fault}")
            })?;
            Ok((text, rules))
        };
        tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| Err(with_causes(&error)))
    }

    /// Writes the rules, and returns the resulting state of the file.
    async fn write(&self, text: Option<String>, wanted: &Rules) -> Result<Option<Seen>, String> {
        let Some(path) = self.file.path.clone() else {
            return Err("the config folder is unknown; specify a config file with `--config`".to_owned());
        };
        if let Some(barred) = &self.barred {
            return Err(barred.clone());
        }
        let shown = path.display().to_string();
        let edited = edit::edited(&self.file, text.as_deref().unwrap_or_default(), wanted)
            .map_err(|fault| format!("cannot change `{shown}`: {fault}; change it by hand"))?;
        if edited.len() as u64 > MOST_FILE_BYTES {
            return Err(format!("`{shown}` would have more than {MOST_FILE_BYTES} bytes; use fewer rules"));
        }
        let written = tokio::task::spawn_blocking(move || {
            replace(&path, &edited)?;
            Ok(seen_at(&path))
        });
        let written = written.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        let advice = "let the user that runs ctm write to it and to its folder, or change it by hand";
        written
            .map(Some)
            .map_err(|error| format!("cannot write `{shown}`: {}; {advice}", with_causes(&error)))
    }

    /// Applies these rules to the database, and notifies subscribers.
    async fn apply(&self, rules: &Rules) {
        if self.is_of_team || self.store.projects().rules() == rules {
            return;
        }
        self.store.set_projects(rules::projects(rules));
        *self.version.write().unwrap_or_else(PoisonError::into_inner) = version_of(rules);
        let (store, live) = (self.store.clone(), Arc::clone(&self.live));
        // A separate task, because a client that disconnects cancels its request.
        let notified = tokio::spawn(async move {
            let raised = store.raise_data_version().await;
            if let Err(error) = &raised {
                tracing::warn!(
                    "the rules of projects have changed, and the data version has not: {}",
                    with_causes(error)
                );
            }
            live.projects_changed(raised.ok());
        });
        if let Err(error) = notified.await {
            tracing::error!("cannot notify of new rules of projects: {}", with_causes(&error));
        }
    }
}

impl std::fmt::Debug for ProjectRules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProjectRules").field("file", &self.file).finish_non_exhaustive()
    }
}

/// Returns the version of rules.
fn version_of(rules: &Rules) -> Arc<str> {
    let mut hash = Sha256::new();
    for (folder, name) in rules {
        // No folder and no name contains a control character.
        hash.update(format!("{folder}\0{name}\0"));
    }
    hex::encode(&hash.finalize()[..8]).into()
}

fn seen_at(path: &Path) -> Seen {
    let metadata: Metadata = path.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

/// Replaces the text of a file atomically. Its permissions are kept; a new one is readable by its owner only.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // The target of a link is replaced, not the link.
    let path = path.canonicalize().unwrap_or_else(|_| PathBuf::from(path));
    let folder = path.parent().ok_or_else(|| io::Error::other("it is in no folder"))?;
    if !folder.exists() {
        let mut made = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut made, 0o700);
        made.recursive(true).create(folder)?;
    }
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    if let Ok(metadata) = path.metadata() {
        keep_owner(file.path(), &metadata);
        file.as_file().set_permissions(metadata.permissions())?;
        // A read-only file is not replaced without its owner's consent.
        if metadata.permissions().readonly() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    }
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// Keeps the owner of a file that a superuser changes.
#[cfg(unix)]
fn keep_owner(file: &Path, of: &Metadata) {
    use std::os::unix::fs::MetadataExt;
    // Only a superuser may do so; others write their own files.
    let _ = std::os::unix::fs::chown(file, Some(of.uid()), Some(of.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &Metadata) {}
