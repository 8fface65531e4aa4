//! Use of the prompt cache: prompts that were not read from it though they had been there, and what either duration of
//! the cache would have billed.
//!
//! # Design
//!
//! A conversation sends its whole prompt with each request, so the responses of a session's main conversation, and those
//! of each of its subagents, are a lane: what one response leaves in the cache, the next one can read. A lane begins
//! with the session, whatever the filter is: only the response itself has to pass it, so that the misses of days add up
//! to those of a month.
//!
//! Newer transcripts log that the cache was missed, and why. Otherwise, a response that reads less than half of what
//! the one before left is a miss, and its cause is inferred from what changed.

use crate::days::{DayEvent, DayForm, DayUsage, KeptDay};
use crate::facets::ConversationNames;
use crate::{FactKey, ResolvedFilter};
use ctm_types::{
    BillingId, CacheDuration, CacheTokens, CircumstanceId, ConversationId, EpochMs, EventId, SessionId, Slot,
    TokenCounts, UsageEvent, UsageKey, UsageRow, UtcDay,
};
use foldhash::HashMap;

/// Shorter prompts are not cached.
const LEAST_TOKENS: u64 = 2_048;

/// Why a prompt was not read from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissCause {
    /// As logged.
    Logged(CircumstanceId),
    /// Inferred: the model changed, and each has a cache of its own.
    Model,
    /// Inferred: the time since the response before exceeds the duration of the cache.
    Expired,
    /// Inferred: the prompt became shorter, as after a summary.
    Shortened,
    /// Inferred: something in the prompt changed.
    Changed,
}

impl MissCause {
    /// Returns the circumstance of a logged cause.
    #[must_use]
    pub fn logged(self) -> Option<CircumstanceId> {
        match self {
            Self::Logged(circumstance) => Some(circumstance),
            Self::Model | Self::Expired | Self::Shortened | Self::Changed => None,
        }
    }
}

/// A response whose prompt was not read from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheMiss {
    /// The cause.
    pub cause: MissCause,
    /// The tokens that were billed again.
    pub billed: TokenCounts,
    /// Tokens that the response before left in the cache; `None` without one.
    pub cached: Option<u64>,
    /// Time since the response before, in milliseconds; `None` without one.
    pub pause_ms: Option<i64>,
}

/// The key of a sum of misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MissKey {
    /// The cause.
    pub cause: MissCause,
    /// The conversation.
    pub conversation: ConversationId,
}

/// Usage by UTC day, with its tokens by duration of the cache.
pub type CacheRows = Vec<(UsageRow, CacheTokens)>;

/// Misses by UTC day: `responses` are their number, `tokens` what was billed again.
pub type MissRows = Vec<(MissKey, UsageRow)>;

/// Use of the cache, with names.
#[derive(Debug, Clone, Default)]
pub struct CacheUsage {
    /// Usage.
    pub rows: CacheRows,
    /// Misses.
    pub misses: MissRows,
    /// Names of the conversations with misses.
    pub conversations: HashMap<ConversationId, ConversationNames>,
    /// Logged causes.
    pub causes: HashMap<CircumstanceId, String>,
}

/// What the last response of a conversation left in the cache.
#[derive(Debug, Clone, Copy)]
struct Lane {
    at_ms: EpochMs,
    /// The model, as its first billing.
    model: BillingId,
    prompt: u64,
    /// Tokens in the cache.
    cached: u64,
    lasts: CacheDuration,
}

/// A part of a response, with its miss of the cache, if it is one.
#[derive(Debug, Clone, Copy)]
pub struct SeenEvent {
    /// Its number.
    pub id: EventId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// What distinguishes its usage.
    pub key: UsageKey,
    /// Its usage.
    pub event: UsageEvent,
    /// Its miss.
    pub miss: Option<CacheMiss>,
}

/// A fold over events in the order of their times, each in its lane. Their columns are those of [`DayUsage`], then conversation
/// and subagent, the circumstance with a logged cause, the missed tokens, and the number of the event; missing ones are 0,
/// missed tokens -1.
pub trait LaneFold {
    /// Follows the lane of an event before the requested time.
    fn follow(&mut self, columns: &[i64]);

    /// Adds an event if the filter takes it, and follows its lane.
    fn add(&mut self, columns: &[i64], filter: &ResolvedFilter);
}

