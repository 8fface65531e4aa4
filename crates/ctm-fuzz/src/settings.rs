//! Settings: an env file, a config file, variables of the environment.

use crate::choose;
use ctm_config::settings::{Layers, SETTINGS, Settings};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

thread_local! {
    static PLACE: PersonFolders = PersonFolders::new();
}

#[derive(Clone, Copy)]
enum Layer {
    EnvFile,
    ConfigFile,
    Environment,
}

/// The first byte selects the layer of the rest.
pub(crate) fn run(input: &[u8]) {
    let layers = [Layer::EnvFile, Layer::ConfigFile, Layer::Environment];
    let Some((layer, text)) = choose(&layers, input) else { return };
    PLACE.with(|place| {
        let mut layers = place.layers();
        match layer {
            Layer::EnvFile => place.env_files.iter().for_each(|file| fs::write(file, text).unwrap()),
            Layer::ConfigFile => fs::write(&place.config_file, text).unwrap(),
            Layer::Environment => layers.environment.extend(variables(text)),
        }
        if let Err(error) = Settings::new(&layers) {
            assert!(!error.to_string().is_empty(), "an error has a message");
        }
        place.clear();
    });
}

/// Parses lines of `name=value` as variables; unknown names are omitted.
fn variables(text: &[u8]) -> impl Iterator<Item = (String, std::ffi::OsString)> {
    let text = String::from_utf8_lossy(text).into_owned();
    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.into_iter().filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        let is_known = SETTINGS.iter().any(|setting| setting.env == name);
        is_known.then(|| (name.to_owned(), value.into()))
    })
}

/// A home directory and a working directory.
struct PersonFolders {
    folder: TempDir,
    config_file: PathBuf,
    env_files: [PathBuf; 2],
}

impl PersonFolders {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join(".config/ctm");
        fs::create_dir_all(&config).unwrap();
        fs::create_dir_all(folder.path().join(".claude/projects")).unwrap();
        let env_files = [config.join(".env"), folder.path().join(".env")];
        Self { config_file: config.join("config.toml"), env_files, folder }
    }

    fn layers(&self) -> Layers {
        let home = self.folder.path();
        let mut layers = Layers::default();
        // The same places are used on every platform.
        for (name, path) in [("HOME", home), ("XDG_CONFIG_HOME", &home.join(".config"))] {
            layers.environment.insert(name.to_owned(), path.into());
        }
        layers
    }

    fn clear(&self) {
        let remove = |path: &Path| {
            let _ = fs::remove_file(path);
        };
        remove(&self.config_file);
        self.env_files.iter().for_each(|file| remove(file));
    }
}
