//! The secret of the server: in a setting, or in a file.

use super::reading::{Values, place};
use super::table::named;
use crate::secret::is_open_to_others;
use ctm_reader::read_regular;
use ctm_types::printable::with_causes;
use std::io::ErrorKind;
use std::path::Path;

/// The shortest token, in characters.
const SHORTEST: usize = 16;

/// The longest token, in characters: it must fit into a header.
const LONGEST: usize = 1024;

/// The largest file of a token, in bytes: white space around it is allowed.
const MOST_FILE_BYTES: u64 = 4096;

/// The secret that opens the server. It is never shown, not even for debugging.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthToken(String);

impl AuthToken {
    /// Takes a token, unless it is too short, too long, or could not be sent in a header.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fits =
            (SHORTEST..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the secret.
    pub fn secret(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Reads the token, from its setting or from a file. No error and no shown value has any of it.
pub(super) fn read(values: &mut Values) -> Option<AuthToken> {
    let file = values.file("auth_token_file");
    let is_set = values.raw.get("auth_token").is_some();
    values.show("auth_token", if is_set { "set" } else { "not set" }.to_owned());
    let (text, setting) = match (values.raw.get("auth_token"), file) {
        (None, None) => return None,
        (Some((_, source)), Some(_)) => {
            let places =
                [place("auth_token", source), place("auth_token_file", values.source("auth_token_file"))];
            values.errors.push(format!("{} and {} are both set; allowed: one of them", places[0], places[1]));
            return None;
        }
        (Some((text, source)), None) => (Ok(text.to_owned()), place("auth_token", source)),
        (None, Some(path)) => {
            let setting = place("auth_token_file", values.source("auth_token_file"));
            (read_file(values, &path), format!("the file in {setting}"))
        }
    };
    let token = match text {
        Ok(text) => AuthToken::parse(text.trim()).ok_or_else(|| "is not a valid token".to_owned()),
        Err(error) => Err(format!("cannot be read ({})", with_causes(&error))),
    };
    let allowed = named("auth_token").allowed();
    token.map_err(|fault| values.errors.push(format!("{setting} {fault}; allowed: {allowed}"))).ok()
}

/// Reads the file of the token, with a warning where others may read it too.
fn read_file(values: &mut Values, path: &Path) -> std::io::Result<String> {
    let text = read_regular(path, MOST_FILE_BYTES)?;
    if is_open_to_others(path) {
        let path = path.display();
        let advice = format!("chmod 600 '{path}'");
        values.raw.warn(format!("others on this machine may read the token in `{path}`"), advice);
    }
    String::from_utf8(text).map_err(|_| std::io::Error::new(ErrorKind::InvalidData, "not UTF-8"))
}

#[cfg(test)]
mod tests {
    use crate::settings::{Layers, Settings};
    use std::fs;

    const TOKEN: &str = "sixteen-and-more-letters";

    #[test]
    fn no_error_of_a_token_shows_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        fs::write(&path, "short-secret").unwrap();
        let check = |environment: &[(&str, &str)], expected: &[&str]| {
            let error =
                Settings::new(&Layers::of_home(dir.path(), &[], environment)).unwrap_err().to_string();
            assert!(expected.iter().all(|part| error.contains(part)), "{error}");
            assert!(
                !error.contains("secret-") && !error.contains(TOKEN) && !error.contains("-secret"),
                "{error}"
            );
        };
        let file = ("CTM_AUTH_TOKEN_FILE", path.to_str().unwrap());
        check(
            &[("CTM_AUTH_TOKEN", "secret-1")],
            &["CTM_AUTH_TOKEN is not a valid token; allowed: ", "16 to 1024"],
        );
        check(&[("CTM_AUTH_TOKEN", "secret-secret- secret-")], &["CTM_AUTH_TOKEN is not a valid token"]);
        check(&[("CTM_AUTH_TOKEN", &"secret-".repeat(147))], &["CTM_AUTH_TOKEN is not a valid token"]);
        check(&[file], &["the file in CTM_AUTH_TOKEN_FILE is not a valid token"]);
        check(&[("CTM_AUTH_TOKEN_FILE", "/nowhere")], &["the file in CTM_AUTH_TOKEN_FILE cannot be read"]);
        check(&[file, ("CTM_AUTH_TOKEN", TOKEN)], &["CTM_AUTH_TOKEN and CTM_AUTH_TOKEN_FILE are both set"]);
        check(&[("CTM_AUTH", "none"), ("CTM_AUTH_TOKEN", TOKEN)], &["CTM_AUTH is `none` and a token is set"]);
        let lines = [".config/ctm/.env", ".config/ctm/config.toml"];
        fs::create_dir_all(dir.path().join(".config/ctm")).unwrap();
        for (file, line) in lines.into_iter().zip(["CTM_AUTH_TOKEN='secret-\n", "\nauth_token = 'secret-\n"])
        {
            fs::write(dir.path().join(file), line).unwrap();
            check(&[], &[file]);
            fs::remove_file(dir.path().join(file)).unwrap();
        }
    }
}
