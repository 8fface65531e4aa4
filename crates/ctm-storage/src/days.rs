//! The usage of each UTC day, summed ahead.
//!
//! # Design
//!
//! Reports are folded from sums by slot, session, project, home, billing, context band and kind of
//! conversation. The sums of a day are kept as one packed value, because reading a thousand rows
//! costs far more than decoding them. They are derived: a commit marks the days that it touches,
//! and they are computed anew from the events, never adjusted. Until then whoever asks computes
//! the marked days on its own, so that an answer is exact at any moment.

use crate::dictionary::json_numbers;
use crate::rows::insert;
use crate::writer::Tx;
use ctm_types::{Slot, TokenCounts, UsageEvent, UsageKey, UsageRow, context_band};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::Error;
use sqlx::sqlite::SqliteConnection;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

const DAY_MS: i64 = 86_400_000;
const SLOTS: i64 = DAY_MS / Slot::MILLIS;

/// The version of [`Packed`].
const FORM: u32 = 2;

/// Returns the UTC day that a time lies in, counted from the epoch.
pub(crate) fn day_of_ms(at_ms: i64) -> i64 {
    at_ms.div_euclid(DAY_MS)
}

/// Returns the UTC day that a slot lies in, counted from the epoch.
pub(crate) fn day_of_slot(slot: i64) -> i64 {
    slot.div_euclid(SLOTS)
}

/// How days are summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    /// The long-context thresholds that prompts are told apart by, in tokens.
    thresholds: Vec<u64>,
    /// The form as it is stored.
    name: String,
}

impl Form {
    pub(crate) fn new(context_thresholds: &[u64]) -> Self {
        let thresholds = context_thresholds.to_vec();
        Self { thresholds, name: format!("{FORM} {context_thresholds:?}") }
    }

    async fn is_stored(&self, connection: &mut SqliteConnection) -> sqlx::Result<bool> {
        let stored: String =
            sqlx::query_scalar("SELECT usage_day_form FROM state").fetch_one(connection).await?;
        Ok(stored == self.name)
    }

    /// Makes this the form of all days; if it was another one, they are computed anew.
    pub(crate) async fn adopt(&self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        if !self.is_stored(connection).await? {
            sqlx::query("UPDATE usage_day SET usage = NULL").execute(&mut *connection).await?;
            sqlx::query("UPDATE state SET usage_day_form = ?1").bind(&self.name).execute(connection).await?;
        }
        Ok(())
    }
}

/// One sum of a day, and whether it is of subagents.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Packed {
    /// Slot of the day.
    slot: u8,
    session: u64,
    project: u64,
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

/// A sum, and whether it is of subagents.
pub(crate) type Sum = (UsageRow, bool);

/// Marks days as to be computed anew.
pub(crate) async fn mark(tx: &mut Tx<'_>, days: &BTreeSet<i64>) -> sqlx::Result<()> {
    let days: Vec<i64> = days.iter().copied().collect();
    sqlx::query(
        "INSERT INTO usage_day (day) SELECT value FROM json_each(?1) WHERE true
         ON CONFLICT DO UPDATE SET usage = NULL",
    )
    .bind(json_numbers(&days))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Tells whether there are days to be computed.
pub(crate) async fn is_any_to_compute(connection: &mut SqliteConnection, form: &Form) -> sqlx::Result<bool> {
    let marked: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM usage_day WHERE usage IS NULL)")
        .fetch_one(&mut *connection)
        .await?;
    Ok(marked || !form.is_stored(connection).await?)
}

/// Computes the days that are marked.
pub(crate) async fn compute_marked(tx: &mut Tx<'_>, form: &Form) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] =
        ["INSERT INTO usage_day (day, usage)", "ON CONFLICT DO UPDATE SET usage = excluded.usage"];
    form.adopt(tx).await?;
    let days = days_of_events(tx, form, &(i64::MIN..=i64::MAX), true, |sums| {
        let rows: Vec<Packed> = sums.iter().map(|(row, sidechain)| pack(row, *sidechain)).collect();
        postcard::to_stdvec(&rows).expect("numbers can be packed")
    })
    .await?;
    insert(tx, STATEMENT, 2, &days, |row, (day, usage)| {
        row.add(day).add(usage);
    })
    .await?;
    // What is marked still has no events any more.
    sqlx::query("DELETE FROM usage_day WHERE usage IS NULL").execute(&mut **tx).await?;
    Ok(())
}

