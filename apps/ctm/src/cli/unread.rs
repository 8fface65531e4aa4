//! Homes that exist and are not read: second accounts, Cowork, Xcode.

use super::text::counted;
use ctm_config::settings::Settings;
use ctm_reader::{HomeKind, KnownPlace};

/// The remedy for all of them.
pub(super) const READ_ALL: &str = "CTM_CLAUDE_DIR=auto reads all homes of this user";

/// Returns a place with its kind and the number of its homes.
pub(super) fn place(place: &KnownPlace) -> String {
    let homes = counted(place.homes.len() as u64, "home", "homes");
    let kind = match place.kind {
        HomeKind::Account => "another account",
        HomeKind::Cowork => "Cowork",
        HomeKind::Xcode => "Xcode",
    };
    format!("`{}` ({kind}, {homes})", place.path.display())
}

/// Returns the note of a first run, if there are any.
pub(super) fn note(settings: &Settings) -> Option<String> {
    let places: Vec<String> = settings.unread_places().iter().map(place).collect();
    (!places.is_empty()).then(|| format!("not read: {}; {READ_ALL}", places.join(", ")))
}
