//! The input of the status line command, as Claude Code writes it.
//!
//! Source: <https://docs.claude.com/en/docs/claude-code/statusline>.

use crate::bounds::bounded;
use crate::interpret::any_time;
use ctm_types::limits::{LAST_MS, MAX_USED_PERCENTAGE};
use ctm_types::{EpochMs, LimitWindow, PromptCache};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// A session, as Claude Code describes it to the status line command.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct StatusLine {
    /// Id of the session; empty when it is missing.
    pub session: String,
    /// Title of the session, which only the setting `session_names` allows to use.
    pub title: Option<String>,
    /// The session's transcript.
    pub transcript: Option<PathBuf>,
    /// Id of the model.
    pub model: Option<String>,
    /// Display name of the model.
    pub model_name: Option<String>,
    /// Cost of the session by Claude Code's own count, in US dollars, up to 1e9.
    pub cost_usd: Option<f64>,
    /// The filled part of the model's context in percent, from 0 to [`MAX_USED_PERCENTAGE`].
    pub context_percentage: Option<f64>,
    /// The official rate limits of a subscription, since Claude Code 2.1.80.
    pub limits: Vec<OfficialLimit>,
    /// The prompt cache of the main conversation, since Claude Code 2.1.251.
    pub cache: Option<PromptCache>,
}

/// The utilization of a limit.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct OfficialLimit {
    /// The limit.
    pub window: LimitWindow,
    /// The used part in percent, from 0 to [`MAX_USED_PERCENTAGE`]; it can be above 100.
    pub used_percentage: f64,
    /// Time at which the limit resets, in UTC epoch milliseconds.
    pub resets_at_ms: Option<EpochMs>,
}

/// An object whose values are parsed one by one: an invalid one does not affect the others.
#[derive(Default, Deserialize)]
struct Fields<'a>(#[serde(borrow)] HashMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Fields<'a> {
    fn get<T: Deserialize<'a>>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.0.get(name)?.get()).ok()
    }

    fn object(&self, name: &str) -> Self {
        self.get(name).unwrap_or_default()
    }

    fn name(&self, name: &str) -> Option<String> {
        self.get::<String>(name).filter(|text| !text.is_empty()).map(|text| bounded(&text))
    }

    /// Returns a number from 0 to `most`.
    fn number(&self, name: &str, most: f64) -> Option<f64> {
        // A zero has a sign, which would be shown.
        self.get(name).filter(|number| (0.0..=most).contains(number)).map(f64::abs)
    }
}

impl StatusLine {
    /// Parses the output of any Claude Code version: known fields are read, unknown ones ignored.
    ///
    /// # Errors
    ///
    /// Fails when the text is not a JSON object.
    pub fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        let text = String::from_utf8_lossy(text);
        let fields: Fields<'_> = serde_json::from_str(&text)?;
        let (model, limits) = (fields.object("model"), fields.object("rate_limits"));
        Ok(Self {
            session: fields.name("session_id").unwrap_or_default(),
            title: fields.name("session_name"),
            transcript: fields.get::<PathBuf>("transcript_path").filter(|path| path != Path::new("")),
            model: model.name("id"),
            model_name: model.name("display_name"),
            cost_usd: fields.object("cost").number("total_cost_usd", MAX_COST_USD),
            context_percentage: fields
                .object("context_window")
                .number("used_percentage", MAX_USED_PERCENTAGE),
            limits: all_limits(&limits),
            cache: fields.get("prompt_cache").map(|cache| prompt_cache(&cache)),
        })
    }
}

/// Returns the limits by name, and those of a list that have no name of their own.
fn all_limits(limits: &Fields<'_>) -> Vec<OfficialLimit> {
    let rows: Vec<&RawValue> = limits.get("limits").unwrap_or_default();
    let rows: Vec<OfficialLimit> = rows.into_iter().filter_map(listed).collect();
    let of_window = |window: LimitWindow| {
        let named = official(window, &limits.object(window.name()));
        named.or_else(|| rows.iter().find(|limit| limit.window == window).copied())
    };
    LimitWindow::ALL.into_iter().filter_map(of_window).collect()
}

/// Returns a row of a list of limits: `{kind, percent, resets_at, scope}`.
fn listed(row: &RawValue) -> Option<OfficialLimit> {
    let row: Fields<'_> = serde_json::from_str(row.get()).ok()?;
    let window = match row.name("kind")?.as_str() {
        "session" => LimitWindow::FiveHour,
        "weekly_all" => LimitWindow::SevenDay,
        "weekly_scoped" => of_model(&row.object("scope").object("model").name("display_name")?)?,
        kind => LimitWindow::by_name(kind)?,
    };
    let resets_at_ms = row.get::<String>("resets_at").and_then(|text| any_time(&text));
    Some(OfficialLimit {
        window,
        used_percentage: row.number("percent", MAX_USED_PERCENTAGE)?,
        resets_at_ms: resets_at_ms.filter(|at_ms| (EpochMs(0)..=LAST_MS).contains(at_ms)),
    })
}

