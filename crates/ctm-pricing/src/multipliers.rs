//! Multipliers of prices by patterns of names, for resellers.
//!
//! ```toml
//! [[multiplier]]
//! pattern = "aihubmix/*"
//! ratio = "1.1"
//! ```
//!
//! # Design
//!
//! A pattern is a name with one `*` for one or more characters. The multiplied price is that of the first of
//! these that exactly equals a known name: the whole name; the name without the path of the pattern, then
//! also without its end; the text matched by `*`. So `aihubmix/claude-opus-5` costs the price of
//! `claude-opus-5` times the ratio.
//!
//! Of several matching patterns only the most specific one applies: one without `*`, then the one with the
//! most characters besides it, then the one with the most before it. No two patterns that match the same name
//! are equal in all three, so the order in the file does not matter.

use crate::Ratio;
use crate::notation::plain;
use serde::Deserialize;
use std::cmp::Reverse;
use std::fmt;

/// A name, or the beginning and the end of names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Pattern {
    start: String,
    /// Text after the `*`; `None` if the pattern is a plain name.
    end: Option<String>,
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let name = plain(&text);
        let (start, end) = match name.split_once('*') {
            None => (name.as_str(), None),
            Some((start, end)) => (start, Some(end)),
        };
        if name.is_empty() || end.is_some_and(|end| end.contains('*')) {
            return Err(format!(
                "`{text}` is not a pattern; allowed: the name of a model, in which one `*` matches any \
                 characters"
            ));
        }
        Ok(Self { start: start.to_owned(), end: end.map(str::to_owned) })
    }
}

impl Pattern {
    /// Returns the parts of a matching name that may be a model: the part after the path of the pattern, the
    /// same without the end of the pattern, and the text matched by `*`.
    fn parts<'a>(&self, name: &'a str) -> Option<[&'a str; 3]> {
        let path_bytes = self.start.rfind('/').map_or(0, |slash| slash + 1);
        let Some(end) = &self.end else {
            return (*name == self.start).then(|| [&name[path_bytes..]; 3]);
        };
        let rest = name.strip_prefix(&*self.start)?.strip_suffix(&**end)?;
        let behind_path = &name[path_bytes..];
        (!rest.is_empty()).then(|| [behind_path, &behind_path[..behind_path.len() - end.len()], rest])
    }

    /// Returns how specific the pattern is; of patterns that match the same name no two are equal.
    fn specificity(&self) -> (bool, usize, usize) {
        let end = self.end.as_ref().map_or(0, String::len);
        (self.end.is_none(), self.start.len() + end, self.start.len())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.end {
            None => f.write_str(&self.start),
            Some(end) => write!(f, "{}*{end}", self.start),
        }
    }
}

/// A multiplier of the prices of some names.
#[derive(Debug, Clone)]
pub(crate) struct Multiplier {
    pub(crate) pattern: Pattern,
    pub(crate) ratio: Ratio,
}

/// The effective multipliers, the most specific first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Multipliers(Vec<Multiplier>);

/// A multiplier that a name has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match<'a> {
    /// Place of the multiplier.
    pub(crate) place: usize,
    /// The parts of the name that may mean a model.
    pub(crate) parts: [&'a str; 3],
}

impl Multipliers {
    /// Adds a multiplier; it replaces one with the same pattern.
    pub(crate) fn add(&mut self, multiplier: Multiplier) {
        self.0.retain(|known| known.pattern != multiplier.pattern);
        self.0.push(multiplier);
        self.0.sort_by_key(|multiplier| Reverse(multiplier.pattern.specificity()));
    }

