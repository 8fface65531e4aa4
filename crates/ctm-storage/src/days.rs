//! Daily totals: the usage of each UTC day, summed in advance.
//!
//! # Design
//!
//! Reports are folded from sums by slot, session, project, folder, home, billing and kind of conversation.
//! The sums of a day are kept as one packed value, because reading a thousand rows costs far more
//! than decoding them. They are derived: a commit marks the days that it touches, and they are
//! recomputed from the events, never adjusted. Until then a query computes the marked days
//! on its own, so that an answer is exact at any moment.
//!
//! What is kept ends with a checksum of itself and of the day. A day whose sums do not match theirs is
//! recomputed like a marked one: they are derived, and an answer need not wait for their repair.

use crate::form::{Form, OfDay};
use crate::rows::insert;
use crate::sql::{Db, Tx, json_numbers, unwrapped};
use crate::store::Store;
use crate::tools::DayTools;
use crate::usage_days::DayUsage;
use ctm_types::UtcDay;
use futures_util::TryStreamExt;
use sqlx::Error;
use sqlx::sqlite::SqliteConnection;
use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::sync::PoisonError;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Every UTC day.
pub(crate) const ALL_DAYS: RangeInclusive<UtcDay> = UtcDay::MIN..=UtcDay::MAX;

/// Marks days as to be recomputed.
pub(crate) async fn mark(tx: &mut Tx<'_>, days: &BTreeSet<UtcDay>) -> sqlx::Result<()> {
    let days: Vec<UtcDay> = days.iter().copied().collect();
    sqlx::query(
        "INSERT INTO usage_day (day) SELECT value FROM json_each(?1) WHERE true
         ON CONFLICT DO UPDATE SET usage = NULL, tools = NULL",
    )
    .bind(json_numbers(&days))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Marks all days with events as to be recomputed, and forgets the others.
pub(crate) async fn mark_all(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    for statement in [
        "DELETE FROM usage_day",
        "INSERT INTO usage_day (day)
         SELECT DISTINCT at_ms / 86400000 - (at_ms % 86400000 < 0) FROM event",
    ] {
        sqlx::query(statement).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Returns whether there are days to be computed.
pub(crate) async fn is_any_to_compute(connection: &mut SqliteConnection, form: &Form) -> sqlx::Result<bool> {
    let marked: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM usage_day WHERE usage IS NULL)")
        .fetch_one(&mut *connection)
        .await?;
    Ok(marked || !form.is_stored(connection).await?)
}

/// Computes the days that are marked.
pub(crate) async fn compute_marked(tx: &mut Tx<'_>, form: &Form) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = [
        "INSERT INTO usage_day (day, usage, tools)",
        "ON CONFLICT DO UPDATE SET usage = excluded.usage, tools = excluded.tools",
    ];
    form.adopt(tx).await?;
    let usage = from_events(tx, form, &ALL_DAYS, true, pack::<DayUsage>).await?;
    let tools = from_events(tx, form, &ALL_DAYS, true, pack::<DayTools>).await?;
    let tools: HashMap<UtcDay, Vec<u8>> = tools.into_iter().collect();
    insert(tx, STATEMENT, 3, &usage, |row, (day, usage)| {
        row.id(*day).add(usage).add(tools.get(day));
    })
    .await?;
    // What is marked still has no events any more.
    sqlx::query("DELETE FROM usage_day WHERE usage IS NULL").execute(&mut **tx).await?;
    Ok(())
}

/// Returns the UTC days of which something else is kept than their events come to.
///
/// Days that are marked are computed by the query, and so are all of another form.
pub(crate) async fn differing(tx: &mut Tx<'_>, form: &Form) -> sqlx::Result<BTreeSet<UtcDay>> {
    if !form.is_stored(tx).await? {
        return Ok(BTreeSet::new());
    }
    let usage = from_events(tx, form, &ALL_DAYS, false, pack::<DayUsage>).await?;
    let usage: HashMap<UtcDay, Vec<u8>> = usage.into_iter().collect();
    let tools = from_events(tx, form, &ALL_DAYS, false, pack::<DayTools>).await?;
    let tools: HashMap<UtcDay, Vec<u8>> = tools.into_iter().collect();
    // A day that is not even marked.
    let forgotten: Vec<Db<UtcDay>> = sqlx::query_scalar(
        "SELECT DISTINCT at_ms / 86400000 - (at_ms % 86400000 < 0) AS event_day FROM event
         WHERE NOT EXISTS (SELECT 1 FROM usage_day WHERE day = event_day)",
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut differing: BTreeSet<UtcDay> = unwrapped(forgotten);
    let mut kept = sqlx::query_as::<_, (Db<UtcDay>, Vec<u8>, Option<Vec<u8>>)>(
        "SELECT day, usage, tools FROM usage_day WHERE usage IS NOT NULL",
    )
    .fetch(&mut **tx);
    while let Some((Db(day), kept_usage, kept_tools)) = kept.try_next().await? {
        if usage.get(&day) != Some(&kept_usage) || tools.get(&day) != kept_tools.as_ref() {
            differing.insert(day);
        }
    }
    Ok(differing)
}

impl Store {
    /// Hands what each of a range of UTC days comes to over to `take`, in no order.
    pub(crate) async fn each_day<T: OfDay>(
        &self,
        tx: &mut Tx<'_>,
        days: &RangeInclusive<UtcDay>,
        mut take: impl FnMut(UtcDay, T),
    ) -> sqlx::Result<()> {
        let form = &self.form;
        let current = form.is_stored(tx).await?;
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
            match unpack(day, &packed) {
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

    /// Notes days whose sums could not be read, for the writer to recompute them.
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

/// Returns what the events of days come to, each as `of_day` takes it: of the marked days, or of all.
async fn from_events<T: OfDay, R>(
    tx: &mut Tx<'_>,
    form: &Form,
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

#[expect(clippy::needless_pass_by_value, reason = "what is made of a day's events is handed over")]
fn pack<T: OfDay>(day: UtcDay, of_day: T) -> Vec<u8> {
    let mut packed = postcard::to_stdvec(&of_day).expect("numbers can be packed");
    let checksum = checksum::<T>(day, &packed);
    packed.extend(checksum.to_le_bytes());
    packed
}

/// Returns what is kept of a day, or `None` when it is not what was packed.
fn unpack<T: OfDay>(day: UtcDay, kept: &[u8]) -> Option<T> {
    let (packed, stored) = kept.split_last_chunk()?;
    let is_whole = checksum::<T>(day, packed) == u64::from_le_bytes(*stored);
    postcard::from_bytes(packed).ok().filter(|_| is_whole)
}

fn checksum<T: OfDay>(day: UtcDay, packed: &[u8]) -> u64 {
    xxh3_64_with_seed(packed, day.0.cast_unsigned() ^ T::SALT)
}
