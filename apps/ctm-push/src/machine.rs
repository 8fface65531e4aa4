//! This machine: its database, and the files beside it.

use crate::error::PushError;
use ctm_config::machine::{keep_machine_id, machine_id};
use ctm_config::prices;
use ctm_config::settings::{Layers, Settings};
use ctm_facts::{PushHub, PushTarget};
use ctm_storage::Store;
use ctm_types::{MachineId, printable};
use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The settings that are flags.
pub(crate) type Flags = BTreeMap<&'static str, String>;

/// This machine.
pub(crate) struct Machine {
    pub(crate) id: MachineId,
    pub(crate) store: Store,
    pub(crate) settings: Settings,
}

impl Machine {
    /// Opens the database, which must exist.
    pub(crate) async fn open(flags: Flags) -> Result<Self, PushError> {
        let settings = Settings::new(&Layers::of_process(flags))?;
        settings.check_database()?;
        let prices = prices::load(&settings)?;
        let store = Store::open(&settings.database, prices.context_thresholds()).await?;
        let store = store.with_projects(settings.projects.clone());
        keep_machine_id(&settings.database)
            .map_err(PushError::io("write the id of this machine beside the database"))?;
        let id =
            machine_id(&settings.database).and_then(|digits| MachineId::parse(&digits)).ok_or_else(|| {
                PushError::Argument(format!(
                    "the file `machine-id` beside `{}` holds no id\nremove it, and repeat this",
                    printable::path(&settings.database)
                ))
            })?;
        Ok(Self { id, store, settings })
    }

    /// Returns the hubs; those at an address, if one is given.
    pub(crate) async fn targets(&self, url: Option<&str>) -> Result<Vec<PushTarget>, PushError> {
        let targets = self.store.push_targets().await?;
        let Some(url) = url else { return Ok(targets) };
        let url = url.trim_end_matches('/');
        let named: Vec<PushTarget> = targets.into_iter().filter(|target| target.hub.url == url).collect();
        match named.is_empty() {
            false => Ok(named),
            true => Err(PushError::Argument(format!(
                "this machine is not enrolled at `{}`\n`ctm push status` lists where it is",
                printable::one_line(url)
            ))),
        }
    }

    /// Returns the token for a hub.
    pub(crate) fn token(&self, hub: &PushHub) -> Result<String, PushError> {
        let path = self.token_file(&hub.hub);
        let text = fs::read_to_string(&path).map_err(PushError::io(format!(
            "read the token in `{}`: enrol this machine again",
            printable::path(&path)
        )))?;
        Ok(text.trim().to_owned())
    }

    /// Stores the token for a hub, readable by its owner only.
    pub(crate) fn store_token(&self, hub: &str, token: &str) -> Result<(), PushError> {
        let path = self.token_file(hub);
        let failed = || PushError::io(format!("write the token to `{}`", printable::path(&path)));
        // The former token stays until the new one is whole.
        let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new("."))).map_err(failed())?;
        file.write_all(format!("{token}\n").as_bytes()).map_err(failed())?;
        file.as_file().sync_all().map_err(failed())?;
        file.persist(&path).map(drop).map_err(|error| failed()(error.error))
    }

    /// Removes the token for a hub.
    pub(crate) fn remove_token(&self, hub: &str) -> Result<(), PushError> {
        let path = self.token_file(hub);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(PushError::io(format!("remove the token in `{}`", printable::path(&path)))(error))
            }
            _ => Ok(()),
        }
    }

    /// In no backup of the database: one that is restored elsewhere must not push.
    fn token_file(&self, hub: &str) -> PathBuf {
        self.settings.database.with_file_name(format!("push-{hub}.token"))
    }
}

/// Returns the id of a new journal.
pub(crate) fn journal_id() -> Result<String, PushError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(std::io::Error::from).map_err(PushError::io("get random bytes"))?;
    Ok(hex::encode(id))
}
