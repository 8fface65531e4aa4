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

use crate::loading;
use crate::store::Store;
use ctm_facts::days::{DayClaims, DayForm, DayTools, DayUsage, KeptDay, UsageOfDay};
use ctm_facts::partial_days::PartialDays;
use ctm_sqlite::rows::{each_row, write};
use ctm_sqlite::sql::{
    Db, FromRow, Numbers, Statements, Tx, all, execute, json_numbers, numbers, one, values,
};
use ctm_types::{EpochMs, EventId, UtcDay};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::sync::PoisonError;

/// Events that are read at once, in some milliseconds.
const EVENTS_AT_ONCE: i64 = 4_000;

/// Events that are summed in the order of their rows before their sums are packed: these take up to 20 MB.
const EVENTS_SUMMED_AT_ONCE: usize = 340_000;

/// The order in which events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventOrder {
    /// By day: for some of the days.
    Day,
    /// By row, which takes less time for most of them.
    Row,
}

/// Every UTC day.
pub(crate) const ALL_DAYS: RangeInclusive<UtcDay> = UtcDay::MIN..=UtcDay::MAX;

/// A part of a day, in a column of `usage_day`.
pub(crate) trait StoredDay: KeptDay + Send {
    /// Selects the unmarked days from ?1 to ?2, each with its stored form.
    const KEPT: &'static str;

    /// Passes each day and its sums to `take`, as they are summed from facts.
    fn sum(
        tx: &mut Tx<'_>,
        wanted: &Wanted<'_>,
        take: impl FnMut(UtcDay, Self) + Send,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
}

/// The days to be summed.
pub(crate) struct Wanted<'f> {
    form: &'f DayForm,
    days: RangeInclusive<UtcDay>,
    /// `true` for the marked ones of them, `false` for all.
    marked_only: bool,
    order: EventOrder,
}

/// A part of a day that is summed from events.
trait EventDay: StoredDay {
    /// Selects the columns of the events of the days from ?1 to ?2, only marked ones if ?3, after the event at ?4
    /// with the number ?5, up to the one at ?6 with the number ?7.
    const BY_DAY: &'static str;

    /// Selects the columns of the events after row ?1 up to row ?2 on the days from ?3 to ?4.
    const BY_ROW: &'static str;

    /// Returns whether an event belongs to the sums. A day without any such event is stored all the same.
    fn is_summed(_columns: &[i64]) -> bool {
        true
    }
}

/// The columns of place and time of an event, as read by [`ctm_facts::days`].
macro_rules! place {
    () => {
        "at_ms, coalesce(session_id, 0), coalesce(start_project_id, project_id, 0),
         coalesce(project_id, 0), coalesce(home_id, 0), coalesce(sidechain, 0), billing_id"
    };
}

/// The columns of an event, as read by [`ctm_facts::days`].
macro_rules! usage_event {
    () => {
        concat!(
            $crate::days::place!(),
            ", part, final OR witness_output IS NOT NULL, input, output, cache_read, cache_write_5m, cache_write_1h,
             web_searches + CASE WHEN part > 0 THEN 0 ELSE coalesce((
                 SELECT sum(searches) FROM tool_call CROSS JOIN call_searches USING (id)
                 WHERE event_id = event.id), 0) END,
             winner_file_id"
        )
    };
}

pub(crate) use {place, usage_event};

/// The columns of an event, and whether it counts as another machine claims it.
macro_rules! comparable_event {
    () => {
        concat!(
            usage_event!(),
            ", EXISTS (SELECT 1 FROM machine_overlap WHERE event_id = event.id AND beaten)"
        )
    };
}

/// Joins an event with the rows that it refers to.
macro_rules! around {
    () => {
        " LEFT JOIN conversation ON conversation.id = conversation_id
          LEFT JOIN session ON session.id = session_id
          LEFT JOIN source_file ON source_file.id = origin_file_id"
    };
}

