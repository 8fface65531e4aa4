//! What Claude Code tells the command that makes its status line.
//!
//! Source: <https://docs.claude.com/en/docs/claude-code/statusline>.

use crate::interpret::bounded;
use crate::lenient::{Number, Object, Text};
use ctm_types::LimitWindow;
use serde::Deserialize;
use serde::de::Error;
use std::path::PathBuf;

/// A session, as Claude Code tells it when it draws its status line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StatusLine {
    /// Id of the session; empty when it was not told.
    pub session: String,
    /// The session's transcript.
    pub transcript: Option<PathBuf>,
    /// Id of the model.
    pub model: Option<String>,
    /// Name of the model, for people.
    pub model_name: Option<String>,
    /// What Claude Code itself takes the session to cost, in US dollars.
    pub cost_usd: Option<f64>,
    /// The filled part of the model's context, in percent.
    pub context_percentage: Option<f64>,
    /// The official limits that were told: those of a subscription, since Claude Code 2.1.80.
    pub limits: Vec<OfficialLimit>,
}

/// How much of a limit is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfficialLimit {
    /// Which limit.
    pub window: LimitWindow,
    /// The used part in percent; it can be above 100.
    pub used_percentage: f64,
    /// When the limit begins anew, in UTC epoch milliseconds.
    pub resets_at_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow, default)]
    session_id: Text<'a>,
    #[serde(borrow, default)]
    transcript_path: Text<'a>,
    #[serde(borrow, default)]
    model: Object<Model<'a>>,
    #[serde(default)]
    cost: Object<Cost>,
    #[serde(default)]
    context_window: Object<ContextWindow>,
    #[serde(default)]
    rate_limits: Object<RateLimits>,
}

#[derive(Deserialize)]
struct Model<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    display_name: Text<'a>,
}

#[derive(Deserialize)]
struct Cost {
    #[serde(default)]
    total_cost_usd: Number,
}

#[derive(Deserialize)]
struct ContextWindow {
    #[serde(default)]
    used_percentage: Number,
}

#[derive(Deserialize)]
struct RateLimits {
    #[serde(default)]
    five_hour: Object<RateLimit>,
    #[serde(default)]
    seven_day: Object<RateLimit>,
}

#[derive(Deserialize)]
struct RateLimit {
    #[serde(default)]
    used_percentage: Number,
    /// In seconds since the epoch.
    #[serde(default)]
    resets_at: Number,
}

impl StatusLine {
    /// Understands what Claude Code of any version says: known fields are taken, unknown ones left.
    ///
    /// # Errors
    ///
    /// Fails when the text is no JSON object.
    pub fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        let Object::Is(told) = serde_json::from_slice::<Object<Told<'_>>>(text)? else {
            return Err(serde_json::Error::custom("no JSON object"));
        };
        let name = |text: &Text<'_>| text.get().map(bounded);
        let model = told.model.get();
        let limits = told.rate_limits.get().into_iter().flat_map(|limits| {
            let windows =
                [(LimitWindow::FiveHour, &limits.five_hour), (LimitWindow::SevenDay, &limits.seven_day)];
            windows.into_iter().filter_map(|(window, limit)| official(window, limit.get()?))
        });
        Ok(Self {
            session: name(&told.session_id).unwrap_or_default(),
            transcript: told.transcript_path.get().map(PathBuf::from),
            model: model.and_then(|model| name(&model.id)),
            model_name: model.and_then(|model| name(&model.display_name)),
            cost_usd: told.cost.get().and_then(|cost| at_least_zero(cost.total_cost_usd)),
            context_percentage: told
                .context_window
                .get()
                .and_then(|window| at_least_zero(window.used_percentage)),
            limits: limits.collect(),
        })
    }
}

fn official(window: LimitWindow, limit: &RateLimit) -> Option<OfficialLimit> {
    Some(OfficialLimit {
        window,
        used_percentage: at_least_zero(limit.used_percentage)?,
        resets_at_ms: limit.resets_at.0.and_then(milliseconds),
    })
}

fn at_least_zero(number: Number) -> Option<f64> {
    number.0.filter(|number| *number >= 0.0)
}

/// The last second that a time is taken from: the end of the year 9999.
const LAST_S: f64 = 253_402_300_799.0;

#[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
fn milliseconds(seconds: f64) -> Option<i64> {
    (0.0..=LAST_S).contains(&seconds).then_some((seconds * 1e3) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_told_is_taken() {
        let told = StatusLine::parse(
            br#"{"session_id": "5e55", "transcript_path": "/h/.claude/projects/-p/5e55.jsonl", "cwd": "/p",
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
            transcript: Some("/h/.claude/projects/-p/5e55.jsonl".into()),
            model: Some("claude-opus-4-5".to_owned()),
            model_name: Some("Opus 4.5".to_owned()),
            cost_usd: Some(1.25),
            context_percentage: Some(41.0),
            limits: vec![
                limit(LimitWindow::FiveHour, 23.5, 1_773_136_800_000),
                limit(LimitWindow::SevenDay, 104.0, 1_773_136_800_500),
            ],
        };
        assert_eq!(told.unwrap(), expected);
    }

    #[test]
    fn what_makes_no_sense_is_left_out_and_costs_nothing_else() {
        let told = StatusLine::parse(
            br#"{"session_id": 7, "model": "opus", "cost": {"total_cost_usd": -1}, "context_window": null,
                 "rate_limits": {"five_hour": {"used_percentage": "much", "resets_at": 1},
                                 "seven_day": {"used_percentage": 3, "resets_at": 1e300}}}"#,
        );
        let limits =
            vec![OfficialLimit { window: LimitWindow::SevenDay, used_percentage: 3.0, resets_at_ms: None }];
        assert_eq!(told.unwrap(), StatusLine { limits, ..StatusLine::default() });
        assert_eq!(StatusLine::parse(b"{}").unwrap(), StatusLine::default());
        for text in ["", "[]", "{", "null"] {
            assert!(StatusLine::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