    /// Returns the most specific multiplier that matches a name in the form of [`plain`].
    pub(crate) fn find<'a>(&self, name: &'a str) -> Option<Match<'a>> {
        let matching = |(place, multiplier): (usize, &Multiplier)| {
            Some(Match { place, parts: multiplier.pattern.parts(name)? })
        };
        self.0.iter().enumerate().find_map(matching)
    }

    /// Returns the multipliers, the most specific first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Multiplier> {
        self.0.iter()
    }

    /// Returns the multiplier at a place.
    pub(crate) fn at(&self, place: usize) -> &Multiplier {
        &self.0[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::try_from(text.to_owned()).unwrap()
    }

    fn multipliers<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Multipliers {
        let mut multipliers = Multipliers::default();
        for text in patterns {
            multipliers.add(Multiplier { pattern: pattern(text), ratio: Ratio::ONE });
        }
        multipliers
    }

    #[test]
    fn a_star_matches_at_least_one_character() {
        let check = |text: &str, name: &str, expected| {
            let rest = pattern(text).parts(name).map(|[_, _, rest]| rest);
            assert_eq!(rest, expected, "{text} {name}");
        };
        check("aihubmix/*", "aihubmix/claude-opus-5", Some("claude-opus-5"));
        check("aihubmix/*", "aihubmix/a/b", Some("a/b"));
        check("aihubmix/*", "aihubmix/", None);
        check("aihubmix/*", "x-aihubmix/claude-opus-5", None);
        check("AiHubMix/*", "aihubmix/x", Some("x"));
        check("*:cheap", "claude-opus-5:cheap", Some("claude-opus-5"));
        check("*:cheap", "claude-opus-5:cheaper", None);
        check("a*a", "aa", None);
        check("a*a", "a", None);
        check("a*a", "aba", Some("b"));
        check("*", "x", Some("x"));
        check("name", "name", Some("name"));
        check("name", "names", None);
    }

    #[test]
    fn the_path_of_a_pattern_is_no_part_of_the_model() {
        let check = |text: &str, name: &str, expected| {
            assert_eq!(pattern(text).parts(name), Some(expected), "{text} {name}");
        };
        check("a/claude-*:x", "a/claude-5:x", ["claude-5:x", "claude-5", "5"]);
        check("a/b/*", "a/b/c/d", ["c/d"; 3]);
        check("a/b", "a/b", ["b"; 3]);
        check("name", "name", ["name"; 3]);
        check("x-*", "x-a/b", ["x-a/b", "x-a/b", "a/b"]);
    }

    #[test]
    fn invalid_patterns_are_refused() {
        for text in ["", "  ", "a*b*", "**"] {
            assert!(Pattern::try_from(text.to_owned()).is_err(), "{text:?}");
        }
        for text in ["a*b", "*", "a/b"] {
            assert_eq!(pattern(text).to_string(), text);
        }
    }

    #[test]
    fn the_most_specific_pattern_comes_first_whatever_the_order() {
        let patterns = ["*", "a/*", "*5", "a/*5", "a/b-5", "a/b*"];
        let check = |name: &str, expected: &str| {
            for patterns in [patterns.to_vec(), patterns.iter().rev().copied().collect()] {
                let multipliers = multipliers(patterns);
                let found =
                    multipliers.find(name).map(|found| multipliers.at(found.place).pattern.to_string());
                assert_eq!(found.as_deref(), Some(expected), "{name}");
            }
        };
        check("a/b-5", "a/b-5");
        // As many characters as in `a/*5`, and more of them before the star.
        check("a/b-55", "a/b*");
        check("a/c-5", "a/*5");
        check("a/c", "a/*");
        check("b-5", "*5");
        check("b", "*");
        assert!(multipliers(["a/*"]).find("b").is_none());
    }

    #[test]
    fn a_pattern_has_one_ratio() {
        let mut multipliers = multipliers(["a/*"]);
        let ratio = Ratio::reduced(11, 10);
        multipliers.add(Multiplier { pattern: pattern("A/*"), ratio });
        assert_eq!(multipliers.0.len(), 1);
        assert_eq!(multipliers.at(0).ratio, ratio);
    }

    proptest! {
        #[test]
        fn of_patterns_that_match_no_two_are_equally_specific(
            name in "[ab]{1,6}", first in "[ab]{0,3}\\*?[ab]{0,3}", second in "[ab]{0,3}\\*?[ab]{0,3}",
        ) {
            let patterns = [first, second].map(Pattern::try_from);
            let [Ok(first), Ok(second)] = patterns else { return Ok(()) };
            if first != second && first.parts(&name).is_some() && second.parts(&name).is_some() {
                prop_assert_ne!(first.specificity(), second.specificity());
            }
        }
    }
}
