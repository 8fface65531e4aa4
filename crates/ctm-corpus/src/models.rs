//! The model of a day.

use crate::random::Random;

/// A line of models, each succeeding the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Opus,
    Sonnet,
    Haiku,
    Fable,
}

/// Name, family and day of release, by age within a family.
const MODELS: &[(&str, Family, &str)] = &[
    ("claude-opus-4-20250514", Family::Opus, "2025-05-22"),
    ("claude-opus-4-1-20250805", Family::Opus, "2025-08-05"),
    ("claude-opus-4-5-20251101", Family::Opus, "2025-11-24"),
    ("claude-opus-4-6", Family::Opus, "2026-02-05"),
    ("claude-opus-4-7", Family::Opus, "2026-04-16"),
    ("claude-opus-4-8", Family::Opus, "2026-05-28"),
    ("claude-opus-5", Family::Opus, "2026-07-24"),
    ("claude-opus-5-5", Family::Opus, "2026-09-22"),
    ("claude-sonnet-4-20250514", Family::Sonnet, "2025-05-22"),
    ("claude-sonnet-4-5-20250929", Family::Sonnet, "2025-09-29"),
    ("claude-sonnet-4-6", Family::Sonnet, "2026-02-17"),
    ("claude-sonnet-5", Family::Sonnet, "2026-06-30"),
    ("claude-sonnet-5-5", Family::Sonnet, "2026-09-28"),
    ("claude-3-5-haiku-20241022", Family::Haiku, "2024-11-04"),
    ("claude-haiku-4-5-20251001", Family::Haiku, "2025-10-15"),
    ("claude-haiku-5-5", Family::Haiku, "2026-10-07"),
    ("claude-fable-5", Family::Fable, "2026-06-09"),
    ("claude-fable-5-1", Family::Fable, "2026-09-01"),
    ("claude-fable-5-2", Family::Fable, "2026-11-09"),
];

/// Returns the newest model of a family on a UTC day, if there was one yet.
fn newest(family: Family, day: &str) -> Option<&'static str> {
    let released = |(_, of, since): &&(&str, Family, &str)| *of == family && *since <= day;
    MODELS.iter().rfind(released).map(|(name, ..)| *name)
}

/// Returns the newest model of a family on a UTC day, or of another while it has none.
fn newest_or_any(family: Family, day: &str) -> &'static str {
    newest(family, day).or_else(|| newest(Family::Opus, day)).unwrap_or(MODELS[0].0)
}

/// Returns the model of a main conversation that begins on a UTC day.
pub(crate) fn for_conversation(random: &mut Random, day: &str) -> &'static str {
    let family = match random.below(100) {
        0..44 => Family::Opus,
        44..84 => Family::Sonnet,
        84..94 => Family::Fable,
        _ => Family::Haiku,
    };
    newest_or_any(family, day)
}

/// Returns the model of a subagent that begins on a UTC day.
pub(crate) fn for_agent(random: &mut Random, day: &str) -> &'static str {
    let family = if random.percent(60) { Family::Haiku } else { Family::Sonnet };
    newest_or_any(family, day)
}

/// Returns the model that advises another, or takes over from it, on a UTC day.
pub(crate) fn for_second_opinion(day: &str, of: &str) -> &'static str {
    let opus = newest_or_any(Family::Opus, day);
    if opus == of { newest_or_any(Family::Sonnet, day) } else { opus }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_model_is_chosen_from_its_release_on() {
        let check = |family, day: &str, expected| assert_eq!(newest(family, day), expected);
        check(Family::Opus, "2026-09-21", Some("claude-opus-5"));
        check(Family::Opus, "2026-09-22", Some("claude-opus-5-5"));
        check(Family::Opus, "2031-01-01", Some("claude-opus-5-5"));
        check(Family::Fable, "2026-06-08", None);
    }

    #[test]
    fn there_is_always_a_model() {
        assert_eq!(newest_or_any(Family::Fable, "2026-02-05"), "claude-opus-4-6");
        assert_eq!(newest_or_any(Family::Haiku, "2001-01-01"), MODELS[0].0);
    }

    #[test]
    fn a_second_opinion_is_another_model_s() {
        for day in ["2025-06-01", "2026-03-01", "2026-11-20"] {
            for (name, ..) in MODELS {
                assert_ne!(for_second_opinion(day, name), *name);
            }
        }
    }
}
