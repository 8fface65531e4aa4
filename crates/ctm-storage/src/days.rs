//! Daily totals: the usage of each UTC day, summed in advance.
//!
//! # Design
//!
//! [`ctm_facts::days`] defines the packed form of a day; this module stores it. A commit marks the days that
//! it changes, and they are recomputed from the events, never adjusted. A query before that computes the
//! marked days itself, so that its result is always exact.
//!
//! A day whose sums do not match their checksum is recomputed like a marked one: sums are derived, and a
//! query need not wait for their repair.

use crate::rows::insert;
use crate::sql::{Db, Tx, execute, json_numbers, numbers, one, values};
use crate::store::Store;
use ctm_facts::days::{DayForm, DayTools, DayUsage, KeptDay};
use ctm_types::UtcDay;
use futures_util::TryStreamExt;
use sqlx::Error;
use sqlx::sqlite::SqliteConnection;
use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::sync::PoisonError;

/// Every UTC day.
pub(crate) const ALL_DAYS: RangeInclusive<UtcDay> = UtcDay::MIN..=UtcDay::MAX;

/// A part of a day, in the columns of `usage_day`.
pub(crate) trait StoredDay: KeptDay {
    /// Selects the days from ?1 to ?2, only marked ones if ?3, each with a JSON list of events.
    ///
    /// As one text for each day, because a row for each event, or sums in SQL, take twice as long.
    const FROM_EVENTS: &'static str;

    /// Selects the unmarked days from ?1 to ?2, each with its stored form.
    const KEPT: &'static str;
}

/// Place and time of an event, as read by [`ctm_facts::days`].
macro_rules! place {
    () => {
        "json_array(at_ms, coalesce(session_id, 0), coalesce(start_project_id, project_id, 0),
                    coalesce(project_id, 0), coalesce(home_id, 0), coalesce(sidechain, 0), billing_id)"
    };
}

/// An event as [`ctm_facts::days`] reads it.
macro_rules! usage_event {
    () => {
        concat!(
            "json_array(",
            $crate::days::place!(),
            ", part, final, json_array(input, output, cache_read, cache_write_5m, cache_write_1h),
             web_searches + CASE WHEN part > 0 THEN 0 ELSE coalesce((
                 SELECT sum(searches) FROM tool_call CROSS JOIN call_searches USING (id)
                 WHERE event_id = event.id), 0) END,
             winner_file_id)"
        )
    };
}

pub(crate) use {place, usage_event};

/// Selects days, each with a JSON list of values of its events; `from` joins further tables to an event.
macro_rules! from_events {
    ($of:expr, $from:literal) => {
        concat!(
            "SELECT day, json_group_array(",
            $of,
            ")
             FROM usage_day
             CROSS JOIN event ON at_ms >= day * 86400000 AND at_ms < day * 86400000 + 86400000
             ",
            $from,
            "
             LEFT JOIN conversation ON conversation.id = conversation_id
             LEFT JOIN session ON session.id = session_id
             LEFT JOIN source_file ON source_file.id = origin_file_id
             WHERE day BETWEEN ?1 AND ?2 AND (usage IS NULL OR NOT ?3)
             GROUP BY day"
        )
    };
}

impl StoredDay for DayUsage {
    const FROM_EVENTS: &'static str = from_events!(usage_event!(), "");

    const KEPT: &'static str =
        "SELECT day, usage FROM usage_day WHERE day BETWEEN ?1 AND ?2 AND usage IS NOT NULL";
}

impl StoredDay for DayTools {
    const FROM_EVENTS: &'static str = from_events!(
        concat!("json_array(", place!(), ", tool_id, tool_error.id IS NOT NULL)"),
        "CROSS JOIN tool_call ON event_id = event.id LEFT JOIN tool_error ON tool_error.id = tool_call.id"
    );

    const KEPT: &'static str = "SELECT day, tools FROM usage_day
        WHERE day BETWEEN ?1 AND ?2 AND usage IS NOT NULL AND tools IS NOT NULL";
}

