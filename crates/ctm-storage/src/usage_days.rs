//! The usage of a day, and the transcripts that it stands on.

use crate::days::{Form, OfDay, SLOTS};
use ctm_types::{Slot, TokenCounts, UsageEvent, UsageKey, UsageRow};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The usage of a day.
#[derive(Serialize, Deserialize)]
pub(crate) struct DayUsage {
    /// Files with lines that count, each once.
    files: Vec<u64>,
    sums: Vec<Sum>,
}

/// One sum, and whether it is of subagents.
#[derive(Serialize, Deserialize)]
struct Sum {
    /// Slot of the day.
    slot: u8,
    session: u64,
    project: u64,
    folder: u64,
    home: u64,
    billing: u64,
    context_band: u8,
    sidechain: bool,
    tokens: [u64; 5],
    web_searches: u64,
    responses: u64,
    unfinalised: u64,
    /// Times of the first and the last event, in milliseconds after the slot's begin.
    span: [u32; 2],
}

/// One event, with 0 for what it refers to and is not there: its usage counts all the same. Its time, session, project, folder, home, whether it is a subagent's, billing, part, whether
/// it is final, its five kinds of tokens, web searches, and the file with the line that counts.
type Event = (i64, i64, i64, i64, i64, i64, i64, i64, i64, [i64; 5], i64, i64);

impl OfDay for DayUsage {
    type Event = Event;

    const FROM_EVENTS: &'static str = "
        SELECT day, json_group_array(json_array(
                   at_ms, coalesce(session_id, 0), coalesce(start_project_id, project_id, 0), coalesce(project_id, 0),
                   coalesce(home_id, 0),
                   coalesce(sidechain, 0), billing_id, part, final,
                   json_array(input, output, cache_read, cache_write_5m, cache_write_1h),
                   web_searches + CASE WHEN part > 0 THEN 0 ELSE coalesce((
                       SELECT sum(searches) FROM tool_call CROSS JOIN call_searches USING (id)
                       WHERE event_id = event.id), 0) END,
                   winner_file_id))
        FROM usage_day
        CROSS JOIN event ON at_ms >= day * 86400000 AND at_ms < day * 86400000 + 86400000
        LEFT JOIN conversation ON conversation.id = conversation_id
        LEFT JOIN session ON session.id = session_id
        LEFT JOIN source_file ON source_file.id = origin_file_id
        WHERE day BETWEEN ?1 AND ?2 AND (usage IS NULL OR NOT ?3)
        GROUP BY day";

    const KEPT: &'static str =
        "SELECT day, usage FROM usage_day WHERE day BETWEEN ?1 AND ?2 AND usage IS NOT NULL";

    const SALT: u64 = 0x7573_6167_6500_0000;

    fn sum(events: &[Event], form: &Form) -> Self {
        let mut sums: BTreeMap<(Slot, UsageKey, bool), UsageRow> = BTreeMap::new();
        let mut files = BTreeSet::new();
        for &(
            at_ms,
            session,
            project,
            folder,
            home,
            sidechain,
            billing,
            part,
            is_final,
            tokens,
            searches,
            file,
        ) in events
        {
            files.insert(file.cast_unsigned());
            let [input, output, cache_read, cache_write_5m, cache_write_1h] = tokens.map(i64::cast_unsigned);
            let tokens = TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h };
            let event = UsageEvent {
                at_ms,
                tokens,
                web_searches: searches.cast_unsigned(),
                is_first: part == 0,
                is_final: is_final != 0,
            };
            let context_band = form.context_band(tokens.prompt());
            let key = UsageKey { session, project, folder, home, billing, context_band };
            sums.entry((Slot::of_ms(at_ms), key, sidechain != 0))
                .and_modify(|row| row.add(&event))
                .or_insert_with(|| UsageRow::of(&event, &key));
        }
        let sums = sums.into_iter().map(|((.., sidechain), row)| pack(&row, sidechain));
        Self { files: files.into_iter().collect(), sums: sums.collect() }
    }
}

impl DayUsage {
    /// Returns the numbers of the files with lines that count on the day.
    pub(crate) fn files(&self) -> impl ExactSizeIterator<Item = i64> {
        self.files.iter().copied().map(u64::cast_signed)
    }

    /// Returns the sums of the day, each with whether it is of subagents.
    pub(crate) fn rows(&self, day: i64) -> impl Iterator<Item = (UsageRow, bool)> {
        self.sums.iter().map(move |sum| (unpack(day, sum), sum.sidechain))
    }
}

fn pack(row: &UsageRow, sidechain: bool) -> Sum {
    let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = row.tokens;
    let in_slot = |at_ms: i64| u32::try_from(at_ms - row.slot.start_ms()).expect("a time in its slot");
    Sum {
        slot: u8::try_from(row.slot.0.rem_euclid(SLOTS)).expect("a day has 96 slots"),
        session: row.session.cast_unsigned(),
        project: row.project.cast_unsigned(),
        folder: row.folder.cast_unsigned(),
        home: row.home.cast_unsigned(),
        billing: row.billing.cast_unsigned(),
        context_band: row.context_band,
        sidechain,
        tokens: [input, output, cache_read, cache_write_5m, cache_write_1h],
        web_searches: row.web_searches,
        responses: row.responses,
        unfinalised: row.unfinalised,
        span: [in_slot(row.first_ms), in_slot(row.last_ms)],
    }
}

fn unpack(day: i64, sum: &Sum) -> UsageRow {
    let slot = Slot(day.saturating_mul(SLOTS).saturating_add(sum.slot.into()));
    let [input, output, cache_read, cache_write_5m, cache_write_1h] = sum.tokens;
    UsageRow {
        slot,
        session: sum.session.cast_signed(),
        project: sum.project.cast_signed(),
        folder: sum.folder.cast_signed(),
        home: sum.home.cast_signed(),
        billing: sum.billing.cast_signed(),
        context_band: sum.context_band,
        tokens: TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h },
        web_searches: sum.web_searches,
        responses: sum.responses,
        unfinalised: sum.unfinalised,
        first_ms: slot.start_ms().saturating_add(sum.span[0].into()),
        last_ms: slot.start_ms().saturating_add(sum.span[1].into()),
    }
}