/// A part of a response, read from its columns.
struct Step {
    id: EventId,
    key: UsageKey,
    event: UsageEvent,
    conversation: ConversationId,
    /// 0 for none.
    subagent: i64,
    /// The circumstance with a logged cause.
    logged: Option<CircumstanceId>,
    /// Tokens that were missed, as logged.
    missed: Option<u64>,
}

/// Sums of the use of the cache. Events are added in the order of their times.
#[derive(Debug)]
pub struct CacheSums<'f> {
    form: &'f DayForm,
    /// The first billing with the same model as each.
    models: HashMap<BillingId, BillingId>,
    lanes: HashMap<(SessionId, i64), Lane>,
    rows: HashMap<(UtcDay, UsageKey), (UsageRow, CacheTokens)>,
    misses: HashMap<(MissKey, UtcDay, UsageKey), UsageRow>,
}

impl<'f> CacheSums<'f> {
    /// Creates empty sums; billings that are absent in `models` have a model of their own.
    #[must_use]
    pub fn new(form: &'f DayForm, models: HashMap<BillingId, BillingId>) -> Self {
        Self { form, models, lanes: HashMap::default(), rows: HashMap::default(), misses: HashMap::default() }
    }

    /// Returns an event that is in no sum, with its miss, and follows its lane.
    pub fn seen(&mut self, columns: &[i64]) -> Option<SeenEvent> {
        let step = self.step(columns)?;
        let miss = self.miss(&step, self.lane(&step));
        self.leave(&step);
        Some(SeenEvent {
            id: step.id,
            conversation: step.conversation,
            key: step.key,
            event: step.event,
            miss,
        })
    }

    fn step(&self, columns: &[i64]) -> Option<Step> {
        let (usage, &[conversation, subagent, circumstance, missed, id]) = columns.split_last_chunk()?;
        let event: DayEvent = DayUsage::event(usage)?;
        let (key, event) = event.usage(self.form);
        Some(Step {
            id: EventId(id),
            key,
            event,
            conversation: ConversationId(conversation),
            subagent,
            logged: (circumstance > 0).then_some(CircumstanceId(circumstance)),
            missed: u64::try_from(missed).ok(),
        })
    }

    /// Returns what the response before left; the lane of a subagent without a name is unknown.
    fn lane(&self, step: &Step) -> Option<&Lane> {
        self.lanes.get(&step.lane()?)
    }

    fn model(&self, billing: BillingId) -> BillingId {
        self.models.get(&billing).copied().unwrap_or(billing)
    }

    fn count(&mut self, step: &Step, before: Option<&Lane>) {
        let miss = self.miss(step, before);
        let tokens = step.by_duration(before, miss.as_ref());
        let day = UtcDay::of(step.event.at_ms);
        self.rows
            .entry((day, step.key))
            .and_modify(|(row, sum)| {
                row.add(&step.event);
                *sum += tokens;
            })
            .or_insert_with(|| (UsageRow::of(&step.event, &step.key), tokens));
        if let Some(CacheMiss { cause, billed, .. }) = miss {
            let event = UsageEvent { tokens: billed, web_searches: 0, ..step.event };
            let key = MissKey { cause, conversation: step.conversation };
            self.misses
                .entry((key, day, step.key))
                .and_modify(|row| row.add(&event))
                .or_insert_with(|| UsageRow::of(&event, &step.key));
        }
    }

    /// Returns the miss of a response, whose first part sends the prompt: further ones read it back.
    fn miss(&self, step: &Step, before: Option<&Lane>) -> Option<CacheMiss> {
        if !step.event.is_first {
            return None;
        }
        let tokens = &step.event.tokens;
        let lost =
            before.map_or(0, |before| before.cached.min(tokens.prompt()).saturating_sub(tokens.cache_read));
        if let Some(logged) = step.logged {
            return Some(step.miss(MissCause::Logged(logged), step.missed.unwrap_or(lost), before));
        }
        let before = before?;
        let is_miss = before.cached >= LEAST_TOKENS && tokens.cache_read < before.cached.div_ceil(2);
        is_miss.then(|| step.miss(self.cause(step, before), lost, Some(before)))
    }