/// Returns whether this is the form of all days.
async fn is_stored(form: &DayForm, connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    let (stored,): (String,) = one(connection, "SELECT usage_day_form FROM state", values![]).await?;
    Ok(stored == form.name())
}

/// Sets the form of all days; if it differs, they are recomputed.
async fn adopt(form: &DayForm, tx: &mut Tx<'_>) -> sqlx::Result<()> {
    if !is_stored(form, tx).await? {
        execute(tx, "UPDATE usage_day SET usage = NULL, tools = NULL", values![]).await?;
        execute(tx, "UPDATE state SET usage_day_form = ?1", values![form.name()]).await?;
    }
    Ok(())
}

/// Marks days as to be recomputed.
pub(crate) async fn mark(tx: &mut Tx<'_>, days: &BTreeSet<UtcDay>) -> sqlx::Result<()> {
    const MARK: &str = "INSERT INTO usage_day (day) SELECT value FROM json_each(?1) WHERE true
                        ON CONFLICT DO UPDATE SET usage = NULL, tools = NULL";
    let days: Vec<UtcDay> = days.iter().copied().collect();
    execute(tx, MARK, values![json_numbers(&days)]).await?;
    Ok(())
}

/// Marks all days with events as to be recomputed, and forgets the others.
pub(crate) async fn mark_all(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    const MARK: &str = "INSERT INTO usage_day (day)
                        SELECT DISTINCT at_ms / 86400000 - (at_ms % 86400000 < 0) FROM event";
    execute(tx, "DELETE FROM usage_day", values![]).await?;
    execute(tx, MARK, values![]).await?;
    Ok(())
}

/// Returns whether there are days to be computed.
pub(crate) async fn is_any_to_compute(
    connection: &mut SqliteConnection,
    form: &DayForm,
) -> sqlx::Result<bool> {
    const MARKED: &str = "SELECT EXISTS (SELECT 1 FROM usage_day WHERE usage IS NULL)";
    let (marked,): (bool,) = one(connection, MARKED, values![]).await?;
    Ok(marked || !is_stored(form, connection).await?)
}

/// Computes the days that are marked.
pub(crate) async fn compute_marked(tx: &mut Tx<'_>, form: &DayForm) -> sqlx::Result<()> {
    const STATEMENT: &str = "INSERT INTO usage_day (day, usage, tools) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET usage = excluded.usage, tools = excluded.tools";
    adopt(form, tx).await?;
    let usage = packed::<DayUsage, Vec<_>>(tx, form, true).await?;
    let tools = packed::<DayTools, HashMap<_, _>>(tx, form, true).await?;
    insert(tx, STATEMENT, &usage, |row, (day, usage)| {
        row.id(*day).add(usage).add(tools.get(day));
    })
    .await?;
    // Days that are still marked no longer have events.
    execute(tx, "DELETE FROM usage_day WHERE usage IS NULL", values![]).await?;
    Ok(())
}

/// Returns the UTC days with stored sums that differ from their events.
///
/// Days that are marked are computed by the query, and so are all of another form.
pub(crate) async fn differing(tx: &mut Tx<'_>, form: &DayForm) -> sqlx::Result<BTreeSet<UtcDay>> {
    // A day that is not even marked.
    const FORGOTTEN: &str =
        "SELECT DISTINCT at_ms / 86400000 - (at_ms % 86400000 < 0) AS event_day FROM event
         WHERE NOT EXISTS (SELECT 1 FROM usage_day WHERE day = event_day)";
    const KEPT: &str = "SELECT day, usage, tools FROM usage_day WHERE usage IS NOT NULL";
    if !is_stored(form, tx).await? {
        return Ok(BTreeSet::new());
    }
    let usage = packed::<DayUsage, HashMap<_, _>>(tx, form, false).await?;
    let tools = packed::<DayTools, HashMap<_, _>>(tx, form, false).await?;
    let mut differing: BTreeSet<UtcDay> = numbers(tx, FORGOTTEN, values![]).await?;
    let mut kept = sqlx::query_as::<_, (Db<UtcDay>, Vec<u8>, Option<Vec<u8>>)>(KEPT).fetch(&mut **tx);
    while let Some((Db(day), kept_usage, kept_tools)) = kept.try_next().await? {
        if usage.get(&day) != Some(&kept_usage) || tools.get(&day) != kept_tools.as_ref() {
            differing.insert(day);
        }
    }
    Ok(differing)
}

