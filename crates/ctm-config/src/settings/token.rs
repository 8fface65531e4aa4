//! The secret of the server: in a setting, or in a file.

use super::reading::Values;
use super::secrets::SecretSetting;

/// The shortest token, in characters.
const SHORTEST: usize = 16;

/// The longest token, in characters: it must fit into a header.
const LONGEST: usize = 1024;

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

/// Reads the token, from its setting or from a file.
pub(super) fn read(values: &mut Values) -> Option<AuthToken> {
    let setting = SecretSetting {
        setting: "auth_token",
        file: "auth_token_file",
        valid: "a valid token",
        subject: "the token",
    };
    setting.read(values, AuthToken::parse)
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
