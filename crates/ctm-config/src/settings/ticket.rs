//! Tickets in the names of Git branches.

use regex_lite::Regex;
use std::fmt;

/// Characters of a pattern at most.
const MOST_CHARACTERS: usize = 200;

/// The pattern of keys such as `APP-123`.
pub(super) const KEYS: &str = "[A-Z][A-Z0-9]+-[0-9]+";

/// The regular expression of tickets in branch names. Matching takes time linear in the name.
#[derive(Debug, Clone)]
pub struct TicketPattern(Regex);

impl TicketPattern {
    /// Parses a regular expression; `None` if it is invalid or too long.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_short = !text.is_empty() && text.chars().count() <= MOST_CHARACTERS;
        is_short.then(|| Regex::new(text).ok()).flatten().map(Self)
    }

    /// Returns the ticket of a branch: the first group of the first match, or all of it without groups.
    #[must_use]
    pub fn ticket_of<'b>(&self, branch: &'b str) -> Option<&'b str> {
        let found = self.0.captures(branch)?;
        let ticket = found.iter().skip(1).flatten().next().or_else(|| found.get(0))?;
        Some(ticket.as_str()).filter(|ticket| !ticket.is_empty())
    }
}

impl Default for TicketPattern {
    fn default() -> Self {
        Self::parse(KEYS).expect("the pattern is valid, as a test proves")
    }
}

impl fmt::Display for TicketPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_the_first_group_or_the_match() {
        let check = |pattern: &str, branch: &str, expected: Option<&str>| {
            let pattern = TicketPattern::parse(pattern).unwrap();
            assert_eq!(pattern.ticket_of(branch), expected, "{pattern} in {branch}");
        };
        check(KEYS, "feature/APP-123-login", Some("APP-123"));
        check(KEYS, "APP-1/WEB-2", Some("APP-1"));
        check(KEYS, "main", None);
        check("^(?:issue|fix)/([0-9]+)", "fix/77-crash", Some("77"));
        check("gh-([0-9]+)|(T[0-9]+)", "T12", Some("T12"));
        check("x*", "main", None);
        check("é.", "é分支", Some("é分"));
    }

    #[test]
    fn a_pattern_is_valid_and_short() {
        assert_eq!(TicketPattern::default().to_string(), KEYS);
        for pattern in ["", "(", "[a-", &"a".repeat(201), "((a{100}){100}){100}"] {
            assert!(TicketPattern::parse(pattern).is_none(), "{pattern}");
        }
    }
}