/// Returns those sums of a range of UTC days that are wanted.
pub(crate) async fn sums(
    tx: &mut Tx<'_>,
    form: &Form,
    days: &RangeInclusive<i64>,
    is_wanted: impl Fn(&Sum) -> bool,
) -> sqlx::Result<Vec<UsageRow>> {
    let current = form.is_stored(tx).await?;
    let mut wanted = Vec::new();
    let mut take = |sum: Sum| {
        if is_wanted(&sum) {
            wanted.push(sum.0);
        }
    };
    let computed = days_of_events(tx, form, days, current, |sums| sums).await?;
    computed.into_iter().flat_map(|(_, sums)| sums).for_each(&mut take);
    if current {
        let mut stored = sqlx::query_as::<_, (i64, Vec<u8>)>(
            "SELECT day, usage FROM usage_day WHERE day BETWEEN ?1 AND ?2 AND usage IS NOT NULL",
        )
        .bind(days.start())
        .bind(days.end())
        .fetch(&mut **tx);
        while let Some((day, usage)) = stored.try_next().await? {
            let rows: Vec<Packed> =
                postcard::from_bytes(&usage).map_err(|error| Error::Decode(error.into()))?;
            rows.iter().map(|row| unpack(day, row)).for_each(&mut take);
        }
    }
    Ok(wanted)
}

/// One event: its time, session, project, home, whether it is a subagent's, billing, part, whether
/// it is final, its five kinds of tokens, and web searches.
type Event = (i64, i64, i64, i64, i64, i64, i64, i64, [i64; 5], i64);

/// Returns the sums of days as the events tell them, each as `of_day` takes it: of the marked days,
/// or of all.
///
/// The events of a day come as one text. Summed in SQL, or with a row for each, they take twice as
/// long.
async fn days_of_events<T>(
    tx: &mut Tx<'_>,
    form: &Form,
    days: &RangeInclusive<i64>,
    marked_only: bool,
    of_day: impl Fn(Vec<Sum>) -> T,
) -> sqlx::Result<Vec<(i64, T)>> {
    let mut rows = sqlx::query_as::<_, (i64, String)>(
        "SELECT day, json_group_array(json_array(
                    at_ms, session_id, project_id, home_id, sidechain, billing_id, part, final,
                    json_array(input, output, cache_read, cache_write_5m, cache_write_1h), web_searches))
         FROM usage_day
         CROSS JOIN event ON at_ms >= day * 86400000 AND at_ms < day * 86400000 + 86400000
         CROSS JOIN conversation ON conversation.id = conversation_id
         CROSS JOIN source_file ON source_file.id = origin_file_id
         WHERE day BETWEEN ?1 AND ?2 AND (usage IS NULL OR NOT ?3)
         GROUP BY day",
    )
    .bind(days.start())
    .bind(days.end())
    .bind(marked_only)
    .fetch(&mut **tx);
    let mut days = Vec::new();
    while let Some((day, events)) = rows.try_next().await? {
        let events: Vec<Event> =
            serde_json::from_str(&events).map_err(|error| Error::Decode(error.into()))?;
        days.push((day, of_day(form.sum(&events))));
    }
    Ok(days)
}

impl Form {
    fn sum(&self, events: &[Event]) -> Vec<Sum> {
        let mut sums: BTreeMap<_, Sum> = BTreeMap::new();
        for &(at_ms, session, project, home, sidechain, billing, part, is_final, tokens, searches) in events {
            let [input, output, cache_read, cache_write_5m, cache_write_1h] = tokens.map(i64::cast_unsigned);
            let tokens = TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h };
            let event = UsageEvent {
                at_ms,
                tokens,
                web_searches: searches.cast_unsigned(),
                is_first: part == 0,
                is_final: is_final != 0,
            };
            let context_band = context_band(tokens.prompt(), &self.thresholds);
            let key = UsageKey { session, project, home, billing, context_band };
            sums.entry((Slot::of_ms(at_ms), key, sidechain))
                .and_modify(|(row, _)| row.add(&event))
                .or_insert_with(|| (UsageRow::of(&event, &key), sidechain != 0));
        }
        sums.into_values().collect()
    }
}

fn pack(row: &UsageRow, sidechain: bool) -> Packed {
    let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = row.tokens;
    let in_slot = |at_ms: i64| u32::try_from(at_ms - row.slot.start_ms()).expect("a time in its slot");
    Packed {
        slot: u8::try_from(row.slot.0.rem_euclid(SLOTS)).expect("a day has 96 slots"),
        session: row.session.cast_unsigned(),
        project: row.project.cast_unsigned(),
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

fn unpack(day: i64, row: &Packed) -> Sum {
    let slot = Slot(day * SLOTS + i64::from(row.slot));
    let [input, output, cache_read, cache_write_5m, cache_write_1h] = row.tokens;
    let usage = UsageRow {
        slot,
        session: row.session.cast_signed(),
        project: row.project.cast_signed(),
        home: row.home.cast_signed(),
        billing: row.billing.cast_signed(),
        context_band: row.context_band,
        tokens: TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h },
        web_searches: row.web_searches,
        responses: row.responses,
        unfinalised: row.unfinalised,
        first_ms: slot.start_ms() + i64::from(row.span[0]),
        last_ms: slot.start_ms() + i64::from(row.span[1]),
    };
    (usage, row.sidechain)
}
