//! Claude Code's own statistics.

use crate::discover::{modified_ns, stats_cache_path};
use crate::lenient::{Count, List, Object, Text};
use crate::regular::read_regular;
use crate::{ClaudeHome, ReadError};
use ctm_types::{StatsCache, StatsCacheActivity, StatsCacheModel, StatsCacheTokens, TokenUnit};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::ErrorKind;

/// Maximum size of the statistics, in bytes.
const MOST_BYTES: u64 = 64 << 20;

#[derive(Deserialize)]
struct File<'a> {
    version: Option<u64>,
    #[serde(rename = "lastComputedDate", borrow, default)]
    last_computed_date: Text<'a>,
    #[serde(rename = "dailyActivity", borrow, default)]
    daily_activity: List<Activity<'a>>,
    #[serde(rename = "dailyModelTokens", borrow, default)]
    daily_model_tokens: List<Tokens<'a>>,
    #[serde(rename = "dailyModelTokensVersion")]
    daily_model_tokens_version: Option<u64>,
    #[serde(rename = "modelUsage", default)]
    model_usage: Object<BTreeMap<String, Object<Model>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Activity<'a> {
    #[serde(borrow, default)]
    date: Text<'a>,
    #[serde(default)]
    message_count: Count,
    #[serde(default)]
    session_count: Count,
    #[serde(default)]
    tool_call_count: Count,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens<'a> {
    #[serde(borrow, default)]
    date: Text<'a>,
    #[serde(default)]
    tokens_by_model: Object<BTreeMap<String, Count>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Model {
    #[serde(default)]
    input_tokens: Count,
    #[serde(default)]
    output_tokens: Count,
    #[serde(default)]
    cache_read_input_tokens: Count,
    #[serde(default)]
    cache_creation_input_tokens: Count,
}

/// Returns when `stats-cache.json` of a home was last modified, in nanoseconds since the epoch;
/// `None` if it does not exist.
#[must_use]
pub fn stats_cache_modified_ns(home: &ClaudeHome) -> Option<i64> {
    stats_cache_path(home).metadata().ok().map(|metadata| modified_ns(&metadata))
}

/// Reads `stats-cache.json` of a home; `None` if it does not exist.
///
/// # Errors
///
/// Fails when the file cannot be read, or is not a JSON object, for example half-written. The result of
/// the last successful read then remains valid.
pub fn read_stats_cache(home: &ClaudeHome) -> Result<Option<StatsCache>, ReadError> {
    let path = stats_cache_path(home);
    match read_regular(&path, MOST_BYTES) {
        Ok(text) => match parse_stats_cache(&text) {
            Ok(cache) => Ok(Some(cache)),
            Err(source) => Err(ReadError::Json { path, source }),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ReadError::io(&path)(error)),
    }
}

/// Parses a `stats-cache.json` of any version: known fields are read, unknown
/// ones ignored.
///
/// # Errors
///
/// Fails when the text is not a JSON object.
pub fn parse_stats_cache(text: &[u8]) -> Result<StatsCache, serde_json::Error> {
    let file: File<'_> = serde_json::from_slice(text)?;
    let models: Vec<_> = models(&file);
    let tokens: Vec<_> = tokens(&file);
    Ok(StatsCache {
        version: file.version,
        last_computed_date: file.last_computed_date.get().and_then(date),
        activity: activity(&file),
        token_unit: token_unit(&file, &tokens, &models),
        tokens,
        models,
    })
}

fn activity(file: &File<'_>) -> Vec<StatsCacheActivity> {
    let days = file.daily_activity.items().iter();
    days.filter_map(|day| {
        Some(StatsCacheActivity {
            date: date(day.date.get()?)?,
            messages: day.message_count.value,
            sessions: day.session_count.value,
            tool_calls: day.tool_call_count.value,
        })
    })
    .collect()
}

fn tokens(file: &File<'_>) -> Vec<StatsCacheTokens> {
    let mut tokens = Vec::new();
    for day in file.daily_model_tokens.items() {
        let (Some(date), Some(by_model)) = (day.date.get().and_then(date), day.tokens_by_model.get()) else {
            continue;
        };
        for (model, count) in by_model {
            tokens.push(StatsCacheTokens { date: date.clone(), model: model.clone(), tokens: count.value });
        }
    }
    tokens
}