    fn cause(&self, step: &Step, before: &Lane) -> MissCause {
        if self.model(step.key.billing) != before.model {
            MissCause::Model
        } else if before.is_older_than(before.lasts, step.event.at_ms) {
            MissCause::Expired
        } else if step.event.tokens.prompt() / 7 < before.prompt / 10 {
            MissCause::Shortened
        } else {
            MissCause::Changed
        }
    }

    /// Keeps what a response leaves in the cache. Later parts of a response have the same prompt, or a longer one.
    fn leave(&mut self, step: &Step) {
        let Some(id) = step.lane() else { return };
        let UsageEvent { at_ms, tokens, is_first, .. } = step.event;
        let model = self.model(step.key.billing);
        let cached = tokens.prompt() - tokens.input;
        match self.lanes.get_mut(&id) {
            Some(lane) if !is_first => {
                if lane.model == model {
                    lane.prompt = lane.prompt.max(tokens.prompt());
                    lane.cached = lane.cached.max(cached);
                }
            }
            before => {
                let lasts = step.written().or(before.map(|before| before.lasts));
                let lasts = lasts.unwrap_or(CacheDuration::FiveMinutes);
                self.lanes.insert(id, Lane { at_ms, model, prompt: tokens.prompt(), cached, lasts });
            }
        }
    }

    /// Returns the usage and the misses, in the order of their keys.
    #[must_use]
    pub fn into_parts(self) -> (CacheRows, MissRows) {
        let mut rows: Vec<_> = self.rows.into_iter().collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        let mut misses: Vec<_> = self.misses.into_iter().collect();
        misses.sort_unstable_by_key(|(key, _)| *key);
        (
            rows.into_iter().map(|(_, row)| row).collect(),
            misses.into_iter().map(|((key, ..), row)| (key, row)).collect(),
        )
    }
}

/// The misses of the responses that the filter takes, one by one.
#[derive(Debug)]
pub struct MissList<'f> {
    lanes: CacheSums<'f>,
    misses: Vec<(EventId, MissCause)>,
}

impl<'f> MissList<'f> {
    /// Creates an empty list.
    #[must_use]
    pub fn new(lanes: CacheSums<'f>) -> Self {
        Self { lanes, misses: Vec::new() }
    }

    /// Returns the first parts of the responses with a miss, each with its cause.
    #[must_use]
    pub fn into_misses(self) -> Vec<(EventId, MissCause)> {
        self.misses
    }
}

impl LaneFold for MissList<'_> {
    fn follow(&mut self, columns: &[i64]) {
        self.lanes.follow(columns);
    }

    fn add(&mut self, columns: &[i64], filter: &ResolvedFilter) {
        let Some(SeenEvent { id, key, event, miss: Some(miss), .. }) = self.lanes.seen(columns) else {
            return;
        };
        if filter.takes(&FactKey::of(Slot::of(event.at_ms), &key)) {
            self.misses.push((id, miss.cause));
        }
    }
}

impl LaneFold for CacheSums<'_> {
    fn follow(&mut self, columns: &[i64]) {
        if let Some(step) = self.step(columns) {
            self.leave(&step);
        }
    }

    fn add(&mut self, columns: &[i64], filter: &ResolvedFilter) {
        let Some(step) = self.step(columns) else { return };
        let before = self.lane(&step).copied();
        if filter.takes(&FactKey::of(Slot::of(step.event.at_ms), &step.key)) {
            self.count(&step, before.as_ref());
        }
        self.leave(&step);
    }
}

impl Lane {
    fn is_older_than(&self, duration: CacheDuration, at_ms: EpochMs) -> bool {
        at_ms.0.saturating_sub(self.at_ms.0) > duration.millis()
    }
}

impl Step {
    fn lane(&self) -> Option<(SessionId, i64)> {
        let subagent = if self.key.sidechain { self.subagent } else { 0 };
        (!self.key.sidechain || subagent > 0).then_some((self.key.session, subagent))
    }

    fn miss(&self, cause: MissCause, missed: u64, before: Option<&Lane>) -> CacheMiss {
        CacheMiss {
            cause,
            billed: billed(&self.event.tokens, missed),
            cached: before.map(|before| before.cached),
            pause_ms: before.map(|before| self.event.at_ms.since(before.at_ms)),
        }
    }

