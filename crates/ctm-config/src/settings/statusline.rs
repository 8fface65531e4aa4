//! The format of a status line.

use std::collections::BTreeMap;

/// Default format.
pub const DEFAULT_STATUSLINE: &str = "{model}[ · session {session_cost}][ · today {today_cost}]\
    [ · block {block_cost}[, {block_left} left]][ · {burn}/h][ · context {context}]\
    [ · 5h {five_hour}[ until {five_hour_reset}]][ · 7d {seven_day}[ until {seven_day_reset}]][ · {behind}]";

/// Names of the figures that a format can show, and what they are.
pub const STATUSLINE_FIGURES: [(&str, &str); 19] = [
    ("model", "the model"),
    ("session_name", "title of the session, if `session_names` is set"),
    ("session_cost", "cost of the session"),
    ("today_cost", "cost of the day"),
    ("block_cost", "cost in the active block (its start is an estimate)"),
    ("block_left", "remaining time of that window"),
    ("block_projected", "projected cost at the end of that window"),
    ("burn", "cost per hour in that window"),
    ("context", "filled part of the model's context"),
    ("five_hour", "used part of the official limit of five hours"),
    ("five_hour_reset", "time at which that limit resets"),
    ("seven_day", "used part of the official limit of seven days"),
    ("seven_day_reset", "time at which that limit resets"),
    ("spend_limit", "used part of the official spending limit"),
    ("cache_expires", "remaining time of the prompt cache, or `cold`"),
    ("cache_cost_if_cold", "cost of writing the prompt cache again once it has expired"),
    ("cache_miss", "causes of the last miss of the prompt cache"),
    ("month_budget", "used part of the monthly budget"),
    ("behind", "a word when not everything that was written is counted, or something needs care"),
];

/// A format: texts, figures, and groups that are omitted if a figure in them is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatuslineFormat(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(String),
    Figure(&'static str),
    Group(Vec<Segment>),
}

impl Default for StatuslineFormat {
    fn default() -> Self {
        Self::parse(DEFAULT_STATUSLINE).expect("the default format is valid")
    }
}

impl StatuslineFormat {
    /// Parses a format: `{name}` is a figure, `[...]` a group; other text is literal, as is a character after
    /// a backslash.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut characters = text.chars().peekable();
        let parts = parts(&mut characters, false)?;
        Some(Self(parts))
    }

    /// Inserts the known figures. An unknown figure outside of all groups is shown as a dash.
    #[must_use]
    pub fn fill(&self, known: &BTreeMap<&'static str, String>) -> String {
        let mut line = String::new();
        for part in &self.0 {
            match part {
                Segment::Text(text) => line.push_str(text),
                Segment::Figure(name) => line.push_str(known.get(name).map_or("–", String::as_str)),
                Segment::Group(parts) => line.push_str(&group(parts, known).unwrap_or_default()),
            }
        }
        line
    }
}

/// Fills in a group, unless a figure in it is unknown.
fn group(parts: &[Segment], known: &BTreeMap<&'static str, String>) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            Segment::Text(part) => text.push_str(part),
            Segment::Figure(name) => text.push_str(known.get(name)?),
            Segment::Group(parts) => text.push_str(&group(parts, known).unwrap_or_default()),
        }
    }
    Some(text)
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn parts(characters: &mut Characters<'_>, in_group: bool) -> Option<Vec<Segment>> {
    let (mut parts, mut text) = (Vec::new(), String::new());
    while let Some(character) = characters.next() {
        let part = match character {
            '[' => Segment::Group(self::parts(characters, true)?),
            '{' => Segment::Figure(figure(characters)?),
            ']' if in_group => {
                parts.extend(some_text(text));
                return Some(parts);
            }
            ']' | '}' => return None,
            '\\' => {
                text.push(characters.next()?);
                continue;
            }
            other => {
                text.push(other);
                continue;
            }
        };
        parts.extend(some_text(std::mem::take(&mut text)));
        parts.push(part);
    }
    parts.extend(some_text(text));
    (!in_group).then_some(parts)
}

fn some_text(text: String) -> Option<Segment> {
    (!text.is_empty()).then_some(Segment::Text(text))
}

fn figure(characters: &mut Characters<'_>) -> Option<&'static str> {
    let mut name = String::new();
    loop {
        match characters.next()? {
            '}' => break,
            character => name.push(character),
        }
    }
    STATUSLINE_FIGURES.iter().map(|(known, _)| *known).find(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(figures: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
        figures.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    }

    #[test]
    fn groups_are_left_out_when_a_figure_in_them_is_not_known() {
        let format =
            StatuslineFormat::parse(r"{model}[ · today {today_cost}[ of {session_cost}]][ \{x\} \[y\]]")
                .unwrap();
        let check = |figures: &[(&'static str, &str)], expected: &str| {
            assert_eq!(format.fill(&known(figures)), expected);
        };
        check(
            &[("model", "Opus"), ("today_cost", "$1"), ("session_cost", "$2")],
            "Opus · today $1 of $2 {x} [y]",
        );
        check(&[("model", "Opus"), ("today_cost", "$1")], "Opus · today $1 {x} [y]");
        check(&[("session_cost", "$2")], "– {x} [y]");
    }

    #[test]
    fn a_format_that_is_not_understood_is_none() {
        for text in ["{mode}", "{model", "[", "]", "}", "[{model}", "a]b", "{[model]}", "\\"] {
            assert_eq!(StatuslineFormat::parse(text), None, "{text}");
        }
        assert!(StatuslineFormat::parse("").is_some_and(|format| format.fill(&known(&[])).is_empty()));
    }

    #[test]
    fn the_usual_format_shows_the_figures_that_every_session_has() {
        let format = StatuslineFormat::parse(DEFAULT_STATUSLINE).unwrap();
        let figures: BTreeMap<_, _> =
            STATUSLINE_FIGURES.iter().map(|(name, _)| (*name, format!("<{name}>"))).collect();
        let line = format.fill(&figures);
        let missing: Vec<_> = figures.values().filter(|figure| !line.contains(*figure)).collect();
        let rare = [
            "block_projected",
            "cache_cost_if_cold",
            "cache_expires",
            "cache_miss",
            "month_budget",
            "session_name",
            "spend_limit",
        ];
        assert_eq!(missing, rare.map(|name| format!("<{name}>")).iter().collect::<Vec<_>>());
    }
}