impl Store {
    /// Passes the sums of each of a range of UTC days to `take`, in no order.
    pub(crate) async fn each_day<T: StoredDay>(
        &self,
        tx: &mut Tx<'_>,
        days: &RangeInclusive<UtcDay>,
        mut take: impl FnMut(UtcDay, T),
    ) -> sqlx::Result<()> {
        let form = &self.form;
        let current = is_stored(form, tx).await?;
        for (day, of_day) in from_events(tx, form, days, current, |_, of_day| of_day).await? {
            take(day, of_day);
        }
        if !current {
            return Ok(());
        }
        let mut damaged = Vec::new();
        let mut kept = sqlx::query_as::<_, (Db<UtcDay>, Vec<u8>)>(T::KEPT)
            .bind(days.start().0)
            .bind(days.end().0)
            .fetch(&mut **tx);
        while let Some((Db(day), packed)) = kept.try_next().await? {
            match T::unpack(day, &packed) {
                Some(of_day) => take(day, of_day),
                None => damaged.push(day),
            }
        }
        drop(kept);
        self.note_damaged(&damaged);
        for day in damaged {
            for (day, of_day) in from_events(tx, form, &(day..=day), false, |_, of_day| of_day).await? {
                take(day, of_day);
            }
        }
        Ok(())
    }

    /// Records days with unreadable sums, for the writer to recompute them.
    fn note_damaged(&self, days: &[UtcDay]) {
        let mut known = self.damaged_days.lock().unwrap_or_else(PoisonError::into_inner);
        let new = days.iter().filter(|day| known.insert(**day)).count();
        if new > 0 {
            tracing::warn!(
                "the stored sums of {new} UTC days cannot be read, and are computed from the responses; \
                 `ctm db rebuild` recomputes them"
            );
        }
    }
}

/// Returns the packed sums of the marked days, or of all days.
async fn packed<T: StoredDay, C: FromIterator<(UtcDay, Vec<u8>)>>(
    tx: &mut Tx<'_>,
    form: &DayForm,
    marked_only: bool,
) -> sqlx::Result<C> {
    let days = from_events(tx, form, &ALL_DAYS, marked_only, |day, of_day: T| of_day.pack(day)).await?;
    Ok(days.into_iter().collect())
}

/// Returns the sums of the events of days, each converted by `of_day`: of the marked days, or of all.
async fn from_events<T: StoredDay, R>(
    tx: &mut Tx<'_>,
    form: &DayForm,
    days: &RangeInclusive<UtcDay>,
    marked_only: bool,
    of_day: impl Fn(UtcDay, T) -> R,
) -> sqlx::Result<Vec<(UtcDay, R)>> {
    let mut rows = sqlx::query_as::<_, (Db<UtcDay>, String)>(T::FROM_EVENTS)
        .bind(days.start().0)
        .bind(days.end().0)
        .bind(marked_only)
        .fetch(&mut **tx);
    let mut days = Vec::new();
    while let Some((Db(day), events)) = rows.try_next().await? {
        let events: Vec<T::Event> =
            serde_json::from_str(&events).map_err(|error| Error::Decode(error.into()))?;
        days.push((day, of_day(day, T::sum(&events, form))));
    }
    Ok(days)
}
