//! Rules of project names: the table `[project]` of the config file.
//!
//! # Design
//!
//! A rule gives a folder, with all below it, to a project: `name = "folder"`, or a list of folders. The
//! config file is their one home. The server changes them there and nowhere else, so that the command line
//! and a server that starts later follow the same rules.

use crate::error::ConfigError;
use ctm_reader::expand_home;
use ctm_types::Projects;
use ctm_types::project::normalised;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The table's name.
pub const TABLE: &str = "project";

/// The longest name of a project, in characters.
pub(crate) const LONGEST_NAME: usize = 200;

/// The longest path of a folder, in bytes: the longest that Linux opens.
pub(crate) const LONGEST_FOLDER: usize = 4096;

/// The project of each folder that a rule names; folders are normalised.
pub type Rules = BTreeMap<String, String>;

/// The file that rules are kept in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RulesFile {
    /// The config file, which need not be there; none where no config folder is known.
    pub path: Option<PathBuf>,
    /// Replacement of a leading `~`.
    pub home: Option<PathBuf>,
}

impl RulesFile {
    /// Returns the rules of a config file, given as text; none where the text has no table of them.
    ///
    /// # Errors
    ///
    /// Fails with the fault and its position.
    pub fn parse(&self, text: &str) -> Result<Rules, String> {
        let mut table = super::text_file::toml_table(text)?;
        table.remove(TABLE).map_or_else(|| Ok(Rules::new()), |table| self.parse_table(&table))
    }

    /// Returns the rules of a table.
    pub(super) fn parse_table(&self, table: &toml::Value) -> Result<Rules, String> {
        let mut rules = Rules::new();
        let table = table.as_table().ok_or_else(|| format!("`{TABLE}` is not a table"))?;
        for (name, folders) in table {
            let folders = match folders {
                toml::Value::String(folder) => Some(vec![folder.as_str()]),
                toml::Value::Array(folders) => folders.iter().map(toml::Value::as_str).collect(),
                _ => None,
            };
            let folders = folders
                .ok_or_else(|| format!("`{TABLE}.{name}` is neither a folder nor a list of folders"))?;
            check_name(name).map_err(|fault| format!("`{TABLE}.{name}` {fault}"))?;
            for folder in folders {
                check_folder(folder).map_err(|fault| format!("a folder of `{TABLE}.{name}` {fault}"))?;
                match rules.insert(self.normalise(folder), name.clone()) {
                    Some(other) if other != *name => {
                        return Err(format!(
                            "the folder `{folder}` is assigned to two projects, `{other}` and `{name}`"
                        ));
                    }
                    _ => {}
                }
            }
        }
        Ok(rules)
    }

    /// Returns a folder of a rule in the form in which equal ones are equal texts.
    pub fn normalise(&self, folder: &str) -> String {
        match expand_home(folder, self.home.as_deref()).to_str() {
            Some(expanded) => normalised(expanded),
            None => normalised(folder),
        }
    }

    /// Returns the text of the file, or `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// Fails when the file exists and cannot be read.
    pub fn read(&self) -> Result<Option<String>, ConfigError> {
        let Some(path) = self.path.as_deref().filter(|path| is_there(path)) else { return Ok(None) };
        super::text_file::read_text(path).map(Some)
    }
}

/// Returns whether anything is at a path, also where it cannot be opened.
fn is_there(path: &Path) -> bool {
    !path.metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// Returns how projects are called by rules.
pub fn projects(rules: &Rules) -> Projects {
    let mut by_name: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (folder, name) in rules {
        by_name.entry(name.clone()).or_default().insert(folder.clone());
    }
    Projects::by_rules(&by_name)
}

/// Checks the name of a project.
///
/// # Errors
///
/// Returns the fault and the remedy.
pub fn check_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("has an empty name; specify one".to_owned());
    }
    if name.chars().any(char::is_control) {
        return Err("has a control character in its name; remove it".to_owned());
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(format!("has a name of more than {LONGEST_NAME} characters; choose a shorter one"));
    }
    Ok(())
}

/// Checks the folder of a rule.
///
/// # Errors
///
/// Returns the fault and the remedy.
pub fn check_folder(folder: &str) -> Result<(), String> {
    if folder.is_empty() {
        return Err("is empty; specify a folder".to_owned());
    }
    if folder.chars().any(char::is_control) {
        return Err("has a control character; a rule for a parent folder applies to it too".to_owned());
    }
    if folder.len() > LONGEST_FOLDER {
        return Err(format!("has more than {LONGEST_FOLDER} bytes; use a parent folder"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_checked_with_place_and_advice() {
        let file = RulesFile { home: Some("/home/dev".into()), ..RulesFile::default() };
        let fails = |text: &str, expected: &str| {
            let error = file.parse(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        fails("project = 1", "`project` is not a table");
        fails("[project]\na = 1", "`project.a` is neither a folder nor a list of folders");
        fails("[project]\na = ['/x', 1]", "`project.a` is neither a folder nor a list of folders");
        fails("[project]\n\"\" = '/x'", "has an empty name; ");
        fails("[project]\n\" \" = '/x'", "has an empty name; ");
        fails("[project]\n\"a\\u0007\" = '/x'", "has a control character in its name; ");
        fails("[project]\na = ''", "a folder of `project.a` is empty; ");
        fails("[project]\na = \"/x\\u0000\"", "a folder of `project.a` has a control character; ");
        fails(&format!("[project]\n{} = '/x'", "a".repeat(201)), "more than 200 characters; ");
        fails(&format!("[project]\na = '/{}'", "x".repeat(4096)), "more than 4096 bytes; ");
        fails("[project]\na = '/x/'\nb = '/x'", "the folder `/x` is assigned to two projects, `a` and `b`");
        fails("[project]\na = '~/x'\nb = '/home/dev/x'", "is assigned to two projects");
        fails("[project]\na = ", "line 2: ");

        let rules = file.parse("tz = 'UTC'\n[project]\na = ['~/x', '/y/', '/y']\nb = 'c:/z'\n").unwrap();
        let expected = [("/home/dev/x", "a"), ("/y", "a"), (r"C:\z", "b")];
        assert_eq!(rules, expected.map(|(folder, name)| (folder.to_owned(), name.to_owned())).into());
        assert!(file.parse("tz = 'UTC'").unwrap().is_empty());
        assert_eq!(projects(&rules).rules(), &rules);
    }
}
