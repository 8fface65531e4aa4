//! Access settings: the token, and the allowed hosts and origins.

use crate::origin::{Host, Origin};

/// The shortest token, in characters.
const SHORTEST: usize = 16;

/// The longest token, in characters: it has to fit into a header.
const LONGEST: usize = 1024;

/// Authentication mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// The token, if one is set; without one the server listens on this machine alone.
    Token,
    /// Nothing: something else keeps others out.
    None,
}

impl Auth {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::None => "none",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Token, Self::None].into_iter().find(|auth| auth.name() == text)
    }
}

/// Understands whether rules of projects may be changed over the network.
pub(super) fn project_edits(text: &str) -> Option<bool> {
    match text {
        "allow" => Some(true),
        "refuse" => Some(false),
        _ => None,
    }
}

/// The secret that opens the server. It is never shown, not even for debugging.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
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

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Understands a list of hosts.
pub(super) fn hosts(text: &str) -> Option<Vec<Host>> {
    items(text).map(Host::parse).collect()
}

/// Understands a list of origins.
pub(super) fn origins(text: &str) -> Option<Vec<Origin>> {
    // An origin has no path, but the address that one copies ends with a slash.
    items(text).map(|item| Origin::parse(item.strip_suffix('/').unwrap_or(item))).collect()
}

/// Writes a list as it is understood.
pub(super) fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}
