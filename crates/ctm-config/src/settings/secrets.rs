//! Secrets that a setting has, or a file that another setting names.

use super::reading::{Values, place};
use super::table::named;
use crate::secret::is_open_to_others;
use ctm_reader::read_regular;
use ctm_types::printable::with_causes;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// The largest file of a secret, in bytes: white space around it is allowed.
const MOST_FILE_BYTES: u64 = 8192;

/// A secret of the settings.
pub(super) struct SecretSetting {
    /// The setting with the secret itself.
    pub(super) setting: &'static str,
    /// The setting that names a file with it.
    pub(super) file: &'static str,
    /// What a valid one is, such as `a valid token`.
    pub(super) valid: &'static str,
    /// What others may read, such as `the token`.
    pub(super) subject: &'static str,
}

impl SecretSetting {
    /// Reads the secret. No error and no shown value has any of it.
    pub(super) fn read<T>(&self, values: &mut Values, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let file = values.file(self.file);
        let is_set = values.raw.get(self.setting).is_some();
        values.show(self.setting, if is_set { "set" } else { "not set" }.to_owned());
        let (text, setting) = match (values.raw.get(self.setting), file) {
            (None, None) => return None,
            (Some((_, source)), Some(_)) => {
                let places = [place(self.setting, source), place(self.file, values.source(self.file))];
                values
                    .errors
                    .push(format!("{} and {} are both set; allowed: one of them", places[0], places[1]));
                return None;
            }
            (Some((text, source)), None) => (Ok(text.to_owned()), place(self.setting, source)),
            (None, Some(path)) => {
                let setting = place(self.file, values.source(self.file));
                (self.read_file(values, &path), format!("the file in {setting}"))
            }
        };
        let secret = match text {
            Ok(text) => parse(text.trim()).ok_or_else(|| format!("is not {}", self.valid)),
            Err(error) => Err(format!("cannot be read ({})", with_causes(&error))),
        };
        let allowed = named(self.setting).allowed();
        secret.map_err(|fault| values.errors.push(format!("{setting} {fault}; allowed: {allowed}"))).ok()
    }

    /// Reads the file, with a warning where others may read it too.
    fn read_file(&self, values: &mut Values, path: &Path) -> std::io::Result<String> {
        let text = read_regular(path, MOST_FILE_BYTES)?;
        if is_open_to_others(path) {
            let path = path.display();
            let advice = format!("chmod 600 '{path}'");
            let subject = self.subject;
            values.raw.warn(format!("others on this machine may read {subject} in `{path}`"), advice);
        }
        String::from_utf8(text).map_err(|_| Error::new(ErrorKind::InvalidData, "not UTF-8"))
    }
}
