//! The usage of a day, and the transcripts that it stands on.

use crate::form::{Form, OfDay};
use crate::sql::{from_flag, from_number};
use ctm_facts::UsageSums;
use ctm_types::{
    BillingId, FileId, FolderId, HomeId, ProjectId, SessionId, TokenCounts, UsageEvent, UsageKey, UsageRow,
    UtcDay,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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

/// One event; what it refers to and is not there has the number 0, because its usage counts all the same.
#[derive(Deserialize)]
pub(crate) struct DayEvent {
    at_ms: i64,
    #[serde(deserialize_with = "from_number")]
    session: SessionId,
    #[serde(deserialize_with = "from_number")]
    project: ProjectId,
    #[serde(deserialize_with = "from_number")]
    folder: FolderId,
    #[serde(deserialize_with = "from_number")]
    home: HomeId,
    #[serde(deserialize_with = "from_flag")]
    sidechain: bool,
    #[serde(deserialize_with = "from_number")]
    billing: BillingId,
    part: i64,
    #[serde(deserialize_with = "from_flag")]
    is_final: bool,
    /// The five kinds, in the order of the columns.
    tokens: [i64; 5],
    web_searches: i64,
    /// The file with the line that counts.
    #[serde(deserialize_with = "from_number")]
    file: FileId,
}

impl OfDay for DayUsage {
    type Event = DayEvent;

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

    fn sum(events: &[DayEvent], form: &Form) -> Self {
        let mut sums = UsageSums::default();
        let mut files = BTreeSet::new();
        for of in events {
            files.insert(of.file.0.cast_unsigned());
            let [input, output, cache_read, cache_write_5m, cache_write_1h] =
                of.tokens.map(i64::cast_unsigned);
            let tokens = TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h };
            let key = UsageKey {
                session: of.session,
                project: of.project,
                folder: of.folder,
                home: of.home,
                billing: of.billing,
                context_band: form.context_band(tokens.prompt()),
                sidechain: of.sidechain,
            };
            let event = UsageEvent {
                at_ms: of.at_ms,
                tokens,
                web_searches: of.web_searches.cast_unsigned(),
                is_first: of.part == 0,
                is_final: of.is_final,
            };
            sums.add(&key, &event);
        }
        Self { files: files.into_iter().collect(), sums: sums.into_sorted().iter().map(pack).collect() }
    }
}

impl DayUsage {
    /// Returns the numbers of the files with lines that count on the day.
    pub(crate) fn files(&self) -> impl ExactSizeIterator<Item = FileId> {
        self.files.iter().map(|file| FileId(file.cast_signed()))
    }

    /// Returns the sums of the day.
    pub(crate) fn rows(&self, day: UtcDay) -> impl Iterator<Item = UsageRow> {
        self.sums.iter().map(move |sum| unpack(day, sum))
    }
}

fn pack(row: &UsageRow) -> Sum {
    let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = row.tokens;
    let in_slot = |at_ms: i64| u32::try_from(at_ms - row.slot.start_ms()).expect("a time in its slot");
    Sum {
        slot: row.slot.place_in_day(),
        session: row.session.0.cast_unsigned(),
        project: row.project.0.cast_unsigned(),
        folder: row.folder.0.cast_unsigned(),
        home: row.home.0.cast_unsigned(),
        billing: row.billing.0.cast_unsigned(),
        context_band: row.context_band,
        sidechain: row.sidechain,
        tokens: [input, output, cache_read, cache_write_5m, cache_write_1h],
        web_searches: row.web_searches,
        responses: row.responses,
        unfinalised: row.unfinalised,
        span: [in_slot(row.first_ms), in_slot(row.last_ms)],
    }
}

fn unpack(day: UtcDay, sum: &Sum) -> UsageRow {
    let slot = day.slot(sum.slot);
    let [input, output, cache_read, cache_write_5m, cache_write_1h] = sum.tokens;
    UsageRow {
        slot,
        session: SessionId(sum.session.cast_signed()),
        project: ProjectId(sum.project.cast_signed()),
        folder: FolderId(sum.folder.cast_signed()),
        home: HomeId(sum.home.cast_signed()),
        billing: BillingId(sum.billing.cast_signed()),
        context_band: sum.context_band,
        sidechain: sum.sidechain,
        tokens: TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h },
        web_searches: sum.web_searches,
        responses: sum.responses,
        unfinalised: sum.unfinalised,
        first_ms: slot.start_ms().saturating_add(sum.span[0].into()),
        last_ms: slot.start_ms().saturating_add(sum.span[1].into()),
    }
}