/// Selects columns of events; `from` joins further tables to an event.
macro_rules! from_events {
    ($columns:expr, $from:literal, by_row) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM event ",
            $from,
            around!(),
            " WHERE event.id > ?1 AND event.id <= ?2 
             AND at_ms >= ?3 * 86400000 AND at_ms <= ?4 * 86400000 + 86399999"
        )
    };
    ($columns:expr, $from:literal, by_day) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM usage_day
             CROSS JOIN event ON at_ms >= max(day * 86400000, ?4)
                 AND at_ms <= min(day * 86400000 + 86399999, ?6)
                 AND (at_ms > ?4 OR event.id > ?5) AND (at_ms < ?6 OR event.id <= ?7)
             ",
            $from,
            around!(),
            " WHERE day BETWEEN ?1 AND ?2 AND (usage IS NULL OR NOT ?3)
             ORDER BY day"
        )
    };
}

impl StoredDay for DayUsage {
    const KEPT: &'static str =
        "SELECT day, usage FROM usage_day WHERE day BETWEEN ?1 AND ?2 AND usage IS NOT NULL";

    async fn sum(
        tx: &mut Tx<'_>,
        wanted: &Wanted<'_>,
        take: impl FnMut(UtcDay, Self) + Send,
    ) -> sqlx::Result<()> {
        from_events(tx, wanted, take).await
    }
}

impl EventDay for DayUsage {
    const BY_DAY: &'static str = from_events!(comparable_event!(), "", by_day);

    const BY_ROW: &'static str = from_events!(comparable_event!(), "", by_row);

    fn is_summed(columns: &[i64]) -> bool {
        columns.last() == Some(&0)
    }
}

impl StoredDay for DayTools {
    const KEPT: &'static str = "SELECT day, tools FROM usage_day
        WHERE day BETWEEN ?1 AND ?2 AND usage IS NOT NULL AND tools IS NOT NULL";

    async fn sum(
        tx: &mut Tx<'_>,
        wanted: &Wanted<'_>,
        take: impl FnMut(UtcDay, Self) + Send,
    ) -> sqlx::Result<()> {
        from_events(tx, wanted, take).await
    }
}

impl EventDay for DayTools {
    const BY_DAY: &'static str = from_events!(
        concat!(place!(), ", tool_id, tool_error.id IS NOT NULL"),
        "CROSS JOIN tool_call ON event_id = event.id LEFT JOIN tool_error ON tool_error.id = tool_call.id",
        by_day
    );

    const BY_ROW: &'static str = from_events!(
        concat!(place!(), ", tool_id, tool_error.id IS NOT NULL"),
        "CROSS JOIN tool_call ON event_id = event.id LEFT JOIN tool_error ON tool_error.id = tool_call.id",
        by_row
    );
}

impl StoredDay for DayClaims {
    const KEPT: &'static str = "SELECT day, claims FROM usage_day
        WHERE day BETWEEN ?1 AND ?2 AND usage IS NOT NULL AND claims IS NOT NULL";

    async fn sum(
        tx: &mut Tx<'_>,
        wanted: &Wanted<'_>,
        mut take: impl FnMut(UtcDay, Self) + Send,
    ) -> sqlx::Result<()> {
        const CLAIMS: &str = include_str!("sql/machines/counting.sql");
        let [first, last] = [wanted.days.start().0, wanted.days.end().0];
        let mut days = DaysInOrder::default();
        each_row(tx, CLAIMS, [first, last, wanted.marked_only.into()], |columns| {
            days.add(columns, true, wanted.form, &mut take);
        })
        .await?;
        days.end(take);
        Ok(())
    }
}

/// Returns whether this is the form of all days.
pub(crate) async fn is_stored(form: &DayForm, on: &mut impl Statements) -> sqlx::Result<bool> {
    let (stored,): (String,) = one(on, "SELECT usage_day_form FROM state", values![]).await?;
    Ok(stored == form.name())
}

/// Sets the form of all days; if it differs, they are recomputed.
pub(crate) async fn adopt(form: &DayForm, tx: &mut Tx<'_>) -> sqlx::Result<()> {
    if !is_stored(form, tx).await? {
        execute(tx, "UPDATE usage_day SET usage = NULL, tools = NULL, claims = NULL", values![]).await?;
        execute(tx, "UPDATE state SET usage_day_form = ?1", values![form.name()]).await?;
    }
    Ok(())
}

/// Marks days as to be recomputed.
pub(crate) async fn mark(tx: &mut Tx<'_>, days: &BTreeSet<UtcDay>) -> sqlx::Result<()> {
    const MARK: &str = "INSERT INTO usage_day (day) SELECT value FROM json_each(?1) WHERE true
                        ON CONFLICT DO UPDATE SET usage = NULL, tools = NULL, claims = NULL";
    let days: Vec<UtcDay> = days.iter().copied().collect();
    execute(tx, MARK, values![json_numbers(&days)]).await?;
    Ok(())
}

