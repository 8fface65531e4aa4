//! Texts without secrets: services and libraries repeat what they were sent.

use ctm_config::secret::Secret;
use ctm_types::printable::one_line;

/// What stands in place of a secret.
const HIDDEN: &str = "[secret]";

/// The shortest part of an address that is a secret of its own: shorter ones are words such as `v2` or `send`.
const SHORTEST_PART: usize = 8;

/// The most characters of a text that are shown.
const MOST_CHARS: usize = 200;

/// Secrets that no text may have.
pub(crate) struct Redaction(Vec<String>);

impl Redaction {
    /// Takes secrets, and the address, whose parts are secrets too: it is all that a webhook needs.
    pub(crate) fn of<'a>(secrets: impl IntoIterator<Item = &'a Secret>, url: Option<&str>) -> Self {
        let mut hidden: Vec<String> = secrets.into_iter().map(|secret| secret.expose().to_owned()).collect();
        if let Some(url) = url {
            let place = url
                .split_once("://")
                .and_then(|(_, rest)| rest.split_once('/'))
                .map_or("", |(_, place)| place);
            let parts = place.split(['/', '?', '&', '=']).filter(|part| part.len() >= SHORTEST_PART);
            hidden.extend(parts.map(str::to_owned));
            hidden.extend(
                [url.to_owned(), place.to_owned()].into_iter().filter(|text| text.len() >= SHORTEST_PART),
            );
        }
        hidden.retain(|text| !text.is_empty());
        // A secret that contains another one is replaced first.
        hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self(hidden)
    }

    /// Returns a text of others for one line, without secrets.
    pub(crate) fn shown(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            text = text.replace(secret.as_str(), HIDDEN);
        }
        one_line(text.trim()).chars().take(MOST_CHARS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_and_no_part_of_an_address_is_shown() {
        let secrets = ["abc", "abcdef"].map(|text| Secret::parse(text).unwrap());
        let url = "https://hooks.example/services/T000/B00000000/XXXXXXXXXXXX?key=0123456789";
        let redaction = Redaction::of(&secrets, Some(url));
        let check = |text: &str, expected: &str| assert_eq!(redaction.shown(text), expected);
        check("no abcdef, no abc", "no [secret], no [secret]");
        check(&format!("bad uri: {url}"), "bad uri: [secret]");
        check("/services/T000/B00000000/XXXXXXXXXXXX is gone", "/[secret]/T000/[secret]/[secret] is gone");
        check("key 0123456789\r\n\u{1b}[31m", r"key [secret]\r\n\u{1b}[31m");
        check("hooks.example refuses", "hooks.example refuses");
        assert_eq!(redaction.shown(&"é".repeat(500)).chars().count(), MOST_CHARS);
        assert_eq!(Redaction::of([], None).shown("a"), "a");
    }
}