    /// Returns the duration of what was written.
    fn written(&self) -> Option<CacheDuration> {
        let tokens = &self.event.tokens;
        if tokens.cache_write_1h > 0 {
            Some(CacheDuration::OneHour)
        } else {
            (tokens.cache_write_5m > 0).then_some(CacheDuration::FiveMinutes)
        }
    }

    /// Returns the tokens by duration of the cache.
    fn by_duration(&self, before: Option<&Lane>, miss: Option<&CacheMiss>) -> CacheTokens {
        use CacheDuration::{FiveMinutes, OneHour};
        let tokens = self.event.tokens;
        let of = before.map(|before| before.lasts).or(self.written()).unwrap_or(FiveMinutes);
        let mut only_5m = TokenCounts {
            cache_write_5m: tokens.cache_write_5m.saturating_add(tokens.cache_write_1h),
            cache_write_1h: 0,
            ..tokens
        };
        let mut only_1h = TokenCounts { cache_write_5m: 0, cache_write_1h: only_5m.cache_write_5m, ..tokens };
        if let Some(before) = before.filter(|_| self.event.is_first) {
            let at_ms = self.event.at_ms;
            let would_expire = of == OneHour && before.is_older_than(FiveMinutes, at_ms);
            let would_last = of == FiveMinutes && !before.is_older_than(OneHour, at_ms);
            if would_expire {
                let read = tokens.cache_read.min(before.cached);
                only_5m.cache_read -= read;
                only_5m.cache_write_5m = only_5m.cache_write_5m.saturating_add(read);
            }
            if let Some(CacheMiss { cause: MissCause::Expired, billed: lost, .. }) =
                miss.filter(|_| would_last)
            {
                only_1h.input -= lost.input;
                only_1h.cache_write_1h -= lost.cache_write_5m.saturating_add(lost.cache_write_1h);
                only_1h.cache_read = only_1h.cache_read.saturating_add(lost.prompt());
            }
        }
        let (read_5m, read_1h) = match of {
            FiveMinutes => (tokens.cache_read, 0),
            OneHour => (0, tokens.cache_read),
        };
        CacheTokens { read_5m, read_1h, only_5m, only_1h }
    }
}