/// Marks all days with events, or claims that count, as to be recomputed, and forgets the others.
pub(crate) async fn mark_all(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    const MARK: &str = "INSERT INTO usage_day (day)
                        SELECT at_ms / 86400000 - (at_ms % 86400000 < 0) FROM event
                        UNION SELECT at_ms / 86400000 - (at_ms % 86400000 < 0) FROM machine_claim WHERE counts";
    execute(tx, "DELETE FROM usage_day", values![]).await?;
    execute(tx, MARK, values![]).await?;
    Ok(())
}

/// Returns whether there are days to be computed.
pub(crate) async fn is_any_to_compute(on: &mut impl Statements, form: &DayForm) -> sqlx::Result<bool> {
    const MARKED: &str = "SELECT EXISTS (SELECT 1 FROM usage_day WHERE usage IS NULL)";
    let (marked,): (bool,) = one(on, MARKED, values![]).await?;
    Ok(marked || !is_stored(form, on).await?)
}

/// The packed sums of the marked days.
#[derive(Debug)]
pub(crate) struct MarkedDays {
    usage: BTreeMap<UtcDay, Vec<u8>>,
    tools: HashMap<UtcDay, Vec<u8>>,
    claims: HashMap<UtcDay, Vec<u8>>,
}

impl MarkedDays {
    /// Returns the sums of the marked days, or of all days.
    async fn sum(
        tx: &mut Tx<'_>,
        form: &DayForm,
        marked_only: bool,
        order: EventOrder,
    ) -> sqlx::Result<Self> {
        let wanted = Wanted { form, days: ALL_DAYS, marked_only, order };
        let usage = packed::<DayUsage, _>(tx, &wanted).await?;
        let tools = packed::<DayTools, _>(tx, &wanted).await?;
        Ok(Self::new(usage, tools, packed::<DayClaims, _>(tx, &wanted).await?))
    }

    /// A day on which only other machines have usage has a sum of its own, which is empty.
    fn new(
        mut usage: BTreeMap<UtcDay, Vec<u8>>,
        tools: HashMap<UtcDay, Vec<u8>>,
        claims: HashMap<UtcDay, Vec<u8>>,
    ) -> Self {
        for day in claims.keys() {
            usage.entry(*day).or_insert_with(|| DayUsage::of(UsageOfDay::default()).pack(*day));
        }
        Self { usage, tools, claims }
    }
}

/// Computes the days that are marked. What counts of their responses is known ([`crate::overlap`]).
pub(crate) async fn compute_marked(tx: &mut Tx<'_>, form: &DayForm, order: EventOrder) -> sqlx::Result<()> {
    adopt(form, tx).await?;
    let marked = MarkedDays::sum(tx, form, true, order).await?;
    store_marked(tx, &marked).await
}

/// Stores the sums of all marked days.
pub(crate) async fn store_marked(tx: &mut Tx<'_>, marked: &MarkedDays) -> sqlx::Result<()> {
    const STATEMENT: &str = "INSERT INTO usage_day (day, usage, tools, claims) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET usage = excluded.usage, tools = excluded.tools, claims = excluded.claims";
    let days: Vec<_> = marked.usage.iter().collect();
    write(tx, STATEMENT, &days, |row, (day, usage)| {
        row.id(**day).add(usage).add(marked.tools.get(day)).add(marked.claims.get(day));
    })
    .await?;
    // Days that are still marked no longer have any usage.
    execute(tx, "DELETE FROM usage_day WHERE usage IS NULL", values![]).await?;
    Ok(())
}

