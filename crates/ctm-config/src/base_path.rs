//! The base path of a server behind a proxy, as a value.

/// First parts of the server's own paths, under which it cannot live.
const OWN: [&str; 6] = ["_app", "api", "icons", "login", "logout", "metrics"];

/// A path without a slash at its end: empty, or such as `/ctm`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BasePath(String);

impl BasePath {
    /// Returns the base path of a server without one.
    #[must_use]
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// Parses `/`, `/ctm`, `/tools/ctm/`.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.strip_suffix('/').unwrap_or(text);
        if path.is_empty() {
            return text.starts_with('/').then(Self::default);
        }
        let parts: Vec<_> = path.strip_prefix('/')?.split('/').collect();
        let is_plain = |part: &&str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            !part.is_empty() && part.bytes().all(allowed) && !part.bytes().all(|byte| byte == b'.')
        };
        (parts.iter().all(is_plain) && !OWN.contains(&parts[0])).then(|| Self(path.to_owned()))
    }

    /// Returns the path as text, empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns where a path of the server is from outside.
    pub fn href(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Returns a page of which every address is one from outside.
    pub fn page(&self, html: &str) -> String {
        html.replace("=\"/", &format!("=\"{}/", self.0))
    }

    /// Returns a path without this one, if it is below.
    pub fn take_from<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&*self.0).filter(|rest| rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_has_plain_parts_that_are_not_the_servers_own() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(BasePath::parse(text).as_ref().map(BasePath::as_str), expected, "{text}");
        };
        check("/", Some(""));
        check("/ctm", Some("/ctm"));
        check("/ctm/", Some("/ctm"));
        check("/tools/c-t.m_1~", Some("/tools/c-t.m_1~"));
        for bad in [
            "",
            "ctm",
            "//",
            "/ctm//",
            "/a//b",
            "/a b",
            "/ä",
            "/a\"b",
            "/a%20b",
            "/..",
            "/a/./b",
            "/api",
            "/login/ctm",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn only_what_is_below_loses_the_base_path() {
        let base = BasePath::parse("/ctm").unwrap();
        let check = |path: &str, expected: Option<&str>| assert_eq!(base.take_from(path), expected, "{path}");
        check("/ctm/", Some("/"));
        check("/ctm/api/v1/stats", Some("/api/v1/stats"));
        check("/ctm", None);
        check("/ctmx/", None);
        check("/", None);
    }
}
