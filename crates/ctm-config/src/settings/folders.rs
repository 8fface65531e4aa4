//! Config and data folders of the platform.

use etcetera::BaseStrategy;
use std::path::PathBuf;

/// The platform's folders for this program, as far as they are known.
///
/// All of them are absolute: a relative one would be in the working directory, with files of unknown origin.
pub(super) struct Folders {
    pub(super) home: Option<PathBuf>,
    pub(super) config: Option<PathBuf>,
    pub(super) data: Option<PathBuf>,
}

impl Folders {
    /// Determines the folders from `absolute`, which returns a variable of the environment that is an
    /// absolute path. Without a home folder there, the platform is queried.
    pub(super) fn of(absolute: impl Fn(&str) -> Option<PathBuf>) -> Self {
        let strategy = etcetera::choose_base_strategy().ok();
        let platform =
            |folder: fn(&_) -> PathBuf| strategy.as_ref().map(folder).filter(|folder| folder.is_absolute());
        let home = absolute("HOME").or_else(|| platform(|strategy| strategy.home_dir().to_owned()));
        let folder = |variable: &str, below_home: &str, platform: Option<PathBuf>| {
            let by_home = home.as_ref().map(|home| home.join(below_home)).filter(|_| cfg!(unix));
            absolute(variable).or(by_home).or(platform).map(|folder| folder.join("ctm"))
        };
        Self {
            config: folder("XDG_CONFIG_HOME", ".config", platform(BaseStrategy::config_dir)),
            data: folder("XDG_DATA_HOME", ".local/share", platform(BaseStrategy::data_dir)),
            home,
        }
    }
}