/// Returns how a number of missed tokens was billed: as writes first, because a prompt is cached from its beginning.
fn billed(tokens: &TokenCounts, missed: u64) -> TokenCounts {
    let cache_write_1h = missed.min(tokens.cache_write_1h);
    let cache_write_5m = (missed - cache_write_1h).min(tokens.cache_write_5m);
    let input = (missed - cache_write_1h - cache_write_5m).min(tokens.input);
    TokenCounts { input, cache_write_5m, cache_write_1h, ..TokenCounts::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    /// Tokens as `[input, read, written for 5 minutes, for an hour]`.
    type Prompt = [i64; 4];

    fn columns(minute: i64, billing: i64, [input, read, write_5m, write_1h]: Prompt) -> Vec<i64> {
        let place = [minute * MINUTE, 1, 1, 1, 1, 0, billing];
        let usage = [0, 1, input, 0, read, write_5m, write_1h, 0, 1];
        let more = [1, 0, 0, -1, 1];
        place.into_iter().chain(usage).chain(more).collect()
    }

    /// Returns the misses of responses at minutes, of a billing each, and the tokens of the last one by duration.
    fn misses(responses: &[(i64, i64, Prompt)]) -> (Vec<(MissCause, TokenCounts)>, CacheTokens) {
        let form = DayForm::new(&[]);
        let mut sums = CacheSums::new(&form, HashMap::default());
        let (last, before) = responses.split_last().unwrap();
        let all = ResolvedFilter::default();
        for (minute, billing, prompt) in before {
            sums.add(&columns(*minute, *billing, *prompt), &all);
        }
        let (found, _) = (std::mem::take(&mut sums.misses), std::mem::take(&mut sums.rows));
        sums.add(&columns(last.0, last.1, last.2), &all);
        let of_last = sums.rows.values().map(|(_, tokens)| *tokens).next().unwrap();
        let found = found.into_iter().chain(sums.misses);
        let mut found: Vec<_> = found.map(|((key, ..), row)| (key.cause, row.tokens)).collect();
        found.sort_unstable_by_key(|(cause, _)| *cause);
        (found, of_last)
    }

    fn tokens([input, cache_read, cache_write_5m, cache_write_1h]: [u64; 4]) -> TokenCounts {
        TokenCounts { input, output: 0, cache_read, cache_write_5m, cache_write_1h }
    }

    #[test]
    fn a_cause_is_inferred_from_what_changed() {
        let first = (0, 1, [10, 0, 9_000, 0]);
        let check = |second: (i64, i64, Prompt), expected: Option<(MissCause, [u64; 4])>| {
            let expected: Vec<_> = expected.into_iter().map(|(cause, lost)| (cause, tokens(lost))).collect();
            assert_eq!(misses(&[first, second]).0, expected, "{second:?}");
        };
        check((1, 1, [10, 9_000, 100, 0]), None);
        check((1, 1, [10, 4_500, 4_600, 0]), None);
        check((1, 1, [10, 4_499, 4_600, 0]), Some((MissCause::Changed, [0, 0, 4_501, 0])));
        check((1, 2, [10, 0, 9_100, 0]), Some((MissCause::Model, [0, 0, 9_000, 0])));
        check((6, 1, [10, 0, 9_100, 0]), Some((MissCause::Expired, [0, 0, 9_000, 0])));
        check((5, 1, [10, 0, 9_100, 0]), Some((MissCause::Changed, [0, 0, 9_000, 0])));
        check((1, 1, [10, 0, 3_000, 0]), Some((MissCause::Shortened, [10, 0, 3_000, 0])));
        check((1, 1, [9_100, 0, 0, 0]), Some((MissCause::Changed, [9_000, 0, 0, 0])));
    }

    #[test]
    fn an_hour_is_read_where_five_minutes_would_have_expired() {
        let check = |prompts: [Prompt; 2], minute, only_5m, only_1h| {
            let of = misses(&[(0, 1, prompts[0]), (minute, 1, prompts[1])]).1;
            assert_eq!((of.only_5m, of.only_1h), (tokens(only_5m), tokens(only_1h)), "{prompts:?}");
        };
        let hour = [[10, 0, 0, 9_000], [10, 9_000, 0, 100]];
        check(hour, 5, [10, 9_000, 100, 0], [10, 9_000, 0, 100]);
        check(hour, 6, [10, 0, 9_100, 0], [10, 9_000, 0, 100]);
        let minutes = [[10, 0, 9_000, 0], [10, 0, 9_100, 0]];
        check(minutes, 60, [10, 0, 9_100, 0], [10, 9_000, 0, 100]);
        check(minutes, 61, [10, 0, 9_100, 0], [10, 0, 0, 9_100]);
    }

    #[test]
    fn reads_belong_to_the_duration_of_what_was_written() {
        let of = misses(&[(0, 1, [0, 0, 0, 9_000]), (1, 1, [0, 9_000, 50, 0])]).1;
        assert_eq!((of.read_5m, of.read_1h), (0, 9_000));
        let of = misses(&[(0, 1, [0, 0, 9_000, 0]), (1, 1, [0, 9_000, 0, 0])]).1;
        assert_eq!((of.read_5m, of.read_1h), (9_000, 0));
    }

    #[test]
    fn a_followed_event_is_in_no_sum() {
        let form = DayForm::new(&[]);
        let mut sums = CacheSums::new(&form, HashMap::default());
        sums.follow(&columns(0, 1, [10, 0, 9_000, 0]));
        sums.add(&columns(9, 1, [10, 0, 9_000, 0]), &ResolvedFilter::default());
        let (rows, misses) = sums.into_parts();
        assert_eq!((rows.len(), rows[0].0.responses, misses.len()), (1, 1, 1));
        assert_eq!(misses[0].0.cause, MissCause::Expired);
    }

    #[test]
    fn a_single_miss_is_the_one_that_is_summed() {
        let form = DayForm::new(&[]);
        let mut sums = CacheSums::new(&form, HashMap::default());
        let (first, second) = (columns(0, 1, [10, 0, 9_000, 0]), columns(9, 1, [10, 0, 9_000, 0]));
        assert_eq!(sums.seen(&first).unwrap().miss, None);
        let expected = CacheMiss {
            cause: MissCause::Expired,
            billed: tokens([0, 0, 9_000, 0]),
            cached: Some(9_000),
            pause_ms: Some(9 * MINUTE),
        };
        assert_eq!(sums.seen(&second).unwrap().miss, Some(expected));
    }
}