/// Returns the window of the models with a display name.
fn of_model(name: &str) -> Option<LimitWindow> {
    let name = name.to_lowercase();
    [
        ("opus", LimitWindow::SevenDayOpus),
        ("sonnet", LimitWindow::SevenDaySonnet),
        ("haiku", LimitWindow::SevenDayHaiku),
        ("fable", LimitWindow::SevenDayFable),
        ("mythos", LimitWindow::SevenDayMythos),
    ]
    .into_iter()
    .find_map(|(model, window)| name.contains(model).then_some(window))
}

fn prompt_cache(cache: &Fields<'_>) -> PromptCache {
    let causes: Vec<String> = cache.object("last_miss_cause").get("causes").unwrap_or_default();
    let count = |name| cache.get(name).filter(|count| *count <= MAX_TOKENS);
    let time = |name| cache.number(name, LAST_S).map(milliseconds);
    PromptCache {
        expires_at_ms: time("expires_at"),
        is_of_an_hour: cache.name("ttl").is_some_and(|ttl| ttl == "1h"),
        recache_tokens: count("recache_tokens_if_cold"),
        requests: count("requests"),
        misses: count("misses"),
        expected_rebuilds: count("expected_rebuilds"),
        written_tokens: count("cache_write_tokens"),
        missed_tokens: count("miss_recache_tokens"),
        last_miss_at_ms: time("last_miss_at"),
        last_miss: named(causes).take(MOST_CAUSES).collect(),
        miss_causes: miss_causes(cache),
    }
}

/// Returns the misses by cause, which are an object of counts, or a list with a cause for each miss.
fn miss_causes(cache: &Fields<'_>) -> BTreeMap<String, u64> {
    let counts = cache.object("miss_causes");
    let counts = counts.0.iter().filter_map(|(cause, count)| {
        let count: u64 = serde_json::from_str(count.get()).ok()?;
        Some((cause.clone().into_owned(), count)).filter(|_| count <= MAX_TOKENS)
    });
    let list: Vec<String> = cache.get("miss_causes").unwrap_or_default();
    let mut causes: BTreeMap<String, u64> = BTreeMap::new();
    for (cause, count) in counts.chain(list.into_iter().map(|cause| (cause, 1))) {
        named([cause]).for_each(|cause| *causes.entry(cause).or_default() += count);
    }
    causes.into_iter().take(MOST_CAUSES).collect()
}

/// Returns the texts that are not empty, bounded.
fn named(texts: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    texts.into_iter().filter(|text| !text.is_empty()).map(|text| bounded(&text))
}

fn official(window: LimitWindow, limit: &Fields<'_>) -> Option<OfficialLimit> {
    Some(OfficialLimit {
        window,
        used_percentage: used_percentage(limit)?,
        resets_at_ms: limit.number("resets_at", LAST_S).map(milliseconds),
    })
}

/// Returns the used part of a limit in percent; for a limit in US dollars, computed from the amounts.
fn used_percentage(limit: &Fields<'_>) -> Option<f64> {
    let of_amounts = || {
        let [used, most] = ["used_usd", "limit_usd"].map(|name| limit.number(name, MAX_COST_USD));
        let percentage = used? / most.filter(|most| *most > 0.0)? * 100.0;
        Some(percentage.min(MAX_USED_PERCENTAGE))
    };
    limit.number("used_percentage", MAX_USED_PERCENTAGE).or_else(of_amounts)
}

/// Maximum cost of a session that is accepted, in US dollars.
const MAX_COST_USD: f64 = 1e9;

/// Maximum number of tokens, requests or misses of a session that is accepted.
const MAX_TOKENS: u64 = 1_000_000_000_000;

/// Maximum number of causes of misses that are accepted.
const MOST_CAUSES: usize = 32;

/// The last second that is accepted as a time.
const LAST_S: f64 = LAST_MS.0 as f64 / 1e3;