fn models(file: &File<'_>) -> Vec<StatsCacheModel> {
    let models = file.model_usage.get().into_iter().flatten();
    let models = models.filter_map(|(model, counts)| Some((model, counts.get()?)));
    models
        .map(|(model, counts)| StatsCacheModel {
            model: model.clone(),
            input: counts.input_tokens.value,
            output: counts.output_tokens.value,
            cache_read: counts.cache_read_input_tokens.value,
            cache_write: counts.cache_creation_input_tokens.value,
        })
        .collect()
}

/// Determines which tokens the daily figures count: the file states it, or they add up to more than all
/// input and output of all time.
fn token_unit(file: &File<'_>, tokens: &[StatsCacheTokens], models: &[StatsCacheModel]) -> TokenUnit {
    let daily = tokens.iter().map(|day| day.tokens).fold(0, u64::saturating_add);
    let lifetime = models.iter().flat_map(|model| [model.input, model.output]).fold(0, u64::saturating_add);
    if file.daily_model_tokens_version.is_some_and(|version| version >= 5) || daily > lifetime {
        TokenUnit::All
    } else {
        TokenUnit::InputOutput
    }
}

/// Returns the day of a date, or of a date and time.
fn date(text: &str) -> Option<String> {
    let day = text.get(..10)?;
    chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().map(|day| day.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const V2: &str = r#"{"version":2,"lastComputedDate":"2026-02-13",
        "dailyActivity":[{"date":"2026-02-08","messageCount":16563,"sessionCount":20,"toolCallCount":2010}],
        "dailyModelTokens":[{"date":"2026-02-08","tokensByModel":{"claude-opus-4-6":300}}],
        "modelUsage":{"claude-opus-4-6":{"inputTokens":100,"outputTokens":200,
            "cacheReadInputTokens":4000,"cacheCreationInputTokens":500,"costUSD":0}},
        "hourCounts":{"9":20},"totalSessions":20}"#;

    #[test]
    fn an_early_version_counts_input_and_output() {
        let cache = parse_stats_cache(V2.as_bytes()).unwrap();
        assert_eq!(cache.version, Some(2));
        assert_eq!(cache.last_computed_date.as_deref(), Some("2026-02-13"));
        assert_eq!(cache.token_unit, TokenUnit::InputOutput);
        assert_eq!((cache.activity[0].messages, cache.activity[0].tool_calls), (16_563, 2_010));
        assert_eq!((cache.tokens[0].date.as_str(), cache.tokens[0].tokens), ("2026-02-08", 300));
        assert_eq!((cache.models[0].cache_read, cache.models[0].cache_write), (4_000, 500));
    }

    #[test]
    fn version_five_counts_everything_and_so_does_what_adds_up_to_more() {
        let said = V2.replace(r#""version":2"#, r#""version":5,"dailyModelTokensVersion":5"#);
        assert_eq!(parse_stats_cache(said.as_bytes()).unwrap().token_unit, TokenUnit::All);
        let shown = V2.replace(r#"opus-4-6":300"#, r#"opus-4-6":4800"#);
        assert_eq!(parse_stats_cache(shown.as_bytes()).unwrap().token_unit, TokenUnit::All);
    }

    #[test]
    fn unknown_versions_and_odd_fields_are_taken_as_far_as_they_go() {
        let cache = parse_stats_cache(
            br#"{"version":99,"lastComputedDate":"2026-02-13T10:00:00Z","new":[1],
                "dailyActivity":[{"date":"today"},7,{"date":"2026-01-01","messageCount":"x"}],
                "dailyModelTokens":{},"modelUsage":null}"#,
        )
        .unwrap();
        assert_eq!(cache.last_computed_date.as_deref(), Some("2026-02-13"));
        assert_eq!(cache.activity.len(), 1);
        assert_eq!((cache.tokens.len(), cache.models.len()), (0, 0));
    }

    #[test]
    fn a_missing_file_is_none_and_a_broken_one_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let home = ClaudeHome::open(dir.path()).unwrap();
        assert!(read_stats_cache(&home).unwrap().is_none());
        assert!(stats_cache_modified_ns(&home).is_none());
        for broken in ["", "{\"version\":2,", "[]"] {
            fs::write(dir.path().join("stats-cache.json"), broken).unwrap();
            let error = read_stats_cache(&home).unwrap_err();
            assert!(error.to_string().contains("stats-cache.json"), "{error}");
            assert!(stats_cache_modified_ns(&home).is_some());
        }
    }
}