/// Returns the UTC days with stored sums that differ from their facts.
///
/// Days that are marked are computed by the query, and so are all of another form.
pub(crate) async fn differing(tx: &mut Tx<'_>, form: &DayForm) -> sqlx::Result<BTreeSet<UtcDay>> {
    // A day that is not even marked.
    const FORGOTTEN: &str = "SELECT used_day FROM (
             SELECT at_ms / 86400000 - (at_ms % 86400000 < 0) AS used_day FROM event
             UNION SELECT at_ms / 86400000 - (at_ms % 86400000 < 0) FROM machine_claim WHERE counts)
         WHERE NOT EXISTS (SELECT 1 FROM usage_day WHERE day = used_day)";
    const KEPT: &str = "SELECT day, usage, tools, claims FROM usage_day WHERE usage IS NOT NULL";
    if !is_stored(form, tx).await? {
        return Ok(BTreeSet::new());
    }
    let sums = MarkedDays::sum(tx, form, false, EventOrder::Row).await?;
    let mut differing: BTreeSet<UtcDay> = numbers(tx, FORGOTTEN, values![]).await?;
    tx.each(KEPT, values![], |row| {
        type Kept = (Db<UtcDay>, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);
        let (Db(day), usage, tools, claims): Kept = FromRow::from_row(row)?;
        let is_same = sums.usage.get(&day) == Some(&usage)
            && sums.tools.get(&day) == tools.as_ref()
            && sums.claims.get(&day) == claims.as_ref();
        if !is_same {
            differing.insert(day);
        }
        Ok(())
    })
    .await?;
    Ok(differing)
}

impl Store {
    /// Sums the days that are marked, on connections and threads of their own.
    pub(crate) async fn sum_marked_days(&self) -> sqlx::Result<MarkedDays> {
        let store = self.clone();
        let others = tokio::spawn(async move {
            Ok((store.pack_marked::<DayTools, _>().await?, store.pack_marked::<DayClaims, _>().await?))
        });
        let usage = self.pack_marked::<DayUsage, _>().await?;
        let others: sqlx::Result<_> = others.await.map_err(|error| sqlx::Error::Io(error.into()))?;
        let (tools, claims) = others?;
        Ok(MarkedDays::new(usage, tools, claims))
    }

    async fn pack_marked<T: StoredDay, C: FromIterator<(UtcDay, Vec<u8>)>>(&self) -> sqlx::Result<C> {
        let mut tx = self.read().await?;
        let wanted = Wanted { form: &self.form, days: ALL_DAYS, marked_only: true, order: EventOrder::Row };
        packed::<T, C>(&mut tx, &wanted).await
    }

