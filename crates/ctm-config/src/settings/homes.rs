//! The settings of Claude homes.

use super::folders::Folders;
use super::layers::Layers;
use super::reading::{Values, refusal, shown};
use ctm_reader::{ClaudeHome, DiscoveredHomes, Environment, Platform, expand_home, find_homes};
use std::path::{Path, PathBuf};

/// Homes with another path as their identity: the path of each, and the path that facts use.
pub(super) type SameHomes = Vec<(PathBuf, String)>;

/// Reads `same_homes`.
pub(super) fn same_homes(values: &mut Values, folders: &Folders) -> SameHomes {
    let show = |homes: &SameHomes| {
        let entries = homes.iter().map(|(path, known)| format!("{}={known}", path.display()));
        entries.collect::<Vec<_>>().join(",")
    };
    values.value("same_homes", |list| parse_same_homes(list, folders.home.as_deref()), show)
}

/// Returns what locates the homes: what `claude_dir` names, and the folders of usual and known places.
pub(super) fn environment(
    values: &mut Values,
    layers: &Layers,
    folders: &Folders,
    same_homes: &SameHomes,
) -> Environment {
    let claude_config_dir = claude_config_dir(values, layers);
    let claude_dirs = values.raw.get("claude_dir");
    Environment {
        claude_dirs: claude_dirs.map(|(list, _)| list.to_owned()),
        base: claude_dirs.map(|(_, source)| source.folder().to_owned()).unwrap_or_default(),
        same_homes: same_homes.clone(),
        claude_config_dir,
        xdg_config_home: layers.absolute("XDG_CONFIG_HOME"),
        home: folders.home.clone(),
        app_data: layers.absolute("APPDATA"),
        local_app_data: layers.absolute("LOCALAPPDATA"),
        platform: Platform::default(),
    }
}

/// Finds the homes that `claude_dir` names, or those in the usual places.
pub(super) fn find(values: &mut Values, environment: &Environment) -> DiscoveredHomes {
    let homes = find_homes(environment);
    let labelled = |home: &ClaudeHome| match &home.label {
        label if *label == home.name => label.to_string(),
        label => format!("{label}={}", home.name),
    };
    // Homes that are found one by one are no list to copy, because the next one is not in it.
    let text = match &environment.claude_dirs {
        Some(list) if environment.finds_later_homes() => list.clone(),
        _ => homes.found.iter().map(labelled).collect::<Vec<_>>().join(","),
    };
    values.show("claude_dir", text);
    check_labels(values, &homes);
    homes
}

/// Both paths are absolute, because the known path must not depend on the working directory.
fn parse_same_homes(list: &str, home: Option<&Path>) -> Option<SameHomes> {
    let entry = |entry: &str| {
        let (path, known) = entry.split_once('=')?;
        let [path, known] = [path, known].map(|path| expand_home(path.trim(), home));
        let are_absolute = path.is_absolute() && known.is_absolute();
        are_absolute.then(|| (path, known.to_string_lossy().trim_end_matches('/').to_owned()))
    };
    list.split(',').map(str::trim).filter(|text| !text.is_empty()).map(entry).collect()
}

/// Returns Claude Code's own setting, without entries relative to the working directory.
fn claude_config_dir(values: &mut Values, layers: &Layers) -> Option<String> {
    let list = layers.variable("CLAUDE_CONFIG_DIR")?.to_str()?;
    let is_fixed = |entry: &&str| {
        let path = Path::new(entry.trim());
        path.is_absolute() || path.starts_with("~")
    };
    let (fixed, relative): (Vec<&str>, Vec<&str>) =
        list.split(',').filter(|entry| !entry.trim().is_empty()).partition(is_fixed);
    if !relative.is_empty() {
        let entries = shown(&relative.join(","));
        values.raw.warn(
            format!("`{entries}` in CLAUDE_CONFIG_DIR is relative, and is ignored"),
            "use an absolute path, or specify the home with --claude-dir",
        );
    }
    Some(fixed.join(","))
}

/// A label names one home.
fn check_labels(values: &mut Values, homes: &DiscoveredHomes) {
    let Some((text, source)) = values.raw.get("claude_dir") else { return };
    let refusal = refusal("claude_dir", text, source);
    let errors = homes.ambiguous.iter().map(|label| format!("{refusal}; `{label}` names several homes"));
    values.errors.extend(errors);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use std::fs;

    #[test]
    fn homes_are_shown_with_their_labels_and_no_label_names_two() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        for name in ["a", "b"] {
            fs::create_dir(home.join(name)).unwrap();
        }
        let of = |list: &str| Settings::new(&Layers::of_home(&home, &[], &[("CTM_CLAUDE_DIR", list)]));
        let settings = of("work=~/a,~/b").unwrap();
        let shown = format!("work={0}/a,{0}/b", home.display());
        assert_eq!((settings.in_force[0].setting.name, &settings.in_force[0].text), ("claude_dir", &shown));
        let error = of("work=~/a,work=~/b").unwrap_err().to_string();
        assert!(error.contains("CTM_CLAUDE_DIR is `work=~/a,work=~/b`; allowed: "), "{error}");
        assert!(error.contains("; `work` names several homes"), "{error}");
    }
}
