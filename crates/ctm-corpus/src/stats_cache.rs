//! `stats-cache.json`, version 5, with the known fault of its original: it counts each copy of a
//! response.

use crate::calendar::{timestamp, utc_day, utc_day_before, utc_hour, utc_midnight};
use crate::line::Message;
use ctm_types::TokenCounts;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Activity of a day in main conversations.
#[derive(Debug, Clone, Copy, Default)]
struct Activity {
    messages: u64,
    sessions: u64,
    tool_calls: u64,
}

/// From the first to the last message of a session.
#[derive(Debug, Clone, Default)]
struct Span {
    session: String,
    first_ms: i64,
    last_ms: i64,
    messages: u64,
}

impl Span {
    fn duration_ms(&self) -> i64 {
        self.last_ms - self.first_ms
    }
}

/// Claude Code's own statistics, through the day before the home's end.
#[derive(Debug)]
pub(crate) struct StatsCache {
    last_day: String,
    end_ms: i64,
    activity: BTreeMap<String, Activity>,
    tokens: BTreeMap<String, BTreeMap<&'static str, u64>>,
    models: BTreeMap<&'static str, TokenCounts>,
    hours: BTreeMap<u32, u64>,
    open: BTreeMap<String, Span>,
    longest: Option<Span>,
    first_ms: Option<i64>,
}

impl StatsCache {
    pub(crate) fn through_the_day_before(until_ms: i64) -> Self {
        Self {
            last_day: utc_day_before(until_ms),
            end_ms: utc_midnight(until_ms),
            activity: BTreeMap::new(),
            tokens: BTreeMap::new(),
            models: BTreeMap::new(),
            hours: BTreeMap::new(),
            open: BTreeMap::new(),
            longest: None,
            first_ms: None,
        }
    }

    /// Takes a message of a main conversation into account.
    pub(crate) fn add_session_message(&mut self, session: &str, message: &Message) {
        if message.at_ms >= self.end_ms {
            return;
        }
        let day = utc_day(message.at_ms);
        self.add_usage(&day, message);
        let activity = self.activity.entry(day).or_default();
        activity.messages += 1;
        activity.tool_calls += message.tool_calls;
        let at_ms = message.at_ms;
        match self.open.get_mut(session) {
            Some(span) => {
                span.last_ms = span.last_ms.max(at_ms);
                span.messages += 1;
            }
            None => {
                activity.sessions += 1;
                *self.hours.entry(utc_hour(at_ms)).or_default() += 1;
                self.first_ms = Some(self.first_ms.map_or(at_ms, |first_ms| first_ms.min(at_ms)));
                let span = Span { session: session.to_owned(), first_ms: at_ms, last_ms: at_ms, messages: 1 };
                self.open.insert(session.to_owned(), span);
            }
        }
    }

    /// Takes a message of a subagent into account.
    pub(crate) fn add_agent_message(&mut self, message: &Message) {
        if message.at_ms < self.end_ms {
            self.add_usage(&utc_day(message.at_ms), message);
        }
    }

    /// Forgets a session that gets no more messages, unless it was the longest.
    pub(crate) fn close_session(&mut self, session: &str) {
        let Some(span) = self.open.remove(session) else {
            return;
        };
        let longest_ms = self.longest.as_ref().map_or(-1, Span::duration_ms);
        if span.duration_ms() > longest_ms {
            self.longest = Some(span);
        }
    }

    fn add_usage(&mut self, day: &str, message: &Message) {
        let Some((model, tokens)) = message.usage else {
            return;
        };
        if !self.tokens.contains_key(day) {
            self.tokens.insert(day.to_owned(), BTreeMap::new());
        }
        let models = self.tokens.get_mut(day).expect("the day was just inserted");
        *models.entry(model).or_default() += tokens.total();
        *self.models.entry(model).or_default() += tokens;
    }

    /// Returns the content of the file.
    pub(crate) fn to_json(&self) -> Value {
        let sum = |of: fn(&Activity) -> u64| self.activity.values().map(of).sum::<u64>();
        json!({
            "version": 5,
            "lastComputedDate": self.last_day,
            "dailyActivity": self.daily_activity(),
            "dailyModelTokens": self.daily_tokens(),
            "dailyModelTokensVersion": 5,
            "modelUsage": self.model_usage(),
            "totalSessions": sum(|activity| activity.sessions),
            "totalMessages": sum(|activity| activity.messages),
            "longestSession": self.longest.as_ref().map(|span| json!({
                "sessionId": span.session,
                "duration": span.duration_ms(),
                "messageCount": span.messages,
                "timestamp": timestamp(span.first_ms),
            })),
            "firstSessionDate": self.first_ms.map(timestamp),
            "hourCounts": self.hours.iter()
                .map(|(hour, count)| (hour.to_string(), Value::from(*count)))
                .collect::<Map<_, _>>(),
        })
    }

    fn daily_activity(&self) -> Vec<Value> {
        let day = |(day, activity): (&String, &Activity)| {
            json!({
                "date": day,
                "messageCount": activity.messages,
                "sessionCount": activity.sessions,
                "toolCallCount": activity.tool_calls,
            })
        };
        self.activity.iter().map(day).collect()
    }

    fn daily_tokens(&self) -> Vec<Value> {
        self.tokens.iter().map(|(day, models)| json!({"date": day, "tokensByModel": models})).collect()
    }

    fn model_usage(&self) -> Map<String, Value> {
        let usage = |tokens: &TokenCounts| {
            json!({
                "inputTokens": tokens.input,
                "outputTokens": tokens.output,
                "cacheReadInputTokens": tokens.cache_read,
                "cacheCreationInputTokens": tokens.cache_write_5m + tokens.cache_write_1h,
                "webSearchRequests": 0,
                "costUSD": 0,
                "contextWindow": 0,
                "maxOutputTokens": 0,
            })
        };
        self.models.iter().map(|(model, tokens)| ((*model).to_owned(), usage(tokens))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 at noon, UTC.
    const NOON: i64 = 1_795_348_800_000;
    const DAY: i64 = 86_400_000;

    #[test]
    fn each_message_counts_through_the_day_before() {
        let mut stats = StatsCache::through_the_day_before(NOON);
        let tokens =
            TokenCounts { input: 1, output: 2, cache_read: 4, cache_write_5m: 8, cache_write_1h: 16 };
        let message = |at_ms| Message { at_ms, sidechain: false, usage: Some(("m", tokens)), tool_calls: 1 };
        stats.add_session_message("s", &message(NOON - DAY));
        stats.add_session_message("s", &message(NOON - DAY + 5));
        stats.add_session_message("s", &message(NOON));
        stats.add_agent_message(&message(NOON - DAY));
        stats.close_session("s");
        let json = stats.to_json();
        assert_eq!(json["lastComputedDate"], "2026-11-21");
        assert_eq!(
            json["dailyActivity"],
            json!([{"date": "2026-11-21", "messageCount": 2, "sessionCount": 1, "toolCallCount": 2}])
        );
        assert_eq!(json["dailyModelTokens"][0]["tokensByModel"]["m"], 93);
        assert_eq!(json["modelUsage"]["m"]["cacheCreationInputTokens"], 72);
        assert_eq!(json["longestSession"]["duration"], 5);
        assert_eq!(json["hourCounts"], json!({"12": 1}));
    }
}