    /// Passes the sums of each of a range of UTC days to `take`, in no order.
    pub(crate) async fn each_day<T: StoredDay>(
        &self,
        tx: &mut Tx<'_>,
        days: &RangeInclusive<UtcDay>,
        mut take: impl FnMut(UtcDay, T) + Send,
    ) -> sqlx::Result<()> {
        let current = is_stored(&self.form, tx).await?;
        let wanted =
            |days, marked_only| Wanted { form: &self.form, days, marked_only, order: EventOrder::Day };
        T::sum(tx, &wanted(days.clone(), current), &mut take).await?;
        if !current {
            return Ok(());
        }
        let mut damaged = Vec::new();
        tx.each(T::KEPT, values![days.start().0, days.end().0], |row| {
            let (Db(day), packed): (Db<UtcDay>, Vec<u8>) = FromRow::from_row(row)?;
            match T::unpack(day, &packed) {
                Some(of_day) => take(day, of_day),
                None => damaged.push(day),
            }
            Ok(())
        })
        .await?;
        self.note_damaged(&damaged);
        for day in damaged {
            T::sum(tx, &wanted(day..=day, false), &mut take).await?;
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

/// Returns packed sums of days.
async fn packed<T: StoredDay, C: FromIterator<(UtcDay, Vec<u8>)>>(
    tx: &mut Tx<'_>,
    wanted: &Wanted<'_>,
) -> sqlx::Result<C> {
    let mut packed = Vec::new();
    T::sum(tx, wanted, |day, of_day| packed.push((day, of_day.pack(day)))).await?;
    Ok(packed.into_iter().collect())
}

/// Sums of what comes in the order of its days.
struct DaysInOrder<T: KeptDay>(Option<(UtcDay, T::Sums)>);

impl<T: KeptDay> Default for DaysInOrder<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: KeptDay> DaysInOrder<T> {
    /// Adds an event, if it is summed, and passes the day before it to `take`, if it is the first one of its day.
    fn add(&mut self, columns: &[i64], is_summed: bool, form: &DayForm, take: &mut impl FnMut(UtcDay, T)) {
        let Some(event) = T::event(columns) else { return };
        let day = T::day(&event);
        if let Some((former, sums)) = self.0.take_if(|(former, _)| *former != day) {
            take(former, T::of(sums));
        }
        let (_, sums) = self.0.get_or_insert_with(|| (day, T::Sums::default()));
        if is_summed {
            T::add(sums, &event, form);
        }
    }

    /// Passes the last day to `take`.
    fn end(self, mut take: impl FnMut(UtcDay, T)) {
        if let Some((day, sums)) = self.0 {
            take(day, T::of(sums));
        }
    }
}

/// Sums the events of days.
async fn from_events<T: EventDay>(
    tx: &mut Tx<'_>,
    wanted: &Wanted<'_>,
    mut take: impl FnMut(UtcDay, T) + Send,
) -> sqlx::Result<()> {
    if wanted.order == EventOrder::Row || loading::is_under_way(tx).await? {
        return by_row(tx, wanted, take).await;
    }
    let mut in_order = DaysInOrder::default();
    let mut after = EventAt(EpochMs::MIN, EventId(0));
    let mut first_day = *wanted.days.start();
    loop {
        let days = first_day..=*wanted.days.end();
        let end = nth_event(tx, &days, wanted.marked_only, after).await?;
        let up_to = end.unwrap_or(EventAt(EpochMs(i64::MAX), EventId(i64::MAX)));
        let [first, last] = [days.start().0, days.end().0];
        let parameters = [first, last, wanted.marked_only.into(), after.0.0, after.1.0, up_to.0.0, up_to.1.0];
        each_row(tx, T::BY_DAY, parameters, |columns| {
            in_order.add(columns, T::is_summed(columns), wanted.form, &mut take);
        })
        .await?;
        let Some(end) = end else { break };
        first_day = UtcDay::of(end.0);
        after = end;
    }
    in_order.end(take);
    Ok(())
}

/// Sums the events of days in the order of their rows, which needs no index of times.
async fn by_row<T: EventDay>(
    tx: &mut Tx<'_>,
    wanted: &Wanted<'_>,
    mut take: impl FnMut(UtcDay, T) + Send,
) -> sqlx::Result<()> {
    const DAYS: &str = "SELECT day FROM usage_day WHERE day BETWEEN ?1 AND ?2 AND (usage IS NULL OR NOT ?3)
                        ORDER BY day";
    const PAGE_END: &str = "SELECT max(id) FROM (SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT ?2)";
    let Wanted { form, days, marked_only, .. } = wanted;
    let days: Vec<UtcDay> = numbers(tx, DAYS, values![days.start().0, days.end().0, *marked_only]).await?;
    let [Some(first), Some(last)] = [days.first(), days.last()] else { return Ok(()) };
    let mut summed = PartialDays::<T>::new(EVENTS_SUMMED_AT_ONCE);
    let mut after = i64::MIN;
    // Pages end at rows that exist: a damaged number may be far from the others.
    while let (Some(end),) = one::<(Option<i64>,)>(tx, PAGE_END, values![after, EVENTS_AT_ONCE]).await? {
        each_row(tx, T::BY_ROW, [after, end, first.0, last.0], |columns| {
            if let Some(event) = T::event(columns)
                && days.binary_search(&T::day(&event)).is_ok()
            {
                summed.add(&event, T::is_summed(columns), form);
            }
        })
        .await?;
        after = end;
    }
    summed.into_days().for_each(|(day, sums)| take(day, sums));
    Ok(())
}

/// Time and number of an event.
#[derive(Debug, Clone, Copy)]
struct EventAt(EpochMs, EventId);

/// Returns the last one of the events of days that are summed at once, behind one of them; `None` if they are fewer.
async fn nth_event(
    tx: &mut Tx<'_>,
    days: &RangeInclusive<UtcDay>,
    marked_only: bool,
    after: EventAt,
) -> sqlx::Result<Option<EventAt>> {
    const NTH: &str = include_str!("sql/days/nth_event.sql");
    let values = values![days.start().0, days.end().0, marked_only, after.0.0, after.1.0, EVENTS_AT_ONCE];
    let nth: Vec<(Db<EpochMs>, Db<EventId>)> = all(tx, NTH, values).await?;
    Ok(nth.first().map(|(Db(at_ms), Db(id))| EventAt(*at_ms, *id)))
}