#[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
fn milliseconds(seconds: f64) -> EpochMs {
    EpochMs((seconds * 1e3) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fields_are_read() {
        let parsed = StatusLine::parse(
            br#"{"session_id": "5e55", "session_name": "Billing", "transcript_path": "/h/.claude/projects/-p/5e55.jsonl", "cwd": "/p",
                 "model": {"id": "claude-opus-4-5", "display_name": "Opus 4.5"}, "version": "2.1.90",
                 "cost": {"total_cost_usd": 1.25, "total_duration_ms": 7},
                 "context_window": {"used_percentage": 41, "context_window_size": 200000},
                 "rate_limits": {"five_hour": {"used_percentage": 23.5, "resets_at": 1773136800},
                                 "seven_day": {"used_percentage": 104, "resets_at": 1773136800.5}}}"#,
        );
        let limit = |window, used_percentage, at_ms| OfficialLimit {
            window,
            used_percentage,
            resets_at_ms: Some(at_ms),
        };
        let expected = StatusLine {
            session: "5e55".to_owned(),
            title: Some("Billing".to_owned()),
            transcript: Some("/h/.claude/projects/-p/5e55.jsonl".into()),
            model: Some("claude-opus-4-5".to_owned()),
            model_name: Some("Opus 4.5".to_owned()),
            cost_usd: Some(1.25),
            context_percentage: Some(41.0),
            limits: vec![
                limit(LimitWindow::FiveHour, 23.5, EpochMs(1_773_136_800_000)),
                limit(LimitWindow::SevenDay, 104.0, EpochMs(1_773_136_800_500)),
            ],
            cache: None,
        };
        assert_eq!(parsed.unwrap(), expected);
    }

    #[test]
    fn limits_of_models_and_of_spending_are_taken_too() {
        let status = StatusLine::parse(
            br#"{"rate_limits": {"seven_day_opus": {"used_percentage": 12, "resets_at": 1773136800},
                                 "seven_day_unheard_of": {"used_percentage": 1},
                                 "spend_limit": {"used_usd": 30, "limit_usd": 40, "period": "monthly"}}}"#,
        );
        let limit =
            |window, used_percentage, resets_at_ms| OfficialLimit { window, used_percentage, resets_at_ms };
        let expected = [
            limit(LimitWindow::SevenDayOpus, 12.0, Some(EpochMs(1_773_136_800_000))),
            limit(LimitWindow::Spend, 75.0, None),
        ];
        assert_eq!(status.unwrap().limits, expected);
        for nonsense in [r#""used_usd": 1, "limit_usd": 0"#, r#""used_usd": 1"#, r#""limit_usd": 1"#] {
            let text = format!(r#"{{"rate_limits": {{"spend_limit": {{{nonsense}}}}}}}"#);
            assert_eq!(StatusLine::parse(text.as_bytes()).unwrap().limits, [], "{nonsense}");
        }
    }

    #[test]
    fn a_list_of_limits_adds_those_without_a_name() {
        let status = StatusLine::parse(
            br#"{"rate_limits": {"five_hour": {"used_percentage": 5}, "limits": [
                {"kind": "session", "percent": 99}, 7, null,
                {"kind": "weekly_scoped", "percent": 61, "resets_at": "2026-03-10T10:00:00Z",
                 "scope": {"model": {"display_name": "Fable"}}, "severity": "warning", "is_active": true},
                {"kind": "weekly_scoped", "percent": 9, "scope": {"model": {"display_name": "Unheard Of"}}},
                {"kind": "weekly_scoped", "percent": 9, "scope": null},
                {"kind": "spend_limit", "percent": 130, "resets_at": "some day"}]}}"#,
        );
        let limit =
            |window, used_percentage, resets_at_ms| OfficialLimit { window, used_percentage, resets_at_ms };
        let expected = [
            limit(LimitWindow::FiveHour, 5.0, None),
            limit(LimitWindow::SevenDayFable, 61.0, Some(EpochMs(1_773_136_800_000))),
            limit(LimitWindow::Spend, 130.0, None),
        ];
        assert_eq!(status.unwrap().limits, expected);
        for list in ["{}", "\"x\"", "null", "[[[]]]"] {
            let text = format!(r#"{{"rate_limits": {{"limits": {list}}}}}"#);
            assert_eq!(StatusLine::parse(text.as_bytes()).unwrap().limits, [], "{list}");
        }
    }

    #[test]
    fn the_prompt_cache_is_read() {
        let cache = |text: &str| {
            let text = format!(r#"{{"prompt_cache": {text}}}"#);
            StatusLine::parse(text.as_bytes()).unwrap().cache
        };
        let whole = r#"{"warm": true, "ttl": "1h", "expires_at": 1773136800, "requests": 9, "misses": 1,
            "expected_rebuilds": 2, "cache_write_tokens": 400000, "miss_recache_tokens": 90000,
            "hit_ratio": 0.9, "recache_tokens_if_cold": 312000, "last_miss_at": 1773136000,
            "last_miss_cause": {"causes": ["tools_changed", "", "ttl_expired_5m"], "tools_added": 2},
            "miss_causes": {"tools_changed": 1, "ttl_expired_5m": 3, "odd": -1, "": 5, "text": "7"}}"#;
        let counts = |counts: &[(&str, u64)]| {
            counts.iter().map(|(cause, count)| ((*cause).to_owned(), *count)).collect::<BTreeMap<_, _>>()
        };
        let expected = PromptCache {
            expires_at_ms: Some(EpochMs(1_773_136_800_000)),
            is_of_an_hour: true,
            recache_tokens: Some(312_000),
            requests: Some(9),
            misses: Some(1),
            expected_rebuilds: Some(2),
            written_tokens: Some(400_000),
            missed_tokens: Some(90_000),
            last_miss_at_ms: Some(EpochMs(1_773_136_000_000)),
            last_miss: vec!["tools_changed".to_owned(), "ttl_expired_5m".to_owned()],
            miss_causes: counts(&[("tools_changed", 1), ("ttl_expired_5m", 3)]),
        };
        assert_eq!(cache(whole), Some(expected));
        let listed = cache(r#"{"miss_causes": ["a", "b", "a", ""]}"#).unwrap();
        assert_eq!(listed.miss_causes, counts(&[("a", 2), ("b", 1)]));
        let many: Vec<String> = (0..1_000).map(|number| format!("\"{number}\"")).collect();
        let many = many.join(",");
        let many =
            cache(&format!(r#"{{"last_miss_cause": {{"causes": [{many}]}}, "miss_causes": [{many}]}}"#));
        assert_eq!(many.map(|of| (of.last_miss.len(), of.miss_causes.len())), Some((32, 32)));
        let nonsense = r#"{"ttl": 5, "expires_at": -1, "recache_tokens_if_cold": 1e99, "last_miss_cause": [],
            "requests": "NaN", "misses": -4, "expected_rebuilds": 1.5, "cache_write_tokens": null,
            "miss_recache_tokens": 1e999, "last_miss_at": "now", "miss_causes": "all"}"#;
        assert_eq!(cache(nonsense), Some(PromptCache::default()));
        for text in ["null", "7", "[]"] {
            assert_eq!(cache(text), None, "{text}");
        }
    }

    #[test]
    fn invalid_figures_are_omitted_without_affecting_others() {
        let parsed = StatusLine::parse(
            br#"{"session_id": 7, "model": "opus", "cost": {"total_cost_usd": -1}, "context_window": null,
                 "rate_limits": {"five_hour": {"used_percentage": "much", "resets_at": 1},
                                 "seven_day": {"used_percentage": 3, "resets_at": 1e300}}}"#,
        );
        let limits =
            vec![OfficialLimit { window: LimitWindow::SevenDay, used_percentage: 3.0, resets_at_ms: None }];
        assert_eq!(parsed.unwrap(), StatusLine { limits, ..StatusLine::default() });
        // A number beyond all floats, half of a surrogate pair and a byte that is not text are rejected by
        // some JSON parsers.
        let parsed = StatusLine::parse(
            b"{\"session_id\": \"\\ud800\", \"model\": {\"id\": \"o\xffpus\", \"display_name\": [1e999]},
               \"cost\": {\"total_cost_usd\": 1e999, \"lines\": [[[[]]]]}, \"context_window\": {\"used_percentage\": -0.0}}",
        );
        let expected = StatusLine {
            model: Some("o\u{fffd}pus".to_owned()),
            context_percentage: Some(0.0),
            ..StatusLine::default()
        };
        assert_eq!(parsed.unwrap(), expected);
        assert_eq!(StatusLine::parse(b"{}").unwrap(), StatusLine::default());
        for text in ["", "[]", "{", "null"] {
            assert!(StatusLine::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn figures_beyond_all_sense_are_no_figures() {
        let check = |used: &str, expected: Option<f64>| {
            let text = format!(
                r#"{{"cost": {{"total_cost_usd": {used}}}, "context_window": {{"used_percentage": {used}}},
                    "rate_limits": {{"five_hour": {{"used_percentage": {used}, "resets_at": 292277026596}}}}}}"#
            );
            let parsed = StatusLine::parse(text.as_bytes()).unwrap();
            assert_eq!(parsed.context_percentage, expected, "{used}");
            let limits: Vec<_> =
                parsed.limits.iter().map(|limit| (limit.used_percentage, limit.resets_at_ms)).collect();
            assert_eq!(limits, expected.map(|used| (used, None)).into_iter().collect::<Vec<_>>(), "{used}");
            assert!(parsed.cost_usd.is_none_or(|cost| cost <= MAX_COST_USD), "{used}");
        };
        check("1000", Some(1000.0));
        for used in ["1000.1", "1e308", "1e999", "-1", "-1e308", "null", "\"50\"", "true", "[50]", "{}"] {
            check(used, None);
        }
    }
}
