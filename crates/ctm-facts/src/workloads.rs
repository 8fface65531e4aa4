//! Usage with prompts, thinking and tool calls, by conversation.
//!
//! # Design
//!
//! A prompt has neither a version nor a model. It belongs to the first response of the main conversation at its time or
//! after it, whatever the filter is: so the prompts of days add up to those of a month, and none is counted twice.

use crate::cache::{CacheSums, LaneFold, SeenEvent};
use crate::facets::ConversationNames;
use crate::{FactKey, ResolvedFilter};
use ctm_types::{ConversationId, EpochMs, SessionId, Slot, UsageKey, UsageRow, UtcDay, Workload};
use foldhash::HashMap;
use std::collections::VecDeque;

/// A part of the usage by UTC day and conversation, with its workload. Sums with the same key in other parts are of other events.
#[derive(Debug, Clone, Default)]
pub struct WorkloadUsage {
    /// The sums.
    pub rows: Vec<(ConversationId, UsageRow, Workload)>,
    /// Names of the conversations.
    pub conversations: HashMap<ConversationId, ConversationNames>,
}

/// Sums of workloads. Events are added in the order of their times.
#[derive(Debug)]
pub struct WorkloadSums<'f> {
    lanes: CacheSums<'f>,
    /// Times of the prompts of each session that no response has answered yet, the earliest first.
    prompts: HashMap<SessionId, VecDeque<EpochMs>>,
    rows: HashMap<(ConversationId, UtcDay, UsageKey), (UsageRow, Workload)>,
}

impl<'f> WorkloadSums<'f> {
    /// Creates empty sums, with the prompts of sessions in the order of their times.
    #[must_use]
    pub fn new(lanes: CacheSums<'f>, prompts: impl IntoIterator<Item = (SessionId, EpochMs)>) -> Self {
        let mut of_session: HashMap<SessionId, VecDeque<EpochMs>> = HashMap::default();
        for (session, at_ms) in prompts {
            of_session.entry(session).or_default().push_back(at_ms);
        }
        Self { lanes, prompts: of_session, rows: HashMap::default() }
    }

    /// Returns an event with its workload. Its columns are those of the lanes, then the thinking tokens, -1 for unknown, and the
    /// numbers of tool calls and of failed ones.
    fn seen(&mut self, columns: &[i64]) -> Option<(SeenEvent, Workload)> {
        let (columns, &[thinking, calls, failed]) = columns.split_last_chunk()?;
        let seen = self.lanes.seen(columns)?;
        let SeenEvent { key, event, .. } = &seen;
        let thinking = u64::try_from(thinking).ok();
        let answered =
            if event.is_first && !key.sidechain { self.answer(key.session, event.at_ms) } else { 0 };
        let workload = Workload {
            prompts: answered,
            thinking_responses: u64::from(thinking.is_some()),
            thinking_tokens: thinking.unwrap_or(0),
            thinking_output: thinking.map_or(0, |_| event.tokens.output),
            tool_calls: calls.unsigned_abs(),
            tool_errors: failed.unsigned_abs(),
        };
        Some((seen, workload))
    }

    /// Removes the prompts of a session up to a time, and returns their number.
    fn answer(&mut self, session: SessionId, at_ms: EpochMs) -> u64 {
        let Some(prompts) = self.prompts.get_mut(&session) else { return 0 };
        let answered = prompts.partition_point(|prompt| *prompt <= at_ms);
        prompts.drain(..answered).count() as u64
    }

    /// Returns the number of sums.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes the sums, in the order of conversations, days and keys.
    #[must_use]
    pub fn take(&mut self) -> Vec<(ConversationId, UsageRow, Workload)> {
        let mut rows: Vec<_> = self.rows.drain().collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        rows.into_iter().map(|((conversation, ..), (row, workload))| (conversation, row, workload)).collect()
    }
}

impl LaneFold for WorkloadSums<'_> {
    fn follow(&mut self, columns: &[i64]) {
        self.seen(columns);
    }

    fn add(&mut self, columns: &[i64], filter: &ResolvedFilter) {
        let Some((SeenEvent { conversation, key, event, .. }, workload)) = self.seen(columns) else { return };
        if !filter.takes(&FactKey::of(Slot::of(event.at_ms), &key)) {
            return;
        }
        self.rows
            .entry((conversation, UtcDay::of(event.at_ms), key))
            .and_modify(|(row, sum)| {
                row.add(&event);
                *sum += workload;
            })
            .or_insert_with(|| (UsageRow::of(&event, &key), workload));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::days::DayForm;

    const MINUTE: i64 = 60_000;

    /// Returns the workload of responses: each a minute, whether it is one of a subagent, and thinking tokens, of one session
    /// with prompts at minutes. The first ones are before the requested time.
    fn workload(prompts: &[i64], before: &[(i64, bool, i64)], responses: &[(i64, bool, i64)]) -> Workload {
        let form = DayForm::new(&[]);
        let lanes = CacheSums::new(&form, HashMap::default());
        let prompts = prompts.iter().map(|minute| (SessionId(1), EpochMs(minute * MINUTE)));
        let mut sums = WorkloadSums::new(lanes, prompts);
        let columns = |(minute, sidechain, thinking): &(i64, bool, i64)| -> Vec<i64> {
            let subagent = i64::from(*sidechain);
            let place = [minute * MINUTE, 1, 1, 1, 1, subagent, 1];
            let usage = [0, 1, 10, 100, 0, 0, 0, 0, 1];
            let more = [1, subagent, 0, -1, *minute, *thinking, 2, 1];
            place.into_iter().chain(usage).chain(more).collect()
        };
        before.iter().for_each(|of| sums.follow(&columns(of)));
        responses.iter().for_each(|of| sums.add(&columns(of), &ResolvedFilter::default()));
        let mut sum = Workload::default();
        sums.take().into_iter().for_each(|(_, _, of)| sum += of);
        sum
    }

    #[test]
    fn a_prompt_belongs_to_the_first_response_after_it() {
        let response = |minute| (minute, false, -1);
        assert_eq!(workload(&[1, 2, 5], &[], &[response(2), response(3)]).prompts, 2);
        assert_eq!(workload(&[1, 2, 5], &[response(2)], &[response(3), response(9)]).prompts, 1);
        assert_eq!(workload(&[4], &[], &[response(3)]).prompts, 0);
        assert_eq!(workload(&[4], &[], &[(5, true, -1)]).prompts, 0, "a subagent answers no prompt");
    }

    #[test]
    fn thinking_is_a_share_of_responses_that_log_it() {
        let of = workload(&[], &[], &[(1, false, 40), (2, false, -1), (3, false, 0)]);
        assert_eq!((of.thinking_responses, of.thinking_tokens, of.thinking_output), (2, 40, 200));
        assert_eq!((of.tool_calls, of.tool_errors), (6, 3));
    }
}
