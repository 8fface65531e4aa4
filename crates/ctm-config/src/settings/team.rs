//! The settings of a hub's database.

use super::reading::Values;
use super::secrets::SecretSetting;
use crate::secret::Secret;

/// Reads the address of the database, which has a password, from its setting or from a file.
pub(super) fn database_url(values: &mut Values) -> Option<Secret> {
    let setting = SecretSetting {
        setting: "database_url",
        file: "database_url_file",
        valid: "an address of a database on PostgreSQL",
        subject: "the address of the database",
    };
    setting.read(values, parse)
}

fn parse(text: &str) -> Option<Secret> {
    let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"))?;
    let is_one_word = rest.bytes().all(|byte| byte.is_ascii_graphic());
    Secret::parse(text).filter(|_| !rest.is_empty() && is_one_word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Layers, Settings};
    use std::fs;

    const URL: &str = "postgres://ctm:hush@db.example:5432/ctm?sslmode=verify-full";

    fn settings(environment: &[(&str, &str)]) -> Result<Settings, String> {
        let dir = tempfile::tempdir().unwrap();
        Settings::new(&Layers::of_home(dir.path(), &[], environment)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_address_is_in_a_setting_or_a_file_and_never_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("url");
        fs::write(&path, format!("{URL}\n")).unwrap();
        let path = path.to_str().unwrap();
        for of in [("CTM_DATABASE_URL", URL), ("CTM_DATABASE_URL_FILE", path)] {
            let settings = settings(&[of, ("CTM_TEAM", "true")]).unwrap();
            assert_eq!(settings.database_url.as_ref().map(Secret::expose), Some(URL));
            assert!(settings.in_force.iter().all(|value| !value.text.contains("hush")));
            assert!(!format!("{settings:?}").contains("hush"));
            settings.check_hub().unwrap();
        }
        let error = settings(&[("CTM_DATABASE_URL", URL), ("CTM_DATABASE_URL_FILE", path)]).unwrap_err();
        assert!(error.contains("are both set; allowed: one of them") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn no_error_of_an_address_shows_it() {
        for url in
            ["hush", "postgres://", "mysql://a:hush@b/c", "postgres://a:hush hush@b/c", "postgres:/hush"]
        {
            let error = settings(&[("CTM_DATABASE_URL", url)]).unwrap_err();
            assert!(
                error.contains("CTM_DATABASE_URL is not an address of a database on PostgreSQL; allowed: ")
                    && !error.contains("hush"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_database_on_postgresql_requires_a_hub() {
        let error = settings(&[("CTM_DATABASE_URL", URL)]).unwrap().check_hub().unwrap_err().to_string();
        assert!(error.contains("`team`") && error.contains("ctm serve --team"), "{error}");
        settings(&[]).unwrap().check_hub().unwrap();
    }
}
